"""Booking and payment together: real facts over a real Redis, real workers, webhooks over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import grpc
import pytest

from services.booking.__main__ import SERVICE as BOOKING
from services.booking.config import Config as BookingConfig
from services.booking.domain import EVENTS
from services.kit import server
from services.kit.ids import new_id
from services.kit.names import Name
from services.payment.__main__ import SERVICE as PAYMENT
from services.payment.config import Config as PaymentConfig
from tests import servers
from tests.booking import builders
from tests.payment.edge import listening
from tests.serving import as_user, serving
from tests.waiting import eventually
from turnout.booking.v1 import booking_pb2, booking_pb2_grpc, ticket_pb2, ticket_pb2_grpc
from turnout.event.v1 import event_pb2
from turnout.payment.v1 import payment_pb2, payment_pb2_grpc

pytestmark = pytest.mark.server

Booked, Paid = booking_pb2.Booking.State, payment_pb2.Payment.State


class Both:
    """The two services, and a buyer."""

    def __init__(self, booking, payment):
        self.booking, self.payment = booking, payment
        self.bookings = booking_pb2_grpc.BookingServiceStub(booking.channel)
        self.payments = payment_pb2_grpc.PaymentServiceStub(payment.channel)
        self.ada = as_user()

    async def on_sale(self, *types):
        event = Name(new_id(), new_id())
        told = event_pb2.EventPublished(announcement=builders.announcement(event, *types))
        await self.booking.hear(told, subject=f"organizations/{event.organization}/events/x")
        return event

    async def hold(self, event, seats=1):
        request = builders.create(event, seats)
        return await self.bookings.CreateBooking(request, metadata=self.ada)

    async def open(self, booking):
        """Tries until payment has heard of the booking, as clients do."""
        parent = "/".join(booking.name.split("/")[:2])
        request = payment_pb2.CreatePaymentRequest(
            parent=parent, payment=payment_pb2.Payment(booking=booking.name)
        )

        async def attempt():
            with contextlib.suppress(grpc.aio.AioRpcError):
                return await self.payments.CreatePayment(request, metadata=self.ada)

        return await eventually(attempt)

    async def pay(self, booking, method="pm_card_visa"):
        payment = await self.open(booking)
        request = payment_pb2.ConfirmPaymentRequest(name=payment.name, payment_method=method)
        return await self.payments.ConfirmPayment(request, metadata=self.ada)

    async def refunded(self, event, amounts):
        """Whether just these went back, in minor units."""
        rows = await self.payment.owner.execute(
            "select amount_minor from refunds where organization = %s and progress = 'succeeded'"
            " order by create_time",
            [event.organization],
        )
        return [row.amount_minor for row in await rows.fetchall()] == amounts

    async def booked(self, booking, state):
        async def reached():
            request = booking_pb2.GetBookingRequest(name=booking.name)
            found = await self.bookings.GetBooking(request, metadata=self.ada)
            return found if found.state == state else None

        return await eventually(reached, Booked.Name(state))

    async def paid(self, payment, state):
        async def reached():
            request = payment_pb2.GetPaymentRequest(name=payment.name)
            found = await self.payments.GetPayment(request, metadata=self.ada)
            return found if found.state == state else None

        return await eventually(reached, Paid.Name(state))


@contextlib.asynccontextmanager
async def opened(database, owner, redis_url, hold):
    """Both services with all their workers, on databases of their own."""
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        edge, worlds = await enter(listening()), []
        settings = {"redis_url": redis_url, "edge_url": edge.url}
        for service, config in ((BOOKING, BookingConfig(hold)), (PAYMENT, PaymentConfig())):
            db = await database.fresh(service.name)
            world = await enter(serving(service, db, await owner(db), config=config, **settings))
            await enter(server.working(service, world.parts))
            worlds.append(world)
        both = Both(*worlds)
        edge.stub = both.payments
        yield both


@pytest.fixture
def redis_url():
    """A Redis that nobody has told anything yet: what others were told is no news here."""
    with servers.redis() as url:
        yield url


@pytest.fixture
async def both(database, owner, redis_url):
    async with opened(database, owner, redis_url, timedelta(minutes=15)) as found:
        yield found


async def test_who_pays_has_a_ticket_and_who_cancels_has_the_money_back(both):
    event = await both.on_sale()
    held = await both.hold(event, 2)

    payment = await both.pay(held, "pm_card_visa_twice")
    confirmed = await both.booked(held, Booked.STATE_CONFIRMED)
    assert len(confirmed.tickets) == 2
    await both.paid(payment, Paid.STATE_SUCCEEDED)

    request = booking_pb2.CancelBookingRequest(name=held.name)
    await both.bookings.CancelBooking(request, metadata=both.ada)
    await both.paid(payment, Paid.STATE_REFUNDED)


async def test_a_seat_that_goes_back_brings_its_part_of_the_money_and_the_rest_brings_the_rest(
    both,
):
    event = await both.on_sale()
    held = await both.hold(event, 3)
    payment = await both.pay(held)
    confirmed = await both.booked(held, Booked.STATE_CONFIRMED)
    tickets = ticket_pb2_grpc.TicketServiceStub(both.booking.channel)

    request = ticket_pb2.ReturnTicketRequest(name=confirmed.tickets[0].name)
    await tickets.ReturnTicket(request, metadata=both.ada)
    await eventually(lambda: both.refunded(event, [1250]))
    assert (await both.paid(payment, Paid.STATE_SUCCEEDED)).amount.units == 37

    cancel = booking_pb2.CancelBookingRequest(name=held.name)
    await both.bookings.CancelBooking(cancel, metadata=both.ada)
    await both.paid(payment, Paid.STATE_REFUNDED)
    assert await both.refunded(event, [1250, 2500])


async def test_a_declined_card_leaves_the_hold_and_another_one_pays(both):
    held = await both.hold(await both.on_sale())

    payment = await both.pay(held, "pm_card_visa_chargeDeclined")
    await both.paid(payment, Paid.STATE_FAILED)
    await both.pay(held)

    await both.booked(held, Booked.STATE_CONFIRMED)


async def test_an_event_that_is_called_off_gives_everybody_the_money_back(both):
    event = await both.on_sale(builders.ticket_type(capacity=20))
    held = [await both.hold(event) for _ in range(4)]
    payments = [await both.pay(one) for one in held[:3]]
    for one in held[:3]:
        await both.booked(one, Booked.STATE_CONFIRMED)

    told = event_pb2.EventCancelled(event=EVENTS.format(event))
    await both.booking.hear(told, subject=told.event)

    for one in held:
        await both.booked(one, Booked.STATE_CANCELLED)
    for payment in payments:
        await both.paid(payment, Paid.STATE_REFUNDED)


async def test_a_hold_that_nobody_paid_ends_and_so_does_its_payment(database, owner, redis_url):
    async with opened(database, owner, redis_url, timedelta(seconds=1)) as both:
        event = await both.on_sale(builders.ticket_type(capacity=1))
        held = await both.hold(event)
        payment = await both.open(held)

        await both.booked(held, Booked.STATE_LAPSED)
        await both.paid(payment, Paid.STATE_CANCELLED)

        assert (await both.hold(event)).state == Booked.STATE_HELD


async def test_whether_the_money_or_the_end_of_the_hold_is_first_it_adds_up(
    database, owner, redis_url
):
    """Holds end while their charges are under way; others wait for the seats."""
    async with opened(database, owner, redis_url, timedelta(seconds=1)) as both:
        event = await both.on_sale(builders.ticket_type(capacity=6))
        held = [await both.hold(event) for _ in range(6)]
        opened_payments = [await both.open(one) for one in held]
        left = min(one.expire_time.ToMicroseconds() for one in held) / 1e6
        await asyncio.sleep(max(0.0, left - 0.3 - both.payment.clock.now().timestamp()))

        async def confirm(payment, delay):
            await asyncio.sleep(delay)
            request = payment_pb2.ConfirmPaymentRequest(
                name=payment.name, payment_method="pm_card_visa"
            )
            with contextlib.suppress(grpc.aio.AioRpcError):
                return await both.payments.ConfirmPayment(request, metadata=both.ada)

        delays = [number * 0.06 for number in range(6)]
        await asyncio.gather(*map(confirm, opened_payments, delays))

        final = await eventually(lambda: settled(both, held, opened_payments))
        for booking, payment in final:
            pair = (Booked.Name(booking.state), Paid.Name(payment.state))
            assert pair in {
                ("STATE_CONFIRMED", "STATE_SUCCEEDED"),
                ("STATE_LAPSED", "STATE_CANCELLED"),
                ("STATE_LAPSED", "STATE_REFUNDED"),
            }


async def settled(both, bookings, payments):
    """Every booking with its payment, once none of them will change any more."""
    found = []
    for booking, payment in zip(bookings, payments, strict=True):
        request = booking_pb2.GetBookingRequest(name=booking.name)
        now = await both.bookings.GetBooking(request, metadata=both.ada)
        asked = payment_pb2.GetPaymentRequest(name=payment.name)
        paid = await both.payments.GetPayment(asked, metadata=both.ada)
        confirmed = (Booked.STATE_CONFIRMED, Paid.STATE_SUCCEEDED)
        lapsed = now.state == Booked.STATE_LAPSED
        ended = paid.state in (Paid.STATE_CANCELLED, Paid.STATE_REFUNDED)
        if (now.state, paid.state) != confirmed and not (lapsed and ended):
            return None
        found.append((now, paid))
    return found
