import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from turnout.location.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Trajectory(_message.Message):
    __slots__ = ("name", "positions", "position_count", "distance_meters", "begin_time", "end_time", "gap_count", "longest_gap", "tallies")
    class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VERDICT_UNSPECIFIED: _ClassVar[Trajectory.Verdict]
        VERDICT_GOOD: _ClassVar[Trajectory.Verdict]
        VERDICT_STANDING: _ClassVar[Trajectory.Verdict]
        VERDICT_DUPLICATE: _ClassVar[Trajectory.Verdict]
        VERDICT_OUT_OF_ORDER: _ClassVar[Trajectory.Verdict]
        VERDICT_ANCIENT: _ClassVar[Trajectory.Verdict]
        VERDICT_FUTURE: _ClassVar[Trajectory.Verdict]
        VERDICT_NOWHERE: _ClassVar[Trajectory.Verdict]
        VERDICT_COARSE: _ClassVar[Trajectory.Verdict]
        VERDICT_TELEPORT: _ClassVar[Trajectory.Verdict]
    VERDICT_UNSPECIFIED: Trajectory.Verdict
    VERDICT_GOOD: Trajectory.Verdict
    VERDICT_STANDING: Trajectory.Verdict
    VERDICT_DUPLICATE: Trajectory.Verdict
    VERDICT_OUT_OF_ORDER: Trajectory.Verdict
    VERDICT_ANCIENT: Trajectory.Verdict
    VERDICT_FUTURE: Trajectory.Verdict
    VERDICT_NOWHERE: Trajectory.Verdict
    VERDICT_COARSE: Trajectory.Verdict
    VERDICT_TELEPORT: Trajectory.Verdict
    class Tally(_message.Message):
        __slots__ = ("verdict", "count")
        VERDICT_FIELD_NUMBER: _ClassVar[int]
        COUNT_FIELD_NUMBER: _ClassVar[int]
        verdict: Trajectory.Verdict
        count: int
        def __init__(self, verdict: _Optional[_Union[Trajectory.Verdict, str]] = ..., count: _Optional[int] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    POSITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    GAP_COUNT_FIELD_NUMBER: _ClassVar[int]
    LONGEST_GAP_FIELD_NUMBER: _ClassVar[int]
    TALLIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    positions: _containers.RepeatedCompositeFieldContainer[_location_pb2.Position]
    position_count: int
    distance_meters: float
    begin_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    gap_count: int
    longest_gap: _duration_pb2.Duration
    tallies: _containers.RepeatedCompositeFieldContainer[Trajectory.Tally]
    def __init__(self, name: _Optional[str] = ..., positions: _Optional[_Iterable[_Union[_location_pb2.Position, _Mapping]]] = ..., position_count: _Optional[int] = ..., distance_meters: _Optional[float] = ..., begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., gap_count: _Optional[int] = ..., longest_gap: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tallies: _Optional[_Iterable[_Union[Trajectory.Tally, _Mapping]]] = ...) -> None: ...

class GetTrajectoryRequest(_message.Message):
    __slots__ = ("name", "tolerance_meters")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    tolerance_meters: float
    def __init__(self, name: _Optional[str] = ..., tolerance_meters: _Optional[float] = ...) -> None: ...

class ListTrajectoriesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "tolerance_meters")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    tolerance_meters: float
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., tolerance_meters: _Optional[float] = ...) -> None: ...

class ListTrajectoriesResponse(_message.Message):
    __slots__ = ("trajectories", "next_page_token")
    TRAJECTORIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    trajectories: _containers.RepeatedCompositeFieldContainer[Trajectory]
    next_page_token: str
    def __init__(self, trajectories: _Optional[_Iterable[_Union[Trajectory, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExportTrajectoryRequest(_message.Message):
    __slots__ = ("name", "format", "raw")
    class Format(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        FORMAT_UNSPECIFIED: _ClassVar[ExportTrajectoryRequest.Format]
        FORMAT_GPX: _ClassVar[ExportTrajectoryRequest.Format]
        FORMAT_GEOJSON: _ClassVar[ExportTrajectoryRequest.Format]
    FORMAT_UNSPECIFIED: ExportTrajectoryRequest.Format
    FORMAT_GPX: ExportTrajectoryRequest.Format
    FORMAT_GEOJSON: ExportTrajectoryRequest.Format
    NAME_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    name: str
    format: ExportTrajectoryRequest.Format
    raw: bool
    def __init__(self, name: _Optional[str] = ..., format: _Optional[_Union[ExportTrajectoryRequest.Format, str]] = ..., raw: _Optional[bool] = ...) -> None: ...

class StreamTrajectoryRequest(_message.Message):
    __slots__ = ("name", "resume_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    resume_token: str
    def __init__(self, name: _Optional[str] = ..., resume_token: _Optional[str] = ...) -> None: ...

class StreamTrajectoryResponse(_message.Message):
    __slots__ = ("positions", "resume_token")
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    positions: _containers.RepeatedCompositeFieldContainer[_location_pb2.Position]
    resume_token: str
    def __init__(self, positions: _Optional[_Iterable[_Union[_location_pb2.Position, _Mapping]]] = ..., resume_token: _Optional[str] = ...) -> None: ...
