import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Hour(_message.Message):
    __slots__ = ("event", "begin_time", "position_count", "distance_meters", "travel_duration", "mean_speed_meters_per_second", "arrival_count", "punctual_count", "mean_lateness")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    POSITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_DURATION_FIELD_NUMBER: _ClassVar[int]
    MEAN_SPEED_METERS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    PUNCTUAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEAN_LATENESS_FIELD_NUMBER: _ClassVar[int]
    event: str
    begin_time: _timestamp_pb2.Timestamp
    position_count: int
    distance_meters: float
    travel_duration: _duration_pb2.Duration
    mean_speed_meters_per_second: float
    arrival_count: int
    punctual_count: int
    mean_lateness: _duration_pb2.Duration
    def __init__(self, event: _Optional[str] = ..., begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., position_count: _Optional[int] = ..., distance_meters: _Optional[float] = ..., travel_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., mean_speed_meters_per_second: _Optional[float] = ..., arrival_count: _Optional[int] = ..., punctual_count: _Optional[int] = ..., mean_lateness: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ListHoursRequest(_message.Message):
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

class ListHoursResponse(_message.Message):
    __slots__ = ("hours", "next_page_token")
    HOURS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    hours: _containers.RepeatedCompositeFieldContainer[Hour]
    next_page_token: str
    def __init__(self, hours: _Optional[_Iterable[_Union[Hour, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
