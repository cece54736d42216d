"""What becomes of disputes, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit.db import Contended, Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.payment import store as payments
from services.payment.disputes import domain, store, wire
from services.payment.disputes.domain import DISPUTES, Dispute, State
from services.payment.domain import PAYMENTS, Payment, contest
from services.payment.ledger import actions as books
from services.payment.provider import Disputed

# Tells that evidence is due; its id is the dispute's.
REMIND = "dispute-due"
# Gives back what was owed while a bank had it; its id is the payment's.
REPAY = "repay"


async def hear(
    tx: Tx, organization: uuid.UUID, provider: str, told: Disputed, now: datetime
) -> str | None:
    """Writes down what a provider says of a dispute, however often and in whatever order.

    None when the charge is not known, or not yet.
    """
    found = await store.attempt_of(tx, organization, provider, told.charge)
    if found is None:
        return None
    attempt, name = found
    payment = await payments.lock(tx, name)
    assert payment is not None
    before = await store.lock_known(tx, organization, provider, told.reference)
    said = wire.said(told)
    if before is not None:
        after = domain.hear(before, said, now)
        if after is before:
            return "nothing new"
        await store.save(tx, after)
    else:
        after = domain.opened(
            Dispute(
                name=Name(organization, new_id()),
                payment=name,
                attempt=attempt,
                provider=provider,
                reference=told.reference,
                said=said,
                create_time=now,
                update_time=now,
            )
        )
        await store.add(tx, after)
    await _follow(tx, before, after, payment, now)
    return f"dispute: {after.said.state.value}"


async def _follow(
    tx: Tx, before: Dispute | None, after: Dispute, payment: Payment, now: datetime
) -> None:
    """Keeps payment and books in step with a dispute, and tells what is new."""
    contested = contest(payment, after.held - (before.held if before else 0), now)
    if contested is not payment and await payments.save(tx, contested) != 1:
        raise Contended()
    if contested.owing and contested.left:
        tx.schedule(REPAY, payment.name.organization, payment.name.id, now)
    await books.disputed(tx, contested, before, after, now)
    subject = PAYMENTS.format(payment.name)
    if before is None:
        tx.publish(wire.opened(after, payment), subject=subject)
    closed = after.said.state in domain.CLOSED
    if closed and (before is None or before.said.state is not after.said.state):
        tx.publish(wire.closed(after, payment), subject=subject)
    at = domain.reminder(after, now)
    if at is not None:
        tx.schedule(REMIND, after.name.organization, after.name.id, at)


async def remind(tx: Tx, name: Name) -> None:
    """Tells that evidence is due, if nobody gave any."""
    dispute = await store.read(tx, name)
    if dispute is None or dispute.said.state is not State.NEEDS_RESPONSE:
        return
    payment = await payments.read(tx, dispute.payment)
    assert payment is not None
    subject = PAYMENTS.format(payment.name)
    tx.publish(wire.evidence_due(dispute, payment), subject=subject)


async def get(tx: Tx, name: Name) -> Dispute:
    found = await store.read(tx, name)
    if found is None:
        raise domain.DisputeNotFound(DISPUTES.format(name))
    return found
