"""What the players did and what they were told: every operation, and how it ended."""

from __future__ import annotations

import contextlib
import enum
import json
import re
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import httpx

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
TOO_MANY = 429


class Outcome(enum.Enum):
    """What who did something knows of it."""

    OK = "ok"
    REFUSED = "refused"
    # No answer came, or one that leaves open whether it happened.
    UNKNOWN = "unknown"


@dataclass
class Operation:
    """Something that a player did. `begun` is in seconds since the record began.

    `ids` are the UUIDs that it speaks of; `name` is the resource that an answer was about.
    """

    begun: float
    what: str
    ids: set[str]
    changes: bool = True
    tries: int = 1
    outcome: Outcome = Outcome.UNKNOWN
    said: str = ""
    name: str = ""

    def line(self) -> str:
        again = f" ({self.tries} tries)" if self.tries > 1 else ""
        return f"{self.begun:8.2f} s  {self.outcome.value:<7}  {self.what}{again}  {self.said}"


@dataclass
class Record:
    """All that happened, in its order; also what was done to the mesh, which is no operation."""

    operations: list[Operation] = field(default_factory=list)
    # When, and what.
    harm: list[tuple[float, str]] = field(default_factory=list)
    # How many positions of a journey, by its name, the service said were on disk.
    acknowledged: dict[str, int] = field(default_factory=dict)
    # Who did not get to the end of their part, and why.
    unfinished: list[str] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)
    _open: dict[str, Operation] = field(default_factory=dict)

    def now(self) -> float:
        return time.monotonic() - self._since

    def begin(
        self, what: str, ids: Collection[str], *, key: str = "", changes: bool = True
    ) -> Operation:
        """Writes down that something is done; with the same key it is done once more."""
        known = self._open.get(key) if key else None
        if known is not None:
            known.tries += 1
            return known
        operation = Operation(self.now(), what, set(ids), changes)
        self.operations.append(operation)
        if key:
            self._open[key] = operation
        return operation

    def hurt(self, what: str) -> None:
        self.harm.append((self.now(), what))

    def counts(self) -> Counter[Outcome]:
        return Counter(operation.outcome for operation in self.operations)

    def history(self, ids: Collection[str], most: int = 40) -> list[str]:
        """The last operations that speak of one of these ids, with the harm between them."""
        found = [one for one in self.operations if one.ids.intersection(ids)][-most:]
        if not found:
            return []
        lines = [(one.begun, one.line()) for one in found]
        first, last = lines[0][0], lines[-1][0]
        lines += [(at, f"{at:8.2f} s  {what}") for at, what in self.harm if first <= at <= last]
        return [line for _, line in sorted(lines)]


def answered(operation: Operation, status: int, body: str) -> None:
    """Writes down what came back: an HTTP status, and JSON if all is well."""
    outcome = judge(status)
    if status == TOO_MANY and operation.tries > 1:
        # Says nothing of the tries before.
        outcome = operation.outcome
    operation.outcome = outcome
    operation.ids |= set(UUID.findall(body))
    operation.said = str(status)
    with contextlib.suppress(ValueError):
        content = json.loads(body)
        if isinstance(content, dict):
            operation.name = str(content.get("name", "")) if status < 400 else ""
            operation.said = " ".join([str(status), *_reasons(content)])


def _reasons(content: dict[str, object]) -> Iterator[str]:
    details = content.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and "reason" in detail:
            yield str(detail["reason"])


def judge(status: int) -> Outcome:
    """What an HTTP status says of what was asked for."""
    if status < 400:
        return Outcome.OK
    return Outcome.REFUSED if status < 500 else Outcome.UNKNOWN


class Recording(httpx.AsyncBaseTransport):
    """Passes requests on, and writes down what came of them. Bodies are read whole."""

    def __init__(self, record: Record, inner: httpx.AsyncBaseTransport) -> None:
        self._record = record
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        operation = self._begin(request)
        try:
            response = await self._inner.handle_async_request(request)
            body = await response.aread()
        except httpx.TransportError as error:
            operation.outcome, operation.said = Outcome.UNKNOWN, type(error).__name__
            raise
        answered(operation, response.status_code, body.decode(errors="replace"))
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _begin(self, request: httpx.Request) -> Operation:
        whole = f"{request.method} {request.url} {request.content.decode(errors='replace')}"
        changes = request.method not in ("GET", "HEAD")
        what = f"{request.method} {request.url.path.removeprefix('/api/v1/')}"
        # Most have a request id, so nothing else is sent with the same words.
        key = whole if changes else ""
        return self._record.begin(what, UUID.findall(whole), key=key, changes=changes)
