"""Who has to hear that an event was called off, or moved, hears it: once each."""

from __future__ import annotations

import uuid

import pytest

from services.event.__main__ import SERVICE
from services.event.events.domain import EVENTS
from services.event.tours import actions as tours
from services.kit.server import parts_of, working
from services.kit.tenant import within
from tests.event.test_events import update
from tests.event.test_lifecycle import booked
from tests.event.world import CONFIG, gig
from tests.waiting import eventually
from turnout.event.v1 import event_pb2, participant_pb2

pytestmark = pytest.mark.server

Participant = participant_pb2.Participant


async def answered(world, house, event, answer):
    ada = await house.enlist(event)
    link = await house.invite(ada)
    request = participant_pb2.AnswerInvitationRequest(name=ada.name, answer=answer)
    await world.people.AnswerInvitation(request, metadata=link)
    return ada.name


async def crowd(world, house):
    """A published event, and people of every kind."""
    event = await house.published()
    invited = await house.enlist(event)
    await house.invite(invited)
    people = {
        "listed": (await house.enlist(event)).name,
        "invited": invited.name,
        "tentative": await answered(world, house, event, Participant.ANSWER_MAYBE),
        "declined": await answered(world, house, event, Participant.ANSWER_NO),
        "seated": (await house.enlist(event)).name,
        "user": f"users/{uuid.uuid4()}",
    }
    for who in ("seated", "user", "user"):
        await booked(world, house, event, people[who])
    return event, people


async def tour(world, house, event, size=1):
    """Has everybody told, so many at a time; says how many transactions it took."""
    name, rounds = EVENTS.parse(event.name), 0
    due = "select count(*) from due where kind = %s and id = %s"
    forget = "delete from due where kind = %s and id = %s"
    while await (await world.owner.execute(due, [tours.TOUR, name.id])).fetchone() == (1,):
        await world.owner.execute(forget, [tours.TOUR, name.id])
        rounds += 1
        with within(house.organization):
            await world.db.run(tours.go_on, name, world.clock.now(), size)
    return rounds


async def told(world, house, kind):
    return [fact.attendee for fact in await world.facts(house.organization, kind)]


async def test_who_was_invited_and_has_no_seat_hears_that_it_is_called_off(world, house):
    event, people = await crowd(world, house)

    await house.cancel(event)
    rounds = await tour(world, house, event)

    assert await told(world, house, "AttendeeReleased") == [people["invited"], people["tentative"]]
    assert rounds == 3
    assert await tour(world, house, event) == 0


@pytest.mark.parametrize("change", ["time", "place"])
async def test_who_comes_or_may_come_hears_that_it_is_moved(world, house, change):
    event, people = await crowd(world, house)
    later = gig(31)
    changes = {
        "time": {"start_time": later.start_time, "end_time": later.end_time},
        "place": {"venue": event_pb2.Venue(address="Another street")},
    }

    paths = ["venue.address"] if change == "place" else ["start_time", "end_time"]
    await update(world, house, event.name, *paths, **changes[change])
    await tour(world, house, event)

    found = await told(world, house, "AttendeeMoved")
    assert sorted(found) == sorted(
        people[who] for who in ("invited", "tentative", "seated", "user")
    )


async def test_a_change_of_words_is_no_move(world, house):
    event, _ = await crowd(world, house)

    await update(world, house, event.name, description="bring a chair")

    assert await tour(world, house, event) == 0
    assert await told(world, house, "AttendeeMoved") == []


async def test_a_draft_is_moved_without_a_word(world, house):
    event, later = await house.draft(), gig(31)

    await update(world, house, event.name, start_time=later.start_time, end_time=later.end_time)

    assert await tour(world, house, event) == 0


async def test_a_worker_goes_on_with_the_tour(world, house):
    event, people = await crowd(world, house)

    async def all_told():
        return len(await told(world, house, "AttendeeReleased")) == 2

    async with (
        parts_of(SERVICE, world.settings, CONFIG, now=world.clock.now, db=world.db) as parts,
        working(SERVICE, parts),
    ):
        await house.cancel(event)
        await eventually(all_told)

    assert people["invited"] in await told(world, house, "AttendeeReleased")
