import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WaitlistEntry(_message.Message):
    __slots__ = ("name", "event", "ticket_types", "quantity", "person", "state", "position", "booking", "expire_time", "create_time", "update_time", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[WaitlistEntry.State]
        STATE_WAITING: _ClassVar[WaitlistEntry.State]
        STATE_OFFERED: _ClassVar[WaitlistEntry.State]
        STATE_SERVED: _ClassVar[WaitlistEntry.State]
        STATE_MISSED: _ClassVar[WaitlistEntry.State]
        STATE_LEFT: _ClassVar[WaitlistEntry.State]
    STATE_UNSPECIFIED: WaitlistEntry.State
    STATE_WAITING: WaitlistEntry.State
    STATE_OFFERED: WaitlistEntry.State
    STATE_SERVED: WaitlistEntry.State
    STATE_MISSED: WaitlistEntry.State
    STATE_LEFT: WaitlistEntry.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TICKET_TYPES_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    event: str
    ticket_types: _containers.RepeatedScalarFieldContainer[str]
    quantity: int
    person: str
    state: WaitlistEntry.State
    position: int
    booking: str
    expire_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., event: _Optional[str] = ..., ticket_types: _Optional[_Iterable[str]] = ..., quantity: _Optional[int] = ..., person: _Optional[str] = ..., state: _Optional[_Union[WaitlistEntry.State, str]] = ..., position: _Optional[int] = ..., booking: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Waitlist(_message.Message):
    __slots__ = ("name", "skipping", "offer_duration", "waiting", "no_show_lead", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SKIPPING_FIELD_NUMBER: _ClassVar[int]
    OFFER_DURATION_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    NO_SHOW_LEAD_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    skipping: bool
    offer_duration: _duration_pb2.Duration
    waiting: int
    no_show_lead: _duration_pb2.Duration
    etag: str
    def __init__(self, name: _Optional[str] = ..., skipping: _Optional[bool] = ..., offer_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., waiting: _Optional[int] = ..., no_show_lead: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CreateWaitlistEntryRequest(_message.Message):
    __slots__ = ("parent", "waitlist_entry", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    WAITLIST_ENTRY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    waitlist_entry: WaitlistEntry
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., waitlist_entry: _Optional[_Union[WaitlistEntry, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetWaitlistEntryRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListWaitlistEntriesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "event")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    event: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., event: _Optional[str] = ...) -> None: ...

class ListWaitlistEntriesResponse(_message.Message):
    __slots__ = ("waitlist_entries", "next_page_token")
    WAITLIST_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    waitlist_entries: _containers.RepeatedCompositeFieldContainer[WaitlistEntry]
    next_page_token: str
    def __init__(self, waitlist_entries: _Optional[_Iterable[_Union[WaitlistEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class LeaveWaitlistRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AcceptWaitlistOfferRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class WatchWaitlistEntryRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetWaitlistRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class UpdateWaitlistRequest(_message.Message):
    __slots__ = ("waitlist", "update_mask")
    WAITLIST_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    waitlist: Waitlist
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, waitlist: _Optional[_Union[Waitlist, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class WaitlistSeatsOffered(_message.Message):
    __slots__ = ("waitlist_entry", "event", "person", "booking", "expire_time")
    WAITLIST_ENTRY_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    waitlist_entry: str
    event: str
    person: str
    booking: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, waitlist_entry: _Optional[str] = ..., event: _Optional[str] = ..., person: _Optional[str] = ..., booking: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
