"""Codes on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.booking.domain import EVENTS, PROMO_CODES, BadBooking, Promo
from services.booking.promos.domain import Kept
from services.kit.etags import etag
from services.kit.masks import merged, paths
from services.kit.names import Name, parent
from services.kit.wire import instant, money, parse_money, timestamp
from turnout.booking.v1 import promo_pb2

FIELDS = frozenset(
    {
        "code",
        "percent",
        "amount",
        "max_uses",
        "max_uses_per_person",
        "ticket_types",
        "unlocks",
        "start_time",
        "end_time",
    }
)


def new(request: promo_pb2.CreatePromoCodeRequest, id: uuid.UUID, now: datetime) -> Kept:
    organization = parent(request.parent)
    event = EVENTS.parse(request.promo_code.event, "promo_code.event")
    if event.organization != organization:
        raise BadBooking("promo_code.event", "must be an event of the parent")
    promo = _promo(request.promo_code, id)
    return Kept(Name(organization, id), event, promo, create_time=now, update_time=now)


def changed(before: Kept, request: promo_pb2.UpdatePromoCodeRequest) -> Promo:
    """What a code becomes."""
    sent = request.promo_code
    touched = paths(request.update_mask, sent, FIELDS)
    return _promo(merged(promo_code(before), sent, touched), before.name.id, before.promo.uses)


def filter(request: promo_pb2.ListPromoCodesRequest) -> uuid.UUID | None:
    """Of which event codes are asked for; None for all."""
    if not request.event:
        return None
    event = EVENTS.parse(request.event, "event")
    if event.organization != parent(request.parent):
        raise BadBooking("event", "must be an event of the parent")
    return event.id


def promo_code(kept: Kept) -> promo_pb2.PromoCode:
    promo = kept.promo
    return promo_pb2.PromoCode(
        name=PROMO_CODES.format(kept.name),
        event=EVENTS.format(kept.event),
        code=promo.code,
        percent=promo.percent,
        amount=money(promo.amount) if promo.amount else None,
        max_uses=promo.most_uses,
        max_uses_per_person=promo.per_person,
        ticket_types=promo.ticket_types,
        unlocks=promo.unlocks,
        start_time=timestamp(promo.start),
        end_time=timestamp(promo.end),
        uses=promo.uses,
        create_time=timestamp(kept.create_time),
        update_time=timestamp(kept.update_time),
        etag=etag(kept.version),
    )


def _promo(sent: promo_pb2.PromoCode, id: uuid.UUID, uses: int = 0) -> Promo:
    has_amount = sent.HasField("amount")
    return Promo(
        id=id,
        code=sent.code.upper(),
        percent=sent.percent,
        amount=parse_money(sent.amount, "promo_code.amount") if has_amount else None,
        most_uses=sent.max_uses,
        per_person=sent.max_uses_per_person,
        uses=uses,
        ticket_types=tuple(dict.fromkeys(sent.ticket_types)),
        unlocks=sent.unlocks,
        start=instant(sent.start_time),
        end=instant(sent.end_time),
    )
