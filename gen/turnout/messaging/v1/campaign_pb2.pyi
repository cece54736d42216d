import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.event.v1 import participant_pb2 as _participant_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from turnout.messaging.v1 import messaging_pb2 as _messaging_pb2
from turnout.messaging.v1 import template_pb2 as _template_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Campaign(_message.Message):
    __slots__ = ("name", "display_name", "event", "template", "variables", "channels", "start_time", "state", "progress", "create_time", "audience", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Campaign.State]
        STATE_SCHEDULED: _ClassVar[Campaign.State]
        STATE_RUNNING: _ClassVar[Campaign.State]
        STATE_PAUSED: _ClassVar[Campaign.State]
        STATE_QUEUED: _ClassVar[Campaign.State]
        STATE_CANCELLED: _ClassVar[Campaign.State]
    STATE_UNSPECIFIED: Campaign.State
    STATE_SCHEDULED: Campaign.State
    STATE_RUNNING: Campaign.State
    STATE_PAUSED: Campaign.State
    STATE_QUEUED: Campaign.State
    STATE_CANCELLED: Campaign.State
    class Progress(_message.Message):
        __slots__ = ("written", "waiting", "sent", "failed", "unreachable", "suppressed", "without_consent")
        WRITTEN_FIELD_NUMBER: _ClassVar[int]
        WAITING_FIELD_NUMBER: _ClassVar[int]
        SENT_FIELD_NUMBER: _ClassVar[int]
        FAILED_FIELD_NUMBER: _ClassVar[int]
        UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
        SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
        WITHOUT_CONSENT_FIELD_NUMBER: _ClassVar[int]
        written: int
        waiting: int
        sent: int
        failed: int
        unreachable: int
        suppressed: int
        without_consent: int
        def __init__(self, written: _Optional[int] = ..., waiting: _Optional[int] = ..., sent: _Optional[int] = ..., failed: _Optional[int] = ..., unreachable: _Optional[int] = ..., suppressed: _Optional[int] = ..., without_consent: _Optional[int] = ...) -> None: ...
    class Audience(_message.Message):
        __slots__ = ("answers", "language_codes")
        ANSWERS_FIELD_NUMBER: _ClassVar[int]
        LANGUAGE_CODES_FIELD_NUMBER: _ClassVar[int]
        answers: _containers.RepeatedScalarFieldContainer[_participant_pb2.Participant.Answer]
        language_codes: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, answers: _Optional[_Iterable[_Union[_participant_pb2.Participant.Answer, str]]] = ..., language_codes: _Optional[_Iterable[str]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    event: str
    template: str
    variables: _containers.RepeatedCompositeFieldContainer[_template_pb2.VariableValue]
    channels: _containers.RepeatedScalarFieldContainer[_messaging_pb2.Message.Channel]
    start_time: _timestamp_pb2.Timestamp
    state: Campaign.State
    progress: Campaign.Progress
    create_time: _timestamp_pb2.Timestamp
    audience: Campaign.Audience
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., event: _Optional[str] = ..., template: _Optional[str] = ..., variables: _Optional[_Iterable[_Union[_template_pb2.VariableValue, _Mapping]]] = ..., channels: _Optional[_Iterable[_Union[_messaging_pb2.Message.Channel, str]]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[Campaign.State, str]] = ..., progress: _Optional[_Union[Campaign.Progress, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., audience: _Optional[_Union[Campaign.Audience, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CreateCampaignRequest(_message.Message):
    __slots__ = ("parent", "campaign", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    campaign: Campaign
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., campaign: _Optional[_Union[Campaign, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class PreviewCampaignRequest(_message.Message):
    __slots__ = ("parent", "event", "channels", "audience")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    parent: str
    event: str
    channels: _containers.RepeatedScalarFieldContainer[_messaging_pb2.Message.Channel]
    audience: Campaign.Audience
    def __init__(self, parent: _Optional[str] = ..., event: _Optional[str] = ..., channels: _Optional[_Iterable[_Union[_messaging_pb2.Message.Channel, str]]] = ..., audience: _Optional[_Union[Campaign.Audience, _Mapping]] = ...) -> None: ...

class PreviewCampaignResponse(_message.Message):
    __slots__ = ("reach", "unreachable")
    class Reach(_message.Message):
        __slots__ = ("channel", "recipients", "suppressed", "without_consent")
        CHANNEL_FIELD_NUMBER: _ClassVar[int]
        RECIPIENTS_FIELD_NUMBER: _ClassVar[int]
        SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
        WITHOUT_CONSENT_FIELD_NUMBER: _ClassVar[int]
        channel: _messaging_pb2.Message.Channel
        recipients: int
        suppressed: int
        without_consent: int
        def __init__(self, channel: _Optional[_Union[_messaging_pb2.Message.Channel, str]] = ..., recipients: _Optional[int] = ..., suppressed: _Optional[int] = ..., without_consent: _Optional[int] = ...) -> None: ...
    REACH_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    reach: _containers.RepeatedCompositeFieldContainer[PreviewCampaignResponse.Reach]
    unreachable: int
    def __init__(self, reach: _Optional[_Iterable[_Union[PreviewCampaignResponse.Reach, _Mapping]]] = ..., unreachable: _Optional[int] = ...) -> None: ...

class GetCampaignRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListCampaignsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCampaignsResponse(_message.Message):
    __slots__ = ("campaigns", "next_page_token")
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    campaigns: _containers.RepeatedCompositeFieldContainer[Campaign]
    next_page_token: str
    def __init__(self, campaigns: _Optional[_Iterable[_Union[Campaign, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchCampaignRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class PauseCampaignRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ResumeCampaignRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CancelCampaignRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...
