from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class AttendeeReleased(_message.Message):
    __slots__ = ("attendee", "event")
    ATTENDEE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    attendee: str
    event: str
    def __init__(self, attendee: _Optional[str] = ..., event: _Optional[str] = ...) -> None: ...

class AttendeeMoved(_message.Message):
    __slots__ = ("attendee", "event")
    ATTENDEE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    attendee: str
    event: str
    def __init__(self, attendee: _Optional[str] = ..., event: _Optional[str] = ...) -> None: ...
