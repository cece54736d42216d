"""What the facts of others, and calls of the mesh, ask to be told. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from google.protobuf.message import Message as Fact

from services.kit import links
from services.kit.names import ORGANIZATIONS, USERS
from services.kit.wire import instant, parse_money, span
from services.messaging.messages.domain import Kind
from services.messaging.notices.domain import Notice
from services.messaging.people.domain import BOOKINGS, EVENTS, Person
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import invitation_pb2
from turnout.booking.v1 import booking_pb2, waitlist_pb2
from turnout.event.v1 import attendee_pb2, participant_pb2, task_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import notice_pb2
from turnout.payment.v1 import dispute_pb2, fraud_pb2, invoice_pb2, payment_pb2, refund_pb2

# What the link in an invitation to become a member is good for, as auth takes it.
MEMBERSHIP = "membership"
# What the link to the page of an invoice is good for, as payment takes it.
RECEIPT = "receipt"
NOTICE_KINDS = {
    notice_pb2.SendNoticeRequest.KIND_PASSWORD_CODE: Kind.PASSWORD_CODE,
    notice_pb2.SendNoticeRequest.KIND_EMAIL_CODE: Kind.EMAIL_CODE,
    notice_pb2.SendNoticeRequest.KIND_PHONE_CODE: Kind.PHONE_CODE,
    notice_pb2.SendNoticeRequest.KIND_PASSWORD_CHANGED: Kind.PASSWORD_CHANGED,
    notice_pb2.SendNoticeRequest.KIND_EMAIL_CHANGED: Kind.EMAIL_CHANGED,
    notice_pb2.SendNoticeRequest.KIND_EMAIL_TAKEN: Kind.EMAIL_TAKEN,
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


# --- what somebody should be told


# Makes the address of a page: for a purpose, about something, until then.
Link = Callable[[str, str, datetime], str]


def quiet(fact: Fact) -> bool:
    """Whether nobody is told of a fact in its own words: who gets money back hears so anyhow."""
    if not isinstance(fact, invoice_pb2.InvoiceIssued):
        return False
    return fact.kind != invoice_pb2.Invoice.KIND_INVOICE


def notice(fact: Fact, link: Link) -> Notice:
    if isinstance(fact, invitation_pb2.MemberInvited):
        return _membership(fact, link)
    if isinstance(fact, invoice_pb2.InvoiceIssued):
        return _receipt(fact, link)
    return NOTICES[type(fact)](fact)


# Where what a link is good for is to be had. What follows a # reaches no server's log.
PAGES = {MEMBERSHIP: "console/#", RECEIPT: "api/v1/receipts/"}


def signed_link(edge_url: str, key: bytes) -> Link:
    def link(purpose: str, subject: str, until: datetime) -> str:
        return f"{edge_url}/{PAGES[purpose]}{links.sign(key, subject, purpose, until)}"

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
        link=link(MEMBERSHIP, fact.invitation, until),
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


def _offer(fact: waitlist_pb2.WaitlistSeatsOffered) -> Notice:
    event = EVENTS.parse(fact.event, "event")
    return Notice(Kind.OFFER, fact.person, event, until=instant(fact.expire_time))


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


def _forfeited(fact: booking_pb2.BookingForfeited) -> Notice:
    return Notice(Kind.FORFEITED, fact.buyer, EVENTS.parse(fact.event, "event"))


def _refund_failed(fact: refund_pb2.RefundFailed) -> Notice:
    """Said to an organization; who of it is told, `actions` knows."""
    booking = BOOKINGS.parse(fact.booking, "booking")
    return Notice(
        Kind.REFUND_FAILED,
        ORGANIZATIONS.format(booking.organization),
        booking=booking,
        amount=parse_money(fact.amount, "amount"),
        detail=fact.reason,
    )


def _receipt(fact: invoice_pb2.InvoiceIssued, link: Link) -> Notice:
    until = instant(fact.link_expire_time) if fact.HasField("link_expire_time") else None
    # Before there were links one had to sign in.
    page = link(RECEIPT, fact.invoice, until) if until else f"/api/v1/{fact.invoice}:document"
    return Notice(
        Kind.RECEIPT,
        fact.payer,
        booking=BOOKINGS.parse(fact.booking, "booking"),
        amount=parse_money(fact.total, "total"),
        number=fact.number,
        path=page,
    )


def _due(fact: Any) -> datetime | None:
    """Until when there can be evidence, where that is said."""
    known = "evidence_due_time" in fact.DESCRIPTOR.fields_by_name
    return instant(fact.evidence_due_time) if known else None


def _disputed(kind: Kind) -> Callable[[Any], Notice]:
    def read(fact: Any) -> Notice:
        booking = BOOKINGS.parse(fact.booking, "booking")
        return Notice(
            kind,
            ORGANIZATIONS.format(booking.organization),
            booking=booking,
            amount=parse_money(fact.amount, "amount"),
            detail=getattr(fact, "reason", ""),
            due_time=_due(fact),
        )

    return read


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


def _no_arrival(fact: location_pb2.ArrivalRetracted) -> Notice:
    event = EVENTS.parse(fact.event, "event")
    host = ORGANIZATIONS.format(event.organization)
    return Notice(Kind.NO_ARRIVAL, host, event, traveler=fact.traveler)


NOTICES: dict[type[Fact], Callable[[Any], Notice]] = {
    participant_pb2.ParticipantInvited: _invitation,
    task_pb2.ParticipantNotified: _notified,
    booking_pb2.BookingConfirmed: _ticket,
    booking_pb2.BookingLapsed: _about_booking(Kind.LAPSED),
    booking_pb2.BookingRefused: _about_booking(Kind.SOLD_OUT),
    waitlist_pb2.WaitlistSeatsOffered: _offer,
    booking_pb2.BookingCancelled: _about_booking(Kind.CANCELLED),
    attendee_pb2.AttendeeReleased: _about_event(Kind.CANCELLED),
    attendee_pb2.AttendeeMoved: _about_event(Kind.MOVED),
    booking_pb2.BookingForfeited: _forfeited,
    payment_pb2.PaymentRefunded: _refund,
    refund_pb2.RefundFailed: _refund_failed,
    fraud_pb2.PaymentHeldForReview: _disputed(Kind.REVIEW_NEEDED),
    dispute_pb2.DisputeOpened: _disputed(Kind.DISPUTE_OPENED),
    dispute_pb2.DisputeEvidenceDue: _disputed(Kind.DISPUTE_DUE),
    dispute_pb2.DisputeWon: _disputed(Kind.DISPUTE_WON),
    dispute_pb2.DisputeLost: _disputed(Kind.DISPUTE_LOST),
    location_pb2.JourneyArrived: _arrival,
    location_pb2.ArrivalRetracted: _no_arrival,
}
TOLD: tuple[type[Fact], ...] = (
    *NOTICES,
    invitation_pb2.MemberInvited,
    invoice_pb2.InvoiceIssued,
)
FACTS = {kind.DESCRIPTOR.full_name: kind for kind in TOLD}


def fact(type: str, body: bytes) -> Fact:
    """A fact that was kept."""
    return FACTS[type].FromString(body)
