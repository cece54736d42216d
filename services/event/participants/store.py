"""What is kept of participants: one statement for each table, inside the caller's transaction."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from services.event.events.domain import EVENTS
from services.event.forms import domain as forms
from services.event.participants import domain
from services.event.participants.domain import (
    PARTICIPANTS,
    Alike,
    Answer,
    Channel,
    Contact,
    Mark,
    Order,
    Participant,
    ParticipantExists,
    ParticipantNotFound,
    Step,
    Wanted,
    email_key,
)
from services.event.tables import merged, participants, steps
from services.kit.db import Statement, Tx, refuse_on, sql
from services.kit.etags import StaleEtag
from services.kit.names import Name
from services.kit.pages import Page

# More who are alike than anybody looks at.
MOST_ALIKE = 20
# What never changes once a participant is on the list.
KEY = ("organization", "id", "event")
# What `analytics` keeps of a participant.
COUNTED = ("reached", "channels")
_THIS = (
    participants.c.organization == sa.bindparam("organization"),
    participants.c.id == sa.bindparam("id"),
)
_FIND = sql(sa.select(participants).where(*_THIS))
_LOCK = sql(sa.select(participants).where(*_THIS).with_for_update())
_VALUES = {
    c.name: sa.bindparam(c.name, type_=c.type) for c in participants.c if c.name not in COUNTED
}
_ADD = sql(sa.insert(participants).values(_VALUES))
_SAVE = sql(
    sa.update(participants)
    .where(*_THIS)
    .values({name: value for name, value in _VALUES.items() if name not in KEY})
)
_DROP = sql(sa.delete(participants).where(*_THIS))
_INTO = sql(
    sa.select(merged.c.participant).where(
        merged.c.organization == sa.bindparam("organization"), merged.c.id == sa.bindparam("id")
    )
)
_MOVE_MERGED = sql(
    sa.update(merged)
    .where(
        merged.c.organization == sa.bindparam("organization"),
        merged.c.participant == sa.bindparam("duplicate"),
    )
    .values(participant=sa.bindparam("into"))
)
_ADD_MERGED = sql(sa.insert(merged))
_ADD_STEP = sql(sa.insert(steps))
_DROP_STEPS = sql(
    sa.delete(steps).where(
        steps.c.organization == sa.bindparam("organization"),
        steps.c.participant == sa.bindparam("participant"),
    )
)
_STEPS = sql(
    sa.select(steps)
    .where(
        steps.c.organization == sa.bindparam("organization"),
        steps.c.participant == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
        steps.c.position > 0,
    )
    .order_by(steps.c.participant, steps.c.position)
)


async def find(tx: Tx, name: Name) -> Participant:
    """Reads a participant; of one that was merged into another, that one."""
    return _known(await _maybe(tx, _FIND, name), name)


async def lock_participant(tx: Tx, name: Name) -> Participant:
    """Reads a participant and keeps every other writer away from it until the commit."""
    return _known(await lock_if_known(tx, name), name)


async def lock_if_known(tx: Tx, name: Name) -> Participant | None:
    return await _maybe(tx, _LOCK, name)


async def add(tx: Tx, participant: Participant) -> None:
    with _alone(participant):
        await tx.run(_ADD, **_values(participant))
    await _add_steps(tx, participant, known=1)


async def save(
    tx: Tx, participant: Participant, *, before: Participant, seen: int | None = None
) -> Participant:
    """Writes the next version of a participant that was locked, if it is another one at all.

    Refuses when the one that was seen is not the latest.
    """
    if seen not in (None, before.version):
        raise StaleEtag(PARTICIPANTS.format(before.name))
    if participant == before:
        return before
    saved = dataclasses.replace(participant, version=before.version + 1)
    with _alone(saved):
        await tx.run(_SAVE, **{k: v for k, v in _values(saved).items() if k != "event"})
    await _add_steps(tx, saved, known=len(before.steps))
    return saved


async def drop(tx: Tx, participant: Participant) -> None:
    """Forgets a participant, and all that is kept of them."""
    await tx.run(_DROP, organization=participant.name.organization, id=participant.name.id)


async def merge(
    tx: Tx, participant: Participant, *, before: Participant, duplicate: Participant
) -> Participant:
    """Writes one participant over two that were locked."""
    organization, into = before.name.organization, before.name.id
    gone = {"organization": organization, "into": into, "duplicate": duplicate.name.id}
    await tx.run(_MOVE_MERGED, **gone)
    await drop(tx, duplicate)
    await tx.run(_ADD_MERGED, organization=organization, id=duplicate.name.id, participant=into)
    await tx.run(_DROP_STEPS, organization=organization, participant=into)
    saved = dataclasses.replace(participant, version=before.version + 1)
    with _alone(saved):
        await tx.run(_SAVE, **{k: v for k, v in _values(saved).items() if k != "event"})
    await _add_steps(tx, saved, known=1)
    return saved


@contextlib.contextmanager
def _alone(participant: Participant) -> Iterator[None]:
    """Refuses the address of somebody else at the event."""
    event, contact = EVENTS.format(participant.event), participant.contact
    with (
        refuse_on("participants_email_key", ParticipantExists(event, contact.email)),
        refuse_on("participants_phone_key", ParticipantExists(event, contact.phone)),
    ):
        yield


async def _add_steps(tx: Tx, participant: Participant, *, known: int) -> None:
    """Writes the steps after the first `known`. That they were listed follows from the row."""
    rows = _step_rows(participant, known=known)
    if rows:
        await tx.many(_ADD_STEP, rows)


# --- lists


async def page(tx: Tx, wanted: Wanted, page: Page) -> list[Participant]:
    """The next participants of those that are wanted, one more than the page shows."""
    given = {
        "event": wanted.event.id if wanted.event else None,
        "states": [state.value for state in wanted.states] or None,
        "answers": [answer.value for answer in wanted.answers if answer] or None,
        "channels": [channel.value for channel in wanted.channels] or None,
        "ticket_type": wanted.ticket_type or None,
        "words": domain.text_key(wanted.query) or None,
    }
    present = {name: value for name, value in given.items() if value is not None}
    if page.after:
        present |= dict(zip(("last", "after")[-len(page.after) :], page.after, strict=True))
    statement = _page(frozenset(present), wanted.order, None in wanted.answers)
    rows = await tx.all(statement, organization=wanted.organization, most=page.limit, **present)
    return await _with_steps(tx, rows)


@functools.cache
def _page(given: frozenset[str], order: Order, unanswered: bool) -> Statement:
    """One statement for each set of filters, so that each has a plan of its own."""
    query = sa.select(participants).where(*_fit(given, unanswered))
    columns = [participants.c[name] for name in dict.fromkeys((order.column, "id"))]
    if "after" in given:
        names = ("last", "after")[-len(columns) :]
        last = sa.tuple_(
            *(sa.bindparam(n, type_=c.type) for n, c in zip(names, columns, strict=True))
        )
        here = sa.tuple_(*columns)
        query = query.where(here < last if order.falling else here > last)
    query = query.order_by(*(c.desc() if order.falling else c for c in columns))
    return sql(query.limit(sa.bindparam("most", type_=sa.Integer)))


def _fit(given: frozenset[str], unanswered: bool) -> list[Any]:
    """The conditions of a set of filters."""
    people = participants.c
    words = sa.bindparam("words", type_=sa.Text)
    texts = ARRAY(sa.Text)
    said = people.answer == sa.any_(sa.bindparam("answers", type_=texts))
    silent = people.answer.is_(None)
    conditions: dict[str, Any] = {
        "event": people.event == sa.bindparam("event"),
        "states": people.state == sa.any_(sa.bindparam("states", type_=texts)),
        "answers": sa.or_(said, silent) if unanswered else said,
        "channels": people.channel == sa.any_(sa.bindparam("channels", type_=texts)),
        "ticket_type": people.ticket_type == sa.bindparam("ticket_type"),
        "words": sa.or_(
            sa.func.strpos(people.name_key, words) > 0,
            sa.func.strpos(people.email_key, words) > 0,
            sa.func.strpos(people.phone, words) > 0,
        ),
    }
    found = [condition for name, condition in conditions.items() if name in given]
    if unanswered and "answers" not in given:
        found.append(silent)
    return [people.organization == sa.bindparam("organization"), *found]


# --- duplicates

# The mailbox that an address ends in: whatever comes after a plus is the reader's own note, and
# of the largest host of all the dots as well.
_local = sa.func.regexp_replace(sa.func.split_part(participants.c.email_key, "@", 1), r"\+.*$", "")
_host = sa.func.split_part(participants.c.email_key, "@", 2)
_google = _host.in_([sa.literal_column(f"'{each}'") for each in ("gmail.com", "googlemail.com")])
_mailbox = sa.case(
    (_google, sa.func.replace(_local, ".", "") + "@gmail.com"), else_=_local + "@" + _host
)


def _alike(likeness: str, key: Any, condition: Any) -> Any:
    return (
        sa.select(
            sa.literal_column(f"'{likeness}'").label("likeness"),
            key.label("key"),
            sa.func.array_agg(aggregate_order_by(participants.c.id, participants.c.id)).label(
                "ids"
            ),
        )
        .where(
            participants.c.organization == sa.bindparam("organization"),
            participants.c.event == sa.bindparam("event"),
            condition,
        )
        .group_by(key)
        .having(sa.func.count() > 1)
    )


_groups = sa.union_all(
    _alike("display_name", participants.c.likeness, participants.c.likeness != ""),
    _alike("email", _mailbox, participants.c.email_key.is_not(None)),
).subquery("groups")
_DUPLICATES = sql(
    sa.select(_groups)
    .where(
        sa.tuple_(_groups.c.likeness, _groups.c.key)
        > sa.tuple_(sa.bindparam("likeness", type_=sa.Text), sa.bindparam("last", type_=sa.Text))
    )
    .order_by(_groups.c.likeness, _groups.c.key)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_SEVERAL = sql(
    sa.select(participants)
    .where(
        participants.c.organization == sa.bindparam("organization"),
        participants.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
    )
    .order_by(participants.c.id)
)


async def duplicates(
    tx: Tx, event: Name, *, after: tuple[str, str] | None, most: int
) -> list[Alike]:
    """The next groups of those who may be one and the same person, by what they share."""
    likeness, last = after or ("", "")
    found = await tx.all(
        _DUPLICATES,
        organization=event.organization,
        event=event.id,
        likeness=likeness,
        last=last,
        most=most,
    )
    ids = {id for row in found for id in row.ids[:MOST_ALIKE]}
    rows = await tx.all(_SEVERAL, organization=event.organization, ids=list(ids))
    people = {each.name.id: each for each in await _with_steps(tx, rows)}
    return [
        Alike(row.likeness, row.key, tuple(people[id] for id in row.ids[:MOST_ALIKE]))
        for row in found
    ]


async def _maybe(tx: Tx, statement: Statement, name: Name) -> Participant | None:
    key = {"organization": name.organization}
    row = await tx.maybe(statement, **key, id=name.id)
    if row is None:
        into = await tx.maybe(_INTO, **key, id=name.id)
        row = await tx.maybe(statement, **key, id=into.participant) if into else None
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
        contact=Contact(
            row.display_name, row.email, row.phone or "", row.language_code, row.time_zone
        ),
        steps=(Step(Mark.LISTED, row.create_time), *steps),
        create_time=row.create_time,
        update_time=row.update_time,
        state=Mark(row.state),
        answer=Answer(row.answer) if row.answer else None,
        booking=row.booking,
        journey=row.journey,
        ticket_type=row.ticket_type,
        note=row.note,
        guests=row.guests,
        question_answers=forms.given(row.question_answers or ()),
        send_time=row.send_time,
        sent_by=Channel(row.sent_by) if row.sent_by else None,
        undelivered_reason=row.undelivered_reason,
        heard_time=row.heard_time,
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
        "name_key": domain.text_key(contact.display_name),
        "likeness": domain.likeness(domain.text_key(contact.display_name)),
        "time_zone": contact.time_zone,
        "guests": participant.guests,
        "question_answers": forms.kept(participant.question_answers) or None,
        "channel": domain.channel(participant).value,
        "sent_by": participant.sent_by.value if participant.sent_by else None,
        "undelivered_reason": participant.undelivered_reason,
        "heard_time": participant.heard_time,
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
