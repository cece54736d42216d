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

class MessageTemplate(_message.Message):
    __slots__ = ("name", "display_name", "variables", "translations", "version", "create_time", "update_time", "etag")
    class Variable(_message.Message):
        __slots__ = ("name", "type", "optional")
        class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            TYPE_UNSPECIFIED: _ClassVar[MessageTemplate.Variable.Type]
            TYPE_TEXT: _ClassVar[MessageTemplate.Variable.Type]
            TYPE_NUMBER: _ClassVar[MessageTemplate.Variable.Type]
            TYPE_TIME: _ClassVar[MessageTemplate.Variable.Type]
            TYPE_LINK: _ClassVar[MessageTemplate.Variable.Type]
        TYPE_UNSPECIFIED: MessageTemplate.Variable.Type
        TYPE_TEXT: MessageTemplate.Variable.Type
        TYPE_NUMBER: MessageTemplate.Variable.Type
        TYPE_TIME: MessageTemplate.Variable.Type
        TYPE_LINK: MessageTemplate.Variable.Type
        NAME_FIELD_NUMBER: _ClassVar[int]
        TYPE_FIELD_NUMBER: _ClassVar[int]
        OPTIONAL_FIELD_NUMBER: _ClassVar[int]
        name: str
        type: MessageTemplate.Variable.Type
        optional: bool
        def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[MessageTemplate.Variable.Type, str]] = ..., optional: _Optional[bool] = ...) -> None: ...
    class Translation(_message.Message):
        __slots__ = ("language_code", "subject", "body", "text", "whatsapp")
        LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
        SUBJECT_FIELD_NUMBER: _ClassVar[int]
        BODY_FIELD_NUMBER: _ClassVar[int]
        TEXT_FIELD_NUMBER: _ClassVar[int]
        WHATSAPP_FIELD_NUMBER: _ClassVar[int]
        language_code: str
        subject: str
        body: str
        text: str
        whatsapp: MessageTemplate.WhatsAppTemplate
        def __init__(self, language_code: _Optional[str] = ..., subject: _Optional[str] = ..., body: _Optional[str] = ..., text: _Optional[str] = ..., whatsapp: _Optional[_Union[MessageTemplate.WhatsAppTemplate, _Mapping]] = ...) -> None: ...
    class WhatsAppTemplate(_message.Message):
        __slots__ = ("name", "language_code", "body_variables", "named", "header_variable", "link_button", "quick_reply_count")
        NAME_FIELD_NUMBER: _ClassVar[int]
        LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
        BODY_VARIABLES_FIELD_NUMBER: _ClassVar[int]
        NAMED_FIELD_NUMBER: _ClassVar[int]
        HEADER_VARIABLE_FIELD_NUMBER: _ClassVar[int]
        LINK_BUTTON_FIELD_NUMBER: _ClassVar[int]
        QUICK_REPLY_COUNT_FIELD_NUMBER: _ClassVar[int]
        name: str
        language_code: str
        body_variables: _containers.RepeatedScalarFieldContainer[str]
        named: bool
        header_variable: str
        link_button: bool
        quick_reply_count: int
        def __init__(self, name: _Optional[str] = ..., language_code: _Optional[str] = ..., body_variables: _Optional[_Iterable[str]] = ..., named: _Optional[bool] = ..., header_variable: _Optional[str] = ..., link_button: _Optional[bool] = ..., quick_reply_count: _Optional[int] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    TRANSLATIONS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    variables: _containers.RepeatedCompositeFieldContainer[MessageTemplate.Variable]
    translations: _containers.RepeatedCompositeFieldContainer[MessageTemplate.Translation]
    version: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., variables: _Optional[_Iterable[_Union[MessageTemplate.Variable, _Mapping]]] = ..., translations: _Optional[_Iterable[_Union[MessageTemplate.Translation, _Mapping]]] = ..., version: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CreateMessageTemplateRequest(_message.Message):
    __slots__ = ("parent", "message_template", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    message_template: MessageTemplate
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., message_template: _Optional[_Union[MessageTemplate, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetMessageTemplateRequest(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class ListMessageTemplatesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMessageTemplatesResponse(_message.Message):
    __slots__ = ("message_templates", "next_page_token")
    MESSAGE_TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    message_templates: _containers.RepeatedCompositeFieldContainer[MessageTemplate]
    next_page_token: str
    def __init__(self, message_templates: _Optional[_Iterable[_Union[MessageTemplate, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateMessageTemplateRequest(_message.Message):
    __slots__ = ("message_template", "update_mask")
    MESSAGE_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    message_template: MessageTemplate
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, message_template: _Optional[_Union[MessageTemplate, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class DeleteMessageTemplateRequest(_message.Message):
    __slots__ = ("name", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class VariableValue(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class PreviewMessageTemplateRequest(_message.Message):
    __slots__ = ("name", "language_code", "channel", "variables")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    name: str
    language_code: str
    channel: _messaging_pb2.Message.Channel
    variables: _containers.RepeatedCompositeFieldContainer[VariableValue]
    def __init__(self, name: _Optional[str] = ..., language_code: _Optional[str] = ..., channel: _Optional[_Union[_messaging_pb2.Message.Channel, str]] = ..., variables: _Optional[_Iterable[_Union[VariableValue, _Mapping]]] = ...) -> None: ...

class PreviewMessageTemplateResponse(_message.Message):
    __slots__ = ("language_code", "subject", "body")
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    language_code: str
    subject: str
    body: str
    def __init__(self, language_code: _Optional[str] = ..., subject: _Optional[str] = ..., body: _Optional[str] = ...) -> None: ...

class SendTestMessageRequest(_message.Message):
    __slots__ = ("name", "address", "channel", "language_code", "variables", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    address: str
    channel: _messaging_pb2.Message.Channel
    language_code: str
    variables: _containers.RepeatedCompositeFieldContainer[VariableValue]
    request_id: str
    def __init__(self, name: _Optional[str] = ..., address: _Optional[str] = ..., channel: _Optional[_Union[_messaging_pb2.Message.Channel, str]] = ..., language_code: _Optional[str] = ..., variables: _Optional[_Iterable[_Union[VariableValue, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...
