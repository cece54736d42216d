"""What disputes keep and read. Each function is one statement, inside the transaction."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from services.kit.db import Tx, sql
from services.kit.money import Money
from services.kit.names import Name
from services.payment.disputes.domain import Dispute, Said, State
from services.payment.disputes.tables import disputes
from services.payment.tables import attempts

_HERE = disputes.c.organization == sa.bindparam("organization")
_READ = sql(sa.select(disputes).where(_HERE, disputes.c.id == sa.bindparam("id")))
_KNOWN = sql(
    sa.select(disputes)
    .where(
        _HERE,
        disputes.c.provider == sa.bindparam("provider"),
        disputes.c.reference == sa.bindparam("reference"),
    )
    .with_for_update()
)
_ADD = sql(
    sa.insert(disputes).values({c.name: sa.bindparam(c.name, type_=c.type) for c in disputes.c})
)
_CHANGING = (
    "state",
    "amount_minor",
    "reason",
    "due_time",
    "withdrawn_minor",
    "said_time",
    "update_time",
    "close_time",
    "version",
)
_SAVE = sql(
    sa.update(disputes)
    .where(
        disputes.c.organization == sa.bindparam("of", type_=sa.Uuid),
        disputes.c.id == sa.bindparam("dispute", type_=sa.Uuid),
    )
    .values({name: sa.bindparam(f"new_{name}", type_=disputes.c[name].type) for name in _CHANGING})
)
_of_payment = sa.bindparam("payment", type_=sa.Uuid)
_PAGE = sql(
    sa.select(disputes)
    .where(
        _HERE,
        sa.or_(_of_payment.is_(None), disputes.c.payment == _of_payment),
        disputes.c.id > sa.bindparam("after", type_=sa.Uuid),
    )
    .order_by(disputes.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_ATTEMPT = sql(
    sa.select(attempts.c.id, attempts.c.payment).where(
        attempts.c.organization == sa.bindparam("organization"),
        attempts.c.provider == sa.bindparam("provider"),
        attempts.c.reference == sa.bindparam("reference"),
    )
)


async def attempt_of(
    tx: Tx, organization: uuid.UUID, provider: str, charge: str
) -> tuple[uuid.UUID, Name] | None:
    """The attempt that a provider calls so, and its payment."""
    row = await tx.maybe(_ATTEMPT, organization=organization, provider=provider, reference=charge)
    return (row.id, Name(organization, row.payment)) if row else None


async def read(tx: Tx, name: Name) -> Dispute | None:
    row = await tx.maybe(_READ, organization=name.organization, id=name.id)
    return _dispute(row) if row else None


async def lock_known(
    tx: Tx, organization: uuid.UUID, provider: str, reference: str
) -> Dispute | None:
    """What is known of a dispute by the name that the provider has for it."""
    row = await tx.maybe(_KNOWN, organization=organization, provider=provider, reference=reference)
    return _dispute(row) if row else None


async def add(tx: Tx, dispute: Dispute) -> None:
    await tx.run(_ADD, **_values(dispute))


async def save(tx: Tx, dispute: Dispute) -> None:
    values = _values(dispute)
    changed = {f"new_{name}": values[name] for name in _CHANGING}
    await tx.run(_SAVE, of=dispute.name.organization, dispute=dispute.name.id, **changed)


async def page(
    tx: Tx, organization: uuid.UUID, *, payment: uuid.UUID | None, after: uuid.UUID, size: int
) -> list[Dispute]:
    """Disputes by their ids, which is oldest first: of one payment or of all."""
    rows = await tx.all(_PAGE, organization=organization, payment=payment, after=after, size=size)
    return [_dispute(row) for row in rows]


def _values(dispute: Dispute) -> dict[str, Any]:
    said = dispute.said
    return {
        "organization": dispute.name.organization,
        "id": dispute.name.id,
        "payment": dispute.payment.id,
        "attempt": dispute.attempt,
        "provider": dispute.provider,
        "reference": dispute.reference,
        "state": said.state.value,
        "currency": said.amount.currency,
        "amount_minor": said.amount.minor,
        "reason": said.reason,
        "due_time": said.due_time,
        "withdrawn_minor": said.withdrawn.minor if said.withdrawn else None,
        "said_time": said.time,
        "create_time": dispute.create_time,
        "update_time": dispute.update_time,
        "close_time": dispute.close_time,
        "version": dispute.version,
    }


def _dispute(row: Any) -> Dispute:
    withdrawn = row.withdrawn_minor
    return Dispute(
        name=Name(row.organization, row.id),
        payment=Name(row.organization, row.payment),
        attempt=row.attempt,
        provider=row.provider,
        reference=row.reference,
        said=Said(
            state=State(row.state),
            amount=Money(row.currency, row.amount_minor),
            reason=row.reason,
            due_time=row.due_time,
            withdrawn=None if withdrawn is None else Money(row.currency, withdrawn),
            time=row.said_time,
        ),
        create_time=row.create_time,
        update_time=row.update_time,
        close_time=row.close_time,
        version=row.version,
    )
