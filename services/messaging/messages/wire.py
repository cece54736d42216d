"""Messages on the wire. Pure."""

from __future__ import annotations

from services.kit.etags import etag
from services.kit.names import Name
from services.kit.wire import timestamp
from services.messaging.messages.domain import MESSAGES, Channel, Message, State
from services.messaging.people.domain import EVENTS
from turnout.messaging.v1 import messaging_pb2

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
    Channel.WHATSAPP: messaging_pb2.Message.CHANNEL_WHATSAPP,
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


def _event_name(value: Message) -> str:
    return EVENTS.format(value.event) if value.event else ""
