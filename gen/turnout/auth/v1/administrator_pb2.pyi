import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.auth.v1 import auth_pb2 as _auth_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Administrator(_message.Message):
    __slots__ = ("user", "email", "display_name", "creator", "create_time")
    USER_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    user: str
    email: str
    display_name: str
    creator: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, user: _Optional[str] = ..., email: _Optional[str] = ..., display_name: _Optional[str] = ..., creator: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RegisterAdministratorRequest(_message.Message):
    __slots__ = ("user", "password", "bootstrap_secret", "request_id")
    USER_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    BOOTSTRAP_SECRET_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user: _auth_pb2.User
    password: str
    bootstrap_secret: str
    request_id: str
    def __init__(self, user: _Optional[_Union[_auth_pb2.User, _Mapping]] = ..., password: _Optional[str] = ..., bootstrap_secret: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class LoginAdministratorRequest(_message.Message):
    __slots__ = ("email", "password", "second_factor_code", "remember_device", "device_token")
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    SECOND_FACTOR_CODE_FIELD_NUMBER: _ClassVar[int]
    REMEMBER_DEVICE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    email: str
    password: str
    second_factor_code: str
    remember_device: bool
    device_token: str
    def __init__(self, email: _Optional[str] = ..., password: _Optional[str] = ..., second_factor_code: _Optional[str] = ..., remember_device: _Optional[bool] = ..., device_token: _Optional[str] = ...) -> None: ...

class ListAdministratorsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAdministratorsResponse(_message.Message):
    __slots__ = ("administrators", "next_page_token")
    ADMINISTRATORS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    administrators: _containers.RepeatedCompositeFieldContainer[Administrator]
    next_page_token: str
    def __init__(self, administrators: _Optional[_Iterable[_Union[Administrator, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RemoveAdministratorRequest(_message.Message):
    __slots__ = ("user", "request_id")
    USER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user: str
    request_id: str
    def __init__(self, user: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...
