import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.booking.v1 import booking_pb2 as _booking_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Inventory(_message.Message):
    __slots__ = ("name", "ticket_types", "pools")
    class Count(_message.Message):
        __slots__ = ("id", "capacity", "held", "sold", "free", "excess", "pool", "hidden", "withdrawn")
        ID_FIELD_NUMBER: _ClassVar[int]
        CAPACITY_FIELD_NUMBER: _ClassVar[int]
        HELD_FIELD_NUMBER: _ClassVar[int]
        SOLD_FIELD_NUMBER: _ClassVar[int]
        FREE_FIELD_NUMBER: _ClassVar[int]
        EXCESS_FIELD_NUMBER: _ClassVar[int]
        POOL_FIELD_NUMBER: _ClassVar[int]
        HIDDEN_FIELD_NUMBER: _ClassVar[int]
        WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
        id: str
        capacity: int
        held: int
        sold: int
        free: int
        excess: int
        pool: str
        hidden: bool
        withdrawn: bool
        def __init__(self, id: _Optional[str] = ..., capacity: _Optional[int] = ..., held: _Optional[int] = ..., sold: _Optional[int] = ..., free: _Optional[int] = ..., excess: _Optional[int] = ..., pool: _Optional[str] = ..., hidden: _Optional[bool] = ..., withdrawn: _Optional[bool] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    TICKET_TYPES_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    name: str
    ticket_types: _containers.RepeatedCompositeFieldContainer[Inventory.Count]
    pools: _containers.RepeatedCompositeFieldContainer[Inventory.Count]
    def __init__(self, name: _Optional[str] = ..., ticket_types: _Optional[_Iterable[_Union[Inventory.Count, _Mapping]]] = ..., pools: _Optional[_Iterable[_Union[Inventory.Count, _Mapping]]] = ...) -> None: ...

class SeatMap(_message.Message):
    __slots__ = ("name", "rows")
    class Row(_message.Message):
        __slots__ = ("section", "row", "seats", "ticket_types")
        SECTION_FIELD_NUMBER: _ClassVar[int]
        ROW_FIELD_NUMBER: _ClassVar[int]
        SEATS_FIELD_NUMBER: _ClassVar[int]
        TICKET_TYPES_FIELD_NUMBER: _ClassVar[int]
        section: str
        row: str
        seats: _containers.RepeatedCompositeFieldContainer[SeatMap.Seat]
        ticket_types: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, section: _Optional[str] = ..., row: _Optional[str] = ..., seats: _Optional[_Iterable[_Union[SeatMap.Seat, _Mapping]]] = ..., ticket_types: _Optional[_Iterable[str]] = ...) -> None: ...
    class Seat(_message.Message):
        __slots__ = ("seat", "free", "accessible", "gap")
        SEAT_FIELD_NUMBER: _ClassVar[int]
        FREE_FIELD_NUMBER: _ClassVar[int]
        ACCESSIBLE_FIELD_NUMBER: _ClassVar[int]
        GAP_FIELD_NUMBER: _ClassVar[int]
        seat: str
        free: bool
        accessible: bool
        gap: bool
        def __init__(self, seat: _Optional[str] = ..., free: _Optional[bool] = ..., accessible: _Optional[bool] = ..., gap: _Optional[bool] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    name: str
    rows: _containers.RepeatedCompositeFieldContainer[SeatMap.Row]
    def __init__(self, name: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[SeatMap.Row, _Mapping]]] = ...) -> None: ...

class SeatMovement(_message.Message):
    __slots__ = ("booking", "ticket_type", "held", "sold", "create_time")
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    SOLD_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    booking: str
    ticket_type: str
    held: int
    sold: int
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, booking: _Optional[str] = ..., ticket_type: _Optional[str] = ..., held: _Optional[int] = ..., sold: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetInventoryRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListExcessBookingsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListExcessBookingsResponse(_message.Message):
    __slots__ = ("excesses", "next_page_token")
    class Excess(_message.Message):
        __slots__ = ("booking", "ticket_type", "seats")
        BOOKING_FIELD_NUMBER: _ClassVar[int]
        TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
        SEATS_FIELD_NUMBER: _ClassVar[int]
        booking: _booking_pb2.Booking
        ticket_type: str
        seats: int
        def __init__(self, booking: _Optional[_Union[_booking_pb2.Booking, _Mapping]] = ..., ticket_type: _Optional[str] = ..., seats: _Optional[int] = ...) -> None: ...
    EXCESSES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    excesses: _containers.RepeatedCompositeFieldContainer[ListExcessBookingsResponse.Excess]
    next_page_token: str
    def __init__(self, excesses: _Optional[_Iterable[_Union[ListExcessBookingsResponse.Excess, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListSeatMovementsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSeatMovementsResponse(_message.Message):
    __slots__ = ("seat_movements", "next_page_token")
    SEAT_MOVEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    seat_movements: _containers.RepeatedCompositeFieldContainer[SeatMovement]
    next_page_token: str
    def __init__(self, seat_movements: _Optional[_Iterable[_Union[SeatMovement, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetSeatMapRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...
