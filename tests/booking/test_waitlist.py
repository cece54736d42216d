"""Waiting for seats: who joined first is served first, and who did not wait not at all."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest

from services.booking import domain as sales
from services.booking.domain import EVENTS
from services.booking.waitlist import domain
from services.booking.waitlist.domain import Entry, State
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking import builders
from tests.booking.builders import GIG, NOW, create, offer, ticket_type
from tests.serving import PARTICIPANTS, as_guest, as_user, invalid, name_of, refused
from turnout.booking.v1 import booking_pb2, waitlist_pb2, waitlist_pb2_grpc

pytestmark = pytest.mark.server

STATE = waitlist_pb2.WaitlistEntry.State
DENIED = grpc.StatusCode.FAILED_PRECONDITION
HALF_AN_HOUR = timedelta(minutes=30)


class Line:
    """An event with a waitlist, and what people do there."""

    def __init__(self, booking, event):
        self.booking, self.event = booking, event
        self.made: list[Any] = []
        self.stub = waitlist_pb2_grpc.WaitlistServiceStub(booking.world.channel)

    async def buy(self, seats=1, kind="standard", who=None):
        request = create(self.event, seats, kind)
        return await self.booking.stub.CreateBooking(request, metadata=who or as_user())

    async def give_back(self, made):
        organizer = await self.booking.world.member("ORGANIZER", self.event.organization)
        request = booking_pb2.CancelBookingRequest(name=made.name)
        await self.booking.stub.CancelBooking(request, metadata=organizer)
        await self.promote()

    async def join(self, who=None, quantity=1, kinds=("standard",), **given):
        request = joining(self.event, quantity, kinds, **given)
        return await self.stub.CreateWaitlistEntry(request, metadata=who or as_user())

    async def get(self, entry, who):
        request = waitlist_pb2.GetWaitlistEntryRequest(name=entry.name)
        return await self.stub.GetWaitlistEntry(request, metadata=who)

    async def promote(self):
        """Does what a worker does as soon as seats are free."""
        await self.booking.world.do_all("promote", self.event.organization)

    async def policy(self, **given):
        organizer = await self.booking.world.member("ORGANIZER", self.event.organization)
        made = waitlist_pb2.Waitlist(name=f"{EVENTS.format(self.event)}/waitlist", **given)
        request = waitlist_pb2.UpdateWaitlistRequest(waitlist=made)
        return await self.stub.UpdateWaitlist(request, metadata=organizer)


def joining(event, quantity=1, kinds=("standard",), **given):
    entry = waitlist_pb2.WaitlistEntry(
        event=EVENTS.format(event), ticket_types=kinds, quantity=quantity
    )
    parent = f"organizations/{event.organization}"
    return waitlist_pb2.CreateWaitlistEntryRequest(parent=parent, waitlist_entry=entry, **given)


@pytest.fixture
async def line(booking):
    """One event of two seats for money, which are sold."""
    found = Line(booking, await booking.on_sale(ticket_type(capacity=2)))
    found.made = [await found.buy() for _ in range(2)]
    return found


@pytest.fixture
async def free(booking):
    """One event of two seats for nothing, which are sold."""
    found = Line(booking, await booking.on_sale(ticket_type(capacity=2, cents=0)))
    found.made = [await found.buy() for _ in range(2)]
    return found


@pytest.fixture
def ada():
    return as_user()


@pytest.fixture
def bob():
    return as_user()


# --- joining


async def test_who_joins_stands_at_the_end(line, ada, bob):
    first, second = await line.join(ada), await line.join(bob)

    assert [(e.position, e.state) for e in (first, second)] == [
        (1, STATE.STATE_WAITING),
        (2, STATE.STATE_WAITING),
    ]
    assert (first.person, first.quantity, list(first.ticket_types)) == (
        name_of(ada),
        1,
        ["standard"],
    )
    assert (first.etag, first.booking, first.HasField("expire_time")) == ('"1"', "", False)
    assert await line.get(first, ada) == first


async def test_a_retry_joins_once(line, ada):
    request = joining(line.event, request_id=str(uuid.uuid4()))

    first = await line.stub.CreateWaitlistEntry(request, metadata=ada)

    assert await line.stub.CreateWaitlistEntry(request, metadata=ada) == first


async def test_a_guest_waits_by_the_link_of_the_invitation(line):
    guest = Name(line.event.organization, new_id())

    assert (await line.join(as_guest(guest))).person == PARTICIPANTS.format(guest)


async def test_nobody_waits_twice_at_a_time(line, ada):
    entry = await line.join(ada)

    with refused(grpc.StatusCode.ALREADY_EXISTS, "ALREADY_WAITING", entry=entry.name):
        await line.join(ada)


async def test_nobody_waits_for_what_is_there(booking, ada):
    line = Line(booking, await booking.on_sale(ticket_type(capacity=2)))
    await line.buy()

    with refused(DENIED, "SEATS_LEFT", ticket_type="standard", left="1"):
        await line.join(ada)
    assert await line.join(ada, quantity=2)


async def test_nobody_waits_for_what_is_not_sold(booking, line, ada):
    with refused(DENIED, "NOT_ON_SALE", ticket_type="gold"):
        await line.join(ada, kinds=["standard", "gold"])
    await booking.call_off(line.event)
    with refused(DENIED, "NOT_ON_SALE", ticket_type="standard"):
        await line.join(ada)
    line.event = Name(line.event.organization, new_id())
    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        await line.join(ada)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("waitlist_entry.ticket_types", {"kinds": []}),
        ("waitlist_entry.ticket_types", {"kinds": ["a", "a"]}),
        ("waitlist_entry.quantity", {"quantity": 0}),
        ("waitlist_entry.quantity", {"quantity": 11}),
    ],
)
async def test_what_is_wrong_is_pointed_at(line, ada, field, given):
    with invalid(field):
        await line.join(ada, **given)


async def test_another_organization_has_no_such_line(booking, line):
    elsewhere = new_id()
    owner = await booking.world.member("OWNER", elsewhere)
    request = joining(line.event)
    request.parent = f"organizations/{elsewhere}"

    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        await line.stub.CreateWaitlistEntry(request, metadata=owner)


# --- reading


async def test_one_sees_ones_own_place_and_staff_all(booking, line, ada, bob):
    mine, other = await line.join(ada), await line.join(bob)
    staff = await booking.world.member("STAFF", line.event.organization)
    request = waitlist_pb2.ListWaitlistEntriesRequest(
        parent=f"organizations/{line.event.organization}", event=EVENTS.format(line.event)
    )

    with refused(grpc.StatusCode.NOT_FOUND, "ENTRY_NOT_FOUND", entry=other.name):
        await line.get(other, ada)
    found = await line.stub.ListWaitlistEntries(request, metadata=ada)
    assert list(found.waitlist_entries) == [mine]
    found = await line.stub.ListWaitlistEntries(request, metadata=staff)
    assert list(found.waitlist_entries) == [mine, other]
    request.page_size = 1
    page = await line.stub.ListWaitlistEntries(request, metadata=staff)
    request.page_token = page.next_page_token
    rest = await line.stub.ListWaitlistEntries(request, metadata=staff)
    assert [*page.waitlist_entries, *rest.waitlist_entries] == [mine, other]


# --- being served


async def test_a_seat_that_is_given_back_is_offered_to_who_is_first(line, ada, bob):
    first, second = await line.join(ada), await line.join(bob)

    await line.give_back(line.made[0])

    offered = await line.get(first, ada)
    assert (offered.state, offered.position) == (STATE.STATE_OFFERED, 0)
    assert offered.expire_time.ToSeconds() > offered.update_time.ToSeconds()
    request = booking_pb2.GetBookingRequest(name=offered.booking)
    held = await line.booking.stub.GetBooking(request, metadata=ada)
    assert (held.state, held.expire_time) == (
        booking_pb2.Booking.STATE_HELD,
        offered.expire_time,
    )
    assert (await line.get(second, bob)).position == 1
    [told] = await line.booking.world.facts(line.event.organization, "WaitlistSeatsOffered")
    assert (told.waitlist_entry, told.person, told.booking) == (
        first.name,
        name_of(ada),
        held.name,
    )


async def test_a_seat_that_somebody_waits_for_is_not_sold_to_who_did_not(line, ada):
    await line.join(ada, quantity=2)
    await line.give_back(line.made[0])

    with refused(DENIED, "SOLD_OUT", left="0"):
        await line.buy()
    assert await line.booking.seats(line.event) == (1, 1, 0)


async def test_between_being_free_and_being_offered_a_seat_is_not_sold_either(line, ada):
    entry = await line.join(ada)
    organizer = await line.booking.world.member("ORGANIZER", line.event.organization)
    request = booking_pb2.CancelBookingRequest(name=line.made[0].name)
    await line.booking.stub.CancelBooking(request, metadata=organizer)

    with refused(DENIED, "SOLD_OUT"):
        await line.buy()
    await line.promote()

    assert (await line.get(entry, ada)).state == STATE.STATE_OFFERED


async def test_who_pays_for_the_offer_is_served(line, ada):
    entry = await line.join(ada)
    await line.give_back(line.made[0])
    offered = await line.get(entry, ada)
    request = booking_pb2.GetBookingRequest(name=offered.booking)
    await line.booking.pay(await line.booking.stub.GetBooking(request, metadata=ada))

    assert (await line.get(entry, ada)).state == STATE.STATE_SERVED
    with refused(DENIED, "WRONG_ENTRY_STATE", state="SERVED"):
        await leave(line, entry, ada)


async def test_an_offer_that_lapses_goes_on_to_the_next(line, ada, bob):
    first, second = await line.join(ada), await line.join(bob)
    for made in line.made:
        await line.booking.pay(made)
    await line.give_back(line.made[0])

    await line.booking.lapse(line.event, ahead=HALF_AN_HOUR)
    await line.promote()

    assert (await line.get(first, ada)).state == STATE.STATE_MISSED
    assert (await line.get(second, bob)).state == STATE.STATE_OFFERED
    assert await line.join(ada)


async def test_a_hold_that_lapses_goes_to_who_waits(line, ada):
    entry = await line.join(ada)

    await line.booking.lapse(line.event)
    await line.promote()

    assert (await line.get(entry, ada)).state == STATE.STATE_OFFERED


async def test_more_seats_go_to_who_waits(line, ada, bob):
    first, second = await line.join(ada), await line.join(bob, quantity=2)

    await line.booking.revise(line.event, ticket_type(capacity=5))
    await line.promote()

    assert (await line.get(first, ada)).state == STATE.STATE_OFFERED
    assert (await line.get(second, bob)).state == STATE.STATE_OFFERED
    assert await line.booking.seats(line.event) == (0, 5, 0)


async def test_money_that_comes_late_does_not_pass_who_waits(line, ada):
    [late, _] = line.made
    entry = await line.join(ada)
    await line.booking.lapse(line.event)

    await line.booking.pay(late)
    await line.promote()

    assert len(await line.booking.world.facts(line.event.organization, "BookingForfeited")) == 1
    assert (await line.get(entry, ada)).state == STATE.STATE_OFFERED


async def test_who_cannot_be_served_keeps_the_seats_unless_the_organizer_lets_others_pass(
    line, ada, bob
):
    two, one = await line.join(ada, quantity=2), await line.join(bob)
    await line.give_back(line.made[0])
    assert (await line.get(one, bob)).state == STATE.STATE_WAITING

    policy = await line.policy(skipping=True)
    await line.promote()

    assert (policy.skipping, policy.waiting) == (True, 2)
    assert (await line.get(one, bob)).state == STATE.STATE_OFFERED
    assert (await line.get(two, ada)).state == STATE.STATE_WAITING


async def test_seats_that_cost_nothing_are_had_by_saying_yes(free, ada):
    entry = await free.join(ada)
    request = waitlist_pb2.AcceptWaitlistOfferRequest(name=entry.name)
    with refused(DENIED, "WRONG_ENTRY_STATE", state="WAITING"):
        await free.stub.AcceptWaitlistOffer(request, metadata=ada)
    await free.give_back(free.made[0])
    assert (await free.get(entry, ada)).state == STATE.STATE_OFFERED
    assert await free.booking.seats(free.event) == (0, 1, 1)

    served = await free.stub.AcceptWaitlistOffer(request, metadata=ada)

    assert served.state == STATE.STATE_SERVED
    assert await free.stub.AcceptWaitlistOffer(request, metadata=ada) == served
    found = await free.booking.stub.GetBooking(
        booking_pb2.GetBookingRequest(name=served.booking), metadata=ada
    )
    assert len(found.tickets) == 1
    assert await free.booking.seats(free.event) == (0, 0, 2)


async def test_seats_that_cost_something_are_had_by_paying(line, ada):
    entry = await line.join(ada)
    await line.give_back(line.made[0])

    with refused(DENIED, "PAYMENT_NEEDED"):
        request = waitlist_pb2.AcceptWaitlistOfferRequest(name=entry.name)
        await line.stub.AcceptWaitlistOffer(request, metadata=ada)


# --- leaving


async def leave(line, entry, who, **given):
    request = waitlist_pb2.LeaveWaitlistRequest(name=entry.name, **given)
    return await line.stub.LeaveWaitlist(request, metadata=who)


async def test_who_leaves_lets_the_others_move_up(line, ada, bob):
    first, second = await line.join(ada), await line.join(bob)

    left = await leave(line, first, ada)

    assert (left.state, left.position) == (STATE.STATE_LEFT, 0)
    assert await leave(line, first, ada) == left
    assert (await line.get(second, bob)).position == 1
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await leave(line, second, bob, etag='"4"')


async def test_when_the_last_one_leaves_seats_are_sold_again(line, ada):
    entry = await line.join(ada, quantity=2)
    await line.give_back(line.made[0])
    await leave(line, entry, ada)

    assert await line.buy()


async def test_who_declines_an_offer_passes_it_on(line, ada, bob):
    first, second = await line.join(ada), await line.join(bob)
    await line.give_back(line.made[0])

    left = await leave(line, await line.get(first, ada), ada)
    await line.promote()

    assert left.state == STATE.STATE_LEFT
    assert (await line.get(second, bob)).state == STATE.STATE_OFFERED


# --- watching


async def test_who_waits_sees_the_line_move(line, ada, bob):
    first, second = await line.join(ada), await line.join(bob)
    request = waitlist_pb2.WatchWaitlistEntryRequest(name=second.name)
    call = line.stub.WatchWaitlistEntry(request, metadata=bob)
    async with asyncio.timeout(60):
        frame = await call.read()
        assert frame.position == 2
        await leave(line, first, ada)
        while frame.position != 1:
            frame = await call.read()
        await line.give_back(line.made[0])
        while frame.state != STATE.STATE_OFFERED:
            frame = await call.read()
        assert frame.booking
        await leave(line, second, bob)
        while frame is not grpc.aio.EOF:
            frame = await call.read()
    with refused(grpc.StatusCode.NOT_FOUND, "ENTRY_NOT_FOUND"):
        await line.stub.WatchWaitlistEntry(request, metadata=ada).read()


# --- how the line works


async def test_an_organizer_says_how_the_line_works(booking, line, ada):
    changed = await line.policy(offer_duration=timedelta(hours=2))

    assert (changed.offer_duration.ToTimedelta(), changed.etag) == (timedelta(hours=2), '"1"')
    await line.join(ada)
    staff = await booking.world.member("STAFF", line.event.organization)
    request = waitlist_pb2.GetWaitlistRequest(name=changed.name)
    found = await line.stub.GetWaitlist(request, metadata=staff)
    assert (found.waiting, found.skipping) == (1, False)
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await line.policy(skipping=True, etag='"7"')
    with invalid("waitlist.offer_duration"):
        await line.policy(offer_duration=timedelta(seconds=1))
    line.event = Name(line.event.organization, new_id())
    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        await line.policy(skipping=True)


# --- many at once


async def test_of_many_who_join_at_once_the_first_are_served_first(booking):
    line = Line(booking, await booking.on_sale(ticket_type(capacity=1)))
    await line.buy()
    entries = await asyncio.gather(*(line.join() for _ in range(40)))
    assert sorted(entry.position for entry in entries) == list(range(1, 41))

    await line.booking.revise(line.event, ticket_type(capacity=16))
    await asyncio.gather(*(line.promote() for _ in range(3)))

    rows = await booking.world.owner.execute(
        "select person, number, state from waitlist where event = %s order by number",
        [line.event.id],
    )
    found = await rows.fetchall()
    order = {entry.person: entry.position for entry in entries}
    assert [order[row.person] for row in found] == list(range(1, 41))
    assert [row.state for row in found] == ["offered"] * 15 + ["waiting"] * 25


async def test_while_people_join_leave_and_buy_no_seat_is_lost_or_sold_twice(booking):
    line = Line(booking, await booking.on_sale(ticket_type(capacity=6)))
    made = [await line.buy() for _ in range(6)]

    async def come_and_go(number):
        who = as_user()
        with contextlib.suppress(grpc.aio.AioRpcError):
            entry = await line.join(who)
            if number % 3 == 0:
                await leave(line, entry, who)

    async def give(one):
        await line.give_back(one)

    async def pass_by():
        with contextlib.suppress(grpc.aio.AioRpcError):
            await line.buy()

    await asyncio.gather(
        *(come_and_go(number) for number in range(12)),
        *(give(one) for one in made[:4]),
        *(pass_by() for _ in range(12)),
    )
    await line.promote()

    free, held, sold = await booking.seats(line.event)
    assert free + held + sold == 6
    [row] = await (
        await booking.world.owner.execute(
            "select count(*) as held, count(distinct booking) as distinct_ from waitlist"
            " where event = %s and state = 'offered'",
            [line.event.id],
        )
    ).fetchall()
    assert row.held == row.distinct_
    waiting = (await line.policy(skipping=False)).waiting
    assert not (free and waiting)


# --- the rules


def entry(number, quantity=1, kinds=("standard",)):
    given: dict[str, Any] = {"create_time": NOW, "update_time": NOW, "state": State.WAITING}
    name = Name(GIG.organization, uuid.uuid4())
    return Entry(
        name, GIG, f"users/{uuid.UUID(int=number)}", tuple(kinds), quantity, number, **given
    )


def served(entries, *offers, skips=False):
    found = domain.promote(entries, builders.offers(*offers), NOW, skips=skips)
    return [(one.number, order.items[0].ticket_type) for one, order in found]


def test_the_line_is_served_in_the_order_of_joining():
    entries = [entry(number) for number in (3, 1, 2)]

    assert served(entries, offer(capacity=2, waiting=3)) == [(1, "standard"), (2, "standard")]


def test_who_takes_either_gets_the_better_one_that_there_is():
    entries = [entry(1, kinds=("vip", "standard")), entry(2, kinds=("vip", "standard"))]
    found = served(entries, offer(capacity=1), offer("vip", capacity=1))

    assert found == [(1, "vip"), (2, "standard")]


def test_who_wants_too_many_holds_up_those_who_want_the_same_and_nobody_else():
    entries = [entry(1, 3), entry(2), entry(3, kinds=("vip",))]
    offers = offer(capacity=2), offer("vip", capacity=1)

    assert served(entries, *offers) == [(3, "vip")]
    assert served(entries, *offers, skips=True) == [(2, "standard"), (3, "vip")]


def test_who_waits_for_what_is_sold_no_more_holds_up_nobody():
    entries = [entry(1, kinds=("vip",)), entry(2, kinds=("vip", "standard")), entry(3)]
    found = served(entries, offer(capacity=2), offer("vip", capacity=5, cancelled=True))

    assert found == [(2, "standard"), (3, "standard")]


def test_a_buyer_who_did_not_wait_gets_nothing_while_somebody_waits():
    with pytest.raises(sales.SoldOut):
        sales.hold(
            uuid.uuid4(), builders.order(), builders.offers(offer(capacity=5, waiting=1)), NOW
        )
