from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_SOLD_OUT: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_ON_SALE: _ClassVar[ErrorReason]
    ERROR_REASON_OFFER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BOOKING_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_WRONG_BOOKING_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_BOOKING: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_SLOW: _ClassVar[ErrorReason]
    ERROR_REASON_STREAM_MOVED: _ClassVar[ErrorReason]
    ERROR_REASON_TICKET_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_WRONG_TICKET_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_TRANSFER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_TICKET_TRANSFERRED: _ClassVar[ErrorReason]
    ERROR_REASON_CODE_UNKNOWN: _ClassVar[ErrorReason]
    ERROR_REASON_CODE_REPLACED: _ClassVar[ErrorReason]
    ERROR_REASON_WRONG_EVENT: _ClassVar[ErrorReason]
    ERROR_REASON_ALREADY_CHECKED_IN: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_CHECKED_IN: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_SCAN: _ClassVar[ErrorReason]
    ERROR_REASON_SCAN_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY: _ClassVar[ErrorReason]
    ERROR_REASON_SEAT_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_ALREADY_EXTENDED: _ClassVar[ErrorReason]
    ERROR_REASON_PROMO_CODE_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_PROMO_CODE_USED_UP: _ClassVar[ErrorReason]
    ERROR_REASON_PROMO_CODE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_PROMO_CODE_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_PROMO_CODE_IN_USE: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_PROMO_CODE: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_SOLD_OUT: ErrorReason
ERROR_REASON_NOT_ON_SALE: ErrorReason
ERROR_REASON_OFFER_NOT_FOUND: ErrorReason
ERROR_REASON_BOOKING_NOT_FOUND: ErrorReason
ERROR_REASON_WRONG_BOOKING_STATE: ErrorReason
ERROR_REASON_BAD_BOOKING: ErrorReason
ERROR_REASON_TOO_SLOW: ErrorReason
ERROR_REASON_STREAM_MOVED: ErrorReason
ERROR_REASON_TICKET_NOT_FOUND: ErrorReason
ERROR_REASON_WRONG_TICKET_STATE: ErrorReason
ERROR_REASON_TRANSFER_NOT_FOUND: ErrorReason
ERROR_REASON_TICKET_TRANSFERRED: ErrorReason
ERROR_REASON_CODE_UNKNOWN: ErrorReason
ERROR_REASON_CODE_REPLACED: ErrorReason
ERROR_REASON_WRONG_EVENT: ErrorReason
ERROR_REASON_ALREADY_CHECKED_IN: ErrorReason
ERROR_REASON_NOT_CHECKED_IN: ErrorReason
ERROR_REASON_BAD_SCAN: ErrorReason
ERROR_REASON_SCAN_NOT_FOUND: ErrorReason
ERROR_REASON_TOO_MANY: ErrorReason
ERROR_REASON_SEAT_TAKEN: ErrorReason
ERROR_REASON_ALREADY_EXTENDED: ErrorReason
ERROR_REASON_PROMO_CODE_INVALID: ErrorReason
ERROR_REASON_PROMO_CODE_USED_UP: ErrorReason
ERROR_REASON_PROMO_CODE_NOT_FOUND: ErrorReason
ERROR_REASON_PROMO_CODE_EXISTS: ErrorReason
ERROR_REASON_PROMO_CODE_IN_USE: ErrorReason
ERROR_REASON_BAD_PROMO_CODE: ErrorReason
