"""Conversations on the wire. Pure."""

from __future__ import annotations

import uuid

from services.kit.etags import etag
from services.kit.names import USERS
from services.kit.wire import timestamp
from services.messaging.conversations.domain import (
    CONVERSATIONS,
    Conversation,
    Entry,
    State,
    Wanted,
)
from services.messaging.inbound.domain import INBOUND
from services.messaging.messages.domain import MESSAGES
from services.messaging.messages.wire import CHANNELS
from services.messaging.people.domain import EVENTS, PARTICIPANTS
from turnout.messaging.v1 import conversation_pb2

STATES = {
    State.OPEN: conversation_pb2.Conversation.STATE_OPEN,
    State.ANSWERED: conversation_pb2.Conversation.STATE_ANSWERED,
    State.CLOSED: conversation_pb2.Conversation.STATE_CLOSED,
}
BY_NUMBER = {number: state for state, number in STATES.items()}


def conversation(value: Conversation) -> conversation_pb2.Conversation:
    return conversation_pb2.Conversation(
        name=CONVERSATIONS.format(value.name),
        participant=PARTICIPANTS.format(value.participant) if value.participant else "",
        display_name=value.display_name,
        channel=CHANNELS[value.channel],
        address=value.address,
        event=EVENTS.format(value.event) if value.event else "",
        state=STATES[value.state],
        assignee=USERS.format(value.assignee) if value.assignee else "",
        entry_count=value.entry_count,
        snippet=value.snippet,
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )


def entry(value: Entry) -> conversation_pb2.ConversationEntry:
    return conversation_pb2.ConversationEntry(
        conversation=CONVERSATIONS.format(value.conversation),
        number=value.number,
        text=value.text,
        inbound_message=INBOUND.format(value.inbound) if value.inbound else "",
        message=MESSAGES.format(value.message) if value.message else "",
        author=value.author,
        create_time=timestamp(value.create_time),
    )


def wanted(request: conversation_pb2.ListConversationsRequest) -> Wanted:
    participant = request.participant
    return Wanted(
        state=BY_NUMBER.get(request.state),
        assignee=assignee(request.assignee),
        participant=PARTICIPANTS.parse(participant, "participant") if participant else None,
    )


def assignee(text: str) -> uuid.UUID | None:
    return USERS.parse(text, "assignee") if text else None
