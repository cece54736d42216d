import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AuditEntry(_message.Message):
    __slots__ = ("name", "actor", "action", "target", "result", "reason", "ip_address", "user_agent", "details", "create_time", "etag")
    class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ACTION_UNSPECIFIED: _ClassVar[AuditEntry.Action]
        ACTION_LOGIN: _ClassVar[AuditEntry.Action]
        ACTION_SESSION_REVOKE: _ClassVar[AuditEntry.Action]
        ACTION_USER_REGISTER: _ClassVar[AuditEntry.Action]
        ACTION_PASSWORD_CHANGE: _ClassVar[AuditEntry.Action]
        ACTION_USER_DEACTIVATE: _ClassVar[AuditEntry.Action]
        ACTION_USER_REACTIVATE: _ClassVar[AuditEntry.Action]
        ACTION_USER_DELETE: _ClassVar[AuditEntry.Action]
        ACTION_PASSWORD_RESET: _ClassVar[AuditEntry.Action]
        ACTION_EMAIL_VERIFY: _ClassVar[AuditEntry.Action]
        ACTION_PHONE_VERIFY: _ClassVar[AuditEntry.Action]
        ACTION_USER_UPDATE: _ClassVar[AuditEntry.Action]
        ACTION_ADMINISTRATOR_CREATE: _ClassVar[AuditEntry.Action]
        ACTION_ADMINISTRATOR_DELETE: _ClassVar[AuditEntry.Action]
        ACTION_SECOND_FACTOR_ADD: _ClassVar[AuditEntry.Action]
        ACTION_SECOND_FACTOR_REMOVE: _ClassVar[AuditEntry.Action]
        ACTION_SECOND_FACTOR_VERIFY: _ClassVar[AuditEntry.Action]
        ACTION_ORGANIZATION_CREATE: _ClassVar[AuditEntry.Action]
        ACTION_ORGANIZATION_UPDATE: _ClassVar[AuditEntry.Action]
        ACTION_ORGANIZATION_DELETE: _ClassVar[AuditEntry.Action]
        ACTION_MEMBER_CREATE: _ClassVar[AuditEntry.Action]
        ACTION_MEMBER_UPDATE: _ClassVar[AuditEntry.Action]
        ACTION_MEMBER_DELETE: _ClassVar[AuditEntry.Action]
        ACTION_INVITATION_CREATE: _ClassVar[AuditEntry.Action]
        ACTION_INVITATION_RESEND: _ClassVar[AuditEntry.Action]
        ACTION_INVITATION_REVOKE: _ClassVar[AuditEntry.Action]
        ACTION_INVITATION_ACCEPT: _ClassVar[AuditEntry.Action]
        ACTION_API_KEY_CREATE: _ClassVar[AuditEntry.Action]
        ACTION_API_KEY_ROTATE: _ClassVar[AuditEntry.Action]
        ACTION_API_KEY_REVOKE: _ClassVar[AuditEntry.Action]
        ACTION_IDENTITY_PROVIDER_CREATE: _ClassVar[AuditEntry.Action]
        ACTION_IDENTITY_PROVIDER_DELETE: _ClassVar[AuditEntry.Action]
        ACTION_IDENTITY_LINK: _ClassVar[AuditEntry.Action]
        ACTION_IDENTITY_PROVIDER_UPDATE: _ClassVar[AuditEntry.Action]
        ACTION_IDENTITY_UNLINK: _ClassVar[AuditEntry.Action]
    ACTION_UNSPECIFIED: AuditEntry.Action
    ACTION_LOGIN: AuditEntry.Action
    ACTION_SESSION_REVOKE: AuditEntry.Action
    ACTION_USER_REGISTER: AuditEntry.Action
    ACTION_PASSWORD_CHANGE: AuditEntry.Action
    ACTION_USER_DEACTIVATE: AuditEntry.Action
    ACTION_USER_REACTIVATE: AuditEntry.Action
    ACTION_USER_DELETE: AuditEntry.Action
    ACTION_PASSWORD_RESET: AuditEntry.Action
    ACTION_EMAIL_VERIFY: AuditEntry.Action
    ACTION_PHONE_VERIFY: AuditEntry.Action
    ACTION_USER_UPDATE: AuditEntry.Action
    ACTION_ADMINISTRATOR_CREATE: AuditEntry.Action
    ACTION_ADMINISTRATOR_DELETE: AuditEntry.Action
    ACTION_SECOND_FACTOR_ADD: AuditEntry.Action
    ACTION_SECOND_FACTOR_REMOVE: AuditEntry.Action
    ACTION_SECOND_FACTOR_VERIFY: AuditEntry.Action
    ACTION_ORGANIZATION_CREATE: AuditEntry.Action
    ACTION_ORGANIZATION_UPDATE: AuditEntry.Action
    ACTION_ORGANIZATION_DELETE: AuditEntry.Action
    ACTION_MEMBER_CREATE: AuditEntry.Action
    ACTION_MEMBER_UPDATE: AuditEntry.Action
    ACTION_MEMBER_DELETE: AuditEntry.Action
    ACTION_INVITATION_CREATE: AuditEntry.Action
    ACTION_INVITATION_RESEND: AuditEntry.Action
    ACTION_INVITATION_REVOKE: AuditEntry.Action
    ACTION_INVITATION_ACCEPT: AuditEntry.Action
    ACTION_API_KEY_CREATE: AuditEntry.Action
    ACTION_API_KEY_ROTATE: AuditEntry.Action
    ACTION_API_KEY_REVOKE: AuditEntry.Action
    ACTION_IDENTITY_PROVIDER_CREATE: AuditEntry.Action
    ACTION_IDENTITY_PROVIDER_DELETE: AuditEntry.Action
    ACTION_IDENTITY_LINK: AuditEntry.Action
    ACTION_IDENTITY_PROVIDER_UPDATE: AuditEntry.Action
    ACTION_IDENTITY_UNLINK: AuditEntry.Action
    class Result(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        RESULT_UNSPECIFIED: _ClassVar[AuditEntry.Result]
        RESULT_DONE: _ClassVar[AuditEntry.Result]
        RESULT_REFUSED: _ClassVar[AuditEntry.Result]
    RESULT_UNSPECIFIED: AuditEntry.Result
    RESULT_DONE: AuditEntry.Result
    RESULT_REFUSED: AuditEntry.Result
    class DetailsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    USER_AGENT_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    actor: str
    action: AuditEntry.Action
    target: str
    result: AuditEntry.Result
    reason: str
    ip_address: str
    user_agent: str
    details: _containers.ScalarMap[str, str]
    create_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., actor: _Optional[str] = ..., action: _Optional[_Union[AuditEntry.Action, str]] = ..., target: _Optional[str] = ..., result: _Optional[_Union[AuditEntry.Result, str]] = ..., reason: _Optional[str] = ..., ip_address: _Optional[str] = ..., user_agent: _Optional[str] = ..., details: _Optional[_Mapping[str, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class GetAuditEntryRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListAuditEntriesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "filter")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    filter: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ...) -> None: ...

class ListAuditEntriesResponse(_message.Message):
    __slots__ = ("audit_entries", "next_page_token")
    AUDIT_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    audit_entries: _containers.RepeatedCompositeFieldContainer[AuditEntry]
    next_page_token: str
    def __init__(self, audit_entries: _Optional[_Iterable[_Union[AuditEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExportAuditEntriesRequest(_message.Message):
    __slots__ = ("parent", "filter")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    parent: str
    filter: str
    def __init__(self, parent: _Optional[str] = ..., filter: _Optional[str] = ...) -> None: ...
