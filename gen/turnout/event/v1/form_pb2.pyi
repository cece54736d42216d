import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.type import decimal_pb2 as _decimal_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RegistrationForm(_message.Message):
    __slots__ = ("name", "questions", "max_guests", "update_time", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_GUESTS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    questions: _containers.RepeatedCompositeFieldContainer[Question]
    max_guests: int
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., questions: _Optional[_Iterable[_Union[Question, _Mapping]]] = ..., max_guests: _Optional[int] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Question(_message.Message):
    __slots__ = ("id", "display_name", "type", "required", "help", "choices")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[Question.Type]
        TYPE_TEXT: _ClassVar[Question.Type]
        TYPE_LONG_TEXT: _ClassVar[Question.Type]
        TYPE_CHOICE: _ClassVar[Question.Type]
        TYPE_CHOICES: _ClassVar[Question.Type]
        TYPE_NUMBER: _ClassVar[Question.Type]
        TYPE_DATE: _ClassVar[Question.Type]
        TYPE_YES_NO: _ClassVar[Question.Type]
    TYPE_UNSPECIFIED: Question.Type
    TYPE_TEXT: Question.Type
    TYPE_LONG_TEXT: Question.Type
    TYPE_CHOICE: Question.Type
    TYPE_CHOICES: Question.Type
    TYPE_NUMBER: Question.Type
    TYPE_DATE: Question.Type
    TYPE_YES_NO: Question.Type
    ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    HELP_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    id: str
    display_name: str
    type: Question.Type
    required: bool
    help: str
    choices: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., display_name: _Optional[str] = ..., type: _Optional[_Union[Question.Type, str]] = ..., required: _Optional[bool] = ..., help: _Optional[str] = ..., choices: _Optional[_Iterable[str]] = ...) -> None: ...

class QuestionAnswer(_message.Message):
    __slots__ = ("question", "text", "choice", "choices", "number", "date", "yes")
    class Choices(_message.Message):
        __slots__ = ("choices",)
        CHOICES_FIELD_NUMBER: _ClassVar[int]
        choices: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, choices: _Optional[_Iterable[str]] = ...) -> None: ...
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CHOICE_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    YES_FIELD_NUMBER: _ClassVar[int]
    question: str
    text: str
    choice: str
    choices: QuestionAnswer.Choices
    number: _decimal_pb2.Decimal
    date: _date_pb2.Date
    yes: bool
    def __init__(self, question: _Optional[str] = ..., text: _Optional[str] = ..., choice: _Optional[str] = ..., choices: _Optional[_Union[QuestionAnswer.Choices, _Mapping]] = ..., number: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., yes: _Optional[bool] = ...) -> None: ...

class GetRegistrationFormRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class UpdateRegistrationFormRequest(_message.Message):
    __slots__ = ("registration_form", "update_mask")
    REGISTRATION_FORM_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    registration_form: RegistrationForm
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, registration_form: _Optional[_Union[RegistrationForm, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...
