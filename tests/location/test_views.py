"""Who looked at whom: noted beside the way of every request, and shown to who was looked at."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest

from services.location.events.domain import EVENTS
from services.location.retention.domain import TIDY
from tests.location.test_arrivals import etas, latest, near
from tests.location.test_shares import looked, shared
from tests.location.test_watching import watching
from tests.serving import as_user, refused
from tests.waiting import eventually
from turnout.location.v1 import location_pb2, view_pb2

pytestmark = pytest.mark.server

MISSING = grpc.StatusCode.NOT_FOUND
Journey = location_pb2.Journey


async def views(traveler, who=None, **given):
    request = view_pb2.ListJourneyViewsRequest(parent=traveler.journey, **given)
    call = traveler.house.world.views.ListJourneyViews
    return await call(request, metadata=who or traveler.metadata)


async def counted(traveler, count):
    """What the person is told once so many views are known."""

    async def enough():
        found = (await views(traveler)).views
        return found if sum(view.count for view in found) >= count else None

    return await eventually(enough)


async def test_who_was_shown_a_journey_is_told_to_its_person(world, house, event):
    ada = await house.traveler(event)
    await ada.record(1, ada.way(3000, 2900, 30))

    await ada.read(house.organizer)
    await latest(ada, house.organizer)
    await ada.positions(house.organizer)
    await etas(house, event)
    await near(house, event, 3000)
    request = location_pb2.ListJourneysRequest(parent=house.parent, event=EVENTS.format(event.name))
    await world.stub.ListJourneys(request, metadata=house.organizer)

    (view,) = await counted(ada, 6)
    assert view.viewer.startswith("users/")
    assert view.count == 6
    assert view.start_time.ToDatetime() <= view.end_time.ToDatetime()


async def test_one_who_watches_is_counted_once_however_many_frames_there_are(house, event, world):
    ada = await house.traveler(event)
    async with watching(world, house, event) as call:
        await call.read()
        for number in range(1, 4):
            await ada.record(number, [ada.at(3000 - number)])
            await call.read()
        (view,) = await counted(ada, 1)
    share = await shared(house, event, ada.metadata)
    await looked(world, share.token)

    found = await counted(ada, 2)

    assert view.count == 1
    assert {one.viewer for one in found} == {view.viewer, share.name}


async def test_who_was_not_shown_a_journey_is_not_told_of(world, house, event, clock):
    shy = await house.traveler(event, viewers=Journey.VIEWERS_ORGANIZERS)
    other = await house.traveler(event, viewers=Journey.VIEWERS_PARTICIPANTS)
    staff = await world.member("STAFF", house.organization)

    await etas(house, event, staff)
    await etas(house, event, shy.metadata)

    assert len(await counted(other, 2)) == 2
    assert not (await views(shy)).views


async def test_what_was_before_the_sharing_began_or_after_it_ended_is_no_view(house, event, clock):
    early = await house.traveler(event, viewers=Journey.VIEWERS_STAFF)
    await etas(house, event)
    await counted(early, 1)
    clock.ahead = timedelta(minutes=1)
    late = await house.traveler(event)
    await early.withdraw()
    clock.ahead = timedelta(hours=2)
    await etas(house, event)

    assert [view.count for view in await counted(late, 1)] == [1]
    assert [view.count for view in (await views(early)).views] == [1]


async def test_views_come_page_by_page_and_only_to_the_person(world, house, event):
    ada = await house.traveler(event)
    for role in ("ADMIN", "STAFF", "ORGANIZER"):
        await ada.read(await world.member(role, house.organization))
    whole = await counted(ada, 3)

    pages: list[view_pb2.JourneyView] = []
    token = ""
    while not pages or token:
        page = await views(ada, page_size=1, page_token=token)
        pages += page.views
        token = page.next_page_token

    assert pages == list(whole)
    assert len(pages) == 3
    for who in (house.organizer, as_user(), house.guest()[1]):
        with refused(MISSING, "JOURNEY_NOT_FOUND"):
            await views(ada, who)


async def test_views_are_forgotten_with_the_positions_of_their_time(world, house, event):
    ada = await house.traveler(event)
    await ada.record(1, ada.way(3000, 2900, 3))
    await ada.read(house.organizer)
    await counted(ada, 1)
    kept = "select count(*) as n from looks where organization = %s"

    async def known():
        return (await (await world.owner.execute(kept, [house.organization])).fetchone()).n

    await world.served.do_all(TIDY, house.organization)
    before = await known()
    await world.owner.execute(
        "update looks set hour = hour - interval '91 days' where organization = %s",
        [house.organization],
    )
    await world.served.do_all(TIDY, house.organization)

    assert (before, await known()) == (1, 0)
