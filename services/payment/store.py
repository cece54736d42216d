"""What payment keeps. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Statement, Tx, given, sql
from services.kit.money import Money
from services.kit.names import Name
from services.payment.domain import (
    Attempt,
    Claim,
    Item,
    Payment,
    Posted,
    Progress,
    Reason,
    Refund,
    Standing,
    State,
    Tier,
)
from services.payment.tables import attempts, claims, notices, payments, refunds

OPEN: Any = sa.literal_column(
    "state in ('requires_method', 'processing', 'requires_action', 'authorized', 'failed')"
)
CAPTURED: Any = sa.literal_column("state in ('succeeded', 'refunding', 'refunded')")


def _at(table: sa.Table, **keys: str) -> tuple[Any, ...]:
    """The row of the organization at the named columns, each a parameter under its own name."""
    columns = {"organization": "organization", **keys}
    return tuple(
        table.c[column] == sa.bindparam(name, type_=table.c[column].type)
        for column, name in columns.items()
    )


# --- claims

_claim = insert(claims).values({c.name: sa.bindparam(c.name, type_=c.type) for c in claims.c})
_KEEP_CLAIM = sql(
    _claim.on_conflict_do_update(
        index_elements=[claims.c.organization, claims.c.booking],
        # What was booked is not told again when that is confirmed.
        set_={c.name: _claim.excluded[c.name] for c in claims.c if not c.primary_key}
        | {"items": sa.func.coalesce(_claim.excluded["items"], claims.c["items"])},
    )
)
_CLAIM = sa.select(claims).where(*_at(claims, booking="booking"))
_LOCK_CLAIM = sql(_CLAIM.with_for_update())
_END_CLAIM = sql(
    sa.update(claims)
    .where(*_at(claims, booking="booking_"))
    .values(standing=sa.bindparam("standing"), expire_time=None)
)


_SHRINK_CLAIM = sql(
    sa.update(claims)
    .where(*_at(claims, booking="booking_"))
    .values(
        total_minor=sa.func.greatest(
            claims.c.total_minor - sa.bindparam("part", type_=sa.BigInteger),
            sa.literal_column("0"),
        )
    )
)


async def keep_claim(tx: Tx, claim: Claim) -> None:
    """Writes down what is to be paid, in place of what was known of the booking before."""
    await tx.run(
        _KEEP_CLAIM,
        organization=claim.booking.organization,
        booking=claim.booking.id,
        buyer=claim.buyer,
        currency=claim.total.currency,
        total_minor=claim.total.minor,
        standing=claim.standing.value,
        expire_time=claim.expire_time,
        event=claim.event,
        items=[[one.ticket_type, one.quantity, one.minor] for one in claim.items] or None,
    )


async def end_claim(tx: Tx, booking: Name, standing: Standing) -> None:
    """There is nothing to pay any more for a booking, if it was known at all."""
    await tx.run(
        _END_CLAIM,
        organization=booking.organization,
        booking_=booking.id,
        standing=standing.value,
    )


async def shrink_claim(tx: Tx, booking: Name, part: Money) -> None:
    """A booking is worth that much less."""
    await tx.run(
        _SHRINK_CLAIM, organization=booking.organization, booking_=booking.id, part=part.minor
    )


async def lock_claim(tx: Tx, booking: Name) -> Claim | None:
    """What is to be paid for a booking; nobody opens or closes its payments until the commit."""
    row = await tx.maybe(_LOCK_CLAIM, organization=booking.organization, booking=booking.id)
    return _claimed(row) if row else None


def _moving(table: sa.Table, who: str, **more: Any) -> Statement:
    return sql(
        sa.update(table)
        .where(
            table.c.organization == sa.bindparam("of"), table.c[who] == sa.bindparam("duplicate")
        )
        .values({who: sa.bindparam("payer_", type_=sa.Text)} | more)
    )


_MOVE_CLAIMS = _moving(claims, "buyer")
_MOVE_PAYMENTS = _moving(payments, "payer", version=payments.c.version + 1)


async def move_claims(tx: Tx, organization: uuid.UUID, *, payer: str, duplicate: str) -> None:
    """Makes what one owes another's."""
    await tx.run(_MOVE_CLAIMS, of=organization, payer_=payer, duplicate=duplicate)


async def move_payments(tx: Tx, organization: uuid.UUID, *, payer: str, duplicate: str) -> None:
    """Makes what one paid another's."""
    await tx.run(_MOVE_PAYMENTS, of=organization, payer_=payer, duplicate=duplicate)


