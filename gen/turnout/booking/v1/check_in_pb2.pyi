import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.booking.v1 import booking_pb2 as _booking_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Scan(_message.Message):
    __slots__ = ("name", "event", "ticket", "scan_time", "create_time", "creator", "gate", "outcome", "reason", "winner", "etag")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[Scan.Outcome]
        OUTCOME_ADMITTED: _ClassVar[Scan.Outcome]
        OUTCOME_CONFLICT: _ClassVar[Scan.Outcome]
        OUTCOME_REFUSED: _ClassVar[Scan.Outcome]
    OUTCOME_UNSPECIFIED: Scan.Outcome
    OUTCOME_ADMITTED: Scan.Outcome
    OUTCOME_CONFLICT: Scan.Outcome
    OUTCOME_REFUSED: Scan.Outcome
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    SCAN_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    WINNER_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    event: str
    ticket: str
    scan_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    creator: str
    gate: str
    outcome: Scan.Outcome
    reason: str
    winner: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., event: _Optional[str] = ..., ticket: _Optional[str] = ..., scan_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator: _Optional[str] = ..., gate: _Optional[str] = ..., outcome: _Optional[_Union[Scan.Outcome, str]] = ..., reason: _Optional[str] = ..., winner: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class Attendance(_message.Message):
    __slots__ = ("name", "entries", "sold", "checked_in")
    class Entry(_message.Message):
        __slots__ = ("ticket_type", "sold", "checked_in")
        TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
        SOLD_FIELD_NUMBER: _ClassVar[int]
        CHECKED_IN_FIELD_NUMBER: _ClassVar[int]
        ticket_type: str
        sold: int
        checked_in: int
        def __init__(self, ticket_type: _Optional[str] = ..., sold: _Optional[int] = ..., checked_in: _Optional[int] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    SOLD_FIELD_NUMBER: _ClassVar[int]
    CHECKED_IN_FIELD_NUMBER: _ClassVar[int]
    name: str
    entries: _containers.RepeatedCompositeFieldContainer[Attendance.Entry]
    sold: int
    checked_in: int
    def __init__(self, name: _Optional[str] = ..., entries: _Optional[_Iterable[_Union[Attendance.Entry, _Mapping]]] = ..., sold: _Optional[int] = ..., checked_in: _Optional[int] = ...) -> None: ...

class Door(_message.Message):
    __slots__ = ("name", "check_in_on_arrival", "fresh_codes", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHECK_IN_ON_ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    FRESH_CODES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    check_in_on_arrival: bool
    fresh_codes: bool
    etag: str
    def __init__(self, name: _Optional[str] = ..., check_in_on_arrival: _Optional[bool] = ..., fresh_codes: _Optional[bool] = ..., etag: _Optional[str] = ...) -> None: ...

class CheckInTicketRequest(_message.Message):
    __slots__ = ("parent", "event", "code", "ticket", "gate", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    event: str
    code: str
    ticket: str
    gate: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., event: _Optional[str] = ..., code: _Optional[str] = ..., ticket: _Optional[str] = ..., gate: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UndoCheckInRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UploadScansRequest(_message.Message):
    __slots__ = ("parent", "event", "scans", "request_id")
    class Scan(_message.Message):
        __slots__ = ("id", "code", "ticket", "scan_time", "gate")
        ID_FIELD_NUMBER: _ClassVar[int]
        CODE_FIELD_NUMBER: _ClassVar[int]
        TICKET_FIELD_NUMBER: _ClassVar[int]
        SCAN_TIME_FIELD_NUMBER: _ClassVar[int]
        GATE_FIELD_NUMBER: _ClassVar[int]
        id: str
        code: str
        ticket: str
        scan_time: _timestamp_pb2.Timestamp
        gate: str
        def __init__(self, id: _Optional[str] = ..., code: _Optional[str] = ..., ticket: _Optional[str] = ..., scan_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., gate: _Optional[str] = ...) -> None: ...
    PARENT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    SCANS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    event: str
    scans: _containers.RepeatedCompositeFieldContainer[UploadScansRequest.Scan]
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., event: _Optional[str] = ..., scans: _Optional[_Iterable[_Union[UploadScansRequest.Scan, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UploadScansResponse(_message.Message):
    __slots__ = ("scans",)
    SCANS_FIELD_NUMBER: _ClassVar[int]
    scans: _containers.RepeatedCompositeFieldContainer[Scan]
    def __init__(self, scans: _Optional[_Iterable[_Union[Scan, _Mapping]]] = ...) -> None: ...

class GetScanRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListScansRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "event", "ticket", "conflicts")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    event: str
    ticket: str
    conflicts: bool
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., event: _Optional[str] = ..., ticket: _Optional[str] = ..., conflicts: _Optional[bool] = ...) -> None: ...

class ListScansResponse(_message.Message):
    __slots__ = ("scans", "next_page_token")
    SCANS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    scans: _containers.RepeatedCompositeFieldContainer[Scan]
    next_page_token: str
    def __init__(self, scans: _Optional[_Iterable[_Union[Scan, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetAttendanceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class WatchAttendanceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetDoorRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class UpdateDoorRequest(_message.Message):
    __slots__ = ("door", "update_mask")
    DOOR_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    door: Door
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, door: _Optional[_Union[Door, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class TicketCheckedIn(_message.Message):
    __slots__ = ("ticket", "event", "holder", "scan_time")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    SCAN_TIME_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    event: str
    holder: str
    scan_time: _timestamp_pb2.Timestamp
    def __init__(self, ticket: _Optional[str] = ..., event: _Optional[str] = ..., holder: _Optional[str] = ..., scan_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TicketCheckInReverted(_message.Message):
    __slots__ = ("ticket", "event", "holder", "scan_time")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    SCAN_TIME_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    event: str
    holder: str
    scan_time: _timestamp_pb2.Timestamp
    def __init__(self, ticket: _Optional[str] = ..., event: _Optional[str] = ..., holder: _Optional[str] = ..., scan_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
