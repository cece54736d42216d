"""Payment on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from services.kit.etags import etag
from services.kit.names import ORGANIZATIONS, BadName, Name, parent
from services.kit.wire import instant, money, parse_money, timestamp
from services.payment.domain import (
    BOOKINGS,
    PAYMENTS,
    BookingNotFound,
    Claim,
    Payment,
    Standing,
    State,
)
from services.payment.provider import EndpointNotFound, Provider
from turnout.booking.v1 import booking_pb2
from turnout.payment.v1 import payment_pb2

STATES = {
    State.REQUIRES_METHOD: payment_pb2.Payment.STATE_REQUIRES_METHOD,
    State.PROCESSING: payment_pb2.Payment.STATE_PROCESSING,
    State.SUCCEEDED: payment_pb2.Payment.STATE_SUCCEEDED,
    State.FAILED: payment_pb2.Payment.STATE_FAILED,
    State.CANCELLED: payment_pb2.Payment.STATE_CANCELLED,
    State.REFUNDING: payment_pb2.Payment.STATE_REFUNDING,
    State.REFUNDED: payment_pb2.Payment.STATE_REFUNDED,
}


def payment(value: Payment) -> payment_pb2.Payment:
    return payment_pb2.Payment(
        name=PAYMENTS.format(value.name),
        booking=BOOKINGS.format(value.booking),
        payer=value.payer,
        amount=money(value.amount),
        state=STATES[value.state],
        provider=value.provider,
        failure_reason=value.failure,
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        capture_time=timestamp(value.capture_time),
        etag=etag(value.version),
    )


def to_pay(request: payment_pb2.CreatePaymentRequest) -> Name:
    """The booking that is to be paid; another organization's is none at all to this one."""
    booking = BOOKINGS.parse(request.payment.booking, "payment.booking")
    if booking.organization != parent(request.parent):
        raise BookingNotFound(request.payment.booking)
    return booking


def filter(request: payment_pb2.ListPaymentsRequest) -> uuid.UUID | None:
    """Of which booking payments are asked for; None for all."""
    return BOOKINGS.parse(request.booking, "booking").id if request.booking else None


def endpoint(
    request: payment_pb2.ReceiveWebhookRequest, providers: Mapping[str, Provider]
) -> tuple[Provider, uuid.UUID]:
    """Who sent a notice, and to the account of which organization."""
    provider = providers.get(request.provider)
    try:
        organization = ORGANIZATIONS.parse(f"organizations/{request.endpoint}")
    except BadName:
        provider = None
    if provider is None:
        raise EndpointNotFound(request.provider, request.endpoint)
    return provider, organization


# --- facts we tell


def captured(value: Payment) -> payment_pb2.PaymentCaptured:
    return payment_pb2.PaymentCaptured(
        payment=PAYMENTS.format(value.name),
        booking=BOOKINGS.format(value.booking),
        payer=value.payer,
        amount=money(value.amount),
    )


def failed(value: Payment) -> payment_pb2.PaymentFailed:
    return payment_pb2.PaymentFailed(
        payment=PAYMENTS.format(value.name),
        booking=BOOKINGS.format(value.booking),
        payer=value.payer,
        reason=value.failure,
    )


def refunded(value: Payment) -> payment_pb2.PaymentRefunded:
    return payment_pb2.PaymentRefunded(
        payment=PAYMENTS.format(value.name),
        booking=BOOKINGS.format(value.booking),
        payer=value.payer,
        amount=money(value.amount),
    )


# --- facts we hear


def held(told: booking_pb2.BookingHeld) -> Claim:
    return Claim(
        booking=BOOKINGS.parse(told.booking, "booking"),
        buyer=told.buyer,
        total=parse_money(told.total, "total"),
        standing=Standing.HELD,
        expire_time=instant(told.expire_time),
    )


def confirmed(told: booking_pb2.BookingConfirmed) -> Claim:
    return Claim(
        booking=BOOKINGS.parse(told.booking, "booking"),
        buyer=told.buyer,
        total=parse_money(told.total, "total"),
        standing=Standing.CONFIRMED,
    )


def forfeited(told: booking_pb2.BookingForfeited) -> Name:
    return PAYMENTS.parse(told.payment, "payment")
