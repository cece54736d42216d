"""What payouts keep and read. Each function is one statement, inside the transaction."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.money import Money
from services.kit.names import Name
from services.payment.payouts.domain import Payout, Said, State
from services.payment.payouts.tables import payouts

_HERE = payouts.c.organization == sa.bindparam("organization", type_=sa.Uuid)
_READ = sql(sa.select(payouts).where(_HERE, payouts.c.id == sa.bindparam("id", type_=sa.Uuid)))
_KNOWN = sql(
    sa.select(payouts)
    .where(
        _HERE,
        payouts.c.provider == sa.bindparam("provider"),
        payouts.c.reference == sa.bindparam("reference"),
    )
    .with_for_update()
)
_ADD = sql(
    insert(payouts)
    .values({c.name: sa.bindparam(c.name, type_=c.type) for c in payouts.c})
    .on_conflict_do_nothing(constraint="payouts_reference_key")
)
_CHANGING = ("state", "arrival_time", "failure", "said_time", "update_time", "version")
_SAVE = sql(
    sa.update(payouts)
    .where(
        payouts.c.organization == sa.bindparam("of", type_=sa.Uuid),
        payouts.c.id == sa.bindparam("payout", type_=sa.Uuid),
    )
    .values({name: sa.bindparam(f"new_{name}", type_=payouts.c[name].type) for name in _CHANGING})
)
_PAGE = sql(
    sa.select(payouts)
    .where(_HERE, payouts.c.id > sa.bindparam("after", type_=sa.Uuid))
    .order_by(payouts.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
)


async def read(tx: Tx, name: Name) -> Payout | None:
    row = await tx.maybe(_READ, organization=name.organization, id=name.id)
    return _payout(row) if row else None


async def lock_known(
    tx: Tx, organization: uuid.UUID, provider: str, reference: str
) -> Payout | None:
    """What is known of a payout by the name that the provider has for it."""
    row = await tx.maybe(_KNOWN, organization=organization, provider=provider, reference=reference)
    return _payout(row) if row else None


async def add(tx: Tx, payout: Payout) -> int:
    """Keeps a payout; says whether nobody else did so meanwhile."""
    return await tx.run(_ADD, **_values(payout))


async def save(tx: Tx, payout: Payout) -> None:
    values = _values(payout)
    changed = {f"new_{name}": values[name] for name in _CHANGING}
    await tx.run(_SAVE, of=payout.name.organization, payout=payout.name.id, **changed)


async def page(tx: Tx, organization: uuid.UUID, *, after: uuid.UUID, size: int) -> list[Payout]:
    """Payouts by their ids, which is oldest first."""
    rows = await tx.all(_PAGE, organization=organization, after=after, size=size)
    return [_payout(row) for row in rows]


def _values(payout: Payout) -> dict[str, Any]:
    said = payout.said
    return {
        "organization": payout.name.organization,
        "id": payout.name.id,
        "provider": payout.provider,
        "reference": payout.reference,
        "state": said.state.value,
        "currency": said.amount.currency,
        "amount_minor": said.amount.minor,
        "arrival_time": said.arrival_time,
        "failure": said.failure,
        "said_time": said.time,
        "create_time": payout.create_time,
        "update_time": payout.update_time,
        "version": payout.version,
    }


def _payout(row: Any) -> Payout:
    return Payout(
        name=Name(row.organization, row.id),
        provider=row.provider,
        reference=row.reference,
        said=Said(
            state=State(row.state),
            amount=Money(row.currency, row.amount_minor),
            arrival_time=row.arrival_time,
            failure=row.failure,
            time=row.said_time,
        ),
        create_time=row.create_time,
        update_time=row.update_time,
        version=row.version,
    )
