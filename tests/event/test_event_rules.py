from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from services.event.events import domain
from services.event.events.domain import State
from services.event.events.places import Venue
from services.kit.money import Money
from tests.event.builders import GIG, NOW, at, draft, plan, published, seat, span


def test_a_draft_is_published_once():
    event = domain.publish(draft(), at(1))

    assert (event.state, event.publish_time) == (State.PUBLISHED, at(1))
    with pytest.raises(domain.WrongEventState) as refused:
        domain.publish(event, at(2))
    assert refused.value.metadata == {
        "event": domain.EVENTS.format(GIG),
        "state": "PUBLISHED",
        "needed": "DRAFT",
    }


def test_what_has_ended_is_not_published():
    over = draft(span=span("2026-04-30T10:00", "2026-04-30T11:00"))

    with pytest.raises(domain.EventOver) as refused:
        domain.publish(over, NOW)

    assert refused.value.metadata["end_time"] == "2026-04-30T09:00:00+00:00"


def test_what_is_under_way_may_still_be_published():
    running = draft(span=span("2026-05-01T13:00", "2026-05-01T15:00"))

    assert domain.publish(running, NOW).state is State.PUBLISHED


def test_only_what_was_published_is_called_off():
    event = domain.cancel(published(), "rain", at(1))

    assert (event.state, event.cancel_reason, event.cancel_time) == (
        State.CANCELLED,
        "rain",
        at(1),
    )
    for wrong in (draft(), event):
        with pytest.raises(domain.WrongEventState):
            domain.cancel(wrong, "", at(2))


def test_nobody_outside_sees_a_draft():
    assert not domain.visible(draft(), member=False)
    assert domain.visible(draft(), member=True)
    assert domain.visible(published(), member=False)
    assert domain.visible(domain.cancel(published(), "", NOW), member=False)


def test_a_plan_may_change_before_and_after_it_is_published():
    other = plan(display_name="Recital")

    for event in (draft(), published()):
        after = domain.revise(event, other, at(1))
        assert after == dataclasses.replace(event, plan=other, update_time=at(1))


def test_a_published_event_is_not_moved_into_the_past():
    past = span("2026-04-30T10:00", "2026-04-30T11:00")

    with pytest.raises(domain.BadEvent) as refused:
        domain.revise(published(), plan(span=past), NOW)

    assert refused.value.field == "event.end_time"
    assert domain.revise(draft(), plan(span=past), NOW).plan.span == past


def test_a_typo_may_be_mended_when_all_is_over():
    event = published()
    later = event.plan.span.end_time + timedelta(days=1)

    assert domain.revise(event, plan(description="thanks"), later).update_time == later


def test_what_was_called_off_stays_as_it_was():
    with pytest.raises(domain.WrongEventState) as refused:
        domain.revise(domain.cancel(published(), "", NOW), plan(), NOW)

    assert refused.value.metadata["needed"] == "DRAFT or PUBLISHED or TEMPLATE"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"span": span(end="2026-06-01T19:00")}, "event.end_time"),
        ({"span": span(end="2026-06-01T18:59")}, "event.end_time"),
        ({"span": span(end="2026-07-02T19:00")}, "event.end_time"),
        ({"ticket_types": ()}, "event.ticket_types"),
        ({"ticket_types": (seat("a"), seat("a"))}, "event.ticket_types[1].id"),
        ({"ticket_types": (seat(capacity=0),)}, "event.ticket_types[0].capacity"),
        ({"ticket_types": (seat(capacity=1_000_001),)}, "event.ticket_types[0].capacity"),
        (
            {"ticket_types": (seat("a", None), seat("b"), seat("c", price=Money("USD", 1)))},
            "event.ticket_types[2].price.currency_code",
        ),
        (
            {"ticket_types": (seat(sale_start_time=datetime(2026, 6, 1, 20, tzinfo=UTC)),)},
            "event.ticket_types[0].sale_start_time",
        ),
        (
            {"ticket_types": (seat(sale_start_time=at(2), sale_end_time=at(2)),)},
            "event.ticket_types[0].sale_end_time",
        ),
        ({"venue": Venue("Hall", "", "", 90.1, 0, 100)}, "event.venue.location.latitude"),
        ({"venue": Venue("Hall", "", "", float("nan"), 0, 100)}, "event.venue.location.latitude"),
        ({"venue": Venue("Hall", "", "", 0, -180.1, 100)}, "event.venue.location.longitude"),
        ({"venue": Venue("Hall", "", "", 0, 0, 9)}, "event.venue.arrival_radius_meters"),
        ({"venue": Venue("Hall", "", "", 0, 0, 5001)}, "event.venue.arrival_radius_meters"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_field(wrong, field):
    with pytest.raises(domain.BadEvent) as refused:
        domain.check(plan(**wrong))

    assert refused.value.field == field


def test_both_times_are_of_one_zone():
    mixed = domain.Span(span().start, span(zone="Europe/London").end)

    with pytest.raises(domain.BadEvent) as refused:
        domain.check(plan(span=mixed))

    assert refused.value.field == "event.end_time.time_zone"


def test_tickets_go_on_sale_with_the_event_and_off_with_its_end():
    event = published(ticket_types=(seat(), seat("free", None)))

    standard, free = domain.on_sale(event)

    assert standard.sale_start_time == event.publish_time
    assert standard.sale_end_time == event.plan.span.end_time
    assert (free.price, free.display_name) == (Money("EUR", 0), "free")


def test_a_sale_window_of_its_own_is_kept_as_far_as_the_event_lasts():
    late = datetime(2026, 6, 5, tzinfo=UTC)
    event = published(ticket_types=(seat(sale_start_time=at(9), sale_end_time=late),))

    (only,) = domain.on_sale(event)

    assert (only.sale_start_time, only.sale_end_time) == (at(9), event.plan.span.end_time)


def test_where_nothing_costs_anything_the_price_is_nothing_of_something():
    (only,) = domain.on_sale(published(ticket_types=(seat(price=None),)))

    assert only.price == Money("EUR", 0)


@pytest.mark.parametrize("city", ["SAO PAULO", "  Sao  Paulo ", "sao paulo", "\uff33ao Paulo"])
def test_a_city_is_found_however_it_is_written(city):
    assert domain.city_key(city) == "sao paulo"
