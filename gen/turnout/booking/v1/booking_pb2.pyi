import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
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

class Booking(_message.Message):
    __slots__ = ("name", "event", "items", "buyer", "state", "total", "tickets", "expire_time", "create_time", "update_time", "promo_code", "discount", "attendees", "extended", "disputed", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Booking.State]
        STATE_HELD: _ClassVar[Booking.State]
        STATE_CONFIRMED: _ClassVar[Booking.State]
        STATE_LAPSED: _ClassVar[Booking.State]
        STATE_CANCELLED: _ClassVar[Booking.State]
    STATE_UNSPECIFIED: Booking.State
    STATE_HELD: Booking.State
    STATE_CONFIRMED: Booking.State
    STATE_LAPSED: Booking.State
    STATE_CANCELLED: Booking.State
    class Item(_message.Message):
        __slots__ = ("ticket_type", "quantity", "seats", "price", "accessible")
        TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
        QUANTITY_FIELD_NUMBER: _ClassVar[int]
        SEATS_FIELD_NUMBER: _ClassVar[int]
        PRICE_FIELD_NUMBER: _ClassVar[int]
        ACCESSIBLE_FIELD_NUMBER: _ClassVar[int]
        ticket_type: str
        quantity: int
        seats: _containers.RepeatedScalarFieldContainer[str]
        price: _money_pb2.Money
        accessible: bool
        def __init__(self, ticket_type: _Optional[str] = ..., quantity: _Optional[int] = ..., seats: _Optional[_Iterable[str]] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., accessible: _Optional[bool] = ...) -> None: ...
    class Attendee(_message.Message):
        __slots__ = ("display_name", "ticket_type")
        DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
        TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
        display_name: str
        ticket_type: str
        def __init__(self, display_name: _Optional[str] = ..., ticket_type: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    BUYER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROMO_CODE_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    ATTENDEES_FIELD_NUMBER: _ClassVar[int]
    EXTENDED_FIELD_NUMBER: _ClassVar[int]
    DISPUTED_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    event: str
    items: _containers.RepeatedCompositeFieldContainer[Booking.Item]
    buyer: str
    state: Booking.State
    total: _money_pb2.Money
    tickets: _containers.RepeatedCompositeFieldContainer[Ticket]
    expire_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    promo_code: str
    discount: _money_pb2.Money
    attendees: _containers.RepeatedCompositeFieldContainer[Booking.Attendee]
    extended: bool
    disputed: bool
    etag: str
    def __init__(self, name: _Optional[str] = ..., event: _Optional[str] = ..., items: _Optional[_Iterable[_Union[Booking.Item, _Mapping]]] = ..., buyer: _Optional[str] = ..., state: _Optional[_Union[Booking.State, str]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., tickets: _Optional[_Iterable[_Union[Ticket, _Mapping]]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., promo_code: _Optional[str] = ..., discount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., attendees: _Optional[_Iterable[_Union[Booking.Attendee, _Mapping]]] = ..., extended: _Optional[bool] = ..., disputed: _Optional[bool] = ..., etag: _Optional[str] = ...) -> None: ...

class Ticket(_message.Message):
    __slots__ = ("name", "ticket_type", "code", "event", "booking", "holder", "state", "transfer", "update_time", "check_in_time", "seat", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Ticket.State]
        STATE_VALID: _ClassVar[Ticket.State]
        STATE_CANCELLED: _ClassVar[Ticket.State]
        STATE_RETURNED: _ClassVar[Ticket.State]
        STATE_USED: _ClassVar[Ticket.State]
        STATE_SUSPENDED: _ClassVar[Ticket.State]
    STATE_UNSPECIFIED: Ticket.State
    STATE_VALID: Ticket.State
    STATE_CANCELLED: Ticket.State
    STATE_RETURNED: Ticket.State
    STATE_USED: Ticket.State
    STATE_SUSPENDED: Ticket.State
    class Transfer(_message.Message):
        __slots__ = ("token", "recipient", "expire_time")
        TOKEN_FIELD_NUMBER: _ClassVar[int]
        RECIPIENT_FIELD_NUMBER: _ClassVar[int]
        EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
        token: str
        recipient: str
        expire_time: _timestamp_pb2.Timestamp
        def __init__(self, token: _Optional[str] = ..., recipient: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CHECK_IN_TIME_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    ticket_type: str
    code: str
    event: str
    booking: str
    holder: str
    state: Ticket.State
    transfer: Ticket.Transfer
    update_time: _timestamp_pb2.Timestamp
    check_in_time: _timestamp_pb2.Timestamp
    seat: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., ticket_type: _Optional[str] = ..., code: _Optional[str] = ..., event: _Optional[str] = ..., booking: _Optional[str] = ..., holder: _Optional[str] = ..., state: _Optional[_Union[Ticket.State, str]] = ..., transfer: _Optional[_Union[Ticket.Transfer, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., check_in_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seat: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class Availability(_message.Message):
    __slots__ = ("name", "entries")
    class Entry(_message.Message):
        __slots__ = ("ticket_type", "capacity", "free", "held", "sold", "on_sale", "price", "waiting")
        TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
        CAPACITY_FIELD_NUMBER: _ClassVar[int]
        FREE_FIELD_NUMBER: _ClassVar[int]
        HELD_FIELD_NUMBER: _ClassVar[int]
        SOLD_FIELD_NUMBER: _ClassVar[int]
        ON_SALE_FIELD_NUMBER: _ClassVar[int]
        PRICE_FIELD_NUMBER: _ClassVar[int]
        WAITING_FIELD_NUMBER: _ClassVar[int]
        ticket_type: str
        capacity: int
        free: int
        held: int
        sold: int
        on_sale: bool
        price: _money_pb2.Money
        waiting: int
        def __init__(self, ticket_type: _Optional[str] = ..., capacity: _Optional[int] = ..., free: _Optional[int] = ..., held: _Optional[int] = ..., sold: _Optional[int] = ..., on_sale: _Optional[bool] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., waiting: _Optional[int] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    entries: _containers.RepeatedCompositeFieldContainer[Availability.Entry]
    def __init__(self, name: _Optional[str] = ..., entries: _Optional[_Iterable[_Union[Availability.Entry, _Mapping]]] = ...) -> None: ...

class CreateBookingRequest(_message.Message):
    __slots__ = ("parent", "booking", "request_id", "admission")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ADMISSION_FIELD_NUMBER: _ClassVar[int]
    parent: str
    booking: Booking
    request_id: str
    admission: str
    def __init__(self, parent: _Optional[str] = ..., booking: _Optional[_Union[Booking, _Mapping]] = ..., request_id: _Optional[str] = ..., admission: _Optional[str] = ...) -> None: ...

class GetBookingRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListBookingsRequest(_message.Message):
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

class ListBookingsResponse(_message.Message):
    __slots__ = ("bookings", "next_page_token")
    BOOKINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    bookings: _containers.RepeatedCompositeFieldContainer[Booking]
    next_page_token: str
    def __init__(self, bookings: _Optional[_Iterable[_Union[Booking, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListMyBookingsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMyBookingsResponse(_message.Message):
    __slots__ = ("bookings", "next_page_token")
    BOOKINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    bookings: _containers.RepeatedCompositeFieldContainer[Booking]
    next_page_token: str
    def __init__(self, bookings: _Optional[_Iterable[_Union[Booking, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateBookingRequest(_message.Message):
    __slots__ = ("booking", "update_mask", "request_id")
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    booking: Booking
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, booking: _Optional[_Union[Booking, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ExtendBookingRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CancelBookingRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetAvailabilityRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class BookingHeld(_message.Message):
    __slots__ = ("booking", "event", "buyer", "items", "total", "expire_time")
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    BUYER_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    booking: str
    event: str
    buyer: str
    items: _containers.RepeatedCompositeFieldContainer[Booking.Item]
    total: _money_pb2.Money
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, booking: _Optional[str] = ..., event: _Optional[str] = ..., buyer: _Optional[str] = ..., items: _Optional[_Iterable[_Union[Booking.Item, _Mapping]]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BookingRefused(_message.Message):
    __slots__ = ("event", "buyer", "reason")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    BUYER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    event: str
    buyer: str
    reason: str
    def __init__(self, event: _Optional[str] = ..., buyer: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class BookingConfirmed(_message.Message):
    __slots__ = ("booking", "event", "buyer", "tickets", "total")
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    BUYER_FIELD_NUMBER: _ClassVar[int]
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    booking: str
    event: str
    buyer: str
    tickets: _containers.RepeatedCompositeFieldContainer[Ticket]
    total: _money_pb2.Money
    def __init__(self, booking: _Optional[str] = ..., event: _Optional[str] = ..., buyer: _Optional[str] = ..., tickets: _Optional[_Iterable[_Union[Ticket, _Mapping]]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class BookingLapsed(_message.Message):
    __slots__ = ("booking", "event", "buyer")
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    BUYER_FIELD_NUMBER: _ClassVar[int]
    booking: str
    event: str
    buyer: str
    def __init__(self, booking: _Optional[str] = ..., event: _Optional[str] = ..., buyer: _Optional[str] = ...) -> None: ...

class BookingCancelled(_message.Message):
    __slots__ = ("booking", "event", "buyer", "cause")
    class Cause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CAUSE_UNSPECIFIED: _ClassVar[BookingCancelled.Cause]
        CAUSE_BUYER: _ClassVar[BookingCancelled.Cause]
        CAUSE_ORGANIZER: _ClassVar[BookingCancelled.Cause]
        CAUSE_EVENT: _ClassVar[BookingCancelled.Cause]
    CAUSE_UNSPECIFIED: BookingCancelled.Cause
    CAUSE_BUYER: BookingCancelled.Cause
    CAUSE_ORGANIZER: BookingCancelled.Cause
    CAUSE_EVENT: BookingCancelled.Cause
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    BUYER_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    booking: str
    event: str
    buyer: str
    cause: BookingCancelled.Cause
    def __init__(self, booking: _Optional[str] = ..., event: _Optional[str] = ..., buyer: _Optional[str] = ..., cause: _Optional[_Union[BookingCancelled.Cause, str]] = ...) -> None: ...

class BookingForfeited(_message.Message):
    __slots__ = ("booking", "event", "buyer", "payment")
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    BUYER_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    booking: str
    event: str
    buyer: str
    payment: str
    def __init__(self, booking: _Optional[str] = ..., event: _Optional[str] = ..., buyer: _Optional[str] = ..., payment: _Optional[str] = ...) -> None: ...
