from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
RULES_FIELD_NUMBER: _ClassVar[int]
rules: _descriptor.FieldDescriptor

class Rules(_message.Message):
    __slots__ = ("max_length", "min_length", "pattern", "min", "max", "max_items", "format")
    class Format(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        FORMAT_UNSPECIFIED: _ClassVar[Rules.Format]
        FORMAT_EMAIL: _ClassVar[Rules.Format]
        FORMAT_PHONE: _ClassVar[Rules.Format]
        FORMAT_TIME_ZONE: _ClassVar[Rules.Format]
        FORMAT_LANGUAGE: _ClassVar[Rules.Format]
        FORMAT_CURRENCY: _ClassVar[Rules.Format]
    FORMAT_UNSPECIFIED: Rules.Format
    FORMAT_EMAIL: Rules.Format
    FORMAT_PHONE: Rules.Format
    FORMAT_TIME_ZONE: Rules.Format
    FORMAT_LANGUAGE: Rules.Format
    FORMAT_CURRENCY: Rules.Format
    MAX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    MIN_LENGTH_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    MAX_ITEMS_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    max_length: int
    min_length: int
    pattern: str
    min: float
    max: float
    max_items: int
    format: Rules.Format
    def __init__(self, max_length: _Optional[int] = ..., min_length: _Optional[int] = ..., pattern: _Optional[str] = ..., min: _Optional[float] = ..., max: _Optional[float] = ..., max_items: _Optional[int] = ..., format: _Optional[_Union[Rules.Format, str]] = ...) -> None: ...
