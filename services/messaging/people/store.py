"""What messaging knows of others. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Statement, Tx, given, sql
from services.kit.names import Name
from services.kit.tables import members
from services.messaging.people.domain import PARTICIPANTS, Gathering, Host, Person
from services.messaging.tables import bookings, events, organizations, participants, users

_ID = sa.bindparam("id", type_=sa.Uuid)
_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)


def _upsert(table: sa.Table, *kept: str) -> Statement:
    """Keeps a row as it was heard last; the columns `kept` stay as they are."""
    names = [column.name for column in table.c if column.name not in kept]
    return _over(table, insert(table).values({name: sa.bindparam(name) for name in names}), names)


def _upsert_all(table: sa.Table, *kept: str) -> Statement:
    """Keeps rows as they were heard last: no two of one key, and always in the same order."""
    names = [column.name for column in table.c if column.name not in kept]
    heard = given(**{name: table.c[name].type for name in names})
    return _over(table, insert(table).from_select(names, sa.select(*heard.c)), names)


def _over(table: sa.Table, adding: Any, names: Iterable[str]) -> Statement:
    keys = [column.name for column in table.primary_key]
    changed = {name: adding.excluded[name] for name in names if name not in keys}
    return sql(adding.on_conflict_do_update(index_elements=keys, set_=changed))


def _of(table: sa.Table) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.organization == _ORGANIZATION, table.c.id == _ID


_KNOW_USER = _upsert(users)
_USER = sql(sa.select(users).where(users.c.id == _ID))
_FORGET_USER = sql(sa.delete(users).where(users.c.id == _ID))
_KNOW_HOST = _upsert(organizations)
_HOST = sql(sa.select(organizations).where(organizations.c.organization == _ORGANIZATION))
_KNOW_EVENT = _upsert(events, "called_off", "cancel_reason")
_EVENT = sql(sa.select(events).where(*_of(events)))
_CALL_OFF = sql(
    sa.update(events)
    .where(events.c.organization == sa.bindparam("of"), events.c.id == sa.bindparam("event"))
    .values(called_off=True, cancel_reason=sa.bindparam("why"))
)
_KNOW_PARTICIPANTS = _upsert_all(participants, "answer")
_FORGET_PARTICIPANT = sql(
    sa.delete(participants).where(
        participants.c.organization == sa.bindparam("of"), participants.c.id == sa.bindparam("who")
    )
)
_CHANGE_PARTICIPANT = sql(
    sa.update(participants)
    .where(
        participants.c.organization == sa.bindparam("of"), participants.c.id == sa.bindparam("who")
    )
    .values(
        {
            name: sa.bindparam(name, type_=sa.Text)
            for name in ("display_name", "email", "phone", "language")
        }
    )
)
_said = given(id=sa.Uuid, answer=sa.Text)
_ANSWERED = sql(
    sa.update(participants)
    .where(participants.c.organization == _ORGANIZATION, participants.c.id == _said.c.id)
    .values(answer=_said.c.answer)
)
_PARTICIPANT = sql(sa.select(participants).where(*_of(participants)))
_these = (
    participants.c.organization == _ORGANIZATION,
    participants.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
)
_PARTICIPANTS = sql(sa.select(participants).where(*_these))
_KNOW_BOOKING = _upsert(bookings)
_MEMBERS_WHO_ARE = sql(
    sa.select(members.c.user)
    .where(members.c.organization == _ORGANIZATION, members.c.role == sa.bindparam("role"))
    .order_by(members.c.user)
)
_EVENT_OF_BOOKING = sql(sa.select(bookings.c.event).where(*_of(bookings)))


async def know_user(tx: Tx, id: uuid.UUID, person: Person) -> None:
    await tx.run(_KNOW_USER, id=id, display_name=person.display_name, email=person.email)


async def forget_user(tx: Tx, id: uuid.UUID) -> None:
    await tx.run(_FORGET_USER, id=id)


async def forget_participant(tx: Tx, name: Name) -> None:
    await tx.run(_FORGET_PARTICIPANT, of=name.organization, who=name.id)


async def user(tx: Tx, id: uuid.UUID, name: str) -> Person | None:
    row = await tx.maybe(_USER, id=id)
    return None if row is None else Person(name, row.display_name, row.email)


async def know_host(tx: Tx, host: Host) -> None:
    await tx.run(
        _KNOW_HOST,
        organization=host.id,
        display_name=host.display_name,
        contact_email=host.contact_email,
    )


async def host(tx: Tx, organization: uuid.UUID) -> Host | None:
    row = await tx.maybe(_HOST, organization=organization)
    return None if row is None else Host(organization, row.display_name, row.contact_email)


async def know_event(tx: Tx, event: Gathering) -> None:
    await tx.run(
        _KNOW_EVENT,
        organization=event.name.organization,
        id=event.name.id,
        display_name=event.display_name,
        place=event.place,
        start_time=event.start_time,
        time_zone=event.time_zone,
    )


async def event(tx: Tx, name: Name) -> Gathering | None:
    row = await tx.maybe(_EVENT, organization=name.organization, id=name.id)
    if row is None:
        return None
    return Gathering(
        name=name,
        display_name=row.display_name,
        place=row.place,
        start_time=row.start_time,
        time_zone=row.time_zone,
        called_off=row.called_off,
        cancel_reason=row.cancel_reason,
    )


async def call_off(tx: Tx, event: Name, why: str) -> None:
    await tx.run(_CALL_OFF, of=event.organization, event=event.id, why=why)


async def know_participants(tx: Tx, known: Iterable[tuple[Name, Person, bytes]]) -> None:
    """Keeps people, each once, and their sealed links."""
    rows = [
        {
            "organization": name.organization,
            "id": name.id,
            "display_name": person.display_name,
            "email": person.email,
            "phone": person.phone,
            "language": person.language,
            "link": link,
            "event": person.event.id if person.event else None,
        }
        for name, person, link in sorted(known, key=lambda each: each[0].id)
    ]
    if rows:
        await tx.run(_KNOW_PARTICIPANTS, **{name: [row[name] for row in rows] for name in rows[0]})


async def know_answers(tx: Tx, organization: uuid.UUID, answers: Mapping[uuid.UUID, str]) -> None:
    """Writes down what people said last; of who was never invited nothing is kept."""
    ids = sorted(answers)
    said = [answers[id] for id in ids]
    await tx.run(_ANSWERED, organization=organization, id=ids, answer=said)


async def change_participant(tx: Tx, name: Name, person: Person) -> None:
    """Writes down how somebody who was invited is reached now."""
    await tx.run(
        _CHANGE_PARTICIPANT,
        of=name.organization,
        who=name.id,
        display_name=person.display_name,
        email=person.email,
        phone=person.phone,
        language=person.language,
    )


async def participant(tx: Tx, id: Name, name: str) -> tuple[Person, bytes] | None:
    """Who was invited, without the link, and the sealed link."""
    row = await tx.maybe(_PARTICIPANT, organization=id.organization, id=id.id)
    return None if row is None else (read_person(row, name), row.link)


async def participants_with_links(
    tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID]
) -> list[tuple[Person, bytes]]:
    """Who was invited, without their links, and the sealed links."""
    rows = await tx.all(_PARTICIPANTS, organization=organization, ids=list(ids))
    return [(read_person(row), row.link) for row in rows]


def read_person(row: Any, name: str = "") -> Person:
    """A participant out of their row, without the link."""
    return Person(
        name=name or PARTICIPANTS.format(Name(row.organization, row.id)),
        display_name=row.display_name,
        email=row.email,
        phone=row.phone,
        language=row.language,
        event=Name(row.organization, row.event) if row.event else None,
    )


async def know_booking(tx: Tx, booking: Name, event: Name) -> None:
    await tx.run(_KNOW_BOOKING, organization=booking.organization, id=booking.id, event=event.id)


async def members_who_are(tx: Tx, organization: uuid.UUID, role: str) -> list[uuid.UUID]:
    """The users who are members of an organization in a role."""
    rows = await tx.all(_MEMBERS_WHO_ARE, organization=organization, role=role)
    return [row.user for row in rows]


async def event_of_booking(tx: Tx, booking: Name) -> Name | None:
    row = await tx.maybe(_EVENT_OF_BOOKING, organization=booking.organization, id=booking.id)
    return None if row is None else Name(booking.organization, row.event)
