"""Rates: how many calls a minute one address, one user and one organization may make.

A minute's worth may come at once, and is free again bit by bit. A process decides by itself, and
a call waits for nobody: what it let in, it tells Redis a moment later, where it hears what the
other processes did. So somebody who calls many processes at once may get a moment's worth more.
While Redis is away, every process counts for itself. What services ask each other is not counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import hashlib
import hmac
import ipaddress
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc
import redis.exceptions

from services.kit import errors
from services.kit.caller import Kind, current
from services.kit.intercept import Interceptor
from services.kit.log import logger
from services.kit.origin import metadata, origin
from services.kit.patience import heed
from services.kit.peers import certified
from services.kit.tenant import tenant

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

MINUTE = 60.0
# How often Redis is told, and how long it is left alone when it did not answer, in seconds.
MOMENT, PAUSE = 0.25, 2.0
# Redis is told of whoever made that share of the calls that they may make.
WORTH_TELLING = 0.01
# How many are told of at once.
BATCH = 200
# How many are counted; the one that was first is forgotten first.
REMEMBERED = 50_000

# What the edge adds to a request that it made gRPC of.
TRANSCODED = "x-envoy-original-path"
# The credential of services, which the edge lets nobody send.
SERVICE = "Service "


class TooManyCalls(errors.Exhausted):
    message = "more than {calls_per_minute} calls a minute by one {who}; wait {wait_ms} ms"
    who: str
    calls_per_minute: int
    wait_ms: int

    @property
    def retry_seconds(self) -> float:  # type: ignore[override]
        return self.wait_ms / 1000


@dataclass(slots=True)
class Bucket:
    """The calls of one caller that still count, as of a time in seconds."""

    who: str
    # Calls a minute.
    most: int
    level: float = 0.0
    at: float = 0.0
    # What Redis has not been told of.
    untold: int = 0

    def fade(self, now: float) -> None:
        """Forgets what is long enough ago."""
        gone = max(0.0, now - self.at) * self.most / MINUTE
        self.level, self.at = max(0.0, self.level - gone), now

    @property
    def wait(self) -> float:
        """Seconds until the next call is free; 0 if it is."""
        return max(0.0, (self.level + 1 - self.most) * MINUTE / self.most)

    @property
    def left(self) -> int:
        return max(0, int(self.most - self.level))

    @property
    def whole(self) -> int:
        """Seconds until all calls are free again."""
        return math.ceil(self.level * MINUTE / self.most)


# What the current call was counted in.
counted: contextvars.ContextVar[tuple[Bucket, ...]] = contextvars.ContextVar("counted", default=())


def headers() -> tuple[tuple[str, str], ...]:
    """What the current call is told of the rate that it is nearest to; nothing if of none."""
    buckets = counted.get()
    if not buckets:
        return ()
    bucket = min(buckets, key=lambda each: each.left / each.most)
    return (
        ("ratelimit-limit", str(bucket.most)),
        ("ratelimit-remaining", str(bucket.left)),
        ("ratelimit-reset", str(bucket.whole)),
    )


# Adds to each of KEYS what a process let in, and gives back what all of them did. ARGV: the time in
# seconds, then of each key how many are forgotten a minute, and how many to add.
_TELL = """
local now, said = tonumber(ARGV[1]), {}
for i, key in ipairs(KEYS) do
  local most, more = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local kept = redis.call('HMGET', key, 'level', 'at')
  local level, at = tonumber(kept[1]) or 0, tonumber(kept[2]) or now
  level = math.max(0, level - math.max(0, now - at) * most / 60) + more
  redis.call('HSET', key, 'level', tostring(level), 'at', ARGV[1])
  redis.call('PEXPIRE', key, math.ceil(level / most * 60000) + 1000)
  said[i] = tostring(level)
