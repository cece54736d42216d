"""Stands around every method, and makes known where its call comes from; see `origin`."""

from __future__ import annotations

from typing import Any

from services.kit.intercept import Interceptor
from services.kit.origin import by_edge, context_of_call, proven
from services.kit.peers import Peers, certified


class Origins(Interceptor):
    """Makes known where a call comes from, and which service sent it.

    `peers` knows it of certificates. Where there are none, `proof` is what the edge shows.
    """

    def __init__(self, proof: str, peers: Peers | None = None) -> None:
        super().__init__()
        self._proof = proof
        self._peers = peers

    async def intercept(
        self, method: Any, request_or_iterator: Any, context: Any, method_name: str
    ) -> Any:
        self._know(context)
        response = method(request_or_iterator, context)
        return response if hasattr(response, "__aiter__") else await response

    async def unary(self, method: Any, request: Any, context: Any, method_name: str) -> Any:
        self._know(context)
        return await method(request, context)

    def _know(self, context: Any) -> None:
        context_of_call.set(context)
        if self._peers is None:
            by_edge.set(proven(context, self._proof))
            return
        name, edge = self._peers.caller(context)
        certified.set(name)
        by_edge.set(edge)
