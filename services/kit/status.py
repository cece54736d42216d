"""Refusals on the wire: the one place where an exception becomes a `google.rpc.Status`."""

from __future__ import annotations

import asyncio
import contextlib
import math
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import grpc
import psycopg
import redis
from google.protobuf import any_pb2, duration_pb2, message
from google.rpc import error_details_pb2, status_pb2

from services.kit import clock, db, errors, log, rates
from services.kit.intercept import Interceptor

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

CODES: dict[type[errors.Refusal], grpc.StatusCode] = {
    errors.Invalid: grpc.StatusCode.INVALID_ARGUMENT,
    errors.InvalidFields: grpc.StatusCode.INVALID_ARGUMENT,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.Unmet: grpc.StatusCode.FAILED_PRECONDITION,
    errors.Stale: grpc.StatusCode.ABORTED,
    errors.Forbidden: grpc.StatusCode.PERMISSION_DENIED,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.Exhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Unreachable: grpc.StatusCode.UNAVAILABLE,
    errors.Late: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.Fault: grpc.StatusCode.INTERNAL,
}
DETAILS_KEY = "grpc-status-details-bin"

# How long a unary call may take that does not say how long it may take, in seconds.
PATIENCE = 30.0
LONGEST_CALL = 86400.0

# An error travels in headers, and clients take 8 KiB of those at the most.
MOST_DETAILS = 4096
LONGEST_MESSAGE, LONGEST_VALUE = 500, 200


class MalformedRequest(errors.Invalid):
    """Bytes that are no message of the kind the method takes."""


class DeadlineExceeded(errors.Late):
    message = "the call took longer than it was given"


class RedisAway(errors.Unreachable):
    message = "the message bus does not answer; try again"


class PeerAway(errors.Unreachable):
    message = "a service that is needed for this does not answer; try again"


class ShuttingDown(errors.Unreachable):
    message = "this server is stopping; try again"


class InternalError(errors.Fault):
    message = "internal error {mark}"
    mark: str


def render(refusal: errors.Refusal, domain: str) -> tuple[grpc.StatusCode, status_pb2.Status]:
    """The status that a client gets, with every detail that fits into a header."""
    code = next(CODES[kind] for kind in type(refusal).__mro__ if kind in CODES)
    metadata = {key: _clip(value, LONGEST_VALUE) for key, value in refusal.metadata.items()}
    details: list[message.Message] = [
        error_details_pb2.ErrorInfo(reason=type(refusal).reason, domain=domain, metadata=metadata)
    ]
    if isinstance(refusal, (errors.Invalid, errors.InvalidFields)):
        details.append(_bad_request(refusal.violations))
    if isinstance(refusal, (errors.Exhausted, errors.Unreachable)):
        details.append(_retry(refusal.retry_seconds))
    status = status_pb2.Status(
        code=code.value[0],
        message=_clip(str(refusal), LONGEST_MESSAGE),
        details=[pack(detail) for detail in details],
    )
    return code, status


def pack(detail: message.Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed


# What is not a mistake of ours although nobody raised a refusal; the first that fits counts.
TOLD: tuple[tuple[type[BaseException], Callable[[], errors.Refusal]], ...] = (
    (TimeoutError, DeadlineExceeded),
    (psycopg.errors.QueryCanceled, db.DatabaseSlow),
    (psycopg.OperationalError, db.DatabaseAway),
    (psycopg.InterfaceError, db.DatabaseAway),
    (redis.ConnectionError, RedisAway),
    (redis.TimeoutError, RedisAway),
    (
        message.DecodeError,
        lambda: MalformedRequest("request", "is not a message of the kind this method takes"),
    ),
)
TOLD_OF_PEERS: dict[grpc.StatusCode, Callable[[], errors.Refusal]] = {
    grpc.StatusCode.UNAVAILABLE: PeerAway,
    grpc.StatusCode.RESOURCE_EXHAUSTED: PeerAway,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}


def refusal_of(error: BaseException) -> errors.Refusal | None:
    """What a client is told of an exception; None for those that are mistakes of ours."""
    if isinstance(error, errors.Refusal):
        return error
    if isinstance(error, BaseExceptionGroup):
        parts = [refusal_of(part) for part in error.exceptions]
        return None if None in parts else parts[0]
    if isinstance(error, grpc.aio.AioRpcError):
        make = TOLD_OF_PEERS.get(error.code())
    else:
        make = next((make for kind, make in TOLD if isinstance(error, kind)), None)
    return None if make is None else make()


@dataclass(frozen=True)
class Rendered:
    """A refusal as it goes over the wire, for whoever sends the same one many times."""

    code: grpc.StatusCode
    message: str
    metadata: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, refusal: errors.Refusal, domain: str, *more: tuple[str, str]) -> Rendered:
        """`more` are headers beside those that every such refusal has."""
        code, status = render(refusal, domain)
        details = (DETAILS_KEY, status.SerializeToString())
        return cls(code, status.message, (details, *_hints(refusal), *more))

    async def send(self, context: Context) -> NoReturn:
        await context.abort(self.code, self.message, self.metadata)
        raise AssertionError("abort returned")


