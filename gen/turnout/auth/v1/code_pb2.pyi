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
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Challenge(_message.Message):
    __slots__ = ("challenge", "expire_time")
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    challenge: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, challenge: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ForgotPasswordRequest(_message.Message):
    __slots__ = ("email",)
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    email: str
    def __init__(self, email: _Optional[str] = ...) -> None: ...

class ResetPasswordRequest(_message.Message):
    __slots__ = ("challenge", "code", "new_password")
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    NEW_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    challenge: str
    code: str
    new_password: str
    def __init__(self, challenge: _Optional[str] = ..., code: _Optional[str] = ..., new_password: _Optional[str] = ...) -> None: ...

class SendCodeRequest(_message.Message):
    __slots__ = ("name", "subject", "request_id")
    class Subject(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SUBJECT_UNSPECIFIED: _ClassVar[SendCodeRequest.Subject]
        SUBJECT_EMAIL: _ClassVar[SendCodeRequest.Subject]
        SUBJECT_PHONE: _ClassVar[SendCodeRequest.Subject]
    SUBJECT_UNSPECIFIED: SendCodeRequest.Subject
    SUBJECT_EMAIL: SendCodeRequest.Subject
    SUBJECT_PHONE: SendCodeRequest.Subject
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    subject: SendCodeRequest.Subject
    request_id: str
    def __init__(self, name: _Optional[str] = ..., subject: _Optional[_Union[SendCodeRequest.Subject, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class VerifyCodeRequest(_message.Message):
    __slots__ = ("name", "challenge", "code", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    challenge: str
    code: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., challenge: _Optional[str] = ..., code: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...