end
return said
"""


@dataclass
class Rates:
    """Counts the calls of a process. A rate is in calls a minute, and 0 for any number.

    `key` keeps who called from who reads Redis; `carrier` is a client of it, or None.
    """

    address: int
    user: int
    organization: int
    now: Callable[[], datetime]
    key: bytes = field(repr=False)
    carrier: Any = None
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    _tell: set[tuple[str, str]] = field(default_factory=set)
    _away: bool = False

    def __bool__(self) -> bool:
        return bool(self.address or self.user or self.organization)

    def take(self, *asked: tuple[str, str, int]) -> None:
        """Counts a call by each of (kind, who, rate), or by none of them. Raises TooManyCalls."""
        now = self.now().timestamp()
        keys = [(kind, who) for kind, who, most in asked if most]
        buckets = [self._bucket(*each, now) for each in asked if each[2]]
        counted.set((*counted.get(), *buckets))
        full = [bucket for bucket in buckets if bucket.wait]
        if full:
            worst = max(full, key=lambda bucket: bucket.wait)
            raise TooManyCalls(worst.who, worst.most, math.ceil(worst.wait * 1000))
        for key, bucket in zip(keys, buckets, strict=True):
            bucket.level += 1
            bucket.untold += 1
            if bucket.untold >= bucket.most * WORTH_TELLING:
                self._tell.add(key)

    async def run(self) -> None:
        """Keeps telling Redis, until it is cancelled."""
        while self.carrier is not None:
            heed()
            await asyncio.sleep(PAUSE if self._away else MOMENT)
            try:
                await self.tell()
            except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
                if not self._away:
                    logger.warning("calls are counted by each process alone", error=repr(error))
                self._away = True
            else:
                self._away = False

    async def tell(self) -> None:
        """Tells Redis of what is worth it, and takes over what it says."""
        waiting = [key for key in self._tell if key in self.buckets]
        for first in range(0, len(waiting), BATCH):
            await self._tell_of(waiting[first : first + BATCH])
        self._tell.clear()

    async def _tell_of(self, keys: Sequence[tuple[str, str]]) -> None:
        now = self.now().timestamp()
        buckets = [self.buckets[key] for key in keys]
        told = [bucket.untold for bucket in buckets]
        values = [value for b, n in zip(buckets, told, strict=True) for value in (b.most, n)]
        names = [self._named(*key) for key in keys]
        said = await self.carrier.eval(_TELL, len(names), *names, repr(now), *values)
        for bucket, count, level in zip(buckets, told, said, strict=True):
            # Calls were let in while Redis thought about it.
            bucket.untold -= count
            bucket.level, bucket.at = float(level) + bucket.untold, now

    def _bucket(self, kind: str, who: str, most: int, now: float) -> Bucket:
        found = self.buckets.get((kind, who))
        if found is None:
            while len(self.buckets) >= REMEMBERED:
                del self.buckets[next(iter(self.buckets))]
            found = self.buckets[kind, who] = Bucket(kind, most, at=now)
        found.fade(now)
        return found

    def _named(self, kind: str, who: str) -> str:
        digest = hmac.digest(self.key, who.encode(), hashlib.sha256).hex()[:32]
        return f"calls:{kind}:{digest}"


class Addresses(Interceptor):
    """Counts calls by where they come from, before anybody looks at what they show."""

    def __init__(self, rates: Rates) -> None:
        super().__init__()
        self._rates = rates

    async def intercept(
        self, method: Any, request_or_iterator: Any, context: Context, method_name: str
    ) -> Any:
        counted.set(())
        if method_name.startswith("/turnout.") and not _of_a_service(context):
            where = network(origin(context).address)
            self._rates.take(("address", where, self._rates.address if where else 0))
        response = method(request_or_iterator, context)
        return response if hasattr(response, "__aiter__") else await response


class Callers(Interceptor):
    """Counts calls by who makes them and by whose they are, and says how many are left."""

    def __init__(self, rates: Rates) -> None:
        super().__init__()
        self._rates = rates

    async def intercept(
        self, method: Any, request_or_iterator: Any, context: Context, method_name: str
    ) -> Any:
        if method_name.startswith("/turnout."):
            self._count()
        response = method(request_or_iterator, context)
        if hasattr(response, "__aiter__"):
            return response
        answer = await response
        await _tell_caller(context)
        return answer

    def _count(self) -> None:
        who, organization = current.get(), tenant.get()
        if who.kind is Kind.SERVICE or not who.name:
            return
        # Strangers who look at what an organization publishes are not its callers.
        theirs = organization is not None and (who.permitted or who.organization == organization)
        self._rates.take(
            ("user", who.name, self._rates.user),
            ("organization", str(organization), self._rates.organization if theirs else 0),
        )


def network(address: str) -> str:
    """What counts as one address: of IPv6 it is what one household gets, 2**64 of them."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))


def _of_a_service(context: Context) -> bool:
    if certified.get():
        return True
    said = dict(metadata(context))
    return str(said.get("authorization", "")).startswith(SERVICE)


async def _tell_caller(context: Context) -> None:
    """As headers to who speaks REST, and behind the answer to who speaks gRPC."""
    told = headers()
    if not told:
        return
    if TRANSCODED not in dict(metadata(context)):
        context.set_trailing_metadata(told)
        return
    # A method that has headers of its own has sent them already.
    with contextlib.suppress(grpc.aio.UsageError):
        await context.send_initial_metadata(told)
