"""The organization of a request is in the name it is about, and nowhere else."""

from __future__ import annotations

import uuid

import pytest

from services.kit.tenant import named_in, tenant, within
from turnout.auth.v1 import auth_pb2, organization_pb2
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2
from turnout.location.v1 import location_pb2

ID = uuid.UUID(int=7)
ORGANIZATION = f"organizations/{ID}"
OTHER = f"organizations/{uuid.UUID(int=8)}"


@pytest.mark.parametrize(
    "request_",
    [
        event_pb2.ListEventsRequest(parent=ORGANIZATION),
        event_pb2.GetEventRequest(name=f"{ORGANIZATION}/events/{ID}"),
        event_pb2.UpdateEventRequest(event=event_pb2.Event(name=f"{ORGANIZATION}/events/{ID}")),
        organization_pb2.GetOrganizationRequest(name=ORGANIZATION),
        location_pb2.TrackRequest(
            open=location_pb2.TrackRequest.Open(name=f"{ORGANIZATION}/journeys/{ID}")
        ),
        location_pb2.WatchArrivalsRequest(event=f"{ORGANIZATION}/events/{ID}"),
        booking_pb2.CreateBookingRequest(
            parent=ORGANIZATION, booking=booking_pb2.Booking(event=f"{OTHER}/events/{ID}")
        ),
    ],
    ids=lambda message: message.DESCRIPTOR.name,
)
def test_a_request_names_its_organization(request_):
    assert named_in(request_) == ID


@pytest.mark.parametrize(
    "request_",
    [
        event_pb2.ListEventsRequest(parent="organizations/-"),
        event_pb2.ListEventsRequest(),
        event_pb2.GetEventRequest(name=f"{ORGANIZATION.upper()}/events/{ID}"),
        event_pb2.GetEventRequest(name=f"{ORGANIZATION}x/events/{ID}"),
        event_pb2.GetEventRequest(name=f"x{ORGANIZATION}/events/{ID}"),
        auth_pb2.GetUserRequest(name=f"users/{ID}"),
        location_pb2.TrackRequest(report=location_pb2.TrackRequest.Report(first_sequence=1)),
        # A name that the client made up for what is yet to be made.
        organization_pb2.CreateOrganizationRequest(
            organization=organization_pb2.Organization(name=ORGANIZATION)
        ),
    ],
    ids=lambda message: message.DESCRIPTOR.name,
)
def test_a_request_that_names_none_has_none(request_):
    assert named_in(request_) is None


def test_what_is_done_inside_sees_one_organization():
    with within(ID):
        assert tenant.get() == ID
        with within(None):
            assert tenant.get() is None

    assert tenant.get() is None
