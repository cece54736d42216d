"""What a process counts of itself, for Prometheus to fetch.

Counters live as long as the process. What is a matter of the moment is looked at when somebody
asks, such as the pool, or every few seconds by a job: the loop here, what waits in `backlog`.
"""

from __future__ import annotations

import asyncio
import contextlib
import platform
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import TYPE_CHECKING, Any

import prometheus_client as prometheus
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

if TYPE_CHECKING:
    from services.kit.db import Database

REGISTRY = CollectorRegistry()
prometheus.ProcessCollector(registry=REGISTRY)
prometheus.GCCollector(registry=REGISTRY)

# Seconds: from what memory answers to what only patience waits for.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# How often the loop is asked how late it is, in seconds.
TICK = 0.5

_CALLS = prometheus.Counter(
    "turnout_calls", "Calls that ended, by how.", ("method", "code"), registry=REGISTRY
)
_SECONDS = prometheus.Histogram(
    "turnout_call_seconds", "How long calls took.", ("method",), buckets=BUCKETS, registry=REGISTRY
)
_REFUSED = prometheus.Counter(
    "turnout_refusals", "Calls that were refused, by why.", ("method", "reason"), registry=REGISTRY
)
STREAMS = prometheus.Gauge(
    "turnout_streams", "Streams that are open now.", ("method",), registry=REGISTRY
)
_LAG = prometheus.Histogram(
    "turnout_loop_lag_seconds",
    "How much later than it asked a task of the event loop ran.",
    buckets=BUCKETS,
    registry=REGISTRY,
)
_SHED = prometheus.Counter(
    "turnout_shed", "Calls that were sent away unread.", ("priority", "reason"), registry=REGISTRY
)
SHED_SHARE = prometheus.Gauge(
    "turnout_shed_share", "The share of calls that is sent away now.", registry=REGISTRY
)
QUEUE_SECONDS = prometheus.Gauge(
    "turnout_queue_seconds", "How long calls wait until they are begun with.", registry=REGISTRY
)
UNTOLD = prometheus.Gauge("turnout_outbox_facts", "Facts that are not told yet.", registry=REGISTRY)
UNTOLD_SECONDS = prometheus.Gauge(
    "turnout_outbox_lag_seconds", "The age of the oldest of them.", registry=REGISTRY
)
UNHEARD = prometheus.Gauge(
    "turnout_inbox_facts", "Facts of a service not heard here yet.", ("source",), registry=REGISTRY
)
DEAD = prometheus.Gauge(
    "turnout_dead_facts", "Facts that were laid aside with an error.", registry=REGISTRY
)
DUE = prometheus.Gauge(
    "turnout_due", "Pieces of work whose time has come.", ("kind",), registry=REGISTRY
)
DUE_SECONDS = prometheus.Gauge(
    "turnout_due_lag_seconds", "How overdue the most overdue is.", ("kind",), registry=REGISTRY
)
HANDSHAKES = prometheus.Counter(
    "turnout_handshakes",
    "Connections to the service that were begun, whether by who may or not.",
    registry=REGISTRY,
)
CERTIFICATE_END = prometheus.Gauge(
    "turnout_certificate_end_seconds",
    "Until when the process can prove who it is, in seconds since 1970; 0 if it cannot.",
    registry=REGISTRY,
)
_BUILD = prometheus.Info("turnout_build", "What runs here.", registry=REGISTRY)


class Taken(Exception):
    """The address to serve metrics at is not ours to have."""


# --- calls

# `labels` looks up under a lock; what one method needs is remembered instead.
_seconds: dict[str, Any] = {}
_codes: dict[tuple[str, str], Any] = {}


def ended(method: str, code: str, seconds: float, reason: str = "") -> None:
    """Counts a call. `method` is a path of the contract, so there are only so many."""
    found = _codes.get((method, code))
    if found is None:
        found = _codes[method, code] = _CALLS.labels(method, code)
        _seconds[method] = _SECONDS.labels(method)
    found.inc()
    _seconds[method].observe(seconds)
    if reason:
        _REFUSED.labels(method, reason).inc()


_shed: dict[tuple[str, str, str], tuple[Any, Any, Any]] = {}


def shed(method: str, priority: str, why: str) -> None:
    """Counts a call that was sent away: because of the `queue`, or because it is `late`."""
    found = _shed.get((method, priority, why))
    if found is None:
        found = _shed[method, priority, why] = (
            _CALLS.labels(method, "RESOURCE_EXHAUSTED"),
            _REFUSED.labels(method, "OVERLOADED"),
            _SHED.labels(priority, why),
        )
    for counter in found:
        counter.inc()


@contextlib.contextmanager
def streaming(method: str) -> Iterator[None]:
    """Counts a stream as open for the time of a block."""
    gauge = STREAMS.labels(method)
    gauge.inc()
    try:
        yield
    finally:
        gauge.dec()


# --- the process


class Pools(Collector):
    """The connections to Postgres of the databases that are open, by what they do."""

    def __init__(self) -> None:
        self._open: set[Database] = set()

    @contextlib.contextmanager
    def of(self, db: Database) -> Iterator[None]:
        """Tells of a database inside."""
        self._open.add(db)
        try:
            yield
        finally:
            self._open.discard(db)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        size = GaugeMetricFamily("turnout_pool_connections", "Open connections.", labels=["state"])
        waiting = GaugeMetricFamily("turnout_pool_waiting", "Who waits for a connection.")
        stats = [db.pool.get_stats() for db in list(self._open)]
        idle = sum(each.get("pool_available", 0) for each in stats)
        size.add_metric(["idle"], idle)
        size.add_metric(["busy"], sum(each.get("pool_size", 0) for each in stats) - idle)
        waiting.add_metric([], sum(each.get("requests_waiting", 0) for each in stats))
        return [size, waiting]


POOLS = Pools()
REGISTRY.register(POOLS)


@contextlib.contextmanager
def served(address: str, service: str) -> Iterator[int]:
    """Answers `GET /metrics` at `host:port`, from a thread; says at which port.

    Raises Taken when it cannot listen there.
    """
    host, _, port = address.rpartition(":")
    _BUILD.info({"version": version(), "python": platform.python_version(), "service": service})
    try:
        server, thread = prometheus.start_http_server(int(port), host.strip("[]"), REGISTRY)
    except OSError as error:
        raise Taken(address) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def served_later(address: str, service: str) -> None:
    """The same as soon as the address is free, until it is cancelled."""
    while True:
        with contextlib.suppress(Taken), served(address, service):
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(TICK)


def version() -> str:
    """Which release this is."""
    try:
        return metadata.version("turnout")
    except metadata.PackageNotFoundError:
        return "unknown"


async def measure_loop() -> None:
    """Keeps telling how late the event loop is, until it is cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        wanted = loop.time() + TICK
        await asyncio.sleep(TICK)
        _LAG.observe(max(0.0, loop.time() - wanted))
