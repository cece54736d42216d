"""Participants on the wire: messages to values and back. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.event.events.domain import EVENTS, Event
from services.event.events.wire import event
from services.event.forms import wire as forms
from services.event.forms.domain import Form, Said
from services.event.forms.domain import shown as fitting
from services.event.participants import domain
from services.event.participants.domain import (
    BOOKINGS,
    JOURNEYS,
    PARTICIPANTS,
    Alike,
    Answer,
    BadParticipant,
    Channel,
    Contact,
    Mark,
    Order,
    Participant,
    Reply,
    Step,
    Wanted,
)
from services.kit import links, masks
from services.kit.etags import etag
from services.kit.identity import PARTICIPANT
from services.kit.names import Name, parent
from services.kit.wire import timestamp
from turnout.event.v1 import participant_pb2
from turnout.event.v1.participant_pb2 import Participant as Message
from turnout.messaging.v1 import messaging_pb2

STATES = {
    Mark.LISTED: Message.STATE_LISTED,
    Mark.INVITED: Message.STATE_INVITED,
    Mark.DELIVERED: Message.STATE_DELIVERED,
    Mark.ACCEPTED: Message.STATE_ACCEPTED,
    Mark.TENTATIVE: Message.STATE_TENTATIVE,
    Mark.DECLINED: Message.STATE_DECLINED,
    Mark.HELD: Message.STATE_HELD,
    Mark.REFUSED: Message.STATE_REFUSED,
    Mark.LAPSED: Message.STATE_LAPSED,
    Mark.CONFIRMED: Message.STATE_CONFIRMED,
    Mark.CANCELLED: Message.STATE_CANCELLED,
    Mark.UNDER_WAY: Message.STATE_UNDER_WAY,
    Mark.ARRIVED: Message.STATE_ARRIVED,
}
ANSWERS = {
    Answer.YES: Message.ANSWER_YES,
    Answer.NO: Message.ANSWER_NO,
    Answer.MAYBE: Message.ANSWER_MAYBE,
}
READ = {number: answer for answer, number in ANSWERS.items()}
READ_STATE = {number: mark for mark, number in STATES.items()}
CHANNELS = {
    Channel.EMAIL: Message.CHANNEL_EMAIL,
    Channel.SMS: Message.CHANNEL_SMS,
    Channel.WHATSAPP: Message.CHANNEL_WHATSAPP,
}
READ_CHANNEL = {number: channel for channel, number in CHANNELS.items()}
SENT_BY = {
    messaging_pb2.Message.CHANNEL_EMAIL: Channel.EMAIL,
    messaging_pb2.Message.CHANNEL_SMS: Channel.SMS,
    messaging_pb2.Message.CHANNEL_WHATSAPP: Channel.WHATSAPP,
}
COLUMNS = {
    "": "id",
    "create_time": "id",
    "update_time": "update_time",
    "display_name": "name_key",
}
PATCHABLE = frozenset(
    {"display_name", "email", "phone", "language_code", "time_zone", "question_answers"}
)
ANSWERED = "participant.question_answers"


def event_of(request: participant_pb2.CreateParticipantRequest) -> Name:
    """The event to be on the list of, which the organization that is asked must own."""
    found = EVENTS.parse(request.participant.event, "participant.event")
    if found.organization != parent(request.parent):
        raise BadParticipant("participant.event", "must be of the organization in parent")
    return found


def wanted(request: participant_pb2.ListParticipantsRequest) -> Wanted:
    """Which participants a list is of, and in which order."""
    if Message.STATE_UNSPECIFIED in request.states:
        raise BadParticipant("states", "must not be unspecified")
    if Message.CHANNEL_UNSPECIFIED in request.channels:
        raise BadParticipant("channels", "must not be unspecified")
    column, _, falling = request.order_by.partition(" ")
    return Wanted(
        organization=parent(request.parent),
        event=EVENTS.parse(request.event, "event") if request.event else None,
        states=tuple(READ_STATE[state] for state in request.states),
        answers=tuple(READ.get(answer) for answer in request.answers),
        channels=tuple(READ_CHANNEL[channel] for channel in request.channels),
        query=request.query,
        ticket_type=request.ticket_type,
        order=Order(COLUMNS[column], bool(falling)),
    )


def key(order: Order) -> Callable[[Participant], tuple[Any, ...]]:
    """What a list of participants in that order is sorted by."""
    if order.column == "id":
        return lambda value: (value.name.id,)
    if order.column == "update_time":
        return lambda value: (value.update_time, value.name.id)
    return lambda value: (domain.text_key(value.contact.display_name), value.name.id)


def duplicates_of(request: participant_pb2.ListDuplicatesRequest) -> Name:
    """The event to look for duplicates at, which the organization that is asked must own."""
    found = EVENTS.parse(request.event, "event")
    if found.organization != parent(request.parent):
        raise BadParticipant("event", "must be of the organization in parent")
    return found


def duplicate_of(request: participant_pb2.MergeParticipantRequest, kept: Name) -> Name:
    """Who is merged into `kept`, in whose organization it must be."""
    found = PARTICIPANTS.parse(request.duplicate, "duplicate")
    if found.organization != kept.organization:
        raise BadParticipant("duplicate", "must be of the same organization")
    return found


def contact(message: Message) -> Contact:
    return domain.contact(
        message.display_name,
        message.email,
        message.phone,
        message.language_code,
        message.time_zone,
    )


def said(message: Message) -> tuple[Said, ...]:
    """What is sent with a participant as answers to questions."""
    return forms.said(message.question_answers, ANSWERED)


def reply(request: participant_pb2.AnswerInvitationRequest) -> Reply:
    answer = READ.get(request.answer)
    if answer is None:
        raise BadParticipant("answer", "must be ANSWER_YES, ANSWER_NO or ANSWER_MAYBE")
    return Reply(
        answer,
        request.ticket_type,
        request.note,
        request.guests,
        forms.said(request.question_answers, "question_answers"),
    )


def sent_by(number: messaging_pb2.Message.Channel) -> Channel | None:
    """What a message was sent by; None where the fact does not say."""
    return SENT_BY.get(number)


def heard(fact: messaging_pb2.ReplyReceived) -> Reply | None:
    """What a participant wrote back; None if the words do not say whether they come."""
    answer = READ.get(fact.answer)
    guests = None if fact.guests_unsaid else max(0, fact.guests)
    return Reply(answer, "", fact.note, guests) if answer else None


def revision(
    current: Participant, form: Form, sent: Message, paths: frozenset[str]
) -> tuple[Contact, tuple[Said, ...] | None]:
    """Contact and answers with the fields at `paths` as they were sent. None: the same answers."""
    if sent.event not in ("", EVENTS.format(current.event)):
        raise BadParticipant("participant.event", "does not change")
    merged = masks.merged(participant(current, form), sent, paths)
    return contact(merged), said(merged) if "question_answers" in paths else None


def participant(value: Participant, form: Form) -> Message:
    """A participant, with the answers that fit what the event asks."""
    organization = value.name.organization
    return Message(
        name=PARTICIPANTS.format(value.name),
        event=EVENTS.format(value.event),
        display_name=value.contact.display_name,
        email=value.contact.email,
        phone=value.contact.phone,
        language_code=value.contact.language_code,
        state=STATES[value.state],
        answer=ANSWERS[value.answer] if value.answer else Message.ANSWER_UNSPECIFIED,
        note=value.note,
        booking=BOOKINGS.format(Name(organization, value.booking)) if value.booking else "",
        journey=JOURNEYS.format(Name(organization, value.journey)) if value.journey else "",
        steps=map(_step, domain.line(value)),
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        send_time=timestamp(value.send_time),
        undelivered_reason=value.undelivered_reason,
        guests=value.guests,
        ticket_type=value.ticket_type or "",
        question_answers=map(forms.answer, fitting(form, value.question_answers)),
        channel=CHANNELS[domain.channel(value)],
        time_zone=value.contact.time_zone,
        etag=etag(value.version),
    )


def _step(value: Step) -> Message.Step:
    return Message.Step(state=STATES[value.mark], reach_time=timestamp(value.reach_time))


def alike(value: Alike, form: Form) -> participant_pb2.ListDuplicatesResponse.Duplicates:
    return participant_pb2.ListDuplicatesResponse.Duplicates(
        participants=[participant(each, form) for each in value.participants],
        likeness=value.likeness,
    )


def alike_key(value: Alike) -> tuple[str, str]:
    """What a list of duplicates is sorted by."""
    return value.likeness, value.key


def invitation(value: Participant, of: Event, form: Form, link: str) -> participant_pb2.Invitation:
    return participant_pb2.Invitation(
        participant=participant(value, form),
        event=event(of, member=False, joins=value.state in domain.SEATED),
        registration_form=forms.form(form),
        link=link,
    )


def invited(value: Participant, link: str) -> participant_pb2.ParticipantInvited:
    return participant_pb2.ParticipantInvited(
        participant=PARTICIPANTS.format(value.name),
        event=EVENTS.format(value.event),
        display_name=value.contact.display_name,
        email=value.contact.email,
        phone=value.contact.phone,
        language_code=value.contact.language_code,
        link=link,
    )


def link(page: str, key: bytes, name: Name, expire_time: datetime) -> str:
    """The address of `page` for one participant. What follows the # reaches no server's log."""
    token = links.sign(key, PARTICIPANTS.format(name), PARTICIPANT, expire_time)
    return f"{page}#{token}"


