"""Promo codes. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, insert

from services.booking.domain import Promo
from services.booking.promos.domain import Kept
from services.booking.tables import bookings, promos
from services.kit.db import Tx, given, sql
from services.kit.money import Money
from services.kit.names import Name

_organization = promos.c.organization == sa.bindparam("organization")
_NAMED = (_organization, promos.c.id == sa.bindparam("id"))
_asked = given(event=sa.Uuid, code=sa.Text)
_LOCK_CODES = sql(
    sa.select(promos)
    .where(
        _organization,
        sa.tuple_(promos.c.event, promos.c.code).in_(sa.select(_asked.c.event, _asked.c.code)),
    )
    .order_by(promos.c.id)
    .with_for_update()
)
_USED = sql(
    sa.select(bookings.c.buyer, bookings.c.promo, sa.func.count().label("times"))
    .where(
        bookings.c.organization == sa.bindparam("organization"),
        bookings.c.promo == sa.any_(sa.bindparam("promos", type_=ARRAY(sa.Uuid))),
        bookings.c.buyer == sa.any_(sa.bindparam("buyers", type_=ARRAY(sa.Text))),
        bookings.c.state == sa.any_(sa.literal(["held", "confirmed"], ARRAY(sa.Text))),
    )
    .group_by(bookings.c.buyer, bookings.c.promo)
)
_more = given(id=sa.Uuid, uses=sa.Integer)
_USE = sql(
    sa.update(promos)
    .where(_organization, promos.c.id == _more.c.id)
    .values(uses=promos.c.uses + _more.c.uses)
)
_READ = sql(sa.select(promos).where(*_NAMED))
_LOCK = sql(sa.select(promos).where(*_NAMED).with_for_update())
_time = TIMESTAMP(timezone=True)
_values = {
    c.name: sa.cast(sa.bindparam(c.name, type_=sa.Text), c.type)
    if c.name == "ticket_types"
    else sa.bindparam(c.name, type_=c.type)
    for c in promos.columns
    if c.name != "uses"
}
_ADD = sql(insert(promos).values(_values))
_CHANGING = set(_values) - {"organization", "id", "event", "create_time"}
_SAVE = sql(
    sa.update(promos)
    .where(*_NAMED)
    .values({key: value for key, value in _values.items() if key in _CHANGING})
)
_DELETE = sql(sa.delete(promos).where(*_NAMED))
_PAGE = sql(
    sa.select(promos)
    .where(
        _organization,
        sa.or_(
            sa.bindparam("event", type_=sa.Uuid).is_(None),
            promos.c.event == sa.bindparam("event", type_=sa.Uuid),
        ),
        promos.c.id > sa.bindparam("after", type_=sa.Uuid),
    )
    .order_by(promos.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
UNIQUE = "promos_organization_event_code_key"
CEILING = "promos_uses_check"


async def lock_codes(
    tx: Tx, organization: uuid.UUID, asked: Iterable[tuple[uuid.UUID, str]]
) -> list[Kept]:
    """Those codes of events that there are, kept from every other writer."""
    pairs = sorted(set(asked))
    rows = await tx.all(
        _LOCK_CODES,
        organization=organization,
        event=[event for event, _ in pairs],
        code=[code for _, code in pairs],
    )
    return [_kept(row) for row in rows]


async def used(
    tx: Tx, organization: uuid.UUID, ids: Sequence[uuid.UUID], buyers: Sequence[str]
) -> dict[tuple[str, uuid.UUID], int]:
    """How many bookings buyers have with codes, by both."""
    rows = await tx.all(_USED, organization=organization, promos=list(ids), buyers=list(buyers))
    return {(row.buyer, row.promo): row.times for row in rows}


def use(tx: Tx, organization: uuid.UUID, more: Mapping[uuid.UUID, int]) -> None:
    """Counts uses, or takes them back, with the commit. The table refuses one too many."""
    ids = sorted(more)
    tx.write(_USE, organization=organization, id=ids, uses=[more[id] for id in ids])


async def read(tx: Tx, name: Name) -> Kept | None:
    row = await tx.maybe(_READ, organization=name.organization, id=name.id)
    return _kept(row) if row else None


async def lock(tx: Tx, name: Name) -> Kept | None:
    """Reads a code and keeps every other writer away until the commit."""
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return _kept(row) if row else None


async def add(tx: Tx, kept: Kept) -> None:
    """Raises IntegrityError of `UNIQUE` when the event has the code already."""
    await tx.run(_ADD, **_row(kept))


async def save(tx: Tx, kept: Kept) -> None:
    """Writes what may change. Raises IntegrityError of `UNIQUE` and of `CEILING`."""
    row = _row(kept)
    keys = ("organization", "id", *_CHANGING)
    await tx.run(_SAVE, **{key: row[key] for key in keys})


async def delete(tx: Tx, name: Name) -> None:
    await tx.run(_DELETE, organization=name.organization, id=name.id)


async def page(
    tx: Tx, organization: uuid.UUID, *, event: uuid.UUID | None, after: uuid.UUID, size: int
) -> list[Kept]:
    """Codes by their ids, which is oldest first."""
    found = await tx.all(_PAGE, organization=organization, event=event, after=after, size=size)
    return [_kept(row) for row in found]


def _row(kept: Kept) -> dict[str, Any]:
    promo = kept.promo
    return {
        "organization": kept.name.organization,
        "id": kept.name.id,
        "event": kept.event.id,
        "code": promo.code,
        "percent": promo.percent,
        "currency": promo.amount.currency if promo.amount else "",
        "amount_minor": promo.amount.minor if promo.amount else 0,
        "most_uses": promo.most_uses,
        "per_person": promo.per_person,
        "ticket_types": json.dumps(promo.ticket_types),
        "unlocks": promo.unlocks,
        "start_time": promo.start,
        "end_time": promo.end,
        "create_time": kept.create_time,
        "update_time": kept.update_time,
        "version": kept.version,
    }


def _kept(row: Any) -> Kept:
    promo = Promo(
        id=row.id,
        code=row.code,
        percent=row.percent,
        amount=Money(row.currency, row.amount_minor) if row.currency else None,
        most_uses=row.most_uses,
        per_person=row.per_person,
        uses=row.uses,
        ticket_types=tuple(row.ticket_types),
        unlocks=row.unlocks,
        start=row.start_time,
        end=row.end_time,
    )
    return Kept(
        name=Name(row.organization, row.id),
        event=Name(row.organization, row.event),
        promo=promo,
        create_time=row.create_time,
        update_time=row.update_time,
        version=row.version,
    )
