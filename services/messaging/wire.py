"""Messages on the wire, and what the facts of others mean here. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from google.protobuf.message import Message as Fact

from services.kit import links
from services.kit.etags import etag
from services.kit.names import ORGANIZATIONS, USERS, Name
from services.kit.wire import instant, parse_money, span, timestamp
from services.messaging.domain import (
    BOOKINGS,
    EVENTS,
    MESSAGES,
    PARTICIPANTS,
    Channel,
    Gathering,
    Host,
    Kind,
    Message,
    Notice,
    Person,
    State,
)
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import auth_pb2, invitation_pb2, organization_pb2
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import attendee_pb2, event_pb2, participant_pb2, task_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import messaging_pb2, notice_pb2
from turnout.payment.v1 import payment_pb2

# What the link in an invitation to become a member is good for, as auth takes it.
MEMBERSHIP = "membership"
STATES = {
    State.QUEUED: messaging_pb2.Message.STATE_QUEUED,
    State.SENDING: messaging_pb2.Message.STATE_SENDING,
    State.SENT: messaging_pb2.Message.STATE_SENT,
    State.FAILED: messaging_pb2.Message.STATE_FAILED,
}
CHANNELS = {
    Channel.NONE: messaging_pb2.Message.CHANNEL_UNSPECIFIED,
    Channel.EMAIL: messaging_pb2.Message.CHANNEL_EMAIL,
    Channel.SMS: messaging_pb2.Message.CHANNEL_SMS,
}


def message(value: Message) -> messaging_pb2.Message:
    return messaging_pb2.Message(
        name=MESSAGES.format(value.name),
        recipient=value.recipient,
        address=value.address,
        channel=CHANNELS[value.channel],
        kind=value.kind.value,
        subject=value.shown.subject,
        body=value.shown.body,
        state=STATES[value.state],
        event=_event_name(value),
        provider=value.provider,
        provider_message=value.provider_message,
        failure_reason=value.failure_reason,
        create_time=timestamp(value.create_time),
        send_time=timestamp(value.send_time),
        etag=etag(value.version),
    )


def sent(value: Message) -> messaging_pb2.MessageSent:
    return messaging_pb2.MessageSent(
        message=MESSAGES.format(value.name),
        recipient=value.recipient,
        kind=value.kind.value,
        event=_event_name(value),
        channel=CHANNELS[value.channel],
    )


def failed(value: Message) -> messaging_pb2.MessageFailed:
    return messaging_pb2.MessageFailed(
        message=MESSAGES.format(value.name),
        recipient=value.recipient,
        kind=value.kind.value,
        event=_event_name(value),
        reason=value.failure_reason,
        channel=CHANNELS[value.channel],
    )


def event_filter(request: messaging_pb2.ListMessagesRequest) -> Name | None:
    return EVENTS.parse(request.event, "event") if request.event else None


# --- what the platform says

NOTICE_KINDS = {
    notice_pb2.SendNoticeRequest.KIND_PASSWORD_CODE: Kind.PASSWORD_CODE,
    notice_pb2.SendNoticeRequest.KIND_EMAIL_CODE: Kind.EMAIL_CODE,
    notice_pb2.SendNoticeRequest.KIND_PHONE_CODE: Kind.PHONE_CODE,
    notice_pb2.SendNoticeRequest.KIND_PASSWORD_CHANGED: Kind.PASSWORD_CHANGED,
    notice_pb2.SendNoticeRequest.KIND_EMAIL_CHANGED: Kind.EMAIL_CHANGED,
}


def asked(request: notice_pb2.SendNoticeRequest) -> tuple[Notice, Person]:
    """What is to be said, and to whom."""
    recipient = USERS.format(USERS.parse(request.recipient, "recipient"))
    minutes = round(span(request.code_lifetime).total_seconds() / 60)
    codes = (request.code,) if request.code else ()
    kind = NOTICE_KINDS[request.kind]
    notice = Notice(kind, recipient, codes=codes, code_minutes=minutes)
    return notice, Person(
        recipient, request.display_name, request.email, request.phone, request.language_code
    )


def without_code(request: notice_pb2.SendNoticeRequest) -> notice_pb2.SendNoticeRequest:
    """The request as it may be remembered."""
    copy = notice_pb2.SendNoticeRequest()
    copy.CopyFrom(request)
    copy.ClearField("code")
    return copy


# --- what others say of themselves


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
    )
    return PARTICIPANTS.parse(fact.participant, "participant"), person


def held(fact: booking_pb2.BookingHeld) -> tuple[Name, Name]:
    """A booking, and the event that it is for."""
    return BOOKINGS.parse(fact.booking, "booking"), EVENTS.parse(fact.event, "event")


# --- what somebody should be told


# Makes the address of the page on which a membership is accepted: for an invitation, until then.
Link = Callable[[str, datetime], str]


def notice(fact: Fact, link: Link) -> Notice:
    if isinstance(fact, invitation_pb2.MemberInvited):
        return _membership(fact, link)
    return NOTICES[type(fact)](fact)


def membership_link(edge_url: str, key: bytes) -> Link:
    """What follows the # reaches no server's log."""

    def link(invitation: str, until: datetime) -> str:
        return f"{edge_url}/console/#{links.sign(key, invitation, MEMBERSHIP, until)}"

    return link


