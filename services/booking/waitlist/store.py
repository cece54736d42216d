"""What is kept of who waits. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.booking.store import line_of, seats_of
from services.booking.tables import bookings, offers
from services.booking.waitlist.domain import Entry, Policy, State
from services.booking.waitlist.tables import numbers, waitlist, waitlist_policies
from services.kit.db import Statement, Tx, sql
from services.kit.names import Name

# What an offer became, by the state of its booking.
BECAME = {
    "held": State.OFFERED,
    "confirmed": State.SERVED,
    "lapsed": State.MISSED,
    "cancelled": State.LEFT,
}
# Places that one look takes in.
MOST = 20_000

_organization = sa.bindparam("organization", type_=sa.Uuid)
_ahead = waitlist.alias("ahead")
_position = (
    sa.select(sa.func.count())
    .where(
        _ahead.c.organization == waitlist.c.organization,
        _ahead.c.event == waitlist.c.event,
        _ahead.c.state == "waiting",
        _ahead.c.number <= waitlist.c.number,
    )
    .scalar_subquery()
)


def _entries(*more: Any) -> Any:
    return (
        sa.select(waitlist, bookings.c.state.label("became"), bookings.c.expire_time, *more)
        .outerjoin(
            bookings,
            sa.and_(
                bookings.c.organization == waitlist.c.organization,
                bookings.c.id == waitlist.c.booking,
            ),
        )
        .where(waitlist.c.organization == _organization)
    )


_ONE = _entries(_position.label("position"))
_own = sa.bindparam("own", type_=sa.Text)
_id = sa.bindparam("id", type_=sa.Uuid)
_READ = sql(_ONE.where(waitlist.c.id == _id, sa.or_(_own.is_(None), waitlist.c.person == _own)))
_event = sa.bindparam("event", type_=sa.Uuid)
_LINE = sql(
    _entries(sa.literal(0).label("position"))
    .where(waitlist.c.event == _event, waitlist.c.state != "left")
    .order_by(waitlist.c.number)
    .limit(MOST)
)
_WAITING = sql(
    _entries(sa.literal(0).label("position"))
    .where(waitlist.c.event == _event, waitlist.c.state == "waiting")
    .order_by(waitlist.c.number)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_ACTIVE = sql(
    _ONE.where(
        waitlist.c.event == _event,
        waitlist.c.person == sa.bindparam("person"),
        sa.or_(
            waitlist.c.state == "waiting",
            sa.and_(waitlist.c.state == "offered", bookings.c.state == "held"),
        ),
    )
)
_ANY = sql(
    sa.select(sa.func.count().label("number")).where(
        waitlist.c.organization == _organization,
        waitlist.c.event == _event,
        waitlist.c.state == "waiting",
    )
)


def _page(*where: Any) -> Statement:
    return sql(
        _ONE.where(
            sa.or_(_event.is_(None), waitlist.c.event == _event),
            waitlist.c.id > sa.bindparam("after", type_=sa.Uuid),
            *where,
        )
        .order_by(waitlist.c.id)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


_PAGE = _page()
_OWN_PAGE = _page(waitlist.c.person == sa.bindparam("own"))
_GIVEN = [c.name for c in waitlist.c if c.name != "number"]
_JOIN = sql(
    insert(waitlist)
    .values(
        number=numbers.next_value(),
        **{name: sa.bindparam(name, type_=waitlist.c[name].type) for name in _GIVEN},
    )
    .returning(waitlist.c.number)
)
_SAVE = sql(
    sa.update(waitlist)
    .where(waitlist.c.organization == _organization, waitlist.c.id == sa.bindparam("id_"))
    .values(
        {
            c: sa.bindparam(c, type_=waitlist.c[c].type)
            for c in ("state", "booking", "update_time", "version")
        }
    )
)
_COUNT = sql(
    sa.update(offers)
    .where(offers.c.organization == _organization, offers.c.event == _event)
    .values(
        waiting=sa.select(sa.func.count())
        .where(
            waitlist.c.organization == offers.c.organization,
            waitlist.c.event == offers.c.event,
            waitlist.c.state == "waiting",
            offers.c.ticket_type == sa.any_(waitlist.c.ticket_types),
        )
        .scalar_subquery()
    )
)
_POLICY = sql(
    sa.select(waitlist_policies).where(
        waitlist_policies.c.organization == _organization, waitlist_policies.c.event == _event
    )
)
_rule = insert(waitlist_policies).values(
    {c.name: sa.bindparam(c.name) for c in waitlist_policies.c}
)
_RULE = sql(
    _rule.on_conflict_do_update(
        index_elements=[waitlist_policies.c.organization, waitlist_policies.c.event],
        set_={c: _rule.excluded[c] for c in ("skips", "offer_seconds", "lead_seconds", "version")},
        where=waitlist_policies.c.version == _rule.excluded.version - 1,
    )
)


def _at(event: Name) -> dict[str, uuid.UUID]:
    return {"organization": event.organization, "event": event.id}


async def read(tx: Tx, name: Name, *, own: str | None) -> Entry | None:
    """A place in line, if it is there and `own` has it, or whoever if that is None."""
    row = await tx.maybe(_READ, organization=name.organization, id=name.id, own=own)
    return _entry(row) if row else None


async def active(tx: Tx, event: Name, person: str) -> Entry | None:
    """The place that somebody has in the line of an event, or the offer they may still take."""
    rows = await tx.all(_ACTIVE, **_at(event), person=person)
    return _entry(rows[0]) if rows else None


async def line(tx: Tx, event: Name) -> list[Entry]:
    """All who did not leave, in the order of joining, without their positions."""
    return [_entry(row) for row in await tx.all(_LINE, **_at(event))]


async def waiting(tx: Tx, event: Name, size: int) -> list[Entry]:
    """The first who wait, in the order of joining."""
    return [_entry(row) for row in await tx.all(_WAITING, **_at(event), size=size)]


async def how_many(tx: Tx, event: Name) -> int:
    """How many wait."""
    return int((await tx.one(_ANY, **_at(event))).number)


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    own: str | None,
    after: uuid.UUID,
    size: int,
) -> list[Entry]:
    where = {"organization": organization, "event": event, "after": after, "size": size}
    if own is None:
        rows = await tx.all(_PAGE, **where)
    else:
        rows = await tx.all(_OWN_PAGE, own=own, **where)
    return [_entry(row) for row in rows]


async def join(tx: Tx, entry: Entry) -> None:
    """Puts somebody at the end of a line whose offers are locked."""
    values = {name: getattr(entry, name) for name in _GIVEN if name not in _NOT_ALIKE}
    await tx.one(
        _JOIN,
        **_at(entry.event),
        id=entry.name.id,
        state=entry.state.value,
        **values | {"ticket_types": list(entry.ticket_types)},
    )
    tx.stir(line_of(entry.event.id))


_NOT_ALIKE = ("organization", "id", "event", "state")


async def save(tx: Tx, entry: Entry) -> None:
    """Writes what became of a place."""
    await tx.run(
        _SAVE,
        organization=entry.name.organization,
        id_=entry.name.id,
        state=entry.state.value,
        booking=entry.booking,
        update_time=entry.update_time,
        version=entry.version,
    )
    tx.stir(line_of(entry.event.id))


async def count(tx: Tx, event: Name) -> None:
    """Has the locked offers of an event know how many wait for each of them."""
    await tx.run(_COUNT, **_at(event))
    tx.stir(seats_of(event.id))


async def policy(tx: Tx, event: Name) -> Policy:
    row = await tx.maybe(_POLICY, **_at(event))
    if row is None:
        return Policy()
    lead = None if row.lead_seconds is None else timedelta(seconds=row.lead_seconds)
    return Policy(row.skips, timedelta(seconds=row.offer_seconds), lead, row.version)


async def rule(tx: Tx, event: Name, policy: Policy) -> int:
    """Writes how the organizer wants a line; says whether it was as expected."""
    seconds = int(policy.offer.total_seconds())
    lead = None if policy.lead is None else int(policy.lead.total_seconds())
    given = {"skips": policy.skips, "offer_seconds": seconds, "version": policy.version}
    return await tx.run(_RULE, **_at(event), **given, lead_seconds=lead)


def _entry(row: Any) -> Entry:
    state = BECAME[row.became] if row.state == "offered" else State(row.state)
    return Entry(
        name=Name(row.organization, row.id),
        event=Name(row.organization, row.event),
        person=row.person,
        ticket_types=tuple(row.ticket_types),
        quantity=row.quantity,
        number=row.number,
        state=state,
        create_time=row.create_time,
        update_time=row.update_time,
        position=row.position if state is State.WAITING else 0,
        booking=row.booking,
        expire_time=row.expire_time if state is State.OFFERED else None,
        version=row.version,
    )
