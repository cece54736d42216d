"""What is noted of looking at somebody. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

# An event, or a journey, that stands for all.
ALL = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Look:
    """Who was shown what. `event` and `journey` are ALL where more was shown than one."""

    organization: uuid.UUID
    event: uuid.UUID
    journey: uuid.UUID
    viewer: str
    # How far out the viewer stood; see `reach`. Whoever did not let such people see was not shown.
    distance: int


@dataclass(frozen=True, slots=True)
class Noted:
    """When somebody looked within one hour, and how often they asked."""

    first_time: datetime
    last_time: datetime
    count: int

    def again(self, now: datetime, times: int) -> Noted:
        return replace(self, last_time=max(self.last_time, now), count=self.count + times)


@dataclass(frozen=True, slots=True)
class View:
    """An hour of one viewer, as the person is told of it."""

    hour: datetime
    viewer: str
    first_time: datetime
    last_time: datetime
    count: int


def hour_of(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)
