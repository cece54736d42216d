"""Stands around every method, and makes known where its call comes from; see `origin`."""

from __future__ import annotations

from typing import Any

from services.kit.intercept import Interceptor
from services.kit.origin import by_edge, context_of_call, proven


class Origins(Interceptor):
    """Makes known where a call comes from. `proof` is what the edge shows."""

    def __init__(self, proof: str) -> None:
        super().__init__()
        self._proof = proof

    async def intercept(
        self, method: Any, request_or_iterator: Any, context: Any, method_name: str
    ) -> Any:
        context_of_call.set(context)
        by_edge.set(proven(context, self._proof))
        response = method(request_or_iterator, context)
        return response if hasattr(response, "__aiter__") else await response

    async def unary(self, method: Any, request: Any, context: Any, method_name: str) -> Any:
        context_of_call.set(context)
        by_edge.set(proven(context, self._proof))
        return await method(request, context)
