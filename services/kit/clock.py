"""The only clock, and how long the call that is being answered may still take."""

from __future__ import annotations

import contextvars
import time
from datetime import UTC, datetime

# When the answer must be there, in seconds of the monotonic clock. None: whenever.
deadline: contextvars.ContextVar[float | None] = contextvars.ContextVar("deadline", default=None)


def now() -> datetime:
    return datetime.now(UTC)


def left() -> float | None:
    """Seconds that the current call still has, never below zero. None if it has no end."""
    end = deadline.get()
    return None if end is None else max(0.0, end - time.monotonic())
