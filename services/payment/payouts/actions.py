"""What becomes of payouts, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit.db import Contended, Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.payment.ledger import actions as books
from services.payment.payouts import domain, store, wire
from services.payment.payouts.domain import PAYOUTS, Payout, State
from services.payment.provider import PaidOut


async def hear(tx: Tx, organization: uuid.UUID, provider: str, told: PaidOut, now: datetime) -> str:
    """Writes down what a provider says of a payout, however often and in whatever order."""
    if not told.amount:
        return "nothing moved"
    before = await store.lock_known(tx, organization, provider, told.reference)
    said = wire.said(told)
    if before is None:
        after = Payout(Name(organization, new_id()), provider, told.reference, said, now, now)
        if await store.add(tx, after) != 1:
            raise Contended()
    else:
        after = domain.hear(before, said, now)
        if after is before:
            return "nothing new"
        await store.save(tx, after)
    await books.paid_out(tx, before, after, now)
    _tell(tx, before, after)
    return f"payout: {after.said.state.value}"


def _tell(tx: Tx, before: Payout | None, after: Payout) -> None:
    """Tells that money arrived, or that it did not."""
    if before is not None and before.said.state is after.said.state:
        return
    subject = PAYOUTS.format(after.name)
    if after.said.state is State.PAID:
        tx.publish(wire.arrived(after), subject=subject)
    elif after.said.state is State.FAILED:
        tx.publish(wire.failed(after), subject=subject)


async def get(tx: Tx, name: Name) -> Payout:
    found = await store.read(tx, name)
    if found is None:
        raise domain.PayoutNotFound(PAYOUTS.format(name))
    return found
