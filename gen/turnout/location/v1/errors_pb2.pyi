from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_JOURNEY_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_ATTENDING: _ClassVar[ErrorReason]
    ERROR_REASON_EVENT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_EVENT_OVER: _ClassVar[ErrorReason]
    ERROR_REASON_JOURNEY_OVER: _ClassVar[ErrorReason]
    ERROR_REASON_NO_CONSENT: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_REPORT: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_FRAME: _ClassVar[ErrorReason]
    ERROR_REASON_SEQUENCE_GAP: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_SLOW: _ClassVar[ErrorReason]
    ERROR_REASON_STREAM_MOVED: _ClassVar[ErrorReason]
    ERROR_REASON_SHARING_NOT_BEGUN: _ClassVar[ErrorReason]
    ERROR_REASON_JOURNEY_PAUSED: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_PAUSES: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_LEAD_TIME: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_AREA: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_INTERVAL: _ClassVar[ErrorReason]
    ERROR_REASON_SHARE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_SHARE_OVER: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_SHARE: _ClassVar[ErrorReason]
    ERROR_REASON_NO_POSITION: _ClassVar[ErrorReason]
    ERROR_REASON_DEVICE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_RETENTION: _ClassVar[ErrorReason]
    ERROR_REASON_GEOFENCE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_GEOFENCE: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_GEOFENCES: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_JOURNEY_NOT_FOUND: ErrorReason
ERROR_REASON_NOT_ATTENDING: ErrorReason
ERROR_REASON_EVENT_NOT_FOUND: ErrorReason
ERROR_REASON_EVENT_OVER: ErrorReason
ERROR_REASON_JOURNEY_OVER: ErrorReason
ERROR_REASON_NO_CONSENT: ErrorReason
ERROR_REASON_BAD_REPORT: ErrorReason
ERROR_REASON_BAD_FRAME: ErrorReason
ERROR_REASON_SEQUENCE_GAP: ErrorReason
ERROR_REASON_TOO_SLOW: ErrorReason
ERROR_REASON_STREAM_MOVED: ErrorReason
ERROR_REASON_SHARING_NOT_BEGUN: ErrorReason
ERROR_REASON_JOURNEY_PAUSED: ErrorReason
ERROR_REASON_TOO_MANY_PAUSES: ErrorReason
ERROR_REASON_BAD_LEAD_TIME: ErrorReason
ERROR_REASON_BAD_AREA: ErrorReason
ERROR_REASON_BAD_INTERVAL: ErrorReason
ERROR_REASON_SHARE_NOT_FOUND: ErrorReason
ERROR_REASON_SHARE_OVER: ErrorReason
ERROR_REASON_BAD_SHARE: ErrorReason
ERROR_REASON_NO_POSITION: ErrorReason
ERROR_REASON_DEVICE_NOT_FOUND: ErrorReason
ERROR_REASON_BAD_RETENTION: ErrorReason
ERROR_REASON_GEOFENCE_NOT_FOUND: ErrorReason
ERROR_REASON_BAD_GEOFENCE: ErrorReason
ERROR_REASON_TOO_MANY_GEOFENCES: ErrorReason