def _claimed(row: Any) -> Claim:
    return Claim(
        booking=Name(row.organization, row.booking),
        buyer=row.buyer,
        total=Money(row.currency, row.total_minor),
        standing=Standing(row.standing),
        expire_time=row.expire_time,
        event=row.event,
        items=tuple(Item(*each) for each in row.items or ()),
    )


# --- payments

_ADD = sql(
    sa.insert(payments).values(
        {
            c.key: sa.bindparam(c.key, type_=c.type)
            for c in payments.c
            if not c.server_default or c.key == "fee_minor"
        }
    )
)
_own = sa.bindparam("own", type_=sa.Text)
_PAYMENTS = sa.select(payments)
_NAMED = _PAYMENTS.where(*_at(payments, id="id"), sa.or_(_own.is_(None), payments.c.payer == _own))
_READ = sql(_NAMED)
_LOCK = sql(_NAMED.with_for_update())
_OF_BOOKING = _PAYMENTS.where(*_at(payments, booking="booking")).order_by(payments.c.id)
_LOCK_OPEN = sql(_OF_BOOKING.where(OPEN).with_for_update())
_LOCK_CAPTURED = sql(_OF_BOOKING.where(CAPTURED).with_for_update())
_SAVE = sql(
    sa.update(payments)
    .where(*_at(payments, id="id_"), payments.c.version == sa.bindparam("version_") - 1)
    .values(
        state=sa.bindparam("state_"),
        provider=sa.bindparam("provider_"),
        attempt=sa.bindparam("attempt_", type_=sa.Uuid),
        failure=sa.bindparam("failure_"),
        capture_time=sa.bindparam("capture_time_", type_=payments.c.capture_time.type),
        update_time=sa.bindparam("update_time_", type_=payments.c.update_time.type),
        refunding_minor=sa.bindparam("refunding_"),
        refunded_minor=sa.bindparam("refunded_"),
        disputed_minor=sa.bindparam("disputed_"),
        owing_minor=sa.bindparam("owing_"),
        account=sa.bindparam("account_", type_=sa.Uuid),
        action=sa.bindparam("action_", type_=sa.LargeBinary),
        amount_minor=sa.bindparam("amount_"),
        version=sa.bindparam("version_"),
    )
)
_booking = sa.bindparam("booking", type_=sa.Uuid)


def _page(*where: Any) -> Statement:
    return sql(
        _PAYMENTS.where(
            payments.c.organization == sa.bindparam("organization"),
            sa.or_(_booking.is_(None), payments.c.booking == _booking),
            payments.c.id > sa.bindparam("after", type_=sa.Uuid),
            *where,
        )
        .order_by(payments.c.id)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


# Two statements, for they take different indexes.
_PAGE = _page()
_OWN_PAGE = _page(payments.c.payer == sa.bindparam("own"))


async def add(tx: Tx, payment: Payment) -> None:
    await tx.run(
        _ADD,
        organization=payment.name.organization,
        id=payment.name.id,
        booking=payment.booking.id,
        payer=payment.payer,
        currency=payment.amount.currency,
        amount_minor=payment.amount.minor,
        state=payment.state.value,
        provider=payment.provider,
        attempt=payment.attempt,
        failure=payment.failure,
        capture_time=payment.capture_time,
        create_time=payment.create_time,
        update_time=payment.update_time,
        event=payment.event,
        terms=payment.terms and [[tier.days, tier.share] for tier in payment.terms],
        account=payment.account,
        fee_minor=payment.fee,
        version=payment.version,
    )


async def read(tx: Tx, name: Name, *, own: str | None = None) -> Payment | None:
    """A payment, if it is there and belongs to `own`, or to whomever if that is None."""
    row = await tx.maybe(_READ, organization=name.organization, id=name.id, own=own)
    return payment(row) if row else None


async def lock(tx: Tx, name: Name, *, own: str | None = None) -> Payment | None:
    """Reads a payment and keeps every other writer away from it until the commit."""
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id, own=own)
    return payment(row) if row else None


async def lock_open(tx: Tx, booking: Name) -> Payment | None:
    """The one payment of a booking that may still charge something."""
    row = await tx.maybe(_LOCK_OPEN, organization=booking.organization, booking=booking.id)
    return payment(row) if row else None


