import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.event.v1 import participant_pb2 as _participant_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Message(_message.Message):
    __slots__ = ("name", "recipient", "address", "channel", "kind", "subject", "body", "state", "event", "provider", "provider_message", "failure_reason", "create_time", "send_time", "priority", "failure", "deliver_time", "read_time", "cascade", "expire_time", "digest", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Message.State]
        STATE_QUEUED: _ClassVar[Message.State]
        STATE_SENDING: _ClassVar[Message.State]
        STATE_SENT: _ClassVar[Message.State]
        STATE_DELIVERED: _ClassVar[Message.State]
        STATE_FAILED: _ClassVar[Message.State]
        STATE_READ: _ClassVar[Message.State]
    STATE_UNSPECIFIED: Message.State
    STATE_QUEUED: Message.State
    STATE_SENDING: Message.State
    STATE_SENT: Message.State
    STATE_DELIVERED: Message.State
    STATE_FAILED: Message.State
    STATE_READ: Message.State
    class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CHANNEL_UNSPECIFIED: _ClassVar[Message.Channel]
        CHANNEL_EMAIL: _ClassVar[Message.Channel]
        CHANNEL_SMS: _ClassVar[Message.Channel]
        CHANNEL_WHATSAPP: _ClassVar[Message.Channel]
        CHANNEL_PUSH: _ClassVar[Message.Channel]
    CHANNEL_UNSPECIFIED: Message.Channel
    CHANNEL_EMAIL: Message.Channel
    CHANNEL_SMS: Message.Channel
    CHANNEL_WHATSAPP: Message.Channel
    CHANNEL_PUSH: Message.Channel
    class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PRIORITY_UNSPECIFIED: _ClassVar[Message.Priority]
        PRIORITY_IMMEDIATE: _ClassVar[Message.Priority]
        PRIORITY_HIGH: _ClassVar[Message.Priority]
        PRIORITY_NORMAL: _ClassVar[Message.Priority]
        PRIORITY_BULK: _ClassVar[Message.Priority]
    PRIORITY_UNSPECIFIED: Message.Priority
    PRIORITY_IMMEDIATE: Message.Priority
    PRIORITY_HIGH: Message.Priority
    PRIORITY_NORMAL: Message.Priority
    PRIORITY_BULK: Message.Priority
    class Failure(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        FAILURE_UNSPECIFIED: _ClassVar[Message.Failure]
        FAILURE_NO_ADDRESS: _ClassVar[Message.Failure]
        FAILURE_REFUSED: _ClassVar[Message.Failure]
        FAILURE_UNKNOWN_OUTCOME: _ClassVar[Message.Failure]
        FAILURE_PROVIDER_AWAY: _ClassVar[Message.Failure]
        FAILURE_SUPPRESSED: _ClassVar[Message.Failure]
        FAILURE_SUPERSEDED: _ClassVar[Message.Failure]
        FAILURE_REJECTED_CONTENT: _ClassVar[Message.Failure]
        FAILURE_ACCOUNT: _ClassVar[Message.Failure]
        FAILURE_EXPIRED: _ClassVar[Message.Failure]
    FAILURE_UNSPECIFIED: Message.Failure
    FAILURE_NO_ADDRESS: Message.Failure
    FAILURE_REFUSED: Message.Failure
    FAILURE_UNKNOWN_OUTCOME: Message.Failure
    FAILURE_PROVIDER_AWAY: Message.Failure
    FAILURE_SUPPRESSED: Message.Failure
    FAILURE_SUPERSEDED: Message.Failure
    FAILURE_REJECTED_CONTENT: Message.Failure
    FAILURE_ACCOUNT: Message.Failure
    FAILURE_EXPIRED: Message.Failure
    NAME_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    DELIVER_TIME_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    CASCADE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    recipient: str
    address: str
    channel: Message.Channel
    kind: str
    subject: str
    body: str
    state: Message.State
    event: str
    provider: str
    provider_message: str
    failure_reason: str
    create_time: _timestamp_pb2.Timestamp
    send_time: _timestamp_pb2.Timestamp
    priority: Message.Priority
    failure: Message.Failure
    deliver_time: _timestamp_pb2.Timestamp
    read_time: _timestamp_pb2.Timestamp
    cascade: str
    expire_time: _timestamp_pb2.Timestamp
    digest: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., recipient: _Optional[str] = ..., address: _Optional[str] = ..., channel: _Optional[_Union[Message.Channel, str]] = ..., kind: _Optional[str] = ..., subject: _Optional[str] = ..., body: _Optional[str] = ..., state: _Optional[_Union[Message.State, str]] = ..., event: _Optional[str] = ..., provider: _Optional[str] = ..., provider_message: _Optional[str] = ..., failure_reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., priority: _Optional[_Union[Message.Priority, str]] = ..., failure: _Optional[_Union[Message.Failure, str]] = ..., deliver_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cascade: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., digest: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class GetMessageRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListMessagesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "event", "recipient")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    event: str
    recipient: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., event: _Optional[str] = ..., recipient: _Optional[str] = ...) -> None: ...

