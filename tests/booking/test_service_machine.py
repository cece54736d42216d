"""Everything that may happen to an event, in any order, to the real service on a real database."""

from __future__ import annotations

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
from tests.serving import Metadata, as_user
from turnout.booking.v1 import (
    booking_pb2,
    check_in_pb2,
    check_in_pb2_grpc,
    ticket_pb2,
    ticket_pb2_grpc,
)

pytestmark = pytest.mark.server

State = booking_pb2.Booking.State
KINDS = ("floor", "balcony", "free", "stalls")
POOLED = ("floor", "balcony")
# What the service may say no with; anything else is a mistake of ours.
REFUSED = {
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
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
