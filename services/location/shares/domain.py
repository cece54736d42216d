"""The rules of shares. Pure."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.names import Collection, Name
from services.location.events.domain import EVENTS, Event, EventOver
from services.location.journeys.domain import Precision

SHARES = Collection("shares", "turnout.app/Share")

# What links to shares are signed for.
PURPOSE = "share"
# How long after the end of the event one may look.
LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Share:
    """A link that shows one person, or all to an event, to whoever has it."""

    name: Name
    event: Name
    # Whose way it shows; None: of all who let links show them.
    journey: Name | None
    precision: Precision
    expire_time: datetime
    creator: str
    create_time: datetime
    revoke_time: datetime | None = None
    version: int = 1

    def stands(self, now: datetime) -> bool:
        return self.revoke_time is None and now < self.expire_time


@dataclass(frozen=True, slots=True)
class Draft:
    """What is asked for. `expire_time` None: as long as the event."""

    event: Name
    journey: Name | None
    precision: Precision
    expire_time: datetime | None


class ShareNotFound(errors.NotFound):
    message = "there is no {share}"
    share: str


class ShareOver(errors.NotFound):
    message = "nothing is shared by this token, or nothing any more"


class BadShare(errors.Invalid):
    """Nothing can be shared so."""


def make(
    id: uuid.UUID, draft: Draft, event: Event, journey: Name | None, creator: str, now: datetime
) -> Share:
    """A share of an event that is not over."""
    if event.over(now):
        raise EventOver(EVENTS.format(event.name))
    expire_time = draft.expire_time or event.end_time
    if not now < expire_time <= event.end_time + LONGEST:
        raise BadShare("share.expire_time", "must lie ahead, and within a day of the event's end")
    return Share(
        Name(event.name.organization, id),
        event.name,
        journey,
        draft.precision,
        # A link knows seconds only.
        expire_time.replace(microsecond=0),
        creator,
        now,
    )


def revoke(share: Share, now: datetime) -> Share:
    if share.revoke_time is not None:
        return share
    return dataclasses.replace(share, revoke_time=now, version=share.version + 1)
