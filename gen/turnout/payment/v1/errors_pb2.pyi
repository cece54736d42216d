from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_BOOKING_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BOOKING_NOT_PAYABLE: _ClassVar[ErrorReason]
    ERROR_REASON_PAYMENT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_WRONG_PAYMENT_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_SIGNATURE: _ClassVar[ErrorReason]
    ERROR_REASON_ENDPOINT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_NOTICE: _ClassVar[ErrorReason]
    ERROR_REASON_REFUND_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_REFUND_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_REFUND: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_ACCOUNT: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_PERIOD: _ClassVar[ErrorReason]
    ERROR_REASON_WRONG_REFUND_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_RECONCILIATION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_RECONCILIATION_RUNNING: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_RECONCILIATION: _ClassVar[ErrorReason]
    ERROR_REASON_EVENT_REFUND_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_DISPUTE_NOT_FOUND: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_BOOKING_NOT_FOUND: ErrorReason
ERROR_REASON_BOOKING_NOT_PAYABLE: ErrorReason
ERROR_REASON_PAYMENT_NOT_FOUND: ErrorReason
ERROR_REASON_WRONG_PAYMENT_STATE: ErrorReason
ERROR_REASON_BAD_SIGNATURE: ErrorReason
ERROR_REASON_ENDPOINT_NOT_FOUND: ErrorReason
ERROR_REASON_BAD_NOTICE: ErrorReason
ERROR_REASON_REFUND_NOT_FOUND: ErrorReason
ERROR_REASON_REFUND_TOO_LARGE: ErrorReason
ERROR_REASON_BAD_REFUND: ErrorReason
ERROR_REASON_BAD_ACCOUNT: ErrorReason
ERROR_REASON_BAD_PERIOD: ErrorReason
ERROR_REASON_WRONG_REFUND_STATE: ErrorReason
ERROR_REASON_RECONCILIATION_NOT_FOUND: ErrorReason
ERROR_REASON_RECONCILIATION_RUNNING: ErrorReason
ERROR_REASON_BAD_RECONCILIATION: ErrorReason
ERROR_REASON_EVENT_REFUND_NOT_FOUND: ErrorReason
ERROR_REASON_DISPUTE_NOT_FOUND: ErrorReason
