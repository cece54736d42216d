from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_EMAIL_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_BAD_CREDENTIALS: _ClassVar[ErrorReason]
    ERROR_REASON_SESSION_ENDED: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_LOGINS: _ClassVar[ErrorReason]
    ERROR_REASON_USER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_ORGANIZATION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_MEMBER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_MEMBER_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_LAST_OWNER: _ClassVar[ErrorReason]
    ERROR_REASON_OWNERS_ONLY: _ClassVar[ErrorReason]
    ERROR_REASON_COMMON_PASSWORD: _ClassVar[ErrorReason]
    ERROR_REASON_SESSION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_WRONG_PASSWORD: _ClassVar[ErrorReason]
    ERROR_REASON_USER_DEACTIVATED: _ClassVar[ErrorReason]
    ERROR_REASON_OWNS_ORGANIZATION: _ClassVar[ErrorReason]
    ERROR_REASON_AUDIT_ENTRY_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_OWNER_NEEDED: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_EMAIL_TAKEN: ErrorReason
ERROR_REASON_BAD_CREDENTIALS: ErrorReason
ERROR_REASON_SESSION_ENDED: ErrorReason
ERROR_REASON_TOO_MANY_LOGINS: ErrorReason
ERROR_REASON_USER_NOT_FOUND: ErrorReason
ERROR_REASON_ORGANIZATION_NOT_FOUND: ErrorReason
ERROR_REASON_MEMBER_NOT_FOUND: ErrorReason
ERROR_REASON_MEMBER_EXISTS: ErrorReason
ERROR_REASON_LAST_OWNER: ErrorReason
ERROR_REASON_OWNERS_ONLY: ErrorReason
ERROR_REASON_COMMON_PASSWORD: ErrorReason
ERROR_REASON_SESSION_NOT_FOUND: ErrorReason
ERROR_REASON_WRONG_PASSWORD: ErrorReason
ERROR_REASON_USER_DEACTIVATED: ErrorReason
ERROR_REASON_OWNS_ORGANIZATION: ErrorReason
ERROR_REASON_AUDIT_ENTRY_NOT_FOUND: ErrorReason
ERROR_REASON_OWNER_NEEDED: ErrorReason
