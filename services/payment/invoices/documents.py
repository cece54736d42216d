"""Invoices as pages to print. Pure, but slow: for threads."""

from __future__ import annotations

import pathlib
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import fpdf

from services.kit.money import DIGITS, Money
from services.payment.invoices.domain import Invoice, Kind

MARGIN = 20  # millimetres
# The fonts that every reader of PDF has know these letters and no others.
LETTERS = "cp1252"
PLAIN = "Helvetica"
TITLES = {
    Kind.INVOICE: "Invoice",
    Kind.CREDIT_NOTE: "Credit note",
    Kind.REVERSAL: "Reversal of a credit note",
}
# Where a font may lie that knows more letters, as the systems have it that we run on.
FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
)


def font(named: str) -> str:
    """The font to print with: the named one, or one that is found. Empty if there is none."""
    return next((each for each in (named, *FONTS) if each and pathlib.Path(each).is_file()), "")


def pdf(invoice: Invoice, corrected: Invoice | None, font: str) -> bytes:
    """One page of A4 or more. `corrected` is the invoice that a credit note is about."""
    page = _Page(font)
    page.set_creation_date(invoice.create_time)
    page.set_margin(MARGIN)
    page.add_page()
    _head(page, invoice, corrected)
    page.rows(_rows(invoice))
    if invoice.seller.note:
        page.ln(6)
        page.words([invoice.seller.note], size=9)
    return bytes(page.output())


class _Page(fpdf.FPDF):
    """A page whose letters are those of the font, or what comes nearest."""

    def __init__(self, font: str) -> None:
        super().__init__(format="A4", unit="mm")
        self._name, self._known = PLAIN, not font
        self.core_fonts_encoding = LETTERS
        if font:
            self._name = "Embedded"
            self.add_font(self._name, fname=font)

    def words(self, lines: Iterable[str], *, size: float = 11) -> None:
        self.set_font(self._name, size=size)
        for text in filter(None, lines):
            self.multi_cell(0, size * 0.5, self._plain(text), new_x="LMARGIN", new_y="NEXT")

    def rows(self, pairs: Iterable[tuple[str, str]], *, size: float = 11) -> None:
        """Lines with something at each end."""
        self.set_font(self._name, size=size)
        layout: dict[str, Any] = {"borders_layout": "NONE", "text_align": ("LEFT", "RIGHT")}
        with self.table(col_widths=(3, 1), first_row_as_headings=False, **layout) as table:
            for pair in pairs:
                table.row([self._plain(text) for text in pair])

    def _plain(self, text: str) -> str:
        """Text in the letters there are: without the accents that there are not, then with `?`."""
        return "".join(map(_letter, text)) if self._known else text


def _head(page: _Page, invoice: Invoice, corrected: Invoice | None) -> None:
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


def _letter(letter: str) -> str:
    for form in (letter, unicodedata.normalize("NFKD", letter)[:1]):
        try:
            form.encode(LETTERS)
        except UnicodeEncodeError:
            continue
        return form
    return "?"


def percent(rate: int) -> str:
    """A rate in hundredths of a percent, as people write it."""
    return f"{rate / 100:g} %"


def amount(money: Money) -> str:
    digits = DIGITS.get(money.currency, 2)
    whole, rest = divmod(money.minor, 10**digits)
    return f"{whole}.{rest:0{digits}} {money.currency}" if digits else f"{whole} {money.currency}"
