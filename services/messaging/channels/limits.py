"""How fast a provider lets one sender go, and one sender to one person.

It spares a provider what it would refuse; what it refuses all the same is tried again later. What
was let through is counted in Redis, so that all processes count together; while Redis is away
every process counts for itself.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import redis.exceptions

from services.kit.carrier import carrier
from services.kit.log import logger

# How long Redis may take to answer, and how long it is left alone when it did not, in seconds.
PATIENCE, PAUSE = 0.5, 2.0
# How many are counted in memory while Redis is away.
MOST = 100_000
# Less than that is no wait; Redis reckons in floating point. In seconds.
NOTHING = 1e-5


@dataclass(frozen=True)
class Limit:
    """At most `burst` at once, and one more every `interval`."""

    burst: int
    interval: timedelta


# Of each key it is kept when it will have all its burst again. ARGV: the time, then burst and
# interval of each key; in seconds. Nothing is counted where any of them has to wait.
_WAIT = """
local now, wait, free = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
  local burst, interval = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  free[i] = math.max(tonumber(redis.call('GET', key)) or 0, now)
  wait = math.max(wait, free[i] - now + interval * (1 - burst))
end
if wait > tonumber(ARGV[#ARGV]) then return tostring(wait) end
for i, key in ipairs(KEYS) do
  local after = free[i] + tonumber(ARGV[2 * i + 1])
  redis.call('SET', key, string.format('%.6f', after), 'PX', math.ceil((after - now) * 1000) + 1)
end
return '0'
"""


@dataclass
class Limiter:
    """Counts what was let through. `key` keeps whom it went to from who reads Redis."""

    now: Callable[[], datetime]
    key: bytes = field(default=b"", repr=False)
    carrier: Any = None
    # When a key will have all its burst again.
    _free: dict[str, datetime] = field(default_factory=dict)
    _script: Any = None
    _again: float = -math.inf

    @classmethod
    def open(cls, url: str, key: bytes, now: Callable[[], datetime]) -> Self:
        """Connects when it is first used. Without a `url` the process counts for itself."""
        return cls(now, key, carrier(url, PATIENCE) if url else None)

    async def wait(self, sender: str, limits: Mapping[str, Limit]) -> timedelta:
        """How long the next one of a sender has to wait; if not at all, it is counted.

        `limits` are by whom it goes to; the empty text is everybody.
        """
        named = {self._named(sender, who): limit for who, limit in limits.items()}
        if self.carrier is not None and time.monotonic() >= self._again:
            try:
                return await self._there(named)
            except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
                self._again = time.monotonic() + PAUSE
                logger.warning("each process keeps limits alone", error=repr(error))
        return self._here(named)

    async def _there(self, named: Mapping[str, Limit]) -> timedelta:
        self._script = self._script or self.carrier.register_script(_WAIT)
        spans = [
            repr(float(value))
            for limit in named.values()
            for value in (limit.burst, limit.interval.total_seconds())
        ]
        args = [repr(self.now().timestamp()), *spans, repr(NOTHING)]
        return timedelta(seconds=float(await self._script(keys=list(named), args=args)))

    def _here(self, named: Mapping[str, Limit]) -> timedelta:
        now = self.now()
        free = {name: max(self._free.get(name, now), now) for name in named}
        wait = max(
            free[name] - now + limit.interval * (1 - limit.burst) for name, limit in named.items()
        )
        if wait > timedelta():
            return wait
        self._forget(now)
        self._free.update({name: free[name] + limit.interval for name, limit in named.items()})
        return timedelta()

    def _forget(self, now: datetime) -> None:
        if len(self._free) >= MOST:
            self._free = {key: free for key, free in self._free.items() if free > now}

    def _named(self, sender: str, who: str) -> str:
        # The braces keep what is of one sender together in a cluster.
        whose = hmac.digest(self.key, who.encode(), hashlib.sha256).hex()[:32] if who else ""
        return f"messaging:rate:{{{sender}}}:{whose}"
