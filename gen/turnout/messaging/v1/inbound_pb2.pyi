import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import latlng_pb2 as _latlng_pb2
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

class InboundMessage(_message.Message):
    __slots__ = ("name", "channel", "sender", "sender_name", "text", "button", "location", "attachments", "reply_to", "provider_message", "send_time", "participant", "event", "state", "intent", "guests", "late_minutes", "create_time", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[InboundMessage.State]
        STATE_RECEIVED: _ClassVar[InboundMessage.State]
        STATE_OBEYED: _ClassVar[InboundMessage.State]
        STATE_FILED: _ClassVar[InboundMessage.State]
    STATE_UNSPECIFIED: InboundMessage.State
    STATE_RECEIVED: InboundMessage.State
    STATE_OBEYED: InboundMessage.State
    STATE_FILED: InboundMessage.State
    class Intent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        INTENT_UNSPECIFIED: _ClassVar[InboundMessage.Intent]
        INTENT_YES: _ClassVar[InboundMessage.Intent]
        INTENT_NO: _ClassVar[InboundMessage.Intent]
        INTENT_MAYBE: _ClassVar[InboundMessage.Intent]
        INTENT_LATE: _ClassVar[InboundMessage.Intent]
        INTENT_WHERE: _ClassVar[InboundMessage.Intent]
        INTENT_STOP: _ClassVar[InboundMessage.Intent]
        INTENT_START: _ClassVar[InboundMessage.Intent]
        INTENT_HELP: _ClassVar[InboundMessage.Intent]
        INTENT_LOCATION: _ClassVar[InboundMessage.Intent]
        INTENT_SHARE: _ClassVar[InboundMessage.Intent]
        INTENT_UNSHARE: _ClassVar[InboundMessage.Intent]
    INTENT_UNSPECIFIED: InboundMessage.Intent
    INTENT_YES: InboundMessage.Intent
    INTENT_NO: InboundMessage.Intent
    INTENT_MAYBE: InboundMessage.Intent
    INTENT_LATE: InboundMessage.Intent
    INTENT_WHERE: InboundMessage.Intent
    INTENT_STOP: InboundMessage.Intent
    INTENT_START: InboundMessage.Intent
    INTENT_HELP: InboundMessage.Intent
    INTENT_LOCATION: InboundMessage.Intent
    INTENT_SHARE: InboundMessage.Intent
    INTENT_UNSHARE: InboundMessage.Intent
    class Attachment(_message.Message):
        __slots__ = ("provider_id", "content_type", "filename")
        PROVIDER_ID_FIELD_NUMBER: _ClassVar[int]
        CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
        FILENAME_FIELD_NUMBER: _ClassVar[int]
        provider_id: str
        content_type: str
        filename: str
        def __init__(self, provider_id: _Optional[str] = ..., content_type: _Optional[str] = ..., filename: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    SENDER_NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    BUTTON_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    REPLY_TO_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    GUESTS_FIELD_NUMBER: _ClassVar[int]
    LATE_MINUTES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    channel: _messaging_pb2.Message.Channel
    sender: str
    sender_name: str
    text: str
    button: str
    location: _latlng_pb2.LatLng
    attachments: _containers.RepeatedCompositeFieldContainer[InboundMessage.Attachment]
    reply_to: str
    provider_message: str
    send_time: _timestamp_pb2.Timestamp
    participant: str
    event: str
    state: InboundMessage.State
    intent: InboundMessage.Intent
    guests: int
    late_minutes: int
    create_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., channel: _Optional[_Union[_messaging_pb2.Message.Channel, str]] = ..., sender: _Optional[str] = ..., sender_name: _Optional[str] = ..., text: _Optional[str] = ..., button: _Optional[str] = ..., location: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., attachments: _Optional[_Iterable[_Union[InboundMessage.Attachment, _Mapping]]] = ..., reply_to: _Optional[str] = ..., provider_message: _Optional[str] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., participant: _Optional[str] = ..., event: _Optional[str] = ..., state: _Optional[_Union[InboundMessage.State, str]] = ..., intent: _Optional[_Union[InboundMessage.Intent, str]] = ..., guests: _Optional[int] = ..., late_minutes: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CreateInboundMessageRequest(_message.Message):
    __slots__ = ("parent", "inbound_message", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    INBOUND_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    inbound_message: InboundMessage
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., inbound_message: _Optional[_Union[InboundMessage, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetInboundMessageRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListInboundMessagesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "participant")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    participant: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., participant: _Optional[str] = ...) -> None: ...

class ListInboundMessagesResponse(_message.Message):
    __slots__ = ("inbound_messages", "next_page_token")
    INBOUND_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    inbound_messages: _containers.RepeatedCompositeFieldContainer[InboundMessage]
    next_page_token: str
    def __init__(self, inbound_messages: _Optional[_Iterable[_Union[InboundMessage, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class LocationShared(_message.Message):
    __slots__ = ("participant", "event", "location", "capture_time")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    participant: str
    event: str
    location: _latlng_pb2.LatLng
    capture_time: _timestamp_pb2.Timestamp
    def __init__(self, participant: _Optional[str] = ..., event: _Optional[str] = ..., location: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., capture_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SharingAgreed(_message.Message):
    __slots__ = ("participant", "event", "inbound_message", "text", "send_time")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    INBOUND_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    participant: str
    event: str
    inbound_message: str
    text: str
    send_time: _timestamp_pb2.Timestamp
    def __init__(self, participant: _Optional[str] = ..., event: _Optional[str] = ..., inbound_message: _Optional[str] = ..., text: _Optional[str] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SharingRefused(_message.Message):
    __slots__ = ("participant", "event", "inbound_message", "held")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    INBOUND_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    participant: str
    event: str
    inbound_message: str
    held: bool
    def __init__(self, participant: _Optional[str] = ..., event: _Optional[str] = ..., inbound_message: _Optional[str] = ..., held: _Optional[bool] = ...) -> None: ...
