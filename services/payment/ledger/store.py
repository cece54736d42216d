"""What the books keep. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.kit.db import Tx, given, sql
from services.kit.money import Money
from services.kit.names import Name
from services.payment.domain import Payment
from services.payment.ledger.domain import Entry, Kind, Period, Transaction
from services.payment.ledger.tables import TIME, entries, transactions

_HERE = entries.c.organization == sa.bindparam("organization")
_ADD = sql(sa.insert(transactions))
_lines = given(**{column.key: column.type for column in entries.c})
_ADD_ENTRIES = sql(sa.insert(entries).from_select([c.key for c in entries.c], sa.select(*_lines.c)))

_until = sa.bindparam("until", type_=TIME)
_BALANCES = (
    sa.select(
        entries.c.account,
        entries.c.currency,
        # A sum of bigints is a numeric, and no amount of ours is that large.
        sa.cast(sa.func.sum(entries.c.amount_minor), sa.BigInteger).label("amount_minor"),
    )
    .where(_HERE, sa.or_(_until.is_(None), entries.c.create_time <= _until))
    .group_by(entries.c.account, entries.c.currency)
    .order_by(entries.c.account, entries.c.currency)
)
_BALANCE = sql(_BALANCES.where(entries.c.account == sa.bindparam("account")))
_SOME_ACCOUNTS = (
    sa.select(entries.c.account)
    .where(_HERE, entries.c.account > sa.bindparam("after"))
    .group_by(entries.c.account)
    .order_by(entries.c.account)
    .limit(sa.bindparam("most"))
)
_PAGE_OF_BALANCES = sql(_BALANCES.where(entries.c.account.in_(_SOME_ACCOUNTS)))

_account = sa.bindparam("account", type_=sa.Text)
_payment = sa.bindparam("payment", type_=sa.Uuid)
_start, _end = sa.bindparam("start", type_=TIME), sa.bindparam("end", type_=TIME)
_after = (
    sa.bindparam("after_time", type_=TIME),
    sa.bindparam("after_id", type_=sa.Uuid),
    sa.bindparam("after_account", type_=sa.Text),
)
_PLACE = (entries.c.create_time, entries.c.transaction, entries.c.account)
_PAGE = sql(
    sa.select(entries, transactions.c.kind, transactions.c.payment, transactions.c.payout)
    .join(
        transactions,
        (transactions.c.organization == entries.c.organization)
        & (transactions.c.id == entries.c.transaction),
    )
    .where(
        _HERE,
        sa.or_(_account.is_(None), entries.c.account == _account),
        sa.or_(_payment.is_(None), transactions.c.payment == _payment),
        sa.or_(_start.is_(None), entries.c.create_time >= _start),
        sa.or_(_end.is_(None), entries.c.create_time < _end),
        sa.or_(_after[1].is_(None), sa.tuple_(*_PLACE) > sa.tuple_(*_after)),
    )
    .order_by(*_PLACE)
    .limit(sa.bindparam("most"))
)


async def add(tx: Tx, id: uuid.UUID, booked: Transaction, at: datetime) -> None:
    """Books a transaction, with the commit."""
    about = booked.about.name
    organization, pays = about.organization, isinstance(booked.about, Payment)
    tx.write(
        _ADD,
        organization=organization,
        id=id,
        kind=booked.kind.value,
        source=booked.source,
        payment=about.id if pays else None,
        payout=None if pays else about.id,
        create_time=at,
    )
    lines = booked.postings
    tx.write(
        _ADD_ENTRIES,
        organization=[organization] * len(lines),
        transaction=[id] * len(lines),
        account=[line.account for line in lines],
        currency=[line.amount.currency for line in lines],
        amount_minor=[line.amount.minor for line in lines],
        create_time=[at] * len(lines),
    )


async def balance(
    tx: Tx, organization: uuid.UUID, account: str, until: datetime | None
) -> list[Money]:
    """What is on an account, in each of its currencies."""
    rows = await tx.all(_BALANCE, organization=organization, account=account, until=until)
    return [Money(row.currency, row.amount_minor) for row in rows]


async def balances(
    tx: Tx, organization: uuid.UUID, *, until: datetime | None, after: str, most: int
) -> list[tuple[str, list[Money]]]:
    """What is on each account, by their names, beginning behind the name `after`."""
    rows = await tx.all(
        _PAGE_OF_BALANCES, organization=organization, until=until, after=after, most=most
    )
    found: dict[str, list[Money]] = {}
    for row in rows:
        found.setdefault(row.account, []).append(Money(row.currency, row.amount_minor))
    return list(found.items())


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    account: str | None,
    payment: uuid.UUID | None,
    period: Period,
    after_time: datetime | None,
    after_id: uuid.UUID | None,
    after_account: str | None,
    most: int,
) -> Sequence[Entry]:
    """Entries, oldest first, beginning behind the place `after_…`."""
    rows = await tx.all(
        _PAGE,
        organization=organization,
        account=account,
        payment=payment,
        start=period.start,
        end=period.end,
        after_time=after_time,
        after_id=after_id,
        after_account=after_account,
        most=most,
    )
    return [_entry(row) for row in rows]


def _entry(row: Any) -> Entry:
    return Entry(
        transaction=row.transaction,
        kind=Kind(row.kind),
        account=row.account,
        amount=Money(row.currency, row.amount_minor),
        payment=Name(row.organization, row.payment) if row.payment else None,
        payout=Name(row.organization, row.payout) if row.payout else None,
        create_time=row.create_time,
    )
