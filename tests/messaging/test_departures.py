"""Who has to leave now is told so, and who waits for them hears who will be late: each once."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import grpc
import pytest

from services.kit.names import Name
from services.messaging.decency.domain import (
    EXPIRED,
    NO_USE_THEN,
    Candidate,
    Drop,
    Known,
    Policy,
    judge,
)
from services.messaging.departures import domain
from services.messaging.departures.domain import Forecast
from services.messaging.messages.domain import Channel, Failure, Priority
from tests.messaging.test_decency import policy
from tests.messaging.test_wordings import Desk
from tests.serving import refused
from turnout.event.v1 import event_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import messaging_pb2

M = messaging_pb2.Message
MINUTE = timedelta(minutes=1)
START = datetime(2026, 6, 1, 18, tzinfo=UTC)
JOURNEY, EVENT = Name(uuid.uuid4(), uuid.uuid4()), Name(uuid.uuid4(), uuid.uuid4())


def seen(before, *, way, distance=10_000.0, surely=None):
    """A forecast so many minutes before the start, for a way of so many."""
    position = START - before * MINUTE
    return Forecast(
        journey=JOURNEY,
        event=EVENT,
        traveler="users/ada",
        distance=distance,
        position_time=position,
        p50_time=position + way * MINUTE,
        p90_time=position + (surely or way) * MINUTE,
        start_time=START,
        expire_time=position + 15 * MINUTE,
    )


def followed(first, *later):
    found = domain.begun(first)
    for each in later:
        found = domain.followed(found, each)
    return found


def leaving(*forecasts):
    """Whether somebody has to leave, at the last of these forecasts."""
    last = forecasts[-1]
    return domain.has_to_leave(followed(*forecasts), last, last.position_time)


# --- when to leave


def test_who_is_seen_once_may_be_on_the_way():
    assert not leaving(seen(40, way=30))


def test_who_stays_where_they_were_has_to_leave_when_the_way_takes_all_that_is_left():
    begin = seen(90, way=30, surely=40)

    assert not leaving(begin, seen(51, way=30, surely=40))
    assert leaving(begin, seen(50, way=30, surely=40))
    assert leaving(begin, seen(10, way=30, surely=40))


def test_who_has_just_been_heard_of_is_looked_at_again():
    assert not leaving(seen(40, way=30), seen(38.1, way=30))
    assert leaving(seen(40, way=30), seen(38, way=30))


def test_standing_makes_no_way_longer():
    long = seen(50, way=400, surely=900)

    assert not leaving(seen(90, way=20, surely=30), long)
    assert leaving(seen(90, way=20, surely=30), replace(long, position_time=START - 40 * MINUTE))


@pytest.mark.parametrize(
    ("distance", "now", "left"),
    [(10_000, 9_851, False), (10_000, 9_849, True), (10_000, 10_151, True), (900, 809, True)],
)
def test_who_is_elsewhere_has_left(distance, now, left):
    begin, later = seen(40, way=30, distance=distance), seen(35, way=30, distance=now)

    assert (followed(begin, later).left_time is not None) is left
    assert leaving(begin, later) is not left


def test_who_has_left_and_comes_back_is_not_told():
    begin, gone = seen(60, way=30), seen(50, way=30, distance=5_000)

    assert not leaving(begin, gone, seen(40, way=30))


def test_once_the_event_began_nobody_has_to_leave():
    begin = seen(40, way=30)
    last = seen(5, way=30)

    assert domain.has_to_leave(followed(begin, last), last, START - MINUTE)
    assert not domain.has_to_leave(followed(begin, last), last, START)


def test_what_was_seen_long_ago_says_nothing():
    begin, last = seen(60, way=30), seen(35, way=30)

    assert not domain.has_to_leave(followed(begin, last), last, last.expire_time)


# --- who is late


def late(*forecasts, threshold=10):
    last = forecasts[-1]
    return domain.is_late(followed(*forecasts), last, threshold * MINUTE, last.position_time)


def test_who_is_expected_late_is_late_from_the_threshold_on():
    assert not late(seen(30, way=39))
    assert late(seen(30, way=40))
    assert not domain.is_late(followed(seen(30, way=90)), seen(30, way=90), None, START - MINUTE)


def test_who_stays_at_home_is_as_late_as_by_leaving_now():
    begin = seen(90, way=30)

    assert not late(begin, seen(60, way=400))
    assert late(begin, seen(19, way=400))
    assert domain.lateness(followed(begin), seen(19, way=400)) == 11 * MINUTE


def test_who_stood_long_is_not_late_by_that():
    begin = seen(90, way=20, surely=30)
    gone = seen(60, way=200, distance=9_000)

    assert not late(begin, gone)
    assert not late(begin, gone, seen(45, way=100, distance=8_000))
    assert late(begin, gone, seen(29, way=100, distance=8_000))


# --- what is of no use later


def judged(now, policy, expire_time=START):
    candidate = Candidate(
        uuid.uuid4(), "users/ada", "ada@example.org", Priority.HIGH, "UTC", expire_time=expire_time
    )
    return judge(candidate, Channel.EMAIL, Known(policy), now)


def test_what_is_of_no_use_any_more_goes_to_nobody():
    free = Policy(uuid.uuid4())

    assert judged(START - MINUTE, free) is None
    assert judged(START, free) == Drop(EXPIRED, Failure.EXPIRED)


def test_nobody_is_woken_for_what_is_of_no_use_in_the_morning():
    night = Policy(uuid.uuid4(), time(16), time(19))

    assert judged(START - MINUTE, night) == Drop(NO_USE_THEN, Failure.EXPIRED)
    assert judged(START - MINUTE, night, expire_time=None) is None


# --- what is told


class Way:
    """Somebody's way to the event of a club, as location tells of it."""

    def __init__(self, club, traveler, minutes_left):
        self.club, self.traveler = club, traveler
        self.name = f"{club.name}/journeys/{uuid.uuid4()}"
        self.now = club.world.clock.now()
        self.start = self.now + minutes_left * MINUTE

    def expected(self, *, ago, way, distance=10_000.0):
        """Seen so many minutes ago, with so many of the way to go."""
        position = self.now - ago * MINUTE
        fact = location_pb2.ArrivalExpected(
            journey=self.name,
            event=self.club.event,
            traveler=self.traveler,
            distance_meters=distance,
        )
        fact.position_time.FromDatetime(position)
        fact.p50_time.FromDatetime(position + way * MINUTE)
        fact.p90_time.FromDatetime(position + way * MINUTE)
        fact.lateness.FromTimedelta(position + way * MINUTE - self.start)
        fact.expire_time.FromDatetime(position + 60 * MINUTE)
        return fact

    async def hear(self, **seen):
        await self.club.hear(self.expected(**seen), self.name)

    async def stay(self, way=30):
        await self.hear(ago=6, way=way)
        await self.hear(ago=3, way=way)

    async def told(self):
        """What was said of it, oldest first."""
        kinds = ("leave-now", "running-late")
        return [each for each in await self.club.messages() if each.kind in kinds]

    async def rows(self):
        rows = await self.club.world.owner.execute(
            "select * from departures where organization = %s", [self.club.id]
        )
        return await rows.fetchall()


