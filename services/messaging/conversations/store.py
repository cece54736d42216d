"""Conversations in Postgres. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Tx, given, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.conversations.domain import Conversation, Entry, State
from services.messaging.conversations.tables import (
    conversation_addresses,
    conversation_entries,
    conversations,
)
from services.messaging.messages.domain import Channel

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_c, _e, _a = conversations.c, conversation_entries.c, conversation_addresses.c
_this = (_c.organization == _ORGANIZATION, _c.id == sa.bindparam("id", type_=sa.Uuid))
_FIND = sql(sa.select(conversations).where(*_this))
_LOCK = sql(sa.select(conversations).where(*_this).with_for_update())
_adding = insert(conversations).values({c.name: sa.bindparam(c.name, type_=c.type) for c in _c})
_SAVE = sql(
    _adding.on_conflict_do_update(
        index_elements=["organization", "id"],
        set_={c.name: _adding.excluded[c.name] for c in _c if c.name not in ("organization", "id")},
    )
)
_gone = (
    conversations.delete()
    .where(_c.organization == sa.bindparam("of"), _c.participant == sa.bindparam("who"))
    .returning(_c.id)
    .cte("gone")
)
_unsaid = (
    conversation_entries.delete()
    .where(_e.organization == sa.bindparam("of"), _e.conversation == _gone.c.id)
    .returning(_e.number)
    .cte("unsaid")
)
_FORGET = sql(
    conversation_addresses.delete()
    .add_cte(_unsaid)
    .where(_a.organization == sa.bindparam("of"), _a.conversation == _gone.c.id)
)
_SAY = sql(sa.insert(conversation_entries))
_OF_ADDRESSES = sql(
    sa.select(_a.conversation)
    .where(
        _a.organization == _ORGANIZATION,
        _a.address == sa.any_(sa.bindparam("addresses", type_=ARRAY(sa.Text))),
    )
    .order_by(_a.conversation)
    .limit(1)
)
_claiming = insert(conversation_addresses).values(
    {c.name: sa.bindparam(c.name, type_=c.type) for c in _a}
)
# Touches the row that is there, so that it is given back; who comes second waits for the first.
_CLAIM = sql(
    _claiming.on_conflict_do_update(
        index_elements=["organization", "address"], set_={"address": _claiming.excluded.address}
    ).returning(_a.conversation)
)
_also = given(address=sa.Text)
_ALSO = sql(
    insert(conversation_addresses)
    .from_select(
        ["organization", "address", "conversation"],
        sa.select(_ORGANIZATION, _also.c.address, sa.bindparam("conversation", type_=sa.Uuid)),
    )
    .on_conflict_do_nothing()
)
_state = sa.bindparam("state", type_=sa.Text)
_assignee = sa.bindparam("assignee", type_=sa.Uuid)
_participant = sa.bindparam("participant", type_=sa.Uuid)
_last_time = sa.bindparam("last_time", type_=_c.update_time.type)
_PAGE = sql(
    sa.select(conversations)
    .where(
        _c.organization == _ORGANIZATION,
        sa.or_(_state.is_(None), _c.state == _state),
        sa.or_(_assignee.is_(None), _c.assignee == _assignee),
        sa.or_(_participant.is_(None), _c.participant == _participant),
        sa.or_(
            _last_time.is_(None),
            sa.tuple_(_c.update_time, _c.id)
            > sa.tuple_(_last_time, sa.bindparam("last_id", type_=sa.Uuid)),
        ),
    )
    .order_by(_c.update_time, _c.id)
    .limit(sa.bindparam("most"))
)
_CHANGED = sql(
    sa.select(conversations)
    .where(
        _c.organization == _ORGANIZATION,
        _c.update_time >= sa.bindparam("since", type_=_c.update_time.type),
    )
    .order_by(_c.update_time, _c.id)
    .limit(sa.bindparam("most"))
)
_NOT_CLOSED = sql(
    sa.select(conversations)
    .where(_c.organization == _ORGANIZATION, _c.state.in_(["open", "answered"]))
    .order_by(_c.update_time.desc(), _c.id)
    .limit(sa.bindparam("most"))
)
_ENTRIES = sql(
    sa.select(conversation_entries)
    .where(
        _e.organization == _ORGANIZATION,
        _e.conversation == sa.bindparam("conversation", type_=sa.Uuid),
        _e.number > sa.bindparam("after", type_=sa.Integer),
    )
    .order_by(_e.number)
    .limit(sa.bindparam("most"))
)
_LAST_INBOUND = sql(
    sa.select(_e.inbound)
    .where(
        _e.organization == _ORGANIZATION,
        _e.conversation == sa.bindparam("conversation", type_=sa.Uuid),
        _e.inbound.is_not(None),
    )
    .order_by(_e.number.desc())
    .limit(1)
)


async def find(tx: Tx, name: Name) -> Conversation | None:
    row = await tx.maybe(_FIND, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def lock(tx: Tx, name: Name) -> Conversation | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def save(tx: Tx, value: Conversation) -> None:
    await tx.run(
        _SAVE,
        organization=value.name.organization,
        id=value.name.id,
        participant=value.participant.id if value.participant else None,
        display_name=value.display_name,
        channel=value.channel.value,
        address=value.address,
        event=value.event.id if value.event else None,
        state=value.state.value,
        assignee=value.assignee,
        entry_count=value.entry_count,
        snippet=value.snippet,
        create_time=value.create_time,
        update_time=value.update_time,
        version=value.version,
    )


async def say(tx: Tx, entry: Entry) -> None:
    await tx.run(
        _SAY,
        organization=entry.conversation.organization,
        conversation=entry.conversation.id,
        number=entry.number,
        text=entry.text,
        inbound=entry.inbound.id if entry.inbound else None,
        message=entry.message.id if entry.message else None,
        author=entry.author,
        create_time=entry.create_time,
    )


async def of_addresses(
    tx: Tx, organization: uuid.UUID, addresses: Iterable[str]
) -> uuid.UUID | None:
    """The first conversation of somebody who is known by any of those addresses."""
    row = await tx.maybe(_OF_ADDRESSES, organization=organization, addresses=list(addresses))
    return None if row is None else row.conversation


async def claim(
    tx: Tx, organization: uuid.UUID, address: str, conversation: uuid.UUID
) -> uuid.UUID:
    """The conversation of an address: that one, unless there is another already."""
    row = await tx.one(
        _CLAIM, organization=organization, address=address, conversation=conversation
    )
    return row.conversation  # type: ignore[no-any-return]


async def also(
    tx: Tx, organization: uuid.UUID, addresses: Iterable[str], conversation: uuid.UUID
) -> None:
    """Makes a conversation that of more addresses, those that have none."""
    await tx.run(
        _ALSO, organization=organization, address=list(addresses), conversation=conversation
    )


async def page(
    tx: Tx,
    organization: uuid.UUID,
    page: Page,
    *,
    state: State | None,
    assignee: uuid.UUID | None,
    participant: uuid.UUID | None,
) -> list[Conversation]:
    rows = await tx.all(
        _PAGE,
        organization=organization,
        state=state.value if state else None,
        assignee=assignee,
        participant=participant,
        most=page.limit,
        **page.keys("last_time", "last_id"),
    )
    return [_read(row) for row in rows]


async def changed(
    tx: Tx, organization: uuid.UUID, since: datetime, most: int
) -> list[Conversation]:
    rows = await tx.all(_CHANGED, organization=organization, since=since, most=most)
    return [_read(row) for row in rows]


async def not_closed(tx: Tx, organization: uuid.UUID, most: int) -> list[Conversation]:
    """The newest of those that are not closed, the newest last."""
    rows = await tx.all(_NOT_CLOSED, organization=organization, most=most)
    return [_read(row) for row in reversed(rows)]


async def entries(tx: Tx, name: Name, *, after: int, most: int) -> list[Entry]:
    rows = await tx.all(
        _ENTRIES, organization=name.organization, conversation=name.id, after=after, most=most
    )
    here = name.organization
    return [
        Entry(
            conversation=name,
            number=row.number,
            text=row.text,
            create_time=row.create_time,
            inbound=Name(here, row.inbound) if row.inbound else None,
            message=Name(here, row.message) if row.message else None,
            author=row.author,
        )
        for row in rows
    ]


def topic(organization: uuid.UUID) -> str:
    """What the news of an organization's conversations is called."""
    return f"conversations {organization}"


def key(value: Conversation) -> tuple[datetime, uuid.UUID]:
    """What conversations are listed by."""
    return value.update_time, value.name.id


def _read(row: Any) -> Conversation:
    here = row.organization
    return Conversation(
        name=Name(here, row.id),
        participant=Name(here, row.participant) if row.participant else None,
        display_name=row.display_name,
        channel=Channel(row.channel),
        address=row.address,
        event=Name(here, row.event) if row.event else None,
        state=State(row.state),
        assignee=row.assignee,
        entry_count=row.entry_count,
        snippet=row.snippet,
        create_time=row.create_time,
        update_time=row.update_time,
        version=row.version,
    )


async def last_inbound(tx: Tx, name: Name) -> uuid.UUID | None:
    """What the person wrote last; None where that is forgotten."""
    row = await tx.maybe(_LAST_INBOUND, organization=name.organization, conversation=name.id)
    return None if row is None else row.inbound


async def forget(tx: Tx, participant: Name) -> None:
    """Deletes the conversations with somebody, and all that was said in them."""
    await tx.run(_FORGET, of=participant.organization, who=participant.id)
