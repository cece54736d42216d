"""How long a stream may stay open, and how slow its reader may be."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from services.kit import errors

PULSE = 20.0  # seconds
STALLED = 60.0  # seconds that one frame may take to be read


class TooSlow(errors.Exhausted):
    message = "the reader cannot keep up; open the stream again and go on from the last token"


class StreamMoved(errors.Unreachable):
    message = "the stream was open for long enough; open it again and go on from where it was"
    retry_seconds = 0.1


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long things may take, in seconds."""

    stream: float = 1800.0
    pulse: float = PULSE
    stalled: float = STALLED


@dataclass
class Pacer:
    """Ends a stream that has been open for long enough, or whose reader is too slow."""

    limits: Limits
    opened: float = field(default_factory=time.monotonic)
    yielded: float = field(default_factory=time.monotonic)

    @property
    def ends(self) -> float:
        """When it is time, on the clock that never jumps."""
        return self.opened + self.limits.stream

    def left(self) -> float:
        return max(0.0, self.ends - time.monotonic())

    def before(self) -> None:
        """Just before a frame is given away."""
        self.yielded = time.monotonic()

    def after(self) -> None:
        """Just after: raises TooSlow if that took too long, and StreamMoved when it is time."""
        if time.monotonic() - self.yielded > self.limits.stalled:
            raise TooSlow()
        self.check()

    def check(self) -> None:
        if time.monotonic() >= self.ends:
            raise StreamMoved()
