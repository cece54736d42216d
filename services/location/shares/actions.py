"""What location does with shares, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit.caller import Caller
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.location.events import store as events
from services.location.events.domain import EVENTS, EventNotFound
from services.location.journeys import store as journeys
from services.location.journeys.domain import (
    JOURNEYS,
    LASTING,
    Journey,
    JourneyNotFound,
    Precision,
    Viewers,
    over,
    reach,
)
from services.location.live import store as live
from services.location.live.view import View
from services.location.shares import domain, store
from services.location.shares.domain import SHARES, Draft, Share, ShareNotFound, ShareOver
from services.location.views.domain import ALL, Look


async def create(tx: Tx, draft: Draft, who: Caller, now: datetime) -> Share:
    """Shares the caller's own way, or with the permission a whole event."""
    event = await events.find(tx, draft.event)
    if event is None:
        raise EventNotFound(EVENTS.format(draft.event))
    journey = await _shared(tx, draft, who, now)
    share = domain.make(new_id(), draft, event, journey, who.name, now)
    await store.add(tx, share)
    return share


async def _shared(tx: Tx, draft: Draft, who: Caller, now: datetime) -> Name | None:
    """Whose way is to be shown; None: of all."""
    if draft.journey is not None:
        found = await journeys.find(tx, draft.journey)
        if found is None or found.traveler != who.name or found.event != draft.event:
            raise JourneyNotFound(JOURNEYS.format(draft.journey))
        if not found.lasts(now):
            raise over(found)
        return found.name
    if who.permitted:
        return None
    own = await journeys.find_one(tx, draft.event, who.name)
    if own is None or own.state not in LASTING:
        raise EventNotFound(EVENTS.format(draft.event))
    return own.name


async def get(tx: Tx, name: Name, who: Caller) -> Share:
    return _own(await store.find(tx, name), name, who)


async def page(
    tx: Tx, organization: uuid.UUID, who: Caller, *, after: uuid.UUID, most: int
) -> list[Share]:
    creator = None if who.permitted else who.name
    return await store.page(tx, organization, creator=creator, after=after, most=most)


async def revoke(tx: Tx, name: Name, who: Caller, now: datetime) -> Share:
    share = _own(await store.lock(tx, name), name, who)
    revoked = domain.revoke(share, now)
    if revoked is not share:
        await store.revoke(tx, revoked)
    return revoked


def _own(share: Share | None, name: Name, who: Caller) -> Share:
    if share is None or not (who.permitted or share.creator == who.name):
        raise ShareNotFound(SHARES.format(name))
    return share


async def standing(tx: Tx, name: Name, now: datetime) -> Share:
    """A share that still shows something; raises ShareOver."""
    share = await store.find(tx, name)
    if share is None or not share.stands(now):
        raise ShareOver()
    return share


async def shown(tx: Tx, name: Name, now: datetime) -> tuple[Share, list[Journey]]:
    """A share, and whom it shows."""
    share = await standing(tx, name, now)
    if share.journey is not None:
        one = await journeys.find(tx, share.journey)
        return share, [one] if one else []
    return share, [journey for journey, _ in await live.changed(tx, share.event, 0)]


def view(share: Share) -> View:
    """How a share shows people."""
    return View(
        reach(Viewers.LINKS),
        share.journey,
        coarse=share.precision is Precision.COARSE,
        nameless=True,
    )


def look(share: Share) -> Look:
    """What is noted of who has a link: which link it was."""
    return Look(
        share.name.organization,
        share.event.id,
        share.journey.id if share.journey else ALL,
        SHARES.format(share.name),
        reach(Viewers.LINKS),
    )
