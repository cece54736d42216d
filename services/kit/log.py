"""What is written down: one JSON line per call, and whatever else is worth a line.

Never a payload and never a token: a line holds names, codes and times.
"""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import json
import logging
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import grpc
import structlog

from services.kit import clock, metrics, origin, spans, telemetry
from services.kit.ids import new_id
from services.kit.intercept import Interceptor

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

REQUEST_ID = "x-request-id"

# What a load balancer asks every second is not worth a line each.
QUIET = ("/grpc.health.v1.Health/", "/grpc.reflection.")

OURS = (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS)

# What OpenTelemetry has a server call an error.
FAILURES = (
    *OURS,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.UNIMPLEMENTED,
)

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

# How long a line may wait for others to be written with, in seconds.
MOMENT = 0.02

logger: Any = structlog.get_logger()


class Lines:
    """Writes lines, those of one moment in one go: to write costs more than to make a line.

    Outside of an event loop, and when the process ends, they are written at once.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._waiting: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        atexit.register(self.flush)

    def __call__(self, *_: Any) -> Lines:
        return self

    def msg(self, line: str) -> None:
        self._waiting.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        # A loop that was closed since takes what it should have done with it.
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(MOMENT, self.flush)

    debug = info = warning = error = critical = exception = msg

    def flush(self) -> None:
        with self._lock:
            self._loop, lines, self._waiting = None, self._waiting, []
            if lines:
                self._file.write("\n".join(lines) + "\n")
                self._file.flush()


def configure(level: str, **always: str) -> None:
    """Sends every line of the process to stdout as JSON; `always` is part of each of them."""

    def complete(_: Any, level: str, event: Any) -> Any:
        # What several processors of structlog do, in one: most lines are of calls, and many.
        said = {**always, **event, "level": level, "time": _stamp()}
        return format_exc_info(_, level, said) if "exc_info" in said else said

    format_exc_info = structlog.processors.format_exc_info
    shared: list[Any] = [complete]
    lines = Lines(sys.stdout)
    _quick[:] = [_Quick(lines, LEVELS[level], json.dumps(always, ensure_ascii=False)[1:-1])]
    # Made once: `json.dumps` with options of its own makes one for every line.
    encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
    render = structlog.processors.JSONRenderer(lambda event, **_: encode(event))
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lines,
        cache_logger_on_first_use=True,
    )
    _adopt(logging.getLogger(), max(LEVELS[level], logging.WARNING), [*shared, render])


def _stamp() -> str:
    return clock.now().isoformat().removesuffix("+00:00") + "Z"


def _adopt(root: logging.Logger, level: int, processors: list[Any]) -> None:
    """Gives what libraries log the same shape."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *processors],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root.handlers[:] = [handler]
    root.setLevel(level)


@dataclass(slots=True)
class Record:
    """What is known of a call so far; the interceptors fill it in on the way."""

    method: str
    request_id: str
    trace: telemetry.Trace
    started: float
    caller: str = ""
    organization: uuid.UUID | None = None
    reason: str = ""
    mark: str = ""


record: contextvars.ContextVar[Record | None] = contextvars.ContextVar("record", default=None)


def note(**values: Any) -> None:
    """Adds to the line of the current call, if there is one."""
    current = record.get()
    if current is not None:
        for key, value in values.items():
            setattr(current, key, value)


class Calls(Interceptor):
    """Writes one line per call, after the last word on it was spoken. The outermost interceptor."""

    async def intercept(
        self, method: Any, request_or_iterator: Any, context: Context, method_name: str
    ) -> Any:
        current = _begin(context, method_name)
        response = method(request_or_iterator, context)
        if hasattr(response, "__aiter__"):
            return _streamed(response, context, current)
        return await _single(response, context, current)

    async def unary(self, method: Any, request: Any, context: Context, method_name: str) -> Any:
        return await _single(method(request, context), context, _begin(context, method_name))


async def _single(response: Any, context: Context, current: Record) -> Any:
    try:
        answer = await response
    except BaseException as error:
        _write(current, _code(context, error))
        raise
    _write(current, _code(context, None))
    return answer


