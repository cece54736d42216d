"""When tasks are due, and whom they let sleep; no server, no database."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime, time, timedelta

import pytest

from services.event.events import domain as events
from services.event.participants.domain import Answer, Mark
from services.event.tasks import domain
from services.event.tasks.domain import Anchor, Audience, BadTask, Kind, Plan, State
from tests.event.builders import NOW, at, person, published, span, step

DAY = timedelta(days=1)


def task(kind=Kind.REMINDER, anchor=Anchor.START, offset=-DAY, **given):
    return domain.make(uuid.uuid4(), published(), kind, Plan(anchor, offset, **given), NOW)


def sleeper(zone=""):
    ada = person()
    return dataclasses.replace(ada, contact=dataclasses.replace(ada.contact, time_zone=zone))


def test_a_task_is_due_by_the_clock_of_the_event():
    assert task().due_time == datetime(2026, 5, 31, 17, tzinfo=UTC)
    assert task(anchor=Anchor.END, offset=DAY).due_time == datetime(2026, 6, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize("offset", [-40 * DAY, 400 * DAY])
def test_a_time_that_is_over_or_out_of_reach_is_refused(offset):
    with pytest.raises(BadTask):
        task(offset=offset)


def test_nothing_is_done_for_what_was_called_off():
    off = events.cancel(published(), "", NOW)

    with pytest.raises(events.WrongEventState):
        domain.make(uuid.uuid4(), off, Kind.THANKS, Plan(Anchor.END, DAY), NOW)


def test_a_task_follows_its_event_until_it_has_begun():
    later = published(span=span("2026-06-08T19:00", "2026-06-08T22:00"))
    waiting = task()

    assert domain.move(waiting, later, NOW).due_time == waiting.due_time + 7 * DAY
    assert domain.move(domain.pause(waiting, NOW), later, NOW).due_time != waiting.due_time
    done = domain.finish(waiting, NOW)
    assert domain.move(done, later, NOW) == done


def test_what_is_done_is_done_again_at_another_time_only():
    done = domain.finish(task(), NOW)

    again = domain.revise(done, published(), Plan(Anchor.START, -2 * DAY), NOW)
    same = domain.revise(done, published(), Plan(Anchor.START, -DAY, Audience(query="a")), NOW)

    assert (again.state, again.finish_time) == (State.SCHEDULED, None)
    assert same.state is State.DONE


def test_a_task_is_paused_and_resumed_where_it_was():
    half = dataclasses.replace(task(), state=State.RUNNING, after=uuid.uuid4())

    assert domain.resume(domain.pause(half, NOW), NOW).state is State.RUNNING
    assert domain.resume(domain.pause(task(), NOW), NOW).state is State.SCHEDULED
    with pytest.raises(domain.WrongTaskState):
        domain.resume(task(), NOW)
    with pytest.raises(domain.WrongTaskState):
        domain.pause(domain.finish(task(), NOW), NOW)


@pytest.mark.parametrize(
    ("zone", "hour", "wakes"),
    [
        # It is two hours later in Berlin, nine in Tokyo, and four earlier in New York.
        ("", "2026-05-31T12:00", "2026-05-31T12:00"),
        ("", "2026-05-31T18:59", "2026-05-31T18:59"),
        ("", "2026-05-31T19:00", "2026-06-01T06:00"),
        ("", "2026-06-01T05:59", "2026-06-01T06:00"),
        ("", "2026-06-01T06:00", "2026-06-01T06:00"),
        ("Asia/Tokyo", "2026-05-31T12:00", "2026-05-31T23:00"),
        ("America/New_York", "2026-05-31T11:00", "2026-05-31T12:00"),
    ],
)
def test_nobody_is_told_in_their_quiet_hours(zone, hour, wakes):
    now = datetime.fromisoformat(hour).replace(tzinfo=UTC)

    found = domain.wake_time(task(), published(), sleeper(zone), now)

    assert found == datetime.fromisoformat(wakes).replace(tzinfo=UTC)


def test_quiet_hours_may_lie_within_a_day_or_not_be_at_all():
    noon = datetime(2026, 5, 31, 11, tzinfo=UTC)
    rest = task(quiet=(time(12), time(14)))
    never = task(quiet=domain.ANY_HOUR)

    assert domain.wake_time(rest, published(), sleeper(), noon) == noon + timedelta(hours=1)
    assert domain.wake_time(never, published(), sleeper(), noon) == noon


def test_what_leads_to_the_start_is_not_told_after_it():
    start = published().plan.span.start_time

    assert domain.too_late(task(), published(), start)
    assert not domain.too_late(task(), published(), start - DAY)
    assert not domain.too_late(task(anchor=Anchor.END, offset=DAY), published(), start + DAY)


def test_who_has_answered_meanwhile_is_not_asked():
    asks = task(Kind.CONFIRMATION)
    silent = person(step(Mark.INVITED, 1))
    said = person(step(Mark.INVITED, 1), step(Mark.ACCEPTED, 2, seen=at(0)))

    assert domain.fits(asks, silent)
    assert not domain.fits(asks, said)
    yes = task(audience=Audience(states=(Mark.ACCEPTED,), answers=(Answer.NO,)))
    assert not domain.fits(yes, said)
