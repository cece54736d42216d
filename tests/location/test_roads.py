"""Ways by road: what is asked, when nothing is asked, and what an estimate makes of it."""

from __future__ import annotations

import dataclasses
import math
import uuid
from datetime import timedelta

import httpx
import pytest

from services.kit.config import Env
from services.kit.metrics import REGISTRY
from services.kit.names import Name
from services.location import eta, geo
from services.location.config import Config
from services.location.events.domain import Event
from services.location.instants import micros
from services.location.journeys.domain import Consent, Expected, Mode, State, begin
from services.location.roads.roads import LASTS, Roads
from services.location.roads.router import FAILURES, LONGEST, Route, Router, RouterAway
from services.location.segments.columns import SCALE, UNKNOWN, Point, Report
from services.location.track import domain as track
from services.location.track.domain import Passage
from tests.location.test_journey_rules import NOW

VENUE = (60.17, 24.94)
EVENT = Event(
    Name(uuid.UUID(int=1), uuid.UUID(int=2)),
    *VENUE,
    100,
    NOW + timedelta(hours=1),
    NOW + timedelta(hours=3),
)


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


class Osrm:
    """Answers as OSRM does, and remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.answer = self.fine
        self.clock = Clock()
        transport = httpx.MockTransport(self._heard)
        addresses = {Mode.CAR: "http://car", Mode.WALK: "http://foot"}
        self.router = Router(addresses, httpx.AsyncClient(transport=transport), self.clock)

    def _heard(self, request):
        self.asked.append(request)
        return self.answer(request)

    @staticmethod
    def fine(request):
        places = request.url.path.rsplit("/", 1)[1].split(";")
        if "/route/" in request.url.path:
            return httpx.Response(
                200, json={"code": "Ok", "routes": [{"distance": 1000.0, "duration": 60.0}]}
            )
        count = len(places) - 1
        return httpx.Response(
            200,
            json={
                "code": "Ok",
                "distances": [[1000.0 + i] for i in range(count - 1)] + [[None]],
                "durations": [[60.0]] * (count - 1) + [[None]],
            },
        )


def refusal(code):
    return lambda _request: httpx.Response(400, json={"code": code, "message": ""})


def journey_at(lat, lon, *, mode=Mode.CAR, number=1):
    made = begin(
        uuid.UUID(int=100 + number), EVENT, f"users/{number}", Consent(EVENT.name, mode, 1.0), NOW
    )
    point = Point(1, micros(NOW), lat, lon, 5.0, -1.0, -1.0)
    left = geo.distance(lat, lon, *VENUE)
    return dataclasses.replace(
        made, state=State.UNDER_WAY, newest=point, expected=Expected(left, None, None)
    )


async def test_one_way_is_asked_for_with_the_longitude_first():
    osrm = Osrm()

    found = await osrm.router.routes(Mode.CAR, [(60.2, 24.9)], VENUE)

    assert found == [Route(1000.0, 60.0)]
    (asked,) = osrm.asked
    assert asked.url.path == "/route/v1/driving/24.900000,60.200000;24.940000,60.170000"
    assert asked.url.host == "car"
    # Without it a position at 0, 0 has a way of thousands of kilometres.
    assert asked.url.params["radiuses"] == "250;250"


async def test_many_ways_are_one_question():
    osrm = Osrm()

    found = await osrm.router.routes(Mode.WALK, [(60.2, 24.9), (60.21, 24.9), (0.0, 0.0)], VENUE)

    assert found == [Route(1000.0, 60.0), Route(1001.0, 60.0), None]
    (asked,) = osrm.asked
    assert asked.url.path.startswith("/table/v1/foot/")
    assert asked.url.params["sources"] == "0;1;2"
    assert asked.url.params["destinations"] == "3"


async def test_a_way_that_does_not_exist_is_no_failure():
    osrm = Osrm()
    osrm.answer = refusal("NoRoute")

    for _ in range(2 * FAILURES):
        assert await osrm.router.routes(Mode.CAR, [(60.2, 24.9)], VENUE) == [None]

    assert not osrm.router.rests()


async def test_one_position_off_all_roads_does_not_spoil_the_others():
    osrm = Osrm()

    def picky(request):
        if "/table/" in request.url.path or "24.100000" in request.url.path:
            return refusal("NoSegment")(request)
        return osrm.fine(request)

    osrm.answer = picky

    found = await osrm.router.routes(Mode.CAR, [(60.2, 24.9), (60.2, 24.1)], VENUE)

    assert found == [Route(1000.0, 60.0), None]


def _html(_request):
    return httpx.Response(502, text="<html>")


def _list(_request):
    return httpx.Response(200, json=[1])


def _nothing(_request):
    return httpx.Response(200, json={"code": "Ok"})


def _slow(_request):
    raise httpx.ReadTimeout("too slow")


@pytest.mark.parametrize("answer", [_html, _list, _nothing, _slow, refusal("InvalidQuery")])
async def test_a_router_that_fails_again_and_again_is_left_alone_for_a_while(answer):
    osrm = Osrm()
    osrm.answer = answer
    for _ in range(FAILURES):
        with pytest.raises(RouterAway):
            await osrm.router.routes(Mode.CAR, [(60.2, 24.9)], VENUE)
    asked = len(osrm.asked)

    with pytest.raises(RouterAway, match="left alone"):
        await osrm.router.routes(Mode.CAR, [(60.2, 24.9)], VENUE)

    assert len(osrm.asked) == asked
    osrm.clock.time += LONGEST
    osrm.answer = osrm.fine
    assert await osrm.router.routes(Mode.CAR, [(60.2, 24.9)], VENUE) == [Route(1000.0, 60.0)]


async def test_a_connection_that_was_closed_is_opened_again():
    osrm = Osrm()

    def closing(request):
        if len(osrm.asked) == 1:
            raise httpx.RemoteProtocolError("closed")
        return osrm.fine(request)

    osrm.answer = closing

    assert await osrm.router.routes(Mode.CAR, [(60.2, 24.9)], VENUE) == [Route(1000.0, 60.0)]


async def test_all_who_go_to_one_place_are_one_question_and_it_is_asked_once():
    osrm = Osrm()
    roads = Roads(osrm.router, osrm.clock)
    crowd = [journey_at(60.2, 24.9 + 0.01 * n, number=n) for n in range(5)]
    for journey in crowd:
        assert roads.find(journey, EVENT) is None
        roads.want(journey, EVENT)

    await roads.tick()
    for journey in crowd:
        roads.want(journey, EVENT)
    await roads.tick()

    assert len(osrm.asked) == 1
    assert roads.find(crowd[0], EVENT) == Route(1000.0, 60.0)
    # To the last one there is no way, and that is known too.
    assert roads.find(crowd[4], EVENT) is None


async def test_who_reports_has_the_way_from_where_they_are():
    osrm = Osrm()
    roads = Roads(osrm.router, osrm.clock)
    consent = Consent(EVENT.name, Mode.CAR, 1.0)
    passage = Passage.of(begin(uuid.UUID(int=9), EVENT, "users/ada", consent, NOW), EVENT)
    place = round(60.2 * SCALE), round(24.9 * SCALE)
    columns = [micros(NOW)], [place[0]], [place[1]], [5.0], [UNKNOWN], [UNKNOWN]
    track.take(passage, Report.of(1, *columns), NOW)

    roads.want(track.settle(passage, NOW), EVENT)
    await roads.tick()

    (asked,) = osrm.asked
    assert asked.url.path.endswith("/24.900000,60.200000;24.940000,60.170000")


async def test_what_is_asked_and_what_it_came_to_is_counted():
    def counted(name, **labels):
        return REGISTRY.get_sample_value(f"turnout_location_{name}", labels) or 0.0

    osrm = Osrm()
    roads = Roads(osrm.router, osrm.clock)
    journey = journey_at(60.2, 24.9)
    fine = {"mode": "car", "outcome": "answered"}
    failed = {"mode": "car", "outcome": "failed"}
    before = [counted("router_questions_total", **each) for each in (fine, failed)]
    took, aged = counted("router_seconds_count"), counted("road_age_seconds_count")

    roads.want(journey, EVENT)
    assert counted("roads_wanted") == 1
    await roads.tick()
    assert (counted("roads_wanted"), counted("roads_known")) == (0, 1)
    roads.find(journey, EVENT)
    assert counted("road_age_seconds_count") == aged + 1
    osrm.answer = _slow
    for number in range(FAILURES):
        assert counted("router_rests") == 0
        with pytest.raises(RouterAway):
            await osrm.router.routes(Mode.CAR, [(60.2, 24.9)], VENUE)
        assert counted("router_failures") == number + 1

    assert counted("router_rests") == 1
    after = [counted("router_questions_total", **each) for each in (fine, failed)]
    assert after == [before[0] + 1, before[1] + FAILURES]
    assert counted("router_seconds_count") == took + 1 + FAILURES
    osrm.clock.time += LONGEST
    assert counted("router_rests") == 0


async def test_whoever_is_in_the_same_cell_has_about_the_same_way():
    osrm = Osrm()
    roads = Roads(osrm.router, osrm.clock)
    roads.want(journey_at(60.2, 24.9), EVENT)
    await roads.tick()

    near = roads.find(journey_at(60.2003, 24.9, number=2), EVENT)

    assert near is not None
    assert 1000 < near.meters < 1030
    assert roads.find(journey_at(60.25, 24.9), EVENT) is None
    assert roads.find(journey_at(60.2, 24.9, mode=Mode.WALK), EVENT) is None


async def test_a_way_is_not_believed_for_ever():
    osrm = Osrm()
    roads = Roads(osrm.router, osrm.clock)
    journey = journey_at(60.2, 24.9)
    roads.want(journey, EVENT)
    await roads.tick()

    osrm.clock.time += LASTS + 1

    assert roads.find(journey, EVENT) is None


async def test_without_a_router_for_the_mode_nothing_is_wanted():
    osrm = Osrm()
    for roads in (Roads(None, osrm.clock), Roads(osrm.router, osrm.clock)):
        roads.want(journey_at(60.2, 24.9, mode=Mode.BICYCLE), EVENT)
        roads.want(journey_at(*VENUE), EVENT)
        await roads.tick()

    assert osrm.asked == []


async def test_what_a_router_could_not_say_is_asked_again_when_somebody_wants_it():
    osrm = Osrm()
    roads = Roads(osrm.router, osrm.clock)
    journey = journey_at(60.2, 24.9)
    osrm.answer = _slow
    roads.want(journey, EVENT)
    await roads.tick()
    assert roads.find(journey, EVENT) is None

    osrm.answer = osrm.fine
    roads.want(journey, EVENT)
    await roads.tick()

    assert roads.find(journey, EVENT) == Route(1000.0, 60.0)


def test_routers_are_off_unless_they_are_named():
    assert Config.from_env(Env({})).routers == {}

    found = Config.from_env(Env({"TURNOUT_OSRM_CAR_URL": "http://osrm:5000/"})).routers

    assert found == dict.fromkeys((Mode.CAR, Mode.TRANSIT, Mode.UNKNOWN), "http://osrm:5000")


# --- what an estimate makes of it


def driver():
    """Half an hour of a steady drive, 9 km to go."""
    estimator = eta.Estimator(0.0, 0.0, "drive")
    for number in range(90):
        left = 18_000 - 10.0 * 10 * number
        estimator.update(10.0 * number, -left / geo.PER_DEGREE, 0.0, 5.0)
    return estimator


def test_a_longer_way_takes_longer_and_the_estimate_says_what_it_knows():
    plain, guided = driver(), driver()
    guided.guide(2.5 * guided.left())

    found, longer = plain.estimate(890.0), guided.estimate(890.0)

    assert found is not None
    assert longer is not None
    assert (found.method, found.route_time) == (eta.Method.VELOCITY, None)
    assert (longer.method, longer.route_time) == (eta.Method.ROUTE, 890.0)
    assert longer.p50 > 1.3 * found.p50


def test_a_way_as_long_as_ways_are_changes_little():
    plain, guided = driver(), driver()
    guided.guide(math.exp(eta.DETOUR) * guided.left())

    found, same = plain.estimate(890.0), guided.estimate(890.0)

    assert found is not None
    assert same is not None
    assert same.p50 == pytest.approx(found.p50, rel=0.02)


@pytest.mark.parametrize("meters", [0.0, -5.0, math.inf, math.nan])
def test_a_way_that_cannot_be_is_not_believed(meters):
    estimator = driver()

    estimator.guide(meters)

    assert not estimator.guided()


def test_a_way_from_far_behind_says_nothing_any_more():
    estimator = driver()
    estimator.guide(2.0 * estimator.left())
    assert estimator.guided()

    estimator.update(1600.0, -2000 / geo.PER_DEGREE, 0.0, 5.0)

    assert not estimator.guided()


def test_who_has_just_begun_is_estimated_by_what_is_usual():
    estimator = eta.Estimator(0.0, 0.0, "walk")
    estimator.update(0.0, -0.01, 0.0, 5.0)

    found = estimator.estimate(0.0)

    assert found is not None
    assert found.method is eta.Method.DISTANCE


@pytest.mark.parametrize(
    ("speed", "mode"), [(1.3, "walk"), (7.7, None), (5.0, "bike"), (20.0, "drive")]
)
def test_a_mode_shows_after_some_minutes(speed, mode):
    estimator = eta.Estimator(0.0, 0.0)
    seen = []
    for number in range(90):
        left = 30_000 - speed * 10 * number
        estimator.update(10.0 * number, -left / geo.PER_DEGREE, 0.0, 5.0)
        seen.append(estimator.looks_like())

    assert seen[10] is None
    assert seen[-1] == mode
