"""Payment on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from services.kit.etags import etag
from services.kit.money import Money
from services.kit.names import ORGANIZATIONS, BadName, Name, parent
from services.kit.wire import instant, money, parse_money, timestamp
from services.payment.domain import (
    BOOKINGS,
    EVENTS,
    PAYMENTS,
    REFUNDS,
    BadRefund,
    BookingNotFound,
    Cause,
    Claim,
    Item,
    Payment,
    PaymentNotFound,
    Progress,
    Reason,
    Refund,
    Standing,
    State,
    Wish,
)
from services.payment.merchants.domain import MERCHANTS
from services.payment.provider import Action, EndpointNotFound, Provider, Step
from turnout.booking.v1 import booking_pb2, ticket_pb2
from turnout.payment.v1 import payment_pb2, refund_pb2

STATES = {
    State.REQUIRES_METHOD: payment_pb2.Payment.STATE_REQUIRES_METHOD,
    State.PROCESSING: payment_pb2.Payment.STATE_PROCESSING,
    State.SUCCEEDED: payment_pb2.Payment.STATE_SUCCEEDED,
    State.FAILED: payment_pb2.Payment.STATE_FAILED,
    State.CANCELLED: payment_pb2.Payment.STATE_CANCELLED,
    State.REFUNDING: payment_pb2.Payment.STATE_REFUNDING,
    State.REFUNDED: payment_pb2.Payment.STATE_REFUNDED,
    State.REQUIRES_ACTION: payment_pb2.Payment.STATE_REQUIRES_ACTION,
    State.AUTHORIZED: payment_pb2.Payment.STATE_AUTHORIZED,
}
NextAction = payment_pb2.Payment.NextAction
STEPS = {
    Step.CONFIRM: NextAction.TYPE_CONFIRM,
    Step.AUTHENTICATE: NextAction.TYPE_AUTHENTICATE,
    Step.REDIRECT: NextAction.TYPE_REDIRECT,
}


REFUND_STATES = {
    Progress.PENDING: refund_pb2.Refund.STATE_PENDING,
    Progress.SUCCEEDED: refund_pb2.Refund.STATE_SUCCEEDED,
    Progress.FAILED: refund_pb2.Refund.STATE_FAILED,
    Progress.CANCELLED: refund_pb2.Refund.STATE_FAILED,
}
REASONS = {
    Reason.REQUESTED: refund_pb2.Refund.REASON_REQUESTED,
    Reason.DUPLICATE: refund_pb2.Refund.REASON_DUPLICATE,
    Reason.FRAUDULENT: refund_pb2.Refund.REASON_FRAUDULENT,
    Reason.BOOKING_CANCELLED: refund_pb2.Refund.REASON_BOOKING_CANCELLED,
    Reason.LATE: refund_pb2.Refund.REASON_LATE,
    Reason.EVENT_CANCELLED: refund_pb2.Refund.REASON_EVENT_CANCELLED,
}
# What people may give as a reason; the others are for us to give.
GIVEN = {
    refund_pb2.Refund.REASON_UNSPECIFIED: Reason.REQUESTED,
    refund_pb2.Refund.REASON_REQUESTED: Reason.REQUESTED,
    refund_pb2.Refund.REASON_DUPLICATE: Reason.DUPLICATE,
    refund_pb2.Refund.REASON_FRAUDULENT: Reason.FRAUDULENT,
}


def payment(value: Payment, action: Action | None = None) -> payment_pb2.Payment:
    """A payment, with what is left to do if that is for who asks."""
    account = Name(value.name.organization, value.account) if value.account else None
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
        refunded_amount=money(Money(value.amount.currency, value.refunded)),
        merchant_account=MERCHANTS.format(account) if account else "",
        next_action=next_action(action) if action else None,
        etag=etag(value.version),
    )


def next_action(value: Action) -> payment_pb2.Payment.NextAction:
    return NextAction(
        type=STEPS[value.step],
        redirect_uri=value.redirect_uri,
        client_secret=value.client_secret,
        publishable_key=value.publishable_key,
        provider_account=value.provider_account,
    )


def to_take(request: payment_pb2.CapturePaymentRequest) -> Money | None:
    """How much is to be taken of what is reserved; None is all."""
    return parse_money(request.amount, "amount") if request.HasField("amount") else None


def refund(value: Refund) -> refund_pb2.Refund:
    return refund_pb2.Refund(
        name=REFUNDS.format(value.name),
        payment=PAYMENTS.format(value.payment),
        amount=money(value.amount),
        reason=REASONS[value.reason],
        note=value.note,
        state=REFUND_STATES[value.progress],
        failure_reason=value.failure,
        creator=value.creator or "services/payment",
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )


def wish(request: refund_pb2.CreateRefundRequest, creator: str) -> Wish:
    """What is to be given back; another organization's payment is none at all to this one."""
    asked = request.refund
    name = PAYMENTS.parse(asked.payment, "refund.payment")
    if name.organization != parent(request.parent):
        raise PaymentNotFound(asked.payment)
    amount = parse_money(asked.amount, "refund.amount") if asked.HasField("amount") else None
    if amount is not None and not amount:
        raise BadRefund("refund.amount", "must be more than nothing; unset, it is all that is left")
    reason = GIVEN.get(asked.reason)
    if reason is None:
        raise BadRefund("refund.reason", "must be REQUESTED, DUPLICATE or FRAUDULENT")
    return Wish(name, amount, reason, asked.note, creator)


