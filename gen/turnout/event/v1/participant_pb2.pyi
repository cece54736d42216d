import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.event.v1 import event_pb2 as _event_pb2
from turnout.event.v1 import form_pb2 as _form_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Participant(_message.Message):
    __slots__ = ("name", "event", "display_name", "email", "phone", "language_code", "state", "answer", "note", "booking", "journey", "steps", "create_time", "update_time", "send_time", "guests", "ticket_type", "question_answers", "channel", "undelivered_reason", "time_zone", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Participant.State]
        STATE_LISTED: _ClassVar[Participant.State]
        STATE_INVITED: _ClassVar[Participant.State]
        STATE_ACCEPTED: _ClassVar[Participant.State]
        STATE_DECLINED: _ClassVar[Participant.State]
        STATE_TENTATIVE: _ClassVar[Participant.State]
        STATE_HELD: _ClassVar[Participant.State]
        STATE_REFUSED: _ClassVar[Participant.State]
        STATE_LAPSED: _ClassVar[Participant.State]
        STATE_CONFIRMED: _ClassVar[Participant.State]
        STATE_UNDER_WAY: _ClassVar[Participant.State]
        STATE_ARRIVED: _ClassVar[Participant.State]
        STATE_CANCELLED: _ClassVar[Participant.State]
        STATE_DELIVERED: _ClassVar[Participant.State]
    STATE_UNSPECIFIED: Participant.State
    STATE_LISTED: Participant.State
    STATE_INVITED: Participant.State
    STATE_ACCEPTED: Participant.State
    STATE_DECLINED: Participant.State
    STATE_TENTATIVE: Participant.State
    STATE_HELD: Participant.State
    STATE_REFUSED: Participant.State
    STATE_LAPSED: Participant.State
    STATE_CONFIRMED: Participant.State
    STATE_UNDER_WAY: Participant.State
    STATE_ARRIVED: Participant.State
    STATE_CANCELLED: Participant.State
    STATE_DELIVERED: Participant.State
    class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CHANNEL_UNSPECIFIED: _ClassVar[Participant.Channel]
        CHANNEL_EMAIL: _ClassVar[Participant.Channel]
        CHANNEL_SMS: _ClassVar[Participant.Channel]
        CHANNEL_WHATSAPP: _ClassVar[Participant.Channel]
    CHANNEL_UNSPECIFIED: Participant.Channel
    CHANNEL_EMAIL: Participant.Channel
    CHANNEL_SMS: Participant.Channel
    CHANNEL_WHATSAPP: Participant.Channel
    class Answer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ANSWER_UNSPECIFIED: _ClassVar[Participant.Answer]
        ANSWER_YES: _ClassVar[Participant.Answer]
        ANSWER_NO: _ClassVar[Participant.Answer]
        ANSWER_MAYBE: _ClassVar[Participant.Answer]
    ANSWER_UNSPECIFIED: Participant.Answer
    ANSWER_YES: Participant.Answer
    ANSWER_NO: Participant.Answer
    ANSWER_MAYBE: Participant.Answer
    class Step(_message.Message):
        __slots__ = ("state", "reach_time")
        STATE_FIELD_NUMBER: _ClassVar[int]
        REACH_TIME_FIELD_NUMBER: _ClassVar[int]
        state: Participant.State
        reach_time: _timestamp_pb2.Timestamp
        def __init__(self, state: _Optional[_Union[Participant.State, str]] = ..., reach_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    GUESTS_FIELD_NUMBER: _ClassVar[int]
    TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
    QUESTION_ANSWERS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    UNDELIVERED_REASON_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    event: str
    display_name: str
    email: str
    phone: str
    language_code: str
    state: Participant.State
    answer: Participant.Answer
    note: str
    booking: str
    journey: str
    steps: _containers.RepeatedCompositeFieldContainer[Participant.Step]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    send_time: _timestamp_pb2.Timestamp
    guests: int
    ticket_type: str
    question_answers: _containers.RepeatedCompositeFieldContainer[_form_pb2.QuestionAnswer]
    channel: Participant.Channel
    undelivered_reason: str
    time_zone: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., event: _Optional[str] = ..., display_name: _Optional[str] = ..., email: _Optional[str] = ..., phone: _Optional[str] = ..., language_code: _Optional[str] = ..., state: _Optional[_Union[Participant.State, str]] = ..., answer: _Optional[_Union[Participant.Answer, str]] = ..., note: _Optional[str] = ..., booking: _Optional[str] = ..., journey: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[Participant.Step, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., guests: _Optional[int] = ..., ticket_type: _Optional[str] = ..., question_answers: _Optional[_Iterable[_Union[_form_pb2.QuestionAnswer, _Mapping]]] = ..., channel: _Optional[_Union[Participant.Channel, str]] = ..., undelivered_reason: _Optional[str] = ..., time_zone: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class Invitation(_message.Message):
    __slots__ = ("participant", "event", "registration_form", "link")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_FORM_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    participant: Participant
    event: _event_pb2.Event
    registration_form: _form_pb2.RegistrationForm
    link: str
    def __init__(self, participant: _Optional[_Union[Participant, _Mapping]] = ..., event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ..., registration_form: _Optional[_Union[_form_pb2.RegistrationForm, _Mapping]] = ..., link: _Optional[str] = ...) -> None: ...

class CreateParticipantRequest(_message.Message):
    __slots__ = ("parent", "participant", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    participant: Participant
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., participant: _Optional[_Union[Participant, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetParticipantRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListParticipantsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "event", "states", "answers", "channels", "query", "ticket_type", "order_by")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    event: str
    states: _containers.RepeatedScalarFieldContainer[Participant.State]
    answers: _containers.RepeatedScalarFieldContainer[Participant.Answer]
    channels: _containers.RepeatedScalarFieldContainer[Participant.Channel]
    query: str
    ticket_type: str
    order_by: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., event: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Participant.State, str]]] = ..., answers: _Optional[_Iterable[_Union[Participant.Answer, str]]] = ..., channels: _Optional[_Iterable[_Union[Participant.Channel, str]]] = ..., query: _Optional[str] = ..., ticket_type: _Optional[str] = ..., order_by: _Optional[str] = ...) -> None: ...

