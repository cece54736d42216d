"""What comes of forecasts, many at a time. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from services.kit.db import Tx
from services.kit.names import ORGANIZATIONS, Name
from services.messaging.decency import actions as decency
from services.messaging.decency.domain import Policy
from services.messaging.departures import domain, store
from services.messaging.departures.domain import Departure, Forecast
from services.messaging.messages.domain import Kind
from services.messaging.notices import actions as notices
from services.messaging.notices.domain import Notice


async def hear(
    tx: Tx, organization: uuid.UUID, told: Sequence[Forecast], *, key: bytes, now: datetime
) -> None:
    """Follows who is on the way to events of an organization, and says once what is to be said."""
    policy = await decency.policy(tx, organization)
    if not told or not (policy.leave_notices or policy.late_threshold):
        return
    known = await store.lock(tx, organization, {each.journey.id for each in told})
    latest = {each.journey: each for each in told}
    for forecast in told:
        before = known.get(forecast.journey)
        after = domain.followed(before, forecast) if before else domain.begun(forecast)
        known[forecast.journey] = after
    saying = [
        (journey, notice)
        for journey, forecast in latest.items()
        for notice in _notices(known[journey], forecast, policy, now)
    ]
    wanted = [notice for _, notice in saying]
    said = await notices.tell_current(tx, organization, wanted, key=key, now=now)
    for (journey, notice), done in zip(saying, said, strict=True):
        if done:
            known[journey] = _told(known[journey], notice.kind)
    store.keep(tx, list(known.values()))


async def forget(tx: Tx, journeys: Iterable[Name]) -> None:
    """Forgets from where people of one organization came who are on the way no more."""
    ended = list(journeys)
    if ended:
        await store.forget(tx, ended[0].organization, [each.id for each in ended])


def _notices(
    departure: Departure, forecast: Forecast, policy: Policy, now: datetime
) -> Iterable[Notice]:
    late = domain.lateness(departure, forecast)
    minutes = max(0, round(late.total_seconds() / 60))
    leaving = policy.leave_notices and not departure.told_to_leave
    if leaving and domain.has_to_leave(departure, forecast, now):
        time = domain.leave_time(departure, forecast)
        yield Notice(
            Kind.LEAVE_NOW,
            forecast.traveler,
            forecast.event,
            leave_time=time if time is not None and time > now else None,
            late_minutes=minutes,
            expire_time=forecast.start_time,
        )
    threshold = None if departure.told_late else policy.late_threshold
    if domain.is_late(departure, forecast, threshold, now):
        yield Notice(
            Kind.RUNNING_LATE,
            ORGANIZATIONS.format(forecast.event.organization),
            forecast.event,
            traveler=forecast.traveler,
            late_minutes=minutes,
            expire_time=forecast.start_time,
        )


def _told(departure: Departure, kind: Kind) -> Departure:
    if kind is Kind.LEAVE_NOW:
        return replace(departure, told_to_leave=True)
    return replace(departure, told_late=True)
