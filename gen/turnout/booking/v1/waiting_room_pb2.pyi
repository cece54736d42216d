import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WaitingRoom(_message.Message):
    __slots__ = ("name", "mode", "rate_per_minute", "shuffling", "open_time", "guarding", "waiting", "etag")
    class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODE_UNSPECIFIED: _ClassVar[WaitingRoom.Mode]
        MODE_OFF: _ClassVar[WaitingRoom.Mode]
        MODE_ON: _ClassVar[WaitingRoom.Mode]
        MODE_AUTOMATIC: _ClassVar[WaitingRoom.Mode]
    MODE_UNSPECIFIED: WaitingRoom.Mode
    MODE_OFF: WaitingRoom.Mode
    MODE_ON: WaitingRoom.Mode
    MODE_AUTOMATIC: WaitingRoom.Mode
    NAME_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    RATE_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    SHUFFLING_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    GUARDING_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    mode: WaitingRoom.Mode
    rate_per_minute: int
    shuffling: bool
    open_time: _timestamp_pb2.Timestamp
    guarding: bool
    waiting: int
    etag: str
    def __init__(self, name: _Optional[str] = ..., mode: _Optional[_Union[WaitingRoom.Mode, str]] = ..., rate_per_minute: _Optional[int] = ..., shuffling: _Optional[bool] = ..., open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., guarding: _Optional[bool] = ..., waiting: _Optional[int] = ..., etag: _Optional[str] = ...) -> None: ...

class WaitingRoomPlace(_message.Message):
    __slots__ = ("name", "event", "person", "state", "position", "estimated_wait", "token", "expire_time", "create_time", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[WaitingRoomPlace.State]
        STATE_WAITING: _ClassVar[WaitingRoomPlace.State]
        STATE_ADMITTED: _ClassVar[WaitingRoomPlace.State]
    STATE_UNSPECIFIED: WaitingRoomPlace.State
    STATE_WAITING: WaitingRoomPlace.State
    STATE_ADMITTED: WaitingRoomPlace.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_WAIT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    event: str
    person: str
    state: WaitingRoomPlace.State
    position: int
    estimated_wait: _duration_pb2.Duration
    token: str
    expire_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., event: _Optional[str] = ..., person: _Optional[str] = ..., state: _Optional[_Union[WaitingRoomPlace.State, str]] = ..., position: _Optional[int] = ..., estimated_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., token: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CreateWaitingRoomPlaceRequest(_message.Message):
    __slots__ = ("parent", "waiting_room_place", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    WAITING_ROOM_PLACE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    waiting_room_place: WaitingRoomPlace
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., waiting_room_place: _Optional[_Union[WaitingRoomPlace, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetWaitingRoomPlaceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class WatchWaitingRoomPlaceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetWaitingRoomRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class UpdateWaitingRoomRequest(_message.Message):
    __slots__ = ("waiting_room", "update_mask")
    WAITING_ROOM_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    waiting_room: WaitingRoom
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, waiting_room: _Optional[_Union[WaitingRoom, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...
