from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.type import latlng_pb2 as _latlng_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from turnout.location.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Eta(_message.Message):
    __slots__ = ("name", "traveler", "state", "arrival")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    name: str
    traveler: str
    state: _location_pb2.Journey.State
    arrival: _location_pb2.Arrival
    def __init__(self, name: _Optional[str] = ..., traveler: _Optional[str] = ..., state: _Optional[_Union[_location_pb2.Journey.State, str]] = ..., arrival: _Optional[_Union[_location_pb2.Arrival, _Mapping]] = ...) -> None: ...

class Latest(_message.Message):
    __slots__ = ("name", "traveler", "position", "distance_meters")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    traveler: str
    position: _location_pb2.Position
    distance_meters: float
    def __init__(self, name: _Optional[str] = ..., traveler: _Optional[str] = ..., position: _Optional[_Union[_location_pb2.Position, _Mapping]] = ..., distance_meters: _Optional[float] = ...) -> None: ...

class ListEtasRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEtasResponse(_message.Message):
    __slots__ = ("etas", "next_page_token")
    ETAS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    etas: _containers.RepeatedCompositeFieldContainer[Eta]
    next_page_token: str
    def __init__(self, etas: _Optional[_Iterable[_Union[Eta, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetEtaRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetLatestRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListNearbyRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "near", "radius_meters")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NEAR_FIELD_NUMBER: _ClassVar[int]
    RADIUS_METERS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    near: _latlng_pb2.LatLng
    radius_meters: int
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., near: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., radius_meters: _Optional[int] = ...) -> None: ...

class ListNearbyResponse(_message.Message):
    __slots__ = ("latest", "next_page_token")
    LATEST_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    latest: _containers.RepeatedCompositeFieldContainer[Latest]
    next_page_token: str
    def __init__(self, latest: _Optional[_Iterable[_Union[Latest, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
