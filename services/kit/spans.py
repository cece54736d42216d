"""What was done in a trace, and how long it took: told to a collector of OpenTelemetry.

By OTLP over HTTP, in JSON. Calls, transactions, and facts and work that take effect are a span
each. While nobody is told nothing is kept, and that costs a look; who is told and does not keep up
or is away misses spans, and nobody waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import structlog

from services.kit import telemetry
from services.kit.telemetry import Trace

# What a span is, as OpenTelemetry numbers it: somebody asked us, we ask, tell or hear of
# something.
INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 1, 2, 3, 4, 5
# How a span ended: by not saying anything, or with an error.
ERROR = 2

# How often the collector is told, and how long it may take, in seconds.
MOMENT, PATIENCE = 1.0, 5.0
# How many spans wait, and how many are told at once.
MOST, BATCH = 20_000, 2_000
PATH = "/v1/traces"
NOTHING: AbstractContextManager[None] = nullcontext()

logger: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Span:
    """Something that was done, in nanoseconds since 1970; `error` is empty if it went well."""

    trace: Trace
    name: str
    kind: int
    begun: int
    ended: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


@dataclass
class Spans:
    """Those that wait to be told, of one process of a service."""

    waiting: list[Span] = field(default_factory=list)
    missed: int = 0

    def add(self, span: Span) -> None:
        if len(self.waiting) < MOST:
            self.waiting.append(span)
        else:
            self.missed += 1

    def take(self) -> Sequence[Span]:
        taken, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
        return taken


# Those of this process, while somebody is told.
_told: list[Spans] = []


def on() -> bool:
    """Whether anybody is told."""
    return bool(_told)


def add(
    trace: Trace,
    name: str,
    kind: int,
    seconds: float,
    *,
    error: str = "",
    **attributes: str,
) -> None:
    """Tells of what has just ended, after so many seconds, unless its trace is not to be kept."""
    if _told and int(trace.flags, 16) & 1:
        now = time.time_ns()
        begun = now - int(seconds * 1e9)
        _told[-1].add(Span(trace, name, kind, begun, now, attributes, error))


def part(name: str, kind: int, **attributes: str) -> AbstractContextManager[Trace | None]:
    """Around what is a part of the current trace, if there is one. Gives the span it is."""
    above = telemetry.trace.get() if _told else None
    if above is None:
        return NOTHING
    return _timed(telemetry.begin(str(above)), name, kind, attributes)


def here(name: str, kind: int, **attributes: str) -> AbstractContextManager[Trace | None]:
    """Around all that is done in the current span."""
    trace = telemetry.trace.get() if _told else None
    return NOTHING if trace is None else _timed(trace, name, kind, attributes)


@contextlib.contextmanager
def _timed(trace: Trace, name: str, kind: int, attributes: Mapping[str, str]) -> Iterator[Trace]:
    begun, error = time.perf_counter(), ""
    try:
        yield trace
    except BaseException as raised:
        error = type(raised).__name__
        raise
    finally:
        add(trace, name, kind, time.perf_counter() - begun, error=error, **attributes)


@contextlib.asynccontextmanager
async def told_to(url: str, service: str, version: str) -> AsyncIterator[Collector]:
    """Keeps what is done inside for the collector at `url`, who hears of it while `run` runs.

    What is left is told on the way out.
    """
    # It takes long to import, and few tell anybody.
    import httpx  # noqa: PLC0415

    about = {"service.namespace": "turnout", "service.name": service, "service.version": version}
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        collector = Collector(url.rstrip("/") + PATH, about, client, httpx.HTTPError)
        _told.append(collector.spans)
        try:
            yield collector
        finally:
            _told.remove(collector.spans)
            await collector.tell()


@dataclass
class Collector:
    """Who hears of spans. `client` is one of HTTP, which raises `trouble`."""

    url: str
    about: Mapping[str, str]
    client: Any
    trouble: type[Exception]
    spans: Spans = field(default_factory=Spans)
    away: bool = False

    async def run(self) -> None:
        """Keeps telling, until it is cancelled."""
        while True:
            await asyncio.sleep(MOMENT)
            await self.tell()

    async def tell(self) -> None:
        """Tells of what waits; what nobody heard is missed."""
        while some := self.spans.take():
            try:
                answer = await self.client.post(self.url, json=request(self.about, some))
                answer.raise_for_status()
            except self.trouble as error:
                self.spans.missed += len(some)
                if not self.away:
                    logger.warning("nobody hears of what is done", error=repr(error))
                self.away = True
                return
            self.away = False


def request(about: Mapping[str, str], spans: Sequence[Span]) -> dict[str, Any]:
    """An ExportTraceServiceRequest in JSON; `about` is what they have in common."""
    scope = {"scope": {"name": "services.kit"}, "spans": [_rendered(span) for span in spans]}
    return {
        "resourceSpans": [{"resource": {"attributes": _attributes(about)}, "scopeSpans": [scope]}]
    }


def _rendered(span: Span) -> dict[str, Any]:
    parent = {"parentSpanId": span.trace.parent} if span.trace.parent else {}
    status = {"status": {"code": ERROR, "message": span.error}} if span.error else {}
    return {
        "traceId": span.trace.trace_id,
        "spanId": span.trace.span_id,
        **parent,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.begun),
        "endTimeUnixNano": str(span.ended),
        "attributes": _attributes(span.attributes),
        **status,
    }


def _attributes(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items() if value]
