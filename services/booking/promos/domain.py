"""The rules of codes beside what they take off, which `booking.domain` says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.booking.domain import Promo
from services.kit import errors
from services.kit.names import Name


class PromoCodeNotFound(errors.NotFound):
    message = "there is no code {promo_code}"
    promo_code: str


class PromoCodeExists(errors.AlreadyExists):
    message = "the event has the code {promo_code} already"
    promo_code: str


class PromoCodeInUse(errors.Unmet):
    message = "more bookings have {promo_code} than it would allow"
    promo_code: str


class BadPromoCode(errors.Invalid):
    """A code that nobody can use."""


def check(promo: Promo) -> None:
    """Refuses what contradicts itself."""
    if promo.percent and promo.amount is not None:
        raise BadPromoCode("promo_code.amount", "must not be there together with percent")
    if promo.start and promo.end and promo.end <= promo.start:
        raise BadPromoCode("promo_code.end_time", "must be after start_time")
    if not (promo.percent or promo.amount is not None or promo.unlocks):
        raise BadPromoCode("promo_code.percent", "must be there, or amount, or unlocks")


@dataclass(frozen=True)
class Kept:
    """A code, and what the table knows of it beside what it does."""

    name: Name
    event: Name
    promo: Promo
    create_time: datetime
    update_time: datetime
    version: int = 1
