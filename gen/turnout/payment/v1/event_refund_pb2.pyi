import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import money_pb2 as _money_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventRefund(_message.Message):
    __slots__ = ("name", "event", "state", "payment_count", "pending_count", "refunded_count", "open_count", "paid_amounts", "refunded_amounts", "create_time", "finish_time", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[EventRefund.State]
        STATE_RUNNING: _ClassVar[EventRefund.State]
        STATE_DONE: _ClassVar[EventRefund.State]
        STATE_INCOMPLETE: _ClassVar[EventRefund.State]
    STATE_UNSPECIFIED: EventRefund.State
    STATE_RUNNING: EventRefund.State
    STATE_DONE: EventRefund.State
    STATE_INCOMPLETE: EventRefund.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PENDING_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    OPEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    PAID_AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    event: str
    state: EventRefund.State
    payment_count: int
    pending_count: int
    refunded_count: int
    open_count: int
    paid_amounts: _containers.RepeatedCompositeFieldContainer[_money_pb2.Money]
    refunded_amounts: _containers.RepeatedCompositeFieldContainer[_money_pb2.Money]
    create_time: _timestamp_pb2.Timestamp
    finish_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., event: _Optional[str] = ..., state: _Optional[_Union[EventRefund.State, str]] = ..., payment_count: _Optional[int] = ..., pending_count: _Optional[int] = ..., refunded_count: _Optional[int] = ..., open_count: _Optional[int] = ..., paid_amounts: _Optional[_Iterable[_Union[_money_pb2.Money, _Mapping]]] = ..., refunded_amounts: _Optional[_Iterable[_Union[_money_pb2.Money, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class GetEventRefundRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListEventRefundsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEventRefundsResponse(_message.Message):
    __slots__ = ("event_refunds", "next_page_token")
    EVENT_REFUNDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    event_refunds: _containers.RepeatedCompositeFieldContainer[EventRefund]
    next_page_token: str
    def __init__(self, event_refunds: _Optional[_Iterable[_Union[EventRefund, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RetryEventRefundRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...