async def lock_captured(tx: Tx, booking: Name) -> list[Payment]:
    """The payments that brought money for a booking."""
    rows = await tx.all(_LOCK_CAPTURED, organization=booking.organization, booking=booking.id)
    return [payment(row) for row in rows]


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    booking: uuid.UUID | None,
    own: str | None,
    after: uuid.UUID,
    size: int,
) -> list[Payment]:
    """Payments by their ids, which is oldest first."""
    where = {"organization": organization, "booking": booking, "after": after, "size": size}
    if own is None:
        rows = await tx.all(_PAGE, **where)
    else:
        rows = await tx.all(_OWN_PAGE, own=own, **where)
    return [payment(row) for row in rows]


async def save(tx: Tx, payment: Payment) -> int:
    """Writes what may change of a payment; says whether it was as expected."""
    return await tx.run(
        _SAVE,
        organization=payment.name.organization,
        id_=payment.name.id,
        state_=payment.state.value,
        provider_=payment.provider,
        attempt_=payment.attempt,
        failure_=payment.failure,
        capture_time_=payment.capture_time,
        update_time_=payment.update_time,
        refunding_=payment.refunding,
        refunded_=payment.refunded,
        disputed_=payment.disputed,
        owing_=payment.owing,
        account_=payment.account,
        action_=payment.action,
        amount_=payment.amount.minor,
        version_=payment.version,
    )


def payment(row: Any) -> Payment:
    return Payment(
        name=Name(row.organization, row.id),
        booking=Name(row.organization, row.booking),
        payer=row.payer,
        amount=Money(row.currency, row.amount_minor),
        state=State(row.state),
        provider=row.provider,
        create_time=row.create_time,
        update_time=row.update_time,
        attempt=row.attempt,
        failure=row.failure,
        capture_time=row.capture_time,
        refunding=row.refunding_minor,
        refunded=row.refunded_minor,
        disputed=row.disputed_minor,
        owing=row.owing_minor,
        event=row.event,
        terms=None if row.terms is None else tuple(Tier(*each) for each in row.terms),
        account=row.account,
        action=bytes(row.action),
        fee=row.fee_minor,
        version=row.version,
    )


# --- attempts and refunds

_ADD_ATTEMPT = sql(
    sa.insert(attempts).values({c.key: sa.bindparam(c.key, type_=c.type) for c in attempts.c})
)
_ATTEMPT = sql(
    sa.select(attempts, payments.c.currency)
    .join(
        payments,
        (payments.c.organization == attempts.c.organization)
        & (payments.c.id == attempts.c.payment),
    )
    .where(*_at(attempts, id="id"))
)
_ADD_REFUND = sql(
    sa.insert(refunds).values({c.key: sa.bindparam(c.key, type_=c.type) for c in refunds.c})
)
_REFUND = sql(sa.select(refunds).where(*_at(refunds, id="id")))


def _changes(table: sa.Table, *columns: str) -> Statement:
    return sql(
        sa.update(table)
        .where(*_at(table, id="id_"))
        .values({c: sa.bindparam(f"{c}_", type_=table.c[c].type) for c in columns})
    )


