"""What invoices keep and read. Each function is one statement, inside the transaction."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Statement, Tx, sql
from services.kit.money import Money
from services.kit.names import Name
from services.payment.invoices.domain import Invoice, Kind, Line, Seller, Settings
from services.payment.invoices.tables import TIME, counters, invoices, revoked_links, settings

_organization = sa.bindparam("organization", type_=sa.Uuid)
_HERE = invoices.c.organization == _organization
_own = sa.bindparam("own", type_=sa.Text)
_READ = sql(
    sa.select(invoices).where(
        _HERE,
        invoices.c.id == sa.bindparam("id"),
        sa.or_(_own.is_(None), invoices.c.payer == _own),
    )
)
_OF_SOURCE = sql(
    sa.select(invoices).where(
        _HERE,
        invoices.c.kind == sa.bindparam("kind"),
        invoices.c.source == sa.bindparam("source", type_=sa.Uuid),
    )
)
_ADD = sql(
    sa.insert(invoices).values({c.name: sa.bindparam(c.name, type_=c.type) for c in invoices.c})
)
_count = insert(counters).values(
    organization=_organization, year=sa.bindparam("year"), last=sa.literal_column("1")
)
# Whoever counts next waits for the commit of who counted before: no number is lost or twice.
_COUNT = sql(
    _count.on_conflict_do_update(
        index_elements=[counters.c.organization, counters.c.year],
        set_={"last": counters.c.last + sa.literal_column("1")},
    ).returning(counters.c.last)
)
_payment = sa.bindparam("payment", type_=sa.Uuid)


def _page(*where: Any) -> Statement:
    return sql(
        sa.select(invoices)
        .where(
            _HERE,
            sa.or_(_payment.is_(None), invoices.c.payment == _payment),
            invoices.c.id > sa.bindparam("after", type_=sa.Uuid),
            *where,
        )
        .order_by(invoices.c.id)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


# Two statements, for they take different indexes.
_PAGE, _OWN_PAGE = _page(), _page(invoices.c.payer == sa.bindparam("own"))
_through = revoked_links.c.through
_revoke = insert(revoked_links).values(
    {c.name: sa.bindparam(c.name, type_=c.type) for c in revoked_links.c}
)
_REVOKE = sql(
    _revoke.on_conflict_do_update(
        index_elements=[revoked_links.c.organization, revoked_links.c.invoice],
        set_={"through": sa.func.greatest(_through, _revoke.excluded.through)},
    )
)
_REVOKED = sql(
    sa.select(_through).where(
        revoked_links.c.organization == _organization,
        revoked_links.c.invoice == sa.bindparam("invoice", type_=sa.Uuid),
        _through >= sa.bindparam("until", type_=TIME),
    )
)
_SETTINGS = sql(sa.select(settings).where(settings.c.organization == _organization))
_keep = insert(settings).values({c.name: sa.bindparam(c.name, type_=c.type) for c in settings.c})
_KEEP = sql(
    _keep.on_conflict_do_update(
        index_elements=[settings.c.organization],
        set_={"seller": _keep.excluded.seller, "version": _keep.excluded.version},
        where=settings.c.version == _keep.excluded.version - sa.literal_column("1"),
    )
)
_CALL = sql(
    _keep.on_conflict_do_update(
        index_elements=[settings.c.organization],
        set_={"display_name": _keep.excluded.display_name},
    )
)


async def count(tx: Tx, organization: uuid.UUID, year: int) -> int:
    """The next number of a year; it is taken with the commit."""
    row = await tx.one(_COUNT, organization=organization, year=year)
    return int(row.last)


async def add(tx: Tx, value: Invoice) -> None:
    seller = value.seller
    await tx.run(
        _ADD,
        organization=value.name.organization,
        id=value.name.id,
        kind=value.kind.value,
        year=value.year,
        number=value.number,
        source=value.source,
        payment=value.payment.id,
        booking=value.booking.id,
        payer=value.payer,
        currency=value.total.currency,
        total_minor=value.total.minor,
        lines=[[each.description, each.quantity, each.amount, each.rate] for each in value.lines],
        seller=[seller.name, seller.address, seller.tax_id, seller.note],
        event=value.event,
        corrects=value.corrects,
        create_time=value.create_time,
    )


async def read(tx: Tx, name: Name, *, own: str | None) -> Invoice | None:
    """An invoice, if it is there and `own` paid, or whoever if that is None."""
    row = await tx.maybe(_READ, organization=name.organization, id=name.id, own=own)
    return _invoice(row) if row else None


async def of(tx: Tx, organization: uuid.UUID, kind: Kind, source: uuid.UUID) -> Invoice | None:
    """What there is on paper of a payment or a refund."""
    row = await tx.maybe(_OF_SOURCE, organization=organization, kind=kind.value, source=source)
    return _invoice(row) if row else None


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    payment: uuid.UUID | None,
    own: str | None,
    after: uuid.UUID,
    size: int,
) -> list[Invoice]:
    """Invoices by their ids, which is oldest first."""
    where = {"organization": organization, "payment": payment, "after": after, "size": size}
    if own is None:
        rows = await tx.all(_PAGE, **where)
    else:
        rows = await tx.all(_OWN_PAGE, own=own, **where)
    return [_invoice(row) for row in rows]


async def wanted(tx: Tx, organization: uuid.UUID) -> Settings:
    """What an organization wants on its invoices."""
    row = await tx.maybe(_SETTINGS, organization=organization)
    if row is None:
        return Settings(organization, "", Seller())
    return Settings(organization, row.display_name, Seller(*row.seller), row.version)


async def want(tx: Tx, value: Settings) -> int:
    """Writes the next version over the one before; says whether that was the latest."""
    return await tx.run(_KEEP, **_wanted(value))


async def call(tx: Tx, organization: uuid.UUID, display_name: str) -> None:
    """Knows what an organization is called."""
    await tx.run(_CALL, **_wanted(Settings(organization, display_name, Seller())))


def _wanted(value: Settings) -> dict[str, Any]:
    seller = value.seller
    return {
        "organization": value.organization,
        "display_name": value.display_name,
        "seller": [seller.name, seller.address, seller.tax_id, seller.note],
        "version": value.version,
    }


def _invoice(row: Any) -> Invoice:
    organization = row.organization
    return Invoice(
        name=Name(organization, row.id),
        kind=Kind(row.kind),
        year=row.year,
        number=row.number,
        source=row.source,
        payment=Name(organization, row.payment),
        booking=Name(organization, row.booking),
        payer=row.payer,
        total=Money(row.currency, row.total_minor),
        lines=tuple(Line(*each) for each in row.lines),
        seller=Seller(*row.seller),
        create_time=row.create_time,
        event=row.event,
        corrects=row.corrects,
    )


async def revoke_links(tx: Tx, invoice: Name, through: datetime) -> None:
    """Makes links to an invoice good for nothing that end at a time, or before."""
    await tx.run(_REVOKE, organization=invoice.organization, invoice=invoice.id, through=through)


async def revoked(tx: Tx, invoice: Name, until: datetime) -> bool:
    """Whether a link that ends at a time was revoked."""
    found = await tx.maybe(
        _REVOKED, organization=invoice.organization, invoice=invoice.id, until=until
    )
    return found is not None
