"""What is done with imports, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from datetime import datetime, timedelta

from services.event.events import store as events
from services.event.events.domain import State, need
from services.event.forms import store as forms
from services.event.forms.domain import Form
from services.event.imports import domain, store, wire
from services.event.imports.domain import BadImport, Flaw, Outcome, People
from services.event.imports.store import Known
from services.event.participants.domain import PARTICIPANTS
from services.kit.db import Tx
from services.kit.names import Name

FORGET = "forget-upload"
KEPT = timedelta(hours=24)
# Ids of one millisecond, in the order in which they are drawn.
STEPS = 1 << 12


async def form(tx: Tx, event: Name) -> Form:
    """What an event that takes people in asks of them."""
    found = await events.find(tx, event)
    need(found, State.DRAFT, State.PUBLISHED)
    return await forms.find(tx, event)


async def take_in(tx: Tx, event: Name, people: People, now: datetime, *, report: bool) -> Outcome:
    """Puts people on the list of an event; of those who are on it, says so or adds what is new."""
    need(await events.find(tx, event), State.DRAFT, State.PUBLISHED)
    people, outcome = domain.fold(people, report=report)
    if not people:
        return outcome
    ids = draw(len(people), now)
    created = await _add(tx, event, people, ids, now)
    outcome += Outcome(created=created)
    if created == len(people):
        return outcome
    there = await store.there(tx, event, ids)
    left = people.rows(place for place, id in enumerate(ids) if uuid.UUID(id) not in there)
    return outcome + await _meet(tx, event, left, now, report=report)


async def _add(tx: Tx, event: Name, people: People, ids: list[str], now: datetime) -> int:
    """Puts people on the list, but for those who are on it; says how many."""
    if not await store.anybody(tx, event):
        with contextlib.suppress(store.Conflict):
            async with tx.savepoint():
                await store.add_all(tx, event, people, ids, now)
                return len(people)
    return await store.add(tx, event, people, ids, now)


async def _meet(tx: Tx, event: Name, people: People, now: datetime, *, report: bool) -> Outcome:
    """Adds what is new of those who are on the list already."""
    by: dict[str, Known] = {}
    for one in await store.lock_known(tx, event, people):
        by.update((key, one) for key in (one.email_key, one.phone) if key)
    flaws: list[Flaw] = []
    changed: list[tuple[uuid.UUID, People]] = []
    merged = 0
    for place, line in enumerate(people.lines):
        keys = [key for key in (people.email_keys[place], people.phones[place]) if key]
        met = {by[key].id: by[key] for key in keys if key in by}
        if len(met) != 1:
            flaws.append(Flaw(line, "", "has the addresses of two people on the list"))
        elif report:
            flaws.append(Flaw(line, "", "is on the list already"))
        else:
            [one] = met.values()
            merged += 1
            after = _filled(one, people, place)
            if after is not None:
                changed.append((one.id, after))
    if changed:
        await store.fill(tx, event, changed, now)
        for id, person in changed:
            name = Name(event.organization, id)
            tx.publish(wire.changed(event, name, person), subject=PARTICIPANTS.format(name))
    return Outcome(merged=merged, flaws=tuple(flaws))


def _filled(one: Known, people: People, place: int) -> People | None:
    """Somebody with what a row adds; None if that is nothing."""
    before = People(
        [people.lines[place]],
        [one.display_name],
        [one.email],
        [one.email_key],
        [one.phone],
        [one.language],
        [one.zone],
        [_json(list(one.answers))],
    )
    after = before.rows([0])
    domain.fill(after, 0, people.row(place))
    known = {answer["question"] for answer in one.answers}
    new = [a for a in json.loads(people.answers[place] or "[]") if a["question"] not in known]
    after.answers[0] = _json([*one.answers, *new])
    return None if after == before else after


def _json(answers: list[object]) -> str:
    return json.dumps(answers) if answers else ""


def draw(count: int, now: datetime) -> list[str]:
    """So many ids (UUIDv7), in the order of the rows that get them."""
    millis = int(now.timestamp() * 1000)
    chance = os.urandom(8 * count).hex()
    return [
        f"{millis + place // STEPS:012x}7{place % STEPS:03x}"
        f"{'89ab'[place & 3]}{chance[16 * place + 1 : 16 * place + 16]}"
        for place in range(count)
    ]


# --- streams


async def begin(tx: Tx, event: Name, id: uuid.UUID | None, now: datetime) -> tuple[Form, int]:
    """Begins a stream, or goes on with one: what the event asks, and what is kept of it."""
    asked = await form(tx, event)
    if id is None:
        return asked, 0
    await store.begin(tx, event, id)
    tx.schedule(FORGET, event.organization, id, now + KEPT)
    return asked, await _through(tx, event, id)


async def take_frame(
    tx: Tx,
    event: Name,
    people: People,
    now: datetime,
    *,
    id: uuid.UUID | None,
    through: int,
    report: bool,
) -> Outcome:
    """Takes in the rows of a frame, and notes that the stream has come so far."""
    if id is not None:
        kept = await _through(tx, event, id)
        people = people.rows(place for place, line in enumerate(people.lines) if line > kept)
        await store.advance(tx, event, id, max(kept, through))
    return await take_in(tx, event, people, now, report=report)


async def _through(tx: Tx, event: Name, id: uuid.UUID) -> int:
    found = await store.lock_upload(tx, event, id)
    if found is None or found[0] != event.id:
        raise BadImport("open.request_id", "was used for another event, or is forgotten")
    return found[1]


async def forget(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> None:
    """Nobody goes on with a stream after that."""
    await store.forget(tx, organization, id)
