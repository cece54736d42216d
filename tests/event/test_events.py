"""Making, changing, publishing and calling off events, over a real server and database."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf import field_mask_pb2

from services.kit.wire import civil
from tests.event.world import NOBODY, as_user, gig, invalid, refused
from turnout.event.v1 import event_pb2

pytestmark = pytest.mark.server

Event = event_pb2.Event


async def create(world, house, event, request_id=""):
    request = event_pb2.CreateEventRequest(parent=house.name, event=event, request_id=request_id)
    return await world.events.CreateEvent(request, metadata=house.organizer)


async def get(world, event, who=NOBODY):
    return await world.events.GetEvent(event_pb2.GetEventRequest(name=event.name), metadata=who)


async def update(world, house, name, *paths, etag="", **values):
    event = Event(name=name, etag=etag, **values)
    mask = field_mask_pb2.FieldMask(paths=paths) if paths else None
    request = event_pb2.UpdateEventRequest(event=event, update_mask=mask)
    return await world.events.UpdateEvent(request, metadata=house.organizer)


# --- create


async def test_an_event_begins_as_a_draft_and_is_kept_as_it_was_sent(world, house):
    sent = gig(description="bring\na chair")
    event = await create(world, house, sent)

    assert event.state == Event.STATE_DRAFT
    assert (event.display_name, event.description) == ("Concert", "bring\na chair")
    assert event.start_time == sent.start_time
    assert event.end_time == sent.end_time
    assert event.venue.arrival_radius_meters == 100
    assert event.ticket_types[0].price == sent.ticket_types[0].price
    assert event.ticket_types[0].display_name == "standard"
    assert not event.HasField("publish_time")
    assert event.etag == '"1"'
    assert await get(world, event, house.organizer) == event
    assert await world.facts(house.organization) == []


async def test_a_retry_of_create_makes_one_event(world, house):
    id, event = str(uuid.uuid4()), gig()

    first, second = await asyncio.gather(
        create(world, house, event, id), create(world, house, event, id)
    )

    assert first == second
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED"):
        await create(world, house, gig(display_name="Another"), id)


async def test_what_the_server_decides_is_not_taken_from_the_client(world, house):
    sent = gig(state=Event.STATE_PUBLISHED, cancel_reason="x", name="whatever", etag='"9"')

    event = await create(world, house, sent)

    assert (event.state, event.cancel_reason, event.etag) == (Event.STATE_DRAFT, "", '"1"')


async def test_a_time_that_the_clock_skips_is_shifted_and_shown_so(world, house):
    zone = {"id": "Europe/Berlin"}
    night = {"year": 2027, "month": 3, "day": 28, "time_zone": zone}

    event = await create(
        world,
        house,
        gig(start_time=night | {"hours": 2, "minutes": 30}, end_time=night | {"hours": 6}),
    )

    assert (event.start_time.hours, event.start_time.minutes) == (3, 30)
    assert event.start_time.time_zone.id == "Europe/Berlin"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"display_name": ""}, "event.display_name"),
        ({"display_name": "   "}, "event.display_name"),
        ({"display_name": "x" * 201}, "event.display_name"),
        ({"display_name": "a\x00b"}, "event.display_name"),
        ({"description": "x" * 10_001}, "event.description"),
        ({"venue": None}, "event.venue"),
        ({"venue": {"display_name": "Hall"}}, "event.venue.location"),
        (
            {"venue": {"display_name": "Hall", "location": {"latitude": 91}}},
            "event.venue.location.latitude",
        ),
        (
            {"venue": {"display_name": "Hall", "location": {"longitude": float("nan")}}},
            "event.venue.location.longitude",
        ),
        (
            {"venue": {"display_name": "H", "location": {}, "arrival_radius_meters": 9}},
            "event.venue.arrival_radius_meters",
        ),
        (
            {"venue": {"display_name": "H", "location": {}, "arrival_radius_meters": -1}},
            "event.venue.arrival_radius_meters",
        ),
        ({"start_time": None}, "event.start_time"),
        ({"start_time": {"year": 2027, "month": 5, "day": 1}}, "event.start_time"),
        (
            {"start_time": {"year": 2027, "month": 5, "day": 1, "utc_offset": {"seconds": 3600}}},
            "event.start_time",
        ),
        (
            {"start_time": {"year": 2027, "month": 2, "day": 30, "time_zone": {"id": "UTC"}}},
            "event.start_time",
        ),
        (
            {"start_time": {"year": 2027, "month": 2, "day": 3, "time_zone": {"id": "Mars"}}},
            "event.start_time.time_zone.id",
        ),
        ({"ticket_types": []}, "event.ticket_types"),
        ({"ticket_types": [{"id": "a", "capacity": 1}] * 51}, "event.ticket_types"),
        ({"ticket_types": [{"id": "a", "capacity": 1}] * 2}, "event.ticket_types[1].id"),
        ({"ticket_types": [{"id": "A b", "capacity": 1}]}, "event.ticket_types[0].id"),
        ({"ticket_types": [{"id": "a"}]}, "event.ticket_types[0].capacity"),
        ({"ticket_types": [{"id": "a", "capacity": -3}]}, "event.ticket_types[0].capacity"),
        (
            {"ticket_types": [{"id": "a", "capacity": 1, "price": {"units": 1}}]},
            "event.ticket_types[0].price.currency_code",
        ),
        (
            {
                "ticket_types": [
                    {"id": "a", "capacity": 1, "price": {"currency_code": "EUR", "units": -1}}
                ]
            },
            "event.ticket_types[0].price",
        ),
        (
            {
                "ticket_types": [
                    {"id": "a", "capacity": 1, "price": {"currency_code": "JPY", "nanos": 5}}
                ]
            },
            "event.ticket_types[0].price.nanos",
        ),
    ],
)
async def test_a_value_that_cannot_be_is_named(world, house, wrong, field):
    event = gig()
    for key, value in wrong.items():
        event.ClearField(key)
        if value is not None:
            event.MergeFrom(Event(**{key: value}))

    with invalid(field):
        await create(world, house, event)


async def test_everything_that_is_wrong_is_named_at_once(world, house):
    with invalid("event.display_name", "event.ticket_types"):
        await create(world, house, gig(display_name="", ticket_types=[]))


# --- get


async def test_a_draft_is_seen_by_members_only(world, house):
    draft = await house.draft()
    viewer = await house.member("VIEWER")
    other = await world.house()

    assert await get(world, draft, viewer) == draft
    for stranger in (NOBODY, as_user(), other.organizer):
        with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND", event=draft.name):
            await get(world, draft, stranger)


async def test_anybody_reads_what_was_published_even_when_it_was_called_off(world, house):
    event = await house.published()
    assert await get(world, event) == event

    cancelled = await house.cancel(event)
    assert await get(world, event, as_user()) == cancelled


# --- update


async def test_a_change_touches_what_the_mask_names_and_no_more(world, house):
    draft = await house.draft(description="old")

    event = await update(
        world, house, draft.name, "display_name", display_name="Recital", description="new"
    )

    assert (event.display_name, event.description) == ("Recital", "old")
    assert event.etag == '"2"'
    assert await get(world, draft, house.organizer) == event


async def test_without_a_mask_what_is_populated_is_changed(world, house):
    draft = await house.draft(description="old")

    event = await update(world, house, draft.name, description="new")

    assert (event.display_name, event.description) == ("Concert", "new")


async def test_a_part_of_the_venue_can_be_changed(world, house):
    draft = await house.draft()

    event = await update(world, house, draft.name, "venue.city", venue={"city": "Potsdam"})

    assert (event.venue.city, event.venue.display_name) == ("Potsdam", "Hall")


async def test_everything_can_be_replaced(world, house):
    draft = await house.draft(description="old")
    fresh = gig(40, display_name="Recital")
    fresh.name = draft.name
    request = event_pb2.UpdateEventRequest(event=fresh, update_mask={"paths": ["*"]})

    event = await world.events.UpdateEvent(request, metadata=house.organizer)

    assert (event.display_name, event.description) == ("Recital", "")
    assert event.start_time == fresh.start_time


async def test_ticket_types_are_replaced_as_a_whole_and_keep_their_order(world, house):
    draft = await house.draft()
    types = [{"id": id, "capacity": 2} for id in ("z", "a", "m")]

    event = await update(world, house, draft.name, "ticket_types", ticket_types=types)

    assert [each.id for each in event.ticket_types] == ["z", "a", "m"]
    assert await get(world, draft, house.organizer) == event


@pytest.mark.parametrize(
    ("paths", "field"),
    [
        (["nothing"], "update_mask"),
        (["description.nothing"], "update_mask"),
        (["venue"], "event.venue"),
        (["*"], "event.display_name"),
        (["ticket_types"], "event.ticket_types"),
    ],
)
async def test_a_mask_asks_for_what_there_is(world, house, paths, field):
    draft = await house.draft()

    with pytest.raises(grpc.aio.AioRpcError) as found:
        await update(world, house, draft.name, *paths)

    assert found.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in (found.value.details() or "")


async def test_the_state_is_not_changed_by_an_update(world, house):
    draft = await house.draft()

    event = await update(world, house, draft.name, "state", state=Event.STATE_PUBLISHED)

    assert event.state == Event.STATE_DRAFT


async def test_a_change_of_what_somebody_else_changed_is_refused(world, house):
    draft = await house.draft()
    await update(world, house, draft.name, etag=draft.etag, description="first")

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=draft.name):
        await update(world, house, draft.name, etag=draft.etag, description="second")
    with invalid("event.etag"):
        await update(world, house, draft.name, etag="1", description="third")


async def test_of_two_changes_at_once_with_one_etag_one_is_made(world, house):
    draft = await house.draft()

    results = await asyncio.gather(
        *(update(world, house, draft.name, etag=draft.etag, description=str(n)) for n in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(result, Event) for result in results) == 1


async def test_a_change_of_a_published_event_is_told(world, house):
    event = await house.published()

    await update(world, house, event.name, "display_name", display_name="Recital")

    (fact,) = await world.facts(house.organization, "EventRevised")
    assert fact.announcement.display_name == "Recital"
    assert fact.announcement.ticket_types[0].sale_start_time == event.publish_time


async def test_a_change_of_a_draft_is_nobodys_business(world, house):
    draft = await house.draft()

    await update(world, house, draft.name, description="new")

    assert await world.facts(house.organization) == []


async def test_a_published_event_is_not_moved_into_the_past(world, house):
    event = await house.published()
    past = gig(-30)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_EVENT", field="event.end_time"):
        await update(world, house, event.name, start_time=past.start_time, end_time=past.end_time)


async def test_what_was_called_off_stays_as_it_was(world, house):
    event = await house.cancel(await house.published())

    with refused(
        grpc.StatusCode.FAILED_PRECONDITION,
        "WRONG_EVENT_STATE",
        event=event.name,
        state="CANCELLED",
        needed="DRAFT or PUBLISHED or TEMPLATE",
    ):
        await update(world, house, event.name, description="new")


# --- publish


async def test_publishing_puts_the_event_before_the_public_and_tells(world, house):
    draft = await house.draft()

    event = await house.publish(draft)

    (fact,) = await world.facts(house.organization, "EventPublished")
    told = fact.announcement
    assert event.state == Event.STATE_PUBLISHED
    assert (told.event, told.display_name) == (event.name, "Concert")
    assert told.time_zone == "Europe/Berlin"
    assert told.start_time.ToDatetime(UTC) == civil(event.start_time, "start_time")
    assert told.venue == event.venue
    assert told.ticket_types[0].price == event.ticket_types[0].price
    assert told.ticket_types[0].sale_start_time == event.publish_time
    assert told.ticket_types[0].sale_end_time == told.end_time


async def test_what_is_free_is_announced_with_a_price_of_nothing(world, house):
    free, paid = {"id": "free", "capacity": 1}, gig().ticket_types[0]

    await house.published(ticket_types=[free, paid])

    (fact,) = await world.facts(house.organization, "EventPublished")
    price = fact.announcement.ticket_types[0].price
    assert (price.currency_code, price.units, price.nanos) == ("EUR", 0, 0)


async def test_a_retry_of_publish_gets_the_first_answer(world, house):
    draft = await house.draft()
    request = event_pb2.PublishEventRequest(name=draft.name, request_id=str(uuid.uuid4()))

    first, second = await asyncio.gather(
        *(world.events.PublishEvent(request, metadata=house.organizer) for _ in range(2))
    )

    assert first == second
    assert len(await world.facts(house.organization, "EventPublished")) == 1
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE", needed="DRAFT"):
        await house.publish(draft)


async def test_two_who_publish_at_once_publish_it_once(world, house):
    draft = await house.draft()

    results = await asyncio.gather(
        *(house.publish(draft) for _ in range(4)), return_exceptions=True
    )

    assert sum(isinstance(result, Event) for result in results) == 1
    assert len(await world.facts(house.organization, "EventPublished")) == 1


async def test_what_has_ended_is_not_published(world, house):
    draft = await house.draft(days=-2)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "EVENT_OVER", event=draft.name):
        await house.publish(draft)


async def test_an_old_etag_publishes_and_cancels_nothing(world, house):
    draft = await house.draft()
    await update(world, house, draft.name, description="new")

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=draft.name):
        await world.events.PublishEvent(
            event_pb2.PublishEventRequest(name=draft.name, etag=draft.etag),
            metadata=house.organizer,
        )
    event = await house.publish(draft)
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=draft.name):
        await world.events.CancelEvent(
            event_pb2.CancelEventRequest(name=draft.name, etag=draft.etag),
            metadata=house.organizer,
        )
    assert await get(world, event) == event


# --- cancel


async def test_calling_off_is_told_with_its_reason(world, house):
    event = await house.cancel(await house.published())

    (fact,) = await world.facts(house.organization, "EventCancelled")
    assert (event.state, event.cancel_reason) == (Event.STATE_CANCELLED, "rain")
    assert event.HasField("cancel_time")
    assert (fact.event, fact.reason) == (event.name, "rain")


async def test_a_draft_cannot_be_called_off(world, house):
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE", needed="PUBLISHED"):
        await house.cancel(await house.draft())


async def test_a_retry_of_cancel_gets_the_first_answer(world, house):
    event = await house.published()
    request = event_pb2.CancelEventRequest(name=event.name, request_id=str(uuid.uuid4()))

    first = await world.events.CancelEvent(request, metadata=house.organizer)

    assert await world.events.CancelEvent(request, metadata=house.organizer) == first
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE", state="CANCELLED"):
        await house.cancel(event)


async def test_a_reason_has_an_end(world, house):
    event = await house.published()

    with invalid("reason"):
        await world.events.CancelEvent(
            event_pb2.CancelEventRequest(name=event.name, reason="x" * 501),
            metadata=house.organizer,
        )


# --- list


async def listed(world, who=NOBODY, **given):
    response = await world.events.ListEvents(event_pb2.ListEventsRequest(**given), metadata=who)
    return [event.name for event in response.events], response.next_page_token


async def test_events_are_listed_by_their_start(world, house):
    late, soon, middle = [await house.published(days=days) for days in (30, 10, 20)]

    names, token = await listed(world, parent=house.name)

    assert (names, token) == ([soon.name, middle.name, late.name], "")


async def test_members_see_drafts_of_theirs_and_strangers_do_not(world, house):
    draft, event = await house.draft(days=1), await house.published(days=2)
    other = await world.house()

    assert (await listed(world, await house.member("VIEWER"), parent=house.name))[0] == [
        draft.name,
        event.name,
    ]
    for stranger in (NOBODY, other.organizer):
        assert (await listed(world, stranger, parent=house.name))[0] == [event.name]


@pytest.mark.parametrize("parent", ["", "organizations/-"])
async def test_anybody_lists_what_all_organizations_published(world, house, parent):
    city = f"City {uuid.uuid4()}"
    other = await world.house()
    venue = {"display_name": "Hall", "city": city, "location": {}}
    draft = await house.draft(venue=venue)
    mine = await house.published(venue=venue, days=1)
    theirs = await other.published(venue=venue, days=2)
    off = await other.cancel(await other.published(venue=venue, days=3))

    names, _ = await listed(world, house.organizer, parent=parent, city=city.upper())

    assert names == [mine.name, theirs.name, off.name]
    assert draft.name not in names


async def test_what_ended_can_be_left_out(world, house):
    await house.draft(days=-3)
    soon = await house.draft(days=3)

    now = datetime.now(UTC)
    assert (await listed(world, house.organizer, parent=house.name, end_after=now))[0] == [
        soon.name
    ]
    later = now + timedelta(days=9)
    assert (await listed(world, house.organizer, parent=house.name, end_after=later))[0] == []


async def test_pages_show_everything_once_also_where_starts_are_the_same(world, house):
    made = {(await house.published(days=days)).name for days in (5, 5, 5, 6, 6, 7, 8)}

    names, token = await listed(world, parent=house.name, page_size=3)
    while token:
        more, token = await listed(world, parent=house.name, page_size=3, page_token=token)
        names += more

    assert len(names) == len(made)
    assert set(names) == made


async def test_a_page_token_belongs_to_its_list(world, house):
    for days in (1, 2):
        await house.published(days=days)
    _, token = await listed(world, parent=house.name, page_size=1)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH"):
        await listed(world, parent=house.name, page_size=1, page_token=token, city="Berlin")
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_PAGE_TOKEN"):
        await listed(world, parent=house.name, page_token="forged")
    with invalid("page_size"):
        await listed(world, parent=house.name, page_size=-1)


async def test_a_list_is_of_an_organization(world):
    with invalid("parent"):
        await listed(world, parent="users/me")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"type": "demand"}, True),
        ({"type": "periodic"}, False),
        ({"category": "concert"}, True),
        ({"category": "talk"}, False),
        ({"tag": "Open  AIR"}, True),
        ({"tag": "open"}, False),
        ({"state": "published"}, True),
        ({"state": "cancelled"}, False),
    ],
)
async def test_a_list_is_of_what_was_asked_for(world, house, given, found):
    event = await house.published(category="concert", tags=["Open Air", "summer"])

    names, _ = await listed(world, parent=house.name, **given)

    assert names == ([event.name] if found else [])


async def test_a_day_is_one_of_the_clock_of_the_place(world, house):
    zone = {"id": "Pacific/Kiritimati"}  # 14 hours ahead of UTC
    late = {"year": 2027, "month": 6, "day": 19, "hours": 23, "time_zone": zone}
    event = await house.published(
        start_time=late, end_time=late | {"day": 20, "hours": 2}, venue=gig().venue
    )

    for day, there in (("18", False), ("19", True), ("20", True), ("21", False)):
        names, _ = await listed(world, parent=house.name, date=f"2027-06-{day}")
        assert names == ([event.name] if there else [])


@pytest.mark.parametrize("given", [{"type": "weekly"}, {"date": "tomorrow"}])
async def test_a_filter_has_a_form(world, given):
    with invalid(*given):
        await listed(world, **given)


async def test_a_day_is_one_of_the_calendar(world):
    with invalid("date"):
        await listed(world, date="2027-02-30")
