"""What is kept of participants: one statement for each table, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
import functools
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.event.events.domain import EVENTS
from services.event.participants.domain import (
    PARTICIPANTS,
    Answer,
    Contact,
    Mark,
    Participant,
    ParticipantExists,
    ParticipantNotFound,
    Step,
    email_key,
)
from services.event.tables import participants, steps
from services.kit.db import Statement, Tx, refuse_on, sql
from services.kit.names import Name

# What never changes once a participant is on the list.
KEY = ("organization", "id", "event", "create_time")
_THIS = (
    participants.c.organization == sa.bindparam("organization"),
    participants.c.id == sa.bindparam("id"),
)
_FIND = sql(sa.select(participants).where(*_THIS))
_LOCK = sql(sa.select(participants).where(*_THIS).with_for_update())
_ADD = sql(sa.insert(participants))
_SAVE = sql(
    sa.update(participants)
    .where(*_THIS)
    .values(
        {c.name: sa.bindparam(c.name, type_=c.type) for c in participants.c if c.name not in KEY}
    )
)
_ADD_STEP = sql(sa.insert(steps))
_STEPS = sql(
    sa.select(steps)
    .where(
        steps.c.organization == sa.bindparam("organization"),
        steps.c.participant == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
    )
    .order_by(steps.c.participant, steps.c.position)
)


async def find(tx: Tx, name: Name) -> Participant:
    return _known(await _maybe(tx, _FIND, name), name)


async def lock_participant(tx: Tx, name: Name) -> Participant:
    """Reads a participant and keeps every other writer away from it until the commit."""
    return _known(await lock_if_known(tx, name), name)


async def lock_if_known(tx: Tx, name: Name) -> Participant | None:
    return await _maybe(tx, _LOCK, name)


async def add(tx: Tx, participant: Participant) -> None:
    event, contact = EVENTS.format(participant.event), participant.contact
    with (
        refuse_on("participants_email_key", ParticipantExists(event, contact.email)),
        refuse_on("participants_phone_key", ParticipantExists(event, contact.phone)),
    ):
        await tx.run(_ADD, **_values(participant))
    await tx.many(_ADD_STEP, _step_rows(participant, known=0))


async def save(tx: Tx, participant: Participant, *, before: Participant) -> Participant:
    """Writes the next version of a participant that was locked, if it is another one at all."""
    if participant == before:
        return before
    saved = dataclasses.replace(participant, version=before.version + 1)
    await tx.run(_SAVE, **{k: v for k, v in _values(saved).items() if k not in KEY[2:]})
    rows = _step_rows(saved, known=len(before.steps))
    if rows:
        await tx.many(_ADD_STEP, rows)
    return saved


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: Name | None,
    after: tuple[Any, ...] | None,
    most: int,
) -> list[Participant]:
    """The next `most` participants in the order of their ids, which is that of their arrival."""
    given = {"event": event.id if event else None, "after": after[0] if after else None}
    present = {name: value for name, value in given.items() if value is not None}
    statement = _page(frozenset(present))
    rows = await tx.all(statement, organization=organization, most=most, **present)
    return await _with_steps(tx, rows)


@functools.cache
def _page(given: frozenset[str]) -> Statement:
    """One statement for each set of filters, so that each has a plan of its own."""
    query = sa.select(participants).where(
        participants.c.organization == sa.bindparam("organization")
    )
    if "event" in given:
        query = query.where(participants.c.event == sa.bindparam("event"))
    if "after" in given:
        query = query.where(participants.c.id > sa.bindparam("after"))
    return sql(query.order_by(participants.c.id).limit(sa.bindparam("most", type_=sa.Integer)))


async def _maybe(tx: Tx, statement: Statement, name: Name) -> Participant | None:
    row = await tx.maybe(statement, organization=name.organization, id=name.id)
    return (await _with_steps(tx, [row]))[0] if row else None


def _known(participant: Participant | None, name: Name) -> Participant:
    if participant is None:
        raise ParticipantNotFound(PARTICIPANTS.format(name))
    return participant


async def _with_steps(tx: Tx, rows: Sequence[Any]) -> list[Participant]:
    """Rows of one organization, each with its steps."""
    if not rows:
        return []
    found = await tx.all(_STEPS, organization=rows[0].organization, ids=[row.id for row in rows])
    of: dict[uuid.UUID, list[Step]] = {row.id: [] for row in rows}
    for each in found:
        of[each.participant].append(_step(each))
    return [_participant(row, of[row.id]) for row in rows]


# --- rows to values and back


def _participant(row: Any, steps: Iterable[Step]) -> Participant:
    return Participant(
        name=Name(row.organization, row.id),
        event=Name(row.organization, row.event),
        contact=Contact(row.display_name, row.email, row.phone or "", row.language_code),
        steps=tuple(steps),
        create_time=row.create_time,
        update_time=row.update_time,
        state=Mark(row.state),
        answer=Answer(row.answer) if row.answer else None,
        booking=row.booking,
        journey=row.journey,
        ticket_type=row.ticket_type,
        note=row.note,
        send_time=row.send_time,
        version=row.version,
    )


def _step(row: Any) -> Step:
    return Step(Mark(row.mark), row.reach_time, row.about, row.seen_time)


def _values(participant: Participant) -> dict[str, Any]:
    contact = participant.contact
    return {
        "organization": participant.name.organization,
        "id": participant.name.id,
        "event": participant.event.id,
        "display_name": contact.display_name,
        "email": contact.email,
        "email_key": email_key(contact.email),
        "phone": contact.phone or None,
        "language_code": contact.language_code,
        "state": participant.state.value,
        "answer": participant.answer.value if participant.answer else None,
        "booking": participant.booking,
        "journey": participant.journey,
        "note": participant.note,
        "ticket_type": participant.ticket_type,
        "send_time": participant.send_time,
        "create_time": participant.create_time,
        "update_time": participant.update_time,
        "version": participant.version,
    }


def _step_rows(participant: Participant, *, known: int) -> list[dict[str, Any]]:
    """The rows of the steps after the first `known`, which are written already."""
    return [
        {
            "organization": participant.name.organization,
            "participant": participant.name.id,
            "position": position,
            "mark": step.mark.value,
            "reach_time": step.reach_time,
            "about": step.about,
            "seen_time": step.seen,
        }
        for position, step in enumerate(participant.steps)
        if position >= known
    ]
