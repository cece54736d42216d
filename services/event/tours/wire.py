"""What is told on a tour, on the wire. Pure."""

from __future__ import annotations

from services.event.events.domain import EVENTS
from services.event.tours.domain import Leg
from services.kit.names import Name
from turnout.event.v1 import attendee_pb2

Fact = attendee_pb2.AttendeeReleased | attendee_pb2.AttendeeMoved


def told(leg: Leg, event: Name, attendee: str) -> Fact:
    kind = attendee_pb2.AttendeeReleased if leg is Leg.RELEASED else attendee_pb2.AttendeeMoved
    return kind(attendee=attendee, event=EVENTS.format(event))
