"""Journeys on the wire: messages to values and back. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from google.protobuf import duration_pb2

from services.kit.etags import etag
from services.kit.names import parent
from services.kit.seals import Seals
from services.kit.wire import duration, span, timestamp
from services.kit.wire import instant as instant_of
from services.location.eta import Method
from services.location.events.domain import EVENTS
from services.location.instants import instant
from services.location.journeys import domain
from services.location.journeys.domain import (
    JOURNEYS,
    BadLeadTime,
    Consent,
    Journey,
    Mode,
    NoConsent,
    Precision,
    Proof,
    Source,
    State,
    Terms,
    Viewers,
)
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import inbound_pb2

STATES = {
    State.READY: location_pb2.Journey.STATE_READY,
    State.UNDER_WAY: location_pb2.Journey.STATE_UNDER_WAY,
    State.ARRIVED: location_pb2.Journey.STATE_ARRIVED,
    State.EXPIRED: location_pb2.Journey.STATE_EXPIRED,
    State.WITHDRAWN: location_pb2.Journey.STATE_WITHDRAWN,
}
MODES = {
    Mode.UNKNOWN: location_pb2.Journey.TRAVEL_MODE_UNSPECIFIED,
    Mode.WALK: location_pb2.Journey.TRAVEL_MODE_WALK,
    Mode.BICYCLE: location_pb2.Journey.TRAVEL_MODE_BICYCLE,
    Mode.CAR: location_pb2.Journey.TRAVEL_MODE_CAR,
    Mode.TRANSIT: location_pb2.Journey.TRAVEL_MODE_TRANSIT,
}
MODE_OF = {number: mode for mode, number in MODES.items()}
METHODS = {
    Method.DISTANCE: location_pb2.Arrival.METHOD_DISTANCE,
    Method.VELOCITY: location_pb2.Arrival.METHOD_VELOCITY,
    Method.ROUTE: location_pb2.Arrival.METHOD_ROUTE,
}

VIEWERS = {
    Viewers.ORGANIZERS: location_pb2.Journey.VIEWERS_ORGANIZERS,
    Viewers.STAFF: location_pb2.Journey.VIEWERS_STAFF,
    Viewers.PARTICIPANTS: location_pb2.Journey.VIEWERS_PARTICIPANTS,
    Viewers.LINKS: location_pb2.Journey.VIEWERS_LINKS,
}
VIEWERS_OF = {number: viewers for viewers, number in VIEWERS.items()}
PRECISIONS = {
    Precision.EXACT: location_pb2.Journey.PRECISION_EXACT,
    Precision.COARSE: location_pb2.Journey.PRECISION_COARSE,
}
PRECISION_OF = {number: precision for precision, number in PRECISIONS.items()}
SOURCES = {
    Source.APP: location_pb2.Journey.CONSENT_SOURCE_APP,
    Source.LINK: location_pb2.Journey.CONSENT_SOURCE_LINK,
    Source.MESSAGE: location_pb2.Journey.CONSENT_SOURCE_MESSAGE,
}
LONGEST_LEAD = timedelta(days=30)


def consent(request: location_pb2.CreateJourneyRequest, source: Source) -> Consent:
    """What the person agrees to, and how the person travels."""
    parent(request.parent)
    asked = request.journey
    event = EVENTS.parse(asked.event, "journey.event")
    if not asked.consent:
        raise NoConsent("journey.consent", "must be true: nobody is followed who did not agree")
    mode, rate = MODE_OF.get(asked.travel_mode, Mode.UNKNOWN), max(1.0, asked.playback_rate)
    terms = Terms(
        asked.purpose.strip(),
        VIEWERS_OF.get(asked.viewers, Viewers.STAFF),
        PRECISION_OF.get(asked.precision, Precision.EXACT),
        _lead(asked),
        source,
        asked.live_only,
    )
    return Consent(event, mode, rate, terms)


def _lead(asked: location_pb2.Journey) -> timedelta | None:
    if not asked.HasField("lead_time"):
        return None
    lead = span(asked.lead_time)
    if not timedelta() <= lead <= LONGEST_LEAD:
        raise BadLeadTime("journey.lead_time", "must be from 0 s to 30 days")
    return lead


def journey(value: Journey, now: datetime, receipt: str = "") -> location_pb2.Journey:
    return location_pb2.Journey(
        name=JOURNEYS.format(value.name),
        event=EVENTS.format(value.event),
        traveler=value.traveler,
        travel_mode=MODES[value.mode],
        consent=value.state is not State.WITHDRAWN,
        state=STATES[value.state],
        arrival=arrival(value, now),
        position_count=value.position_count,
        kept_through=value.kept_through,
        create_time=timestamp(value.create_time),
        expire_time=timestamp(value.expire_time),
        arrive_time=timestamp(value.arrive_time),
        playback_rate=value.rate,
        purpose=value.terms.purpose,
        viewers=VIEWERS[value.terms.viewers],
        precision=PRECISIONS[value.terms.precision],
        lead_time=None if value.terms.lead is None else duration(value.terms.lead),
        share_time=timestamp(value.share_time),
        pause_time=timestamp(value.pause_time if value.lasts(now) else None),
        consent_source=SOURCES[value.terms.source],
        withdraw_time=timestamp(value.withdraw_time),
        receipt=receipt,
        live_only=value.terms.live_only,
        consent_proof=_proof(value.terms.proof),
        clock_offset=_offset(value),
        etag=etag(value.version),
    )


def _proof(proof: Proof | None) -> location_pb2.Journey.ConsentProof | None:
    if proof is None:
        return None
    return location_pb2.Journey.ConsentProof(
        inbound_message=proof.message, text=proof.text, send_time=timestamp(proof.time)
    )


def agreed(fact: inbound_pb2.SharingAgreed, told: datetime) -> Consent:
    """What somebody agrees to in a message, which knows nothing of how they travel."""
    event = EVENTS.parse(fact.event, "event")
    proof = Proof(fact.inbound_message, fact.text, instant_of(fact.send_time) or told)
    return Consent(event, Mode.UNKNOWN, 1.0, Terms(source=Source.MESSAGE, proof=proof))


def taken(
    fact: inbound_pb2.SharingAgreed | inbound_pb2.SharingRefused,
    value: Journey | None,
    now: datetime,
    refusal: str = "",
) -> location_pb2.ConsentTaken:
    """What came of words about being seen."""
    stands = value is not None and value.lasts(now)
    return location_pb2.ConsentTaken(
        participant=fact.participant,
        event=fact.event,
        inbound_message=fact.inbound_message,
        journey=JOURNEYS.format(value.name) if value is not None else "",
        consent=stands,
        share_time=timestamp(value.share_time if value is not None and stands else None),
        refusal=refusal,
    )


def _offset(value: Journey) -> duration_pb2.Duration | None:
    return duration(timedelta(microseconds=value.clock_offset)) if value.clock_offset else None


def arrival(value: Journey, now: datetime) -> location_pb2.Arrival | None:
    """When somebody is expected; None when nobody can tell, or may."""
    arrived = value.state is State.ARRIVED
    if not arrived and not value.shares(now):
        return None
    found = domain.aged(value, now)
    if found is None or found.p50_time is None:
        return None
    method = location_pb2.Arrival.METHOD_ARRIVED if arrived else METHODS[found.method]
    return location_pb2.Arrival(
        p50_time=timestamp(found.p50_time),
        p90_time=timestamp(found.p90_time),
        lateness=duration(domain.lateness(value, found.p50_time)),
        distance_meters=found.distance,
        method=method,
        position_time=timestamp(instant(value.newest.micros) if value.newest else None),
        route_time=None if found.route_time is None else timestamp(found.route_time),
        travel_mode=MODES[found.mode],
    )


def receipt(seals: Seals, value: Journey) -> str:
    """Proves that a consent was taken back; empty while it was not, or before we gave proof."""
    if value.withdraw_time is None:
        return ""
    claims = {
        "sub": JOURNEYS.format(value.name),
        "evt": EVENTS.format(value.event),
        "who": value.traveler,
        "nbf": int(value.create_time.timestamp()),
        "iat": int(value.withdraw_time.timestamp()),
        "del": value.deleted_count,
    }
    return seals.seal(claims)


def started(value: Journey) -> location_pb2.JourneyStarted:
    return location_pb2.JourneyStarted(
        journey=JOURNEYS.format(value.name),
        event=EVENTS.format(value.event),
        traveler=value.traveler,
    )


def expected(value: Journey, counts: timedelta) -> location_pb2.ArrivalExpected:
    """The forecast that was told last, as others may see it. `counts` is how long it does."""
    if value.told is None or value.newest is None:
        raise ValueError(f"nothing is expected of {JOURNEYS.format(value.name)}")
    p50, position_time = value.told.p50_time, instant(value.newest.micros)
    shown = domain.seen(value, value.told.time).expected
    return location_pb2.ArrivalExpected(
        journey=JOURNEYS.format(value.name),
        event=EVENTS.format(value.event),
        traveler=value.traveler,
        p50_time=timestamp(p50),
        p90_time=timestamp(value.told.p90_time),
        lateness=None if p50 is None else duration(domain.lateness(value, p50)),
        distance_meters=shown.distance if shown else 0.0,
        position_time=timestamp(position_time),
        expire_time=timestamp(min(position_time + counts, value.expire_time)),
    )


def arrived(value: Journey) -> location_pb2.JourneyArrived:
    if value.arrive_time is None:
        raise ValueError(f"{JOURNEYS.format(value.name)} has not arrived")
    return location_pb2.JourneyArrived(
        journey=JOURNEYS.format(value.name),
        event=EVENTS.format(value.event),
        traveler=value.traveler,
        arrive_time=timestamp(value.arrive_time),
        lateness=duration(domain.lateness(value, value.arrive_time)),
        expected_time=timestamp(value.forecast.p50_time if value.forecast else None),
        estimate_time=timestamp(value.forecast.made_time if value.forecast else None),
    )


def retracted(before: Journey) -> location_pb2.ArrivalRetracted:
    """That somebody is not there after all, who was said to be."""
    return location_pb2.ArrivalRetracted(
        journey=JOURNEYS.format(before.name),
        event=EVENTS.format(before.event),
        traveler=before.traveler,
        arrive_time=timestamp(before.arrive_time),
    )


def corrected(before: Journey, value: Journey) -> location_pb2.ArrivalCorrected:
    """That somebody was there at another time."""
    told = arrived(value)
    return location_pb2.ArrivalCorrected(
        journey=told.journey,
        event=told.event,
        traveler=told.traveler,
        arrive_time=told.arrive_time,
        lateness=told.lateness,
        expected_time=told.expected_time if told.HasField("expected_time") else None,
        estimate_time=told.estimate_time if told.HasField("estimate_time") else None,
        previous_arrive_time=timestamp(before.arrive_time),
    )


def ended(value: Journey) -> location_pb2.JourneyEnded:
    return location_pb2.JourneyEnded(
        journey=JOURNEYS.format(value.name),
        event=EVENTS.format(value.event),
        traveler=value.traveler,
        state=STATES[value.state],
    )
