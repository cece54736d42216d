"""Invoices on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit import links
from services.kit.etags import etag
from services.kit.money import Money
from services.kit.names import ORGANIZATIONS, BadName, Name
from services.kit.wire import money, timestamp
from services.payment.domain import BOOKINGS, PAYMENTS
from services.payment.invoices.domain import (
    GOOD_FOR,
    INVOICES,
    RECEIPT,
    Invoice,
    Kind,
    ReceiptNotFound,
    Settings,
)
from turnout.payment.v1 import invoice_pb2

KINDS = {
    Kind.INVOICE: invoice_pb2.Invoice.KIND_INVOICE,
    Kind.CREDIT_NOTE: invoice_pb2.Invoice.KIND_CREDIT_NOTE,
    Kind.REVERSAL: invoice_pb2.Invoice.KIND_CREDIT_NOTE_REVERSAL,
}
# The fields one may change, by the words of the values.
FIELDS = {"legal_name": "name", "address": "address", "tax_id": "tax_id", "note": "note"}
PATCHABLE = frozenset(FIELDS)


def organization(name: str, field: str = "name") -> uuid.UUID:
    """The organization in `organizations/{uuid}/invoiceSettings`."""
    words = name.split("/")
    if len(words) != 3 or words[2] != "invoiceSettings":
        raise BadName(field, "must look like organizations/{uuid}/invoiceSettings")
    return ORGANIZATIONS.parse("/".join(words[:2]))


def invoice(value: Invoice) -> invoice_pb2.Invoice:
    currency, organization = value.total.currency, value.name.organization
    return invoice_pb2.Invoice(
        name=INVOICES.format(value.name),
        kind=KINDS[value.kind],
        number=value.label,
        payment=PAYMENTS.format(value.payment),
        booking=BOOKINGS.format(value.booking),
        payer=value.payer,
        total=money(value.total),
        lines=[
            invoice_pb2.Invoice.Line(
                description=line.description,
                quantity=line.quantity,
                amount=money(Money(currency, line.amount)),
                tax_basis_points=line.rate,
            )
            for line in value.lines
        ],
        taxes=[
            invoice_pb2.Invoice.Tax(
                tax_basis_points=tax.rate,
                net_amount=money(Money(currency, tax.net)),
                tax_amount=money(Money(currency, tax.tax)),
            )
            for tax in value.taxes
        ],
        seller=invoice_pb2.Invoice.Seller(
            legal_name=value.seller.name,
            address=value.seller.address,
            tax_id=value.seller.tax_id,
            note=value.seller.note,
        ),
        event_display_name=value.event,
        corrected_invoice=(
            INVOICES.format(Name(organization, value.corrects)) if value.corrects else ""
        ),
        create_time=timestamp(value.create_time),
        etag=etag(1),
    )


def of_payment(request: invoice_pb2.ListInvoicesRequest) -> uuid.UUID | None:
    """Of which payment invoices are asked for; None for all."""
    return PAYMENTS.parse(request.payment, "payment").id if request.payment else None


def settings(value: Settings) -> invoice_pb2.InvoiceSettings:
    said = value.seller
    return invoice_pb2.InvoiceSettings(
        name=f"{ORGANIZATIONS.format(value.organization)}/invoiceSettings",
        legal_name=said.name,
        address=said.address,
        tax_id=said.tax_id,
        note=said.note,
        etag=etag(value.version),
    )


def changes(sent: invoice_pb2.InvoiceSettings, paths: frozenset[str]) -> dict[str, str]:
    """What is to be otherwise, by the words of the values."""
    return {FIELDS[path]: getattr(sent, path).strip() for path in paths}


def link(value: Invoice, now: datetime, *, key: bytes, edge: str) -> invoice_pb2.ReceiptLink:
    until = now + GOOD_FOR
    token = links.sign(key, INVOICES.format(value.name), RECEIPT, until)
    return invoice_pb2.ReceiptLink(
        uri=f"{edge}/api/v1/receipts/{token}", expire_time=timestamp(until.replace(microsecond=0))
    )


def linked(token: str, now: datetime, *, key: bytes) -> tuple[Name, datetime]:
    """Which invoice a link shows, and until when it does. Raises ReceiptNotFound."""
    try:
        found = links.verify(key, token, now)
    except (links.LinkInvalid, links.LinkExpired):
        raise ReceiptNotFound() from None
    if found.purpose != RECEIPT:
        raise ReceiptNotFound()
    return INVOICES.parse(found.subject), found.expire_time


def issued(value: Invoice) -> invoice_pb2.InvoiceIssued:
    return invoice_pb2.InvoiceIssued(
        invoice=INVOICES.format(value.name),
        kind=KINDS[value.kind],
        number=value.label,
        payment=PAYMENTS.format(value.payment),
        booking=BOOKINGS.format(value.booking),
        payer=value.payer,
        total=money(value.total),
        link_expire_time=timestamp(value.create_time + GOOD_FOR),
    )
