"""Late positions: an arrival is decided on when things happened, and taken back if it was none."""

from __future__ import annotations

import dataclasses
import itertools
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from services.kit.names import Name
from services.location.events.domain import Event
from services.location.geofences.domain import REVIEW
from services.location.instants import micros
from services.location.journeys.domain import Consent, Journey, Mode, State, Terms, begin
from services.location.segments.columns import UNKNOWN, Point
from services.location.track import late
from tests.location.world import DEGREE, VENUE
from tests.serving import invalid, refused
from turnout.location.v1 import location_pb2

UNDER_WAY = location_pb2.Journey.STATE_UNDER_WAY
ARRIVED = location_pb2.Journey.STATE_ARRIVED
UNMET = grpc.StatusCode.FAILED_PRECONDITION


async def reviewed(world, house) -> int:
    done: int = await world.served.do_all(REVIEW, house.organization)
    return done


def on(ada, *steps):
    """Positions: how far from the venue, and how many seconds from now."""
    return [ada.at(meters, seconds) for meters, seconds in steps]


# What the device says first, and what it really went through: it was 900 metres away a few
# seconds before it claimed to be there.
JUMP = ((3000, -115), (2900, -110), (0, -30))
TRUTH = ((1500, -80), (1400, -70), (1300, -60), (1200, -50), (1100, -40), (900, -32))


@pytest.mark.server
async def test_an_arrival_that_was_none_is_taken_back(world, house, ada, clock):
    await ada.record(1, on(ada, *JUMP))
    before = await ada.read()
    answer = await ada.record(4, on(ada, *TRUTH))

    assert await reviewed(world, house) == 1

    after = await ada.read()
    assert (before.state, after.state) == (ARRIVED, UNDER_WAY)
    assert answer.kept_through == after.kept_through == after.position_count == 9
    assert not after.HasField("arrive_time")
    assert after.arrival.distance_meters == pytest.approx(900, abs=2)
    assert after.arrival.p50_time.ToDatetime(UTC) > clock.now()
    (fact,) = await world.facts(house.organization, "ArrivalRetracted")
    assert (fact.journey, fact.event, fact.traveler) == (ada.journey, before.event, ada.name)
    assert fact.arrive_time == before.arrive_time
    # It goes on from there.
    clock.ahead += timedelta(minutes=10)
    await ada.record(10, on(ada, (200, -5), (0, 0)))
    first, second = await world.facts(house.organization, "JourneyArrived")
    assert (await ada.read()).state == ARRIVED
    assert first.arrive_time == before.arrive_time
    assert second.arrive_time == (await ada.read()).arrive_time
    assert await reviewed(world, house) == 0


@pytest.mark.server
async def test_who_was_there_before_came_earlier(world, house, ada):
    await ada.record(1, on(ada, (400, -115), (50, -30)))
    earlier = on(ada, (250, -105), (40, -90), (30, -80))
    before = await ada.read()
    await ada.record(3, earlier)

    assert await reviewed(world, house) == 1

    after = await ada.read()
    assert (before.state, after.state) == (ARRIVED, ARRIVED)
    assert after.arrive_time == earlier[1].capture_time
    (fact,) = await world.facts(house.organization, "ArrivalCorrected")
    assert (fact.arrive_time, fact.previous_arrive_time) == (after.arrive_time, before.arrive_time)
    assert fact.lateness == after.arrival.lateness
    assert fact.journey == ada.journey
    assert await world.facts(house.organization, "ArrivalRetracted") == []


@pytest.mark.server
async def test_what_changes_nothing_is_kept_and_not_told(world, house, ada):
    await ada.record(1, on(ada, (400, -115), (50, -30)))
    before = await ada.read()
    await ada.record(3, on(ada, (300, -100), (200, -70)))

    assert await reviewed(world, house) == 1

    after = await ada.read()
    assert (after.state, after.arrive_time) == (ARRIVED, before.arrive_time)
    assert after.position_count == 4
    told = [type(fact).__name__ for fact in await world.facts(house.organization)]
    assert told.count("JourneyArrived") == 1
    assert not {"ArrivalRetracted", "ArrivalCorrected"} & set(told)