def answered(value: Participant) -> participant_pb2.ParticipantAnswered:
    return participant_pb2.ParticipantAnswered(
        participant=PARTICIPANTS.format(value.name),
        event=EVENTS.format(value.event),
        answer=ANSWERS[value.answer] if value.answer else Message.ANSWER_UNSPECIFIED,
        ticket_type=value.ticket_type or "",
        guests=value.guests,
    )


def reply_taken(
    value: Participant, inbound_message: str, refusal: str
) -> participant_pb2.ReplyTaken:
    return participant_pb2.ReplyTaken(
        participant=PARTICIPANTS.format(value.name),
        event=EVENTS.format(value.event),
        inbound_message=inbound_message,
        answer=ANSWERS[value.answer] if value.answer else Message.ANSWER_UNSPECIFIED,
        guests=value.guests,
        refusal=refusal,
    )


def changed(value: Participant) -> participant_pb2.ParticipantChanged:
    return participant_pb2.ParticipantChanged(
        participant=PARTICIPANTS.format(value.name),
        event=EVENTS.format(value.event),
        display_name=value.contact.display_name,
        email=value.contact.email,
        phone=value.contact.phone,
        language_code=value.contact.language_code,
    )


def removed(value: Participant) -> participant_pb2.ParticipantRemoved:
    return participant_pb2.ParticipantRemoved(
        participant=PARTICIPANTS.format(value.name), event=EVENTS.format(value.event)
    )


def merged(value: Participant, duplicate: Name) -> participant_pb2.ParticipantMerged:
    return participant_pb2.ParticipantMerged(
        participant=PARTICIPANTS.format(value.name),
        duplicate=PARTICIPANTS.format(duplicate),
        event=EVENTS.format(value.event),
    )
