"""Everything that may happen to an event, in any order, to the real service on a real database."""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.booking.domain import EVENTS
from services.kit.names import Name
from tests.booking.builders import create, layout, ticket_type
from tests.booking.conftest import HOLD, Booking
from tests.booking.test_waitlist import joining
from tests.serving import Metadata, as_user
from turnout.booking.v1 import (
    booking_pb2,
    check_in_pb2,
    check_in_pb2_grpc,
    ticket_pb2,
    ticket_pb2_grpc,
    waitlist_pb2,
    waitlist_pb2_grpc,
)

pytestmark = pytest.mark.server

State = booking_pb2.Booking.State
WaitlistState = waitlist_pb2.WaitlistEntry.State
KINDS = ("floor", "balcony", "free", "stalls")
POOLED = ("floor", "balcony")
WAITED_FOR = (*POOLED, "free")
# What the service may say no with; anything else is a mistake of ours.
REFUSED = {
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
}


@dataclass
class Play:
    """One event, and all that people did there."""

    booking: Booking
    event: Name
    staff: Metadata
    data: Any
    capacities: dict[str, int]
    pool: int
    # Who made a booking, and as what.
    buyers: dict[str, Metadata] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    entered: dict[str, int] = field(default_factory=dict)
    # Who took a place in line.
    waiting: dict[str, Metadata] = field(default_factory=dict)

    async def attempt(self, call: Any) -> Any:
        """What comes of a call; None of one that is refused."""
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            if error.code() not in REFUSED:
                raise
            return None

    def some(self) -> tuple[str, Metadata] | None:
        """One of the bookings so far."""
        names = sorted(self.buyers)
        if not names:
            return None
        name = self.data.draw(st.sampled_from(names))
        return name, self.buyers[name]

    async def read(self, name: str) -> booking_pb2.Booking:
        request = booking_pb2.GetBookingRequest(name=name)
        found: booking_pb2.Booking = await self.booking.stub.GetBooking(
            request, metadata=self.staff
        )
        return found

    # --- what may happen

    async def hold(self) -> None:
        kinds = self.data.draw(
            st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True)
        )
        seats, who = self.data.draw(st.integers(1, 4)), as_user()
        made = await self.attempt(
            self.booking.stub.CreateBooking(
                create(self.event, seats, kinds[0], more=dict.fromkeys(kinds[1:], 1)), metadata=who
            )
        )
        if made is not None:
            self.buyers[made.name] = who

    async def hold_that_seat(self) -> None:
        seat, who = f"stalls/A/{self.data.draw(st.integers(1, 6))}", as_user()
        request = create(self.event, 1, "stalls", named=[seat])
        made = await self.attempt(self.booking.stub.CreateBooking(request, metadata=who))
        if made is not None:
            self.buyers[made.name] = who

    async def hold_and_lose_the_answer(self) -> None:
        """The caller goes away at any moment, and asks again with the same id."""
        request, who = create(self.event, 1, "floor", request_id=str(uuid.uuid4())), as_user()
        with contextlib.suppress(grpc.aio.AioRpcError):
            await self.booking.stub.CreateBooking(
                request, metadata=who, timeout=random.choice([0.001, 0.003, 0.01])
            )
        made = await self.attempt(self.booking.stub.CreateBooking(request, metadata=who))
        if made is not None:
            self.buyers[made.name] = who

    async def lose_the_database(self) -> None:
        """All connections break while people book; each asks again until there is an answer."""
        asked = [
            (create(self.event, 1, "floor", request_id=str(uuid.uuid4())), as_user())
            for _ in range(3)
        ]
        first = asyncio.gather(*(self.answered(*each) for each in asked))
        for _ in range(2):
            await self.booking.world.owner.execute(BREAK)
            await asyncio.sleep(random.choice([0, 0.002, 0.01]))
        for (request, who), made in zip(asked, await first, strict=True):
            again = await self.answered(request, who)
            if made is not None:
                assert again == made
                self.buyers[made.name] = who
            elif again is not None:
                # What was refused may be had by now.
                self.buyers[again.name] = who

    async def answered(self, request: Any, who: Metadata) -> booking_pb2.Booking | None:
        """The answer that there is in the end; None of a refusal."""
        async with asyncio.timeout(60):
            while True:
                try:
                    made: booking_pb2.Booking = await self.booking.stub.CreateBooking(
                        request, metadata=who
                    )
                except grpc.aio.AioRpcError as error:
                    if error.code() in REFUSED:
                        return None
                    if error.code() is not grpc.StatusCode.UNAVAILABLE:
                        raise
                else:
                    return made
                await asyncio.sleep(0.05)

    async def join(self) -> None:
        """Somebody waits for what is sold out."""
        kinds = self.data.draw(
            st.lists(st.sampled_from(WAITED_FOR), min_size=1, max_size=2, unique=True)
        )
        request = joining(self.event, self.data.draw(st.integers(1, 3)), kinds)
        who = as_user()
        entry = await self.attempt(self.line.CreateWaitlistEntry(request, metadata=who))
        if entry is not None:
            self.waiting[entry.name] = who

    async def leave(self) -> None:
        if self.waiting:
            name = self.data.draw(st.sampled_from(sorted(self.waiting)))
            request = waitlist_pb2.LeaveWaitlistRequest(name=name)
            await self.attempt(self.line.LeaveWaitlist(request, metadata=self.waiting[name]))

    async def promote(self) -> None:
        """Offers what is free; whoever is first then waits for more than there is."""
        await self.booking.world.do_all("promote", self.event.organization)
        for entry in await self.entries():
            if entry.state == WaitlistState.STATE_OFFERED:
                self.buyers.setdefault(entry.booking, self.waiting[entry.name])
        waiting = [one for one in await self.entries() if one.position == 1]
        for first in waiting:
            for kind in first.ticket_types:
                assert (await self.booking.entry(self.event, kind)).free < first.quantity

    async def entries(self) -> list[waitlist_pb2.WaitlistEntry]:
        request = waitlist_pb2.ListWaitlistEntriesRequest(
            parent=f"organizations/{self.event.organization}", event=EVENTS.format(self.event)
        )
        found = await self.line.ListWaitlistEntries(request, metadata=self.staff)
        return list(found.waitlist_entries)

    @property
    def line(self) -> Any:
        return waitlist_pb2_grpc.WaitlistServiceStub(self.booking.world.channel)

    async def change(self) -> None:
        found = self.some()
        if found is None:
            return
        name, who = found
        wanted = booking_pb2.Booking(name=name)
        kind, seats = self.data.draw(st.sampled_from(KINDS)), self.data.draw(st.integers(1, 4))
        wanted.items.add(ticket_type=kind, quantity=seats)
        request = booking_pb2.UpdateBookingRequest(booking=wanted)
        await self.attempt(self.booking.stub.UpdateBooking(request, metadata=who))

    async def extend(self) -> None:
        if found := self.some():
            request = booking_pb2.ExtendBookingRequest(name=found[0])
            await self.attempt(self.booking.stub.ExtendBooking(request, metadata=found[1]))

    async def cancel(self) -> None:
        if found := self.some():
            request = booking_pb2.CancelBookingRequest(name=found[0])
            await self.attempt(self.booking.stub.CancelBooking(request, metadata=found[1]))

    async def pay(self) -> None:
        if found := self.some():
            await self.booking.pay(await self.read(found[0]))
            self.paid.add(found[0])

    async def lapse(self) -> None:
        await self.booking.lapse(self.event, ahead=HOLD)

    async def wait(self) -> None:
        self.booking.world.clock.ahead += timedelta(minutes=self.data.draw(st.integers(1, 20)))

    async def revise(self) -> None:
        kind = self.data.draw(st.sampled_from(POOLED))
        self.capacities[kind] = self.data.draw(st.integers(1, 8))
        self.pool = self.data.draw(st.integers(1, 10))
        await announce(self)

    async def hand_on(self) -> None:
        if (ticket := await self.a_ticket()) is None:
            return
        stub = ticket_pb2_grpc.TicketServiceStub(self.booking.world.channel)
        offer = ticket_pb2.TransferTicketRequest(name=ticket)
        offered = await self.attempt(stub.TransferTicket(offer, metadata=self.manager))
        if offered is None or not offered.transfer.token:
            return
        taken = ticket_pb2.AcceptTicketRequest(name=ticket, token=offered.transfer.token)
        await self.attempt(stub.AcceptTicket(taken, metadata=as_user()))

    async def give_back(self) -> None:
        if (ticket := await self.a_ticket()) is not None:
            stub = ticket_pb2_grpc.TicketServiceStub(self.booking.world.channel)
            request = ticket_pb2.ReturnTicketRequest(name=ticket)
            await self.attempt(stub.ReturnTicket(request, metadata=self.manager))

    async def come_in(self) -> None:
        if (ticket := await self.a_ticket()) is None:
            return
        stub = check_in_pb2_grpc.CheckInServiceStub(self.booking.world.channel)
        request = check_in_pb2.CheckInTicketRequest(
            parent=f"organizations/{self.event.organization}",
            event=EVENTS.format(self.event),
            ticket=ticket,
        )
        if await self.attempt(stub.CheckInTicket(request, metadata=self.manager)) is not None:
            self.entered[ticket] = self.entered.get(ticket, 0) + 1

    @property
    def manager(self) -> Metadata:
        return self.staff

    async def a_ticket(self) -> str | None:
        request = ticket_pb2.ListTicketsRequest(
            parent=f"organizations/{self.event.organization}", event=EVENTS.format(self.event)
        )
        stub = ticket_pb2_grpc.TicketServiceStub(self.booking.world.channel)
        found = await stub.ListTickets(request, metadata=self.manager)
        names = [ticket.name for ticket in found.tickets]
        return self.data.draw(st.sampled_from(names)) if names else None

    # --- what must hold

    async def check(self) -> None:
        await self.counts_agree()
        await self.nothing_is_oversold()
        await self.nobody_shares_a_seat()
        await self.what_is_confirmed_is_paid_or_free()
        await self.offers_are_each_for_one_person()
        assert all(times == 1 for times in self.entered.values())

    async def rows(self, statement: str) -> list[Any]:
        cursor = await self.booking.world.owner.execute(statement, {"event": self.event.id})
        return await cursor.fetchall()

    async def counts_agree(self) -> None:
        """Offers, pools, bookings and the ledger count the same seats."""
        for row in await self.rows(COUNTS):
            assert (row.held, row.sold) == (row.booked_held, row.booked_sold), row
            assert (row.held, row.sold) == (row.moved_held, row.moved_sold), row
        for row in await self.rows(POOLS):
            assert (row.held, row.sold) == (row.types_held, row.types_sold), row

    async def nothing_is_oversold(self) -> None:
        for row in await self.rows("select * from offers where event = %(event)s"):
            assert row.held + row.sold <= row.ceiling
        for row in await self.rows("select * from pools where event = %(event)s"):
            assert row.held + row.sold <= row.ceiling

    async def nobody_shares_a_seat(self) -> None:
        seated = [(row.seat, row.booking) for row in await self.rows(SEATED)]
        assert len({seat for seat, _ in seated}) == len(seated)
        taken = {(row.seat, row.booking) for row in await self.rows(TAKEN)}
        assert set(seated) == taken

    async def offers_are_each_for_one_person(self) -> None:
        """Whose place in line it is has what is held for it, and offers count who waits."""
        offered = [row for row in await self.rows(LINE) if row.booking is not None]
        assert all(row.person == row.buyer for row in offered)
        assert len({row.booking for row in offered}) == len(offered)
        for row in await self.rows(WAITING):
            assert row.waiting == row.counted

    async def what_is_confirmed_is_paid_or_free(self) -> None:
        for row in await self.rows(
            "select id, total_minor, payment from bookings"
            " where event = %(event)s and state = 'confirmed'"
        ):
            name = f"organizations/{self.event.organization}/bookings/{row.id}"
            assert name in self.paid or row.payment is None
            assert row.payment is not None or row.total_minor == 0


