"""Giving an event's money back, on the wire. Pure."""

from __future__ import annotations

from services.kit.etags import etag
from services.kit.wire import money, timestamp
from services.payment.domain import EVENTS
from services.payment.event_refunds import domain
from services.payment.event_refunds.domain import EVENT_REFUNDS, Run, State, Tally
from turnout.payment.v1 import event_refund_pb2

STATES = {
    State.RUNNING: event_refund_pb2.EventRefund.STATE_RUNNING,
    State.DONE: event_refund_pb2.EventRefund.STATE_DONE,
    State.INCOMPLETE: event_refund_pb2.EventRefund.STATE_INCOMPLETE,
}


def event_refund(run: Run, tally: Tally) -> event_refund_pb2.EventRefund:
    return event_refund_pb2.EventRefund(
        name=EVENT_REFUNDS.format(run.name),
        event=EVENTS.format(run.name),
        state=STATES[domain.state(run, tally)],
        payment_count=tally.paid,
        pending_count=tally.pending,
        refunded_count=tally.refunded,
        open_count=tally.left,
        paid_amounts=map(money, tally.paid_amounts),
        refunded_amounts=map(money, tally.refunded_amounts),
        create_time=timestamp(run.create_time),
        finish_time=timestamp(run.finish_time),
        etag=etag(run.version),
    )
