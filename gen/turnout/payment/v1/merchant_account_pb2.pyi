import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MerchantAccount(_message.Message):
    __slots__ = ("name", "provider", "display_name", "api_key", "webhook_secret", "publishable_key", "capture", "statement_suffix", "api_key_hint", "webhook_secret_hints", "webhook_uri", "mode", "state", "create_time", "update_time", "connection", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[MerchantAccount.State]
        STATE_DISABLED: _ClassVar[MerchantAccount.State]
        STATE_ENABLED: _ClassVar[MerchantAccount.State]
    STATE_UNSPECIFIED: MerchantAccount.State
    STATE_DISABLED: MerchantAccount.State
    STATE_ENABLED: MerchantAccount.State
    class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODE_UNSPECIFIED: _ClassVar[MerchantAccount.Mode]
        MODE_TEST: _ClassVar[MerchantAccount.Mode]
        MODE_LIVE: _ClassVar[MerchantAccount.Mode]
    MODE_UNSPECIFIED: MerchantAccount.Mode
    MODE_TEST: MerchantAccount.Mode
    MODE_LIVE: MerchantAccount.Mode
    class Capture(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CAPTURE_UNSPECIFIED: _ClassVar[MerchantAccount.Capture]
        CAPTURE_AUTOMATIC: _ClassVar[MerchantAccount.Capture]
        CAPTURE_MANUAL: _ClassVar[MerchantAccount.Capture]
    CAPTURE_UNSPECIFIED: MerchantAccount.Capture
    CAPTURE_AUTOMATIC: MerchantAccount.Capture
    CAPTURE_MANUAL: MerchantAccount.Capture
    class Connection(_message.Message):
        __slots__ = ("region_code", "email", "provider_account", "charges_enabled", "payouts_enabled", "requirements", "check_time")
        REGION_CODE_FIELD_NUMBER: _ClassVar[int]
        EMAIL_FIELD_NUMBER: _ClassVar[int]
        PROVIDER_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
        CHARGES_ENABLED_FIELD_NUMBER: _ClassVar[int]
        PAYOUTS_ENABLED_FIELD_NUMBER: _ClassVar[int]
        REQUIREMENTS_FIELD_NUMBER: _ClassVar[int]
        CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
        region_code: str
        email: str
        provider_account: str
        charges_enabled: bool
        payouts_enabled: bool
        requirements: _containers.RepeatedScalarFieldContainer[str]
        check_time: _timestamp_pb2.Timestamp
        def __init__(self, region_code: _Optional[str] = ..., email: _Optional[str] = ..., provider_account: _Optional[str] = ..., charges_enabled: _Optional[bool] = ..., payouts_enabled: _Optional[bool] = ..., requirements: _Optional[_Iterable[str]] = ..., check_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_SECRET_FIELD_NUMBER: _ClassVar[int]
    PUBLISHABLE_KEY_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_SUFFIX_FIELD_NUMBER: _ClassVar[int]
    API_KEY_HINT_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_SECRET_HINTS_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_URI_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    provider: str
    display_name: str
    api_key: str
    webhook_secret: str
    publishable_key: str
    capture: MerchantAccount.Capture
    statement_suffix: str
    api_key_hint: str
    webhook_secret_hints: _containers.RepeatedScalarFieldContainer[str]
    webhook_uri: str
    mode: MerchantAccount.Mode
    state: MerchantAccount.State
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    connection: MerchantAccount.Connection
    etag: str
    def __init__(self, name: _Optional[str] = ..., provider: _Optional[str] = ..., display_name: _Optional[str] = ..., api_key: _Optional[str] = ..., webhook_secret: _Optional[str] = ..., publishable_key: _Optional[str] = ..., capture: _Optional[_Union[MerchantAccount.Capture, str]] = ..., statement_suffix: _Optional[str] = ..., api_key_hint: _Optional[str] = ..., webhook_secret_hints: _Optional[_Iterable[str]] = ..., webhook_uri: _Optional[str] = ..., mode: _Optional[_Union[MerchantAccount.Mode, str]] = ..., state: _Optional[_Union[MerchantAccount.State, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., connection: _Optional[_Union[MerchantAccount.Connection, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CreateMerchantAccountRequest(_message.Message):
    __slots__ = ("parent", "merchant_account", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    MERCHANT_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    merchant_account: MerchantAccount
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., merchant_account: _Optional[_Union[MerchantAccount, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ConnectMerchantAccountRequest(_message.Message):
    __slots__ = ("parent", "display_name", "region_code", "email", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    display_name: str
    region_code: str
    email: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., display_name: _Optional[str] = ..., region_code: _Optional[str] = ..., email: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class OnboardMerchantAccountRequest(_message.Message):
    __slots__ = ("name", "return_uri", "refresh_uri", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RETURN_URI_FIELD_NUMBER: _ClassVar[int]
    REFRESH_URI_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    return_uri: str
    refresh_uri: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., return_uri: _Optional[str] = ..., refresh_uri: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class Onboarding(_message.Message):
    __slots__ = ("uri", "expire_time")
    URI_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    uri: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, uri: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetMerchantAccountRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListMerchantAccountsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMerchantAccountsResponse(_message.Message):
    __slots__ = ("merchant_accounts", "next_page_token")
    MERCHANT_ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    merchant_accounts: _containers.RepeatedCompositeFieldContainer[MerchantAccount]
    next_page_token: str
    def __init__(self, merchant_accounts: _Optional[_Iterable[_Union[MerchantAccount, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateMerchantAccountRequest(_message.Message):
    __slots__ = ("merchant_account", "update_mask")
    MERCHANT_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    merchant_account: MerchantAccount
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, merchant_account: _Optional[_Union[MerchantAccount, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class DeleteMerchantAccountRequest(_message.Message):
    __slots__ = ("name", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class EnableMerchantAccountRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DisableMerchantAccountRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RotateMerchantAccountRequest(_message.Message):
    __slots__ = ("name", "api_key", "webhook_secret", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_SECRET_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    api_key: str
    webhook_secret: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., api_key: _Optional[str] = ..., webhook_secret: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...
