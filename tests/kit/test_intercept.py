"""An interceptor wraps a method once, and knows all four shapes of methods."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from services.kit.intercept import FACTORIES, Interceptor


class Telling(Interceptor):
    """Says before each call which one it is."""

    def __init__(self):
        super().__init__()
        self.heard = []

    async def intercept(self, method, request_or_iterator, context, method_name):
        self.heard.append(method_name)
        response = method(request_or_iterator, context)
        return response if hasattr(response, "__aiter__") else await response


async def single(request, context):
    return request


async def streaming(request, context):
    yield request


def details(name):
    return SimpleNamespace(method=name)


@pytest.mark.parametrize("streams", FACTORIES)
async def test_it_stands_around_every_shape_of_method(streams):
    telling = Telling()
    inner: Any = FACTORIES[streams](streaming if streams[1] else single)

    async def find(_):
        return inner

    handler = await telling.intercept_service(find, details("/a/B"))
    around = next(
        method
        for method in (
            handler.unary_unary,
            handler.unary_stream,
            handler.stream_unary,
            handler.stream_stream,
        )
        if method
    )
    answered = around("asked", None)
    said = [one async for one in answered] if streams[1] else [await answered]

    assert (handler.request_streaming, handler.response_streaming) == streams
    assert said == ["asked"]
    assert telling.heard == ["/a/B"]


async def test_a_method_is_wrapped_once():
    telling, found = Telling(), []

    async def find(asked):
        found.append(asked.method)
        return grpc.unary_unary_rpc_method_handler(single)

    handlers = {await telling.intercept_service(find, details("/a/B")) for _ in range(3)}

    assert len(handlers) == 1
    assert found == ["/a/B"]


async def test_names_that_clients_make_up_are_not_remembered():
    telling = Telling()

    async def find(_):
        return None

    assert await telling.intercept_service(find, details("/no/Such")) is None
    assert not telling._handlers


async def test_who_only_looks_at_calls_is_not_asked_for_each_response():
    looking, counted = [Telling() for _ in range(5)], []

    async def many(request, context):
        for number in range(1000):
            yield number

    class Counting(Interceptor):
        async def intercept(self, method, request_or_iterator, context, method_name):
            async def counting():
                async for one in method(request_or_iterator, context):
                    counted.append(one)
                    yield one

            return counting()

    handler: Any = grpc.unary_stream_rpc_method_handler(many)
    for one in (*looking[:2], Counting(), *looking[2:]):
        handler = one.wrapped(handler, "/a/B")

    said = [number async for number in handler.unary_stream("asked", None)]

    assert said == counted == list(range(1000))
    assert [one.heard for one in looking] == [["/a/B"]] * 5


async def test_nothing_is_lost_between_interceptors_when_there_is_nothing_to_tell():
    async def none(request, context):
        for number in range(0):
            yield number

    handler: Any = grpc.unary_stream_rpc_method_handler(none)
    for one in (Telling(), Telling()):
        handler = one.wrapped(handler, "/a/B")

    assert [one async for one in handler.unary_stream("asked", None)] == []
