"""Circuit breakers: who failed again and again is left alone for a while, and then tried once.

Each process learns by itself, from what its own messages come to.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

# So many failures in a row open a breaker, for so many seconds; each failure after that doubles
# them.
FAILURES, FIRST, LONGEST = 5, 5.0, 300.0


@dataclass
class Breaker:
    """Of one provider. Times are seconds of a monotonic clock."""

    failures: int = 0
    until: float = 0.0

    def lets_through(self, now: float) -> bool:
        """Whether a message may go. Of those that come when the time is over, one does."""
        if self.failures < FAILURES:
            return True
        if now < self.until:
            return False
        self.until = now + self._pause()
        return True

    def worked(self) -> None:
        self.failures, self.until = 0, 0.0

    def failed(self, now: float, *, at_once: bool = False) -> None:
        """Counts a failure; one that others would meet too opens it `at_once`."""
        self.failures = max(self.failures + 1, FAILURES if at_once else 0)
        if self.failures >= FAILURES:
            self.until = now + self._pause()

    def _pause(self) -> float:
        return float(min(LONGEST, FIRST * 2 ** min(self.failures - FAILURES, 10)))


@dataclass
class Breakers:
    """The breakers of all providers that something was sent by."""

    known: dict[Hashable, Breaker] = field(default_factory=dict)

    def of(self, provider: Hashable) -> Breaker:
        return self.known.setdefault(provider, Breaker())
