import datetime

from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SendNoticeRequest(_message.Message):
    __slots__ = ("kind", "recipient", "email", "phone", "display_name", "language_code", "code", "code_lifetime", "request_id")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[SendNoticeRequest.Kind]
        KIND_PASSWORD_CODE: _ClassVar[SendNoticeRequest.Kind]
        KIND_EMAIL_CODE: _ClassVar[SendNoticeRequest.Kind]
        KIND_PHONE_CODE: _ClassVar[SendNoticeRequest.Kind]
        KIND_PASSWORD_CHANGED: _ClassVar[SendNoticeRequest.Kind]
        KIND_EMAIL_CHANGED: _ClassVar[SendNoticeRequest.Kind]
        KIND_EMAIL_TAKEN: _ClassVar[SendNoticeRequest.Kind]
    KIND_UNSPECIFIED: SendNoticeRequest.Kind
    KIND_PASSWORD_CODE: SendNoticeRequest.Kind
    KIND_EMAIL_CODE: SendNoticeRequest.Kind
    KIND_PHONE_CODE: SendNoticeRequest.Kind
    KIND_PASSWORD_CHANGED: SendNoticeRequest.Kind
    KIND_EMAIL_CHANGED: SendNoticeRequest.Kind
    KIND_EMAIL_TAKEN: SendNoticeRequest.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CODE_LIFETIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    kind: SendNoticeRequest.Kind
    recipient: str
    email: str
    phone: str
    display_name: str
    language_code: str
    code: str
    code_lifetime: _duration_pb2.Duration
    request_id: str
    def __init__(self, kind: _Optional[_Union[SendNoticeRequest.Kind, str]] = ..., recipient: _Optional[str] = ..., email: _Optional[str] = ..., phone: _Optional[str] = ..., display_name: _Optional[str] = ..., language_code: _Optional[str] = ..., code: _Optional[str] = ..., code_lifetime: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class SendNoticeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
