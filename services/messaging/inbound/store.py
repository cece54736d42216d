"""What people wrote, in Postgres. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Statement, Tx, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.inbound.domain import Attachment, Inbound, Place, State
from services.messaging.inbound.tables import inbound_messages
from services.messaging.messages.domain import Channel
from services.messaging.tables import messages, participants

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_table = inbound_messages
_this = (_table.c.organization == _ORGANIZATION, _table.c.id == sa.bindparam("id", type_=sa.Uuid))
_FORGET = sql(
    sa.delete(_table).where(
        _table.c.organization == sa.bindparam("of"), _table.c.participant == sa.bindparam("who")
    )
)
_ADD = sql(
    insert(_table)
    .values({column.name: sa.bindparam(column.name, type_=column.type) for column in _table.c})
    .on_conflict_do_nothing(index_elements=["organization", "channel", "provider_message"])
    .returning(_table.c.id)
)
_KNOWN = sql(
    sa.select(_table).where(
        _table.c.organization == _ORGANIZATION,
        _table.c.channel == sa.bindparam("channel"),
        _table.c.provider_message == sa.bindparam("provider_message"),
    )
)
_FIND = sql(sa.select(_table).where(*_this))
_LOCK = sql(sa.select(_table).where(*_this).with_for_update())
_MOVED = ("participant", "event", "state", "intent", "guests", "late_minutes", "version")
_KEEP = sql(
    sa.update(_table)
    .where(_table.c.organization == sa.bindparam("of"), _table.c.id == sa.bindparam("message"))
    .values({name: sa.bindparam(f"new_{name}", type_=_table.c[name].type) for name in _MOVED})
)
_participant = sa.bindparam("participant", type_=sa.Uuid)
_last_time = sa.bindparam("last_time", type_=_table.c.create_time.type)


def _list(*where: sa.ColumnElement[bool]) -> Statement:
    """Oldest first. One statement per filter, so that each finds its index."""
    return sql(
        sa.select(_table)
        .where(
            _table.c.organization == _ORGANIZATION,
            *where,
            sa.or_(
                _last_time.is_(None),
                sa.tuple_(_table.c.create_time, _table.c.id)
                > sa.tuple_(_last_time, sa.bindparam("last_id", type_=sa.Uuid)),
            ),
        )
        .order_by(_table.c.create_time, _table.c.id)
        .limit(sa.bindparam("most"))
    )


_ALL = _list()
_OF_PARTICIPANT = _list(_table.c.participant == _participant)

# --- who wrote

_to_participants = messages.c.recipient.like("organizations/%/participants/%")
_ANSWERED = sql(
    sa.select(messages.c.recipient, messages.c.event)
    .where(
        messages.c.organization == _ORGANIZATION,
        messages.c.provider_message == sa.bindparam("provider_message"),
        messages.c.provider_message != "",
        _to_participants,
    )
    .order_by(messages.c.create_time.desc())
    .limit(1)
)
_LAST_TO = sql(
    sa.select(messages.c.recipient, messages.c.event)
    .where(
        messages.c.organization == _ORGANIZATION,
        sa.func.lower(messages.c.address) == sa.bindparam("address"),
        _to_participants,
    )
    .order_by(messages.c.create_time.desc())
    .limit(1)
)
_REACHED_BY = sql(
    sa.select(participants.c.id, participants.c.event)
    .where(
        participants.c.organization == _ORGANIZATION,
        sa.or_(
            sa.func.lower(participants.c.email) == sa.bindparam("address"),
            participants.c.phone == sa.bindparam("address"),
        ),
    )
    .order_by(participants.c.id.desc())
    .limit(1)
)


async def add(tx: Tx, inbound: Inbound) -> bool:
    """Keeps what somebody wrote. False when it is there already."""
    return await tx.maybe(_ADD, **_values(inbound)) is not None


async def known(tx: Tx, inbound: Inbound) -> Inbound:
    """The one that came first of those that the provider calls the same."""
    row = await tx.one(
        _KNOWN,
        organization=inbound.name.organization,
        channel=inbound.channel.value,
        provider_message=inbound.provider_message,
    )
    return _read(row)


async def find(tx: Tx, name: Name) -> Inbound | None:
    row = await tx.maybe(_FIND, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def lock(tx: Tx, name: Name) -> Inbound | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def keep(tx: Tx, inbound: Inbound) -> None:
    """Writes what came of it."""
    values = _values(inbound)
    await tx.run(
        _KEEP,
        of=inbound.name.organization,
        message=inbound.name.id,
        **{f"new_{name}": values[name] for name in _MOVED},
    )


async def page(
    tx: Tx, organization: uuid.UUID, page: Page, *, participant: uuid.UUID | None
) -> list[Inbound]:
    wanted: dict[str, Any] = {"participant": participant} if participant else {}
    rows = await tx.all(
        _OF_PARTICIPANT if participant else _ALL,
        organization=organization,
        most=page.limit,
        **page.keys("last_time", "last_id"),
        **wanted,
    )
    return [_read(row) for row in rows]


def key(inbound: Inbound) -> tuple[datetime, uuid.UUID]:
    """What is listed by."""
    return inbound.create_time, inbound.name.id


async def answered(
    tx: Tx, organization: uuid.UUID, provider_message: str
) -> tuple[str, uuid.UUID | None] | None:
    """Who got the message of ours of that name, and about which event."""
    row = await tx.maybe(_ANSWERED, organization=organization, provider_message=provider_message)
    return None if row is None else (row.recipient, row.event)


async def last_to(
    tx: Tx, organization: uuid.UUID, address: str
) -> tuple[str, uuid.UUID | None] | None:
    """Which participant we wrote to last at an address, and about which event."""
    row = await tx.maybe(_LAST_TO, organization=organization, address=address)
    return None if row is None else (row.recipient, row.event)


async def reached_by(
    tx: Tx, organization: uuid.UUID, address: str
) -> tuple[uuid.UUID, uuid.UUID | None] | None:
    """The participant with that address, the newest of several; and their event."""
    row = await tx.maybe(_REACHED_BY, organization=organization, address=address)
    return None if row is None else (row.id, row.event)


def _values(inbound: Inbound) -> dict[str, Any]:
    place = inbound.place
    return {
        "organization": inbound.name.organization,
        "id": inbound.name.id,
        "channel": inbound.channel.value,
        "sender": inbound.sender,
        "sender_name": inbound.sender_name,
        "provider_message": inbound.provider_message,
        "reply_to": inbound.reply_to,
        "text": inbound.text,
        "button": inbound.button,
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
        "attachments": [dataclasses.asdict(each) for each in inbound.attachments],
        "participant": inbound.participant.id if inbound.participant else None,
        "event": inbound.event.id if inbound.event else None,
        "state": inbound.state.value,
        "intent": inbound.intent,
        "guests": inbound.guests,
        "late_minutes": inbound.late_minutes,
        "send_time": inbound.send_time,
        "create_time": inbound.create_time,
        "version": inbound.version,
    }


def _read(row: Any) -> Inbound:
    here = row.organization
    return Inbound(
        name=Name(here, row.id),
        channel=Channel(row.channel),
        sender=row.sender,
        sender_name=row.sender_name,
        provider_message=row.provider_message,
        reply_to=row.reply_to,
        text=row.text,
        button=row.button,
        place=None if row.latitude is None else Place(row.latitude, row.longitude),
        attachments=tuple(Attachment(**each) for each in row.attachments),
        participant=Name(here, row.participant) if row.participant else None,
        event=Name(here, row.event) if row.event else None,
        state=State(row.state),
        intent=row.intent,
        guests=row.guests,
        late_minutes=row.late_minutes,
        send_time=row.send_time,
        create_time=row.create_time,
        version=row.version,
    )


async def forget(tx: Tx, participant: Name) -> None:
    """Deletes what somebody wrote."""
    await tx.run(_FORGET, of=participant.organization, who=participant.id)
