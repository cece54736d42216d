"""What others say of themselves, as values. Pure."""

from __future__ import annotations

import uuid

from services.kit.names import ORGANIZATIONS, USERS, Name
from services.kit.wire import instant
from services.messaging.people.domain import (
    BOOKINGS,
    EVENTS,
    PARTICIPANTS,
    Gathering,
    Host,
    Person,
)
from turnout.auth.v1 import auth_pb2, organization_pb2
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2, participant_pb2, task_pb2


def user(
    fact: auth_pb2.UserRegistered | auth_pb2.UserChanged,
) -> tuple[uuid.UUID, Person]:
    return USERS.parse(fact.user, "user"), Person(fact.user, fact.display_name, fact.email)


def host(
    fact: organization_pb2.OrganizationCreated | organization_pb2.OrganizationChanged,
) -> Host:
    id = ORGANIZATIONS.parse(fact.organization, "organization")
    return Host(id, fact.display_name, fact.contact_email)


def gathering(fact: event_pb2.EventPublished | event_pb2.EventRevised) -> Gathering:
    said = fact.announcement
    start_time = instant(said.start_time)
    assert start_time is not None
    return Gathering(
        name=EVENTS.parse(said.event, "event"),
        display_name=said.display_name,
        place=", ".join(part for part in (said.venue.display_name, said.venue.address) if part),
        start_time=start_time,
        time_zone=said.time_zone or "UTC",
    )


def participant(
    fact: participant_pb2.ParticipantInvited
    | participant_pb2.ParticipantChanged
    | task_pb2.ParticipantNotified,
) -> tuple[Name, Person]:
    person = Person(
        name=fact.participant,
        display_name=fact.display_name,
        email=fact.email,
        phone=fact.phone,
        language=fact.language_code,
        link="" if isinstance(fact, participant_pb2.ParticipantChanged) else fact.link,
        event=EVENTS.parse(fact.event, "event") if fact.event else None,
    )
    return PARTICIPANTS.parse(fact.participant, "participant"), person


ANSWERS = {
    participant_pb2.Participant.ANSWER_UNSPECIFIED: "",
    participant_pb2.Participant.ANSWER_YES: "yes",
    participant_pb2.Participant.ANSWER_NO: "no",
    participant_pb2.Participant.ANSWER_MAYBE: "maybe",
}


def answered(fact: participant_pb2.ParticipantAnswered) -> tuple[Name, str]:
    """Who said something, and what."""
    return PARTICIPANTS.parse(fact.participant, "participant"), ANSWERS.get(fact.answer, "")


def held(fact: booking_pb2.BookingHeld) -> tuple[Name, Name]:
    """A booking, and the event that it is for."""
    return BOOKINGS.parse(fact.booking, "booking"), EVENTS.parse(fact.event, "event")
