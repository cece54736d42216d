"""Campaigns in Postgres. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Tx, given, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.campaigns.domain import Audience, Campaign, Progress, State
from services.messaging.campaigns.tables import campaign_messages, campaigns
from services.messaging.cascades.domain import HELD, HELD_FOR_EVER
from services.messaging.messages.domain import Channel
from services.messaging.messages.domain import State as Message
from services.messaging.people.domain import PARTICIPANTS, Person
from services.messaging.tables import cascades, messages, participants
from services.messaging.templates.words import ENGLISH

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_c, _p, _m = campaigns.c, participants.c, messages.c
_this = (_c.organization == _ORGANIZATION, _c.id == sa.bindparam("id", type_=sa.Uuid))
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


_invited = (_p.organization == _ORGANIZATION, _p.event == sa.bindparam("event", type_=sa.Uuid))
_answers = sa.bindparam("answers", type_=ARRAY(sa.Text))
_languages = sa.bindparam("languages", type_=ARRAY(sa.Text))
# Who says nothing of languages is written to in English.
_reads = sa.func.lower(sa.func.coalesce(sa.func.nullif(_p.language, ""), ENGLISH))
_BATCH = sql(
    sa.select(_p.id, _p.display_name, _p.email, _p.phone, _p.language)
    .where(
        *_invited,
        sa.or_(_last.is_(None), _p.id > _last),
        sa.or_(sa.func.cardinality(_answers) == 0, _p.answer == sa.any_(_answers)),
        sa.or_(
            sa.func.cardinality(_languages) == 0,
            _reads == sa.any_(_languages),
            sa.func.split_part(_reads, "-", 1) == sa.any_(_languages),
        ),
    )
    .order_by(_p.id)
    .limit(sa.bindparam("most"))
)
_theirs = given(message=sa.Uuid)
_BELONG = sql(
    insert(campaign_messages).from_select(
        ["organization", "campaign", "message"],
        sa.select(_ORGANIZATION, sa.bindparam("campaign", type_=sa.Uuid), _theirs.c.message),
    )
)
_their = campaign_messages.c
_of_this = (
    _their.organization == _ORGANIZATION,
    _their.campaign == sa.bindparam("campaign", type_=sa.Uuid),
)
_later = messages.alias("later")
# What was written first, and what was tried by other channels when that came to nothing.
_ids = sa.select(_their.message).where(*_of_this)
_ids_of_all = sa.union_all(
    _ids,
    sa.select(_later.c.id)
    .where(_later.c.organization == _ORGANIZATION, _later.c.cascade.in_(_ids))
    .where(_later.c.id != _later.c.cascade),
)
_its = (_m.organization == _ORGANIZATION, _m.id.in_(_ids_of_all))
_FAILED, _WAITING, _SENT = 0, 1, 2


def _is(*states: Message) -> sa.ColumnElement[bool]:
    return _m.state.in_([sa.literal_column(f"'{state.value}'") for state in states])


# The most that became of any of the messages that say the same.
_best = (
    sa.select(
        sa.func.max(
            sa.case(
                (_is(Message.FAILED), sa.literal_column(str(_FAILED))),
                (_is(Message.QUEUED, Message.SENDING), sa.literal_column(str(_WAITING))),
                else_=sa.literal_column(str(_SENT)),
            )
        ).label("became")
    )
    .where(*_its)
    .group_by(sa.func.coalesce(_m.cascade, _m.id))
    .subquery()
)
_PROGRESS = sql(sa.select(_best.c.became, sa.func.count().label("people")).group_by(_best.c.became))
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
_w = cascades.c
_theirs_too = (_w.organization == _ORGANIZATION, _w.id.in_(_ids))
_held = sa.bindparam("held", type_=_time)
_never = sa.bindparam("never", type_=_time)
_now = sa.bindparam("now", type_=_time)
# What is left of the time until the next channel is tried stays as it is.
_PUT_OFF = sql(
    sa.update(cascades)
    .where(*_theirs_too, sa.or_(_w.deadline_time.is_(None), _w.deadline_time < _held))
    .values(deadline_time=sa.func.coalesce(_w.deadline_time + (_held - _now), _never))
)
_GO_ON = sql(
    sa.update(cascades)
    .where(*_theirs_too, _w.deadline_time >= _held)
    .values(
        deadline_time=sa.case(
            (_w.deadline_time >= _never, None), else_=_w.deadline_time - (_held - _now)
        )
    )
    .returning(
        _w.id,
        _w.deadline_time,
        sa.exists()
        .where(_m.organization == _w.organization, _m.cascade == _w.id, _is(Message.FAILED))
        .label("failed"),
    )
)
_END = sql(sa.delete(cascades).where(*_theirs_too))


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
        without_consent=value.without_consent,
        answers=sorted(value.audience.answers),
        languages=sorted(value.audience.languages),
        version=value.version,
    )


async def page(tx: Tx, organization: uuid.UUID, page: Page) -> list[Campaign]:
    rows = await tx.all(_PAGE, organization=organization, most=page.limit, **page.keys("last"))
    return [_read(row) for row in rows]


async def batch(
    tx: Tx, event: Name, audience: Audience, after: uuid.UUID | None, most: int
) -> Sequence[Person]:
    """The next of those who were invited to an event, without their links."""
    rows = await tx.all(
        _BATCH,
        organization=event.organization,
        event=event.id,
        last=after,
        most=most,
        answers=sorted(audience.answers),
        languages=sorted(audience.languages),
    )
    before = PARTICIPANTS.format(Name(event.organization, event.id)).removesuffix(str(event.id))
    return [
        Person(f"{before}{id}", display_name, email, phone, language)
        for id, display_name, email, phone, language in rows
    ]


async def belong(tx: Tx, campaign: Name, ids: Iterable[uuid.UUID]) -> None:
    """Makes messages those of a campaign."""
    of, id = campaign.organization, campaign.id
    await tx.run(_BELONG, organization=of, campaign=id, message=list(ids))


async def progress(tx: Tx, name: Name) -> Progress:
    """What became of what each person was written; the best of it, where that is much."""
    rows = await tx.all(_PROGRESS, organization=name.organization, campaign=name.id)
    found = {row.became: row.people for row in rows}
    return Progress(found.get(_WAITING, 0), found.get(_SENT, 0), found.get(_FAILED, 0))


async def hold(tx: Tx, name: Name, now: datetime) -> None:
    """Holds back the messages of a campaign that nobody has taken yet, and tries no others."""
    key = {"organization": name.organization, "campaign": name.id, "held": HELD}
    await tx.run(_PUT_OFF, **key, never=HELD_FOR_EVER, now=now)
    await tx.run(_HOLD, **key)


async def go_on(tx: Tx, name: Name, now: datetime) -> list[tuple[uuid.UUID, datetime | None]]:
    """Lets other channels be tried again, and says when to look at each cascade: None for never."""
    key = {"organization": name.organization, "campaign": name.id, "held": HELD}
    rows = await tx.all(_GO_ON, **key, never=HELD_FOR_EVER, now=now)
    return [(row.id, now if row.failed else row.deadline_time) for row in rows]


async def let_go(tx: Tx, name: Name) -> list[uuid.UUID]:
    """Lets those go that were held back, and says which."""
    rows = await tx.all(_LET_GO, organization=name.organization, campaign=name.id, held=HELD)
    return [row.id for row in rows]


async def give_up(tx: Tx, name: Name, why: str) -> None:
    """Fails the messages of a campaign that nobody has taken yet, and tries no others."""
    key = {"organization": name.organization, "campaign": name.id}
    await tx.run(_END, **key)
    await tx.run(_GIVE_UP, **key, why=why)


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
        audience=Audience(frozenset(row.answers), frozenset(row.languages)),
        state=State(row.state),
        after=row.after,
        complete=row.complete,
        written=row.written,
        unreachable=row.unreachable,
        suppressed=row.suppressed,
        without_consent=row.without_consent,
        version=row.version,
    )
