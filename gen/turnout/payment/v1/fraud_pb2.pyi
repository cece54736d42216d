import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import money_pb2 as _money_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FraudRules(_message.Message):
    __slots__ = ("name", "rules", "etag")
    class Rule(_message.Message):
        __slots__ = ("action", "velocity", "max_amount", "region_codes", "barred")
        class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            ACTION_UNSPECIFIED: _ClassVar[FraudRules.Rule.Action]
            ACTION_REVIEW: _ClassVar[FraudRules.Rule.Action]
            ACTION_REJECT: _ClassVar[FraudRules.Rule.Action]
        ACTION_UNSPECIFIED: FraudRules.Rule.Action
        ACTION_REVIEW: FraudRules.Rule.Action
        ACTION_REJECT: FraudRules.Rule.Action
        class Velocity(_message.Message):
            __slots__ = ("trait", "max_tries", "window")
            class Trait(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
                __slots__ = ()
                TRAIT_UNSPECIFIED: _ClassVar[FraudRules.Rule.Velocity.Trait]
                TRAIT_CARD: _ClassVar[FraudRules.Rule.Velocity.Trait]
                TRAIT_PAYER: _ClassVar[FraudRules.Rule.Velocity.Trait]
                TRAIT_ADDRESS: _ClassVar[FraudRules.Rule.Velocity.Trait]
                TRAIT_DEVICE: _ClassVar[FraudRules.Rule.Velocity.Trait]
            TRAIT_UNSPECIFIED: FraudRules.Rule.Velocity.Trait
            TRAIT_CARD: FraudRules.Rule.Velocity.Trait
            TRAIT_PAYER: FraudRules.Rule.Velocity.Trait
            TRAIT_ADDRESS: FraudRules.Rule.Velocity.Trait
            TRAIT_DEVICE: FraudRules.Rule.Velocity.Trait
            TRAIT_FIELD_NUMBER: _ClassVar[int]
            MAX_TRIES_FIELD_NUMBER: _ClassVar[int]
            WINDOW_FIELD_NUMBER: _ClassVar[int]
            trait: FraudRules.Rule.Velocity.Trait
            max_tries: int
            window: _duration_pb2.Duration
            def __init__(self, trait: _Optional[_Union[FraudRules.Rule.Velocity.Trait, str]] = ..., max_tries: _Optional[int] = ..., window: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
        ACTION_FIELD_NUMBER: _ClassVar[int]
        VELOCITY_FIELD_NUMBER: _ClassVar[int]
        MAX_AMOUNT_FIELD_NUMBER: _ClassVar[int]
        REGION_CODES_FIELD_NUMBER: _ClassVar[int]
        BARRED_FIELD_NUMBER: _ClassVar[int]
        action: FraudRules.Rule.Action
        velocity: FraudRules.Rule.Velocity
        max_amount: _money_pb2.Money
        region_codes: _containers.RepeatedScalarFieldContainer[str]
        barred: bool
        def __init__(self, action: _Optional[_Union[FraudRules.Rule.Action, str]] = ..., velocity: _Optional[_Union[FraudRules.Rule.Velocity, _Mapping]] = ..., max_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., region_codes: _Optional[_Iterable[str]] = ..., barred: _Optional[bool] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    rules: _containers.RepeatedCompositeFieldContainer[FraudRules.Rule]
    etag: str
    def __init__(self, name: _Optional[str] = ..., rules: _Optional[_Iterable[_Union[FraudRules.Rule, _Mapping]]] = ..., etag: _Optional[str] = ...) -> None: ...

class FraudCheck(_message.Message):
    __slots__ = ("name", "payment", "state", "findings", "amount", "payment_method", "payer", "ip_address", "user_agent", "region_code", "create_time", "decider", "decide_time", "note", "card_fingerprint", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[FraudCheck.State]
        STATE_PASSED: _ClassVar[FraudCheck.State]
        STATE_HELD: _ClassVar[FraudCheck.State]
        STATE_APPROVED: _ClassVar[FraudCheck.State]
        STATE_REJECTED: _ClassVar[FraudCheck.State]
    STATE_UNSPECIFIED: FraudCheck.State
    STATE_PASSED: FraudCheck.State
    STATE_HELD: FraudCheck.State
    STATE_APPROVED: FraudCheck.State
    STATE_REJECTED: FraudCheck.State
    class Finding(_message.Message):
        __slots__ = ("action", "explanation")
        ACTION_FIELD_NUMBER: _ClassVar[int]
        EXPLANATION_FIELD_NUMBER: _ClassVar[int]
        action: FraudRules.Rule.Action
        explanation: str
        def __init__(self, action: _Optional[_Union[FraudRules.Rule.Action, str]] = ..., explanation: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_METHOD_FIELD_NUMBER: _ClassVar[int]
    PAYER_FIELD_NUMBER: _ClassVar[int]
    IP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    USER_AGENT_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DECIDER_FIELD_NUMBER: _ClassVar[int]
    DECIDE_TIME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    CARD_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    payment: str
    state: FraudCheck.State
    findings: _containers.RepeatedCompositeFieldContainer[FraudCheck.Finding]
    amount: _money_pb2.Money
    payment_method: str
    payer: str
    ip_address: str
    user_agent: str
    region_code: str
    create_time: _timestamp_pb2.Timestamp
    decider: str
    decide_time: _timestamp_pb2.Timestamp
    note: str
    card_fingerprint: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., payment: _Optional[str] = ..., state: _Optional[_Union[FraudCheck.State, str]] = ..., findings: _Optional[_Iterable[_Union[FraudCheck.Finding, _Mapping]]] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., payment_method: _Optional[str] = ..., payer: _Optional[str] = ..., ip_address: _Optional[str] = ..., user_agent: _Optional[str] = ..., region_code: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decider: _Optional[str] = ..., decide_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ..., card_fingerprint: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class GetFraudRulesRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class UpdateFraudRulesRequest(_message.Message):
    __slots__ = ("fraud_rules", "update_mask")
    FRAUD_RULES_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    fraud_rules: FraudRules
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, fraud_rules: _Optional[_Union[FraudRules, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class GetFraudCheckRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListFraudChecksRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "payment", "state")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    payment: str
    state: FraudCheck.State
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., payment: _Optional[str] = ..., state: _Optional[_Union[FraudCheck.State, str]] = ...) -> None: ...

class ListFraudChecksResponse(_message.Message):
    __slots__ = ("fraud_checks", "next_page_token")
    FRAUD_CHECKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    fraud_checks: _containers.RepeatedCompositeFieldContainer[FraudCheck]
    next_page_token: str
    def __init__(self, fraud_checks: _Optional[_Iterable[_Union[FraudCheck, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ApproveFraudCheckRequest(_message.Message):
    __slots__ = ("name", "note", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    note: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RejectFraudCheckRequest(_message.Message):
    __slots__ = ("name", "note", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    note: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class PaymentHeldForReview(_message.Message):
    __slots__ = ("fraud_check", "payment", "booking", "amount", "reason")
    FRAUD_CHECK_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    fraud_check: str
    payment: str
    booking: str
    amount: _money_pb2.Money
    reason: str
    def __init__(self, fraud_check: _Optional[str] = ..., payment: _Optional[str] = ..., booking: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...
