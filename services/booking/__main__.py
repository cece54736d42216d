"""`python -m services.booking serve | work | run | migrate`: what booking is made of."""

from __future__ import annotations

from services.booking import codes, inbox, work
from services.booking.actions import Terms
from services.booking.config import Config
from services.booking.servicer import BookingServicer
from services.kit.secrets import derive
from services.kit.server import Parts, Service, Servicers, main
from turnout.booking.v1.booking_pb2_grpc import add_BookingServiceServicer_to_server


def terms(parts: Parts[Config, None]) -> Terms:
    key = derive(parts.settings.secret, "ticket")
    return Terms(lasting=parts.config.hold, issue=codes.issuer(key))


def servicers(parts: Parts[Config, Terms]) -> Servicers:
    servicer = BookingServicer(parts.db, parts.state, parts.now, page_key=parts.pages_key)
    return [(add_BookingServiceServicer_to_server, servicer)]


SERVICE: Service[Config, Terms] = Service(
    name="booking",
    config=Config.from_env,
    state=terms,
    servicers=servicers,
    hears=lambda parts: inbox.hears(parts.state, parts.now),
    steps=lambda parts: work.steps(parts.now),
)

if __name__ == "__main__":
    main(SERVICE)
