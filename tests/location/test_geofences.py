"""Geofences: made by organizers, and what is told of who goes in and out."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import timedelta

import grpc
import pytest
from google.protobuf import field_mask_pb2

from services.location.events.domain import EVENTS
from services.location.geofences.domain import REVIEW
from tests.location.test_track import kept, report, tracking
from tests.location.world import DEGREE, VENUE
from tests.serving import as_user, invalid, refused
from turnout.location.v1 import geofence_pb2, geofence_pb2_grpc, location_pb2

pytestmark = pytest.mark.server

MISSING = grpc.StatusCode.NOT_FOUND
UNMET = grpc.StatusCode.FAILED_PRECONDITION
ENTER = geofence_pb2.GeofenceTransition.KIND_ENTER
DWELL = geofence_pb2.GeofenceTransition.KIND_DWELL
EXIT = geofence_pb2.GeofenceTransition.KIND_EXIT
# A square around a point a kilometre south of the venue, 200 metres wide.
SIDE = 100 / DEGREE
GATE = VENUE[0] - 1000 / DEGREE
WIDE = SIDE / 0.6
SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [
            [VENUE[1] - WIDE, GATE - SIDE],
            [VENUE[1] + WIDE, GATE - SIDE],
            [VENUE[1] + WIDE, GATE + SIDE],
            [VENUE[1] - WIDE, GATE + SIDE],
            [VENUE[1] - WIDE, GATE - SIDE],
        ]
    ],
}


@pytest.fixture
def geofences(world, clock):
    return geofence_pb2_grpc.GeofenceServiceStub(world.served.channel)


def gate(at, **given) -> geofence_pb2.Geofence:
    """A circle of 100 metres, a kilometre south of the venue."""
    values = {"event": EVENTS.format(at.name), "display_name": "Gate"}
    found = geofence_pb2.Geofence(**(values | given))
    if found.WhichOneof("shape") is None:
        found.circle.center.latitude, found.circle.center.longitude = GATE, VENUE[1]
        found.circle.radius_meters = 100
    return found


async def made(geofences, house, event, **given):
    request = geofence_pb2.CreateGeofenceRequest(parent=house.parent, geofence=gate(event, **given))
    found = await geofences.CreateGeofence(request, metadata=house.organizer)
    # Only what is captured from now on counts.
    house.world.clock.ahead += timedelta(minutes=2)
    return found


async def change(geofences, house, sent, *paths):
    request = geofence_pb2.UpdateGeofenceRequest(
        geofence=sent, update_mask=field_mask_pb2.FieldMask(paths=paths)
    )
    return await geofences.UpdateGeofence(request, metadata=house.organizer)


async def transitions(geofences, ada, metadata=None):
    request = geofence_pb2.ListJourneyTransitionsRequest(parent=ada.journey)
    page = await geofences.ListJourneyTransitions(request, metadata=metadata or ada.metadata)
    return list(page.transitions)


def on(ada, *steps, **given):
    """Positions: how far from the venue, and when from now on."""
    return [ada.at(meters, seconds, **given) for meters, seconds in steps]


# --- making them


async def test_a_geofence_comes_back_as_it_was_made(geofences, house, event):
    circle = await made(geofences, house, event)
    square = await made(geofences, house, event, geo_json=json.dumps(SQUARE))
    elsewhere = await made(geofences, house, await house.event())

    request = geofence_pb2.GetGeofenceRequest(name=circle.name)
    assert await geofences.GetGeofence(request, metadata=house.organizer) == circle
    assert circle.dwell_duration.seconds == 300
    assert circle.circle.radius_meters == 100
    assert json.loads(square.geo_json) == SQUARE
    of_event = geofence_pb2.ListGeofencesRequest(
        parent=house.parent, event=EVENTS.format(event.name)
    )
    page = await geofences.ListGeofences(of_event, metadata=house.organizer)
    assert list(page.geofences) == [circle, square]
    of_all = geofence_pb2.ListGeofencesRequest(parent=house.parent, page_size=2)
    first = await geofences.ListGeofences(of_all, metadata=house.organizer)
    of_all.page_token = first.next_page_token
    second = await geofences.ListGeofences(of_all, metadata=house.organizer)
    assert [*first.geofences, *second.geofences] == [circle, square, elsewhere]


async def test_a_geofence_changes_its_shape_and_its_name(geofences, house, event):
    circle = await made(geofences, house, event)

    sent = geofence_pb2.Geofence(name=circle.name, geo_json=json.dumps(SQUARE), etag=circle.etag)
    square = await change(geofences, house, sent)
    sent = geofence_pb2.Geofence(name=circle.name, display_name="North gate")
    named = await change(geofences, house, sent, "display_name")

    assert square.WhichOneof("shape") == "geo_json"
    assert (named.display_name, named.geo_json) == ("North gate", square.geo_json)
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await change(geofences, house, circle)
    back = gate(event, name=circle.name)
    both = await change(geofences, house, back, "circle", "geo_json")
    assert both.circle == circle.circle


async def test_a_geofence_is_deleted_with_what_was_told_of_it(geofences, house, event, ada):
    circle = await made(geofences, house, event)
    await ada.record(1, on(ada, (3000, 0), (1000, 30)))
    assert [one.kind for one in await transitions(geofences, ada)] == [ENTER]

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        request = geofence_pb2.DeleteGeofenceRequest(name=circle.name, etag='"7"')
        await geofences.DeleteGeofence(request, metadata=house.organizer)
    request = geofence_pb2.DeleteGeofenceRequest(name=circle.name, etag=circle.etag)
    await geofences.DeleteGeofence(request, metadata=house.organizer)

    assert await transitions(geofences, ada) == []
    with refused(MISSING, "GEOFENCE_NOT_FOUND"):
        await geofences.DeleteGeofence(request, metadata=house.organizer)
    await ada.record(3, on(ada, (2000, 60), (1000, 90)))
    assert await transitions(geofences, ada) == []


async def test_what_is_no_place_is_refused(geofences, house, event):
    unknown = gate(event, event=f"{house.parent}/events/{uuid.uuid4()}")
    with refused(MISSING, "EVENT_NOT_FOUND"):
        request = geofence_pb2.CreateGeofenceRequest(parent=house.parent, geofence=unknown)
        await geofences.CreateGeofence(request, metadata=house.organizer)
    with invalid("geofence.geo_json"):
        await made(geofences, house, event, geo_json='{"type": "Point"}')
    with invalid("geofence.dwell_duration"):
        await made(geofences, house, event, dwell_duration={"seconds": 9})
    with invalid("geofence.circle.radius_meters"):
        await made(
            geofences,
            house,
            event,
            circle={"center": {"latitude": 1, "longitude": 1}, "radius_meters": 19},
        )
    shapeless = geofence_pb2.Geofence(event=EVENTS.format(event.name), display_name="Gate")
    with invalid("geofence.circle"):
        request = geofence_pb2.CreateGeofenceRequest(parent=house.parent, geofence=shapeless)
        await geofences.CreateGeofence(request, metadata=house.organizer)


async def test_an_event_has_only_so_many_geofences(geofences, world, house, event):
    circle = await made(geofences, house, event)
    await world.owner.execute(
        "insert into geofences select organization, gen_random_uuid(), event, display_name,"
        " latitude, longitude, radius_meters, geo_json, dwell_seconds, create_time, update_time,"
        " shape_time, version from geofences, generate_series(1, 49) where id = %s",
        [circle.name.rpartition("/")[2]],
    )

    with refused(UNMET, "TOO_MANY_GEOFENCES", most="50"):
        await made(geofences, house, event)


async def test_only_those_who_may_make_and_read_geofences(geofences, world, house, event):
    circle = await made(geofences, house, event)
    stranger = (await world.house()).organizer
    viewer = await world.member("VIEWER", house.organization)

    for who in (stranger, viewer):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            request = geofence_pb2.CreateGeofenceRequest(parent=house.parent, geofence=gate(event))
            await geofences.CreateGeofence(request, metadata=who)
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            gone = geofence_pb2.DeleteGeofenceRequest(name=circle.name)
            await geofences.DeleteGeofence(gone, metadata=who)


# --- in and out


async def test_who_goes_through_a_geofence_is_told_of(geofences, world, house, event, ada):
    square = await made(
        geofences, house, event, geo_json=json.dumps(SQUARE), dwell_duration={"seconds": 30}
    )
    way = on(ada, (3000, -110), (1000, -80), (990, -40), (400, 0))

    await ada.record(1, way[:2])
    await ada.record(3, way[2:])

    found = await transitions(geofences, ada)
    assert [one.kind for one in found] == [ENTER, DWELL, EXIT]
    assert {one.geofence for one in found} == {square.name}
    assert found[0].transition_time == way[1].capture_time
    assert found[2].transition_time == way[3].capture_time
    facts = [fact for fact in await world.facts(house.organization) if hasattr(fact, "geofence")]
    assert [type(fact).__name__ for fact in facts] == [
        "GeofenceEntered",
        "GeofenceDwelled",
        "GeofenceExited",
    ]
    assert {(fact.journey, fact.traveler) for fact in facts} == {(ada.journey, ada.name)}
    assert [fact.transition_time for fact in facts] == [one.transition_time for one in found]
    request = geofence_pb2.ListEventTransitionsRequest(parent=EVENTS.format(event.name))
    page = await geofences.ListEventTransitions(request, metadata=house.organizer)
    assert list(page.transitions) == found


async def test_transitions_come_page_by_page(geofences, house, event, ada):
    await made(geofences, house, event, dwell_duration={"seconds": 30})
    await ada.record(1, on(ada, (3000, -110), (1000, -80), (990, -40), (400, 0)))
    found: list[geofence_pb2.GeofenceTransition] = []
    token = ""

    while not found or token:
        request = geofence_pb2.ListEventTransitionsRequest(
            parent=EVENTS.format(event.name), page_size=1, page_token=token
        )
        page = await geofences.ListEventTransitions(request, metadata=house.organizer)
        found += page.transitions
        token = page.next_page_token

    assert found == await transitions(geofences, ada)


async def test_who_arrives_has_been_where_they_came_through(geofences, house, event, ada):
    await made(
        geofences,
        house,
        event,
        circle={
            "center": {"latitude": VENUE[0], "longitude": VENUE[1]},
            "radius_meters": 300,
        },
    )

    await ada.record(1, ada.way(900, 0, 31))

    assert (await ada.read()).state == location_pb2.Journey.STATE_ARRIVED
    assert [one.kind for one in await transitions(geofences, ada)] == [ENTER]


async def test_a_geofence_that_is_made_later_counts_from_then_on(geofences, house, event, ada):
    await ada.record(1, on(ada, (3000, -100), (1000, -60)))

    await made(geofences, house, event)
    await ada.record(3, on(ada, (990, -50)))

    assert [one.kind for one in await transitions(geofences, ada)] == [ENTER]


async def test_late_positions_take_back_what_was_told(geofences, world, house, event, ada):
    await made(geofences, house, event, dwell_duration={"seconds": 30})
    await ada.record(1, on(ada, (990, -50)))
    # Where the phone really was before and after, as it tells later.
    await ada.record(2, on(ada, *((9000 - n, n - 60) for n in range(10)), (8900, -40)))

    assert await world.served.do_all(REVIEW, house.organization) == 1

    (one,) = await transitions(geofences, ada)
    assert one.kind == ENTER
    assert one.HasField("retract_time")
    (fact,) = await world.facts(house.organization, "GeofenceTransitionRetracted")
    assert (fact.geofence, fact.journey, fact.kind) == (one.geofence, ada.journey, ENTER)
    assert fact.transition_time == one.transition_time
    # And what comes next is decided from there.
    await ada.record(13, on(ada, (8860, 0)))
    assert await transitions(geofences, ada) == [one]


async def test_one_looks_often_at_the_edge_of_a_geofence(geofences, house, event, ada):
    await made(geofences, house, event)
    async with tracking(ada) as call:
        await call.write(report(1, on(ada, (4000, -60))))
        far = await kept(call, 1)
        await call.write(report(2, on(ada, (1300, 0))))
        near = await kept(call, 2)
        async with asyncio.timeout(60):
            while not any(frame.HasField("pace") for frame in near):
                near.append(await call.read())

    told = [
        [f.pace.interval.seconds for f in frames if f.HasField("pace")] for frames in (far, near)
    ]
    assert (told[0][-1], told[1][-1]) == (15, 1)


async def test_positions_in_order_are_not_decided_anew(geofences, world, house, event, ada):
    await made(geofences, house, event)
    await ada.record(1, on(ada, (3000, -110), (1000, -80), (990, -40)))

    assert await world.served.do_all(REVIEW, house.organization) == 0


# --- consent


async def test_who_is_not_seen_exactly_is_not_followed(geofences, house, event):
    await made(geofences, house, event)
    bob = await house.traveler(event, precision=location_pb2.Journey.PRECISION_COARSE)

    await bob.record(1, on(bob, (3000, 0), (1000, 30), (990, 60)))

    assert await transitions(geofences, bob) == []


async def test_transitions_are_shown_to_whom_the_person_lets_see(geofences, world, house, event):
    await made(geofences, house, event)
    eve = await house.traveler(event, viewers=location_pb2.Journey.VIEWERS_ORGANIZERS)
    await eve.record(1, on(eve, (3000, 0), (1000, 30)))
    staff = await world.member("STAFF", house.organization)
    request = geofence_pb2.ListEventTransitionsRequest(parent=EVENTS.format(event.name))

    assert await transitions(geofences, eve, house.organizer) == await transitions(geofences, eve)
    assert len(
        (await geofences.ListEventTransitions(request, metadata=house.organizer)).transitions
    )
    assert not (await geofences.ListEventTransitions(request, metadata=staff)).transitions
    for who in (staff, as_user(uuid.uuid4())):
        with refused(MISSING, "JOURNEY_NOT_FOUND"):
            await transitions(geofences, eve, who)


async def test_who_takes_the_consent_back_was_nowhere(geofences, house, event, ada):
    await made(geofences, house, event)
    await ada.record(1, on(ada, (3000, 0), (1000, 30)))

    await ada.withdraw()

    assert await transitions(geofences, ada) == []
