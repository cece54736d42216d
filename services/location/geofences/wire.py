"""Geofences on the wire: messages to values and back. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from google.protobuf.message import Message

from services.kit.etags import etag
from services.kit.masks import merged
from services.kit.names import Name
from services.kit.wire import duration, latlng, span, timestamp
from services.location.events.domain import EVENTS
from services.location.geofences import domain
from services.location.geofences.domain import (
    GEOFENCES,
    BadGeofence,
    Crossing,
    Geofence,
    Kind,
    Plan,
    Transition,
)
from services.location.geofences.shapes import Circle, NoShape, Shape, polygon
from services.location.instants import instant
from services.location.journeys.domain import JOURNEYS, Journey
from turnout.location.v1 import geofence_pb2
from turnout.location.v1.geofence_pb2 import GeofenceTransition

PATCHABLE = frozenset({"display_name", "circle", "geo_json", "dwell_duration"})
SHAPES = frozenset({"circle", "geo_json"})
KINDS = {
    Kind.ENTER: GeofenceTransition.KIND_ENTER,
    Kind.DWELL: GeofenceTransition.KIND_DWELL,
    Kind.EXIT: GeofenceTransition.KIND_EXIT,
}
FACTS = {
    Kind.ENTER: geofence_pb2.GeofenceEntered,
    Kind.DWELL: geofence_pb2.GeofenceDwelled,
    Kind.EXIT: geofence_pb2.GeofenceExited,
}


def plan(said: geofence_pb2.Geofence) -> Plan:
    """What an organizer says of a geofence."""
    return Plan(said.display_name.strip(), _shape(said), _dwell(said))


def revision(current: Geofence, sent: geofence_pb2.Geofence, paths: frozenset[str]) -> Plan:
    """The plan of a geofence with the fields at `paths` as they were sent."""
    # What clears one shape and sets the other comes in any order.
    cleared = {path for path in paths & SHAPES if not sent.HasField(path)}
    set_ = paths & SHAPES - cleared
    return plan(merged(geofence(current), sent, paths - cleared if set_ else paths))


def _shape(said: geofence_pb2.Geofence) -> Shape:
    if said.HasField("circle"):
        center = said.circle.center
        return Circle(center.latitude, center.longitude, said.circle.radius_meters)
    if not said.HasField("geo_json"):
        raise BadGeofence("geofence.circle", "must be set, or geo_json instead")
    try:
        return polygon(said.geo_json)
    except NoShape as error:
        raise BadGeofence("geofence.geo_json", str(error)) from None


def _dwell(said: geofence_pb2.Geofence) -> timedelta:
    if not said.HasField("dwell_duration"):
        return domain.DWELL
    found = span(said.dwell_duration)
    if not domain.SHORTEST <= found <= domain.LONGEST:
        raise BadGeofence("geofence.dwell_duration", "must be from 10 seconds to a day")
    return found


def geofence(value: Geofence) -> geofence_pb2.Geofence:
    shape = value.plan.shape
    found = geofence_pb2.Geofence(
        name=GEOFENCES.format(value.name),
        event=EVENTS.format(value.event),
        display_name=value.plan.display_name,
        dwell_duration=duration(value.plan.dwell),
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )
    if isinstance(shape, Circle):
        found.circle.center.CopyFrom(latlng(shape.latitude, shape.longitude))
        found.circle.radius_meters = shape.radius
    else:
        found.geo_json = shape.text
    return found


def transition(
    value: Transition, journey: Name, traveler: str, retract_time: datetime | None
) -> GeofenceTransition:
    return GeofenceTransition(
        geofence=GEOFENCES.format(Name(journey.organization, value.geofence)),
        journey=JOURNEYS.format(journey),
        traveler=traveler,
        kind=KINDS[value.kind],
        transition_time=timestamp(instant(value.micros)),
        retract_time=timestamp(retract_time),
    )


def crossed(journey: Journey, crossing: Crossing) -> Message:
    """What is told of somebody who came, stayed or left."""
    return FACTS[crossing.kind](
        geofence=GEOFENCES.format(Name(journey.name.organization, crossing.geofence)),
        event=EVENTS.format(journey.event),
        journey=JOURNEYS.format(journey.name),
        traveler=journey.traveler,
        transition_time=timestamp(instant(crossing.micros)),
    )


def retracted(journey: Journey, gone: Transition) -> geofence_pb2.GeofenceTransitionRetracted:
    return geofence_pb2.GeofenceTransitionRetracted(
        geofence=GEOFENCES.format(Name(journey.name.organization, gone.geofence)),
        event=EVENTS.format(journey.event),
        journey=JOURNEYS.format(journey.name),
        traveler=journey.traveler,
        kind=KINDS[gone.kind],
        transition_time=timestamp(instant(gone.micros)),
    )
