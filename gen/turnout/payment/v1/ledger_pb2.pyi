import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import money_pb2 as _money_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Balance(_message.Message):
    __slots__ = ("name", "amounts")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    amounts: _containers.RepeatedCompositeFieldContainer[_money_pb2.Money]
    def __init__(self, name: _Optional[str] = ..., amounts: _Optional[_Iterable[_Union[_money_pb2.Money, _Mapping]]] = ...) -> None: ...

class Entry(_message.Message):
    __slots__ = ("transaction_id", "kind", "account", "amount", "payment", "create_time", "payout")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Entry.Kind]
        KIND_CAPTURE: _ClassVar[Entry.Kind]
        KIND_REFUND: _ClassVar[Entry.Kind]
        KIND_REFUND_REVERSAL: _ClassVar[Entry.Kind]
        KIND_SURPLUS: _ClassVar[Entry.Kind]
        KIND_SURPLUS_REFUND: _ClassVar[Entry.Kind]
        KIND_SURPLUS_REFUND_REVERSAL: _ClassVar[Entry.Kind]
        KIND_DISPUTE: _ClassVar[Entry.Kind]
        KIND_DISPUTE_REVERSAL: _ClassVar[Entry.Kind]
        KIND_DISPUTE_LOSS: _ClassVar[Entry.Kind]
        KIND_PAYOUT: _ClassVar[Entry.Kind]
        KIND_PAYOUT_REVERSAL: _ClassVar[Entry.Kind]
        KIND_PROCESSING_FEE: _ClassVar[Entry.Kind]
        KIND_APPLICATION_FEE: _ClassVar[Entry.Kind]
        KIND_APPLICATION_FEE_REFUND: _ClassVar[Entry.Kind]
        KIND_TAX: _ClassVar[Entry.Kind]
        KIND_TAX_REFUND: _ClassVar[Entry.Kind]
    KIND_UNSPECIFIED: Entry.Kind
    KIND_CAPTURE: Entry.Kind
    KIND_REFUND: Entry.Kind
    KIND_REFUND_REVERSAL: Entry.Kind
    KIND_SURPLUS: Entry.Kind
    KIND_SURPLUS_REFUND: Entry.Kind
    KIND_SURPLUS_REFUND_REVERSAL: Entry.Kind
    KIND_DISPUTE: Entry.Kind
    KIND_DISPUTE_REVERSAL: Entry.Kind
    KIND_DISPUTE_LOSS: Entry.Kind
    KIND_PAYOUT: Entry.Kind
    KIND_PAYOUT_REVERSAL: Entry.Kind
    KIND_PROCESSING_FEE: Entry.Kind
    KIND_APPLICATION_FEE: Entry.Kind
    KIND_APPLICATION_FEE_REFUND: Entry.Kind
    KIND_TAX: Entry.Kind
    KIND_TAX_REFUND: Entry.Kind
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PAYOUT_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    kind: Entry.Kind
    account: str
    amount: _money_pb2.Money
    payment: str
    create_time: _timestamp_pb2.Timestamp
    payout: str
    def __init__(self, transaction_id: _Optional[str] = ..., kind: _Optional[_Union[Entry.Kind, str]] = ..., account: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., payment: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., payout: _Optional[str] = ...) -> None: ...

class GetBalanceRequest(_message.Message):
    __slots__ = ("name", "read_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    read_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListBalancesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "read_time")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    read_time: _timestamp_pb2.Timestamp
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListBalancesResponse(_message.Message):
    __slots__ = ("balances", "next_page_token")
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    balances: _containers.RepeatedCompositeFieldContainer[Balance]
    next_page_token: str
    def __init__(self, balances: _Optional[_Iterable[_Union[Balance, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListEntriesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "account", "payment", "start_time", "end_time")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    account: str
    payment: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., account: _Optional[str] = ..., payment: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[Entry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[Entry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExportEntriesRequest(_message.Message):
    __slots__ = ("parent", "account", "start_time", "end_time")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    parent: str
    account: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, parent: _Optional[str] = ..., account: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