COUNTS = """
select o.ticket_type, o.held, o.sold,
  coalesce((select sum((i ->> 1)::int) from bookings b, jsonb_array_elements(b.items) i
    where b.event = o.event and b.state = 'held' and i ->> 0 = o.ticket_type), 0) as booked_held,
  coalesce((select sum((i ->> 1)::int) from bookings b, jsonb_array_elements(b.items) i
    where b.event = o.event and b.state = 'confirmed' and i ->> 0 = o.ticket_type), 0)
    as booked_sold,
  coalesce((select sum(m.held) from movements m
    where m.event = o.event and m.ticket_type = o.ticket_type), 0) as moved_held,
  coalesce((select sum(m.sold) from movements m
    where m.event = o.event and m.ticket_type = o.ticket_type), 0) as moved_sold
from offers o where o.event = %(event)s
"""
POOLS = """
select p.held, p.sold, sum(o.held) as types_held, sum(o.sold) as types_sold
from pools p join offers o on o.event = p.event and o.pool = p.pool
where p.event = %(event)s group by p.pool, p.held, p.sold
"""
SEATED = """
select s as seat, b.id as booking
from bookings b, jsonb_array_elements(b.items) i, jsonb_array_elements_text(i -> 3) s
where b.event = %(event)s and b.state in ('held', 'confirmed')
"""
TAKEN = """
select section || '/' || "row" || '/' || seat as seat, booking from seats
where event = %(event)s and booking is not null
"""

