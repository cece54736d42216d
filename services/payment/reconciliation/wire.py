"""Comparisons on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from services.kit.etags import etag
from services.kit.names import Name, parent
from services.kit.wire import instant, money, timestamp
from services.payment.disputes.domain import DISPUTES
from services.payment.domain import PAYMENTS, REFUNDS
from services.payment.provider import Provider
from services.payment.reconciliation.domain import (
    RECONCILIATIONS,
    BadReconciliation,
    Difference,
    Kind,
    Reconciliation,
    Repair,
    State,
    Subject,
)
from turnout.payment.v1 import reconciliation_pb2

Message = reconciliation_pb2.Reconciliation
STATES = {State.RUNNING: Message.STATE_RUNNING, State.DONE: Message.STATE_DONE}
KINDS = {
    Kind.UNKNOWN_HERE: Message.Difference.KIND_UNKNOWN_HERE,
    Kind.UNKNOWN_THERE: Message.Difference.KIND_UNKNOWN_THERE,
    Kind.OUTCOME: Message.Difference.KIND_OUTCOME,
    Kind.AMOUNT: Message.Difference.KIND_AMOUNT,
}
REPAIRS = {
    Repair.ASK_AGAIN: Message.Difference.REPAIR_ASK_AGAIN,
    Repair.BY_HAND: Message.Difference.REPAIR_BY_HAND,
}


def asked(
    request: reconciliation_pb2.CreateReconciliationRequest,
    providers: Mapping[str, Provider],
    usual: str,
) -> tuple[uuid.UUID, str, datetime, datetime]:
    """The organization, the provider, and the span that is to be compared."""
    wanted = request.reconciliation
    provider = wanted.provider or usual
    if provider not in providers:
        known = ", ".join(sorted(providers))
        raise BadReconciliation("reconciliation.provider", f"must be one of {known}")
    start, end = instant(wanted.start_time), instant(wanted.end_time)
    if start is None or end is None:
        raise BadReconciliation("reconciliation.start_time", "must be a time of the calendar")
    return parent(request.parent), provider, start, end


def reconciliation(
    value: Reconciliation, payments: Mapping[uuid.UUID, uuid.UUID], *, whole: bool = True
) -> reconciliation_pb2.Reconciliation:
    """A comparison; `payments` are those of the charges in it, by the keys of the charges."""
    organization = value.name.organization
    return Message(
        name=RECONCILIATIONS.format(value.name),
        provider=value.provider,
        start_time=timestamp(value.start_time),
        end_time=timestamp(value.end_time),
        state=STATES[value.state],
        compared_count=value.compared,
        difference_count=value.found,
        differences=[
            _difference(one, organization, payments) for one in (value.differences if whole else ())
        ],
        create_time=timestamp(value.create_time),
        finish_time=timestamp(value.finish_time),
        etag=etag(value.version),
    )


def _difference(
    value: Difference, organization: uuid.UUID, payments: Mapping[uuid.UUID, uuid.UUID]
) -> reconciliation_pb2.Reconciliation.Difference:
    ours, theirs = value.ours, value.theirs
    subject = ""
    if ours is not None and ours.key is not None:
        if ours.subject is Subject.REFUND:
            subject = REFUNDS.format(Name(organization, ours.key))
        elif ours.subject is Subject.DISPUTE:
            subject = DISPUTES.format(Name(organization, ours.key))
        elif ours.key in payments:
            subject = PAYMENTS.format(Name(organization, payments[ours.key]))
    return Message.Difference(
        kind=KINDS[value.kind],
        subject=subject,
        provider_reference=theirs.reference if theirs else "",
        our_amount=money(ours.amount) if ours else None,
        their_amount=money(theirs.amount) if theirs else None,
        our_outcome=ours.progress.value if ours else "",
        their_outcome=theirs.progress.value if theirs else "",
        repair=REPAIRS[value.repair],
        repaired=value.repaired,
    )
