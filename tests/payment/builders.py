"""Values of payment for tests, plain unless a test says otherwise."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.payment import domain
from services.payment.domain import Outcome, Progress

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ADA = f"users/{uuid.uuid4()}"
BOOKING = Name(uuid.uuid4(), uuid.uuid4())
PENDING = Outcome(Progress.PENDING)
SUCCEEDED = Outcome(Progress.SUCCEEDED, "ch_1")
FAILED = Outcome(Progress.FAILED, "ch_1", "card_declined")
CANCELLED = Outcome(Progress.CANCELLED, "ch_1")


def claim(**given: Any) -> domain.Claim:
    values: dict[str, Any] = {
        "buyer": ADA,
        "total": Money("EUR", 2500),
        "standing": domain.Standing.HELD,
        "expire_time": NOW + timedelta(minutes=15),
    }
    return domain.Claim(BOOKING, **values | given)


def opened() -> domain.Payment:
    return domain.open(new_id(), claim(), "sandbox", NOW)


def processing(
    payment: domain.Payment | None = None, method: str = "pm_card_visa"
) -> tuple[domain.Payment, domain.Attempt]:
    payment = payment or opened()
    return domain.confirm(payment, claim(), attempt=new_id(), method=method, now=NOW)


def heard(outcome: Outcome) -> tuple[domain.Payment, domain.Attempt]:
    """A payment and its attempt after the provider said how it went."""
    payment, attempt = processing()
    return domain.hear(payment, attempt, outcome, NOW)
