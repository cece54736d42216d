"""What people write, on the wire. Pure."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit.etags import etag
from services.kit.names import Name
from services.kit.wire import instant, latlng, timestamp
from services.messaging.inbound.domain import (
    INBOUND,
    LOCATION,
    LONGEST_NOTE,
    Attachment,
    BadInboundMessage,
    Inbound,
    Place,
    State,
    address,
)
from services.messaging.inbound.words import Intent
from services.messaging.messages.domain import Kind
from services.messaging.messages.wire import CHANNELS
from services.messaging.notices.domain import Notice
from services.messaging.people.domain import EVENTS, PARTICIPANTS
from turnout.event.v1 import participant_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import inbound_pb2, messaging_pb2

Message = inbound_pb2.InboundMessage
Answer = participant_pb2.Participant.Answer

STATES = {
    State.RECEIVED: Message.STATE_RECEIVED,
    State.OBEYED: Message.STATE_OBEYED,
    State.FILED: Message.STATE_FILED,
}
INTENTS = {
    Intent.YES.value: Message.INTENT_YES,
    Intent.NO.value: Message.INTENT_NO,
    Intent.MAYBE.value: Message.INTENT_MAYBE,
    Intent.LATE.value: Message.INTENT_LATE,
    Intent.WHERE.value: Message.INTENT_WHERE,
    Intent.STOP.value: Message.INTENT_STOP,
    Intent.START.value: Message.INTENT_START,
    Intent.HELP.value: Message.INTENT_HELP,
    Intent.SHARE.value: Message.INTENT_SHARE,
    Intent.UNSHARE.value: Message.INTENT_UNSHARE,
    LOCATION: Message.INTENT_LOCATION,
    "": Message.INTENT_UNSPECIFIED,
}
ANSWERS = {
    Intent.YES: Answer.ANSWER_YES,
    Intent.NO: Answer.ANSWER_NO,
    Intent.MAYBE: Answer.ANSWER_MAYBE,
}
WORDS = {number: intent.value for intent, number in ANSWERS.items()}
# What is said to who asks for something that is not about coming.
ANSWERED_BY = {
    Intent.WHERE: Kind.WHERE,
    Intent.HELP: Kind.HELP,
    Intent.STOP: Kind.STOPPED,
    Intent.START: Kind.STARTED,
}
BY_NUMBER = {number: channel for channel, number in CHANNELS.items()}


def taken(fact: participant_pb2.ReplyTaken) -> Notice:
    """What is said of an answer that counts, or does not."""
    return Notice(
        Kind.ANSWER,
        fact.participant,
        EVENTS.parse(fact.event, "event"),
        answer=WORDS.get(fact.answer, ""),
        guests=fact.guests,
        refusal=fact.refusal,
    )


def given(
    request: inbound_pb2.CreateInboundMessageRequest,
    organization: uuid.UUID,
    *,
    id: uuid.UUID,
    now: datetime,
) -> Inbound:
    """What a caller hands in. Refuses what says nothing, and a channel that nothing comes by."""
    sent = request.inbound_message
    channel = BY_NUMBER[sent.channel]
    place = None
    if sent.HasField("location"):
        place = Place(sent.location.latitude, sent.location.longitude)
    if not (sent.text.strip() or sent.button or place or sent.attachments):
        raise BadInboundMessage("inbound_message.text", "must be given, or anything else must")
    at = instant(sent.send_time) if sent.HasField("send_time") else None
    return Inbound(
        name=Name(organization, id),
        channel=channel,
        sender=address(channel, sent.sender),
        provider_message=sent.provider_message or str(id),
        # Nobody writes in the future.
        send_time=min(at or now, now),
        create_time=now,
        sender_name=sent.sender_name,
        text=sent.text,
        button=sent.button,
        place=place,
        attachments=tuple(
            Attachment(each.provider_id, each.content_type, each.filename)
            for each in sent.attachments
        ),
        reply_to=sent.reply_to,
    )


def inbound_message(value: Inbound) -> inbound_pb2.InboundMessage:
    place = value.place
    return Message(
        name=INBOUND.format(value.name),
        channel=CHANNELS[value.channel],
        sender=value.sender,
        sender_name=value.sender_name,
        text=value.text,
        button=value.button,
        location=latlng(place.latitude, place.longitude) if place else None,
        attachments=(
            Message.Attachment(
                provider_id=each.provider_id,
                content_type=each.content_type,
                filename=each.filename,
            )
            for each in value.attachments
        ),
        reply_to=value.reply_to,
        provider_message=value.provider_message,
        send_time=timestamp(value.send_time),
        participant=PARTICIPANTS.format(value.participant) if value.participant else "",
        event=EVENTS.format(value.event) if value.event else "",
        state=STATES[value.state],
        intent=INTENTS[value.intent],
        guests=value.guests,
        late_minutes=value.late_minutes,
        create_time=timestamp(value.create_time),
        etag=etag(value.version),
    )


def reply_received(value: Inbound, guests: int | None) -> messaging_pb2.ReplyReceived:
    """Tells event what a participant answered; `guests` is None if they said nothing of them."""
    participant, event = _whose(value)
    return messaging_pb2.ReplyReceived(
        participant=participant,
        event=event,
        answer=ANSWERS[Intent(value.intent)],
        guests=guests or 0,
        guests_unsaid=guests is None,
        note=(value.text or value.button)[:LONGEST_NOTE],
        inbound_message=INBOUND.format(value.name),
    )


def location_shared(value: Inbound) -> inbound_pb2.LocationShared:
    """Tells location where a participant is."""
    participant, event = _whose(value)
    assert value.place is not None
    return inbound_pb2.LocationShared(
        participant=participant,
        event=event,
        location=latlng(value.place.latitude, value.place.longitude),
        capture_time=timestamp(value.send_time),
    )


def sharing_agreed(value: Inbound) -> inbound_pb2.SharingAgreed:
    """Tells location that a participant agreed to be seen on the way, and in what words."""
    participant, event = _whose(value)
    return inbound_pb2.SharingAgreed(
        participant=participant,
        event=event,
        inbound_message=INBOUND.format(value.name),
        text=(value.text or value.button)[:LONGEST_NOTE],
        send_time=timestamp(value.send_time),
    )


def sharing_refused(value: Inbound, *, held: bool) -> inbound_pb2.SharingRefused:
    """Tells location that a participant does not want to be seen any more."""
    participant, event = _whose(value)
    name = INBOUND.format(value.name)
    return inbound_pb2.SharingRefused(
        participant=participant, event=event, inbound_message=name, held=held
    )


def consented(fact: location_pb2.ConsentTaken) -> Notice:
    """What is said of words by which somebody agreed to be seen, or wanted that no more."""
    return Notice(
        Kind.SHARING,
        fact.participant,
        EVENTS.parse(fact.event, "event"),
        answer=(Intent.SHARE if fact.consent else Intent.UNSHARE).value,
        refusal=fact.refusal,
    )


def participant_filter(request: inbound_pb2.ListInboundMessagesRequest) -> Name | None:
    return PARTICIPANTS.parse(request.participant, "participant") if request.participant else None


def _whose(value: Inbound) -> tuple[str, str]:
    assert value.participant is not None
    assert value.event is not None
    return PARTICIPANTS.format(value.participant), EVENTS.format(value.event)
