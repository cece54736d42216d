"""What messaging keeps. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Statement, Tx, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.domain import (
    Channel,
    Gathering,
    Host,
    Kind,
    Message,
    Person,
    State,
    Text,
)
from services.messaging.tables import (
    bookings,
    events,
    messages,
    organizations,
    participants,
    users,
    waiting,
)

_ID = sa.bindparam("id", type_=sa.Uuid)
_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)


def _upsert(table: sa.Table, *kept: str) -> Statement:
    """Keeps a row as it was heard last; the columns `kept` stay as they are."""
    keys = [column.name for column in table.primary_key]
    given = [column.name for column in table.c if column.name not in kept]
    adding = insert(table).values({name: sa.bindparam(name) for name in given})
    changed = {name: adding.excluded[name] for name in given if name not in keys}
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
_KNOW_PARTICIPANT = _upsert(participants)
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
_PARTICIPANT = sql(sa.select(participants).where(*_of(participants)))
_KNOW_BOOKING = _upsert(bookings)
_EVENT_OF_BOOKING = sql(sa.select(bookings.c.event).where(*_of(bookings)))

_WAIT = sql(sa.insert(waiting))
_WAITING = sql(sa.select(waiting).where(*_of(waiting)))
_WAIT_NO_MORE = sql(sa.delete(waiting).where(*_of(waiting)))

_shown = [column for column in messages.c if column.name not in ("sealed_body", "to_name")]
_ADD = sql(sa.insert(messages))
_OF_PERSON = sql(
    sa.select(messages.c.organization, messages.c.id).where(
        messages.c.recipient == sa.bindparam("person"), messages.c.address != ""
    )
)
_ERASE = sql(
    sa.update(messages)
    .where(
        messages.c.organization == sa.bindparam("of", type_=sa.Uuid),
        messages.c.id == sa.bindparam("message", type_=sa.Uuid),
    )
    .values(to_name="", address="", subject="", body="", sealed_body=None)
)
_MESSAGE = sql(sa.select(*_shown).where(*_of(messages)))
_LOCK = sql(sa.select(*_shown).where(*_of(messages)).with_for_update())
_LETTER = sql(sa.select(messages).where(*_of(messages)))
_MOVED = (
    "state",
    "provider",
    "provider_message",
    "failure_reason",
    "attempts",
    "open_attempt",
    "send_time",
    "version",
)
_KEEP = sql(
    sa.update(messages)
    .where(messages.c.organization == sa.bindparam("of"), messages.c.id == sa.bindparam("message"))
    .values(
        {name: sa.bindparam(f"new_{name}", type_=messages.c[name].type) for name in _MOVED}
        | {
            "sealed_body": sa.case(
                (sa.bindparam("final", type_=sa.Boolean), None), else_=messages.c.sealed_body
            )
        }
    )
)
_event = sa.bindparam("event", type_=sa.Uuid)
_recipient = sa.bindparam("recipient", type_=sa.Text)
_last_time = sa.bindparam("last_time", type_=messages.c.create_time.type)


def _list(*where: sa.ColumnElement[bool]) -> Statement:
    """Oldest first. One statement per filter, so that each finds its index."""
    return sql(
        sa.select(*_shown)
        .where(
            messages.c.organization == _ORGANIZATION,
            *where,
            sa.or_(
                _last_time.is_(None),
                sa.tuple_(messages.c.create_time, messages.c.id)
                > sa.tuple_(_last_time, sa.bindparam("last_id", type_=sa.Uuid)),
            ),
        )
        .order_by(messages.c.create_time, messages.c.id)
        .limit(sa.bindparam("most"))
    )


_LISTS = {
    (False, False): _list(),
    (True, False): _list(messages.c.event == _event),
    (False, True): _list(messages.c.recipient == _recipient),
    (True, True): _list(messages.c.event == _event, messages.c.recipient == _recipient),
}


# --- what was heard


async def know_user(tx: Tx, id: uuid.UUID, person: Person) -> None:
    await tx.run(_KNOW_USER, id=id, display_name=person.display_name, email=person.email)


async def forget_user(tx: Tx, id: uuid.UUID) -> None:
    await tx.run(_FORGET_USER, id=id)


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


async def know_participant(tx: Tx, name: Name, person: Person, *, link: bytes) -> None:
    await tx.run(
        _KNOW_PARTICIPANT,
        organization=name.organization,
        id=name.id,
        display_name=person.display_name,
        email=person.email,
        phone=person.phone,
        language=person.language,
        link=link,
    )


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
    if row is None:
        return None
    return Person(name, row.display_name, row.email, row.phone, row.language), row.link


async def know_booking(tx: Tx, booking: Name, event: Name) -> None:
    await tx.run(_KNOW_BOOKING, organization=booking.organization, id=booking.id, event=event.id)


async def event_of_booking(tx: Tx, booking: Name) -> Name | None:
    row = await tx.maybe(_EVENT_OF_BOOKING, organization=booking.organization, id=booking.id)
    return None if row is None else Name(booking.organization, row.event)


async def wait(tx: Tx, name: Name, *, type: str, body: bytes, now: datetime) -> None:
    """Keeps a fact until what it speaks of is known."""
    await tx.run(
        _WAIT, organization=name.organization, id=name.id, type=type, body=body, create_time=now
    )


async def waiting_fact(tx: Tx, name: Name) -> tuple[str, bytes, datetime] | None:
    row = await tx.maybe(_WAITING, organization=name.organization, id=name.id)
    return None if row is None else (row.type, row.body, row.create_time)


async def wait_no_more(tx: Tx, name: Name) -> None:
    await tx.run(_WAIT_NO_MORE, organization=name.organization, id=name.id)


# --- messages


async def add(tx: Tx, message: Message, *, to_name: str, sealed_body: bytes | None) -> None:
    await tx.run(
        _ADD,
        organization=message.name.organization,
        id=message.name.id,
        recipient=message.recipient,
        to_name=to_name,
        address=message.address,
        channel=message.channel.value,
        kind=message.kind.value,
        event=message.event.id if message.event else None,
        subject=message.shown.subject,
        body=message.shown.body,
        sealed_body=sealed_body,
        create_time=message.create_time,
        **_moved(message),
    )


async def message(tx: Tx, name: Name) -> Message | None:
    row = await tx.maybe(_MESSAGE, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def lock(tx: Tx, name: Name) -> Message | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def letter(tx: Tx, name: Name) -> tuple[Message, str, bytes | None] | None:
    """A message, how its recipient is called, and its whole body, sealed."""
    row = await tx.maybe(_LETTER, organization=name.organization, id=name.id)
    return None if row is None else (_read(row), row.to_name, row.sealed_body)


async def keep(tx: Tx, message: Message, *, final: bool) -> None:
    """Writes where a message stands; a final one forgets its whole body."""
    await tx.run(
        _KEEP,
        of=message.name.organization,
        message=message.name.id,
        final=final,
        **{f"new_{name}": value for name, value in _moved(message).items()},
    )


async def of_person(tx: Tx, person: str) -> list[Name]:
    """The messages to somebody from all organizations; see `kit.tables.personal`."""
    rows = await tx.all(_OF_PERSON, person=person)
    return [Name(row.organization, row.id) for row in rows]


async def erase(tx: Tx, message: Message) -> None:
    """Writes a message without what it said, and to whom."""
    await keep(tx, message, final=False)
    await tx.run(_ERASE, of=message.name.organization, message=message.name.id)


async def messages_of(
    tx: Tx, organization: uuid.UUID, page: Page, *, event: uuid.UUID | None, recipient: str
) -> list[Message]:
    wanted: dict[str, Any] = {"event": event} if event else {}
    wanted |= {"recipient": recipient} if recipient else {}
    rows = await tx.all(
        _LISTS[event is not None, bool(recipient)],
        organization=organization,
        most=page.limit,
        **page.keys("last_time", "last_id"),
        **wanted,
    )
    return [_read(row) for row in rows]


def key(message: Message) -> tuple[datetime, uuid.UUID]:
    """What messages are listed by."""
    return message.create_time, message.name.id


def _moved(message: Message) -> dict[str, Any]:
    return {
        "state": message.state.value,
        "provider": message.provider,
        "provider_message": message.provider_message,
        "failure_reason": message.failure_reason,
        "attempts": message.attempts,
        "open_attempt": message.open_attempt,
        "send_time": message.send_time,
        "version": message.version,
    }


def _read(row: Any) -> Message:
    return Message(
        name=Name(row.organization, row.id),
        recipient=row.recipient,
        address=row.address,
        channel=Channel(row.channel),
        kind=Kind(row.kind),
        event=Name(row.organization, row.event) if row.event else None,
        shown=Text(row.subject, row.body),
        create_time=row.create_time,
        state=State(row.state),
        provider=row.provider,
        provider_message=row.provider_message,
        failure_reason=row.failure_reason,
        attempts=row.attempts,
        open_attempt=row.open_attempt,
        send_time=row.send_time,
        version=row.version,
    )