class Streams:
    """The streams that are open, so that they can be ended in good order, one or all of them."""

    def __init__(self) -> None:
        # Each with what it is ended with, once it is.
        self._open: dict[asyncio.Task[Any], errors.Refusal | None] = {}
        self.ending = False

    def end(self) -> None:
        """Ends every stream, and each that is still to come, with UNAVAILABLE."""
        self.ending = True
        for task in self._open:
            self.end_one(task, ShuttingDown())

    def end_one(self, task: asyncio.Task[Any], refusal: errors.Refusal) -> None:
        """Ends the stream that a task carries, if it is open still, with that refusal."""
        if task in self._open and self._open[task] is None:
            self._open[task] = refusal
            task.cancel()

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Around a stream: turns the cancellation that ends it into its refusal."""
        if self.ending:
            raise ShuttingDown()
        task = _task()
        self._open[task] = None
        try:
            with unshaken():
                yield
        except asyncio.CancelledError:
            refusal = self._open[task]
            if refusal is None:
                raise
            task.uncancel()
            raise refusal from None
        finally:
            del self._open[task]


@contextlib.contextmanager
def unshaken() -> Iterator[None]:
    """Around a call: when something that it waited for was cancelled, the call still answers.

    gRPC would send no status at all, and the client would wait till its deadline.
    """
    try:
        yield
    except asyncio.CancelledError:
        if _task().cancelling():
            raise
        raise ShuttingDown() from None


async def _timed(call: Awaitable[Any], limit: float) -> Any:
    """Awaits a call `unshaken`, and no longer than that; raises TimeoutError.

    What `asyncio.timeout` does, in a third of the time, for it is around every call.
    """
    task, late = _task(), False

    def end() -> None:
        nonlocal late
        late = True
        task.cancel()

    alarm = asyncio.get_running_loop().call_later(limit, end)
    try:
        return await call
    except asyncio.CancelledError:
        if late:
            late = False
            if task.uncancel() == 0:
                raise TimeoutError from None
        if task.cancelling():
            raise
        raise ShuttingDown() from None
    finally:
        alarm.cancel()
        if late:
            task.uncancel()


def _task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task


class Refusals(Interceptor):
    """Turns what a handler raises into a status. Handlers raise; they never abort."""

    def __init__(
        self, domain: str, streams: Streams | None = None, patience: float = PATIENCE
    ) -> None:
        super().__init__()
        self._domain = domain
        self._streams = streams or Streams()
        self._patience = patience

    def wrapped(self, handler: Any, name: str) -> Any:
        handler = super().wrapped(handler, name)
        # A stream is read by its handler, which is where a bad frame is caught; a single
        # request is read by gRPC before anybody listens.
        if handler.request_streaming:
            return handler
        return handler._replace(request_deserializer=_guarded(handler.request_deserializer))

    async def intercept(
        self,
        method: Any,
        request_or_iterator: Any,
        context: Context,
        method_name: str,
    ) -> Any:
        left = context.time_remaining()
        if isinstance(request_or_iterator, errors.Refusal):
            await self._refuse(context, request_or_iterator)
        response = method(request_or_iterator, context)
        if hasattr(response, "__aiter__"):
            _expire(left)
            return self._stream(response, context)
        _expire(left)
        return await self._uploaded(response, context)

    async def unary(self, method: Any, request: Any, context: Context, method_name: str) -> Any:
        left = context.time_remaining()
        limit = self._patience if left is None else min(left, LONGEST_CALL)
        _expire(limit)
        try:
            if isinstance(request, errors.Refusal):
                raise request
            return await _timed(method(request, context), limit)
        except Exception as error:  # noqa: BLE001 - the one place for them
            await self._refuse(context, error)

    async def _uploaded(self, response: Any, context: Context) -> Any:
        try:
            with self._streams.opened():
                return await response
        except Exception as error:  # noqa: BLE001 - the one place for them
            response.close()
            await self._refuse(context, error)

    async def _stream(self, responses: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
        try:
            with self._streams.opened():
                async for response in responses:
                    yield response
        except Exception as error:  # noqa: BLE001 - the one place for them
            await self._refuse(context, error)

    async def _refuse(self, context: Context, error: Exception) -> NoReturn:
        if isinstance(error, grpc.aio.BaseError):
            raise error  # gRPC's own: aborted already, or nobody is there to be told
        refusal = refusal_of(error) or _unexpected(error)
        log.note(reason=type(refusal).reason)
        await Rendered.of(refusal, self._domain).send(context)


def _hints(refusal: errors.Refusal) -> Sequence[tuple[str, str]]:
    """Headers for who does not read details: when to come back, and what is left till then."""
    if not isinstance(refusal, errors.Exhausted):
        return rates.headers()
    return (("retry-after", str(math.ceil(refusal.retry_seconds))), *rates.headers())


def _unexpected(error: Exception) -> errors.Refusal:
    """A mistake of ours: the client gets a mark to ask us about, and the log gets the rest."""
    mark = secrets.token_hex(6)
    log.note(mark=mark)
    log.logger.error("unexpected error", mark=mark, exc_info=error)
    return InternalError(mark)


def _expire(seconds: float | None) -> None:
    clock.deadline.set(None if seconds is None else time.monotonic() + seconds)


def _guarded(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Returns, in place of a message, the refusal of what is none."""

    def tried(data: bytes) -> Any:
        try:
            return deserialize(data)
        except message.DecodeError as error:
            return refusal_of(error)

    return tried


def _bad_request(violations: errors.Violations) -> error_details_pb2.BadRequest:
    bad = error_details_pb2.BadRequest()
    for field, problem in violations:
        bad.field_violations.add(
            field=_clip(field, LONGEST_VALUE), description=_clip(problem, LONGEST_VALUE)
        )
        if bad.ByteSize() > MOST_DETAILS // 2 and len(bad.field_violations) > 1:
            del bad.field_violations[-1]
            break
    return bad


def _retry(seconds: float) -> error_details_pb2.RetryInfo:
    whole = int(seconds)
    delay = duration_pb2.Duration(seconds=whole, nanos=int((seconds - whole) * 1e9))
    return error_details_pb2.RetryInfo(retry_delay=delay)


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
