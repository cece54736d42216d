"""What is done with costs, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit.db import Tx
from services.kit.names import Name
from services.payment.costs import domain, store
from services.payment.costs.domain import Taken
from services.payment.domain import Payment
from services.payment.ledger import actions as books


async def hear(
    tx: Tx, payment: Payment, attempt: uuid.UUID, provider: str, taken: Taken, now: datetime
) -> None:
    """Books what was taken of an attempt more, or less, than is known. The payment is locked."""
    before = await store.read(tx, Name(payment.name.organization, attempt))
    after = domain.hear(before, attempt, payment.name, taken)
    if after is not None:
        await store.keep(tx, after)
        await books.cost(tx, payment, before, after, provider, now)
