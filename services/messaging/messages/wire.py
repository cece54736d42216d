"""Messages on the wire. Pure."""

from __future__ import annotations

import uuid

from services.kit.etags import etag
from services.kit.names import Name
from services.kit.wire import timestamp
from services.messaging.messages.domain import (
    MESSAGES,
    Channel,
    Event,
    Failure,
    Message,
    Priority,
    Sent,
    State,
)
from services.messaging.people.domain import EVENTS
from turnout.messaging.v1 import messaging_pb2

STATES = {
    State.QUEUED: messaging_pb2.Message.STATE_QUEUED,
    State.SENDING: messaging_pb2.Message.STATE_SENDING,
    State.SENT: messaging_pb2.Message.STATE_SENT,
    State.FAILED: messaging_pb2.Message.STATE_FAILED,
    State.DELIVERED: messaging_pb2.Message.STATE_DELIVERED,
    State.READ: messaging_pb2.Message.STATE_READ,
}
PRIORITIES = {
    Priority.IMMEDIATE: messaging_pb2.Message.PRIORITY_IMMEDIATE,
    Priority.HIGH: messaging_pb2.Message.PRIORITY_HIGH,
    Priority.NORMAL: messaging_pb2.Message.PRIORITY_NORMAL,
    Priority.BULK: messaging_pb2.Message.PRIORITY_BULK,
}
FAILURES = {
    Failure.NONE: messaging_pb2.Message.FAILURE_UNSPECIFIED,
    Failure.NO_ADDRESS: messaging_pb2.Message.FAILURE_NO_ADDRESS,
    Failure.REFUSED: messaging_pb2.Message.FAILURE_REFUSED,
    Failure.UNKNOWN_OUTCOME: messaging_pb2.Message.FAILURE_UNKNOWN_OUTCOME,
    Failure.PROVIDER_AWAY: messaging_pb2.Message.FAILURE_PROVIDER_AWAY,
    Failure.SUPPRESSED: messaging_pb2.Message.FAILURE_SUPPRESSED,
    Failure.SUPERSEDED: messaging_pb2.Message.FAILURE_SUPERSEDED,
    Failure.REJECTED_CONTENT: messaging_pb2.Message.FAILURE_REJECTED_CONTENT,
    Failure.ACCOUNT: messaging_pb2.Message.FAILURE_ACCOUNT,
    Failure.EXPIRED: messaging_pb2.Message.FAILURE_EXPIRED,
}
CHANNELS = {
    Channel.NONE: messaging_pb2.Message.CHANNEL_UNSPECIFIED,
    Channel.EMAIL: messaging_pb2.Message.CHANNEL_EMAIL,
    Channel.SMS: messaging_pb2.Message.CHANNEL_SMS,
    Channel.WHATSAPP: messaging_pb2.Message.CHANNEL_WHATSAPP,
    Channel.PUSH: messaging_pb2.Message.CHANNEL_PUSH,
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
        priority=PRIORITIES[value.priority],
        failure=FAILURES[value.failure],
        deliver_time=timestamp(value.deliver_time),
        read_time=timestamp(value.read_time),
        cascade=_other(value, value.cascade),
        expire_time=timestamp(value.expire_time),
        digest=_other(value, value.digest),
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
        failure=FAILURES[value.failure],
    )


def delivered(value: Message) -> messaging_pb2.MessageDelivered:
    return messaging_pb2.MessageDelivered(
        message=MESSAGES.format(value.name),
        recipient=value.recipient,
        kind=value.kind.value,
        event=_event_name(value),
        channel=CHANNELS[value.channel],
    )


def read(value: Message) -> messaging_pb2.MessageRead:
    return messaging_pb2.MessageRead(
        message=MESSAGES.format(value.name),
        recipient=value.recipient,
        kind=value.kind.value,
        event=_event_name(value),
        channel=CHANNELS[value.channel],
    )


def happened(value: Event) -> messaging_pb2.MessageEvent:
    return messaging_pb2.MessageEvent(
        state=STATES[value.state],
        event_time=timestamp(value.event_time),
        record_time=timestamp(value.record_time),
        provider=value.provider,
        provider_message=value.provider_message,
        failure=FAILURES[value.failure],
        reason=value.reason,
    )


def taken(value: Sent) -> messaging_pb2.SentMessage:
    return messaging_pb2.SentMessage(
        message=MESSAGES.format(value.message),
        provider=value.provider,
        provider_message=value.provider_message,
        send_time=timestamp(value.send_time),
    )


def event_filter(request: messaging_pb2.ListMessagesRequest) -> Name | None:
    return EVENTS.parse(request.event, "event") if request.event else None


def _other(value: Message, id: uuid.UUID | None) -> str:
    """The name of another message of the same organization."""
    return "" if id is None else MESSAGES.format(Name(value.name.organization, id))


def _event_name(value: Message) -> str:
    return EVENTS.format(value.event) if value.event else ""
