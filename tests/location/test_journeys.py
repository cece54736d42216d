"""Consents: given, read, listed, taken back."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.names import Name
from services.location.events import actions
from services.location.events.domain import EVENTS
from services.location.journeys.domain import JOURNEYS
from tests.location.world import create
from tests.serving import NOBODY, as_user, invalid, refused
from turnout.location.v1 import location_pb2

pytestmark = pytest.mark.server

READY = location_pb2.Journey.STATE_READY
UNMET = grpc.StatusCode.FAILED_PRECONDITION
MISSING = grpc.StatusCode.NOT_FOUND


async def test_who_agrees_has_a_journey_until_the_event_ends(world, house, event):
    who = uuid.uuid4()
    await house.attends(event, f"users/{who}")

    journey = await world.stub.CreateJourney(create(event), metadata=as_user(who))

    assert journey.name.startswith(f"{house.parent}/journeys/")
    assert journey.traveler == f"users/{who}"
    assert journey.event == EVENTS.format(event.name)
    assert journey.state == READY
    assert journey.consent
    assert journey.expire_time.ToMicroseconds() == round(event.end_time.timestamp() * 1e6)
    assert (journey.position_count, journey.kept_through) == (0, 0)
    assert not journey.HasField("arrival")
    assert journey.playback_rate == 1
    assert journey.etag == '"1"'


async def test_asking_again_gives_the_same_journey(world, event, ada):
    again = await asyncio.gather(
        *(world.stub.CreateJourney(create(event), metadata=ada.metadata) for _ in range(6))
    )

    assert {journey.name for journey in again} == {ada.journey}


async def test_a_retry_gets_the_first_answer(world, house, event):
    name, who = house.guest()
    await house.attends(event, name)
    request = create(event, request_id=str(uuid.uuid4()))

    first, second = await asyncio.gather(
        world.stub.CreateJourney(request, metadata=who),
        world.stub.CreateJourney(request, metadata=who),
    )

    assert first == second


async def test_a_request_id_is_good_for_one_request(world, event, ada):
    used = str(uuid.uuid4())
    await world.stub.CreateJourney(create(event, request_id=used), metadata=ada.metadata)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED"):
        other = create(event, travel_mode="TRAVEL_MODE_WALK", request_id=used)
        await world.stub.CreateJourney(other, metadata=ada.metadata)


async def test_who_has_no_ticket_is_not_followed(world, event):
    who = uuid.uuid4()

    with refused(UNMET, "NOT_ATTENDING", traveler=f"users/{who}"):
        await world.stub.CreateJourney(create(event), metadata=as_user(who))


async def test_who_gave_the_ticket_back_is_not_followed(world, house, event):
    who = uuid.uuid4()
    booking = await house.attends(event, f"users/{who}")
    await house.act(actions.stay_away, booking, event.name, f"users/{who}")

    with refused(UNMET, "NOT_ATTENDING"):
        await world.stub.CreateJourney(create(event), metadata=as_user(who))


async def test_who_gave_one_of_two_tickets_back_still_comes(world, house, event):
    name = f"users/{uuid.uuid4()}"
    first = await house.attends(event, name)
    await house.attends(event, name)
    await house.act(actions.stay_away, first, event.name, name)

    who = as_user(uuid.UUID(name.removeprefix("users/")))
    assert await world.stub.CreateJourney(create(event), metadata=who)


async def test_nobody_is_followed_who_did_not_agree(world, event, ada):
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "NO_CONSENT", field="journey.consent"):
        request = create(event, consent=False)
        await world.stub.CreateJourney(request, metadata=ada.metadata)


async def test_nobody_is_followed_to_what_was_never_published(world, house, ada):
    name = Name(house.organization, new_id())
    request = create(ada.event)
    request.journey.event = EVENTS.format(name)

    with refused(MISSING, "EVENT_NOT_FOUND", event=EVENTS.format(name)):
        await world.stub.CreateJourney(request, metadata=ada.metadata)


async def test_nobody_is_followed_to_the_event_of_another_organization(world, house, ada):
    other = await (await world.house()).event()
    request = create(ada.event)
    request.journey.event = EVENTS.format(other.name)

    with refused(MISSING, "EVENT_NOT_FOUND"):
        await world.stub.CreateJourney(request, metadata=ada.metadata)


async def test_nobody_is_followed_to_what_has_ended(world, house, clock):
    event = await house.event()
    name, who = house.guest()
    await house.attends(event, name)
    clock.ahead = timedelta(hours=5)

    with refused(UNMET, "EVENT_OVER", event=EVENTS.format(event.name)):
        await world.stub.CreateJourney(create(event), metadata=who)


async def test_nobody_is_followed_to_what_was_called_off(world, house, event):
    name, who = house.guest()
    await house.attends(event, name)
    await house.act(actions.cancel, event.name, world.clock.now())

    with refused(UNMET, "EVENT_OVER"):
        await world.stub.CreateJourney(create(event), metadata=who)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"event": "gigs/1"}, "journey.event"),
        ({"event": ""}, "journey.event"),
        ({"playback_rate": -1}, "journey.playback_rate"),
        ({"playback_rate": float("nan")}, "journey.playback_rate"),
        ({"playback_rate": 1001}, "journey.playback_rate"),
    ],
)
async def test_what_makes_no_sense_is_pointed_at(world, event, ada, given, field):
    with invalid(field):
        await world.stub.CreateJourney(create(event, **given), metadata=ada.metadata)


async def test_nobody_without_a_token_is_let_in(world, event, ada):
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.stub.CreateJourney(create(event), metadata=NOBODY)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED"):
        await ada.read(as_user(ttl=-60))


async def test_one_reads_ones_own_journey_and_the_organizer_reads_all(ada):
    assert await ada.read() == await ada.read(ada.house.organizer)


async def test_others_do_not_learn_that_a_journey_exists(world, house, event, ada):
    grace = await house.traveler(event)
    elsewhere = await world.house()
    strangers = (
        as_user(),
        grace.metadata,
        elsewhere.organizer,
        await world.member("VIEWER", house.organization),
    )

    for who in strangers:
        with refused(MISSING, "JOURNEY_NOT_FOUND", journey=ada.journey):
            await ada.read(who)


async def test_a_journey_is_not_found_under_another_organization(world, ada):
    other = await world.house()
    name = JOURNEYS.format(Name(other.organization, ada.id))

    with refused(MISSING, "JOURNEY_NOT_FOUND"):
        request = location_pb2.GetJourneyRequest(name=name)
        await world.stub.GetJourney(request, metadata=other.organizer)


async def test_a_guest_of_another_organization_is_not_let_in(world, ada):
    other = await world.house()
    _, guest = other.guest()

    with refused(grpc.StatusCode.PERMISSION_DENIED, "OTHER_ORGANIZATION"):
        await ada.read(guest)


async def test_journeys_are_listed_page_by_page(world, house, event):
    names = [(await house.traveler(event)).journey for _ in range(5)]
    elsewhere = await house.event()
    await house.traveler(elsewhere)
    request = location_pb2.ListJourneysRequest(
        parent=house.parent, page_size=2, event=EVENTS.format(event.name)
    )

    found, pages = [], 0
    while True:
        page = await world.stub.ListJourneys(request, metadata=house.organizer)
        found += [journey.name for journey in page.journeys]
        pages += 1
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break

    assert found == names
    assert pages == 3


async def test_a_guest_lists_only_their_own_journey(world, house, event, ada):
    await house.traveler(event)

    request = location_pb2.ListJourneysRequest(parent=house.parent)
    page = await world.stub.ListJourneys(request, metadata=ada.metadata)

    assert [journey.name for journey in page.journeys] == [ada.journey]


async def test_a_page_token_is_good_for_one_list(world, house, event):
    for _ in range(2):
        await house.traveler(event)
    request = location_pb2.ListJourneysRequest(parent=house.parent, page_size=1)
    page = await world.stub.ListJourneys(request, metadata=house.organizer)
    request.page_token, request.event = page.next_page_token, EVENTS.format(event.name)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH"):
        await world.stub.ListJourneys(request, metadata=house.organizer)


async def test_a_negative_page_is_refused(world, house):
    request = location_pb2.ListJourneysRequest(parent=house.parent, page_size=-1)

    with invalid("page_size"):
        await world.stub.ListJourneys(request, metadata=house.organizer)


async def test_who_withdraws_is_forgotten(world, house, ada):
    await ada.record(1, ada.way(2000, 1500, 20))

    withdrawn = await ada.withdraw()

    assert withdrawn.state == location_pb2.Journey.STATE_WITHDRAWN
    assert (withdrawn.position_count, withdrawn.kept_through) == (0, 0)
    assert not withdrawn.consent
    assert not withdrawn.HasField("arrival")
    rows = await world.owner.execute("select from segments where journey = %s", [ada.id])
    assert rows.rowcount == 0
    (ended,) = await world.facts(house.organization, "JourneyEnded")
    assert (ended.journey, ended.traveler) == (ada.journey, ada.name)
    assert ended.state == location_pb2.Journey.STATE_WITHDRAWN


async def test_withdrawing_again_is_no_error_and_says_nothing_new(world, house, ada):
    first = await ada.withdraw()
    second = await ada.withdraw()

    assert first == second
    assert len(await world.facts(house.organization, "JourneyEnded")) == 1


async def test_only_the_person_withdraws(world, house, ada):
    for who in (house.organizer, as_user()):
        with refused(MISSING, "JOURNEY_NOT_FOUND"):
            request = location_pb2.WithdrawJourneyRequest(name=ada.journey)
            await world.stub.WithdrawJourney(request, metadata=who)


async def test_who_withdrew_may_agree_again(world, event, ada):
    await ada.withdraw()

    again = await world.stub.CreateJourney(create(event), metadata=ada.metadata)

    assert again.name != ada.journey
    assert again.state == READY
