"""How fast a provider lets one sender go, and one sender to one person. Kept by each process.

It spares a provider what it would refuse; what it refuses all the same is tried again later.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Limit:
    """At most `burst` at once, and one more every `interval`."""

    burst: int
    interval: timedelta


@dataclass
class Limiter:
    """Counts what was let through by the key of who sends, or of who sends to whom."""

    now: Callable[[], datetime]
    # When a key will have all its burst again.
    _free: dict[Hashable, datetime] = field(default_factory=dict)

    def wait(self, key: Hashable, limit: Limit) -> timedelta:
        """How long the next one of a key has to wait; if not at all, it is counted."""
        now = self.now()
        free = max(self._free.get(key, now), now)
        over = free + limit.interval - now - limit.interval * limit.burst
        if over > timedelta():
            return over
        self._forget(now)
        self._free[key] = free + limit.interval
        return timedelta()

    def _forget(self, now: datetime) -> None:
        if len(self._free) >= MOST:
            self._free = {key: free for key, free in self._free.items() if free > now}


MOST = 100_000
