import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from turnout.messaging.v1 import messaging_pb2 as _messaging_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Conversation(_message.Message):
    __slots__ = ("name", "participant", "display_name", "channel", "address", "event", "state", "assignee", "entry_count", "snippet", "create_time", "update_time", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Conversation.State]
        STATE_OPEN: _ClassVar[Conversation.State]
        STATE_ANSWERED: _ClassVar[Conversation.State]
        STATE_CLOSED: _ClassVar[Conversation.State]
    STATE_UNSPECIFIED: Conversation.State
    STATE_OPEN: Conversation.State
    STATE_ANSWERED: Conversation.State
    STATE_CLOSED: Conversation.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    SNIPPET_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    participant: str
    display_name: str
    channel: _messaging_pb2.Message.Channel
    address: str
    event: str
    state: Conversation.State
    assignee: str
    entry_count: int
    snippet: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., participant: _Optional[str] = ..., display_name: _Optional[str] = ..., channel: _Optional[_Union[_messaging_pb2.Message.Channel, str]] = ..., address: _Optional[str] = ..., event: _Optional[str] = ..., state: _Optional[_Union[Conversation.State, str]] = ..., assignee: _Optional[str] = ..., entry_count: _Optional[int] = ..., snippet: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class ConversationEntry(_message.Message):
    __slots__ = ("conversation", "number", "text", "inbound_message", "message", "author", "create_time")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    INBOUND_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    number: int
    text: str
    inbound_message: str
    message: str
    author: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, conversation: _Optional[str] = ..., number: _Optional[int] = ..., text: _Optional[str] = ..., inbound_message: _Optional[str] = ..., message: _Optional[str] = ..., author: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetConversationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListConversationsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "state", "assignee", "participant")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    state: Conversation.State
    assignee: str
    participant: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., state: _Optional[_Union[Conversation.State, str]] = ..., assignee: _Optional[str] = ..., participant: _Optional[str] = ...) -> None: ...

class ListConversationsResponse(_message.Message):
    __slots__ = ("conversations", "next_page_token")
    CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    conversations: _containers.RepeatedCompositeFieldContainer[Conversation]
    next_page_token: str
    def __init__(self, conversations: _Optional[_Iterable[_Union[Conversation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListConversationEntriesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConversationEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[ConversationEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[ConversationEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AssignConversationRequest(_message.Message):
    __slots__ = ("name", "assignee", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    assignee: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., assignee: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CloseConversationRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SendReplyRequest(_message.Message):
    __slots__ = ("name", "text", "request_id", "asks_location")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ASKS_LOCATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    text: str
    request_id: str
    asks_location: bool
    def __init__(self, name: _Optional[str] = ..., text: _Optional[str] = ..., request_id: _Optional[str] = ..., asks_location: _Optional[bool] = ...) -> None: ...

class MarkConversationReadRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class WatchConversationsRequest(_message.Message):
    __slots__ = ("parent", "assignee")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    parent: str
    assignee: str
    def __init__(self, parent: _Optional[str] = ..., assignee: _Optional[str] = ...) -> None: ...

class WatchConversationsResponse(_message.Message):
    __slots__ = ("conversation", "entry", "pulse")
    class Pulse(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    PULSE_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    entry: ConversationEntry
    pulse: WatchConversationsResponse.Pulse
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ..., entry: _Optional[_Union[ConversationEntry, _Mapping]] = ..., pulse: _Optional[_Union[WatchConversationsResponse.Pulse, _Mapping]] = ...) -> None: ...

class ConverseRequest(_message.Message):
    __slots__ = ("open", "reply", "assign", "close", "read")
    class Open(_message.Message):
        __slots__ = ("parent", "assignee")
        PARENT_FIELD_NUMBER: _ClassVar[int]
        ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
        parent: str
        assignee: str
        def __init__(self, parent: _Optional[str] = ..., assignee: _Optional[str] = ...) -> None: ...
    OPEN_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    ASSIGN_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    open: ConverseRequest.Open
    reply: SendReplyRequest
    assign: AssignConversationRequest
    close: CloseConversationRequest
    read: MarkConversationReadRequest
    def __init__(self, open: _Optional[_Union[ConverseRequest.Open, _Mapping]] = ..., reply: _Optional[_Union[SendReplyRequest, _Mapping]] = ..., assign: _Optional[_Union[AssignConversationRequest, _Mapping]] = ..., close: _Optional[_Union[CloseConversationRequest, _Mapping]] = ..., read: _Optional[_Union[MarkConversationReadRequest, _Mapping]] = ...) -> None: ...

class ConverseResponse(_message.Message):
    __slots__ = ("conversation", "entry", "done", "refused", "pulse")
    class Done(_message.Message):
        __slots__ = ("request_id", "entry")
        REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
        ENTRY_FIELD_NUMBER: _ClassVar[int]
        request_id: str
        entry: ConversationEntry
        def __init__(self, request_id: _Optional[str] = ..., entry: _Optional[_Union[ConversationEntry, _Mapping]] = ...) -> None: ...
    class Refused(_message.Message):
        __slots__ = ("request_id", "status")
        REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
        STATUS_FIELD_NUMBER: _ClassVar[int]
        request_id: str
        status: _status_pb2.Status
        def __init__(self, request_id: _Optional[str] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    PULSE_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    entry: ConversationEntry
    done: ConverseResponse.Done
    refused: ConverseResponse.Refused
    pulse: WatchConversationsResponse.Pulse
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ..., entry: _Optional[_Union[ConversationEntry, _Mapping]] = ..., done: _Optional[_Union[ConverseResponse.Done, _Mapping]] = ..., refused: _Optional[_Union[ConverseResponse.Refused, _Mapping]] = ..., pulse: _Optional[_Union[WatchConversationsResponse.Pulse, _Mapping]] = ...) -> None: ...
