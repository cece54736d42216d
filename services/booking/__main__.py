"""`python -m services.booking serve | work | run | migrate`: what booking is made of."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from services.booking import codes, inbox, work
from services.booking.actions import Terms
from services.booking.availability.servicer import AvailabilityServicer
from services.booking.check_in.servicer import CheckInServicer
from services.booking.config import Config
from services.booking.inventory.servicer import InventoryServicer
from services.booking.live import Live
from services.booking.promos.servicer import PromoCodeServicer
from services.booking.servicer import BookingServicer
from services.booking.tickets.servicer import TicketServicer
from services.booking.waiting_room.servicer import WaitingRoomServicer
from services.booking.waitlist.servicer import WaitlistServicer
from services.kit import paper
from services.kit.secrets import derive
from services.kit.server import Parts, Service, Servicers, main
from turnout.booking.v1.availability_pb2_grpc import add_AvailabilityServiceServicer_to_server
from turnout.booking.v1.booking_pb2_grpc import add_BookingServiceServicer_to_server
from turnout.booking.v1.check_in_pb2_grpc import add_CheckInServiceServicer_to_server
from turnout.booking.v1.inventory_pb2_grpc import add_InventoryServiceServicer_to_server
from turnout.booking.v1.promo_pb2_grpc import add_PromoCodeServiceServicer_to_server
from turnout.booking.v1.ticket_pb2_grpc import add_TicketServiceServicer_to_server
from turnout.booking.v1.waiting_room_pb2_grpc import (
    add_WaitingRoomServiceServicer_to_server,
)
from turnout.booking.v1.waitlist_pb2_grpc import add_WaitlistServiceServicer_to_server


@dataclass(frozen=True)
class State:
    """What the servicers and what runs beside them share."""

    terms: Terms
    live: Live
    signer: codes.Signer


def state(parts: Parts[Config, None]) -> State:
    signer = codes.Signer(derive(parts.settings.secret, "ticket"))
    terms = Terms(lasting=parts.config.hold, issue=codes.issuer(signer))
    return State(terms, Live(parts.db, parts.config.limits), signer)


def servicers(parts: Parts[Config, State]) -> Servicers:
    db, now, own = parts.db, parts.now, parts.state
    admission = derive(parts.settings.secret, "admission")
    booking = BookingServicer(db, own.terms, now, page_key=parts.pages_key, admission_key=admission)
    room = WaitingRoomServicer(db, own.live, now, key=admission)
    availability = AvailabilityServicer(db, own.live, now)
    offers = derive(parts.settings.secret, "transfer")
    font = paper.font(parts.config.font)
    keys = {"key": offers, "page_key": parts.pages_key}
    tickets = TicketServicer(db, own.signer, now, **keys, font=font, wallets=parts.config.wallets)
    door = CheckInServicer(db, own.live, own.signer, now, key=offers, page_key=parts.pages_key)

    promos = PromoCodeServicer(db, now, page_key=parts.pages_key)
    inventory = InventoryServicer(db, page_key=parts.pages_key)
    waitlist = WaitlistServicer(db, own.live, own.terms, now, page_key=parts.pages_key)
    return [
        (add_BookingServiceServicer_to_server, booking),
        (add_TicketServiceServicer_to_server, tickets),
        (add_CheckInServiceServicer_to_server, door),
        (add_WaitlistServiceServicer_to_server, waitlist),
        (add_WaitingRoomServiceServicer_to_server, room),
        (add_AvailabilityServiceServicer_to_server, availability),
        (add_PromoCodeServiceServicer_to_server, promos),
        (add_InventoryServiceServicer_to_server, inventory),
    ]


def background(parts: Parts[Config, State]) -> Iterable[Coroutine[Any, Any, object]]:
    return [parts.state.live.run()]


SERVICE: Service[Config, State] = Service(
    name="booking",
    config=Config.from_env,
    state=state,
    servicers=servicers,
    background=background,
    hears=lambda parts: inbox.hears(parts.state.terms, parts.now),
    steps=lambda parts: work.steps(parts.now),
    errands=lambda parts: work.errands(parts.now, parts.state.terms),
)

if __name__ == "__main__":
    main(SERVICE)
