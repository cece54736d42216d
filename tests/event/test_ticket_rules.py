from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.event.events import domain
from services.event.events.places import Room, Row, Seat, Section, Venue
from services.event.events.tickets import Pool, PriceStep
from services.kit.money import Money
from tests.event.builders import at, draft, plan, published, seat

END = datetime(2026, 6, 1, 20, tzinfo=UTC)
STALLS = Section("stalls", "Stalls", "", (Row("A", (Seat("1"), Seat("2"), Seat("3"))),), 0)
FLOOR = Section("floor", "Floor", "hall", (), 50)


def place(*sections, rooms=(Room("hall", "Hall", 0),), zone=""):
    return Venue("Hall", "", "", 0, 0, 100, zone, rooms, sections)


def rows(*seats, name="A"):
    return Section("stalls", "Stalls", "", (Row(name, seats),), 0)


def flaw(**given):
    with pytest.raises(domain.BadEvent) as refused:
        domain.check(plan(**given))
    return refused.value.field.removeprefix("event.")


def type_flaw(*types, pools=(), venue=None):
    return flaw(ticket_types=types, pools=pools, venue=venue or place(STALLS, FLOOR))


def step(minor=900, end=None, seats=0, currency="EUR"):
    return PriceStep(Money(currency, minor), end, seats)


# --- capacity


def test_a_type_without_a_capacity_has_what_its_pool_has():
    event = published(
        ticket_types=(seat("adult", capacity=None, pool="all"), seat("child", pool="all")),
        pools=(Pool("all", "All", 30),),
    )

    assert [each.capacity for each in domain.on_sale(event)] == [30, 5]


def test_a_type_without_a_capacity_has_the_places_of_its_sections():
    event = published(
        venue=place(STALLS, FLOOR),
        ticket_types=(seat(capacity=None, sections=("stalls", "floor")),),
    )

    assert domain.on_sale(event)[0].capacity == 53


def test_of_a_pool_and_sections_the_smaller_one_counts():
    event = published(
        venue=place(FLOOR),
        pools=(Pool("all", "All", 30),),
        ticket_types=(seat(capacity=None, sections=("floor",), pool="all"),),
    )

    assert domain.on_sale(event)[0].capacity == 30


def test_a_capacity_is_needed_and_has_bounds():
    assert type_flaw(seat(capacity=None)) == "ticket_types[0].capacity"
    assert type_flaw(seat(capacity=1_000_001)) == "ticket_types[0].capacity"
    assert type_flaw(seat(capacity=4, sections=("stalls",))) == "ticket_types[0].capacity"
    pool = Pool("all", "All", 3)
    assert type_flaw(seat(pool="all"), pools=(pool,)) == "ticket_types[0].capacity"


def test_a_type_names_pools_and_sections_that_there_are():
    assert type_flaw(seat(pool="none")) == "ticket_types[0].pool"
    assert type_flaw(seat(sections=("none",))) == "ticket_types[0].sections"
    twice = seat(capacity=1, sections=("stalls", "stalls"))
    assert type_flaw(twice) == "ticket_types[0].sections"
    pools = (Pool("a", "A", 1), Pool("a", "B", 1))
    assert type_flaw(seat(), pools=pools) == "pools[1].id"


def test_types_that_share_a_section_share_a_pool():
    adult, child = (seat(id, capacity=1, sections=("floor",)) for id in ("adult", "child"))
    assert type_flaw(adult, child) == "ticket_types[1].sections"

    pools = (Pool("all", "All", 50), Pool("other", "Other", 50))
    mixed = (seat("a", pool="all", sections=("floor",)), seat("b", pool="other"))
    assert draft(ticket_types=mixed, pools=pools, venue=place(FLOOR))
    wrong = (mixed[0], seat("b", pool="other", sections=("floor",)))
    assert type_flaw(*wrong, pools=pools) == "ticket_types[1].sections"
    right = (mixed[0], seat("b", pool="all", sections=("floor",)))
    assert draft(ticket_types=right, pools=pools, venue=place(FLOOR))


# --- prices and orders


def test_steps_of_price_come_one_after_the_other():
    early = (step(end=at(10)), step(end=at(20), seats=3), step(seats=4))
    assert draft(ticket_types=(seat(price_steps=early),))

    assert type_flaw(seat(price_steps=(step(),))) == "ticket_types[0].price_steps[0].end_time"
    later = (step(end=at(20)), step(seats=1), step(end=at(10)))
    assert type_flaw(seat(price_steps=later)) == "ticket_types[0].price_steps[2].end_time"
    fewer = (step(seats=3), step(seats=2))
    assert type_flaw(seat(price_steps=fewer)) == "ticket_types[0].price_steps[1].seats"


def test_a_step_has_the_currency_of_the_event():
    wrong = seat(price_steps=(step(seats=1, currency="USD"), step(seats=2)))
    assert type_flaw(seat("a"), wrong).endswith("price_steps[0].price.currency_code")
    only = published(ticket_types=(seat(price=None, price_steps=(step(seats=1, currency="USD"),)),))

    assert domain.on_sale(only)[0].price == Money("USD", 0)


def test_the_bounds_of_an_order_fit_together():
    assert type_flaw(seat(per_order=(3, 2))) == "ticket_types[0].max_per_order"
    assert type_flaw(seat(per_order=(3, 0), per_person=2)) == "ticket_types[0].max_per_person"


def test_the_bounds_of_an_order_are_announced():
    types = (seat("a"), seat("b", per_order=(20, 0)), seat("c", per_order=(2, 4)))

    told = domain.on_sale(published(ticket_types=types))

    assert [each.per_order for each in told] == [(1, 10), (20, 20), (2, 4)]


def test_what_is_hidden_is_shown_to_members_only():
    event = published(ticket_types=(seat("crew", hidden=True), seat("guest")))

    assert [each.id for each in domain.shown(event, member=True)] == ["crew", "guest"]
    assert [each.id for each in domain.shown(event, member=False)] == ["guest"]
    assert [each.id for each in domain.on_sale(event)] == ["crew", "guest"]


# --- places


@pytest.mark.parametrize(
    ("venue", "field"),
    [
        (place(zone="Europe/London"), "time_zone"),
        (place(rooms=(Room("a", "A", 0), Room("a", "B", 0))), "rooms[1].id"),
        (place(STALLS, STALLS), "layout.sections[1].id"),
        (place(FLOOR, rooms=()), "layout.sections[0].room"),
        (place(Section("a", "A", "", (), 0)), "layout.sections[0].rows"),
        (place(Section("a", "A", "", STALLS.rows, 1)), "layout.sections[0].standing"),
        (place(Section("a", "A", "", STALLS.rows * 2, 0)), "layout.sections[0].rows[1].id"),
        (place(rows(Seat("1"), Seat("1"))), "layout.sections[0].rows[0].seats[1].id"),
        (
            place(Section("a", "A", "", (*STALLS.rows, Row("B", ())), 0)),
            "layout.sections[0].rows[1].seats",
        ),
        (place(rows(*(Seat(str(n)) for n in range(20_001)))), "layout"),
    ],
)
def test_a_place_that_cannot_be_is_refused_with_its_field(venue, field):
    assert flaw(venue=venue) == f"venue.{field}"


def test_the_zone_of_the_place_is_that_of_the_times():
    assert draft(venue=place(zone="Europe/Berlin"))