_SAVE_ATTEMPT = _changes(attempts, "progress", "reference", "failure", "capture_minor")
_SAVE_REFUND = _changes(refunds, "progress", "reference", "failure", "update_time", "version")
_of_payment = sa.bindparam("payment", type_=sa.Uuid)
_PAGE_OF_REFUNDS = sql(
    sa.select(refunds)
    .where(
        refunds.c.organization == sa.bindparam("organization"),
        sa.or_(_of_payment.is_(None), refunds.c.payment == _of_payment),
        refunds.c.id > sa.bindparam("after", type_=sa.Uuid),
    )
    .order_by(refunds.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
)


async def add_attempt(tx: Tx, attempt: Attempt) -> None:
    await tx.run(
        _ADD_ATTEMPT,
        organization=attempt.payment.organization,
        id=attempt.id,
        payment=attempt.payment.id,
        method=attempt.method,
        provider=attempt.provider,
        progress=attempt.progress.value,
        reference=attempt.reference,
        failure=attempt.failure,
        create_time=attempt.create_time,
        account=attempt.account,
        return_uri=attempt.return_uri,
        capture_minor=_minor(attempt.capture),
    )


async def attempt(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> Attempt | None:
    row = await tx.maybe(_ATTEMPT, organization=organization, id=id)
    if row is None:
        return None
    return Attempt(
        id=row.id,
        payment=Name(row.organization, row.payment),
        method=row.method,
        provider=row.provider,
        create_time=row.create_time,
        progress=Progress(row.progress),
        reference=row.reference,
        failure=row.failure,
        account=row.account,
        return_uri=row.return_uri,
        capture=None if row.capture_minor is None else Money(row.currency, row.capture_minor),
    )


async def save_attempt(tx: Tx, attempt: Attempt) -> None:
    await tx.run(_SAVE_ATTEMPT, **_progressed(attempt), capture_minor_=_minor(attempt.capture))


async def add_refund(tx: Tx, refund: Refund) -> None:
    await tx.run(
        _ADD_REFUND,
        organization=refund.payment.organization,
        id=refund.id,
        payment=refund.payment.id,
        attempt=refund.attempt,
        currency=refund.amount.currency,
        amount_minor=refund.amount.minor,
        progress=refund.progress.value,
        reference=refund.reference,
        failure=refund.failure,
        create_time=refund.create_time,
        update_time=refund.update_time,
        reason=refund.reason.value,
        note=refund.note,
        creator=refund.creator,
        provider=refund.provider,
        surplus=refund.surplus,
        version=refund.version,
    )


async def refund(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> Refund | None:
    row = await tx.maybe(_REFUND, organization=organization, id=id)
    return _refund(row) if row else None


async def page_of_refunds(
    tx: Tx, organization: uuid.UUID, *, payment: uuid.UUID | None, after: uuid.UUID, size: int
) -> list[Refund]:
    """Refunds by their ids, which is oldest first: of one payment or of all."""
    rows = await tx.all(
        _PAGE_OF_REFUNDS, organization=organization, payment=payment, after=after, size=size
    )
    return [_refund(row) for row in rows]


async def save_refund(tx: Tx, refund: Refund) -> None:
    await tx.run(
        _SAVE_REFUND,
        **_progressed(refund),
        update_time_=refund.update_time,
        version_=refund.version,
    )


def _refund(row: Any) -> Refund:
    return Refund(
        id=row.id,
        payment=Name(row.organization, row.payment),
        attempt=row.attempt,
        amount=Money(row.currency, row.amount_minor),
        create_time=row.create_time,
        update_time=row.update_time,
        reason=Reason(row.reason),
        note=row.note,
        creator=row.creator,
        provider=row.provider,
        surplus=row.surplus,
        progress=Progress(row.progress),
        reference=row.reference,
        failure=row.failure,
        version=row.version,
    )


def _minor(amount: Money | None) -> int | None:
    return amount.minor if amount else None


def _progressed(value: Attempt | Refund) -> dict[str, Any]:
    return {
        "organization": value.payment.organization,
        "id_": value.id,
        "progress_": value.progress.value,
        "reference_": value.reference,
        "failure_": value.failure,
    }


# --- notices

_given_notices = given(**{column.key: column.type for column in notices.c})
_ADD_NOTICES = sql(
    insert(notices)
    .from_select([column.key for column in notices.c], sa.select(*_given_notices.c))
    .on_conflict_do_nothing(constraint="notices_reference_key")
    .returning(notices.c.organization, notices.c.id)
)
_LOCK_NOTICE = sql(sa.select(notices).where(*_at(notices, id="id")).with_for_update())
_FORGET_NOTICES = sql(sa.select(sa.func.forget_notices().label("gone")))
_SAVE_NOTICE = sql(
    sa.update(notices).where(*_at(notices, id="id_")).values(effect=sa.bindparam("effect_"))
)


async def add_notices(
    tx: Tx, posted: Sequence[tuple[uuid.UUID, Posted]], at: datetime
) -> list[Name]:
    """Keeps notices under new ids, of whatever organizations; gives those that were new."""
    rows = await tx.all(
        _ADD_NOTICES,
        organization=[one.organization for _, one in posted],
        id=[id for id, _ in posted],
        provider=[one.provider for _, one in posted],
        reference=[one.reference for _, one in posted],
        body=[one.body for _, one in posted],
        effect=[""] * len(posted),
        create_time=[at] * len(posted),
    )
    return [Name(row.organization, row.id) for row in rows]


async def lock_notice(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> Any:
    """The row of a notice: `provider`, `reference`, `body` and `effect`."""
    return await tx.one(_LOCK_NOTICE, organization=organization, id=id)


async def save_notice(tx: Tx, organization: uuid.UUID, id: uuid.UUID, effect: str) -> None:
    await tx.run(_SAVE_NOTICE, organization=organization, id_=id, effect_=effect)


async def forget_notices(tx: Tx) -> int:
    """Has the owner empty some notices of long ago that were acted on; says how many."""
    return int((await tx.one(_FORGET_NOTICES)).gone)
