"""Throttles: who tries something too often waits, longer from try to try, and is never shut out.

Tries are counted in Redis, so that all processes of a service count together. A try is counted
before it is known how it ends, so that a thousand at once are no way around. What is counted is
forgotten bit by bit, and in whole when Redis is lost: that costs patience and never truth. While
Redis is away every process counts for itself.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import redis.exceptions

from services.kit import errors
from services.kit.carrier import carrier
from services.kit.log import logger

# How long Redis may take to answer, and how long it is left alone when it did not, in seconds.
PATIENCE, PAUSE = 0.5, 2.0
# How many are counted in memory while Redis is away; the one that came first is forgotten first.
REMEMBERED = 10_000


class TooManyTries(errors.Exhausted):
    message = "too many tries; try again in {wait_seconds} s"
    wait_seconds: int

    @property
    def retry_seconds(self) -> float:  # type: ignore[override]
        return float(self.wait_seconds)


@dataclass(frozen=True)
class Limit:
    """How many tries are free, and what the next ones cost. Spans are in seconds."""

    free: int
    # One try is forgotten in that time.
    forget: float
    # How long to wait after the first try too many; each further one doubles it.
    first: float = 1.0
    longest: float = 300.0


@dataclass(frozen=True)
class Track:
    """Something that is counted: tries of a kind, by somebody or at something."""

    kind: str
    who: str = field(repr=False)
    limit: Limit


@dataclass(frozen=True)
class Count:
    """Tries that are not forgotten yet, as of a time; and until when there are to be no more."""

    level: float = 0.0
    at: float = 0.0
    until: float = 0.0


def faded(count: Count, limit: Limit, now: float) -> float:
    """How many tries are left to remember."""
    return max(0.0, count.level - max(0.0, now - count.at) / limit.forget)


def tried(count: Count, limit: Limit, now: float) -> Count:
    """The count after one more try, which is not too early."""
    level = faded(count, limit, now) + 1
    over = math.ceil(level - limit.free - 1e-9)
    pause = 0.0 if over <= 0 else min(limit.longest, limit.first * 2.0 ** min(over - 1, 30))
    return Count(level, now, now + pause if pause else 0.0)


def wait(count: Count, limit: Limit, now: float) -> float:
    """How long the next try has to wait; never longer than the limit says, whatever clocks say."""
    return max(0.0, min(count.until - now, limit.longest))


def given_back(count: Count, limit: Limit, now: float) -> Count:
    """The count as if the last try had not been made."""
    return Count(max(0.0, faded(count, limit, now) - 1), now, 0.0)


# The same rules, where they are one step. ARGV: the time, then free, forget, first and longest of
# each key; times and spans in seconds.
_RULES = """
local now = tonumber(ARGV[1])
local function read(key, forget)
  local said = redis.call('HMGET', key, 'level', 'at', 'until')
  local level, at = tonumber(said[1]) or 0, tonumber(said[2]) or 0
  return math.max(0, level - math.max(0, now - at) / forget), tonumber(said[3]) or 0
end
local function keep(key, level, till, forget, longest)
  redis.call('HSET', key, 'level', tostring(level), 'at', ARGV[1], 'until', tostring(till))
  redis.call('PEXPIRE', key, math.ceil((level * forget + longest) * 1000))
end
"""
_TAKE = f"""{_RULES}
local wait, levels = 0, {{}}
for i, key in ipairs(KEYS) do
  local level, till = read(key, tonumber(ARGV[4 * i - 1]))
  levels[i] = level
  wait = math.max(wait, math.min(till - now, tonumber(ARGV[4 * i + 1])))
end
if wait > 0 then return tostring(wait) end
for i, key in ipairs(KEYS) do
  local free, forget = tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i - 1])
  local first, longest = tonumber(ARGV[4 * i]), tonumber(ARGV[4 * i + 1])
  local level, till = levels[i] + 1, 0
  local over = math.ceil(level - free - 1e-9)
  if over > 0 then till = now + math.min(longest, first * 2 ^ math.min(over - 1, 30)) end
  keep(key, level, till, forget, longest)
