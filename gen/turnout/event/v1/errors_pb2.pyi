from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_EVENT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_WRONG_EVENT_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_EVENT_OVER: _ClassVar[ErrorReason]
    ERROR_REASON_PARTICIPANT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_PARTICIPANT_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_EVENT: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_PARTICIPANT: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_TICKET_TYPE: _ClassVar[ErrorReason]
    ERROR_REASON_SEATS_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_EVENT_AHEAD: _ClassVar[ErrorReason]
    ERROR_REASON_SERIES_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_SERIES: _ClassVar[ErrorReason]
    ERROR_REASON_SERIES_OVER: _ClassVar[ErrorReason]
    ERROR_REASON_RECURS_ALREADY: _ClassVar[ErrorReason]
    ERROR_REASON_RECURS_NOT: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_FORM: _ClassVar[ErrorReason]
    ERROR_REASON_CALENDAR_FEED_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_CALENDAR_FEEDS: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_SEARCH: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_IMPORT: _ClassVar[ErrorReason]
    ERROR_REASON_WEBHOOK_ENDPOINT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_WEBHOOK_DELIVERY_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_WEBHOOK: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_WEBHOOKS: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_EVENT_NOT_FOUND: ErrorReason
ERROR_REASON_WRONG_EVENT_STATE: ErrorReason
ERROR_REASON_EVENT_OVER: ErrorReason
ERROR_REASON_PARTICIPANT_NOT_FOUND: ErrorReason
ERROR_REASON_PARTICIPANT_EXISTS: ErrorReason
ERROR_REASON_BAD_EVENT: ErrorReason
ERROR_REASON_BAD_PARTICIPANT: ErrorReason
ERROR_REASON_BAD_TICKET_TYPE: ErrorReason
ERROR_REASON_SEATS_TAKEN: ErrorReason
ERROR_REASON_EVENT_AHEAD: ErrorReason
ERROR_REASON_SERIES_NOT_FOUND: ErrorReason
ERROR_REASON_BAD_SERIES: ErrorReason
ERROR_REASON_SERIES_OVER: ErrorReason
ERROR_REASON_RECURS_ALREADY: ErrorReason
ERROR_REASON_RECURS_NOT: ErrorReason
ERROR_REASON_BAD_FORM: ErrorReason
ERROR_REASON_CALENDAR_FEED_NOT_FOUND: ErrorReason
ERROR_REASON_TOO_MANY_CALENDAR_FEEDS: ErrorReason
ERROR_REASON_BAD_SEARCH: ErrorReason
ERROR_REASON_BAD_IMPORT: ErrorReason
ERROR_REASON_WEBHOOK_ENDPOINT_NOT_FOUND: ErrorReason
ERROR_REASON_WEBHOOK_DELIVERY_NOT_FOUND: ErrorReason
ERROR_REASON_BAD_WEBHOOK: ErrorReason
ERROR_REASON_TOO_MANY_WEBHOOKS: ErrorReason
