"""Searching events, over a real server and database."""

from __future__ import annotations

import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
import sqlalchemy as sa

from services.event import inbox
from services.event.events.domain import EVENTS
from services.event.search import domain, store, tables
from services.kit.clock import now
from services.kit.db import sql
from services.kit.ids import new_id
from services.kit.inbox import Heard
from services.kit.tenant import within
from tests.event.world import NOBODY, as_user, invalid, refused
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2, search_pb2

pytestmark = pytest.mark.server

Event = event_pb2.Event
Request = search_pb2.SearchEventsRequest


@pytest.fixture
def word():
    """A word that no other test's events have."""
    return f"zz{secrets.token_hex(5)}"


async def search(world, who=NOBODY, **asked):
    return await world.finder.SearchEvents(Request(**asked), metadata=who)


async def names(world, who=NOBODY, **asked):
    return [found.event.display_name for found in (await search(world, who, **asked)).results]


def venue(city="Berlin", latitude=52.52, longitude=13.405, **given):
    place = {"latitude": latitude, "longitude": longitude}
    return {"display_name": "Hall", "city": city, "location": place} | given


# --- words


async def test_words_are_found_wherever_they_stand_the_name_first(world, house, word):
    await house.published(display_name="Described", description=f"with {word} in it")
    await house.published(display_name=f"Named {word}")
    await house.published(display_name="Placed", venue=venue(display_name=f"{word} hall"))
    await house.published(display_name="Something else")

    assert await names(world, query=word) == [f"Named {word}", "Placed", "Described"]


async def test_all_words_must_be_there_and_the_last_may_still_be_typed(world, house, word):
    await house.published(display_name=f"{word} Konzert")

    assert await names(world, query=f"{word} kon")
    assert await names(world, query=f"konz, {word}") == []
    assert await names(world, query=word[:-2])
    assert await names(world, query=f"{word} theatre") == []


async def test_words_are_found_in_the_forms_of_the_language(world, house, word):
    await house.published(display_name=f"{word} Konzerte im Park", language_code="de")
    await house.published(display_name=f"{word} running shoes", language_code="en-GB")

    assert await names(world, query=f"konzert {word}") == [f"{word} Konzerte im Park"]
    assert await names(world, query=f"runs {word}") == [f"{word} running shoes"]
    assert await names(world, query=f"runs {word}", query_language_code="en")
    assert await names(world, query=f"runs {word}", query_language_code="xx") == []


async def test_accents_need_not_be_typed(world, house, word):
    await house.published(display_name=f"{word} Café Müller")

    assert await names(world, query=f"{word} cafe muller")
    assert await names(world, query=f"{word} CAFÉ")


@pytest.mark.parametrize("query", ["!!", "'':*", "\\"])
async def test_a_query_without_words_is_refused(world, query):
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_SEARCH", field="query"):
        await search(world, query=query)


async def test_no_query_is_read_as_a_formula(world, house, word):
    await house.published(display_name=f"{word} one")

    for query in (f"{word} & !one", f"{word} | two", f"{word}:* <-> ''one", f"{word}\\"):
        await search(world, query=query)


# --- what is found when


async def test_what_changes_an_event_changes_what_is_found(world, house, word):
    event = await house.draft(display_name=word)
    assert await names(world, query=word) == []
    await house.publish(event)
    assert await names(world, query=word) == [word]

    changed = event_pb2.Event(name=event.name, display_name=f"{word} anew")
    request = event_pb2.UpdateEventRequest(event=changed)
    await world.events.UpdateEvent(request, metadata=house.organizer)
    assert await names(world, query=word) == [f"{word} anew"]

    await house.cancel(event)
    assert await names(world, query=word) == []


async def test_members_find_their_drafts_too_and_nobody_else_does(world, house, word):
    other = await world.house()
    for home in (house, other):
        await home.draft(display_name=f"{word} draft of {home.organization}")
        await home.cancel(await home.published(display_name=f"{word} off"))
        await home.published(display_name=f"{word} on")
    viewer = await house.member("VIEWER")
    mine = {"query": word, "parent": house.name}

    seen = await names(world, viewer, **mine)

    assert set(seen) == {f"{word} draft of {house.organization}", f"{word} off", f"{word} on"}
    assert await names(world, NOBODY, **mine) == [f"{word} on"]
    assert await names(world, as_user(), **mine) == [f"{word} on"]
    assert await names(world, other.organizer, **mine) == [f"{word} on"]
    assert await names(world, viewer, query=word) == [f"{word} on"] * 2
    assert await names(world, viewer, query=word, parent="organizations/-") == [f"{word} on"] * 2