@pytest.mark.server
async def test_what_came_after_the_arrival_is_nobodys_business(world, house, ada):
    await ada.record(1, on(ada, (400, -115), (50, -30)))
    # Another position from after it would be refused for good, so it is left out.
    mixed = on(ada, (60, -25), (70, -20), (200, -90), (190, -80), (80, -10))

    with refused(UNMET, "JOURNEY_OVER"):
        await ada.record(3, mixed[:2])
    answer = await ada.record(3, mixed)
    again = await ada.record(3, mixed)

    assert answer.kept_through == again.kept_through == 6
    assert [one.sequence for one in await ada.positions()] == [1, 2, 5, 6]
    with refused(UNMET, "SEQUENCE_GAP"):
        await ada.record(8, mixed[2:3])
    with refused(UNMET, "JOURNEY_OVER"):
        await ada.record(7, mixed[4:])
    with invalid("positions[0].capture_time"):
        await ada.record(7, [ada.at(300, -4 * 3600)])


@pytest.mark.server
async def test_nothing_comes_late_once_the_event_is_over(house, ada, clock):
    await ada.record(1, on(ada, (400, -115), (50, -30)))
    clock.ahead += timedelta(hours=5)

    with refused(UNMET, "JOURNEY_OVER"):
        await ada.record(3, on(ada, (300, -5 * 3600 - 200)))


@pytest.mark.server
async def test_who_wants_nothing_kept_arrives_once_and_for_all(house, event):
    bob = await house.traveler(event, live_only=True)
    await bob.record(1, on(bob, *JUMP))

    with refused(UNMET, "JOURNEY_OVER"):
        await bob.record(4, on(bob, *TRUTH))


@pytest.mark.server
async def test_who_stays_near_after_being_there_has_arrived(world, house, ada):
    await ada.record(1, on(ada, (600, -115)))
    await ada.record(2, on(ada, (180, -20)))
    # They went in, and came out again to the parking lot, while there was no network.
    inside = on(ada, (120, -110), (40, -100), (60, -80))
    await ada.record(3, inside)

    assert await reviewed(world, house) == 1

    after = await ada.read()
    assert (after.state, after.arrive_time) == (ARRIVED, inside[1].capture_time)
    assert len(await world.facts(house.organization, "JourneyArrived")) == 1


@pytest.mark.server
async def test_who_went_by_has_not_arrived(world, house, ada):
    await ada.record(1, on(ada, (600, -115)))
    await ada.record(2, on(ada, (2500, -20)))
    await ada.record(3, on(ada, (40, -80), (60, -70)))

    assert await reviewed(world, house) == 1

    assert (await ada.read()).state == UNDER_WAY
    assert await world.facts(house.organization, "JourneyArrived") == []


# --- the rule

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUSE = uuid.UUID(int=1)
EVENT = Event(
    Name(HOUSE, uuid.UUID(int=2)),
    *VENUE,
    100,
    NOON + timedelta(hours=1),
    NOON + timedelta(hours=4),
    cancelled=False,
)
ORIGIN: Journey = begin(
    uuid.UUID(int=3), EVENT, "users/ada", Consent(EVENT.name, Mode.CAR, 1.0, Terms()), NOON
)


def going(*steps, accuracy=5.0):
    """Positions: how far from the venue, and how many seconds after noon."""
    return [
        Point(
            number,
            micros(NOON + timedelta(seconds=seconds)),
            VENUE[0] - meters / DEGREE,
            VENUE[1],
            accuracy,
            UNKNOWN,
            UNKNOWN,
        )
        for number, (meters, seconds) in enumerate(steps, 1)
    ]


def arrival(points) -> float | None:
    found = late.find(ORIGIN, EVENT, points, NOON + timedelta(hours=2))
    return None if found.arrive is None else (found.arrive - micros(NOON)) / 1e6


def test_the_order_of_telling_makes_no_difference():
    points = going((2000, 60), (1000, 120), (500, 160), (60, 200))

    assert {arrival(order) for order in itertools.permutations(points)} == {200.0}


def test_who_parks_around_the_corner_has_been_there_since():
    parked = [(220, 300 + 30 * n) for n in range(12)]

    assert arrival(going((2000, 60), (1000, 160), *parked)) == 300.0


def test_nobody_is_there_by_a_position_that_says_too_little():
    assert arrival(going((2000, 60), (50, 200), accuracy=150)) is None


def test_a_journey_that_never_arrived_and_one_that_is_over_stay_as_they_are():
    under_way = dataclasses.replace(ORIGIN, state=State.UNDER_WAY)
    points, now = going((2000, 60), (1000, 120)), NOON + timedelta(hours=2)

    assert late.decided(under_way, EVENT, points, now) is under_way
    assert late.decided(ORIGIN, EVENT, points, now) is ORIGIN
