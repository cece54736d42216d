import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
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

class Reconciliation(_message.Message):
    __slots__ = ("name", "provider", "start_time", "end_time", "state", "compared_count", "difference_count", "differences", "create_time", "finish_time", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Reconciliation.State]
        STATE_RUNNING: _ClassVar[Reconciliation.State]
        STATE_DONE: _ClassVar[Reconciliation.State]
    STATE_UNSPECIFIED: Reconciliation.State
    STATE_RUNNING: Reconciliation.State
    STATE_DONE: Reconciliation.State
    class Difference(_message.Message):
        __slots__ = ("kind", "subject", "provider_reference", "our_amount", "their_amount", "our_outcome", "their_outcome", "repair", "repaired")
        class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            KIND_UNSPECIFIED: _ClassVar[Reconciliation.Difference.Kind]
            KIND_UNKNOWN_HERE: _ClassVar[Reconciliation.Difference.Kind]
            KIND_UNKNOWN_THERE: _ClassVar[Reconciliation.Difference.Kind]
            KIND_OUTCOME: _ClassVar[Reconciliation.Difference.Kind]
            KIND_AMOUNT: _ClassVar[Reconciliation.Difference.Kind]
        KIND_UNSPECIFIED: Reconciliation.Difference.Kind
        KIND_UNKNOWN_HERE: Reconciliation.Difference.Kind
        KIND_UNKNOWN_THERE: Reconciliation.Difference.Kind
        KIND_OUTCOME: Reconciliation.Difference.Kind
        KIND_AMOUNT: Reconciliation.Difference.Kind
        class Repair(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            REPAIR_UNSPECIFIED: _ClassVar[Reconciliation.Difference.Repair]
            REPAIR_ASK_AGAIN: _ClassVar[Reconciliation.Difference.Repair]
            REPAIR_BY_HAND: _ClassVar[Reconciliation.Difference.Repair]
        REPAIR_UNSPECIFIED: Reconciliation.Difference.Repair
        REPAIR_ASK_AGAIN: Reconciliation.Difference.Repair
        REPAIR_BY_HAND: Reconciliation.Difference.Repair
        KIND_FIELD_NUMBER: _ClassVar[int]
        SUBJECT_FIELD_NUMBER: _ClassVar[int]
        PROVIDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
        OUR_AMOUNT_FIELD_NUMBER: _ClassVar[int]
        THEIR_AMOUNT_FIELD_NUMBER: _ClassVar[int]
        OUR_OUTCOME_FIELD_NUMBER: _ClassVar[int]
        THEIR_OUTCOME_FIELD_NUMBER: _ClassVar[int]
        REPAIR_FIELD_NUMBER: _ClassVar[int]
        REPAIRED_FIELD_NUMBER: _ClassVar[int]
        kind: Reconciliation.Difference.Kind
        subject: str
        provider_reference: str
        our_amount: _money_pb2.Money
        their_amount: _money_pb2.Money
        our_outcome: str
        their_outcome: str
        repair: Reconciliation.Difference.Repair
        repaired: bool
        def __init__(self, kind: _Optional[_Union[Reconciliation.Difference.Kind, str]] = ..., subject: _Optional[str] = ..., provider_reference: _Optional[str] = ..., our_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., their_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., our_outcome: _Optional[str] = ..., their_outcome: _Optional[str] = ..., repair: _Optional[_Union[Reconciliation.Difference.Repair, str]] = ..., repaired: _Optional[bool] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    COMPARED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_COUNT_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    provider: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    state: Reconciliation.State
    compared_count: int
    difference_count: int
    differences: _containers.RepeatedCompositeFieldContainer[Reconciliation.Difference]
    create_time: _timestamp_pb2.Timestamp
    finish_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., provider: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[Reconciliation.State, str]] = ..., compared_count: _Optional[int] = ..., difference_count: _Optional[int] = ..., differences: _Optional[_Iterable[_Union[Reconciliation.Difference, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CreateReconciliationRequest(_message.Message):
    __slots__ = ("parent", "reconciliation", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    reconciliation: Reconciliation
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., reconciliation: _Optional[_Union[Reconciliation, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetReconciliationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListReconciliationsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListReconciliationsResponse(_message.Message):
    __slots__ = ("reconciliations", "next_page_token")
    RECONCILIATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    reconciliations: _containers.RepeatedCompositeFieldContainer[Reconciliation]
    next_page_token: str
    def __init__(self, reconciliations: _Optional[_Iterable[_Union[Reconciliation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RepairReconciliationRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...