@pytest.fixture
async def ada(club):
    return await club.invite()


@pytest.mark.server
async def test_who_has_not_left_is_told_to_leave_once(club, ada):
    way = Way(club, ada, minutes_left=30)

    await way.stay()
    await way.hear(ago=1, way=30)

    (message,) = await way.told()
    assert (message.kind, message.recipient) == ("leave-now", ada)
    assert message.priority == M.PRIORITY_HIGH
    assert abs(message.expire_time.ToDatetime(UTC) - way.start) < timedelta(milliseconds=1)
    assert message.subject == "Winter Gig: leave now"
    assert "You will be about" not in message.body


@pytest.mark.server
async def test_there_may_be_some_minutes_left(club, ada):
    way = Way(club, ada, minutes_left=35)

    await way.stay()

    (message,) = await way.told()
    by = (way.start - 30 * MINUTE + timedelta(hours=1)).strftime("%H:%M")  # in Berlin, in winter
    assert message.subject == f"Winter Gig: leave by {by}"
    assert f"leave by {by} to be in time for Winter Gig." in message.body


@pytest.mark.server
async def test_who_leaves_too_late_hears_how_late_that_is(club, ada):
    way = Way(club, ada, minutes_left=10)

    await way.stay()

    (message,) = await way.told()
    assert "You will be about 17 min late." in message.body


@pytest.mark.server
async def test_who_is_on_the_way_is_not_told_to_leave(club, ada):
    way = Way(club, ada, minutes_left=30)

    await way.hear(ago=6, way=33)
    await way.hear(ago=3, way=30, distance=8_000.0)

    assert await way.told() == []


