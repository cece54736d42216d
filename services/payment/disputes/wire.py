"""Disputes on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid

from services.kit.etags import etag
from services.kit.wire import money, timestamp
from services.payment.disputes.domain import DISPUTES, Dispute, Said, State
from services.payment.domain import BOOKINGS, PAYMENTS, Payment
from services.payment.provider import Disputed, DisputeState
from turnout.payment.v1 import dispute_pb2

STATES = {
    State.NEEDS_RESPONSE: dispute_pb2.Dispute.STATE_NEEDS_RESPONSE,
    State.UNDER_REVIEW: dispute_pb2.Dispute.STATE_UNDER_REVIEW,
    State.WON: dispute_pb2.Dispute.STATE_WON,
    State.LOST: dispute_pb2.Dispute.STATE_LOST,
}
HEARD = {
    DisputeState.NEEDS_RESPONSE: State.NEEDS_RESPONSE,
    DisputeState.UNDER_REVIEW: State.UNDER_REVIEW,
    DisputeState.WON: State.WON,
    DisputeState.LOST: State.LOST,
}


def dispute(value: Dispute) -> dispute_pb2.Dispute:
    said = value.said
    return dispute_pb2.Dispute(
        name=DISPUTES.format(value.name),
        payment=PAYMENTS.format(value.payment),
        state=STATES[said.state],
        amount=money(said.amount),
        reason=said.reason,
        evidence_due_time=timestamp(said.due_time),
        withdrawn_amount=money(said.withdrawn) if said.withdrawn else None,
        provider=value.provider,
        provider_reference=value.reference,
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        close_time=timestamp(value.close_time),
        etag=etag(value.version),
    )


def of_payment(request: dispute_pb2.ListDisputesRequest) -> uuid.UUID | None:
    """Of which payment disputes are asked for; None for all."""
    return PAYMENTS.parse(request.payment, "payment").id if request.payment else None


def said(told: Disputed) -> Said:
    return Said(
        state=HEARD[told.state],
        amount=told.amount,
        reason=told.reason,
        due_time=told.due_time,
        withdrawn=told.withdrawn or None,
        time=told.time,
    )


# --- facts we tell


def opened(value: Dispute, payment: Payment) -> dispute_pb2.DisputeOpened:
    return dispute_pb2.DisputeOpened(
        dispute=DISPUTES.format(value.name),
        payment=PAYMENTS.format(value.payment),
        booking=BOOKINGS.format(payment.booking),
        payer=payment.payer,
        amount=money(value.said.amount),
        reason=value.said.reason,
        evidence_due_time=timestamp(value.said.due_time),
    )


def evidence_due(value: Dispute, payment: Payment) -> dispute_pb2.DisputeEvidenceDue:
    return dispute_pb2.DisputeEvidenceDue(
        dispute=DISPUTES.format(value.name),
        payment=PAYMENTS.format(value.payment),
        booking=BOOKINGS.format(payment.booking),
        amount=money(value.said.amount),
        evidence_due_time=timestamp(value.said.due_time),
    )


def closed(value: Dispute, payment: Payment) -> dispute_pb2.DisputeWon | dispute_pb2.DisputeLost:
    kind = dispute_pb2.DisputeWon if value.said.state is State.WON else dispute_pb2.DisputeLost
    return kind(
        dispute=DISPUTES.format(value.name),
        payment=PAYMENTS.format(value.payment),
        booking=BOOKINGS.format(payment.booking),
        payer=payment.payer,
        amount=money(value.said.amount),
    )
