"""Who gets a seat, and what it costs: pure rules."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from services.booking import domain
from services.kit.ids import new_id
from services.kit.money import MOST, Money
from tests.booking.builders import ADA, GIG, NOW, offer, offers, order

ID = new_id()
EVENT = domain.EVENTS.format(GIG)


def test_a_hold_costs_what_its_seats_cost_and_lapses():
    booking = domain.hold(ID, order(3), offers(offer(capacity=3)), NOW)

    assert booking.state is domain.State.HELD
    assert booking.total == Money("EUR", 3750)
    assert booking.expire_time == NOW + timedelta(minutes=15)


def test_a_hold_lasts_as_long_as_it_is_told():
    booking = domain.hold(ID, order(), offers(), NOW, timedelta(seconds=5))

    assert booking.expire_time == NOW + timedelta(seconds=5)


def test_seats_that_cost_nothing_are_sold_at_once():
    booking = domain.hold(ID, order(2), offers(offer(price=Money("EUR", 0))), NOW)

    assert booking.state is domain.State.CONFIRMED
    assert booking.expire_time is None


def test_several_types_add_up():
    both = offers(offer("floor"), offer("balcony", price=Money("EUR", 2000)))

    booking = domain.hold(ID, order(2, "floor", balcony=1), both, NOW)

    assert booking.total == Money("EUR", 4500)


def test_a_free_seat_beside_a_paid_one_is_held_with_it():
    both = offers(offer("floor"), offer("child", price=Money("EUR", 0)))

    booking = domain.hold(ID, order(1, "floor", child=1), both, NOW)

    assert booking.state is domain.State.HELD


def test_the_last_seats_cannot_be_sold_twice():
    with pytest.raises(domain.SoldOut) as refused:
        domain.hold(ID, order(3), offers(offer(held=2, sold=1)), NOW)

    said = {"event": EVENT, "ticket_type": "standard", "asked": "3", "left": "2"}
    assert refused.value.metadata == said


def test_one_type_that_is_sold_out_refuses_all_of_the_order():
    both = offers(offer("floor"), offer("balcony", sold=5))

    with pytest.raises(domain.SoldOut) as refused:
        domain.hold(ID, order(1, "floor", balcony=1), both, NOW)

    assert refused.value.ticket_type == "balcony"


def test_a_capacity_cut_below_what_is_sold_leaves_nothing_and_owes_nothing():
    cut = offer(capacity=2, held=3, sold=4)

    assert cut.free == 0
    with pytest.raises(domain.SoldOut) as refused:
        domain.hold(ID, order(), offers(cut), NOW)
    assert refused.value.left == 0


@pytest.mark.parametrize("seats", [0, -1, 11])
def test_nobody_books_that_many_seats_of_a_type(seats):
    with pytest.raises(domain.BadBooking) as refused:
        domain.hold(ID, order(seats), offers(offer(capacity=100)), NOW)

    assert refused.value.field == "booking.items[0].quantity"


def test_a_type_is_named_once():
    twice = dataclasses.replace(order(), items=order().items * 2)

    with pytest.raises(domain.BadBooking) as refused:
        domain.hold(ID, twice, offers(), NOW)

    assert refused.value.field == "booking.items"


@pytest.mark.parametrize("items", [(), tuple(domain.Item(str(n), 1) for n in range(11))])
def test_a_booking_is_of_one_to_ten_types(items):
    with pytest.raises(domain.BadBooking):
        domain.hold(ID, domain.Order(GIG, ADA, items), offers(), NOW)


def test_an_event_without_offers_is_not_there():
    with pytest.raises(domain.OfferNotFound) as refused:
        domain.hold(ID, order(), domain.Stock(), NOW)

    assert refused.value.metadata == {"event": EVENT}


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "closed",
    [
        offer("other"),
        offer(sale_start=NOW + HOUR),
        offer(sale_end=NOW),
        offer(listed=False),
        offer(cancelled=True),
    ],
    ids=["unknown type", "not yet", "not any more", "withdrawn", "called off"],
)
def test_what_is_not_on_sale_cannot_be_had(closed):
    with pytest.raises(domain.NotOnSale) as refused:
        domain.hold(ID, order(), offers(closed), NOW)

    assert refused.value.metadata == {"event": EVENT, "ticket_type": "standard"}


def test_the_sale_begins_on_the_second_and_ends_on_the_second():
    window = offer(sale_start=NOW, sale_end=NOW + HOUR)

    assert window.on_sale(NOW)
    assert window.on_sale(NOW + HOUR - timedelta(microseconds=1))
    assert not window.on_sale(NOW + HOUR)


def test_two_currencies_are_never_added():
    both = offers(offer("floor"), offer("balcony", price=Money("CHF", 2000)))

    with pytest.raises(domain.BadBooking) as refused:
        domain.hold(ID, order(1, "floor", balcony=1), both, NOW)

    assert refused.value.field == "booking.items"


def test_a_total_that_nobody_can_pay_is_refused():
    dear = offers(offer(price=Money("EUR", MOST // 2)))

    with pytest.raises(domain.BadBooking) as refused:
        domain.hold(ID, order(2), dear, NOW)

    assert refused.value.field == "booking.items"


# --- one after the other


def test_each_order_sees_what_the_ones_before_it_left():
    from services.booking.actions import Terms, fold

    terms = Terms(lasting=timedelta(minutes=15), issue=lambda booking: ())
    wanted = [order(2), order(2), order(2), order(1)]
    results = fold(wanted, {GIG.id: offers(offer())}, now=NOW, terms=terms)

    kinds = [type(result).__name__ for result in results]
    assert kinds == ["Booking", "Booking", "SoldOut", "Booking"]
