import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import empty_pb2 as _empty_pb2
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

class Payment(_message.Message):
    __slots__ = ("name", "booking", "payer", "amount", "state", "provider", "failure_reason", "create_time", "update_time", "capture_time", "refunded_amount", "merchant_account", "next_action", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Payment.State]
        STATE_REQUIRES_METHOD: _ClassVar[Payment.State]
        STATE_PROCESSING: _ClassVar[Payment.State]
        STATE_SUCCEEDED: _ClassVar[Payment.State]
        STATE_FAILED: _ClassVar[Payment.State]
        STATE_CANCELLED: _ClassVar[Payment.State]
        STATE_REFUNDING: _ClassVar[Payment.State]
        STATE_REFUNDED: _ClassVar[Payment.State]
        STATE_REQUIRES_ACTION: _ClassVar[Payment.State]
        STATE_AUTHORIZED: _ClassVar[Payment.State]
    STATE_UNSPECIFIED: Payment.State
    STATE_REQUIRES_METHOD: Payment.State
    STATE_PROCESSING: Payment.State
    STATE_SUCCEEDED: Payment.State
    STATE_FAILED: Payment.State
    STATE_CANCELLED: Payment.State
    STATE_REFUNDING: Payment.State
    STATE_REFUNDED: Payment.State
    STATE_REQUIRES_ACTION: Payment.State
    STATE_AUTHORIZED: Payment.State
    class NextAction(_message.Message):
        __slots__ = ("type", "redirect_uri", "client_secret", "publishable_key", "provider_account")
        class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            TYPE_UNSPECIFIED: _ClassVar[Payment.NextAction.Type]
            TYPE_CONFIRM: _ClassVar[Payment.NextAction.Type]
            TYPE_AUTHENTICATE: _ClassVar[Payment.NextAction.Type]
            TYPE_REDIRECT: _ClassVar[Payment.NextAction.Type]
        TYPE_UNSPECIFIED: Payment.NextAction.Type
        TYPE_CONFIRM: Payment.NextAction.Type
        TYPE_AUTHENTICATE: Payment.NextAction.Type
        TYPE_REDIRECT: Payment.NextAction.Type
        TYPE_FIELD_NUMBER: _ClassVar[int]
        REDIRECT_URI_FIELD_NUMBER: _ClassVar[int]
        CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
        PUBLISHABLE_KEY_FIELD_NUMBER: _ClassVar[int]
        PROVIDER_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
        type: Payment.NextAction.Type
        redirect_uri: str
        client_secret: str
        publishable_key: str
        provider_account: str
        def __init__(self, type: _Optional[_Union[Payment.NextAction.Type, str]] = ..., redirect_uri: _Optional[str] = ..., client_secret: _Optional[str] = ..., publishable_key: _Optional[str] = ..., provider_account: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    PAYER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    FAILURE_REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    MERCHANT_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    NEXT_ACTION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    booking: str
    payer: str
    amount: _money_pb2.Money
    state: Payment.State
    provider: str
    failure_reason: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    capture_time: _timestamp_pb2.Timestamp
    refunded_amount: _money_pb2.Money
    merchant_account: str
    next_action: Payment.NextAction
    etag: str
    def __init__(self, name: _Optional[str] = ..., booking: _Optional[str] = ..., payer: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., state: _Optional[_Union[Payment.State, str]] = ..., provider: _Optional[str] = ..., failure_reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., capture_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., refunded_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., merchant_account: _Optional[str] = ..., next_action: _Optional[_Union[Payment.NextAction, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CreatePaymentRequest(_message.Message):
    __slots__ = ("parent", "payment", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    payment: Payment
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., payment: _Optional[_Union[Payment, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetPaymentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListPaymentsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "booking")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    booking: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., booking: _Optional[str] = ...) -> None: ...

class ListPaymentsResponse(_message.Message):
    __slots__ = ("payments", "next_page_token")
    PAYMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    payments: _containers.RepeatedCompositeFieldContainer[Payment]
    next_page_token: str
    def __init__(self, payments: _Optional[_Iterable[_Union[Payment, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ConfirmPaymentRequest(_message.Message):
    __slots__ = ("name", "payment_method", "request_id", "return_uri", "region_code")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_METHOD_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RETURN_URI_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    name: str
    payment_method: str
    request_id: str
    return_uri: str
    region_code: str
    def __init__(self, name: _Optional[str] = ..., payment_method: _Optional[str] = ..., request_id: _Optional[str] = ..., return_uri: _Optional[str] = ..., region_code: _Optional[str] = ...) -> None: ...

class CapturePaymentRequest(_message.Message):
    __slots__ = ("name", "amount", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    amount: _money_pb2.Money
    request_id: str
    def __init__(self, name: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RecordPaymentRequest(_message.Message):
    __slots__ = ("name", "note", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    note: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CancelPaymentRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReceiveWebhookRequest(_message.Message):
    __slots__ = ("provider", "endpoint", "body")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    provider: str
    endpoint: str
    body: _httpbody_pb2.HttpBody
    def __init__(self, provider: _Optional[str] = ..., endpoint: _Optional[str] = ..., body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class PaymentCaptured(_message.Message):
    __slots__ = ("payment", "booking", "payer", "amount")
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    PAYER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    payment: str
    booking: str
    payer: str
    amount: _money_pb2.Money
    def __init__(self, payment: _Optional[str] = ..., booking: _Optional[str] = ..., payer: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class PaymentFailed(_message.Message):
    __slots__ = ("payment", "booking", "payer", "reason")
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    PAYER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    payment: str
    booking: str
    payer: str
    reason: str
    def __init__(self, payment: _Optional[str] = ..., booking: _Optional[str] = ..., payer: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class PaymentRefunded(_message.Message):
    __slots__ = ("payment", "booking", "payer", "amount", "refunded_amount", "refund")
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    PAYER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    payment: str
    booking: str
    payer: str
    amount: _money_pb2.Money
    refunded_amount: _money_pb2.Money
    refund: str
    def __init__(self, payment: _Optional[str] = ..., booking: _Optional[str] = ..., payer: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., refunded_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., refund: _Optional[str] = ...) -> None: ...
