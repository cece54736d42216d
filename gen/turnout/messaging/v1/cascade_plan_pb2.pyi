import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from turnout.messaging.v1 import messaging_pb2 as _messaging_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CascadePlan(_message.Message):
    __slots__ = ("name", "steps", "etag")
    class Step(_message.Message):
        __slots__ = ("channel", "deadline")
        CHANNEL_FIELD_NUMBER: _ClassVar[int]
        DEADLINE_FIELD_NUMBER: _ClassVar[int]
        channel: _messaging_pb2.Message.Channel
        deadline: _duration_pb2.Duration
        def __init__(self, channel: _Optional[_Union[_messaging_pb2.Message.Channel, str]] = ..., deadline: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    steps: _containers.RepeatedCompositeFieldContainer[CascadePlan.Step]
    etag: str
    def __init__(self, name: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[CascadePlan.Step, _Mapping]]] = ..., etag: _Optional[str] = ...) -> None: ...

class GetCascadePlanRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListCascadePlansRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCascadePlansResponse(_message.Message):
    __slots__ = ("cascade_plans", "next_page_token")
    CASCADE_PLANS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cascade_plans: _containers.RepeatedCompositeFieldContainer[CascadePlan]
    next_page_token: str
    def __init__(self, cascade_plans: _Optional[_Iterable[_Union[CascadePlan, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateCascadePlanRequest(_message.Message):
    __slots__ = ("cascade_plan", "update_mask", "request_id")
    CASCADE_PLAN_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    cascade_plan: CascadePlan
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, cascade_plan: _Optional[_Union[CascadePlan, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...
