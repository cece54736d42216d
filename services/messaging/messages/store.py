"""Messages in Postgres. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.kit.db import Statement, Tx, given, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.messages.domain import (
    FINAL,
    NOBODYS,
    Channel,
    Event,
    Failure,
    Kind,
    Message,
    Priority,
    Sent,
    State,
    Text,
)
from services.messaging.tables import message_events, messages

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_this = (
    messages.c.organization == _ORGANIZATION,
    messages.c.id == sa.bindparam("id", type_=sa.Uuid),
)
_HIDDEN = ("sealed_body", "to_name", "wait_time")
_shown = [column for column in messages.c if column.name not in _HIDDEN]
_ALL = [column.name for column in messages.c if column.name != "wait_time"]
_given = given(**{name: messages.c[name].type for name in _ALL})
_ADD = sql(sa.insert(messages).from_select(_ALL, sa.select(*_given.c)))
# What differs from one to the other when many are told the same.
_OWN = (
    *("id", "recipient", "to_name", "address", "channel", "subject", "body", "circular"),
    "cascade",
)
_SAME = ("organization", "kind", "event", "priority", "create_time")
_own = given(**{name: messages.c[name].type for name in _OWN})
_NEW: dict[str, sa.ColumnElement[Any]] = {
    "state": sa.literal_column(f"'{State.QUEUED.value}'"),
    **{name: sa.literal_column("''") for name in ("provider", "provider_message")},
    "failure_reason": sa.literal_column("''"),
    "attempts": sa.literal_column("0"),
    "open_attempt": sa.false(),
    "version": sa.literal_column("1"),
}
_ADD_MANY = sql(
    sa.insert(messages).from_select(
        [*_SAME, *_OWN, *_NEW],
        sa.select(
            *(sa.bindparam(name, type_=messages.c[name].type).label(name) for name in _SAME),
            *(_own.c[name] for name in _OWN),
            *_NEW.values(),
        ),
    )
)
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
    .values(to_name="", address="", subject="", body="", sealed_body=None, circular=None)
)
_MESSAGE = sql(sa.select(*_shown).where(*_this))
_LOCK = sql(sa.select(*_shown).where(*_this).with_for_update())
_MOVED = (
    "state",
    "provider",
    "provider_message",
    "failure",
    "failure_reason",
    "attempts",
    "open_attempt",
    "send_time",
    "deliver_time",
    "read_time",
    "version",
)
_ids = sa.bindparam("ids", type_=ARRAY(sa.Uuid))
_these = (messages.c.organization == _ORGANIZATION, messages.c.id == sa.any_(_ids))
# Always in the same order, so that two transactions cannot wait for each other.
_LOCK_ALL = sql(sa.select(*_shown).where(*_these).order_by(messages.c.id).with_for_update())
_LETTERS = sql(sa.select(messages).where(*_these))
_kept = given(
    id=sa.Uuid,
    before=sa.Integer,
    final=sa.Boolean,
    wait_time=messages.c.wait_time.type,
    **{name: messages.c[name].type for name in _MOVED},
)
_keeping = (
    sa.update(messages)
    .where(messages.c.organization == _ORGANIZATION, messages.c.id == _kept.c.id)
    .values(
        {name: _kept.c[name] for name in (*_MOVED, "wait_time")}
        | {"sealed_body": sa.case((_kept.c.final, None), else_=messages.c.sealed_body)}
    )
)
_KEEP = sql(_keeping)
_KEEP_UNCHANGED = sql(_keeping.where(messages.c.version == _kept.c.before).returning(messages.c.id))
_OF_PROVIDER = sql(
    sa.select(messages.c.id).where(
        messages.c.organization == _ORGANIZATION,
        messages.c.provider == sa.bindparam("provider", type_=sa.Text),
        messages.c.provider_message == sa.bindparam("provider_message", type_=sa.Text),
        messages.c.provider_message != "",
    )
)
_last_sent = sa.bindparam("last_time", type_=messages.c.send_time.type)
_SENT_IDS = sql(
    sa.select(messages.c.id, messages.c.send_time)
    .where(
        messages.c.organization == _ORGANIZATION,
        messages.c.send_time.is_not(None),
        sa.or_(
            _last_sent.is_(None),
            sa.tuple_(messages.c.send_time, messages.c.id)
            > sa.tuple_(_last_sent, sa.bindparam("last_id", type_=sa.Uuid)),
        ),
    )
    .order_by(messages.c.send_time, messages.c.id)
    .limit(sa.bindparam("most"))
)
_SENT = sql(
    sa.select(
        messages.c.id, messages.c.provider, messages.c.provider_message, messages.c.send_time
    ).where(*_these)
)
_EVENT = [column.name for column in message_events.c if column.name != "position"]
_happened = given(**{name: message_events.c[name].type for name in _EVENT})
_RECORD = sql(sa.insert(message_events).from_select(_EVENT, sa.select(*_happened.c)))
_EVENTS = sql(
    sa.select(message_events)
    .where(
        message_events.c.organization == _ORGANIZATION,
        message_events.c.message == sa.bindparam("message", type_=sa.Uuid),
        message_events.c.position > sa.bindparam("last", type_=sa.BigInteger),
    )
    .order_by(message_events.c.position)
    .limit(sa.bindparam("most"))
)
_early = (
    message_events.c.organization == _ORGANIZATION,
    message_events.c.message == NOBODYS,
    message_events.c.provider == sa.bindparam("provider", type_=sa.Text),
    message_events.c.provider_message
    == sa.any_(sa.bindparam("provider_messages", type_=ARRAY(sa.Text))),
)
_TAKE_EARLY = sql(sa.delete(message_events).where(*_early).returning(*message_events.c))
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


@dataclass(frozen=True)
class New:
    """A message to add, and what only its provider gets to know."""

    message: Message
    to_name: str
    sealed_body: bytes | None


@dataclass
class Many:
    """What many are told, as columns, for it is told to very many: see `add_many`."""

    organization: uuid.UUID
    kind: Kind
    event: uuid.UUID | None
    priority: Priority
    create_time: datetime
    id: list[uuid.UUID] = field(default_factory=list)
    recipient: list[str] = field(default_factory=list)
    to_name: list[str] = field(default_factory=list)
    address: list[str] = field(default_factory=list)
    channel: list[str] = field(default_factory=list)
    subject: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    circular: list[uuid.UUID] = field(default_factory=list)
    # The first that says it, where there are other ways to say it.
    cascade: list[uuid.UUID | None] = field(default_factory=list)


async def add_many(tx: Tx, many: Many) -> None:
    """Queues messages that have their words from a circular."""
    if many.id:
        await tx.run(
            _ADD_MANY,
            organization=many.organization,
            kind=many.kind.value,
            event=many.event,
            priority=int(many.priority),
            create_time=many.create_time,
            **{name: getattr(many, name) for name in _OWN},
        )


async def add(tx: Tx, added: Sequence[New]) -> None:
    await tx.run(_ADD, **_rows(added))


def add_last(tx: Tx, added: Sequence[New]) -> None:
    """Adds messages on the way to the commit."""
    tx.write(_ADD, **_rows(added))


def _rows(added: Sequence[New]) -> dict[str, list[Any]]:
    return _columns([_row(new) for new in added])


def _row(new: New) -> dict[str, Any]:
    message = new.message
    return {
        "organization": message.name.organization,
        "id": message.name.id,
        "recipient": message.recipient,
        "to_name": new.to_name,
        "address": message.address,
        "channel": message.channel.value,
        "kind": message.kind.value,
        "event": message.event.id if message.event else None,
        "subject": message.shown.subject,
        "body": message.shown.body,
        "sealed_body": new.sealed_body,
        "create_time": message.create_time,
        "priority": int(message.priority),
        "cascade": message.cascade,
        "expire_time": message.expire_time,
        "digest": message.digest,
        "circular": message.circular,
        **_moved(message),
    }


async def message(tx: Tx, name: Name) -> Message | None:
    row = await tx.maybe(_MESSAGE, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def lock(tx: Tx, name: Name) -> Message | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def lock_all(tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID]) -> list[Message]:
    """Those messages, locked in the order of their ids, until the transaction ends."""
    rows = await tx.all(_LOCK_ALL, organization=organization, ids=list(ids))
    return [_read(row) for row in rows]


async def letters(
    tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID]
) -> list[tuple[Message, str, bytes | None]]:
    """Messages, how their recipients are called, and their whole bodies, sealed."""
    rows = await tx.all(_LETTERS, organization=organization, ids=list(ids))
    return [(_read(row), row.to_name, row.sealed_body) for row in rows]


async def keep(
    tx: Tx, organization: uuid.UUID, kept: Sequence[tuple[Message, datetime | None]]
) -> None:
    """Writes where messages stand, and until when nobody is to take them.

    A message at its end forgets its whole body.
    """
    if kept:
        rows = [_standing(message, wait, 0) for message, wait in kept]
        await tx.run(_KEEP, organization=organization, **_columns(rows))


async def keep_unchanged(
    tx: Tx, organization: uuid.UUID, kept: Iterable[tuple[Message, datetime | None, int]]
) -> set[uuid.UUID]:
    """Does so where a message still has the version that comes with it, and says where."""
    # In the order of their ids, as they are locked.
    ordered = sorted(kept, key=lambda each: each[0].name.id)
    if not ordered:
        return set()
    rows = [_standing(*each) for each in ordered]
    found = await tx.all(_KEEP_UNCHANGED, organization=organization, **_columns(rows))
    return {row.id for row in found}


def _standing(message: Message, wait: datetime | None, before: int) -> dict[str, Any]:
    return {
        "id": message.name.id,
        "before": before,
        "final": message.state in FINAL and not message.open_attempt,
        "wait_time": None if message.state in FINAL else wait,
        **_moved(message),
    }


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


async def of_provider(
    tx: Tx, organization: uuid.UUID, provider: str, provider_message: str
) -> uuid.UUID | None:
    """The message that a provider knows by that name of its own."""
    said = {"provider": provider, "provider_message": provider_message}
    rows = await tx.all(_OF_PROVIDER, organization=organization, **said)
    return rows[0].id if rows else None


async def sent_of(tx: Tx, organization: uuid.UUID, page: Page) -> list[tuple[datetime, uuid.UUID]]:
    """When providers took messages, and which."""
    keys = page.keys("last_time", "last_id")
    rows = await tx.all(_SENT_IDS, organization=organization, most=page.limit, **keys)
    return [(row.send_time, row.id) for row in rows]


async def sent(tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID]) -> list[Sent]:
    rows = await tx.all(_SENT, organization=organization, ids=list(ids))
    return [
        Sent(Name(organization, row.id), row.provider, row.provider_message, row.send_time)
        for row in rows
    ]


async def record(tx: Tx, events: Sequence[Event]) -> None:
    """Writes down what happened, on the way to the commit."""
    if events:
        rows = [_event_row(event) for event in events]
        tx.write(_RECORD, **{name: [row[name] for row in rows] for name in _EVENT})


async def events_of(tx: Tx, name: Name, *, last: int, most: int) -> list[Event]:
    """What happened to a message, after the one at `last`."""
    rows = await tx.all(
        _EVENTS, organization=name.organization, message=name.id, last=last, most=most
    )
    return [_event_of(row) for row in rows]


async def take_early(
    tx: Tx, organization: uuid.UUID, provider: str, provider_messages: Sequence[str]
) -> list[Event]:
    """What a provider said of messages before we knew that it had them; it goes."""
    rows = await tx.all(
        _TAKE_EARLY,
        organization=organization,
        provider=provider,
        provider_messages=list(provider_messages),
    )
    return sorted(map(_event_of, rows), key=lambda event: event.position)


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "organization": event.message.organization,
        "message": event.message.id,
        "state": event.state.value,
        "event_time": event.event_time,
        "record_time": event.record_time,
        "provider": event.provider,
        "provider_message": event.provider_message,
        "failure": event.failure.value,
        "reason": event.reason,
    }


def _event_of(row: Any) -> Event:
    return Event(
        message=Name(row.organization, row.message),
        state=State(row.state),
        event_time=row.event_time,
        record_time=row.record_time,
        provider=row.provider,
        provider_message=row.provider_message,
        failure=Failure(row.failure),
        reason=row.reason,
        position=row.position,
    )


async def of_person(tx: Tx, person: str) -> list[Name]:
    """The messages to somebody from all organizations; see `kit.tables.personal`."""
    rows = await tx.all(_OF_PERSON, person=person)
    return [Name(row.organization, row.id) for row in rows]


async def erase(tx: Tx, message: Message) -> None:
    """Writes a message without what it said, and to whom."""
    await keep(tx, message.name.organization, [(message, None)])
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
        "failure": message.failure.value,
        "failure_reason": message.failure_reason,
        "attempts": message.attempts,
        "open_attempt": message.open_attempt,
        "send_time": message.send_time,
        "deliver_time": message.deliver_time,
        "read_time": message.read_time,
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
        priority=Priority(row.priority),
        failure=Failure(row.failure),
        deliver_time=row.deliver_time,
        read_time=row.read_time,
        cascade=row.cascade,
        expire_time=row.expire_time,
        digest=row.digest,
        circular=row.circular,
    )
