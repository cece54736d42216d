import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import latlng_pb2 as _latlng_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Geofence(_message.Message):
    __slots__ = ("name", "event", "display_name", "circle", "geo_json", "dwell_duration", "create_time", "update_time", "etag")
    class Circle(_message.Message):
        __slots__ = ("center", "radius_meters")
        CENTER_FIELD_NUMBER: _ClassVar[int]
        RADIUS_METERS_FIELD_NUMBER: _ClassVar[int]
        center: _latlng_pb2.LatLng
        radius_meters: float
        def __init__(self, center: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., radius_meters: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CIRCLE_FIELD_NUMBER: _ClassVar[int]
    GEO_JSON_FIELD_NUMBER: _ClassVar[int]
    DWELL_DURATION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    event: str
    display_name: str
    circle: Geofence.Circle
    geo_json: str
    dwell_duration: _duration_pb2.Duration
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., event: _Optional[str] = ..., display_name: _Optional[str] = ..., circle: _Optional[_Union[Geofence.Circle, _Mapping]] = ..., geo_json: _Optional[str] = ..., dwell_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class GeofenceTransition(_message.Message):
    __slots__ = ("geofence", "journey", "traveler", "kind", "transition_time", "retract_time")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[GeofenceTransition.Kind]
        KIND_ENTER: _ClassVar[GeofenceTransition.Kind]
        KIND_DWELL: _ClassVar[GeofenceTransition.Kind]
        KIND_EXIT: _ClassVar[GeofenceTransition.Kind]
    KIND_UNSPECIFIED: GeofenceTransition.Kind
    KIND_ENTER: GeofenceTransition.Kind
    KIND_DWELL: GeofenceTransition.Kind
    KIND_EXIT: GeofenceTransition.Kind
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_TIME_FIELD_NUMBER: _ClassVar[int]
    RETRACT_TIME_FIELD_NUMBER: _ClassVar[int]
    geofence: str
    journey: str
    traveler: str
    kind: GeofenceTransition.Kind
    transition_time: _timestamp_pb2.Timestamp
    retract_time: _timestamp_pb2.Timestamp
    def __init__(self, geofence: _Optional[str] = ..., journey: _Optional[str] = ..., traveler: _Optional[str] = ..., kind: _Optional[_Union[GeofenceTransition.Kind, str]] = ..., transition_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retract_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateGeofenceRequest(_message.Message):
    __slots__ = ("parent", "geofence", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    geofence: Geofence
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., geofence: _Optional[_Union[Geofence, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetGeofenceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListGeofencesRequest(_message.Message):
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

class ListGeofencesResponse(_message.Message):
    __slots__ = ("geofences", "next_page_token")
    GEOFENCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    geofences: _containers.RepeatedCompositeFieldContainer[Geofence]
    next_page_token: str
    def __init__(self, geofences: _Optional[_Iterable[_Union[Geofence, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateGeofenceRequest(_message.Message):
    __slots__ = ("geofence", "update_mask", "request_id")
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    geofence: Geofence
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, geofence: _Optional[_Union[Geofence, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteGeofenceRequest(_message.Message):
    __slots__ = ("name", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class ListEventTransitionsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEventTransitionsResponse(_message.Message):
    __slots__ = ("transitions", "next_page_token")
    TRANSITIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    transitions: _containers.RepeatedCompositeFieldContainer[GeofenceTransition]
    next_page_token: str
    def __init__(self, transitions: _Optional[_Iterable[_Union[GeofenceTransition, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListJourneyTransitionsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListJourneyTransitionsResponse(_message.Message):
    __slots__ = ("transitions", "next_page_token")
    TRANSITIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    transitions: _containers.RepeatedCompositeFieldContainer[GeofenceTransition]
    next_page_token: str
    def __init__(self, transitions: _Optional[_Iterable[_Union[GeofenceTransition, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GeofenceEntered(_message.Message):
    __slots__ = ("geofence", "event", "journey", "traveler", "transition_time")
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_TIME_FIELD_NUMBER: _ClassVar[int]
    geofence: str
    event: str
    journey: str
    traveler: str
    transition_time: _timestamp_pb2.Timestamp
    def __init__(self, geofence: _Optional[str] = ..., event: _Optional[str] = ..., journey: _Optional[str] = ..., traveler: _Optional[str] = ..., transition_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GeofenceDwelled(_message.Message):
    __slots__ = ("geofence", "event", "journey", "traveler", "transition_time")
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_TIME_FIELD_NUMBER: _ClassVar[int]
    geofence: str
    event: str
    journey: str
    traveler: str
    transition_time: _timestamp_pb2.Timestamp
    def __init__(self, geofence: _Optional[str] = ..., event: _Optional[str] = ..., journey: _Optional[str] = ..., traveler: _Optional[str] = ..., transition_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GeofenceExited(_message.Message):
    __slots__ = ("geofence", "event", "journey", "traveler", "transition_time")
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_TIME_FIELD_NUMBER: _ClassVar[int]
    geofence: str
    event: str
    journey: str
    traveler: str
    transition_time: _timestamp_pb2.Timestamp
    def __init__(self, geofence: _Optional[str] = ..., event: _Optional[str] = ..., journey: _Optional[str] = ..., traveler: _Optional[str] = ..., transition_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GeofenceTransitionRetracted(_message.Message):
    __slots__ = ("geofence", "event", "journey", "traveler", "kind", "transition_time")
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_TIME_FIELD_NUMBER: _ClassVar[int]
    geofence: str
    event: str
    journey: str
    traveler: str
    kind: GeofenceTransition.Kind
    transition_time: _timestamp_pb2.Timestamp
    def __init__(self, geofence: _Optional[str] = ..., event: _Optional[str] = ..., journey: _Optional[str] = ..., traveler: _Optional[str] = ..., kind: _Optional[_Union[GeofenceTransition.Kind, str]] = ..., transition_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
