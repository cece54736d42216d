"""Ticket types and layouts, over a real server and database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2, timestamp_pb2

from tests.event.test_events import create, get, update
from tests.event.world import NOBODY, gig, invalid, refused
from turnout.event.v1 import event_pb2, participant_pb2

pytestmark = pytest.mark.server

EURO = {"currency_code": "EUR", "units": 9}
SEATS = [{"id": "1", "accessible": True}, {"id": "2", "gap": True}, {"id": "3"}]
LAYOUT = {
    "sections": [
        {"id": "stalls", "display_name": "Stalls", "rows": [{"id": "A", "seats": SEATS}]},
        {"id": "floor", "room": "hall", "standing": 40},
    ]
}
ROOMS = [{"id": "hall", "display_name": "Great hall", "capacity": 60}]


def soon(days):
    time = timestamp_pb2.Timestamp()
    time.FromDatetime(datetime.now(UTC).replace(microsecond=0) + timedelta(days=days))
    return time


def house_of(**given: Any) -> event_pb2.Event:
    venue = gig().venue
    venue.MergeFrom(event_pb2.Venue(rooms=ROOMS, layout=LAYOUT, time_zone="Europe/Berlin"))
    types = [
        {
            "id": "seat",
            "description": "a seat",
            "price": EURO,
            "tax_basis_points": 1900,
            "max_per_person": 4,
            "min_per_order": 2,
            "max_per_order": 3,
            "price_steps": [{"price": {"currency_code": "EUR", "units": 5}, "end_time": soon(1)}],
            "sections": ["stalls"],
        },
        {"id": "stand", "pool": "floor", "sections": ["floor"]},
        {"id": "crew", "pool": "floor", "capacity": 5, "hidden": True},
    ]
    pools = [{"id": "floor", "display_name": "Floor", "capacity": 40}]
    values: dict[str, Any] = {"venue": venue, "ticket_types": types, "pools": pools}
    return gig(**(values | given))


async def test_all_of_a_ticket_type_and_a_layout_is_kept_as_it_was_sent(world, house):
    sent = house_of()
    event = await create(world, house, sent)

    assert event.venue.rooms == sent.venue.rooms
    assert event.venue.time_zone == "Europe/Berlin"
    assert event.venue.layout.sections[0] == sent.venue.layout.sections[0]
    assert event.venue.layout.sections[1].display_name == "floor"
    assert event.pools == sent.pools
    kept = sent.ticket_types[0]
    kept.display_name = "seat"
    assert event.ticket_types[0] == kept
    assert await get(world, event, house.organizer) == event


async def test_all_of_it_is_announced_with_what_follows_by_itself(world, house):
    event = await house.publish(await create(world, house, house_of()))

    (fact,) = await world.facts(house.organization, "EventPublished")
    told = fact.announcement
    assert told.venue == event.venue
    assert told.pools == event.pools
    seat, stand, crew = told.ticket_types
    assert (seat.capacity, seat.min_per_order, seat.max_per_order) == (3, 2, 3)
    assert (seat.tax_basis_points, seat.max_per_person) == (1900, 4)
    assert seat.price_steps == event.ticket_types[0].price_steps
    assert (stand.capacity, stand.min_per_order, stand.max_per_order) == (40, 1, 10)
    assert (crew.hidden, crew.pool, crew.capacity) == (True, "floor", 5)


async def test_a_change_of_the_venue_changes_what_types_have_of_it(world, house):
    event = await house.publish(await create(world, house, house_of()))
    smaller = event_pb2.Venue(layout={"sections": [{"id": "floor", "standing": 12}]})
    types = event_pb2.Event(ticket_types=[{"id": "stand", "sections": ["floor"]}])

    await update(
        world,
        house,
        event.name,
        *("venue.layout", "ticket_types", "pools"),
        venue=smaller,
        ticket_types=types.ticket_types,
    )

    fact = (await world.facts(house.organization, "EventRevised"))[-1]
    assert [each.capacity for each in fact.announcement.ticket_types] == [12]
    assert not fact.announcement.pools


async def test_a_layout_cannot_lose_what_is_sold_of_it(world, house):
    event = await create(world, house, house_of())

    with invalid("event.ticket_types[0].sections"):
        await update(world, house, event.name, "venue.layout", venue=event_pb2.Venue())


async def only(world, house, who):
    request = event_pb2.ListEventsRequest(parent=house.name)
    (found,) = (await world.events.ListEvents(request, metadata=who)).events
    return found


async def test_lists_leave_the_layout_out(world, house):
    event = await house.publish(await create(world, house, house_of()))

    found = await only(world, house, house.organizer)

    assert found.name == event.name
    assert not found.venue.HasField("layout")
    assert found.venue.rooms == event.venue.rooms
    assert (await get(world, event)).venue.layout == event.venue.layout


async def test_strangers_see_no_hidden_type(world, house):
    event = await house.publish(await create(world, house, house_of()))

    shown = await get(world, event, NOBODY)
    everywhere = await only(world, house, NOBODY)

    for seen in (shown, everywhere):
        assert [each.id for each in seen.ticket_types] == ["seat", "stand"]
    assert len((await get(world, event, house.organizer)).ticket_types) == 3


async def test_nobody_answers_for_a_hidden_type(world, house):
    event = await house.publish(await create(world, house, house_of()))
    ada = await house.enlist(event)
    guest = await house.invite(ada)
    answer = participant_pb2.AnswerInvitationRequest(
        name=ada.name, answer=participant_pb2.Participant.ANSWER_YES, ticket_type="crew"
    )

    invitation = await world.people.GetInvitation(
        participant_pb2.GetInvitationRequest(), metadata=guest
    )
    assert [each.id for each in invitation.event.ticket_types] == ["seat", "stand"]
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_TICKET_TYPE"):
        await world.people.AnswerInvitation(answer, metadata=guest)


async def test_who_is_asked_to_an_event_of_hidden_types_may_still_say_no(world, house):
    types = [{"id": "crew", "capacity": 5, "hidden": True}]
    event = await house.published(ticket_types=types)
    ada = await house.enlist(event)
    guest = await house.invite(ada)
    said = participant_pb2.Participant

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_TICKET_TYPE"):
        await world.people.AnswerInvitation(
            participant_pb2.AnswerInvitationRequest(name=ada.name, answer=said.ANSWER_YES),
            metadata=guest,
        )
    after = await world.people.AnswerInvitation(
        participant_pb2.AnswerInvitationRequest(name=ada.name, answer=said.ANSWER_NO),
        metadata=guest,
    )
    assert after.answer == said.ANSWER_NO


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"capacity": 1, "tax_basis_points": 10_001}, "tax_basis_points"),
        ({"capacity": 1, "max_per_order": 1001}, "max_per_order"),
        ({"capacity": 1, "price_steps": [{"seats": 1}]}, "price_steps[0].price"),
        ({"capacity": 1, "price_steps": [{"price": EURO}]}, "price_steps[0].end_time"),
        ({"capacity": 1, "sections": ["x" * 41]}, "sections[0]"),
        ({"capacity": 1, "pool": "none"}, "pool"),
        ({}, "capacity"),
    ],
)
async def test_a_ticket_type_that_cannot_be_is_named(world, house, wrong, field):
    with invalid(f"event.ticket_types[0].{field}"):
        await create(world, house, gig(ticket_types=[{"id": "seat"} | wrong]))


async def test_a_large_hall_is_kept_and_told(world, house):
    rows = [
        {"id": f"{row}", "seats": [{"id": f"{seat}"} for seat in range(1, 101)]}
        for row in range(1, 201)
    ]
    venue = gig().venue
    venue.layout.MergeFrom(event_pb2.Layout(sections=[{"id": "hall", "rows": rows}]))
    types = [{"id": "seat", "sections": ["hall"]}]

    event = await house.publish(await create(world, house, gig(venue=venue, ticket_types=types)))

    (fact,) = await world.facts(house.organization, "EventPublished")
    assert fact.announcement.ticket_types[0].capacity == 20_000
    assert fact.announcement.venue.layout == event.venue.layout


async def test_pools_are_in_the_mask(world, house):
    event = await create(world, house, house_of())
    pools = [{"id": "floor", "capacity": 30}]
    request = event_pb2.UpdateEventRequest(
        event=event_pb2.Event(name=event.name, pools=pools),
        update_mask=field_mask_pb2.FieldMask(paths=["pools"]),
    )

    after = await world.events.UpdateEvent(request, metadata=house.organizer)

    assert [each.capacity for each in after.pools] == [30]