@pytest.mark.server
async def test_the_organization_hears_once_who_will_be_late(world, club, ada):
    way = Way(club, ada, minutes_left=30)
    await way.hear(ago=6, way=51)
    assert await way.told() == []  # it has not asked for that
    await policy(world, club, late_threshold={"seconds": 600}, leave_notices=False)

    await way.hear(ago=4, way=49, distance=9_000.0)
    await way.hear(ago=1, way=49, distance=8_000.0)

    (message,) = await way.told()
    assert (message.kind, message.recipient) == ("running-late", club.name)
    assert message.address == "club@example.org"
    assert message.subject == "Winter Gig: Ada will be 15 min late"


@pytest.mark.server
async def test_many_are_followed_together(world, club):
    ways = [Way(club, await club.invite(), minutes_left=30) for _ in range(3)]
    seen = [(each.expected(ago=ago, way=30), each.name) for ago in (6, 3) for each in ways]

    await world.hear_together(seen)

    told = await ways[0].told()
    assert sorted(m.recipient for m in told) == sorted(each.traveler for each in ways)


@pytest.mark.server
async def test_nothing_is_said_of_what_is_called_off_or_unknown(world, club, ada):
    stranger = f"{club.name}/participants/{uuid.uuid4()}"
    unknown = Way(club, stranger, minutes_left=30)
    await unknown.stay()
    await club.hear(event_pb2.EventCancelled(event=club.event, reason="storm"))

    await Way(club, ada, minutes_left=30).stay()

    assert await unknown.told() == []


@pytest.mark.server
@pytest.mark.parametrize("over", [location_pb2.JourneyArrived, location_pb2.JourneyEnded])
async def test_what_is_over_is_forgotten(club, ada, over):
    way = Way(club, ada, minutes_left=300)
    await way.stay()
    assert len(await way.rows()) == 1

    fact = over(journey=way.name, event=club.event, traveler=ada)
    await club.hear(fact, way.name)

    assert await way.rows() == []


@pytest.mark.server
async def test_nobody_is_followed_where_nothing_is_to_be_said(world, club, ada):
    await policy(world, club, leave_notices=False)
    way = Way(club, ada, minutes_left=30)

    await way.stay()

    assert await way.told() == []
    assert await way.rows() == []


@pytest.mark.server
async def test_nobody_can_tell_any_more_says_nothing(club, ada):
    way = Way(club, ada, minutes_left=30)
    silent = location_pb2.ArrivalExpected(journey=way.name, event=club.event, traveler=ada)

    await club.hear(silent, way.name)

    assert await way.rows() == []


@pytest.mark.server
async def test_what_cannot_go_before_the_start_never_goes_by_any_channel(world, club):
    both = await club.invite(phone="+12125551234")
    await Way(club, both, minutes_left=30).stay()
    world.clock.ahead = timedelta(minutes=31)
    try:
        await club.send()
        await world.do_all("cascade", club.id)
        found = await club.messages()
    finally:
        world.clock.ahead = timedelta()

    (message,) = [each for each in found if each.kind == "leave-now"]
    assert (message.state, message.failure) == (M.STATE_FAILED, M.FAILURE_EXPIRED)
    assert message.failure_reason == EXPIRED


@pytest.mark.server
async def test_it_is_said_in_words_of_the_organization(world, club, ada):
    desk = Desk(club, await world.member("OWNER", club.id))
    words = "Go{% if leave %} by {{ leave }}{% endif %}{% if late %}, {{ late }} late{% endif %}!"
    asked = [{"name": "leave", "optional": True}, {"name": "late", "optional": True}]
    await desk.use("leave-now", (await desk.create(*asked, body=words)).name)

    await Way(club, ada, minutes_left=30).stay()

    (message,) = [each for each in await club.messages() if each.kind == "leave-now"]
    assert message.body == "Go!\n"


@pytest.mark.server
async def test_a_policy_says_what_is_told_of_who_is_on_the_way(world, club):
    changed = await policy(world, club, late_threshold={"seconds": 600}, leave_notices=False)
    cleared = await policy(world, club, mask=["late_threshold", "leave_notices"])

    assert (changed.late_threshold.seconds, changed.leave_notices) == (600, False)
    assert not cleared.HasField("late_threshold")
    assert cleared.leave_notices
    for seconds in (0, 59, 86_401, -600):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await policy(world, club, late_threshold={"seconds": seconds})
        assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "late_threshold" in str(error.value.details())
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await policy(world, club, leave_notices=True, etag=changed.etag)