async def test_what_has_ended_is_not_found_unless_asked_for(world, house, clock, word):
    await house.published(display_name=word, days=1)
    clock.ahead = timedelta(days=3)

    assert await names(world, query=word) == []
    long_ago = {"from_time": datetime(2020, 1, 1, tzinfo=UTC)}
    assert await names(world, query=word, **long_ago) == [word]


# --- filters


async def test_a_search_is_narrowed_by_city_language_and_time(world, house, word):
    soon = {"days": 2, "language_code": "de-AT", "venue": venue("Graz")}
    await house.published(display_name=f"{word} a", **soon)
    await house.published(display_name=f"{word} b", days=40)
    in_a_week = now() + timedelta(days=7)

    assert await names(world, query=word, city=" GRAZ") == [f"{word} a"]
    assert await names(world, query=word, language_code="de") == [f"{word} a"]
    assert await names(world, query=word, until_time=in_a_week) == [f"{word} a"]
    assert await names(world, query=word, from_time=in_a_week) == [f"{word} b"]
    with invalid("until_time"):
        await search(world, from_time=in_a_week, until_time=in_a_week)


def ticket(units=None, currency="EUR", capacity=5):
    price = {} if units is None else {"price": {"currency_code": currency, "units": units}}
    return {"id": f"t{units or 0}", "capacity": capacity} | price


async def test_a_search_is_narrowed_by_the_price_of_the_cheapest_ticket(world, house, word):
    await house.published(display_name=f"{word} free", ticket_types=[ticket()])
    await house.published(display_name=f"{word} 10", ticket_types=[ticket(30), ticket(10)])
    await house.published(display_name=f"{word} 50", ticket_types=[ticket(50)])
    await house.published(display_name=f"{word} CHF", ticket_types=[ticket(10, "CHF")])

    def euros(units):
        return {"currency_code": "EUR", "units": units}

    async def found(**asked):
        shown = await names(world, query=word, **asked)
        return {name.removeprefix(f"{word} ") for name in shown}

    assert await found() == {"free", "10", "50", "CHF"}
    assert await found(max_price=euros(0)) == {"free"}
    assert await found(max_price=euros(10)) == {"free", "10"}
    assert await found(min_price=euros(10)) == {"10", "50"}
    assert await found(min_price=euros(11), max_price=euros(50)) == {"50"}


def fact(kind, event, booking, **given):
    return kind(event=event.name, booking=booking, buyer=f"users/{uuid.uuid4()}", **given)


async def told(world, house, *facts):
    heard = Heard(new_id(), "booking", "", house.organization, now())
    for each in facts:
        with within(house.organization):
            await world.db.run(inbox.HEARS[type(each)], each, heard)


async def test_a_search_is_narrowed_by_what_an_event_is(world, house, word):
    online: dict[str, Any] = {"mode": Event.MODE_ONLINE, "join_uri": "https://example.org/x"}
    tagged: dict[str, Any] = {
        "category": "workshop",
        "tags": ["Pottery", "kids"],
        "min_age_years": 6,
    }
    spoken: dict[str, Any] = {"language_code": "de", "other_language_codes": ["pt-BR", "en"]}
    await house.published(display_name=f"{word} a", **online, **tagged, **spoken)
    await house.published(display_name=f"{word} b", min_age_years=18, language_code="en")

    async def found(**asked):
        shown = await names(world, query=word, **asked)
        return {name.removeprefix(f"{word} ") for name in shown}

    assert await found(mode=Event.MODE_ONLINE) == {"a"}
    assert await found(mode=Event.MODE_HYBRID) == set()
    assert await found(category="workshop") == {"a"}
    assert await found(tags=["kids", "POTTERY"]) == {"a"}
    assert await found(tags=["kids", "jazz"]) == set()
    assert await found(age_years=12) == {"a"}
    assert await found(language_code="pt") == {"a"}
    assert await found(language_code="en") == {"a", "b"}
    assert await found(type=Event.TYPE_DEMAND) == {"a", "b"}
    assert await found(type=Event.TYPE_PERIODIC) == set()
    assert await names(world, query=f"{word} pottery")