class ListParticipantsResponse(_message.Message):
    __slots__ = ("participants", "next_page_token")
    PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    participants: _containers.RepeatedCompositeFieldContainer[Participant]
    next_page_token: str
    def __init__(self, participants: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateParticipantRequest(_message.Message):
    __slots__ = ("participant", "update_mask")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    participant: Participant
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, participant: _Optional[_Union[Participant, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class DeleteParticipantRequest(_message.Message):
    __slots__ = ("name", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class ListDuplicatesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "event")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    event: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., event: _Optional[str] = ...) -> None: ...

class ListDuplicatesResponse(_message.Message):
    __slots__ = ("duplicates", "next_page_token")
    class Duplicates(_message.Message):
        __slots__ = ("participants", "likeness")
        PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
        LIKENESS_FIELD_NUMBER: _ClassVar[int]
        participants: _containers.RepeatedCompositeFieldContainer[Participant]
        likeness: str
        def __init__(self, participants: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., likeness: _Optional[str] = ...) -> None: ...
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    duplicates: _containers.RepeatedCompositeFieldContainer[ListDuplicatesResponse.Duplicates]
    next_page_token: str
    def __init__(self, duplicates: _Optional[_Iterable[_Union[ListDuplicatesResponse.Duplicates, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class MergeParticipantRequest(_message.Message):
    __slots__ = ("name", "duplicate", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    duplicate: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., duplicate: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class InviteParticipantRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetInvitationRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AnswerInvitationRequest(_message.Message):
    __slots__ = ("name", "answer", "ticket_type", "note", "request_id", "guests", "question_answers")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    GUESTS_FIELD_NUMBER: _ClassVar[int]
    QUESTION_ANSWERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    answer: Participant.Answer
    ticket_type: str
    note: str
    request_id: str
    guests: int
    question_answers: _containers.RepeatedCompositeFieldContainer[_form_pb2.QuestionAnswer]
    def __init__(self, name: _Optional[str] = ..., answer: _Optional[_Union[Participant.Answer, str]] = ..., ticket_type: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., guests: _Optional[int] = ..., question_answers: _Optional[_Iterable[_Union[_form_pb2.QuestionAnswer, _Mapping]]] = ...) -> None: ...

class ParticipantInvited(_message.Message):
    __slots__ = ("participant", "event", "display_name", "email", "phone", "language_code", "link")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    participant: str
    event: str
    display_name: str
    email: str
    phone: str
    language_code: str
    link: str
    def __init__(self, participant: _Optional[str] = ..., event: _Optional[str] = ..., display_name: _Optional[str] = ..., email: _Optional[str] = ..., phone: _Optional[str] = ..., language_code: _Optional[str] = ..., link: _Optional[str] = ...) -> None: ...

class ParticipantAnswered(_message.Message):
    __slots__ = ("participant", "event", "answer", "ticket_type", "guests")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
    GUESTS_FIELD_NUMBER: _ClassVar[int]
    participant: str
    event: str
    answer: Participant.Answer
    ticket_type: str
    guests: int
    def __init__(self, participant: _Optional[str] = ..., event: _Optional[str] = ..., answer: _Optional[_Union[Participant.Answer, str]] = ..., ticket_type: _Optional[str] = ..., guests: _Optional[int] = ...) -> None: ...

class ReplyTaken(_message.Message):
    __slots__ = ("participant", "event", "inbound_message", "answer", "guests", "refusal")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    INBOUND_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    GUESTS_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    participant: str
    event: str
    inbound_message: str
    answer: Participant.Answer
    guests: int
    refusal: str
    def __init__(self, participant: _Optional[str] = ..., event: _Optional[str] = ..., inbound_message: _Optional[str] = ..., answer: _Optional[_Union[Participant.Answer, str]] = ..., guests: _Optional[int] = ..., refusal: _Optional[str] = ...) -> None: ...

class ParticipantChanged(_message.Message):
    __slots__ = ("participant", "event", "display_name", "email", "phone", "language_code")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    participant: str
    event: str
    display_name: str
    email: str
    phone: str
    language_code: str
    def __init__(self, participant: _Optional[str] = ..., event: _Optional[str] = ..., display_name: _Optional[str] = ..., email: _Optional[str] = ..., phone: _Optional[str] = ..., language_code: _Optional[str] = ...) -> None: ...

class ParticipantRemoved(_message.Message):
    __slots__ = ("participant", "event")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    participant: str
    event: str
    def __init__(self, participant: _Optional[str] = ..., event: _Optional[str] = ...) -> None: ...

class ParticipantMerged(_message.Message):
    __slots__ = ("participant", "duplicate", "event")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    participant: str
    duplicate: str
    event: str
    def __init__(self, participant: _Optional[str] = ..., duplicate: _Optional[str] = ..., event: _Optional[str] = ...) -> None: ...
