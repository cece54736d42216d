import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import datetime_pb2 as _datetime_pb2
from google.type import latlng_pb2 as _latlng_pb2
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

class Event(_message.Message):
    __slots__ = ("name", "display_name", "description", "state", "venue", "start_time", "end_time", "ticket_types", "cancel_reason", "create_time", "update_time", "publish_time", "cancel_time", "pools", "complete_time", "type", "mode", "join_uri", "category", "tags", "min_age_years", "other_language_codes", "language_code", "series", "original_start_time", "refund_policy", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Event.State]
        STATE_DRAFT: _ClassVar[Event.State]
        STATE_PUBLISHED: _ClassVar[Event.State]
        STATE_CANCELLED: _ClassVar[Event.State]
        STATE_COMPLETED: _ClassVar[Event.State]
        STATE_TEMPLATE: _ClassVar[Event.State]
    STATE_UNSPECIFIED: Event.State
    STATE_DRAFT: Event.State
    STATE_PUBLISHED: Event.State
    STATE_CANCELLED: Event.State
    STATE_COMPLETED: Event.State
    STATE_TEMPLATE: Event.State
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[Event.Type]
        TYPE_DEMAND: _ClassVar[Event.Type]
        TYPE_PERIODIC: _ClassVar[Event.Type]
    TYPE_UNSPECIFIED: Event.Type
    TYPE_DEMAND: Event.Type
    TYPE_PERIODIC: Event.Type
    class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODE_UNSPECIFIED: _ClassVar[Event.Mode]
        MODE_ON_SITE: _ClassVar[Event.Mode]
        MODE_ONLINE: _ClassVar[Event.Mode]
        MODE_HYBRID: _ClassVar[Event.Mode]
    MODE_UNSPECIFIED: Event.Mode
    MODE_ON_SITE: Event.Mode
    MODE_ONLINE: Event.Mode
    MODE_HYBRID: Event.Mode
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TICKET_TYPES_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    CANCEL_TIME_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    JOIN_URI_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    MIN_AGE_YEARS_FIELD_NUMBER: _ClassVar[int]
    OTHER_LANGUAGE_CODES_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_START_TIME_FIELD_NUMBER: _ClassVar[int]
    REFUND_POLICY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    description: str
    state: Event.State
    venue: Venue
    start_time: _datetime_pb2.DateTime
    end_time: _datetime_pb2.DateTime
    ticket_types: _containers.RepeatedCompositeFieldContainer[TicketType]
    cancel_reason: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    publish_time: _timestamp_pb2.Timestamp
    cancel_time: _timestamp_pb2.Timestamp
    pools: _containers.RepeatedCompositeFieldContainer[Pool]
    complete_time: _timestamp_pb2.Timestamp
    type: Event.Type
    mode: Event.Mode
    join_uri: str
    category: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    min_age_years: int
    other_language_codes: _containers.RepeatedScalarFieldContainer[str]
    language_code: str
    series: str
    original_start_time: _datetime_pb2.DateTime
    refund_policy: RefundPolicy
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., state: _Optional[_Union[Event.State, str]] = ..., venue: _Optional[_Union[Venue, _Mapping]] = ..., start_time: _Optional[_Union[_datetime_pb2.DateTime, _Mapping]] = ..., end_time: _Optional[_Union[_datetime_pb2.DateTime, _Mapping]] = ..., ticket_types: _Optional[_Iterable[_Union[TicketType, _Mapping]]] = ..., cancel_reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cancel_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., pools: _Optional[_Iterable[_Union[Pool, _Mapping]]] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., type: _Optional[_Union[Event.Type, str]] = ..., mode: _Optional[_Union[Event.Mode, str]] = ..., join_uri: _Optional[str] = ..., category: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., min_age_years: _Optional[int] = ..., other_language_codes: _Optional[_Iterable[str]] = ..., language_code: _Optional[str] = ..., series: _Optional[str] = ..., original_start_time: _Optional[_Union[_datetime_pb2.DateTime, _Mapping]] = ..., refund_policy: _Optional[_Union[RefundPolicy, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Venue(_message.Message):
    __slots__ = ("display_name", "address", "city", "location", "arrival_radius_meters", "time_zone", "rooms", "layout")
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_RADIUS_METERS_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    address: str
    city: str
    location: _latlng_pb2.LatLng
    arrival_radius_meters: int
    time_zone: str
    rooms: _containers.RepeatedCompositeFieldContainer[Room]
    layout: Layout
    def __init__(self, display_name: _Optional[str] = ..., address: _Optional[str] = ..., city: _Optional[str] = ..., location: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., arrival_radius_meters: _Optional[int] = ..., time_zone: _Optional[str] = ..., rooms: _Optional[_Iterable[_Union[Room, _Mapping]]] = ..., layout: _Optional[_Union[Layout, _Mapping]] = ...) -> None: ...

class Room(_message.Message):
    __slots__ = ("id", "display_name", "capacity")
    ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    id: str
    display_name: str
    capacity: int
    def __init__(self, id: _Optional[str] = ..., display_name: _Optional[str] = ..., capacity: _Optional[int] = ...) -> None: ...

class Layout(_message.Message):
    __slots__ = ("sections",)
    SECTIONS_FIELD_NUMBER: _ClassVar[int]
    sections: _containers.RepeatedCompositeFieldContainer[Section]
    def __init__(self, sections: _Optional[_Iterable[_Union[Section, _Mapping]]] = ...) -> None: ...

class Section(_message.Message):
    __slots__ = ("id", "display_name", "room", "rows", "standing")
    ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    id: str
    display_name: str
    room: str
    rows: _containers.RepeatedCompositeFieldContainer[Row]
    standing: int
    def __init__(self, id: _Optional[str] = ..., display_name: _Optional[str] = ..., room: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[Row, _Mapping]]] = ..., standing: _Optional[int] = ...) -> None: ...

