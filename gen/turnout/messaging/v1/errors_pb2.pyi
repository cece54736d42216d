from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_MESSAGE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_INBOUND_MESSAGE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_INBOUND_MESSAGE: _ClassVar[ErrorReason]
    ERROR_REASON_WRONG_DISPATCHER_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_RATE_TOO_HIGH: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_RATE: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_PAUSE: _ClassVar[ErrorReason]
    ERROR_REASON_CONVERSATION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_FRAME: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_SLOW: _ClassVar[ErrorReason]
    ERROR_REASON_STREAM_MOVED: _ClassVar[ErrorReason]
    ERROR_REASON_SUPPRESSION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_SUPPRESSION_STANDS: _ClassVar[ErrorReason]
    ERROR_REASON_CONSENT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_ADDRESS: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_SENDING_POLICY: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_MESSAGE_NOT_FOUND: ErrorReason
ERROR_REASON_INBOUND_MESSAGE_NOT_FOUND: ErrorReason
ERROR_REASON_BAD_INBOUND_MESSAGE: ErrorReason
ERROR_REASON_WRONG_DISPATCHER_STATE: ErrorReason
ERROR_REASON_RATE_TOO_HIGH: ErrorReason
ERROR_REASON_BAD_RATE: ErrorReason
ERROR_REASON_BAD_PAUSE: ErrorReason
ERROR_REASON_CONVERSATION_NOT_FOUND: ErrorReason
ERROR_REASON_BAD_FRAME: ErrorReason
ERROR_REASON_TOO_SLOW: ErrorReason
ERROR_REASON_STREAM_MOVED: ErrorReason
ERROR_REASON_SUPPRESSION_NOT_FOUND: ErrorReason
ERROR_REASON_SUPPRESSION_STANDS: ErrorReason
ERROR_REASON_CONSENT_NOT_FOUND: ErrorReason
ERROR_REASON_BAD_ADDRESS: ErrorReason
ERROR_REASON_BAD_SENDING_POLICY: ErrorReason
