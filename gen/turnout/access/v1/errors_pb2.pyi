from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_FIELDS: _ClassVar[ErrorReason]
    ERROR_REASON_MALFORMED_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_NAME: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_MONEY: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_TIME: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_MASK: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_ETAG: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_PAGE_SIZE: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_PAGE_TOKEN: _ClassVar[ErrorReason]
    ERROR_REASON_PAGE_TOKEN_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_REQUEST_ID: _ClassVar[ErrorReason]
    ERROR_REASON_REQUEST_ID_REUSED: _ClassVar[ErrorReason]
    ERROR_REASON_STALE_ETAG: _ClassVar[ErrorReason]
    ERROR_REASON_CONTENDED: _ClassVar[ErrorReason]
    ERROR_REASON_TOKEN_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_TOKEN_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_TOKEN_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_LINK_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_LINK_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_PERMITTED: _ClassVar[ErrorReason]
    ERROR_REASON_WRONG_AUDIENCE: _ClassVar[ErrorReason]
    ERROR_REASON_OTHER_ORGANIZATION: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MUCH_AT_ONCE: _ClassVar[ErrorReason]
    ERROR_REASON_DATABASE_BUSY: _ClassVar[ErrorReason]
    ERROR_REASON_DATABASE_AWAY: _ClassVar[ErrorReason]
    ERROR_REASON_REDIS_AWAY: _ClassVar[ErrorReason]
    ERROR_REASON_PEER_AWAY: _ClassVar[ErrorReason]
    ERROR_REASON_KEYS_AWAY: _ClassVar[ErrorReason]
    ERROR_REASON_SHUTTING_DOWN: _ClassVar[ErrorReason]
    ERROR_REASON_DEADLINE_EXCEEDED: _ClassVar[ErrorReason]
    ERROR_REASON_DATABASE_SLOW: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNAL_ERROR: _ClassVar[ErrorReason]
    ERROR_REASON_TOKEN_REVOKED: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_FILTER: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_FIELDS: ErrorReason
ERROR_REASON_MALFORMED_REQUEST: ErrorReason
ERROR_REASON_BAD_NAME: ErrorReason
ERROR_REASON_BAD_MONEY: ErrorReason
ERROR_REASON_BAD_TIME: ErrorReason
ERROR_REASON_BAD_MASK: ErrorReason
ERROR_REASON_BAD_ETAG: ErrorReason
ERROR_REASON_BAD_PAGE_SIZE: ErrorReason
ERROR_REASON_BAD_PAGE_TOKEN: ErrorReason
ERROR_REASON_PAGE_TOKEN_MISMATCH: ErrorReason
ERROR_REASON_BAD_REQUEST_ID: ErrorReason
ERROR_REASON_REQUEST_ID_REUSED: ErrorReason
ERROR_REASON_STALE_ETAG: ErrorReason
ERROR_REASON_CONTENDED: ErrorReason
ERROR_REASON_TOKEN_MISSING: ErrorReason
ERROR_REASON_TOKEN_INVALID: ErrorReason
ERROR_REASON_TOKEN_EXPIRED: ErrorReason
ERROR_REASON_LINK_INVALID: ErrorReason
ERROR_REASON_LINK_EXPIRED: ErrorReason
ERROR_REASON_NOT_PERMITTED: ErrorReason
ERROR_REASON_WRONG_AUDIENCE: ErrorReason
ERROR_REASON_OTHER_ORGANIZATION: ErrorReason
ERROR_REASON_TOO_MUCH_AT_ONCE: ErrorReason
ERROR_REASON_DATABASE_BUSY: ErrorReason
ERROR_REASON_DATABASE_AWAY: ErrorReason
ERROR_REASON_REDIS_AWAY: ErrorReason
ERROR_REASON_PEER_AWAY: ErrorReason
ERROR_REASON_KEYS_AWAY: ErrorReason
ERROR_REASON_SHUTTING_DOWN: ErrorReason
ERROR_REASON_DEADLINE_EXCEEDED: ErrorReason
ERROR_REASON_DATABASE_SLOW: ErrorReason
ERROR_REASON_INTERNAL_ERROR: ErrorReason
ERROR_REASON_TOKEN_REVOKED: ErrorReason
ERROR_REASON_BAD_FILTER: ErrorReason
