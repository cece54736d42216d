"""The rules of invoices. Plain values in, plain values out: no clock, no chance, no I/O."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.money import Money
from services.kit.names import Collection, Name
from services.payment.domain import Item
from services.payment.gatherings.domain import Kind as Ticket

INVOICES = Collection("invoices", "turnout.app/Invoice")
# What stands in the line of a booking of which nobody knows what was in it.
UNKNOWN = "Booking"
# What a link to a page is good for, and how long.
RECEIPT = "receipt"
GOOD_FOR = timedelta(days=180)


class Kind(enum.Enum):
    INVOICE = "invoice"
    # Something of an invoice was given back.
    CREDIT_NOTE = "credit_note"
    # What had been given back came back again.
    REVERSAL = "reversal"


@dataclass(frozen=True)
class Line:
    """Seats of one type, or what goes back of them. Amounts have the tax in them."""

    description: str
    quantity: int
    # After any discount, in minor units.
    amount: int
    # The rate of the tax in it, in hundredths of a percent.
    rate: int


@dataclass(frozen=True)
class Tax:
    """All that is taxed at one rate, in minor units."""

    rate: int
    net: int
    tax: int


@dataclass(frozen=True)
class Seller:
    """Who sells, as it stands on paper."""

    name: str = ""
    address: str = ""
    tax_id: str = ""
    # What stands below everything.
    note: str = ""


@dataclass(frozen=True)
class Settings:
    """What an organization wants on its invoices."""

    organization: uuid.UUID
    # What it is called, where nobody said how it is called on paper.
    display_name: str
    seller: Seller
    version: int = 1

    @property
    def printed(self) -> Seller:
        said = self.seller
        return Seller(said.name or self.display_name, said.address, said.tax_id, said.note)


@dataclass(frozen=True)
class Invoice:
    name: Name
    kind: Kind
    year: int
    number: int
    # The payment, or the refund.
    source: uuid.UUID
    payment: Name
    booking: Name
    payer: str
    total: Money
    lines: tuple[Line, ...]
    seller: Seller
    create_time: datetime
    # What it is for, if that was said.
    event: str = ""
    # The invoice that it is about; None if it is one.
    corrects: uuid.UUID | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.year}-{self.number:06}"

    @property
    def taxes(self) -> tuple[Tax, ...]:
        return taxes(self.lines)


class ReceiptNotFound(errors.NotFound):
    message = "this link shows no receipt, or not any more"


class InvoiceNotFound(errors.NotFound):
    message = "there is no invoice {invoice}"
    invoice: str


def sold(items: Sequence[Item], kinds: Mapping[str, Ticket], total: Money) -> tuple[Line, ...]:
    """What was sold, by the items of a booking; a discount is taken off all lines alike."""
    if not items or not sum(item.minor * item.quantity for item in items):
        return (Line(UNKNOWN, 1, total.minor, 0),)
    amounts = spread(total.minor, [item.minor * item.quantity for item in items])
    made = []
    for item, amount in zip(items, amounts, strict=True):
        kind = kinds.get(item.ticket_type) or Ticket(item.ticket_type, 0)
        made.append(Line(kind.display_name, item.quantity, amount, kind.tax))
    return tuple(line for line in made if line.amount)


def credited(invoice: Invoice, amount: Money) -> tuple[Line, ...]:
    """What goes back of an invoice: of each line as much as of the others."""
    amounts = spread(amount.minor, [line.amount for line in invoice.lines])
    return tuple(
        Line(line.description, line.quantity, part, line.rate)
        for line, part in zip(invoice.lines, amounts, strict=True)
        if part
    )


def spread(minor: int, weights: Sequence[int]) -> list[int]:
    """Parts of an amount by weights, which sum to it; what is left goes to the largest rests."""
    whole = sum(weights)
    parts = [minor * weight // whole for weight in weights]
    rests = [minor * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-rests[at], at))
    for at in order[: minor - sum(parts)]:
        parts[at] += 1
    return parts


def taxes(lines: Iterable[Line]) -> tuple[Tax, ...]:
    """The tax in the lines, by its rates, each rounded once."""
    gross: dict[int, int] = {}
    for line in lines:
        gross[line.rate] = gross.get(line.rate, 0) + line.amount
    found = []
    for rate, amount in sorted(gross.items()):
        tax = (2 * amount * rate + 10_000 + rate) // (2 * (10_000 + rate))
        found.append(Tax(rate, amount - tax, tax))
    return tuple(found)
