"""What is kept of giving back. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.money import Money
from services.kit.names import Name
from services.payment.domain import Payment
from services.payment.event_refunds.domain import Run, Tally
from services.payment.event_refunds.tables import event_refunds
from services.payment.store import CAPTURED, payment
from services.payment.tables import payments

_HERE = event_refunds.c.organization == sa.bindparam("organization")
_NAMED = sa.select(event_refunds).where(_HERE, event_refunds.c.id == sa.bindparam("id"))
_READ, _LOCK = sql(_NAMED), sql(_NAMED.with_for_update())
_ADD = sql(
    insert(event_refunds)
    .values({c.name: sa.bindparam(c.name, type_=c.type) for c in event_refunds.c})
    .on_conflict_do_nothing()
)
_CHANGING = ("last", "running", "finish_time", "version")
_SAVE = sql(
    sa.update(event_refunds)
    .where(
        event_refunds.c.organization == sa.bindparam("of", type_=sa.Uuid),
        event_refunds.c.id == sa.bindparam("event", type_=sa.Uuid),
    )
    .values(
        {name: sa.bindparam(f"new_{name}", type_=event_refunds.c[name].type) for name in _CHANGING}
    )
)
_PAGE = sql(
    sa.select(event_refunds)
    .where(_HERE, event_refunds.c.id > sa.bindparam("after", type_=sa.Uuid))
    .order_by(event_refunds.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_left = (
    payments.c.amount_minor
    - payments.c.refunding_minor
    - payments.c.refunded_minor
    - payments.c.disputed_minor
)
_nothing: Any = sa.literal_column("0")
_OF_EVENT = (
    payments.c.organization == sa.bindparam("organization"),
    payments.c.event == sa.bindparam("event", type_=sa.Uuid),
    CAPTURED,
)
_LOCK_NEXT = sql(
    sa.select(payments)
    .where(*_OF_EVENT, payments.c.id > sa.bindparam("after", type_=sa.Uuid), _left > _nothing)
    .order_by(payments.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
    .with_for_update()
)


def _count(*where: Any) -> Any:
    return sa.func.count().filter(*where)


def _sum(column: Any) -> Any:
    return sa.cast(sa.func.sum(column), sa.BigInteger)


_TALLY = sql(
    sa.select(
        payments.c.currency,
        sa.func.count().label("paid"),
        _count(payments.c.refunding_minor > _nothing).label("pending"),
        _count(payments.c.state == sa.literal_column("'refunded'")).label("refunded"),
        _count(_left > _nothing, payments.c.refunding_minor == _nothing).label("open"),
        _sum(payments.c.amount_minor).label("paid_minor"),
        _sum(payments.c.refunded_minor).label("refunded_minor"),
    )
    .where(*_OF_EVENT)
    .group_by(payments.c.currency)
    .order_by(payments.c.currency)
)


async def add(tx: Tx, run: Run) -> bool:
    """Says whether there was none of the event."""
    return await tx.run(_ADD, **_values(run)) == 1


async def read(tx: Tx, name: Name) -> Run | None:
    row = await tx.maybe(_READ, organization=name.organization, id=name.id)
    return _run(row) if row else None


async def lock(tx: Tx, name: Name) -> Run | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return _run(row) if row else None


async def save(tx: Tx, run: Run) -> None:
    changed = {f"new_{name}": value for name, value in _values(run).items() if name in _CHANGING}
    await tx.run(_SAVE, of=run.name.organization, event=run.name.id, **changed)


async def page(tx: Tx, organization: uuid.UUID, *, after: uuid.UUID, size: int) -> list[Run]:
    """By the ids of the events, the oldest first."""
    rows = await tx.all(_PAGE, organization=organization, after=after, size=size)
    return [_run(row) for row in rows]


async def lock_next(tx: Tx, run: Run, size: int) -> list[Payment]:
    """The next payments of the event of which there is something to give back."""
    name = run.name
    rows = await tx.all(
        _LOCK_NEXT, organization=name.organization, event=name.id, after=run.last, size=size
    )
    return [payment(row) for row in rows]


async def tally(tx: Tx, name: Name) -> Tally:
    rows = await tx.all(_TALLY, organization=name.organization, event=name.id)
    return Tally(
        paid=sum(row.paid for row in rows),
        pending=sum(row.pending for row in rows),
        refunded=sum(row.refunded for row in rows),
        left=sum(row.open for row in rows),
        paid_amounts=_amounts((row.currency, row.paid_minor) for row in rows),
        refunded_amounts=_amounts((row.currency, row.refunded_minor) for row in rows),
    )


def _amounts(sums: Iterable[tuple[str, int]]) -> list[Money]:
    return [Money(currency, minor) for currency, minor in sums]


def _values(run: Run) -> dict[str, Any]:
    return {
        "organization": run.name.organization,
        "id": run.name.id,
        "last": run.last,
        "running": run.running,
        "create_time": run.create_time,
        "finish_time": run.finish_time,
        "version": run.version,
    }


def _run(row: Any) -> Run:
    return Run(
        name=Name(row.organization, row.id),
        last=row.last,
        running=row.running,
        create_time=row.create_time,
        finish_time=row.finish_time,
        version=row.version,
    )
