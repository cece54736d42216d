"""What becomes of an event beside being called off, over a real server and database."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, timedelta
from typing import Any

import grpc
import pytest

from services.event import inbox
from services.event.events.domain import EVENTS
from services.kit.inbox import Heard
from services.kit.tenant import within
from services.kit.wire import civil
from tests.event.test_events import create, get, listed, update
from tests.event.world import NOBODY, as_user, gig, invalid, refused
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2, participant_pb2

pytestmark = pytest.mark.server

Event = event_pb2.Event
NOT_FOUND, UNMET = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION
USER = uuid.uuid4()


async def ask(world: Any, house: Any, verb: str, name: str, **given: Any) -> Any:
    request = getattr(event_pb2, f"{verb}Request")(name=name, **given)
    return await getattr(world.events, verb)(request, metadata=house.organizer)


async def tell(world, house, kind, event, booking, buyer):
    """Has event hear what became of a booking."""
    fact = kind(booking=booking, event=event.name, buyer=buyer)
    heard = Heard(uuid.uuid4(), "", "", house.organization, world.clock.now())
    with within(house.organization):
        await world.db.run(inbox.HEARS[kind], fact, heard)


async def booked(world, house, event, buyer=f"users/{USER}"):
    booking = f"{house.name}/bookings/{uuid.uuid4()}"
    await tell(world, house, booking_pb2.BookingConfirmed, event, booking, buyer)
    return booking


# --- a change that changes nothing


async def test_a_change_that_changes_nothing_is_told_to_nobody(world, house):
    event = await house.published(ticket_types=[{"id": "standard", "capacity": 5}])

    after = await update(
        world,
        house,
        event.name,
        display_name=event.display_name,
        venue=event.venue,
        ticket_types=event.ticket_types,
    )

    assert after == event
    assert await world.facts(house.organization, "EventRevised") == []


async def test_who_changes_nothing_of_what_changed_meanwhile_is_told(world, house):
    event = await house.draft()
    await update(world, house, event.name, description="new")

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await update(world, house, event.name, description="new", etag=event.etag)


# --- unpublish


async def test_what_is_taken_back_is_a_draft_again(world, house):
    event = await house.published()

    after = await ask(world, house, "UnpublishEvent", event.name)

    assert after.state == Event.STATE_DRAFT
    assert not after.HasField("publish_time")
    (fact,) = await world.facts(house.organization, "EventUnpublished")
    assert fact.event == event.name
    with refused(NOT_FOUND, "EVENT_NOT_FOUND"):
        await get(world, event)
    again = await house.publish(event)
    assert again.state == Event.STATE_PUBLISHED


async def test_what_somebody_has_a_seat_of_is_not_taken_back(world, house):
    event = await house.published()
    booking = await booked(world, house, event)

    with refused(UNMET, "SEATS_TAKEN", bookings="1"):
        await ask(world, house, "UnpublishEvent", event.name)

    await tell(world, house, booking_pb2.BookingCancelled, event, booking, f"users/{USER}")
    after = await ask(world, house, "UnpublishEvent", event.name)
    assert after.state == Event.STATE_DRAFT


async def test_a_draft_is_not_taken_back(world, house):
    with refused(UNMET, "WRONG_EVENT_STATE", state="DRAFT", needed="PUBLISHED"):
        await ask(world, house, "UnpublishEvent", (await house.draft()).name)


# --- complete


async def test_what_took_place_is_completed_and_stays_public(world, house, clock):
    event = await house.published(days=1)
    clock.ahead = timedelta(days=2)

    after = await ask(world, house, "CompleteEvent", event.name)

    assert after.state == Event.STATE_COMPLETED
    assert after.HasField("complete_time")
    (fact,) = await world.facts(house.organization, "EventCompleted")
    assert fact.event == event.name
    assert (await get(world, event)).state == Event.STATE_COMPLETED
    for verb in ("CompleteEvent", "CancelEvent", "UnpublishEvent"):
        with refused(UNMET, "WRONG_EVENT_STATE", state="COMPLETED"):
            await ask(world, house, verb, event.name)


async def test_what_is_to_come_is_not_completed(world, house):
    event = await house.published()
    start = civil(event.start_time, "").astimezone(UTC).isoformat()

    with refused(UNMET, "EVENT_AHEAD", start_time=start):
        await ask(world, house, "CompleteEvent", event.name)


@pytest.mark.parametrize("verb", ["UnpublishEvent", "CompleteEvent", "DuplicateEvent"])
async def test_a_retry_of_a_verb_gets_the_first_answer(world, house, clock, verb):
    event = await house.published(days=1)
    clock.ahead = timedelta(days=2 if verb == "CompleteEvent" else 0)
    id = str(uuid.uuid4())

    first, second = await asyncio.gather(
        *(ask(world, house, verb, event.name, request_id=id) for _ in range(2))
    )

    assert first == second


@pytest.mark.parametrize("verb", ["UnpublishEvent", "CompleteEvent", "DeleteEvent"])
async def test_an_old_etag_moves_nothing(world, house, clock, verb):
    event = await (house.draft() if verb == "DeleteEvent" else house.published(days=1))
    await update(world, house, event.name, description="new")
    clock.ahead = timedelta(days=2)

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await ask(world, house, verb, event.name, etag=event.etag)


# --- delete


async def test_a_draft_is_deleted_with_its_people(world, house):
    event = await house.draft()
    ada = await house.enlist(event)

    await ask(world, house, "DeleteEvent", event.name)

    (fact,) = await world.facts(house.organization, "EventDeleted")
    assert fact.event == event.name
    with refused(NOT_FOUND, "EVENT_NOT_FOUND"):
        await get(world, event, house.organizer)
    with refused(NOT_FOUND, "PARTICIPANT_NOT_FOUND"):
        await house.read(ada)
    with refused(NOT_FOUND, "EVENT_NOT_FOUND"):
        await ask(world, house, "DeleteEvent", event.name)


async def test_what_was_published_is_not_deleted(world, house):
    event = await house.published()

    for state in ("PUBLISHED", "CANCELLED"):
        with refused(UNMET, "WRONG_EVENT_STATE", state=state, needed="DRAFT or TEMPLATE"):
            await ask(world, house, "DeleteEvent", event.name)
        if state == "PUBLISHED":
            await house.cancel(event)


# --- duplicates and templates


async def test_a_duplicate_is_a_draft_of_the_same_plan(world, house):
    event = await house.cancel(await house.published(description="bring a chair", tags=["jazz"]))
    await house.enlist(await house.draft())

    copy = await ask(world, house, "DuplicateEvent", event.name)

    same = ("display_name", "description", "venue", "start_time", "end_time", "tags")
    assert [getattr(copy, key) for key in same] == [getattr(event, key) for key in same]
    assert copy.ticket_types == event.ticket_types
    assert (copy.state, copy.etag, copy.cancel_reason) == (Event.STATE_DRAFT, '"1"', "")
    assert copy.name != event.name


async def test_a_duplicate_may_begin_elsewhen_and_all_moves_along(world, house):
    event = await create(world, house, gig())
    zone = {"id": "Europe/Berlin"}
    start = {"year": 2027, "month": 3, "day": 28, "hours": 1, "minutes": 30, "time_zone": zone}

    copy = await ask(
        world, house, "DuplicateEvent", event.name, start_time=start, display_name="Again"
    )

    assert (copy.display_name, copy.start_time.hours) == ("Again", 1)
    # From 19:30 to 22:30 by the clock; on the night that the clocks change it is an hour less.
    assert (copy.end_time.hours, copy.end_time.minutes) == (4, 30)
    length = civil(copy.end_time, "").astimezone(UTC) - civil(copy.start_time, "").astimezone(UTC)
    assert length == timedelta(hours=2)


async def test_a_template_is_what_drafts_are_made_from(world, house):
    request = event_pb2.CreateEventRequest(parent=house.name, event=gig(), template=True)
    template = await world.events.CreateEvent(request, metadata=house.organizer)

    assert template.state == Event.STATE_TEMPLATE
    names, _ = await listed(world, house.organizer, parent=house.name)
    assert names == []
    names, _ = await listed(world, house.organizer, parent=house.name, state="template")
    assert names == [template.name]
    names, _ = await listed(world, parent=house.name, state="template")
    assert names == []
    with refused(UNMET, "WRONG_EVENT_STATE", state="TEMPLATE"):
        await house.publish(template)
    with refused(UNMET, "WRONG_EVENT_STATE", state="TEMPLATE"):
        await house.enlist(template)
    with refused(NOT_FOUND, "EVENT_NOT_FOUND"):
        await get(world, template)
    changed = await update(world, house, template.name, display_name="Monthly")
    draft = await ask(world, house, "DuplicateEvent", template.name)
    assert (draft.state, draft.display_name) == (Event.STATE_DRAFT, changed.display_name)
    kept = await ask(world, house, "DuplicateEvent", draft.name, template=True)
    assert kept.state == Event.STATE_TEMPLATE
    await ask(world, house, "DeleteEvent", template.name)


# --- online


LINK = "https://meet.example.org/room?id=1"


def tiers(*pairs: tuple[int, int]) -> event_pb2.RefundPolicy:
    return event_pb2.RefundPolicy(
        tiers=[
            event_pb2.RefundPolicy.Tier(days_before=days, refund_basis_points=share)
            for days, share in pairs
        ]
    )


def online(**given: Any) -> event_pb2.Event:
    values: dict[str, Any] = {"mode": Event.MODE_ONLINE, "venue": None, "join_uri": LINK}
    return gig(**(values | given))


async def test_what_is_online_needs_no_venue(world, house):
    event = await house.publish(await create(world, house, online()))

    assert (event.mode, event.join_uri) == (Event.MODE_ONLINE, LINK)
    assert not event.HasField("venue")
    (fact,) = await world.facts(house.organization, "EventPublished")
    assert fact.announcement.mode == Event.MODE_ONLINE
    assert not fact.announcement.HasField("venue")
    assert LINK.encode() not in fact.SerializeToString()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"mode": Event.MODE_HYBRID}, "event.venue"),
        ({"mode": Event.MODE_ON_SITE, "venue": gig().venue}, "event.join_uri"),
        ({"join_uri": "meet.example.org"}, "event.join_uri"),
        ({"join_uri": "javascript:alert(1)"}, "event.join_uri"),
        ({"category": "Rock & Roll"}, "event.category"),
        ({"tags": ["  "]}, "event.tags"),
        ({"min_age_years": 100}, "event.min_age_years"),
        ({"other_language_codes": ["§"]}, "event.other_language_codes[0]"),
        ({"refund_policy": {}}, "event.refund_policy.tiers"),
        ({"refund_policy": tiers((7, 5000), (7, 0))}, "event.refund_policy.tiers[1].days_before"),
        (
            {"refund_policy": tiers((7, 5000), (1, 5001))},
            "event.refund_policy.tiers[1].refund_basis_points",
        ),
        ({"refund_policy": tiers((366, 0))}, "event.refund_policy.tiers[0].days_before"),
    ],
)
async def test_what_cannot_be_is_named(world, house, wrong, field):
    with invalid(field):
        await create(world, house, online(**wrong))


async def test_only_who_has_a_seat_learns_where_to_join(world, house):
    event = await house.publish(await create(world, house, online()))
    guest = await house.enlist(event)
    link = await house.invite(guest)
    buyer = as_user(USER)

    for stranger in (NOBODY, buyer, link):
        assert (await get(world, event, stranger)).join_uri == ""
    await booked(world, house, event)
    await booked(world, house, event, guest.name)

    assert (await get(world, event, buyer)).join_uri == LINK
    assert (await get(world, event, link)).join_uri == LINK
    assert (await get(world, event, house.organizer)).join_uri == LINK
    assert (await get(world, event, as_user())).join_uri == ""
    invitation = await world.people.GetInvitation(
        participant_pb2.GetInvitationRequest(), metadata=link
    )
    assert invitation.event.join_uri == LINK
    request = event_pb2.ListEventsRequest(parent=house.name)
    (shown,) = (await world.events.ListEvents(request, metadata=house.organizer)).events
    assert shown.join_uri == ""


async def test_who_only_holds_a_seat_does_not_learn_where_to_join(world, house):
    event = await house.publish(await create(world, house, online()))
    booking = f"{house.name}/bookings/{uuid.uuid4()}"
    await tell(world, house, booking_pb2.BookingHeld, event, booking, f"users/{USER}")

    assert (await get(world, event, as_user(USER))).join_uri == ""


async def test_all_that_is_said_of_an_event_is_kept(world, house):
    said: dict[str, Any] = {
        "mode": Event.MODE_HYBRID,
        "join_uri": LINK,
        "category": "concert",
        "tags": ["Jazz", " jazz ", "Open Air"],
        "min_age_years": 18,
        "other_language_codes": ["de", "pt-BR", "de"],
    }

    event = await create(world, house, gig(**said))

    assert (event.mode, event.type) == (Event.MODE_HYBRID, Event.TYPE_DEMAND)
    assert list(event.tags) == ["jazz", "open air"]
    assert list(event.other_language_codes) == ["de", "pt-BR"]
    assert (event.category, event.min_age_years) == ("concert", 18)


async def test_the_terms_of_giving_seats_back_are_kept_announced_and_taken_away(world, house):
    policy = tiers((14, 10_000), (3, 5_000))
    event = await house.publish(await create(world, house, gig(refund_policy=policy)))

    changed = await update(world, house, event.name, description="new")
    without = await update(world, house, event.name, "refund_policy")

    assert (event.refund_policy, changed.refund_policy) == (policy, policy)
    assert not without.HasField("refund_policy")
    [fact] = await world.facts(house.organization, "EventPublished")
    assert fact.announcement.refund_policy == policy
    revised = await world.facts(house.organization, "EventRevised")
    assert not revised[-1].announcement.HasField("refund_policy")


# --- short names


async def test_an_id_says_whose_an_event_is(world, house):
    event = await house.published()
    short = Event(name=f"events/{EVENTS.parse(event.name).id}")

    assert (await get(world, short)).name == event.name
    changed = await update(world, house, short.name, description="new")
    assert (changed.name, changed.description) == (event.name, "new")


async def test_a_draft_is_known_by_its_id_to_members_only(world, house):
    draft = await house.draft()
    short = Event(name=f"events/{EVENTS.parse(draft.name).id}")

    assert (await get(world, short, house.organizer)).name == draft.name
    with refused(NOT_FOUND, "EVENT_NOT_FOUND"):
        await get(world, short)
    other = await world.house()
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await update(world, other, short.name, description="mine")
    await ask(world, house, "DeleteEvent", short.name)
    with refused(NOT_FOUND, "EVENT_NOT_FOUND"):
        await get(world, short, house.organizer)


@pytest.mark.parametrize("id", [str(uuid.uuid4()), "none"])
async def test_an_id_that_nobody_has_leads_nowhere(world, house, id):
    short = Event(name=f"events/{id}")

    with pytest.raises(grpc.aio.AioRpcError) as found:
        await get(world, short, NOBODY)

    assert found.value.code() in (NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)