class Row(_message.Message):
    __slots__ = ("id", "seats")
    ID_FIELD_NUMBER: _ClassVar[int]
    SEATS_FIELD_NUMBER: _ClassVar[int]
    id: str
    seats: _containers.RepeatedCompositeFieldContainer[Seat]
    def __init__(self, id: _Optional[str] = ..., seats: _Optional[_Iterable[_Union[Seat, _Mapping]]] = ...) -> None: ...

class Seat(_message.Message):
    __slots__ = ("id", "accessible", "gap")
    ID_FIELD_NUMBER: _ClassVar[int]
    ACCESSIBLE_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    id: str
    accessible: bool
    gap: bool
    def __init__(self, id: _Optional[str] = ..., accessible: _Optional[bool] = ..., gap: _Optional[bool] = ...) -> None: ...

class Pool(_message.Message):
    __slots__ = ("id", "display_name", "capacity")
    ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    id: str
    display_name: str
    capacity: int
    def __init__(self, id: _Optional[str] = ..., display_name: _Optional[str] = ..., capacity: _Optional[int] = ...) -> None: ...

class TicketType(_message.Message):
    __slots__ = ("id", "display_name", "price", "capacity", "sale_start_time", "sale_end_time", "description", "tax_basis_points", "pool", "max_per_person", "min_per_order", "max_per_order", "hidden", "price_steps", "sections")
    ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    SALE_START_TIME_FIELD_NUMBER: _ClassVar[int]
    SALE_END_TIME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAX_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    MAX_PER_PERSON_FIELD_NUMBER: _ClassVar[int]
    MIN_PER_ORDER_FIELD_NUMBER: _ClassVar[int]
    MAX_PER_ORDER_FIELD_NUMBER: _ClassVar[int]
    HIDDEN_FIELD_NUMBER: _ClassVar[int]
    PRICE_STEPS_FIELD_NUMBER: _ClassVar[int]
    SECTIONS_FIELD_NUMBER: _ClassVar[int]
    id: str
    display_name: str
    price: _money_pb2.Money
    capacity: int
    sale_start_time: _timestamp_pb2.Timestamp
    sale_end_time: _timestamp_pb2.Timestamp
    description: str
    tax_basis_points: int
    pool: str
    max_per_person: int
    min_per_order: int
    max_per_order: int
    hidden: bool
    price_steps: _containers.RepeatedCompositeFieldContainer[PriceStep]
    sections: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., display_name: _Optional[str] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., capacity: _Optional[int] = ..., sale_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sale_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., description: _Optional[str] = ..., tax_basis_points: _Optional[int] = ..., pool: _Optional[str] = ..., max_per_person: _Optional[int] = ..., min_per_order: _Optional[int] = ..., max_per_order: _Optional[int] = ..., hidden: _Optional[bool] = ..., price_steps: _Optional[_Iterable[_Union[PriceStep, _Mapping]]] = ..., sections: _Optional[_Iterable[str]] = ...) -> None: ...

