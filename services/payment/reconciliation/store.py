"""What comparisons keep and read. Each function is one statement, inside the transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.kit.db import Tx, sql
from services.kit.money import Money
from services.kit.names import Name
from services.payment.domain import Progress
from services.payment.reconciliation.domain import (
    Difference,
    Kind,
    Movement,
    Reconciliation,
    Repair,
    State,
    Subject,
)
from services.payment.reconciliation.tables import TIME, reconciliations
from services.payment.tables import attempts, payments, refunds

_HERE = reconciliations.c.organization == sa.bindparam("organization")
_NAMED = sa.select(reconciliations).where(_HERE, reconciliations.c.id == sa.bindparam("id"))
_READ, _LOCK = sql(_NAMED), sql(_NAMED.with_for_update())
_ADD = sql(
    sa.insert(reconciliations).values(
        {c.key: sa.bindparam(c.key, type_=c.type) for c in reconciliations.c}
    )
)
_CHANGING = ("state", "compared", "found", "differences", "finish_time", "version")
_SAVE = sql(
    sa.update(reconciliations)
    .where(
        reconciliations.c.organization == sa.bindparam("of", type_=sa.Uuid),
        reconciliations.c.id == sa.bindparam("reconciliation", type_=sa.Uuid),
    )
    .values(
        {
            name: sa.bindparam(f"new_{name}", type_=reconciliations.c[name].type)
            for name in _CHANGING
        }
    )
)
_PAGE = sql(
    sa.select(reconciliations)
    .where(_HERE, reconciliations.c.id > sa.bindparam("after", type_=sa.Uuid))
    .order_by(reconciliations.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_span = (sa.bindparam("start", type_=TIME), sa.bindparam("end", type_=TIME))


def _begun(table: sa.Table) -> tuple[Any, ...]:
    return (
        table.c.organization == sa.bindparam("organization"),
        table.c.provider == sa.bindparam("provider"),
        table.c.create_time >= _span[0],
        table.c.create_time < _span[1],
    )


_CHARGES = sql(
    sa.select(
        attempts.c.id,
        payments.c.currency,
        payments.c.amount_minor,
        attempts.c.progress,
        attempts.c.reference,
        attempts.c.create_time,
    )
    .join(
        payments,
        (payments.c.organization == attempts.c.organization)
        & (payments.c.id == attempts.c.payment),
    )
    .where(*_begun(attempts))
)
_REFUNDS = sql(
    sa.select(
        refunds.c.id,
        refunds.c.currency,
        refunds.c.amount_minor,
        refunds.c.progress,
        refunds.c.reference,
        refunds.c.create_time,
    ).where(*_begun(refunds))
)
_ids = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
_PAYMENTS_OF = sql(
    sa.select(attempts.c.id, attempts.c.payment).where(
        attempts.c.organization == sa.bindparam("organization"), attempts.c.id == sa.any_(_ids)
    )
)


async def add(tx: Tx, value: Reconciliation) -> None:
    await tx.run(
        _ADD,
        organization=value.name.organization,
        id=value.name.id,
        provider=value.provider,
        start_time=value.start_time,
        end_time=value.end_time,
        create_time=value.create_time,
        **_changing(value),
    )


async def read(tx: Tx, name: Name) -> Reconciliation | None:
    row = await tx.maybe(_READ, organization=name.organization, id=name.id)
    return _reconciliation(row) if row else None


async def lock(tx: Tx, name: Name) -> Reconciliation | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return _reconciliation(row) if row else None


async def save(tx: Tx, value: Reconciliation) -> None:
    await tx.run(
        _SAVE,
        of=value.name.organization,
        reconciliation=value.name.id,
        **{f"new_{name}": each for name, each in _changing(value).items()},
    )


async def page(
    tx: Tx, organization: uuid.UUID, *, after: uuid.UUID, size: int
) -> list[Reconciliation]:
    rows = await tx.all(_PAGE, organization=organization, after=after, size=size)
    return [_reconciliation(row) for row in rows]


async def charges(tx: Tx, value: Reconciliation) -> list[Movement]:
    """What we know of charges that were begun in the span, or near it."""
    return [_movement(Subject.CHARGE, row) for row in await tx.all(_CHARGES, **_spanned(value))]


async def refunded(tx: Tx, value: Reconciliation) -> list[Movement]:
    """What we know of refunds that were begun in the span, or near it."""
    return [_movement(Subject.REFUND, row) for row in await tx.all(_REFUNDS, **_spanned(value))]


async def payments_of(
    tx: Tx, organization: uuid.UUID, keys: Sequence[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """The payments that attempts belong to, by the keys of the attempts."""
    rows = await tx.all(_PAYMENTS_OF, organization=organization, ids=list(keys))
    return {row.id: row.payment for row in rows}


def _spanned(value: Reconciliation) -> dict[str, Any]:
    return {
        "organization": value.name.organization,
        "provider": value.provider,
        "start": value.wider[0],
        "end": value.wider[1],
    }


def _movement(subject: Subject, row: Any) -> Movement:
    amount = Money(row.currency, row.amount_minor)
    progress = Progress(row.progress)
    return Movement(subject, row.id, amount, progress, row.create_time, row.reference)


def _changing(value: Reconciliation) -> dict[str, Any]:
    return {
        "state": value.state.value,
        "compared": value.compared,
        "found": value.found,
        "differences": [_packed(one) for one in value.differences],
        "finish_time": value.finish_time,
        "version": value.version,
    }


def _reconciliation(row: Any) -> Reconciliation:
    return Reconciliation(
        name=Name(row.organization, row.id),
        provider=row.provider,
        start_time=row.start_time,
        end_time=row.end_time,
        create_time=row.create_time,
        state=State(row.state),
        compared=row.compared,
        found=row.found,
        differences=[_unpacked(one) for one in row.differences],
        finish_time=row.finish_time,
        version=row.version,
    )


def _packed(value: Difference) -> dict[str, Any]:
    return {
        "kind": value.kind.value,
        "repair": value.repair.value,
        "repaired": value.repaired,
        "ours": value.ours and _side(value.ours),
        "theirs": value.theirs and _side(value.theirs),
    }


def _side(value: Movement) -> dict[str, Any]:
    return {
        "subject": value.subject.value,
        "key": value.key and str(value.key),
        "currency": value.amount.currency,
        "minor": value.amount.minor,
        "progress": value.progress.value,
        "begin_time": value.begin_time.isoformat(),
        "reference": value.reference,
    }


def _unpacked(said: dict[str, Any]) -> Difference:
    return Difference(
        kind=Kind(said["kind"]),
        repair=Repair(said["repair"]),
        ours=_side_of(said["ours"]),
        theirs=_side_of(said["theirs"]),
        repaired=said["repaired"],
    )


def _side_of(said: dict[str, Any] | None) -> Movement | None:
    if said is None:
        return None
    return Movement(
        subject=Subject(said["subject"]),
        key=uuid.UUID(said["key"]) if said["key"] else None,
        amount=Money(said["currency"], said["minor"]),
        progress=Progress(said["progress"]),
        begin_time=datetime.fromisoformat(said["begin_time"]),
        reference=said["reference"],
    )
