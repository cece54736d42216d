import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.type import timeofday_pb2 as _timeofday_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from turnout.messaging.v1 import messaging_pb2 as _messaging_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SendingPolicy(_message.Message):
    __slots__ = ("name", "quiet_start_time", "quiet_end_time", "daily_cap", "consent_channels", "leave_notices", "late_threshold", "digest_window", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    QUIET_START_TIME_FIELD_NUMBER: _ClassVar[int]
    QUIET_END_TIME_FIELD_NUMBER: _ClassVar[int]
    DAILY_CAP_FIELD_NUMBER: _ClassVar[int]
    CONSENT_CHANNELS_FIELD_NUMBER: _ClassVar[int]
    LEAVE_NOTICES_FIELD_NUMBER: _ClassVar[int]
    LATE_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    DIGEST_WINDOW_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    quiet_start_time: _timeofday_pb2.TimeOfDay
    quiet_end_time: _timeofday_pb2.TimeOfDay
    daily_cap: int
    consent_channels: _containers.RepeatedScalarFieldContainer[_messaging_pb2.Message.Channel]
    leave_notices: bool
    late_threshold: _duration_pb2.Duration
    digest_window: _duration_pb2.Duration
    etag: str
    def __init__(self, name: _Optional[str] = ..., quiet_start_time: _Optional[_Union[_timeofday_pb2.TimeOfDay, _Mapping]] = ..., quiet_end_time: _Optional[_Union[_timeofday_pb2.TimeOfDay, _Mapping]] = ..., daily_cap: _Optional[int] = ..., consent_channels: _Optional[_Iterable[_Union[_messaging_pb2.Message.Channel, str]]] = ..., leave_notices: _Optional[bool] = ..., late_threshold: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., digest_window: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class GetSendingPolicyRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class UpdateSendingPolicyRequest(_message.Message):
    __slots__ = ("sending_policy", "update_mask", "request_id")
    SENDING_POLICY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    sending_policy: SendingPolicy
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, sending_policy: _Optional[_Union[SendingPolicy, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...