class RefundPolicy(_message.Message):
    __slots__ = ("tiers",)
    class Tier(_message.Message):
        __slots__ = ("days_before", "refund_basis_points")
        DAYS_BEFORE_FIELD_NUMBER: _ClassVar[int]
        REFUND_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
        days_before: int
        refund_basis_points: int
        def __init__(self, days_before: _Optional[int] = ..., refund_basis_points: _Optional[int] = ...) -> None: ...
    TIERS_FIELD_NUMBER: _ClassVar[int]
    tiers: _containers.RepeatedCompositeFieldContainer[RefundPolicy.Tier]
    def __init__(self, tiers: _Optional[_Iterable[_Union[RefundPolicy.Tier, _Mapping]]] = ...) -> None: ...

class PriceStep(_message.Message):
    __slots__ = ("price", "end_time", "seats")
    PRICE_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    SEATS_FIELD_NUMBER: _ClassVar[int]
    price: _money_pb2.Money
    end_time: _timestamp_pb2.Timestamp
    seats: int
    def __init__(self, price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seats: _Optional[int] = ...) -> None: ...

class CreateEventRequest(_message.Message):
    __slots__ = ("parent", "event", "request_id", "template")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    parent: str
    event: Event
    request_id: str
    template: bool
    def __init__(self, parent: _Optional[str] = ..., event: _Optional[_Union[Event, _Mapping]] = ..., request_id: _Optional[str] = ..., template: _Optional[bool] = ...) -> None: ...

class GetEventRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListEventsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "city", "end_after", "type", "date", "category", "tag", "state", "series")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    END_AFTER_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    city: str
    end_after: _timestamp_pb2.Timestamp
    type: str
    date: str
    category: str
    tag: str
    state: str
    series: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., city: _Optional[str] = ..., end_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., type: _Optional[str] = ..., date: _Optional[str] = ..., category: _Optional[str] = ..., tag: _Optional[str] = ..., state: _Optional[str] = ..., series: _Optional[str] = ...) -> None: ...

class ListEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateEventRequest(_message.Message):
    __slots__ = ("event", "update_mask")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    event: Event
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, event: _Optional[_Union[Event, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class PublishEventRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteEventRequest(_message.Message):
    __slots__ = ("name", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class UnpublishEventRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CompleteEventRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DuplicateEventRequest(_message.Message):
    __slots__ = ("name", "display_name", "start_time", "template", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    start_time: _datetime_pb2.DateTime
    template: bool
    request_id: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., start_time: _Optional[_Union[_datetime_pb2.DateTime, _Mapping]] = ..., template: _Optional[bool] = ..., request_id: _Optional[str] = ...) -> None: ...

class CancelEventRequest(_message.Message):
    __slots__ = ("name", "reason", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class Announcement(_message.Message):
    __slots__ = ("event", "display_name", "venue", "start_time", "end_time", "time_zone", "ticket_types", "pools", "mode", "refund_policy")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    TICKET_TYPES_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    REFUND_POLICY_FIELD_NUMBER: _ClassVar[int]
    event: str
    display_name: str
    venue: Venue
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    time_zone: str
    ticket_types: _containers.RepeatedCompositeFieldContainer[TicketType]
    pools: _containers.RepeatedCompositeFieldContainer[Pool]
    mode: Event.Mode
    refund_policy: RefundPolicy
    def __init__(self, event: _Optional[str] = ..., display_name: _Optional[str] = ..., venue: _Optional[_Union[Venue, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time_zone: _Optional[str] = ..., ticket_types: _Optional[_Iterable[_Union[TicketType, _Mapping]]] = ..., pools: _Optional[_Iterable[_Union[Pool, _Mapping]]] = ..., mode: _Optional[_Union[Event.Mode, str]] = ..., refund_policy: _Optional[_Union[RefundPolicy, _Mapping]] = ...) -> None: ...

class EventPublished(_message.Message):
    __slots__ = ("announcement",)
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    announcement: Announcement
    def __init__(self, announcement: _Optional[_Union[Announcement, _Mapping]] = ...) -> None: ...

class EventRevised(_message.Message):
    __slots__ = ("announcement",)
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    announcement: Announcement
    def __init__(self, announcement: _Optional[_Union[Announcement, _Mapping]] = ...) -> None: ...

class EventCancelled(_message.Message):
    __slots__ = ("event", "reason")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    event: str
    reason: str
    def __init__(self, event: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class EventUnpublished(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: str
    def __init__(self, event: _Optional[str] = ...) -> None: ...

class EventCompleted(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: str
    def __init__(self, event: _Optional[str] = ...) -> None: ...

class EventDeleted(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: str
    def __init__(self, event: _Optional[str] = ...) -> None: ...
