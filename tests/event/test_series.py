"""Series and their occurrences, over a real server and database."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from services.event import tables, work
from services.event.__main__ import SERVICE
from services.event.events.domain import EVENTS
from services.event.series import actions
from services.event.series.domain import SERIES
from services.kit.names import Name
from services.kit.server import parts_of, working
from services.kit.tenant import within
from services.kit.wire import civil
from tests.event.test_events import create, get, update
from tests.event.test_lifecycle import booked
from tests.event.test_tables import count
from tests.event.test_tours import told, tour
from tests.event.world import CONFIG, NOBODY, gig, invalid, refused
from tests.waiting import eventually
from turnout.event.v1 import event_pb2, series_pb2

pytestmark = pytest.mark.server

Event, Series = event_pb2.Event, series_pb2.Series
Scope = series_pb2.UpdateOccurrencesRequest
NOT_FOUND, UNMET = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


class Club:
    """A house with an event next week at 18:00 in Berlin, and what is made of it."""

    def __init__(self, world: Any, house: Any, event: Any) -> None:
        self.world, self.house, self.event = world, house, event
        self.first = civil(event.start_time, "").replace(tzinfo=None)

    def day(self, weeks: float) -> str:
        return (self.first + timedelta(weeks=weeks)).date().isoformat()

    async def repeat(self, rule: str = "FREQ=WEEKLY;COUNT=4", **given: Any) -> Any:
        series = Series(event=self.event.name, rule=rule, **given)
        request = series_pb2.CreateSeriesRequest(parent=self.house.name, series=series)
        return await self.world.series.CreateSeries(request, metadata=self.house.organizer)

    async def ask(self, method: str, name: str, **given: Any) -> Any:
        request = getattr(series_pb2, f"{method}Request")(name=name, **given)
        return await getattr(self.world.series, method)(request, metadata=self.house.organizer)

    async def revise(self, name: str, scope: Any, **values: Any) -> Any:
        request = Scope(event=Event(name=name, **values), scope=scope)
        return await self.world.series.UpdateOccurrences(request, metadata=self.house.organizer)

    async def change(self, series: Any, *paths: str, **given: Any) -> Any:
        request = series_pb2.UpdateSeriesRequest(
            series=Series(name=series.name, **given), update_mask={"paths": list(paths)}
        )
        return await self.world.series.UpdateSeries(request, metadata=self.house.organizer)

    async def occurrences(self, series: Any, who: Any = None, **given: Any) -> list[Any]:
        request = event_pb2.ListEventsRequest(
            parent=self.house.name, series=series.name, page_size=200, **given
        )
        found = await self.world.events.ListEvents(request, metadata=who or self.house.organizer)
        return list(found.events)

    async def extend(self, series: Any) -> None:
        """Has the series grow, as its work does when it is due."""
        with within(self.house.organization):
            now = self.world.clock.now()
            await self.world.db.run(actions.extend, SERIES.parse(series.name), now)


def days_of(events: list[Any]) -> list[str]:
    return [civil(each.start_time, "").date().isoformat() for each in events]


def begin(days: float = 7, **given: Any) -> Any:
    """A gathering from 18:00 to 20:00 in Berlin."""
    event = gig(days)
    for time, hours in ((event.start_time, 18), (event.end_time, 20)):
        time.hours, time.minutes = hours, 0
    event.MergeFrom(event_pb2.Event(**given))
    return event


@pytest.fixture
async def club(world, house):
    return Club(world, house, await create(world, house, begin()))


@pytest.fixture
async def published(world, house):
    return Club(world, house, await house.publish(await create(world, house, begin())))


# --- making


async def test_an_event_becomes_the_first_of_a_series(world, club):
    series = await club.repeat()

    found = await club.occurrences(series)
    assert days_of(found) == [club.day(week) for week in range(4)]
    assert found[0].name == club.event.name == series.event
    assert {each.state for each in found} == {Event.STATE_DRAFT}
    assert {each.type for each in found} == {Event.TYPE_PERIODIC}
    assert {each.series for each in found} == {series.name}
    assert [each.original_start_time for each in found] == [each.start_time for each in found]
    assert {each.display_name for each in found} == {"Concert"}
    assert (series.state, series.display_name) == (Series.STATE_DRAFT, "Concert")
    assert await club.ask("GetSeries", series.name) == series
    assert await world.facts(club.house.organization) == []


async def test_of_what_is_published_all_is_published(world, published):
    series = await published.repeat()

    found = await published.occurrences(series, NOBODY)
    assert {each.state for each in found} == {Event.STATE_PUBLISHED}
    assert len(await world.facts(published.house.organization, "EventPublished")) == 4
    request = event_pb2.ListEventsRequest(parent=published.house.name, type="periodic")
    everybody = await world.events.ListEvents(request)
    assert len(everybody.events) == 4


async def test_days_are_added_and_left_out(club):
    series = await club.repeat(
        extra_dates=[club.day(1.2), club.day(3)], skipped_dates=[club.day(1), club.day(9)]
    )

    found = await club.occurrences(series)
    assert days_of(found) == [club.day(week) for week in (0, 1.2, 2, 3)]


async def test_days_alone_make_a_series(club):
    series = await club.repeat("", extra_dates=[club.day(2), club.day(5)])

    assert days_of(await club.occurrences(series)) == [club.day(week) for week in (0, 2, 5)]


async def test_what_takes_place_at_six_does_so_all_year(world, house):
    tuesday = begin()
    for time in (tuesday.start_time, tuesday.end_time):
        time.year, time.month, time.day = 2027, 9, 7
    club = Club(world, house, await create(world, house, tuesday))
    world.clock.ahead = datetime(2027, 9, 1, tzinfo=UTC) - datetime.now(UTC)
    try:
        series = await club.repeat("FREQ=WEEKLY;COUNT=20")
    finally:
        world.clock.ahead = timedelta()

    found = await club.occurrences(series)
    clocks = [civil(each.start_time, "") for each in found]
    assert {clock.hour for clock in clocks} == {18}
    assert {clock.astimezone(UTC).hour for clock in clocks} == {16, 17}
    lengths = {civil(each.end_time, "") - civil(each.start_time, "") for each in found}
    assert lengths == {timedelta(hours=2)}


async def test_a_time_that_the_clock_skips_is_shifted_and_one_shown_twice_is_the_first(
    world, house
):
    night = begin()
    for time, hour in ((night.start_time, 2), (night.end_time, 4)):
        time.year, time.month, time.day, time.hours, time.minutes = 2027, 3, 27, hour, 30
    club = Club(world, house, await create(world, house, night))

    series = await club.repeat("FREQ=DAILY;COUNT=3")
    _, spring, after = await club.occurrences(series)
    autumn = await club.change(
        series,
        *("start_time", "rule"),
        rule="FREQ=DAILY;COUNT=2",
        start_time={**_day(2027, 10, 30), "hours": 2, "minutes": 30},
    )

    # The clock jumps from 2:00 to 3:00.
    assert (spring.start_time.hours, spring.start_time.minutes) == (3, 30)
    assert (after.start_time.hours, spring.original_start_time.hours) == (2, 2)
    found = await club.occurrences(autumn)
    assert civil(found[-1].start_time, "").utcoffset() == timedelta(hours=2)


async def test_what_lasts_less_than_the_clock_jumps_ends_after_it_begins(world, house):
    night = begin()
    for time, (hour, minute) in ((night.start_time, (2, 30)), (night.end_time, (3, 15))):
        time.year, time.month, time.day, time.hours, time.minutes = 2027, 3, 27, hour, minute
    club = Club(world, house, await create(world, house, night))

    series = await club.repeat("FREQ=DAILY;COUNT=2")

    _, spring = await club.occurrences(series)
    assert (spring.start_time.hours, spring.start_time.minutes) == (3, 30)
    assert (spring.end_time.hours, spring.end_time.minutes) == (4, 15)


def _day(year: int, month: int, day: int) -> dict[str, Any]:
    return {"year": year, "month": month, "day": day, "time_zone": {"id": "Europe/Berlin"}}


async def test_sales_move_along(world, house):
    event = begin()
    start = civil(event.start_time, "").astimezone(UTC)
    opens = {"seconds": int((start - timedelta(days=3)).timestamp())}
    event.ticket_types[0].sale_start_time.MergeFrom(
        event_pb2.TicketType(sale_start_time=opens).sale_start_time
    )
    club = Club(world, house, await create(world, house, event))

    series = await club.repeat()

    found = await club.occurrences(series)
    for each in found:
        ahead = civil(each.start_time, "").astimezone(UTC) - each.ticket_types[
            0
        ].sale_start_time.ToDatetime(UTC)
        assert timedelta(days=2, hours=22) < ahead < timedelta(days=3, hours=2)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"rule": "FREQ=SECONDLY"}, "series.rule"),
        ({"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "series.rule"),
        ({"rule": ""}, "series.rule"),
        ({"rule": "x" * 501}, "series.rule"),
        ({"extra_dates": ["2027-02-30"]}, "series.extra_dates[0]"),
        ({"skipped_dates": ["tomorrow"]}, "series.skipped_dates[0]"),
        (
            {"start_time": {**_day(2027, 1, 5), "time_zone": {"id": "UTC"}}},
            "series.start_time",
        ),
    ],
)
async def test_what_cannot_be_is_named(club, given, field):
    with invalid(field):
        await club.repeat(**given)


async def test_a_series_begins_on_a_day_of_its_rule(club):
    other = DAYS[(club.first.weekday() + 1) % 7]

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_SERIES", field="series.rule"):
        await club.repeat(f"FREQ=WEEKLY;BYDAY={other}")


async def test_an_event_belongs_to_one_series(club):
    series = await club.repeat()

    with refused(UNMET, "RECURS_ALREADY", series=series.name):
        await club.repeat()


async def test_what_was_called_off_is_not_repeated(published):
    await published.house.cancel(published.event)

    with refused(UNMET, "WRONG_EVENT_STATE", state="CANCELLED"):
        await published.repeat()


async def test_an_event_of_somebody_else_is_none(world, club):
    other = await world.house()
    club.house = other

    with refused(NOT_FOUND, "EVENT_NOT_FOUND"):
        await club.repeat()


async def test_a_retry_makes_one_series(world, club):
    series = Series(event=club.event.name, rule="FREQ=WEEKLY;COUNT=2")
    request = series_pb2.CreateSeriesRequest(
        parent=club.house.name, series=series, request_id=str(uuid.uuid4())
    )

    first, second = await asyncio.gather(
        *(world.series.CreateSeries(request, metadata=club.house.organizer) for _ in range(2))
    )

    assert first == second


async def test_series_are_listed_by_age(world, house):
    made = []
    for _ in range(3):
        club = Club(world, house, await create(world, house, begin()))
        made.append((await club.repeat()).name)

    async def page(token=""):
        request = series_pb2.ListSeriesRequest(parent=house.name, page_size=2, page_token=token)
        return await world.series.ListSeries(request, metadata=house.organizer)

    first = await page()
    second = await page(first.next_page_token)
    assert [each.name for each in (*first.series, *second.series)] == made
    assert not second.next_page_token


async def test_nobody_else_sees_a_series(world, club):
    series = await club.repeat()
    other = await world.house()
    name = Name(other.organization, SERIES.parse(series.name).id)
    request = series_pb2.GetSeriesRequest(name=SERIES.format(name))

    with refused(NOT_FOUND, "SERIES_NOT_FOUND"):
        await world.series.GetSeries(request, metadata=other.organizer)


# --- growing


async def test_a_series_grows_ahead_and_not_without_end(club, clock):
    series = await club.repeat("FREQ=DAILY")
    assert len(await club.occurrences(series)) == 26

    for _ in range(5):
        await club.extend(series)
    found = await club.occurrences(series)
    assert len(found) == 100

    clock.ahead = timedelta(days=20)
    await club.extend(series)
    again = await club.occurrences(series)
    assert len(again) > 100
    assert days_of(again) == [club.day(day / 7) for day in range(len(again))]
    assert len({each.name for each in again}) == len(again)


async def test_the_work_of_two_makes_each_occurrence_once(world, club):
    series = await club.repeat("FREQ=WEEKLY;COUNT=40")

    async def grown():
        return len(await club.occurrences(series)) == 40

    async with (
        parts_of(SERVICE, world.settings, CONFIG, now=world.clock.now, db=world.db) as parts,
        working(SERVICE, parts),
        working(SERVICE, parts),
    ):
        await eventually(grown)

    found = await club.occurrences(series)
    assert days_of(found) == [club.day(week) for week in range(40)]


# --- changing one, the following, all


async def test_one_is_changed_without_the_others(world, club):
    series = await club.repeat()
    _, second, *_ = await club.occurrences(series)

    await update(world, club.house, second.name, display_name="Special")

    names = [each.display_name for each in await club.occurrences(series)]
    assert names == ["Concert", "Special", "Concert", "Concert"]


async def test_one_and_the_following_are_changed_and_those_that_are_made_later(club):
    series = await club.repeat("FREQ=WEEKLY;COUNT=30")
    _, second, *_ = await club.occurrences(series)

    after = await club.revise(second.name, Scope.SCOPE_FOLLOWING, display_name="Recital")

    assert after.display_name == "Recital"
    await club.extend(series)
    names = [each.display_name for each in await club.occurrences(series)]
    assert names == ["Concert"] + ["Recital"] * 29


async def test_all_move_by_the_clock_each_on_its_day_and_who_has_a_seat_is_told(world, published):
    club = published
    series = await club.repeat()
    found = await club.occurrences(series)
    user = f"users/{uuid.uuid4()}"
    await booked(world, club.house, found[2], user)

    one = found[1]
    times = {"start_time": _at(one.start_time, 19), "end_time": _at(one.end_time, 22)}
    await club.revise(one.name, Scope.SCOPE_ALL, **times)

    after = await club.occurrences(series)
    assert days_of(after) == days_of(found)
    assert {each.name for each in after} == {each.name for each in found}
    assert {each.start_time.hours for each in after} == {19}
    assert {each.end_time.hours for each in after} == {22}
    assert {each.original_start_time.hours for each in after} == {19}
    assert len(await world.facts(club.house.organization, "EventRevised")) == 4
    await tour(world, club.house, found[2])
    assert await told(world, club.house, "AttendeeMoved") == [user]


def _at(time: Any, hours: int) -> Any:
    moved = type(time)()
    moved.CopyFrom(time)
    moved.hours = hours
    return moved


async def test_several_do_not_change_their_day(club):
    series = await club.repeat()
    first, second, *_ = await club.occurrences(series)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_SERIES", field="event.start_time"):
        times = {"start_time": second.start_time, "end_time": second.end_time}
        await club.revise(first.name, Scope.SCOPE_ALL, **times)
    with invalid("scope"):
        await club.revise(first.name, Scope.SCOPE_UNSPECIFIED, display_name="x")


async def test_an_event_of_no_series_has_no_others(world, club):
    with refused(UNMET, "RECURS_NOT", event=club.event.name):
        await club.revise(club.event.name, Scope.SCOPE_ALL, description="x")
    with refused(UNMET, "RECURS_NOT", event=club.event.name):
        await club.ask("SkipOccurrence", club.event.name)


async def test_an_old_etag_changes_nothing(world, club):
    series = await club.repeat()
    first, *_ = await club.occurrences(series)
    await update(world, club.house, first.name, description="new")

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await club.ask("SkipOccurrence", first.name, etag=first.etag)
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await club.revise(first.name, Scope.SCOPE_ALL, description="x", etag=first.etag)
    await club.change(series, "skipped_dates", skipped_dates=[club.day(3)])
    for method in ("PublishSeries", "CancelSeries"):
        with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
            await club.ask(method, series.name, etag=series.etag)
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await club.change(series, "rule", rule="FREQ=WEEKLY", etag=series.etag)


# --- leaving out


async def test_a_draft_that_is_skipped_is_gone_and_not_made_again(club):
    series = await club.repeat()
    found = await club.occurrences(series)

    after = await club.ask("SkipOccurrence", found[1].name)

    assert list(after.skipped_dates) == [club.day(1)]
    await club.extend(series)
    await club.change(series, "rule", rule="FREQ=WEEKLY;COUNT=4")
    assert days_of(await club.occurrences(series)) == [club.day(week) for week in (0, 2, 3)]


async def test_a_draft_that_is_deleted_is_not_made_again(world, club):
    series = await club.repeat()
    found = await club.occurrences(series)
    request = event_pb2.DeleteEventRequest(name=found[1].name)

    await world.events.DeleteEvent(request, metadata=club.house.organizer)

    after = await club.ask("GetSeries", series.name)
    assert list(after.skipped_dates) == [club.day(1)]
    await club.change(series, "rule", rule="FREQ=WEEKLY;COUNT=5")
    assert days_of(await club.occurrences(series)) == [club.day(week) for week in (0, 2, 3, 4)]


async def test_what_is_published_and_skipped_is_called_off(world, published):
    series = await published.repeat()
    found = await published.occurrences(series)

    await published.ask("SkipOccurrence", found[1].name, reason="a holiday")

    gone = await get(world, found[1])
    assert (gone.state, gone.cancel_reason) == (Event.STATE_CANCELLED, "a holiday")
    with refused(UNMET, "WRONG_EVENT_STATE", state="CANCELLED"):
        await published.ask("SkipOccurrence", found[1].name)


# --- another rule


async def test_another_rule_moves_the_occurrences_and_their_people(world, published):
    club = published
    series = await club.repeat()
    found = await club.occurrences(series)
    user = f"users/{uuid.uuid4()}"
    await booked(world, club.house, found[1], user)
    next_day = club.first + timedelta(days=1)

    await club.change(
        series,
        *("rule", "start_time"),
        rule=f"FREQ=WEEKLY;COUNT=3;BYDAY={DAYS[next_day.weekday()]}",
        start_time=_at(_civil(next_day), 18),
    )

    after = await club.occurrences(series, state="published")
    assert days_of(after) == [club.day(week + 1 / 7) for week in range(3)]
    assert [each.name for each in after] == [each.name for each in found[:3]]
    assert (await get(world, found[3])).state == Event.STATE_CANCELLED
    await tour(world, club.house, found[1])
    assert await told(world, club.house, "AttendeeMoved") == [user]


def _civil(time: datetime) -> Any:
    message = event_pb2.Event(start_time=_day(time.year, time.month, time.day)).start_time
    message.hours, message.minutes = time.hour, time.minute
    return message


async def test_the_first_event_of_a_series_does_not_change(club):
    series = await club.repeat()
    second = (await club.occurrences(series))[1]

    with invalid("series.event"):
        await club.change(series, event=second.name)
    after = await club.change(series, event=series.event, rule="FREQ=WEEKLY;COUNT=2")
    assert after.rule == "FREQ=WEEKLY;COUNT=2"


async def test_who_has_a_day_keeps_it(world, club):
    series = await club.repeat("FREQ=WEEKLY;COUNT=6")
    found = await club.occurrences(series)

    await club.change(series, "rule", rule="FREQ=WEEKLY;INTERVAL=2;COUNT=3")

    after = await club.occurrences(series)
    assert [each.name for each in after] == [found[week].name for week in (0, 2, 4)]


async def test_a_longer_rule_makes_more(club):
    series = await club.repeat()

    await club.change(series, "rule", rule="FREQ=WEEKLY;COUNT=6")

    assert days_of(await club.occurrences(series)) == [club.day(week) for week in range(6)]


async def test_what_was_called_off_alone_is_not_made_again(world, published):
    series = await published.repeat()
    found = await published.occurrences(series)
    await published.house.cancel(found[1])

    await published.change(series, "rule", rule="FREQ=WEEKLY;COUNT=5")

    after = await published.occurrences(series, state="published")
    assert days_of(after) == [published.day(week) for week in (0, 2, 3, 4)]


# --- publishing and calling off


async def test_a_series_is_published_as_a_whole_and_what_is_made_later_too(world, club):
    series = await club.repeat("FREQ=WEEKLY;COUNT=30")

    after = await club.ask("PublishSeries", series.name)
    await club.extend(series)

    assert after.state == Series.STATE_PUBLISHED
    assert len(await club.occurrences(series, NOBODY)) == 30


async def test_a_series_that_is_called_off_takes_what_is_ahead_with_it(world, club):
    series = await club.repeat("FREQ=WEEKLY")
    first, second, *_ = await club.occurrences(series)
    await club.house.publish(first)

    after = await club.ask("CancelSeries", series.name, reason="the hall is closed")

    assert after.state == Series.STATE_CANCELLED
    gone = await get(world, first)
    assert (gone.state, gone.cancel_reason) == (Event.STATE_CANCELLED, "the hall is closed")
    with refused(NOT_FOUND, "EVENT_NOT_FOUND"):
        await get(world, second, club.house.organizer)
    await club.extend(series)
    assert [each.name for each in await club.occurrences(series)] == [first.name]
    for method in ("CancelSeries", "PublishSeries"):
        with refused(UNMET, "SERIES_OVER", series=series.name):
            await club.ask(method, series.name)
    with refused(UNMET, "SERIES_OVER"):
        await club.change(series, "rule", rule="FREQ=WEEKLY;COUNT=5")


@pytest.mark.parametrize("method", ["PublishSeries", "CancelSeries", "SkipOccurrence"])
async def test_a_retry_of_a_verb_gets_the_first_answer(club, method):
    series = await club.repeat()
    found = await club.occurrences(series)
    name = found[1].name if method == "SkipOccurrence" else series.name
    id = str(uuid.uuid4())

    first = await club.ask(method, name, request_id=id)

    assert await club.ask(method, name, request_id=id) == first


@pytest.mark.parametrize("method", ["GetSeries", "PublishSeries", "CancelSeries"])
async def test_there_is_no_such_series(club, method):
    name = f"{club.house.name}/series/{uuid.uuid4()}"

    with refused(NOT_FOUND, "SERIES_NOT_FOUND", series=name):
        await club.ask(method, name)


# --- the clocks of the world


async def test_another_release_of_tzdata_reckons_what_is_ahead_anew(world, published, clock):
    event = EVENTS.parse(published.event.name)
    right = civil(published.event.start_time, "").astimezone(UTC)
    wrong = "update {} set tzdata = '2020a'{} where {} = %s"
    hour = ", start_time = start_time - interval '1 hour', end_time = end_time - interval '1 hour'"
    await world.owner.execute(wrong.format("events", hour, "id"), [event.id])
    await world.owner.execute(wrong.format("owners", "", "event"), [event.id])

    (_, reckon) = next(iter(work.every(clock.now).values()))
    await reckon(world.db)
    await reckon(world.db)

    row = await world.owner.execute(
        "select start_time, tzdata from events where id = %s", [event.id]
    )
    found = await row.fetchone()
    assert (found.start_time, found.tzdata != "2020a") == (right, True)
    (fact,) = await world.facts(published.house.organization, "EventRevised")
    assert fact.announcement.start_time.ToDatetime(UTC) == right


async def test_the_database_shows_nobody_elses_series_seats_and_tours(world, published):
    await published.repeat()
    await booked(world, published.house, published.event)
    await published.house.cancel(published.event)
    other = await world.house()

    for table in (tables.series, tables.seats, tables.tours):
        assert await count(world.db, table, published.house.organization) > 0
        assert await count(world.db, table, other.organization) == 0
        assert await count(world.db, table, None) == 0
