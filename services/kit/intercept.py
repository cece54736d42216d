"""What stands around every method of a server: interceptors that cost nothing to stand there.

gRPC asks each interceptor for a handler anew with every call, and `grpc_interceptor` wraps it
anew. Ours wrap a method once and remember the result, so a call that comes in finds the whole
chain with one look-up.
"""

from __future__ import annotations

import abc
import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import grpc
from grpc_interceptor.server import AsyncServerInterceptor

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

FACTORIES = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


class Interceptor(AsyncServerInterceptor, abc.ABC):
    """Stands around methods. One belongs to one server, whose methods do not change."""

    def __init__(self) -> None:
        self._handlers: dict[str, Any] = {}

    @abc.abstractmethod
    async def intercept(
        self, method: Any, request_or_iterator: Any, context: Context, method_name: str
    ) -> Any:
        """Calls `method(request_or_iterator, context)`, which is the next one inside.

        That gives an awaitable response or, when responses are a stream, an async iterator;
        returns the response or an async iterator. `method_name` is the path of the method.
        """

    async def unary(self, method: Any, request: Any, context: Context, method_name: str) -> Any:
        """`intercept` of a method without any stream, for who has a shorter way for those."""
        return await self.intercept(method, request, context, method_name)

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any
    ) -> Any:
        name: str = handler_call_details.method
        found = self._handlers.get(name)
        if found is None:
            inner = await continuation(handler_call_details)
            if inner is None:
                # Not remembered: clients may make up as many names as they like.
                return None
            found = self._handlers[name] = self.wrapped(inner, name)
        return found

    def wrapped(self, handler: Any, name: str) -> Any:
        """The handler with this interceptor around it."""
        streams = bool(handler.request_streaming), bool(handler.response_streaming)
        method = (
            handler.unary_unary
            or handler.unary_stream
            or handler.stream_unary
            or handler.stream_stream
        )
        if streams[1]:
            around = self._streaming(method, name)
        else:
            around = self._single(method, name, uploads=streams[0])
        return FACTORIES[streams](
            around,
            request_deserializer=handler.request_deserializer,
            response_serializer=_or_bytes(handler.response_serializer)
            if streams[1]
            else handler.response_serializer,
        )

    def _single(self, method: Any, name: str, *, uploads: bool) -> Any:
        if not uploads:
            # No coroutine of its own around it: there are as many as interceptors in each call.
            return functools.partial(self.unary, method, method_name=name)
        intercept = self.intercept

        async def single(request_or_iterator: Any, context: Context) -> Any:
            return await intercept(method, request_or_iterator, context, name)

        return single

    def _streaming(self, method: Any, name: str) -> Any:
        opened = functools.partial(self.intercept, getattr(method, INSIDE, method))

        # gRPC wants a generator, and asks for it of the outermost one only.
        async def streaming(request_or_iterator: Any, context: Context) -> Any:
            async for response in await opened(request_or_iterator, context, name):
                yield response

        def inside(request_or_iterator: Any, context: Context) -> _Responses:
            return _Responses(functools.partial(opened, request_or_iterator, context, name))

        setattr(streaming, INSIDE, inside)
        return streaming


# Where a method says what those who stand around it call.
INSIDE = "inside"


class _Responses:
    """The responses of a method that is called for the first of them. The others come from where
    they are made, and pass nobody who only looked at the call."""

    __slots__ = ("_open", "source")

    def __init__(self, open: Callable[[], Awaitable[Any]]) -> None:
        self._open = open
        self.source: Any = None

    def __aiter__(self) -> _Responses:
        return self

    def __anext__(self) -> Awaitable[Any]:
        return self._first() if self.source is None else self.source.__anext__()

    async def _first(self) -> Any:
        responses = self.source = aiter(await self._open())
        first = await anext(responses)
        if isinstance(responses, _Responses):
            self.source = responses.source
        return first


def _or_bytes(serialize: Any) -> Any:
    """Lets a stream send what was serialised already, once for many readers."""

    def serialized(message: Any) -> bytes:
        return message if isinstance(message, bytes) else serialize(message)

    return serialized
