import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PushDevice(_message.Message):
    __slots__ = ("name", "person", "display_name", "fcm_token", "web_push", "create_time", "etag")
    class WebPush(_message.Message):
        __slots__ = ("endpoint", "p256dh", "auth")
        ENDPOINT_FIELD_NUMBER: _ClassVar[int]
        P256DH_FIELD_NUMBER: _ClassVar[int]
        AUTH_FIELD_NUMBER: _ClassVar[int]
        endpoint: str
        p256dh: str
        auth: str
        def __init__(self, endpoint: _Optional[str] = ..., p256dh: _Optional[str] = ..., auth: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    FCM_TOKEN_FIELD_NUMBER: _ClassVar[int]
    WEB_PUSH_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    person: str
    display_name: str
    fcm_token: str
    web_push: PushDevice.WebPush
    create_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., person: _Optional[str] = ..., display_name: _Optional[str] = ..., fcm_token: _Optional[str] = ..., web_push: _Optional[_Union[PushDevice.WebPush, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CreatePushDeviceRequest(_message.Message):
    __slots__ = ("parent", "push_device", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PUSH_DEVICE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    push_device: PushDevice
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., push_device: _Optional[_Union[PushDevice, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetPushDeviceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListPushDevicesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPushDevicesResponse(_message.Message):
    __slots__ = ("push_devices", "next_page_token", "web_push_public_key")
    PUSH_DEVICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    WEB_PUSH_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    push_devices: _containers.RepeatedCompositeFieldContainer[PushDevice]
    next_page_token: str
    web_push_public_key: str
    def __init__(self, push_devices: _Optional[_Iterable[_Union[PushDevice, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., web_push_public_key: _Optional[str] = ...) -> None: ...

class DeletePushDeviceRequest(_message.Message):
    __slots__ = ("name", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...
