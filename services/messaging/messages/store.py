"""Messages in Postgres. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.kit.db import Statement, Tx, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.messages.domain import Channel, Kind, Message, State, Text
from services.messaging.tables import messages

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_this = (
    messages.c.organization == _ORGANIZATION,
    messages.c.id == sa.bindparam("id", type_=sa.Uuid),
)
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
_MESSAGE = sql(sa.select(*_shown).where(*_this))
_LOCK = sql(sa.select(*_shown).where(*_this).with_for_update())
_LETTER = sql(sa.select(messages).where(*_this))
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
