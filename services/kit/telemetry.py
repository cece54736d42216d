"""Which trace a piece of work belongs to, as W3C Trace Context writes it."""

from __future__ import annotations

import contextlib
import contextvars
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

HEADER = "traceparent"

# Version 00, and what later versions promise to keep of it.
_SHAPE = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True)
class Trace:
    """One span: what is done here, as a part of something larger."""

    trace_id: str
    span_id: str
    flags: str = "01"
    # The span that this one is a part of; empty of the first.
    parent: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


# The share of traces that begin here and are told of. Of a trace that began elsewhere all is told,
# or nothing: as whoever began it decided.
share = 1.0

trace: contextvars.ContextVar[Trace | None] = contextvars.ContextVar("trace", default=None)


def parse(text: str) -> Trace | None:
    """Reads a `traceparent`. None when it is not one: a broken trace breaks no call."""
    found = _SHAPE.fullmatch(text)
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    return Trace(found[1], found[2], found[3])


def begin(text: str = "") -> Trace:
    """A span of our own: below the one that `text` tells of, or the first of a new trace."""
    above = parse(text)
    span_id = _drawn(64)
    if above is None:
        told = share >= 1 or random.random() < share
        return Trace(_drawn(128), span_id, "01" if told else "00")
    return Trace(above.trace_id, span_id, above.flags, above.span_id)


@contextlib.contextmanager
def sampling(kept: float) -> Iterator[None]:
    """Has such a share of the traces told of that begin inside, in the whole process."""
    global share
    before, share = share, kept
    try:
        yield
    finally:
        share = before


def _drawn(bits: int) -> str:
    # Nobody gains by guessing one, and the kernel need not be asked for each.
    return f"{random.getrandbits(bits) or 1:0{bits // 4}x}"


def traceparent() -> str:
    """The span that we are in, for whoever goes on with it. Empty outside of any."""
    found = trace.get()
    return "" if found is None else str(found)


@contextlib.contextmanager
def following(text: str) -> Iterator[Trace]:
    """Makes what is done inside a part of the trace that `text` tells of."""
    span = begin(text)
    token = trace.set(span)
    try:
        yield span
    finally:
        trace.reset(token)
