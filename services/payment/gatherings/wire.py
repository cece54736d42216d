"""Events as they are announced: messages to values. Pure."""

from __future__ import annotations

from services.kit.wire import instant
from services.payment.domain import EVENTS, Tier
from services.payment.gatherings.domain import Gathering, Kind
from turnout.event.v1 import event_pb2


def gathering(told: event_pb2.Announcement) -> Gathering:
    start_time = instant(told.start_time)
    assert start_time is not None
    return Gathering(
        name=EVENTS.parse(told.event, "event"),
        display_name=told.display_name,
        start_time=start_time,
        terms=_terms(told),
        kinds={
            each.id: Kind(each.display_name or each.id, each.tax_basis_points)
            for each in told.ticket_types
        },
    )


def _terms(told: event_pb2.Announcement) -> tuple[Tier, ...] | None:
    if not told.HasField("refund_policy"):
        return None
    return tuple(Tier(t.days_before, t.refund_basis_points) for t in told.refund_policy.tiers)
