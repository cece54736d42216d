"""Payouts on the wire: messages to values and back. Pure."""

from __future__ import annotations

from services.kit.etags import etag
from services.kit.wire import money, timestamp
from services.payment.payouts.domain import PAYOUTS, Payout, Said, State
from services.payment.provider import PaidOut, PayoutState
from turnout.payment.v1 import payout_pb2

STATES = {
    State.PENDING: payout_pb2.Payout.STATE_PENDING,
    State.PAID: payout_pb2.Payout.STATE_PAID,
    State.FAILED: payout_pb2.Payout.STATE_FAILED,
    State.CANCELLED: payout_pb2.Payout.STATE_CANCELLED,
}
HEARD = {
    PayoutState.PENDING: State.PENDING,
    PayoutState.PAID: State.PAID,
    PayoutState.FAILED: State.FAILED,
    PayoutState.CANCELLED: State.CANCELLED,
}


def payout(value: Payout) -> payout_pb2.Payout:
    said = value.said
    return payout_pb2.Payout(
        name=PAYOUTS.format(value.name),
        state=STATES[said.state],
        amount=money(said.amount),
        arrival_time=timestamp(said.arrival_time),
        failure=said.failure,
        provider=value.provider,
        provider_reference=value.reference,
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )


def said(told: PaidOut) -> Said:
    return Said(HEARD[told.state], told.amount, told.arrival_time, told.failure, told.time)


# --- facts we tell


def arrived(value: Payout) -> payout_pb2.PayoutArrived:
    return payout_pb2.PayoutArrived(
        payout=PAYOUTS.format(value.name),
        amount=money(value.said.amount),
        arrival_time=timestamp(value.said.arrival_time),
    )


def failed(value: Payout) -> payout_pb2.PayoutFailed:
    return payout_pb2.PayoutFailed(
        payout=PAYOUTS.format(value.name),
        amount=money(value.said.amount),
        failure=value.said.failure,
    )