LINE = """
select w.person, w.booking, b.buyer from waitlist w
left join bookings b on b.organization = w.organization and b.id = w.booking
where w.event = %(event)s
"""
WAITING = """
select o.waiting, (select count(*) from waitlist w where w.event = o.event
  and w.state = 'waiting' and o.ticket_type = any (w.ticket_types)) as counted
from offers o where o.event = %(event)s
"""
BREAK = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and application_name = 'turnout-booking'
"""

STEPS = (
    Play.hold,
    Play.hold,
    Play.hold_that_seat,
    Play.hold_and_lose_the_answer,
    Play.change,
    Play.extend,
    Play.cancel,
    Play.pay,
    Play.pay,
    Play.lapse,
    Play.wait,
    Play.revise,
    Play.hand_on,
    Play.give_back,
    Play.come_in,
    Play.join,
    Play.join,
    Play.leave,
    Play.promote,
    Play.promote,
    Play.lose_the_database,
)


async def announce(play: Play) -> None:
    sizes = play.capacities
    types = [
        ticket_type(kind, capacity=sizes[kind], pool="house", cents=cents)
        for kind, cents in (("floor", 1250), ("balcony", 999))
    ]
    types.append(ticket_type("free", capacity=sizes["free"], cents=0))
    types.append(ticket_type("stalls", capacity=12, sections=["stalls"]))
    plan = layout("......", "...|...")
    await play.booking.revise(play.event, *types, pools={"house": play.pool}, layout=plan)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_whatever_happens_in_whatever_order(booking, data):
    booking.world.clock.ahead = timedelta()
    event = await booking.on_sale()
    staff = await booking.world.member("OWNER", event.organization)
    play = Play(booking, event, staff, data, {"floor": 5, "balcony": 5, "free": 4}, pool=7)
    await announce(play)

    for step in data.draw(st.lists(st.sampled_from(STEPS), min_size=5, max_size=25)):
        await step(play)
        await play.check()
