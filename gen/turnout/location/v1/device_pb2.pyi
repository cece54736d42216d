from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Device(_message.Message):
    __slots__ = ("name", "key", "own_tracks_uri", "traccar_uri", "osmand_uri")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    OWN_TRACKS_URI_FIELD_NUMBER: _ClassVar[int]
    TRACCAR_URI_FIELD_NUMBER: _ClassVar[int]
    OSMAND_URI_FIELD_NUMBER: _ClassVar[int]
    name: str
    key: str
    own_tracks_uri: str
    traccar_uri: str
    osmand_uri: str
    def __init__(self, name: _Optional[str] = ..., key: _Optional[str] = ..., own_tracks_uri: _Optional[str] = ..., traccar_uri: _Optional[str] = ..., osmand_uri: _Optional[str] = ...) -> None: ...

class GetDeviceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ReceiveOwnTracksRequest(_message.Message):
    __slots__ = ("key", "body")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    key: str
    body: _httpbody_pb2.HttpBody
    def __init__(self, key: _Optional[str] = ..., body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class ReceiveOsmAndRequest(_message.Message):
    __slots__ = ("id", "deviceid", "lat", "lon", "location", "timestamp", "speed", "bearing", "heading", "accuracy", "hdop", "body", "altitude", "batt")
    ID_FIELD_NUMBER: _ClassVar[int]
    DEVICEID_FIELD_NUMBER: _ClassVar[int]
    LAT_FIELD_NUMBER: _ClassVar[int]
    LON_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    BEARING_FIELD_NUMBER: _ClassVar[int]
    HEADING_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_FIELD_NUMBER: _ClassVar[int]
    HDOP_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    ALTITUDE_FIELD_NUMBER: _ClassVar[int]
    BATT_FIELD_NUMBER: _ClassVar[int]
    id: str
    deviceid: str
    lat: str
    lon: str
    location: str
    timestamp: str
    speed: str
    bearing: str
    heading: str
    accuracy: str
    hdop: str
    body: _httpbody_pb2.HttpBody
    altitude: str
    batt: str
    def __init__(self, id: _Optional[str] = ..., deviceid: _Optional[str] = ..., lat: _Optional[str] = ..., lon: _Optional[str] = ..., location: _Optional[str] = ..., timestamp: _Optional[str] = ..., speed: _Optional[str] = ..., bearing: _Optional[str] = ..., heading: _Optional[str] = ..., accuracy: _Optional[str] = ..., hdop: _Optional[str] = ..., body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ..., altitude: _Optional[str] = ..., batt: _Optional[str] = ...) -> None: ...