def of_payment(request: refund_pb2.ListRefundsRequest) -> uuid.UUID | None:
    """Of which payment refunds are asked for; None for all."""
    return PAYMENTS.parse(request.payment, "payment").id if request.payment else None


def to_pay(request: payment_pb2.CreatePaymentRequest) -> Name:
    """The booking that is to be paid; another organization's is none at all to this one."""
    booking = BOOKINGS.parse(request.payment.booking, "payment.booking")
    if booking.organization != parent(request.parent):
        raise BookingNotFound(request.payment.booking)
    return booking


def filter(request: payment_pb2.ListPaymentsRequest) -> uuid.UUID | None:
    """Of which booking payments are asked for; None for all."""
    return BOOKINGS.parse(request.booking, "booking").id if request.booking else None


# Where a provider tells of all accounts that are connected to the platform's.
CONNECT = "stripe", "connect"


def for_platform(request: payment_pb2.ReceiveWebhookRequest) -> bool:
    """Whether a notice is about an account that is connected to the platform's."""
    return (request.provider, request.endpoint) == CONNECT


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


def refunded(value: Payment, refund: Refund) -> payment_pb2.PaymentRefunded:
    return payment_pb2.PaymentRefunded(
        payment=PAYMENTS.format(value.name),
        booking=BOOKINGS.format(value.booking),
        payer=value.payer,
        amount=money(refund.amount),
        refunded_amount=money(Money(value.amount.currency, value.refunded)),
        refund=REFUNDS.format(refund.name),
    )


def refund_failed(value: Payment, refund: Refund, *, reverses: bool) -> refund_pb2.RefundFailed:
    return refund_pb2.RefundFailed(
        refund=REFUNDS.format(refund.name),
        payment=PAYMENTS.format(value.name),
        booking=BOOKINGS.format(value.booking),
        payer=value.payer,
        amount=money(refund.amount),
        reason=refund.failure,
        reverses=reverses,
    )


# --- facts we hear


def held(told: booking_pb2.BookingHeld) -> Claim:
    return Claim(
        booking=BOOKINGS.parse(told.booking, "booking"),
        buyer=told.buyer,
        total=parse_money(told.total, "total"),
        standing=Standing.HELD,
        expire_time=instant(told.expire_time),
        event=EVENTS.parse(told.event, "event").id if told.event else None,
        items=tuple(
            Item(each.ticket_type, each.quantity, parse_money(each.price, "price").minor)
            for each in told.items
            if each.HasField("price")
        ),
    )


def confirmed(told: booking_pb2.BookingConfirmed) -> Claim:
    return Claim(
        booking=BOOKINGS.parse(told.booking, "booking"),
        buyer=told.buyer,
        total=parse_money(told.total, "total"),
        standing=Standing.CONFIRMED,
        event=EVENTS.parse(told.event, "event").id if told.event else None,
    )


CAUSES = {
    booking_pb2.BookingCancelled.CAUSE_BUYER: Cause.BUYER,
    booking_pb2.BookingCancelled.CAUSE_EVENT: Cause.EVENT,
}


def cause(told: booking_pb2.BookingCancelled | ticket_pb2.TicketReturned) -> Cause:
    """Who ended it; where nobody said, as if it were the organizer."""
    return CAUSES.get(told.cause, Cause.ORGANIZER)


def returned(told: ticket_pb2.TicketReturned) -> tuple[Name, Money, Cause]:
    payment = PAYMENTS.parse(told.payment, "payment")
    return payment, parse_money(told.amount, "amount"), cause(told)


def forfeited(told: booking_pb2.BookingForfeited) -> Name:
    return PAYMENTS.parse(told.payment, "payment")
