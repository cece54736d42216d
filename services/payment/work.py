"""What payment does when its time has come: it talks to providers, and reads what they sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.kit.db import Database, Tx
from services.kit.names import Name
from services.payment import actions
from services.payment.disputes import actions as disputes
from services.payment.domain import GOING, Outcome
from services.payment.event_refunds import actions as event_refunds
from services.payment.invoices import actions as papers
from services.payment.invoices.domain import Kind
from services.payment.provider import Provider

# What takes days, as refunds may, is asked for this often.
SELDOM = timedelta(hours=6)
Step = Callable[[Tx, Any], Awaitable[None]]
Errand = Callable[[Database, Any], Awaitable[None]]
Providers = Mapping[str, Provider]
Now = Callable[[], datetime]
# The question that is put to a provider.
Question = Callable[[Provider], Callable[[Any], Awaitable[Outcome]]]


def steps(providers: Providers, now: Now) -> Mapping[str, Step]:
    async def apply(tx: Tx, due: Any) -> None:
        await actions.apply(tx, due.organization, due.id, providers=providers, now=now())

    async def refund_event(tx: Tx, due: Any) -> None:
        await event_refunds.go_on(tx, Name(due.organization, due.id), now())

    async def write(tx: Tx, due: Any) -> None:
        await papers.write(tx, Name(due.organization, due.id), now())

    def credit(kind: Kind) -> Step:
        async def credit(tx: Tx, due: Any) -> None:
            await papers.credit(tx, Name(due.organization, due.id), kind, now())

        return credit

    async def repay(tx: Tx, due: Any) -> None:
        await actions.repay(tx, Name(due.organization, due.id), now())

    async def remind(tx: Tx, due: Any) -> None:
        await disputes.remind(tx, Name(due.organization, due.id))

    return {
        actions.APPLY: apply,
        disputes.REMIND: remind,
        disputes.REPAY: repay,
        papers.INVOICE: write,
        papers.CREDIT: credit(Kind.CREDIT_NOTE),
        papers.REVERSE: credit(Kind.REVERSAL),
        event_refunds.REFUND_EVENT: refund_event,
    }


def errands(providers: Providers, now: Now) -> Mapping[str, Errand]:
    def about(prepare: Any, question: Question, hear: Any) -> Errand:
        return _errand(providers, now, prepare, question, hear)

    charge, refund = actions.hear_charge, actions.hear_refund
    return {
        actions.CHARGE: about(actions.to_charge, lambda one: one.charge, charge),
        actions.CAPTURE: about(actions.to_capture, lambda one: one.capture, charge),
        actions.CANCEL: about(actions.to_find, lambda one: one.cancel, charge),
        actions.FIND: about(actions.to_find, lambda one: one.find, charge),
        actions.COSTS: _costs(providers, now),
        actions.REFUND: about(actions.to_refund, lambda one: one.refund, refund),
        actions.FIND_REFUND: about(actions.to_refund, lambda one: one.find_refund, refund),
    }


def _errand(providers: Providers, now: Now, prepare: Any, question: Question, hear: Any) -> Errand:
    """Asks a provider outside of any transaction, and commits what it said.

    Dying in between only asks again, under the same key.
    """

    async def run(db: Database, due: Any) -> None:
        asked = await db.run(prepare, due.organization, due.id)
        if asked is None:
            return
        name, what = asked
        outcome = await question(providers[name])(what)
        await db.run(hear, due.organization, due.id, outcome, now=now())
        if outcome.progress in GOING and due.kind in actions.FINDING:
            await db.run(_again, due, now(), what.begin_time)

    return run


def _costs(providers: Providers, now: Now) -> Errand:
    """Asks what a charge cost, and books it."""

    async def run(db: Database, due: Any) -> None:
        asked = await db.run(actions.to_cost, due.organization, due.id)
        if asked is not None:
            costs = await providers[asked[0]].costs(asked[1])
            await db.run(actions.hear_costs, due.organization, due.id, costs, now=now())

    return run


async def _again(tx: Tx, due: Any, now: datetime, begun: datetime) -> None:
    """Has what is still under way asked for later once more: the longer it takes, the later."""
    later = max(actions.OVERDUE, min((now - begun) / 4, SELDOM))
    tx.schedule(due.kind, due.organization, due.id, now + later)
