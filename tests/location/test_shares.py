"""Links that show the way to an event to people without accounts, for a while."""

from __future__ import annotations

import uuid
from datetime import timedelta

import grpc
import pytest

from services.kit import links
from services.kit.secrets import derive
from services.kit.wire import timestamp
from services.location.events.domain import EVENTS
from services.location.shares.domain import PURPOSE
from tests.location.test_watching import drained, until
from tests.serving import NOBODY, SECRET, as_user, invalid, refused
from turnout.location.v1 import location_pb2, share_pb2

pytestmark = pytest.mark.server

MISSING, UNMET = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION
Journey = location_pb2.Journey


async def shared(house, event, who, **given):
    request = share_pb2.CreateShareRequest(
        parent=house.parent, share=share_pb2.Share(event=EVENTS.format(event.name), **given)
    )
    return await house.world.shares.CreateShare(request, metadata=who)


async def looked(world, token):
    request = share_pb2.GetSharedArrivalsRequest(token=token)
    return await world.shares.GetSharedArrivals(request, metadata=NOBODY)


def watched(world, token):
    request = share_pb2.WatchSharedArrivalsRequest(token=token)
    return world.shares.WatchSharedArrivals(request, metadata=NOBODY)


async def test_somebody_shows_their_own_way(world, house, event, ada):
    other = await house.traveler(event, viewers=Journey.VIEWERS_LINKS)
    for one in (ada, other):
        await one.record(1, one.way(3000, 2900, 3))

    share = await shared(house, event, ada.metadata)
    found = await looked(world, share.token)

    assert (share.journey, share.creator) == (ada.journey, ada.name)
    assert found.event == EVENTS.format(event.name)
    (one,) = found.travelers
    assert one.journey == ada.journey
    assert one.position.sequence == 3
    assert not one.traveler


async def test_an_organizer_shows_all_who_let_links_show_them(world, house, event, ada):
    open_ = await house.traveler(event, viewers=Journey.VIEWERS_LINKS)
    for one in (ada, open_):
        await one.record(1, one.way(3000, 2900, 3))

    share = await shared(house, event, house.organizer)
    found = await looked(world, share.token)

    assert not share.journey
    assert [one.journey for one in found.travelers] == [open_.journey]


async def test_a_share_may_show_less_exactly(world, house, event, ada):
    await ada.record(1, [ada.at(3210)])

    share = await shared(house, event, ada.metadata, precision=Journey.PRECISION_COARSE)

    (one,) = (await looked(world, share.token)).travelers
    assert one.position.horizontal_accuracy_meters >= 1000
    call = watched(world, share.token)
    frame = await call.read()
    call.cancel()
    assert frame.travelers[0].position == one.position


async def test_who_has_the_link_watches_without_an_account(world, house, event, ada):
    share = await shared(house, event, ada.metadata)
    call = watched(world, share.token)
    await call.read()

    await ada.record(1, [ada.at(3000)])

    _, seen = await until(call, lambda one: one.HasField("position"))
    call.cancel()
    assert seen.journey == ada.journey
    assert not seen.traveler


async def test_who_watches_a_revoked_share_is_sent_away_at_once(world, house, event, ada):
    share = await shared(house, event, ada.metadata)
    call = watched(world, share.token)
    await call.read()

    request = share_pb2.RevokeShareRequest(name=share.name)
    revoked = await world.shares.RevokeShare(request, metadata=ada.metadata)
    again = await world.shares.RevokeShare(request, metadata=ada.metadata)

    assert revoked.HasField("revoke_time")
    assert revoked == again
    assert not revoked.token
    with refused(MISSING, "SHARE_OVER"):
        await drained(call)
    with refused(MISSING, "SHARE_OVER"):
        await looked(world, share.token)