async def _streamed(
    responses: AsyncIterator[Any], context: Context, current: Record
) -> AsyncIterator[Any]:
    error: BaseException | None = None
    try:
        with metrics.streaming(current.method):
            async for response in responses:
                yield response
    except BaseException as raised:
        error = raised
        raise
    finally:
        _write(current, _code(context, error))


def _begin(context: Context, method_name: str) -> Record:
    request_id = traceparent = ""
    for key, value in origin.metadata(context):
        if key == REQUEST_ID and isinstance(value, str):
            request_id = value[:64]
        elif key == telemetry.HEADER and isinstance(value, str):
            traceparent = value
    trace = telemetry.begin(traceparent)
    telemetry.trace.set(trace)
    current = Record(method_name, request_id or str(new_id()), trace, time.perf_counter())
    record.set(current)
    return current


def _code(context: Context, error: BaseException | None) -> grpc.StatusCode:
    """How the call ended. Nobody tells a server of a cancelled call but the cancellation."""
    code = context.code()
    if isinstance(code, grpc.StatusCode) and code is not grpc.StatusCode.OK:
        return code
    if error is None:
        return grpc.StatusCode.OK
    if isinstance(error, (asyncio.CancelledError, GeneratorExit)):
        late = clock.left() == 0
        return grpc.StatusCode.DEADLINE_EXCEEDED if late else grpc.StatusCode.CANCELLED
    return grpc.StatusCode.UNKNOWN


def _write(current: Record, code: grpc.StatusCode) -> None:
    level = _level(current.method, code)
    seconds = time.perf_counter() - current.started
    metrics.ended(current.method, code.name, seconds, current.reason)
    if spans.on():
        _tell(current, code, seconds)
    if _quick:
        _quick[0].write(level, current, code, seconds)
        return
    said = {"reason": current.reason, "mark": current.mark}
    logger.log(
        level,
        "call",
        method=current.method,
        code=code.name,
        ms=round(seconds * 1000, 2),
        caller=current.caller,
        organization=str(current.organization or ""),
        request_id=current.request_id,
        trace_id=current.trace.trace_id,
        **{key: value for key, value in said.items() if value},
    )


def _level(method: str, code: grpc.StatusCode) -> int:
    if code in OURS:
        return logging.ERROR
    return logging.DEBUG if method.startswith(QUIET) else logging.INFO


# As `json.dumps` writes a text without escaping what is not ASCII.
_text = json.encoder.encode_basestring


@dataclass(frozen=True, slots=True)
class _Quick:
    """Writes the line of a call as the processors would, which takes four times as long."""

    lines: Lines
    least: int
    # What is part of every line, inside of the braces.
    always: str

    def write(self, level: int, of: Record, code: grpc.StatusCode, seconds: float) -> None:
        if level < self.least:
            return
        organization = "" if of.organization is None else str(of.organization)
        more = f', "reason": {_text(of.reason)}' if of.reason else ""
        if of.mark:
            more += f', "mark": {_text(of.mark)}'
        self.lines.msg(
            f'{{{self.always}, "event": "call", "method": {_text(of.method)}, "code": "{code.name}"'
            f', "ms": {round(seconds * 1000, 2)}, "caller": {_text(of.caller)}'
            f', "organization": "{organization}", "request_id": {_text(of.request_id)}'
            f', "trace_id": "{of.trace.trace_id}"{more}'
            f', "level": "{_WORDS[level]}", "time": "{_stamp()}"}}'
        )


_WORDS = {number: word for word, number in LEVELS.items()}
# Of a process that was configured; tests listen to the logger itself.
_quick: list[_Quick] = []


def _tell(current: Record, code: grpc.StatusCode, seconds: float) -> None:
    """Tells whoever collects traces; what the caller did wrong is no error of ours."""
    if current.method.startswith(QUIET):
        return
    service, _, method = current.method.lstrip("/").rpartition("/")
    said: dict[str, str] = {
        "rpc.system": "grpc",
        "rpc.service": service,
        "rpc.method": method,
        "rpc.grpc.status_code": str(code.value[0]),
        "turnout.reason": current.reason,
        "turnout.organization": str(current.organization or ""),
        "turnout.request_id": current.request_id,
    }
    error = code.name if code in FAILURES else ""
    name = f"{service}/{method}"
    spans.add(current.trace, name, spans.SERVER, seconds, error=error, **said)
