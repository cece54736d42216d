"""What the sandbox keeps. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Statement, Tx, sql
from services.kit.money import Money
from services.payment.domain import Progress
from services.payment.provider import DisputeState
from services.payment.reconciliation.domain import Movement, Subject
from services.payment.sandbox.domain import Charge, Dispute, Refund
from services.payment.sandbox.tables import charges, deliveries, disputes, refunds


def _at(table: sa.Table, column: str, name: str) -> tuple[Any, ...]:
    return (
        table.c.organization == sa.bindparam("organization"),
        table.c[column] == sa.bindparam(name, type_=sa.Uuid),
    )


def _keep(table: sa.Table) -> Any:
    """Inserts, unless the key is known."""
    filled = [c for c in table.columns if c.server_default is None]
    values = {c.name: sa.bindparam(c.name, type_=c.type) for c in filled}
    return sql(insert(table).values(values).on_conflict_do_nothing())


_ADD_CHARGE = _keep(charges)
_CHARGE = sql(sa.select(charges).where(*_at(charges, "key", "key")))
_LOCK_CHARGE = sql(sa.select(charges).where(*_at(charges, "key", "key")).with_for_update())
_SAVE_CHARGE = sql(
    sa.update(charges)
    .where(*_at(charges, "key", "key_"))
    .values(
        progress=sa.bindparam("progress_"),
        failure=sa.bindparam("failure_"),
        method=sa.bindparam("method_"),
        amount_minor=sa.bindparam("amount_"),
    )
)
_ADD_REFUND = _keep(refunds)
_REFUND = sql(sa.select(refunds).where(*_at(refunds, "key", "key")))
_SAVE_REFUND = sql(
    sa.update(refunds)
    .where(*_at(refunds, "key", "key_"))
    .values(progress=sa.bindparam("progress_"), failure=sa.bindparam("failure_"))
)
_RETURNED = sql(
    sa.select(sa.func.coalesce(sa.func.sum(refunds.c.amount_minor), 0).label("minor")).where(
        *_at(refunds, "charge", "charge"), refunds.c.progress == "succeeded"
    )
)


def _between(table: sa.Table, column: str = "create_time") -> Statement:
    time = table.c[column]
    return sql(
        sa.select(table).where(
            table.c.organization == sa.bindparam("organization"),
            time >= sa.bindparam("start", type_=time.type),
            time < sa.bindparam("end", type_=time.type),
        )
    )


_CHARGES_BETWEEN, _REFUNDS_BETWEEN = _between(charges), _between(refunds)
_DISPUTES_BETWEEN = _between(disputes, "due_time")
_ADD_DISPUTE = _keep(disputes)
_LOCK_DISPUTE = sql(sa.select(disputes).where(*_at(disputes, "key", "key")).with_for_update())
_SAVE_DISPUTE = sql(
    sa.update(disputes).where(*_at(disputes, "key", "key_")).values(state=sa.bindparam("state_"))
)
_ADD_DELIVERY = sql(sa.insert(deliveries))
_DELIVERY = sql(sa.select(deliveries).where(*_at(deliveries, "id", "id")))
_DELIVERED = sql(
    sa.update(deliveries)
    .where(*_at(deliveries, "id", "id_"))
    .values(deliver_time=sa.bindparam("at", type_=deliveries.c.deliver_time.type))
)


async def add_charge(tx: Tx, charge: Charge) -> bool:
    """Says whether the key was new."""
    added = await tx.run(
        _ADD_CHARGE,
        organization=charge.organization,
        key=charge.key,
        method=charge.method,
        currency=charge.amount.currency,
        amount_minor=charge.amount.minor,
        progress=charge.progress.value,
        failure=charge.failure,
    )
    return added == 1


async def lock_charge(tx: Tx, organization: uuid.UUID, key: uuid.UUID) -> Charge | None:
    row = await tx.maybe(_LOCK_CHARGE, organization=organization, key=key)
    return _charge(row) if row else None


async def find_charge(tx: Tx, organization: uuid.UUID, key: uuid.UUID) -> Charge | None:
    row = await tx.maybe(_CHARGE, organization=organization, key=key)
    return _charge(row) if row else None


def _charge(row: Any) -> Charge:
    return Charge(
        organization=row.organization,
        key=row.key,
        method=row.method,
        amount=Money(row.currency, row.amount_minor),
        progress=Progress(row.progress),
        failure=row.failure,
    )


async def save_charge(tx: Tx, charge: Charge) -> None:
    await tx.run(
        _SAVE_CHARGE,
        organization=charge.organization,
        key_=charge.key,
        progress_=charge.progress.value,
        failure_=charge.failure,
        method_=charge.method,
        amount_=charge.amount.minor,
    )


async def add_refund(tx: Tx, refund: Refund) -> None:
    await tx.run(
        _ADD_REFUND,
        organization=refund.organization,
        key=refund.key,
        charge=refund.charge,
        currency=refund.amount.currency,
        amount_minor=refund.amount.minor,
        progress=refund.progress.value,
        failure=refund.failure,
    )


async def refund(tx: Tx, organization: uuid.UUID, key: uuid.UUID) -> Refund | None:
    row = await tx.maybe(_REFUND, organization=organization, key=key)
    if row is None:
        return None
    return Refund(
        organization=row.organization,
        key=row.key,
        charge=row.charge,
        amount=Money(row.currency, row.amount_minor),
        progress=Progress(row.progress),
        failure=row.failure,
    )


async def save_refund(tx: Tx, refund: Refund) -> None:
    await tx.run(
        _SAVE_REFUND,
        organization=refund.organization,
        key_=refund.key,
        progress_=refund.progress.value,
        failure_=refund.failure,
    )


async def returned(tx: Tx, organization: uuid.UUID, charge: uuid.UUID) -> int:
    """How much of a charge went back so far, in minor units."""
    row = await tx.one(_RETURNED, organization=organization, charge=charge)
    return int(row.minor)


async def charges_between(
    tx: Tx, organization: uuid.UUID, start: datetime, end: datetime
) -> list[Movement]:
    rows = await tx.all(_CHARGES_BETWEEN, organization=organization, start=start, end=end)
    return [_movement(Subject.CHARGE, row, f"ch_{row.key.hex}") for row in rows]


async def refunds_between(
    tx: Tx, organization: uuid.UUID, start: datetime, end: datetime
) -> list[Movement]:
    rows = await tx.all(_REFUNDS_BETWEEN, organization=organization, start=start, end=end)
    return [_movement(Subject.REFUND, row, f"re_{row.key.hex}") for row in rows]


def _movement(subject: Subject, row: Any, reference: str) -> Movement:
    amount = Money(row.currency, row.amount_minor)
    return Movement(subject, row.key, amount, Progress(row.progress), row.create_time, reference)


async def add_dispute(tx: Tx, dispute: Dispute) -> bool:
    """Says whether the charge was not disputed before."""
    added = await tx.run(
        _ADD_DISPUTE,
        organization=dispute.organization,
        key=dispute.key,
        state=dispute.state.value,
        currency=dispute.amount.currency,
        amount_minor=dispute.amount.minor,
        due_time=dispute.due_time,
    )
    return added == 1


async def lock_dispute(tx: Tx, organization: uuid.UUID, key: uuid.UUID) -> Dispute | None:
    row = await tx.maybe(_LOCK_DISPUTE, organization=organization, key=key)
    return _dispute(row) if row else None


def _dispute(row: Any) -> Dispute:
    return Dispute(
        organization=row.organization,
        key=row.key,
        amount=Money(row.currency, row.amount_minor),
        state=DisputeState(row.state),
        due_time=row.due_time,
    )


async def disputes_between(
    tx: Tx, organization: uuid.UUID, start: datetime, end: datetime
) -> list[Dispute]:
    """Those whose evidence is due in a span of time."""
    rows = await tx.all(_DISPUTES_BETWEEN, organization=organization, start=start, end=end)
    return [_dispute(row) for row in rows]


async def save_dispute(tx: Tx, dispute: Dispute) -> None:
    await tx.run(
        _SAVE_DISPUTE,
        organization=dispute.organization,
        key_=dispute.key,
        state_=dispute.state.value,
    )


async def add_delivery(tx: Tx, organization: uuid.UUID, id: uuid.UUID, body: bytes) -> None:
    await tx.run(_ADD_DELIVERY, organization=organization, id=id, body=body, deliver_time=None)


async def delivery(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> Any:
    """The row of a webhook to send: `body` and `deliver_time`; None if there is none."""
    return await tx.maybe(_DELIVERY, organization=organization, id=id)


async def delivered(tx: Tx, organization: uuid.UUID, id: uuid.UUID, at: datetime) -> None:
    await tx.run(_DELIVERED, organization=organization, id_=id, at=at)