end
return '0'
"""
_GIVE_BACK = f"""{_RULES}
for i, key in ipairs(KEYS) do
  local forget, longest = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i + 1])
  local level = read(key, forget)
  if level <= 1 then redis.call('DEL', key) else keep(key, level - 1, 0, forget, longest) end
end
return '0'
"""


@dataclass
class Throttle:
    """Counts tries of what has tracks. `key` keeps who tried what from who reads Redis."""

    now: Callable[[], datetime]
    key: bytes = field(repr=False)
    carrier: Any = None
    counts: dict[str, Count] = field(default_factory=dict)
    _scripts: dict[str, Any] = field(default_factory=dict)
    _again: float = -math.inf
    _away: bool = False

    @classmethod
    def open(cls, url: str, key: bytes, now: Callable[[], datetime]) -> Self:
        """Connects when the first try is counted. Without a `url` the process counts for itself."""
        if not url:
            return cls(now, key)
        return cls(now, key, carrier(url, PATIENCE))

    async def close(self) -> None:
        if self.carrier is not None:
            await self.carrier.aclose()

    async def take(self, *tracks: Track) -> None:
        """Counts a try on every track; none of them when one has to wait. Raises TooManyTries."""
        seconds = await self._run(_TAKE, tracks, self._take)
        if seconds > 0:
            raise TooManyTries(math.ceil(seconds))

    async def give_back(self, *tracks: Track) -> None:
        """Takes a try back that came to a good end, and whatever it would have to wait for."""
        await self._run(_GIVE_BACK, tracks, self._give_back)

    async def _run(
        self, script: str, tracks: Sequence[Track], here: Callable[[Sequence[Track], float], float]
    ) -> float:
        now = self.now().timestamp()
        if self.carrier is not None and time.monotonic() >= self._again:
            try:
                return await self._there(script, tracks, now)
            except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
                self._again = time.monotonic() + PAUSE
                if not self._away:
                    logger.warning("tries are counted by each process alone", error=repr(error))
                self._away = True
        return here(tracks, now)

    async def _there(self, script: str, tracks: Sequence[Track], now: float) -> float:
        run = self._scripts.get(script) or self.carrier.register_script(script)
        self._scripts[script] = run
        limits = [
            repr(float(value))
            for track in tracks
            for value in (
                track.limit.free,
                track.limit.forget,
                track.limit.first,
                track.limit.longest,
            )
        ]
        said = await run(keys=[self._named(track) for track in tracks], args=[repr(now), *limits])
        if self._away:
            logger.info("tries are counted together again")
            self._away = False
        return float(said)

    def _take(self, tracks: Sequence[Track], now: float) -> float:
        found = [self.counts.get(self._named(track), Count()) for track in tracks]
        longest = max(
            (wait(count, track.limit, now) for track, count in zip(tracks, found, strict=True)),
            default=0.0,
        )
        if longest > 0:
            return longest
        for track, count in zip(tracks, found, strict=True):
            self._keep(track, tried(count, track.limit, now))
        return 0.0

    def _give_back(self, tracks: Sequence[Track], now: float) -> float:
        for track in tracks:
            count = self.counts.get(self._named(track), Count())
            self._keep(track, given_back(count, track.limit, now))
        return 0.0

    def _keep(self, track: Track, count: Count) -> None:
        name = self._named(track)
        self.counts.pop(name, None)
        if count.level <= 0:
            return
        while len(self.counts) >= REMEMBERED:
            del self.counts[next(iter(self.counts))]
        self.counts[name] = count

    def _named(self, track: Track) -> str:
        who = hmac.digest(self.key, track.who.encode(), hashlib.sha256).hex()[:32]
        return f"throttle:{track.kind}:{who}"
