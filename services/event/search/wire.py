"""Searches on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from services.event.events.domain import Event, tag_key
from services.event.events.wire import MODE_OF, event
from services.event.search import domain
from services.event.search.domain import BadSearch, Facet, Hit, Near, Order, Wanted
from services.kit.money import Money
from services.kit.names import parent
from services.kit.wire import instant, parse_money
from turnout.event.v1 import event_pb2, search_pb2

Request, Response = search_pb2.SearchEventsRequest, search_pb2.SearchEventsResponse
ORDERS = {
    Request.ORDER_UNSPECIFIED: None,
    Request.ORDER_RELEVANCE: Order.RELEVANCE,
    Request.ORDER_START_TIME: Order.START,
    Request.ORDER_DISTANCE: Order.DISTANCE,
}

TYPES = {
    event_pb2.Event.TYPE_UNSPECIFIED: None,
    event_pb2.Event.TYPE_DEMAND: "demand",
    event_pb2.Event.TYPE_PERIODIC: "periodic",
}


def wanted(request: search_pb2.SearchEventsRequest, now: datetime, *, member: bool) -> Wanted:
    """What is searched for. A member who names no organization is a stranger to most."""
    organization, words = parent(request.parent, allowed=True), domain.words(request.query)
    after, mode = instant(request.from_time) or now, MODE_OF.get(request.mode)
    return Wanted(
        organization=organization,
        unlisted=organization is not None and member,
        words=words,
        config=domain.config(request.query_language_code) if request.query_language_code else None,
        city=request.city.strip() or None,
        language=domain.language(request.language_code) or None,
        type=TYPES[request.type],
        mode=mode.value if mode else None,
        category=request.category or None,
        tags=tuple(dict.fromkeys(map(tag_key, request.tags))),
        age=request.age_years or None,
        after=after,
        before=_before(request, after),
        least=_price(request, "min_price"),
        most=_price(request, "max_price"),
        available=request.available,
        near=_near(request) if request.HasField("near") else None,
        order=domain.order(ORDERS[request.order], words=bool(words), near=request.HasField("near")),
        facets=request.facets,
    )


def _before(request: search_pb2.SearchEventsRequest, after: datetime) -> datetime | None:
    before = instant(request.until_time)
    if before is not None and before <= after:
        raise BadSearch("until_time", "must be after from_time, or after now")
    return before


def _price(request: search_pb2.SearchEventsRequest, field: str) -> Money | None:
    return parse_money(getattr(request, field), field) if request.HasField(field) else None


def _near(request: search_pb2.SearchEventsRequest) -> Near:
    place = request.near
    return Near(place.latitude, place.longitude, request.radius_meters or domain.RADIUS)


def key(found: tuple[Hit, Event]) -> tuple[int, datetime, uuid.UUID]:
    """What a list of hits is sorted by."""
    hit = found[0]
    return hit.mark, hit.start_time, hit.name.id


def response(
    found: Iterable[tuple[Hit, Event]], facets: Iterable[Facet], token: str, *, member: bool
) -> search_pb2.SearchEventsResponse:
    return Response(
        results=[
            Response.Result(event=event(value, member=member), distance_meters=hit.distance)
            for hit, value in found
        ],
        next_page_token=token,
        facets=map(_facet, facets),
    )


def _facet(value: Facet) -> search_pb2.SearchEventsResponse.Facet:
    counts = [Response.Facet.Count(value=text, count=count) for text, count in value.counts]
    return Response.Facet(field=value.field, counts=counts, capped=value.capped)
