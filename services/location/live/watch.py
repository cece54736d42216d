"""One viewer of an event, and the frames that it gets. Nothing queues up for it."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from google.protobuf import duration_pb2

from services.kit import errors
from services.kit.wire import span
from services.location.live.hub import TICK, Hub
from services.location.live.view import Area, Frame, View, Window
from services.location.pacing import Limits, Pacer

MOST_APART = 60.0  # seconds


class BadInterval(errors.Invalid):
    """Frames do not come at such times."""


def interval(sent: duration_pb2.Duration) -> float:
    """Seconds between two frames at the least."""
    asked = span(sent)
    if not timedelta() <= asked <= timedelta(seconds=MOST_APART):
        raise BadInterval("interval", f"must be from 0 to {MOST_APART:g} seconds")
    return asked.total_seconds()


@dataclass(frozen=True)
class Wish:
    """What a viewer asks for."""

    view: View
    # The number in the resume token; 0 for a viewer that has seen nothing.
    since: int = 0
    area: Area | None = None
    # Seconds between two frames at the least, and until the viewer may look no more.
    apart: float = 0.0
    lasts: float = math.inf


class Viewer:
    """Somebody who watches an event.

    `check` is asked now and then, when there is a doubt, and when the time is up; it raises when
    the viewer may not look any more.
    """

    def __init__(
        self, hub: Hub, wish: Wish, limits: Limits, check: Callable[[], Awaitable[object]]
    ) -> None:
        self._hub = hub
        self._wish = wish
        self._pacer = Pacer(limits)
        self._pulse = limits.pulse
        self._check = check
        self._check_at = 0.0
        self._until = time.monotonic() + wish.lasts
        self._checked()

    def doubt(self) -> None:
        """Has it looked up soon whether the viewer may go on."""
        self._check_at = 0.0
        self._hub.wake()

    async def frames(self) -> AsyncIterator[Frame | bytes]:
        """First everybody, then what changes, and a pulse when nothing does.

        What others are shown too comes as bytes.
        """
        hub, wish = self._hub, self._wish
        window = Window(wish.area) if wish.area else None
        look, resumed = hub.look, 0 < wish.since <= hub.horizon
        for drawn in hub.snapshot(wish.since, wish.view):
            self._pacer.before()
            yield window.cut(drawn.frame, resumed=resumed) if window else drawn.bytes
            self._pacer.after()
        while True:
            await self._news(look)
            # With nobody in it when nothing happened: then it says that nothing was missed.
            drawn, look = hub.delta(look, wish.view), hub.look
            self._pacer.before()
            yield window.cut(drawn.frame) if window else drawn.bytes
            self._pacer.after()

    async def _news(self, look: int) -> None:
        """Waits until somebody moved; for a pulse at the most.

        The hub wakes its viewers often enough for what ends by the clock.
        """
        quiet_until = self._pacer.yielded + self._pulse
        if self._wish.apart > TICK:
            await asyncio.sleep(min(self._wish.apart - TICK, self._pacer.left()))
        while self._hub.look == look and time.monotonic() < self._due(quiet_until):
            await self._hub.moved()
        self._pacer.check()
        if time.monotonic() >= min(self._check_at, self._until):
            await self._check()
            self._checked()

    def _due(self, quiet_until: float) -> float:
        """When there is something to do even if nobody moves."""
        return min(quiet_until, self._check_at, self._until, self._pacer.ends)

    def _checked(self) -> None:
        # Not all at once who came at once.
        self._check_at = time.monotonic() + self._pulse * random.uniform(0.5, 1.0)
