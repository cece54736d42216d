"""What comes onto paper, one function per intent. Each runs inside one transaction.

Invoices are written by the worker, a moment after the money moved: whoever writes the next
number of an organization waits for who wrote the last, and no webhook shall wait for that.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import ORGANIZATIONS, Name
from services.payment import store as payments
from services.payment.domain import Payment
from services.payment.gatherings import store as gatherings
from services.payment.invoices import domain, store, wire
from services.payment.invoices.domain import GOOD_FOR, INVOICES, Invoice, Kind, Line, Settings
from services.payment.ledger import actions as books

# What is to be written; the id is that of the payment, or of the refund.
INVOICE = "invoice"
CREDIT = "credit-note"
REVERSE = "credit-note-reversal"


@dataclass(frozen=True)
class _Draft:
    """All of an invoice but its number."""

    kind: Kind
    source: uuid.UUID
    payment: Payment
    total: Money
    lines: tuple[Line, ...]
    event: str
    corrects: uuid.UUID | None = None


async def write(tx: Tx, payment: Name, now: datetime) -> None:
    """Writes the invoice of a payment that brought money, once."""
    found = await payments.read(tx, payment)
    if found is None:
        return
    claim = await payments.lock_claim(tx, found.booking)
    # Whoever writes the same one waits here, and then sees it.
    paid = await payments.lock(tx, payment) or found
    if await store.of(tx, payment.organization, Kind.INVOICE, payment.id):
        return
    event = await gatherings.read(tx, payment.organization, paid.event)
    lines = domain.sold(claim.items if claim else (), event.kinds if event else {}, paid.amount)
    name = event.display_name if event else ""
    await _issue(tx, _Draft(Kind.INVOICE, payment.id, paid, paid.amount, lines, name), now)


async def credit(tx: Tx, refund: Name, kind: Kind, now: datetime) -> None:
    """Writes that something of a payment went back, or came back again, once."""
    found = await payments.refund(tx, refund.organization, refund.id)
    if found is None:
        return
    await write(tx, found.payment, now)
    if await store.of(tx, refund.organization, kind, refund.id):
        return
    invoice = await store.of(tx, refund.organization, Kind.INVOICE, found.payment.id)
    paid = await payments.read(tx, found.payment)
    assert invoice is not None
    assert paid is not None
    lines = domain.credited(invoice, found.amount)
    corrects = invoice.name.id
    draft = _Draft(kind, refund.id, paid, found.amount, lines, invoice.event, corrects)
    await _issue(tx, draft, now)


async def _issue(tx: Tx, draft: _Draft, now: datetime) -> None:
    organization, paid = draft.payment.name.organization, draft.payment
    wanted = await store.wanted(tx, organization)
    invoice = Invoice(
        name=Name(organization, new_id()),
        kind=draft.kind,
        year=now.year,
        number=await store.count(tx, organization, now.year),
        source=draft.source,
        payment=paid.name,
        booking=paid.booking,
        payer=paid.payer,
        total=draft.total,
        lines=draft.lines,
        seller=wanted.printed,
        create_time=now,
        event=draft.event,
        corrects=draft.corrects,
    )
    await store.add(tx, invoice)
    await books.taxed(tx, paid, invoice, now)
    tx.publish(wire.issued(invoice), subject=INVOICES.format(invoice.name))


async def get(tx: Tx, name: Name, *, own: str | None) -> Invoice:
    found = await store.read(tx, name, own=own)
    if found is None:
        raise domain.InvoiceNotFound(INVOICES.format(name))
    return found


async def revoke_links(tx: Tx, name: Name, *, own: str | None, now: datetime) -> Invoice:
    """Makes all links to an invoice good for nothing that were made until now."""
    found = await get(tx, name, own=own)
    await store.revoke_links(tx, name, now + GOOD_FOR)
    return found


async def shown(tx: Tx, name: Name, until: datetime) -> Invoice:
    """What a link shows that ends at a time."""
    found = await store.read(tx, name, own=None)
    if found is None or await store.revoked(tx, name, until):
        raise domain.ReceiptNotFound()
    return found


async def change(
    tx: Tx, organization: uuid.UUID, changes: dict[str, str], *, version: int | None
) -> Settings:
    """Has other words on the invoices from now on."""
    before = await store.wanted(tx, organization)
    after = replace(before, seller=replace(before.seller, **changes), version=before.version + 1)
    stale = version not in (None, before.version)
    if stale or await store.want(tx, after) != 1:
        raise StaleEtag(f"{ORGANIZATIONS.format(organization)}/invoiceSettings")
    return after


async def call(tx: Tx, organization: uuid.UUID, display_name: str) -> None:
    """Knows what an organization is called, where nobody said how it is called on paper."""
    await store.call(tx, organization, display_name)