def _membership(fact: invitation_pb2.MemberInvited, link: Link) -> Notice:
    until = instant(fact.expire_time)
    assert until is not None
    invitee = Person(
        name=fact.invitation,
        display_name="",
        email=fact.email,
        phone=fact.phone,
        language=fact.language_code,
        link=link(fact.invitation, until),
    )
    role = access_pb2.Role.Name(fact.role).removeprefix("ROLE_").lower()
    return Notice(Kind.MEMBERSHIP, fact.invitation, invitee=invitee, role=role)


def _invitation(fact: participant_pb2.ParticipantInvited) -> Notice:
    return Notice(Kind.INVITATION, fact.participant, EVENTS.parse(fact.event, "event"))


NOTIFIED = {
    task_pb2.Task.KIND_CONFIRMATION: Kind.CONFIRMATION,
    task_pb2.Task.KIND_REMINDER: Kind.REMINDER,
    task_pb2.Task.KIND_THANKS: Kind.THANKS,
}


def _notified(fact: task_pb2.ParticipantNotified) -> Notice:
    return Notice(NOTIFIED[fact.kind], fact.participant, EVENTS.parse(fact.event, "event"))


def _ticket(fact: booking_pb2.BookingConfirmed) -> Notice:
    codes = tuple(ticket.code for ticket in fact.tickets if ticket.code)
    return Notice(Kind.TICKET, fact.buyer, EVENTS.parse(fact.event, "event"), codes=codes)


def _about_booking(kind: Kind) -> Callable[[Any], Notice]:
    def read(fact: Any) -> Notice:
        return Notice(kind, fact.buyer, EVENTS.parse(fact.event, "event"))

    return read


def _about_event(kind: Kind) -> Callable[[Any], Notice]:
    def read(fact: Any) -> Notice:
        return Notice(kind, fact.attendee, EVENTS.parse(fact.event, "event"))

    return read


def _refund(fact: payment_pb2.PaymentRefunded) -> Notice:
    return Notice(
        Kind.REFUND,
        fact.payer,
        booking=BOOKINGS.parse(fact.booking, "booking"),
        amount=parse_money(fact.amount, "amount"),
    )


def _arrival(fact: location_pb2.JourneyArrived) -> Notice:
    event = EVENTS.parse(fact.event, "event")
    return Notice(
        Kind.ARRIVAL,
        ORGANIZATIONS.format(event.organization),
        event,
        traveler=fact.traveler,
        arrive_time=instant(fact.arrive_time),
        late_minutes=round(span(fact.lateness).total_seconds() / 60),
    )


NOTICES: dict[type[Fact], Callable[[Any], Notice]] = {
    participant_pb2.ParticipantInvited: _invitation,
    task_pb2.ParticipantNotified: _notified,
    booking_pb2.BookingConfirmed: _ticket,
    booking_pb2.BookingLapsed: _about_booking(Kind.LAPSED),
    booking_pb2.BookingRefused: _about_booking(Kind.SOLD_OUT),
    booking_pb2.BookingCancelled: _about_booking(Kind.CANCELLED),
    attendee_pb2.AttendeeReleased: _about_event(Kind.CANCELLED),
    attendee_pb2.AttendeeMoved: _about_event(Kind.MOVED),
    payment_pb2.PaymentRefunded: _refund,
    location_pb2.JourneyArrived: _arrival,
}
TOLD: tuple[type[Fact], ...] = (*NOTICES, invitation_pb2.MemberInvited)
FACTS = {kind.DESCRIPTOR.full_name: kind for kind in TOLD}


def fact(type: str, body: bytes) -> Fact:
    """A fact that was kept."""
    return FACTS[type].FromString(body)


def _event_name(value: Message) -> str:
    return EVENTS.format(value.event) if value.event else ""
