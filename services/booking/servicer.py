"""The RPCs of booking. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.booking import actions, wire
from services.booking.actions import Ask, Revision, Terms
from services.booking.availability.finding import find
from services.booking.domain import BOOKINGS
from services.booking.waiting_room.wire import admits
from services.kit import clock, telemetry
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.gather import Gather
from services.kit.names import Name, parent
from services.kit.once import Call, once
from services.kit.pages import page
from turnout.booking.v1 import booking_pb2, booking_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)
# How long a batch of orders may take, in seconds.
PATIENCE = 10.0


class BookingServicer(booking_pb2_grpc.BookingServiceServicer):
    def __init__(
        self,
        db: Database,
        terms: Terms,
        now: Callable[[], datetime],
        *,
        page_key: bytes,
        admission_key: bytes,
    ) -> None:
        self._db = db
        self._terms = terms
        self._now = now
        self._page_key = page_key
        self._admission_key = admission_key
        # Everybody who wants seats of one organization's events is answered in batches.
        self._orders: Gather[uuid.UUID, Ask, booking_pb2.Booking] = Gather(self._answer)

    async def CreateBooking(
        self, request: booking_pb2.CreateBookingRequest, context: Context
    ) -> booking_pb2.Booking:
        who = caller()
        order = wire.order(request, who, lambda event: self._admits(request.admission, event))
        ask = Ask(Call(who.name, request), order, telemetry.traceparent())
        return await self._orders(order.event.organization, ask)

    def _admits(self, token: str, event: Name) -> bool:
        """Whether the caller was let in, or need not be."""
        if caller().permitted:
            return True
        who, now = caller().name, self._now()
        return bool(token) and admits(token, event, who, key=self._admission_key, now=now)

    async def _answer(
        self, organization: uuid.UUID, asks: list[Ask]
    ) -> Sequence[booking_pb2.Booking | Exception]:
        # The line has no deadline of its own, and must not stand still for ever.
        clock.deadline.set(time.monotonic() + PATIENCE)
        return await self._db.run(
            actions.answer, organization, asks, now=self._now(), terms=self._terms
        )

    async def GetBooking(
        self, request: booking_pb2.GetBookingRequest, context: Context
    ) -> booking_pb2.Booking:
        name = BOOKINGS.parse(request.name)
        return wire.booking(await self._db.read(actions.get, name, own=own()))

    async def ListBookings(
        self, request: booking_pb2.ListBookingsRequest, context: Context
    ) -> booking_pb2.ListBookingsResponse:
        organization, event = parent(request.parent), wire.filter(request)
        asked = page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            actions.page, organization, event=event, own=own(), after=after, size=asked.limit
        )
        shown, token = asked.cut(found, key=lambda booking: (booking.name.id,))
        return booking_pb2.ListBookingsResponse(
            bookings=[wire.booking(booking) for booking in shown], next_page_token=token
        )

    async def ListMyBookings(
        self, request: booking_pb2.ListMyBookingsRequest, context: Context
    ) -> booking_pb2.ListMyBookingsResponse:
        asked = page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(actions.page_of, caller().name, after=after, size=asked.limit)
        shown, token = asked.cut(found, key=lambda booking: (booking.name.id,))
        return booking_pb2.ListMyBookingsResponse(
            bookings=[wire.booking(booking) for booking in shown], next_page_token=token
        )

    async def UpdateBooking(
        self, request: booking_pb2.UpdateBookingRequest, context: Context
    ) -> booking_pb2.Booking:
        name = BOOKINGS.parse(request.booking.name, "booking.name")
        version, revision = (
            expected(request.booking.etag, "booking.etag"),
            Revision(*wire.revision(request)),
        )

        async def change(tx: Tx) -> booking_pb2.Booking:
            booking = await actions.change(
                tx,
                name,
                revision,
                own=own(),
                version=version,
                now=self._now(),
                terms=self._terms,
            )
            return wire.booking(booking)

        return await self._db.run(once(request, change))

    async def ExtendBooking(
        self, request: booking_pb2.ExtendBookingRequest, context: Context
    ) -> booking_pb2.Booking:
        name, version = BOOKINGS.parse(request.name), expected(request.etag)

        async def extend(tx: Tx) -> booking_pb2.Booking:
            booking = await actions.extend(
                tx, name, own=own(), version=version, now=self._now(), terms=self._terms
            )
            return wire.booking(booking)

        return await self._db.run(once(request, extend))

    async def CancelBooking(
        self, request: booking_pb2.CancelBookingRequest, context: Context
    ) -> booking_pb2.Booking:
        name, version = BOOKINGS.parse(request.name), expected(request.etag)

        async def cancel(tx: Tx) -> booking_pb2.Booking:
            return wire.booking(
                await actions.cancel(tx, name, own=own(), version=version, now=self._now())
            )

        return await self._db.run(once(request, cancel))

    async def GetAvailability(
        self, request: booking_pb2.GetAvailabilityRequest, context: Context
    ) -> booking_pb2.Availability:
        event = await find(self._db, request.name)
        return wire.availability(
            event, await self._db.read(actions.availability, event), self._now()
        )


def own() -> str | None:
    """Whose bookings the caller may see: the own ones, or everybody's (None)."""
    return None if caller().permitted else caller().name