async def test_what_is_sold_out_is_not_available(world, house, word):
    event = await house.published(display_name=word, ticket_types=[ticket(capacity=2)])
    one, two = (f"{house.name}/bookings/{new_id()}" for _ in range(2))
    items = [booking_pb2.Booking.Item(ticket_type="t0", quantity=1)]

    async def available():
        return bool(await names(world, query=word, available=True))

    await told(world, house, fact(booking_pb2.BookingHeld, event, one, items=items))
    assert await available()
    tickets = [booking_pb2.Ticket(ticket_type="t0")]
    await told(
        world,
        house,
        fact(booking_pb2.BookingConfirmed, event, one, tickets=tickets),
        fact(booking_pb2.BookingConfirmed, event, two, tickets=tickets),
    )
    assert not await available()
    await told(world, house, fact(booking_pb2.BookingCancelled, event, one))
    assert await available()
    # An event that is changed meanwhile does not forget it.
    await told(world, house, fact(booking_pb2.BookingHeld, event, one, items=items))
    request = event_pb2.UpdateEventRequest(
        event=event_pb2.Event(name=event.name, description="more of it")
    )
    await world.events.UpdateEvent(request, metadata=house.organizer)
    assert not await available()
    await told(world, house, fact(booking_pb2.BookingLapsed, event, one))
    assert await available()


# --- places


async def test_what_is_near_comes_first_and_what_is_far_not_at_all(world, house, word):
    for name, longitude in (("here", 7.4), ("near", 7.41), ("far", 8.0), ("away", 9.5)):
        await house.published(display_name=f"{word} {name}", venue=venue("M", 43.73, longitude))
    near = {"latitude": 43.73, "longitude": 7.4}

    found = await search(world, parent=house.name, near=near)

    assert [each.event.display_name.split()[1] for each in found.results] == ["here", "near", "far"]
    distances = [each.distance_meters for each in found.results]
    assert distances == pytest.approx([0, 803.5, 48_209], rel=0.001, abs=1)
    assert await names(world, parent=house.name, near=near, radius_meters=900) == [
        f"{word} here",
        f"{word} near",
    ]


async def test_the_date_line_and_the_poles_are_no_walls(world, house):
    await house.published(display_name="west", venue=venue("T", -16.8, 179.99))
    await house.published(display_name="east", venue=venue("T", -16.8, -179.99))
    await house.published(display_name="pole", venue=venue("P", 89.99, 0))
    mine = {"parent": house.name, "radius_meters": 5000}

    line = await names(world, near={"latitude": -16.8, "longitude": 180}, **mine)
    pole = await names(world, near={"latitude": 89.99, "longitude": 180}, **mine)

    assert set(line) == {"west", "east"}
    assert pole == ["pole"]


# --- order and pages


@pytest.mark.parametrize(
    "asked",
    [
        {"query": "many"},
        {"order": Request.ORDER_START_TIME},
        {"near": {"latitude": 52.52, "longitude": 13.405}},
        {"query": "many", "order": Request.ORDER_START_TIME},
    ],
    ids=["relevance", "start", "distance", "words by start"],
)
async def test_pages_show_everything_once_however_it_ties(world, house, asked):
    made = {(await house.published(display_name="Many")).name for _ in range(5)}
    made |= {(await house.draft(display_name="Many")).name for _ in range(4)}
    seen, token = [], ""

    for _ in range(10):
        page = await search(
            world, house.organizer, parent=house.name, page_size=2, page_token=token, **asked
        )
        assert len(page.results) <= 2
        seen += [each.event.name for each in page.results]
        token = page.next_page_token
        if not token:
            break

    assert len(seen) == len(set(seen))
    assert set(seen) == made


async def test_an_order_needs_what_it_goes_by(world):
    for order in (Request.ORDER_RELEVANCE, Request.ORDER_DISTANCE):
        with invalid("order"):
            await search(world, order=order)


