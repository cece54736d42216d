import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
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

class Invoice(_message.Message):
    __slots__ = ("name", "kind", "number", "payment", "booking", "payer", "total", "lines", "taxes", "seller", "event_display_name", "corrected_invoice", "create_time", "etag")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Invoice.Kind]
        KIND_INVOICE: _ClassVar[Invoice.Kind]
        KIND_CREDIT_NOTE: _ClassVar[Invoice.Kind]
        KIND_CREDIT_NOTE_REVERSAL: _ClassVar[Invoice.Kind]
    KIND_UNSPECIFIED: Invoice.Kind
    KIND_INVOICE: Invoice.Kind
    KIND_CREDIT_NOTE: Invoice.Kind
    KIND_CREDIT_NOTE_REVERSAL: Invoice.Kind
    class Line(_message.Message):
        __slots__ = ("description", "quantity", "amount", "tax_basis_points")
        DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
        QUANTITY_FIELD_NUMBER: _ClassVar[int]
        AMOUNT_FIELD_NUMBER: _ClassVar[int]
        TAX_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
        description: str
        quantity: int
        amount: _money_pb2.Money
        tax_basis_points: int
        def __init__(self, description: _Optional[str] = ..., quantity: _Optional[int] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., tax_basis_points: _Optional[int] = ...) -> None: ...
    class Tax(_message.Message):
        __slots__ = ("tax_basis_points", "net_amount", "tax_amount")
        TAX_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
        NET_AMOUNT_FIELD_NUMBER: _ClassVar[int]
        TAX_AMOUNT_FIELD_NUMBER: _ClassVar[int]
        tax_basis_points: int
        net_amount: _money_pb2.Money
        tax_amount: _money_pb2.Money
        def __init__(self, tax_basis_points: _Optional[int] = ..., net_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., tax_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...
    class Seller(_message.Message):
        __slots__ = ("legal_name", "address", "tax_id", "note")
        LEGAL_NAME_FIELD_NUMBER: _ClassVar[int]
        ADDRESS_FIELD_NUMBER: _ClassVar[int]
        TAX_ID_FIELD_NUMBER: _ClassVar[int]
        NOTE_FIELD_NUMBER: _ClassVar[int]
        legal_name: str
        address: str
        tax_id: str
        note: str
        def __init__(self, legal_name: _Optional[str] = ..., address: _Optional[str] = ..., tax_id: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    PAYER_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    TAXES_FIELD_NUMBER: _ClassVar[int]
    SELLER_FIELD_NUMBER: _ClassVar[int]
    EVENT_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_INVOICE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: Invoice.Kind
    number: str
    payment: str
    booking: str
    payer: str
    total: _money_pb2.Money
    lines: _containers.RepeatedCompositeFieldContainer[Invoice.Line]
    taxes: _containers.RepeatedCompositeFieldContainer[Invoice.Tax]
    seller: Invoice.Seller
    event_display_name: str
    corrected_invoice: str
    create_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[Invoice.Kind, str]] = ..., number: _Optional[str] = ..., payment: _Optional[str] = ..., booking: _Optional[str] = ..., payer: _Optional[str] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[Invoice.Line, _Mapping]]] = ..., taxes: _Optional[_Iterable[_Union[Invoice.Tax, _Mapping]]] = ..., seller: _Optional[_Union[Invoice.Seller, _Mapping]] = ..., event_display_name: _Optional[str] = ..., corrected_invoice: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class InvoiceSettings(_message.Message):
    __slots__ = ("name", "legal_name", "address", "tax_id", "note", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LEGAL_NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TAX_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    legal_name: str
    address: str
    tax_id: str
    note: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., legal_name: _Optional[str] = ..., address: _Optional[str] = ..., tax_id: _Optional[str] = ..., note: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class GetInvoiceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListInvoicesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "payment")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    payment: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., payment: _Optional[str] = ...) -> None: ...

class ListInvoicesResponse(_message.Message):
    __slots__ = ("invoices", "next_page_token")
    INVOICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    invoices: _containers.RepeatedCompositeFieldContainer[Invoice]
    next_page_token: str
    def __init__(self, invoices: _Optional[_Iterable[_Union[Invoice, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetInvoiceDocumentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetReceiptRequest(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class GetReceiptLinkRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ReceiptLink(_message.Message):
    __slots__ = ("uri", "expire_time")
    URI_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    uri: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, uri: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RevokeReceiptLinksRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetInvoiceSettingsRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class UpdateInvoiceSettingsRequest(_message.Message):
    __slots__ = ("invoice_settings", "update_mask")
    INVOICE_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    invoice_settings: InvoiceSettings
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, invoice_settings: _Optional[_Union[InvoiceSettings, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class InvoiceIssued(_message.Message):
    __slots__ = ("invoice", "kind", "number", "payment", "booking", "payer", "total", "link_expire_time")
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    PAYER_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    LINK_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    invoice: str
    kind: Invoice.Kind
    number: str
    payment: str
    booking: str
    payer: str
    total: _money_pb2.Money
    link_expire_time: _timestamp_pb2.Timestamp
    def __init__(self, invoice: _Optional[str] = ..., kind: _Optional[_Union[Invoice.Kind, str]] = ..., number: _Optional[str] = ..., payment: _Optional[str] = ..., booking: _Optional[str] = ..., payer: _Optional[str] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., link_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
