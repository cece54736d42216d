"""What the books are asked and told, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.payment.costs.domain import Kept
from services.payment.disputes.domain import Dispute
from services.payment.domain import Attempt, Payment, Progress, Refund
from services.payment.invoices.domain import Invoice
from services.payment.ledger import domain, store
from services.payment.ledger.domain import Entry, Period
from services.payment.payouts.domain import Payout

PART = 1000  # entries in one part of an export


async def captured(tx: Tx, payment: Payment, now: datetime) -> None:
    await store.add(tx, new_id(), domain.capture(payment), now)


async def paid_twice(tx: Tx, payment: Payment, attempt: Attempt, now: datetime) -> None:
    await store.add(tx, new_id(), domain.surplus(payment, attempt), now)


async def returned(tx: Tx, payment: Payment, before: Refund, refund: Refund, now: datetime) -> None:
    """Books what became of a refund, if that moved money."""
    if refund.progress is Progress.SUCCEEDED:
        await store.add(tx, new_id(), domain.refund(payment, refund), now)
    elif before.progress is Progress.SUCCEEDED:
        await store.add(tx, new_id(), domain.reversal(payment, refund), now)


async def disputed(
    tx: Tx, payment: Payment, before: Dispute | None, after: Dispute, now: datetime
) -> None:
    """Books what a dispute moved."""
    for booked in (
        domain.withdrawal(payment, before, after),
        domain.loss(payment, before, after),
    ):
        if booked is not None:
            await store.add(tx, new_id(), booked, now)


async def cost(
    tx: Tx, payment: Payment, before: Kept | None, after: Kept, provider: str, now: datetime
) -> None:
    """Books what a provider and the platform took of a charge."""
    for booked in domain.costs(payment, before, after, provider):
        await store.add(tx, new_id(), booked, now)


async def taxed(tx: Tx, payment: Payment, invoice: Invoice, now: datetime) -> None:
    """Books the tax that an invoice, or a credit note, speaks of."""
    booked = domain.tax(payment, invoice)
    if booked is not None:
        await store.add(tx, new_id(), booked, now)


async def paid_out(tx: Tx, before: Payout | None, after: Payout, now: datetime) -> None:
    """Books what a payout moved."""
    booked = domain.payout(before, after)
    if booked is not None:
        await store.add(tx, new_id(), booked, now)


async def export(
    db: Database, organization: uuid.UUID, account: str | None, period: Period
) -> AsyncIterator[Sequence[Entry]]:
    """All entries, in parts; each part is read by itself, so that no transaction stays open."""
    place: tuple[datetime, uuid.UUID, str] | None = None
    while True:
        after = place or (None, None, None)
        part = await db.read(
            store.page,
            organization,
            account=account,
            payment=None,
            period=period,
            after_time=after[0],
            after_id=after[1],
            after_account=after[2],
            most=PART,
        )
        if part or place is None:
            yield part
        if len(part) < PART:
            return
        place = (part[-1].create_time, part[-1].transaction, part[-1].account)
