"""What is done with series, one function per intent. Each runs inside one transaction.

Locks are taken in one order: the series, then its occurrences in theirs.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial

from services.event.events import actions as event_actions
from services.event.events import domain as events
from services.event.events import store as event_store
from services.event.events.domain import EVENTS, Event, Plan
from services.event.series import domain, store, wire
from services.event.series.domain import Dates, RecursNot, Series, State
from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import Name

# The work that makes more occurrences of a series; its id is the series'.
EXTEND = "extend"


async def create(tx: Tx, first: Name, dates: Dates, now: datetime) -> Series:
    event = await event_store.lock_event(tx, first)
    series = domain.begin(Name(first.organization, new_id()), event, dates, now)
    start = domain.wall(event.plan.span.start)
    await store.add(tx, series, wire.packed(series))
    joined = dataclasses.replace(event, series=series.name.id, original=start)
    await event_store.save(tx, joined, seen=None)
    return await _extend(tx, series, now)


async def read(tx: Tx, name: Name) -> Series:
    return _value(await store.find(tx, name))


async def update(
    tx: Tx, name: Name, change: Callable[[Series], Dates], now: datetime, *, seen: int | None
) -> Series:
    """Gives a series the dates that `change` makes of it, from now on."""
    before = await _lock(tx, name, seen)
    series = domain.change(before, change(before), now)
    ahead = await _ahead(tx, series, now)
    taken = await store.taken(tx, name)
    changes = domain.rearrange(before, series, ahead, taken, now)
    for event, start in changes.moved:
        await _move(tx, series, event, start, now=now)
    for event in changes.dropped:
        await _drop(tx, event, "", now)
    for start in changes.added:
        await _occur(tx, series, start, now)
    return await _extend(tx, series, now)


async def extend(tx: Tx, name: Name, now: datetime) -> None:
    """Makes the next occurrences, and says when to look again."""
    series = _value(await store.lock_series(tx, name))
    if series.state is not State.CANCELLED:
        await _extend(tx, series, now)


async def _extend(tx: Tx, series: Series, now: datetime) -> Series:
    ahead = await store.count_ahead(tx, series.name, now)
    found, through = domain.next_starts(series, now, ahead=ahead)
    for start in found:
        await _occur(tx, series, start, now)
    extended = dataclasses.replace(series, through=through)
    if not domain.is_over(extended):
        later = now if len(found) == domain.BATCH else now + domain.PAUSE
        tx.schedule(EXTEND, series.name.organization, series.name.id, later)
    return await store.save(tx, extended, wire.packed(extended), seen=None)


async def _occur(tx: Tx, series: Series, start: datetime, now: datetime) -> None:
    """Makes the occurrence that begins then."""
    name = Name(series.name.organization, new_id())
    made = events.draft(name, domain.plan_at(series, start), now)
    made = dataclasses.replace(made, series=series.name.id, original=start)
    await event_actions.add(tx, made)
    if series.state is State.PUBLISHED and made.plan.span.end_time > now:
        await event_actions.publish(tx, name, now, seen=None)


async def _move(tx: Tx, series: Series, event: Event, start: datetime, *, now: datetime) -> None:
    def moved(current: Event) -> Plan:
        return events.moved(current.plan, domain.clocked(series, start))

    await event_actions.update(tx, event.name, moved, now, seen=None, original=start)


async def _drop(tx: Tx, event: Event, reason: str, now: datetime) -> None:
    """Calls off what was published, and deletes what nobody has seen."""
    if event.state is events.State.PUBLISHED:
        await event_actions.cancel(tx, event.name, reason, now, seen=None)
    else:
        await event_actions.delete(tx, event.name, seen=None, skips=False)


async def publish(tx: Tx, name: Name, now: datetime, *, seen: int | None) -> Series:
    series = domain.publish(await _lock(tx, name, seen), now)
    for event in await _ahead(tx, series, now):
        if event.state is events.State.DRAFT:
            await event_actions.publish(tx, event.name, now, seen=None)
    return await store.save(tx, series, wire.packed(series), seen=None)


async def cancel(tx: Tx, name: Name, reason: str, now: datetime, *, seen: int | None) -> Series:
    series = domain.cancel(await _lock(tx, name, seen), now)
    for event in await _ahead(tx, series, now):
        await _drop(tx, event, reason, now)
    return await store.save(tx, series, wire.packed(series), seen=None)


async def end_all(tx: Tx, organization: uuid.UUID) -> None:
    """Makes no more occurrences of anything: the organization is no more."""
    await store.end_all(tx, organization)


async def revise(
    tx: Tx, name: Name, revision: wire.Revision, now: datetime, *, seen: int | None
) -> Series:
    """Changes an occurrence, those with it, and what the next ones are made like."""
    event, series = await _occurrence(tx, name, seen)
    named = revision.of_named(event)
    retimed = bool(revision.paths & wire.TIMES)
    original = domain.original(event, named) if retimed else None
    await event_actions.update(tx, name, revision.of_named, now, seen=None, original=original)
    for each in await _ahead(tx, series, now):
        if each.name == name or not (revision.all or domain.follows(each, event)):
            continue
        original = domain.original(each, named) if retimed else None
        change = partial(revision.of_other, named)
        await event_actions.update(tx, each.name, change, now, seen=None, original=original)
    like = dataclasses.replace(event, plan=series.pattern, original=None)
    pattern = revision.of_other(named, like)
    after = dataclasses.replace(series, pattern=pattern, update_time=now)
    return await store.save(tx, after, wire.packed(after), seen=None)


async def skip(tx: Tx, name: Name, reason: str, now: datetime, *, seen: int | None) -> Series:
    event, series = await _occurrence(tx, name, seen)
    events.need(event, events.State.DRAFT, events.State.PUBLISHED)
    day = (event.original or domain.wall(event.plan.span.start)).date()
    after = domain.skip(series, day, now)
    await _drop(tx, event, reason, now)
    return await store.save(tx, after, wire.packed(after), seen=None)


async def _occurrence(tx: Tx, name: Name, seen: int | None) -> tuple[Event, Series]:
    """An occurrence and its series, locked in their order."""
    found = await event_store.find(tx, name)
    if found.series is None:
        raise RecursNot(EVENTS.format(name))
    series = await _lock(tx, Name(name.organization, found.series), None)
    event = await event_store.lock_event(tx, name)
    if seen not in (None, event.version):
        raise StaleEtag(EVENTS.format(name))
    return event, series


async def _ahead(tx: Tx, series: Series, now: datetime) -> list[Event]:
    """The occurrences that have not begun, in their order."""
    names = await store.ahead(tx, series.name, now)
    return [await event_store.lock_event(tx, name) for name in names]


async def _lock(tx: Tx, name: Name, seen: int | None) -> Series:
    series = _value(await store.lock_series(tx, name))
    if seen not in (None, series.version):
        raise StaleEtag(domain.SERIES.format(name))
    return series


def _value(found: tuple[object, bytes]) -> Series:
    row, pattern = found
    return store.value(row, wire.unpacked(pattern))


async def page(
    tx: Tx, organization: uuid.UUID, *, after: uuid.UUID | None, most: int
) -> list[Series]:
    return [_value(each) for each in await store.page(tx, organization, after=after, most=most)]
