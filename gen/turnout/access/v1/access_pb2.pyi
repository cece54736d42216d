from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Audience(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIENCE_UNSPECIFIED: _ClassVar[Audience]
    AUDIENCE_PUBLIC: _ClassVar[Audience]
    AUDIENCE_USER: _ClassVar[Audience]
    AUDIENCE_GUEST: _ClassVar[Audience]
    AUDIENCE_MESH: _ClassVar[Audience]

class Peer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PEER_UNSPECIFIED: _ClassVar[Peer]
    PEER_AUTH: _ClassVar[Peer]
    PEER_EVENT: _ClassVar[Peer]
    PEER_BOOKING: _ClassVar[Peer]
    PEER_PAYMENT: _ClassVar[Peer]
    PEER_MESSAGING: _ClassVar[Peer]
    PEER_LOCATION: _ClassVar[Peer]
    PEER_OPERATOR: _ClassVar[Peer]

class Permission(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PERMISSION_UNSPECIFIED: _ClassVar[Permission]
    PERMISSION_ORGANIZATION_READ: _ClassVar[Permission]
    PERMISSION_ORGANIZATION_WRITE: _ClassVar[Permission]
    PERMISSION_MEMBERS_READ: _ClassVar[Permission]
    PERMISSION_MEMBERS_WRITE: _ClassVar[Permission]
    PERMISSION_EVENTS_READ: _ClassVar[Permission]
    PERMISSION_EVENTS_WRITE: _ClassVar[Permission]
    PERMISSION_PARTICIPANTS_READ: _ClassVar[Permission]
    PERMISSION_PARTICIPANTS_WRITE: _ClassVar[Permission]
    PERMISSION_BOOKINGS_READ: _ClassVar[Permission]
    PERMISSION_BOOKINGS_WRITE: _ClassVar[Permission]
    PERMISSION_PAYMENTS_READ: _ClassVar[Permission]
    PERMISSION_PAYMENTS_WRITE: _ClassVar[Permission]
    PERMISSION_MESSAGES_READ: _ClassVar[Permission]
    PERMISSION_MESSAGES_WRITE: _ClassVar[Permission]
    PERMISSION_JOURNEYS_READ: _ClassVar[Permission]
    PERMISSION_AUDIT_READ: _ClassVar[Permission]
    PERMISSION_ANALYTICS_READ: _ClassVar[Permission]
    PERMISSION_CHECK_INS_WRITE: _ClassVar[Permission]
    PERMISSION_API_KEYS_READ: _ClassVar[Permission]
    PERMISSION_API_KEYS_WRITE: _ClassVar[Permission]
    PERMISSION_WEBHOOKS_READ: _ClassVar[Permission]
    PERMISSION_WEBHOOKS_WRITE: _ClassVar[Permission]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_OWNER: _ClassVar[Role]
    ROLE_ADMIN: _ClassVar[Role]
    ROLE_ORGANIZER: _ClassVar[Role]
    ROLE_FINANCE: _ClassVar[Role]
    ROLE_STAFF: _ClassVar[Role]
    ROLE_VIEWER: _ClassVar[Role]

class PlatformPermission(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLATFORM_PERMISSION_UNSPECIFIED: _ClassVar[PlatformPermission]
    PLATFORM_PERMISSION_READ: _ClassVar[PlatformPermission]
    PLATFORM_PERMISSION_WRITE: _ClassVar[PlatformPermission]
    PLATFORM_PERMISSION_ADMINISTRATORS: _ClassVar[PlatformPermission]

class PlatformRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLATFORM_ROLE_UNSPECIFIED: _ClassVar[PlatformRole]
    PLATFORM_ROLE_ADMINISTRATOR: _ClassVar[PlatformRole]

class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIORITY_UNSPECIFIED: _ClassVar[Priority]
    PRIORITY_CRITICAL: _ClassVar[Priority]
    PRIORITY_NORMAL: _ClassVar[Priority]
    PRIORITY_SHEDDABLE: _ClassVar[Priority]
AUDIENCE_UNSPECIFIED: Audience
AUDIENCE_PUBLIC: Audience
AUDIENCE_USER: Audience
AUDIENCE_GUEST: Audience
AUDIENCE_MESH: Audience
PEER_UNSPECIFIED: Peer
PEER_AUTH: Peer
PEER_EVENT: Peer
PEER_BOOKING: Peer
PEER_PAYMENT: Peer
PEER_MESSAGING: Peer
PEER_LOCATION: Peer
PEER_OPERATOR: Peer
PERMISSION_UNSPECIFIED: Permission
PERMISSION_ORGANIZATION_READ: Permission
PERMISSION_ORGANIZATION_WRITE: Permission
PERMISSION_MEMBERS_READ: Permission
PERMISSION_MEMBERS_WRITE: Permission
PERMISSION_EVENTS_READ: Permission
PERMISSION_EVENTS_WRITE: Permission
PERMISSION_PARTICIPANTS_READ: Permission
PERMISSION_PARTICIPANTS_WRITE: Permission
PERMISSION_BOOKINGS_READ: Permission
PERMISSION_BOOKINGS_WRITE: Permission
PERMISSION_PAYMENTS_READ: Permission
PERMISSION_PAYMENTS_WRITE: Permission
PERMISSION_MESSAGES_READ: Permission
PERMISSION_MESSAGES_WRITE: Permission
PERMISSION_JOURNEYS_READ: Permission
PERMISSION_AUDIT_READ: Permission
PERMISSION_ANALYTICS_READ: Permission
PERMISSION_CHECK_INS_WRITE: Permission
PERMISSION_API_KEYS_READ: Permission
PERMISSION_API_KEYS_WRITE: Permission
PERMISSION_WEBHOOKS_READ: Permission
PERMISSION_WEBHOOKS_WRITE: Permission
ROLE_UNSPECIFIED: Role
ROLE_OWNER: Role
ROLE_ADMIN: Role
ROLE_ORGANIZER: Role
ROLE_FINANCE: Role
ROLE_STAFF: Role
ROLE_VIEWER: Role
PLATFORM_PERMISSION_UNSPECIFIED: PlatformPermission
PLATFORM_PERMISSION_READ: PlatformPermission
PLATFORM_PERMISSION_WRITE: PlatformPermission
PLATFORM_PERMISSION_ADMINISTRATORS: PlatformPermission
PLATFORM_ROLE_UNSPECIFIED: PlatformRole
PLATFORM_ROLE_ADMINISTRATOR: PlatformRole
PRIORITY_UNSPECIFIED: Priority
PRIORITY_CRITICAL: Priority
PRIORITY_NORMAL: Priority
PRIORITY_SHEDDABLE: Priority
ACCESS_FIELD_NUMBER: _ClassVar[int]
access: _descriptor.FieldDescriptor
GRANT_FIELD_NUMBER: _ClassVar[int]
grant: _descriptor.FieldDescriptor
PLATFORM_GRANT_FIELD_NUMBER: _ClassVar[int]
platform_grant: _descriptor.FieldDescriptor

class Access(_message.Message):
    __slots__ = ("audiences", "permission", "platform", "callers", "priority")
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    CALLERS_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    audiences: _containers.RepeatedScalarFieldContainer[Audience]
    permission: Permission
    platform: PlatformPermission
    callers: _containers.RepeatedScalarFieldContainer[Peer]
    priority: Priority
    def __init__(self, audiences: _Optional[_Iterable[_Union[Audience, str]]] = ..., permission: _Optional[_Union[Permission, str]] = ..., platform: _Optional[_Union[PlatformPermission, str]] = ..., callers: _Optional[_Iterable[_Union[Peer, str]]] = ..., priority: _Optional[_Union[Priority, str]] = ...) -> None: ...

class PlatformGrant(_message.Message):
    __slots__ = ("permissions",)
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    permissions: _containers.RepeatedScalarFieldContainer[PlatformPermission]
    def __init__(self, permissions: _Optional[_Iterable[_Union[PlatformPermission, str]]] = ...) -> None: ...

class Grant(_message.Message):
    __slots__ = ("permissions",)
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    permissions: _containers.RepeatedScalarFieldContainer[Permission]
    def __init__(self, permissions: _Optional[_Iterable[_Union[Permission, str]]] = ...) -> None: ...
