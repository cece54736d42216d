"""What comparing books does, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.payment.disputes import store as quarrels
from services.payment.disputes.domain import Dispute
from services.payment.domain import Progress
from services.payment.merchants import store as merchants
from services.payment.merchants.domain import PROVIDERS
from services.payment.provider import Disputed, DisputeState
from services.payment.reconciliation import domain, store
from services.payment.reconciliation.domain import (
    RECONCILIATIONS,
    Movement,
    Reconciliation,
    State,
    Subject,
)

# Compares; its id is the comparison's. And begins one every night; its id is the organization's.
COMPARE = "compare"
NIGHT = "reconcile-nightly"
# Hears of the disputes of a comparison's time; its id is the comparison's.
HEAR = "hear-disputes"
# What the worker is asked to ask the provider for; see `payment.actions`.
FIND = {Subject.CHARGE: "find", Subject.REFUND: "find-refund"}
# What becomes of the money that a bank takes back.
TAKEN = {
    DisputeState.NEEDS_RESPONSE: Progress.PENDING,
    DisputeState.UNDER_REVIEW: Progress.PENDING,
    DisputeState.WON: Progress.FAILED,
    DisputeState.LOST: Progress.SUCCEEDED,
}


async def begin(
    tx: Tx, organization: uuid.UUID, provider: str, start: datetime, end: datetime, now: datetime
) -> Reconciliation:
    value = domain.begin(Name(organization, new_id()), provider, start, end, now)
    await store.add(tx, value)
    tx.schedule(COMPARE, organization, value.name.id, now)
    return value


async def tonight(tx: Tx, organization: uuid.UUID, providers: Iterable[str], now: datetime) -> None:
    """Begins the comparisons of a night, and waits for the next one.

    Of those with whom organizations have accounts of their own, only with whom this one has.
    """
    start, end = domain.last_day(now)
    kept = await merchants.providers(tx, organization)
    for provider in providers:
        if provider in PROVIDERS and provider not in kept:
            continue
        await begin(tx, organization, provider, start, end, now)
    tx.schedule(NIGHT, organization, organization, domain.next_night(now))


async def ours(tx: Tx, name: Name) -> tuple[Reconciliation, list[Movement]] | None:
    """What is to be compared, and our side of it. None when that was done."""
    value = await store.read(tx, name)
    if value is None or value.state is State.DONE:
        return None
    return value, [*await store.charges(tx, value), *await store.refunded(tx, value)]


async def finish(
    tx: Tx,
    name: Name,
    mine: Sequence[Movement],
    theirs: Sequence[Movement],
    told: Sequence[Disputed],
    now: datetime,
) -> None:
    value = await store.lock(tx, name)
    if value is not None and value.state is State.RUNNING:
        disputes = [await _disputed(tx, value, one) for one in told]
        await store.save(tx, domain.finish(value, mine, theirs, disputes, now))


async def _disputed(
    tx: Tx, value: Reconciliation, told: Disputed
) -> tuple[Movement | None, Movement, bool]:
    """What we know of a dispute, what the provider does, and whether the charge is one of ours."""
    organization, reference = value.name.organization, told.reference
    ours = await quarrels.lock_known(tx, organization, value.provider, reference)
    theirs = Movement(Subject.DISPUTE, None, told.amount, TAKEN[told.state], told.time, reference)
    if ours is not None:
        return _taken(ours), theirs, True
    charge = await quarrels.attempt_of(tx, organization, value.provider, told.charge)
    return None, theirs, charge is not None


def _taken(ours: Dispute) -> Movement:
    progress = TAKEN[DisputeState(ours.said.state.value)]
    return Movement(
        Subject.DISPUTE,
        ours.name.id,
        ours.said.amount,
        progress,
        ours.create_time,
        ours.reference,
    )


async def repair(tx: Tx, name: Name, now: datetime) -> Reconciliation:
    """Has the provider asked again where it knows more."""
    before = _found(await store.lock(tx, name), name)
    after, asked = domain.repair(before)
    if after is not before:
        await store.save(tx, after)
    for one in asked:
        if one.subject is Subject.DISPUTE:
            tx.schedule(HEAR, name.organization, name.id, now)
        elif one.key is not None:
            tx.schedule(FIND[one.subject], name.organization, one.key, now)
    return after


async def find(tx: Tx, name: Name) -> Reconciliation:
    return _found(await store.read(tx, name), name)


async def get(tx: Tx, name: Name) -> tuple[Reconciliation, Mapping[uuid.UUID, uuid.UUID]]:
    """A comparison, and the payments of the charges in it."""
    value = await find(tx, name)
    return value, await payments_of(tx, value)


async def payments_of(tx: Tx, value: Reconciliation) -> Mapping[uuid.UUID, uuid.UUID]:
    sides = [one.ours for one in value.differences if one.ours is not None]
    keys = [one.key for one in sides if one.subject is Subject.CHARGE and one.key is not None]
    return await store.payments_of(tx, value.name.organization, keys) if keys else {}


def _found(value: Reconciliation | None, name: Name) -> Reconciliation:
    if value is None:
        raise domain.ReconciliationNotFound(RECONCILIATIONS.format(name))
    return value
