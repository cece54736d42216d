import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import latlng_pb2 as _latlng_pb2
from google.type import money_pb2 as _money_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.event.v1 import event_pb2 as _event_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SearchEventsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "query", "query_language_code", "city", "language_code", "from_time", "until_time", "min_price", "max_price", "available", "near", "radius_meters", "order", "facets", "type", "mode", "category", "tags", "age_years")
    class Order(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ORDER_UNSPECIFIED: _ClassVar[SearchEventsRequest.Order]
        ORDER_RELEVANCE: _ClassVar[SearchEventsRequest.Order]
        ORDER_START_TIME: _ClassVar[SearchEventsRequest.Order]
        ORDER_DISTANCE: _ClassVar[SearchEventsRequest.Order]
    ORDER_UNSPECIFIED: SearchEventsRequest.Order
    ORDER_RELEVANCE: SearchEventsRequest.Order
    ORDER_START_TIME: SearchEventsRequest.Order
    ORDER_DISTANCE: SearchEventsRequest.Order
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    QUERY_LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    MIN_PRICE_FIELD_NUMBER: _ClassVar[int]
    MAX_PRICE_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    NEAR_FIELD_NUMBER: _ClassVar[int]
    RADIUS_METERS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    FACETS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    AGE_YEARS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    query: str
    query_language_code: str
    city: str
    language_code: str
    from_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    min_price: _money_pb2.Money
    max_price: _money_pb2.Money
    available: bool
    near: _latlng_pb2.LatLng
    radius_meters: float
    order: SearchEventsRequest.Order
    facets: bool
    type: _event_pb2.Event.Type
    mode: _event_pb2.Event.Mode
    category: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    age_years: int
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., query: _Optional[str] = ..., query_language_code: _Optional[str] = ..., city: _Optional[str] = ..., language_code: _Optional[str] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., min_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., max_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., available: _Optional[bool] = ..., near: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., radius_meters: _Optional[float] = ..., order: _Optional[_Union[SearchEventsRequest.Order, str]] = ..., facets: _Optional[bool] = ..., type: _Optional[_Union[_event_pb2.Event.Type, str]] = ..., mode: _Optional[_Union[_event_pb2.Event.Mode, str]] = ..., category: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., age_years: _Optional[int] = ...) -> None: ...

class SearchEventsResponse(_message.Message):
    __slots__ = ("results", "next_page_token", "facets")
    class Result(_message.Message):
        __slots__ = ("event", "distance_meters")
        EVENT_FIELD_NUMBER: _ClassVar[int]
        DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
        event: _event_pb2.Event
        distance_meters: float
        def __init__(self, event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ..., distance_meters: _Optional[float] = ...) -> None: ...
    class Facet(_message.Message):
        __slots__ = ("field", "counts", "capped")
        class Count(_message.Message):
            __slots__ = ("value", "count")
            VALUE_FIELD_NUMBER: _ClassVar[int]
            COUNT_FIELD_NUMBER: _ClassVar[int]
            value: str
            count: int
            def __init__(self, value: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...
        FIELD_FIELD_NUMBER: _ClassVar[int]
        COUNTS_FIELD_NUMBER: _ClassVar[int]
        CAPPED_FIELD_NUMBER: _ClassVar[int]
        field: str
        counts: _containers.RepeatedCompositeFieldContainer[SearchEventsResponse.Facet.Count]
        capped: bool
        def __init__(self, field: _Optional[str] = ..., counts: _Optional[_Iterable[_Union[SearchEventsResponse.Facet.Count, _Mapping]]] = ..., capped: _Optional[bool] = ...) -> None: ...
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FACETS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[SearchEventsResponse.Result]
    next_page_token: str
    facets: _containers.RepeatedCompositeFieldContainer[SearchEventsResponse.Facet]
    def __init__(self, results: _Optional[_Iterable[_Union[SearchEventsResponse.Result, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., facets: _Optional[_Iterable[_Union[SearchEventsResponse.Facet, _Mapping]]] = ...) -> None: ...