class ListMessagesResponse(_message.Message):
    __slots__ = ("messages", "next_page_token")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[Message]
    next_page_token: str
    def __init__(self, messages: _Optional[_Iterable[_Union[Message, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SendMessageRequest(_message.Message):
    __slots__ = ("parent", "participant", "subject", "text", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    participant: str
    subject: str
    text: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., participant: _Optional[str] = ..., subject: _Optional[str] = ..., text: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SentMessage(_message.Message):
    __slots__ = ("message", "provider", "provider_message", "send_time")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    message: str
    provider: str
    provider_message: str
    send_time: _timestamp_pb2.Timestamp
    def __init__(self, message: _Optional[str] = ..., provider: _Optional[str] = ..., provider_message: _Optional[str] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSentMessagesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSentMessagesResponse(_message.Message):
    __slots__ = ("sent_messages", "next_page_token")
    SENT_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sent_messages: _containers.RepeatedCompositeFieldContainer[SentMessage]
    next_page_token: str
    def __init__(self, sent_messages: _Optional[_Iterable[_Union[SentMessage, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class MessageEvent(_message.Message):
    __slots__ = ("state", "event_time", "record_time", "provider", "provider_message", "failure", "reason")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    state: Message.State
    event_time: _timestamp_pb2.Timestamp
    record_time: _timestamp_pb2.Timestamp
    provider: str
    provider_message: str
    failure: Message.Failure
    reason: str
    def __init__(self, state: _Optional[_Union[Message.State, str]] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., provider: _Optional[str] = ..., provider_message: _Optional[str] = ..., failure: _Optional[_Union[Message.Failure, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class ListMessageEventsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMessageEventsResponse(_message.Message):
    __slots__ = ("message_events", "next_page_token")
    MESSAGE_EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    message_events: _containers.RepeatedCompositeFieldContainer[MessageEvent]
    next_page_token: str
    def __init__(self, message_events: _Optional[_Iterable[_Union[MessageEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class MessageSent(_message.Message):
    __slots__ = ("message", "recipient", "kind", "event", "channel")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    message: str
    recipient: str
    kind: str
    event: str
    channel: Message.Channel
    def __init__(self, message: _Optional[str] = ..., recipient: _Optional[str] = ..., kind: _Optional[str] = ..., event: _Optional[str] = ..., channel: _Optional[_Union[Message.Channel, str]] = ...) -> None: ...

class MessageDelivered(_message.Message):
    __slots__ = ("message", "recipient", "kind", "event", "channel")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    message: str
    recipient: str
    kind: str
    event: str
    channel: Message.Channel
    def __init__(self, message: _Optional[str] = ..., recipient: _Optional[str] = ..., kind: _Optional[str] = ..., event: _Optional[str] = ..., channel: _Optional[_Union[Message.Channel, str]] = ...) -> None: ...

class MessageRead(_message.Message):
    __slots__ = ("message", "recipient", "kind", "event", "channel")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    message: str
    recipient: str
    kind: str
    event: str
    channel: Message.Channel
    def __init__(self, message: _Optional[str] = ..., recipient: _Optional[str] = ..., kind: _Optional[str] = ..., event: _Optional[str] = ..., channel: _Optional[_Union[Message.Channel, str]] = ...) -> None: ...

class ReplyReceived(_message.Message):
    __slots__ = ("participant", "event", "answer", "guests", "note", "inbound_message", "guests_unsaid")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    GUESTS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    INBOUND_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    GUESTS_UNSAID_FIELD_NUMBER: _ClassVar[int]
    participant: str
    event: str
    answer: _participant_pb2.Participant.Answer
    guests: int
    note: str
    inbound_message: str
    guests_unsaid: bool
    def __init__(self, participant: _Optional[str] = ..., event: _Optional[str] = ..., answer: _Optional[_Union[_participant_pb2.Participant.Answer, str]] = ..., guests: _Optional[int] = ..., note: _Optional[str] = ..., inbound_message: _Optional[str] = ..., guests_unsaid: _Optional[bool] = ...) -> None: ...

class MessageFailed(_message.Message):
    __slots__ = ("message", "recipient", "kind", "event", "reason", "channel", "failure")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    message: str
    recipient: str
    kind: str
    event: str
    reason: str
    channel: Message.Channel
    failure: Message.Failure
    def __init__(self, message: _Optional[str] = ..., recipient: _Optional[str] = ..., kind: _Optional[str] = ..., event: _Optional[str] = ..., reason: _Optional[str] = ..., channel: _Optional[_Union[Message.Channel, str]] = ..., failure: _Optional[_Union[Message.Failure, str]] = ...) -> None: ...