async def test_a_token_is_good_for_the_same_search_only(world, house):
    for _ in range(2):
        await house.published(display_name="Twice")
    page = await search(world, parent=house.name, query="twice", page_size=1)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH"):
        await search(world, parent=house.name, query="once", page_token=page.next_page_token)


# --- facets


async def test_what_was_found_is_counted_by_its_fields(world, house, word):
    for city, price, language in (("Graz", 5, "de"), ("graz", None, "de"), ("Wien", 5, "")):
        given: dict[str, Any] = {"ticket_types": [ticket(price)], "language_code": language}
        if not language:
            given |= {"mode": Event.MODE_ONLINE, "join_uri": "https://example.org/x"}
            given |= {"category": "party", "tags": ["Outdoor", "bring a friend"]}
        await house.published(display_name=word, venue=venue(city), **given)

    found = await search(world, query=word, facets=True, page_size=1)

    facets = {
        facet.field: {each.value.lower(): each.count for each in facet.counts}
        for facet in found.facets
    }
    assert facets == {
        "city": {"graz": 2, "wien": 1},
        "type": {"demand": 3},
        "mode": {"on_site": 2, "online": 1},
        "category": {"party": 1},
        "tag": {"bring a friend": 1, "outdoor": 1},
        "language_code": {"de": 2},
        "free": {"false": 2, "true": 1},
        "available": {"true": 3},
    }
    assert not any(facet.capped for facet in found.facets)


# --- the rows behind it


async def test_every_language_is_known_to_the_database(world):
    known = await (await world.owner.execute("select cfgname from pg_ts_config")).fetchall()

    assert set(domain.LANGUAGES.values()) | {domain.PLAIN} <= {row.cfgname for row in known}


async def test_strangers_find_no_rows_of_what_is_not_published(world, house):
    await house.draft()
    other = await world.house()
    statement = sql(sa.select(sa.func.count().label("rows")).select_from(tables.unlisted))

    async def count(tx):
        return (await tx.one(statement)).rows

    for organization, rows in ((house.organization, 1), (other.organization, 0), (None, 0)):
        with within(organization):
            assert await world.db.read(count) == rows


async def test_nobody_changes_the_rows_of_others(world, house):
    event = EVENTS.parse((await house.published()).name)
    other = await world.house()

    with within(other.organization):
        await world.db.run(_keep, event)
        steal = sql(
            sa.delete(tables.listings).where(tables.listings.c.id == sa.bindparam("theirs"))
        )
        assert await world.db.run(lambda tx: tx.run(steal, theirs=event.id)) == 0


async def _keep(tx, name):
    # What is published of others can be read, but not entered.
    store.keep(tx, (await tx.one(_WHO)).organization, [name.id])


_WHO = sql(
    sa.select(
        sa.cast(sa.func.current_setting("turnout.organization"), sa.Uuid).label("organization")
    )
)


async def test_seats_are_counted_where_they_are_kept(world, house):
    rows = [{"id": "A", "seats": [{"id": "1"}, {"id": "2"}]}, {"id": "B", "seats": [{"id": "1"}]}]
    sections = [{"id": "stalls", "rows": rows}, {"id": "floor", "standing": 10}]
    pools = [{"id": "house", "capacity": 40}]
    types = [
        {"id": "sitting", "sections": ["stalls"], "price": {"currency_code": "EUR", "units": 9}},
        {"id": "early", "pool": "house", "price": {"currency_code": "EUR", "units": 8}},
        {"id": "late", "pool": "house", "price": {"currency_code": "EUR", "units": 10}},
        {"id": "secret", "capacity": 5, "hidden": True},
    ]
    event = await house.published(
        venue=venue(layout={"sections": sections}), pools=pools, ticket_types=types
    )

    cursor = await world.owner.execute(
        "select capacity, price_minor, currency from listings where id = %s",
        [EVENTS.parse(event.name).id],
    )

    assert await cursor.fetchall() == [(3 + 40 + 5, 800, "EUR")]
    shown = await search(world, parent=house.name)
    assert [each.id for each in shown.results[0].event.ticket_types] == ["sitting", "early", "late"]
    members = await search(world, house.organizer, parent=house.name)
    assert len(members.results[0].event.ticket_types) == 4
