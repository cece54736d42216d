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
from turnout.messaging.v1 import messaging_pb2 as _messaging_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChannelAccount(_message.Message):
    __slots__ = ("name", "display_name", "channel", "whatsapp", "twilio", "json_sms", "smtp", "firebase", "web_push", "priority", "disabled", "max_messages_per_second", "webhook_uri", "verify_time", "verify_problem", "templates", "template_time", "create_time", "update_time", "etag")
    class WhatsApp(_message.Message):
        __slots__ = ("phone_number_id", "business_account_id", "access_token", "app_secret", "verify_token", "fallback_template")
        PHONE_NUMBER_ID_FIELD_NUMBER: _ClassVar[int]
        BUSINESS_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
        ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
        APP_SECRET_FIELD_NUMBER: _ClassVar[int]
        VERIFY_TOKEN_FIELD_NUMBER: _ClassVar[int]
        FALLBACK_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
        phone_number_id: str
        business_account_id: str
        access_token: str
        app_secret: str
        verify_token: str
        fallback_template: str
        def __init__(self, phone_number_id: _Optional[str] = ..., business_account_id: _Optional[str] = ..., access_token: _Optional[str] = ..., app_secret: _Optional[str] = ..., verify_token: _Optional[str] = ..., fallback_template: _Optional[str] = ...) -> None: ...
    class Twilio(_message.Message):
        __slots__ = ("account_sid", "auth_token", "sender", "messaging_service_sid")
        ACCOUNT_SID_FIELD_NUMBER: _ClassVar[int]
        AUTH_TOKEN_FIELD_NUMBER: _ClassVar[int]
        SENDER_FIELD_NUMBER: _ClassVar[int]
        MESSAGING_SERVICE_SID_FIELD_NUMBER: _ClassVar[int]
        account_sid: str
        auth_token: str
        sender: str
        messaging_service_sid: str
        def __init__(self, account_sid: _Optional[str] = ..., auth_token: _Optional[str] = ..., sender: _Optional[str] = ..., messaging_service_sid: _Optional[str] = ...) -> None: ...
    class JsonSms(_message.Message):
        __slots__ = ("uri", "bearer_token", "sender", "webhook_secret")
        URI_FIELD_NUMBER: _ClassVar[int]
        BEARER_TOKEN_FIELD_NUMBER: _ClassVar[int]
        SENDER_FIELD_NUMBER: _ClassVar[int]
        WEBHOOK_SECRET_FIELD_NUMBER: _ClassVar[int]
        uri: str
        bearer_token: str
        sender: str
        webhook_secret: str
        def __init__(self, uri: _Optional[str] = ..., bearer_token: _Optional[str] = ..., sender: _Optional[str] = ..., webhook_secret: _Optional[str] = ...) -> None: ...
    class Smtp(_message.Message):
        __slots__ = ("host", "port", "security", "username", "password", "sender", "sender_name", "webhook_secret")
        class Security(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            SECURITY_UNSPECIFIED: _ClassVar[ChannelAccount.Smtp.Security]
            SECURITY_STARTTLS: _ClassVar[ChannelAccount.Smtp.Security]
            SECURITY_TLS: _ClassVar[ChannelAccount.Smtp.Security]
            SECURITY_OPPORTUNISTIC: _ClassVar[ChannelAccount.Smtp.Security]
        SECURITY_UNSPECIFIED: ChannelAccount.Smtp.Security
        SECURITY_STARTTLS: ChannelAccount.Smtp.Security
        SECURITY_TLS: ChannelAccount.Smtp.Security
        SECURITY_OPPORTUNISTIC: ChannelAccount.Smtp.Security
        HOST_FIELD_NUMBER: _ClassVar[int]
        PORT_FIELD_NUMBER: _ClassVar[int]
        SECURITY_FIELD_NUMBER: _ClassVar[int]
        USERNAME_FIELD_NUMBER: _ClassVar[int]
        PASSWORD_FIELD_NUMBER: _ClassVar[int]
        SENDER_FIELD_NUMBER: _ClassVar[int]
        SENDER_NAME_FIELD_NUMBER: _ClassVar[int]
        WEBHOOK_SECRET_FIELD_NUMBER: _ClassVar[int]
        host: str
        port: int
        security: ChannelAccount.Smtp.Security
        username: str
        password: str
        sender: str
        sender_name: str
        webhook_secret: str
        def __init__(self, host: _Optional[str] = ..., port: _Optional[int] = ..., security: _Optional[_Union[ChannelAccount.Smtp.Security, str]] = ..., username: _Optional[str] = ..., password: _Optional[str] = ..., sender: _Optional[str] = ..., sender_name: _Optional[str] = ..., webhook_secret: _Optional[str] = ...) -> None: ...
    class Firebase(_message.Message):
        __slots__ = ("project_id", "service_account_key")
        PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
        SERVICE_ACCOUNT_KEY_FIELD_NUMBER: _ClassVar[int]
        project_id: str
        service_account_key: str
        def __init__(self, project_id: _Optional[str] = ..., service_account_key: _Optional[str] = ...) -> None: ...
    class WebPush(_message.Message):
        __slots__ = ("subject", "public_key")
        SUBJECT_FIELD_NUMBER: _ClassVar[int]
        PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
        subject: str
        public_key: str
        def __init__(self, subject: _Optional[str] = ..., public_key: _Optional[str] = ...) -> None: ...
    class Template(_message.Message):
        __slots__ = ("name", "language_code", "status")
        NAME_FIELD_NUMBER: _ClassVar[int]
        LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
        STATUS_FIELD_NUMBER: _ClassVar[int]
        name: str
        language_code: str
        status: str
        def __init__(self, name: _Optional[str] = ..., language_code: _Optional[str] = ..., status: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    WHATSAPP_FIELD_NUMBER: _ClassVar[int]
    TWILIO_FIELD_NUMBER: _ClassVar[int]
    JSON_SMS_FIELD_NUMBER: _ClassVar[int]
    SMTP_FIELD_NUMBER: _ClassVar[int]
    FIREBASE_FIELD_NUMBER: _ClassVar[int]
    WEB_PUSH_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_URI_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TIME_FIELD_NUMBER: _ClassVar[int]
    VERIFY_PROBLEM_FIELD_NUMBER: _ClassVar[int]
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    channel: _messaging_pb2.Message.Channel
    whatsapp: ChannelAccount.WhatsApp
    twilio: ChannelAccount.Twilio
    json_sms: ChannelAccount.JsonSms
    smtp: ChannelAccount.Smtp
    firebase: ChannelAccount.Firebase
    web_push: ChannelAccount.WebPush
    priority: int
    disabled: bool
    max_messages_per_second: int
    webhook_uri: str
    verify_time: _timestamp_pb2.Timestamp
    verify_problem: str
    templates: _containers.RepeatedCompositeFieldContainer[ChannelAccount.Template]
    template_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., channel: _Optional[_Union[_messaging_pb2.Message.Channel, str]] = ..., whatsapp: _Optional[_Union[ChannelAccount.WhatsApp, _Mapping]] = ..., twilio: _Optional[_Union[ChannelAccount.Twilio, _Mapping]] = ..., json_sms: _Optional[_Union[ChannelAccount.JsonSms, _Mapping]] = ..., smtp: _Optional[_Union[ChannelAccount.Smtp, _Mapping]] = ..., firebase: _Optional[_Union[ChannelAccount.Firebase, _Mapping]] = ..., web_push: _Optional[_Union[ChannelAccount.WebPush, _Mapping]] = ..., priority: _Optional[int] = ..., disabled: _Optional[bool] = ..., max_messages_per_second: _Optional[int] = ..., webhook_uri: _Optional[str] = ..., verify_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., verify_problem: _Optional[str] = ..., templates: _Optional[_Iterable[_Union[ChannelAccount.Template, _Mapping]]] = ..., template_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CreateChannelAccountRequest(_message.Message):
    __slots__ = ("parent", "channel_account", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    channel_account: ChannelAccount
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., channel_account: _Optional[_Union[ChannelAccount, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetChannelAccountRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListChannelAccountsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListChannelAccountsResponse(_message.Message):
    __slots__ = ("channel_accounts", "next_page_token")
    CHANNEL_ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    channel_accounts: _containers.RepeatedCompositeFieldContainer[ChannelAccount]
    next_page_token: str
    def __init__(self, channel_accounts: _Optional[_Iterable[_Union[ChannelAccount, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateChannelAccountRequest(_message.Message):
    __slots__ = ("channel_account", "update_mask")
    CHANNEL_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    channel_account: ChannelAccount
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, channel_account: _Optional[_Union[ChannelAccount, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class DeleteChannelAccountRequest(_message.Message):
    __slots__ = ("name", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class TestChannelAccountRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...
