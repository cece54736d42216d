from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImportParticipantsRequest(_message.Message):
    __slots__ = ("parent", "event", "file", "report_duplicates", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    REPORT_DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    event: str
    file: _httpbody_pb2.HttpBody
    report_duplicates: bool
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., event: _Optional[str] = ..., file: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ..., report_duplicates: _Optional[bool] = ..., request_id: _Optional[str] = ...) -> None: ...

class ImportParticipantsResponse(_message.Message):
    __slots__ = ("created_count", "merged_count", "flawed_count", "flaws", "ignored_columns")
    CREATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    MERGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FLAWED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FLAWS_FIELD_NUMBER: _ClassVar[int]
    IGNORED_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    created_count: int
    merged_count: int
    flawed_count: int
    flaws: _containers.RepeatedCompositeFieldContainer[RowFlaw]
    ignored_columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, created_count: _Optional[int] = ..., merged_count: _Optional[int] = ..., flawed_count: _Optional[int] = ..., flaws: _Optional[_Iterable[_Union[RowFlaw, _Mapping]]] = ..., ignored_columns: _Optional[_Iterable[str]] = ...) -> None: ...

class RowFlaw(_message.Message):
    __slots__ = ("line", "field", "problem")
    LINE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    line: int
    field: str
    problem: str
    def __init__(self, line: _Optional[int] = ..., field: _Optional[str] = ..., problem: _Optional[str] = ...) -> None: ...

class UploadParticipantsRequest(_message.Message):
    __slots__ = ("open", "rows")
    class Open(_message.Message):
        __slots__ = ("parent", "event", "report_duplicates", "request_id")
        PARENT_FIELD_NUMBER: _ClassVar[int]
        EVENT_FIELD_NUMBER: _ClassVar[int]
        REPORT_DUPLICATES_FIELD_NUMBER: _ClassVar[int]
        REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
        parent: str
        event: str
        report_duplicates: bool
        request_id: str
        def __init__(self, parent: _Optional[str] = ..., event: _Optional[str] = ..., report_duplicates: _Optional[bool] = ..., request_id: _Optional[str] = ...) -> None: ...
    class Rows(_message.Message):
        __slots__ = ("first_row", "rows")
        FIRST_ROW_FIELD_NUMBER: _ClassVar[int]
        ROWS_FIELD_NUMBER: _ClassVar[int]
        first_row: int
        rows: _containers.RepeatedCompositeFieldContainer[ParticipantRow]
        def __init__(self, first_row: _Optional[int] = ..., rows: _Optional[_Iterable[_Union[ParticipantRow, _Mapping]]] = ...) -> None: ...
    OPEN_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    open: UploadParticipantsRequest.Open
    rows: UploadParticipantsRequest.Rows
    def __init__(self, open: _Optional[_Union[UploadParticipantsRequest.Open, _Mapping]] = ..., rows: _Optional[_Union[UploadParticipantsRequest.Rows, _Mapping]] = ...) -> None: ...

class ParticipantRow(_message.Message):
    __slots__ = ("display_name", "email", "phone", "language_code", "time_zone", "answers")
    class Cell(_message.Message):
        __slots__ = ("question", "text")
        QUESTION_FIELD_NUMBER: _ClassVar[int]
        TEXT_FIELD_NUMBER: _ClassVar[int]
        question: str
        text: str
        def __init__(self, question: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    email: str
    phone: str
    language_code: str
    time_zone: str
    answers: _containers.RepeatedCompositeFieldContainer[ParticipantRow.Cell]
    def __init__(self, display_name: _Optional[str] = ..., email: _Optional[str] = ..., phone: _Optional[str] = ..., language_code: _Optional[str] = ..., time_zone: _Optional[str] = ..., answers: _Optional[_Iterable[_Union[ParticipantRow.Cell, _Mapping]]] = ...) -> None: ...

class UploadParticipantsResponse(_message.Message):
    __slots__ = ("created_count", "merged_count", "flaws", "kept_through")
    CREATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    MERGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FLAWS_FIELD_NUMBER: _ClassVar[int]
    KEPT_THROUGH_FIELD_NUMBER: _ClassVar[int]
    created_count: int
    merged_count: int
    flaws: _containers.RepeatedCompositeFieldContainer[RowFlaw]
    kept_through: int
    def __init__(self, created_count: _Optional[int] = ..., merged_count: _Optional[int] = ..., flaws: _Optional[_Iterable[_Union[RowFlaw, _Mapping]]] = ..., kept_through: _Optional[int] = ...) -> None: ...
