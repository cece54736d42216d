"""Invoices as pages to print. Pure, but slow: for threads."""

from __future__ import annotations

from collections.abc import Iterator

from services.kit.money import DIGITS, Money
from services.kit.paper import Paper
from services.payment.invoices.domain import Invoice, Kind

MARGIN = 20  # millimetres
TITLES = {
    Kind.INVOICE: "Invoice",
    Kind.CREDIT_NOTE: "Credit note",
    Kind.REVERSAL: "Reversal of a credit note",
}


def pdf(invoice: Invoice, corrected: Invoice | None, font: str) -> bytes:
    """One page of A4 or more. `corrected` is the invoice that a credit note is about."""
    page = Paper(font, margin=MARGIN)
    page.set_creation_date(invoice.create_time)
    _head(page, invoice, corrected)
    page.rows(_rows(invoice))
    if invoice.seller.note:
        page.ln(6)
        page.words([invoice.seller.note], size=9)
    return bytes(page.output())


def _head(page: Paper, invoice: Invoice, corrected: Invoice | None) -> None:
    seller = invoice.seller
    page.words([seller.name], size=14)
    page.words([*seller.address.splitlines(), seller.tax_id and f"Tax id: {seller.tax_id}"], size=9)
    page.ln(8)
    page.words([f"{TITLES[invoice.kind]} {invoice.label}"], size=18)
    about = f"About invoice {corrected.label}" if corrected else ""
    page.words([f"{invoice.create_time:%Y-%m-%d}", about, invoice.event])
    page.words([f"Payment {invoice.payment.id}", f"Booking {invoice.booking.id}"], size=8)
    page.ln(6)


def _rows(invoice: Invoice) -> Iterator[tuple[str, str]]:
    currency = invoice.total.currency
    for line in invoice.lines:
        yield f"{line.quantity} × {line.description}", amount(Money(currency, line.amount))
    for tax in invoice.taxes:
        yield f"Net at {percent(tax.rate)}", amount(Money(currency, tax.net))
        yield f"Tax at {percent(tax.rate)}", amount(Money(currency, tax.tax))
    yield "Total", amount(invoice.total)


def percent(rate: int) -> str:
    """A rate in hundredths of a percent, as people write it."""
    return f"{rate / 100:g} %"


def amount(money: Money) -> str:
    digits = DIGITS.get(money.currency, 2)
    whole, rest = divmod(money.minor, 10**digits)
    return f"{whole}.{rest:0{digits}} {money.currency}" if digits else f"{whole} {money.currency}"