async def test_a_share_ends_in_time(world, house, event, ada, clock):
    soon = timestamp(clock.now() + timedelta(seconds=2))
    share = await shared(house, event, ada.metadata, expire_time=soon)
    call = watched(world, share.token)
    await call.read()
    clock.ahead = timedelta(minutes=1)

    with refused(MISSING, "SHARE_OVER"):
        await drained(call)
    with refused(MISSING, "SHARE_OVER"):
        await looked(world, share.token)


async def test_it_shows_nobody_who_took_the_consent_back_or_pauses(world, house, event, ada):
    await ada.record(1, [ada.at(3000)])
    share = await shared(house, event, ada.metadata)

    request = location_pb2.PauseJourneyRequest(name=ada.journey)
    await world.stub.PauseJourney(request, metadata=ada.metadata)
    (pausing,) = (await looked(world, share.token)).travelers
    await ada.withdraw()
    gone = await looked(world, share.token)

    assert not pausing.HasField("position")
    assert not gone.travelers


async def test_nobody_shares_the_way_of_somebody_else(world, house, event, ada):
    for who in (house.organizer, (await house.traveler(event)).metadata, as_user()):
        with refused(MISSING, "JOURNEY_NOT_FOUND"):
            await shared(house, event, who, journey=ada.journey)
    for who in (as_user(), house.guest()[1], await world.member("STAFF", house.organization)):
        with refused(MISSING, "EVENT_NOT_FOUND"):
            await shared(house, event, who)


async def test_what_is_over_is_not_shared(house, event, ada, clock):
    await ada.withdraw()
    with refused(UNMET, "JOURNEY_OVER"):
        await shared(house, event, ada.metadata, journey=ada.journey)
    clock.ahead = timedelta(hours=5)
    with refused(UNMET, "EVENT_OVER"):
        await shared(house, event, house.organizer)


@pytest.mark.parametrize("hours", [-1, 29])
async def test_a_share_does_not_last_longer_than_a_day_after_the_end(house, event, clock, hours):
    when = timestamp(clock.now() + timedelta(hours=hours))

    with invalid("share.expire_time"):
        await shared(house, event, house.organizer, expire_time=when)


async def test_people_see_their_own_shares_and_organizers_all_but_no_token_of_others(
    world, house, event, ada
):
    mine = await shared(house, event, ada.metadata)
    theirs = await shared(house, event, house.organizer)

    async def listed(who):
        request = share_pb2.ListSharesRequest(parent=house.parent)
        found = await world.shares.ListShares(request, metadata=who)
        return {one.name: bool(one.token) for one in found.shares}

    assert await listed(ada.metadata) == {mine.name: True}
    assert await listed(house.organizer) == {mine.name: False, theirs.name: True}
    assert await listed(as_user()) == {}
    request = share_pb2.GetShareRequest(name=theirs.name)
    assert await world.shares.GetShare(request, metadata=house.organizer) == theirs
    for who in (ada.metadata, as_user()):
        with refused(MISSING, "SHARE_NOT_FOUND"):
            await world.shares.GetShare(request, metadata=who)
        with refused(MISSING, "SHARE_NOT_FOUND"):
            revoke = share_pb2.RevokeShareRequest(name=theirs.name)
            await world.shares.RevokeShare(revoke, metadata=who)


async def test_a_token_that_we_did_not_make_opens_nothing(world, house, event, ada):
    share = await shared(house, event, ada.metadata)
    until_then = share.expire_time.ToDatetime()
    key = derive(SECRET, PURPOSE)
    nobodys = f"{house.parent}/shares/{uuid.uuid4()}"
    forged = (
        "nonsense",
        share.token[:-2] + "AA",
        links.sign(derive(SECRET, "links"), share.name, PURPOSE, until_then),
        links.sign(key, share.name, "participant", until_then),
        links.sign(key, nobodys, PURPOSE, until_then),
    )

    for token in forged:
        with refused(MISSING, "SHARE_OVER"):
            await looked(world, token)
        with refused(MISSING, "SHARE_OVER"):
            await watched(world, token).read()
