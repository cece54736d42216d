"""Participants on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.event.events.domain import EVENTS, Event
from services.event.events.wire import event
from services.event.participants import domain
from services.event.participants.domain import (
    BOOKINGS,
    JOURNEYS,
    PARTICIPANTS,
    Answer,
    BadParticipant,
    Contact,
    Mark,
    Participant,
    Reply,
    Step,
)
from services.kit import links
from services.kit.etags import etag
from services.kit.identity import PARTICIPANT
from services.kit.names import Name, parent
from services.kit.wire import timestamp
from turnout.event.v1 import participant_pb2
from turnout.event.v1.participant_pb2 import Participant as Message

STATES = {
    Mark.LISTED: Message.STATE_LISTED,
    Mark.INVITED: Message.STATE_INVITED,
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


def event_of(request: participant_pb2.CreateParticipantRequest) -> Name:
    """The event to be on the list of, which the organization that is asked must own."""
    found = EVENTS.parse(request.participant.event, "participant.event")
    if found.organization != parent(request.parent):
        raise BadParticipant("participant.event", "must be of the organization in parent")
    return found


def event_asked(request: participant_pb2.ListParticipantsRequest) -> Name | None:
    """The event to list the participants of; None for those of all."""
    return EVENTS.parse(request.event, "event") if request.event else None


def key(value: Participant) -> tuple[uuid.UUID]:
    """What a list of participants is sorted by."""
    return (value.name.id,)


def contact(message: Message) -> Contact:
    return domain.contact(message.display_name, message.email, message.phone, message.language_code)


def reply(request: participant_pb2.AnswerInvitationRequest) -> Reply:
    answer = READ.get(request.answer)
    if answer is None:
        raise BadParticipant("answer", "must be ANSWER_YES, ANSWER_NO or ANSWER_MAYBE")
    return Reply(answer, request.ticket_type, request.note)


def participant(value: Participant) -> Message:
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
        etag=etag(value.version),
    )


def _step(value: Step) -> Message.Step:
    return Message.Step(state=STATES[value.mark], reach_time=timestamp(value.reach_time))


def invitation(value: Participant, of: Event) -> participant_pb2.Invitation:
    joins = value.state in domain.SEATED
    shown = event(of, member=False, joins=joins)
    return participant_pb2.Invitation(participant=participant(value), event=shown)


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
    )
