"""Campaigns in Postgres. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, given, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.campaigns.domain import Campaign, Progress, Reach, State
from services.messaging.campaigns.tables import campaign_messages, campaigns
from services.messaging.messages.domain import Channel
from services.messaging.tables import messages, participants, suppressions

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_c, _p, _m, _s = campaigns.c, participants.c, messages.c, suppressions.c
_this = (_c.organization == _ORGANIZATION, _c.id == sa.bindparam("id", type_=sa.Uuid))
# What a message waits for that belongs to a campaign which is paused.
HELD = datetime(8999, 1, 1, tzinfo=UTC)
_time = _m.create_time.type

_FIND = sql(sa.select(campaigns).where(*_this))
_LOCK = sql(sa.select(campaigns).where(*_this).with_for_update())
_adding = insert(campaigns).values({c.name: sa.bindparam(c.name, type_=c.type) for c in _c})
_SAVE = sql(
    _adding.on_conflict_do_update(
        index_elements=["organization", "id"],
        set_={c.name: _adding.excluded[c.name] for c in _c if c.name not in ("organization", "id")},
    )
)
_last = sa.bindparam("last", type_=sa.Uuid)
_PAGE = sql(
    sa.select(campaigns)
    .where(_c.organization == _ORGANIZATION, sa.or_(_last.is_(None), _c.id > _last))
    .order_by(_c.id)
    .limit(sa.bindparam("most"))
)


def _word(channel: Channel) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{channel.value}'")


# By e-mail if there is one, else by a text message, as `notices.domain.route` says.
_channel = sa.case(
    (_p.email != "", _word(Channel.EMAIL)),
    (_p.phone != "", _word(Channel.SMS)),
    else_=_word(Channel.NONE),
)
_address = sa.func.lower(sa.case((_p.email != "", _p.email), else_=_p.phone))
_unwanted = sa.exists().where(
    _s.organization == _p.organization,
    _s.address == _address,
    _s.channel.in_([_word(Channel.NONE), _channel]),
)
_invited = (_p.organization == _ORGANIZATION, _p.event == sa.bindparam("event", type_=sa.Uuid))
_BATCH = sql(
    sa.select(
        _p.id,
        _p.display_name,
        _p.email,
        _p.phone,
        _p.language,
        _p.link,
        _channel.label("channel"),
        _unwanted.label("suppressed"),
    )
    .where(*_invited, sa.or_(_last.is_(None), _p.id > _last))
    .order_by(_p.id)
    .limit(sa.bindparam("most"))
)
_REACH = sql(
    sa.select(
        _channel.label("channel"),
        sa.func.count().label("people"),
        sa.func.count().filter(_unwanted).label("suppressed"),
    )
    .where(*_invited)
    .group_by(_channel)
)
_theirs = given(message=sa.Uuid)
_BELONG = sql(
    insert(campaign_messages).from_select(
        ["organization", "campaign", "message"],
        sa.select(_ORGANIZATION, sa.bindparam("campaign", type_=sa.Uuid), _theirs.c.message),
    )
)
_its = (
    _m.organization == _ORGANIZATION,
    _m.organization == campaign_messages.c.organization,
    _m.id == campaign_messages.c.message,
    campaign_messages.c.campaign == sa.bindparam("campaign", type_=sa.Uuid),
)
_PROGRESS = sql(
    sa.select(_m.state, sa.func.count().label("messages")).where(*_its).group_by(_m.state)
)
_untouched = (*_its, _m.state == sa.literal_column("'queued'"), ~_m.open_attempt)
_HOLD = sql(
    sa.update(messages)
    .where(*_untouched)
    .values(wait_time=sa.bindparam("held", type_=_time))
    .returning(_m.channel)
)
_LET_GO = sql(
    sa.update(messages)
    .where(*_untouched, _m.wait_time == sa.bindparam("held", type_=_time))
    .values(wait_time=None)
    .returning(_m.id)
)
_GIVE_UP = sql(
    sa.update(messages)
    .where(*_untouched)
    .values(
        state=sa.literal_column("'failed'"),
        failure=sa.literal_column("'superseded'"),
        failure_reason=sa.bindparam("why", type_=sa.Text),
        wait_time=None,
        sealed_body=None,
        version=_m.version + 1,
    )
)


@dataclass(frozen=True)
class Invited:
    """Somebody who was invited, and whether they want to be written to."""

    id: uuid.UUID
    display_name: str
    email: str
    phone: str
    language: str
    # Sealed with the name of the participant.
    link: bytes
    channel: Channel
    suppressed: bool


async def find(tx: Tx, name: Name) -> Campaign | None:
    row = await tx.maybe(_FIND, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def lock(tx: Tx, name: Name) -> Campaign | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def save(tx: Tx, value: Campaign) -> None:
    await tx.run(
        _SAVE,
        organization=value.name.organization,
        id=value.name.id,
        display_name=value.display_name,
        event=value.event.id,
        template=value.template.id,
        template_version=value.template_version,
        variables=value.variables,
        channels=sorted(channel.value for channel in value.channels),
        start_time=value.start_time,
        create_time=value.create_time,
        state=value.state.value,
        after=value.after,
        complete=value.complete,
        written=value.written,
        unreachable=value.unreachable,
        suppressed=value.suppressed,
        version=value.version,
    )


async def page(tx: Tx, organization: uuid.UUID, page: Page) -> list[Campaign]:
    rows = await tx.all(_PAGE, organization=organization, most=page.limit, **page.keys("last"))
    return [_read(row) for row in rows]


async def batch(tx: Tx, event: Name, after: uuid.UUID | None, most: int) -> Sequence[Invited]:
    """The next of those who were invited to an event."""
    rows = await tx.all(
        _BATCH, organization=event.organization, event=event.id, last=after, most=most
    )
    return [Invited(**row._asdict() | {"channel": Channel(row.channel)}) for row in rows]


async def reach(tx: Tx, organization: uuid.UUID, event: uuid.UUID) -> list[Reach]:
    rows = await tx.all(_REACH, organization=organization, event=event)
    return [
        Reach(Channel(row.channel), row.people - row.suppressed, row.suppressed) for row in rows
    ]


async def belong(tx: Tx, campaign: Name, ids: Iterable[uuid.UUID]) -> None:
    """Makes messages those of a campaign."""
    of, id = campaign.organization, campaign.id
    await tx.run(_BELONG, organization=of, campaign=id, message=list(ids))


async def progress(tx: Tx, name: Name) -> Progress:
    rows = await tx.all(_PROGRESS, organization=name.organization, campaign=name.id)
    found = {row.state: row.messages for row in rows}
    waiting = found.pop("queued", 0) + found.pop("sending", 0)
    failed = found.pop("failed", 0)
    return Progress(waiting, sum(found.values()), failed)


async def hold(tx: Tx, name: Name) -> None:
    """Holds back the messages of a campaign that nobody has taken yet."""
    await tx.run(_HOLD, organization=name.organization, campaign=name.id, held=HELD)


async def let_go(tx: Tx, name: Name) -> list[uuid.UUID]:
    """Lets those go that were held back, and says which."""
    rows = await tx.all(_LET_GO, organization=name.organization, campaign=name.id, held=HELD)
    return [row.id for row in rows]


async def give_up(tx: Tx, name: Name, why: str) -> None:
    """Fails the messages of a campaign that nobody has taken yet."""
    await tx.run(_GIVE_UP, organization=name.organization, campaign=name.id, why=why)


def _read(row: Any) -> Campaign:
    here = row.organization
    return Campaign(
        name=Name(here, row.id),
        display_name=row.display_name,
        event=Name(here, row.event),
        template=Name(here, row.template),
        template_version=row.template_version,
        variables=dict(row.variables),
        channels=frozenset(map(Channel, row.channels)),
        start_time=row.start_time,
        create_time=row.create_time,
        state=State(row.state),
        after=row.after,
        complete=row.complete,
        written=row.written,
        unreachable=row.unreachable,
        suppressed=row.suppressed,
        version=row.version,
    )
