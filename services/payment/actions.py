"""What payment does, one function per intent. Each runs inside one transaction.

Locks are taken in one order: the claim of a booking, then its payments.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.kit.db import Contended, Database, Tx
from services.kit.ids import new_id
from services.kit.log import logger
from services.kit.money import Money
from services.kit.names import Name
from services.kit.origin import Origin
from services.payment import domain, store, wire
from services.payment.costs import actions as spent
from services.payment.costs.domain import Costs
from services.payment.disputes import actions as disputes
from services.payment.domain import (
    BOOKINGS,
    PAYMENTS,
    REFUNDS,
    Attempt,
    Cause,
    Claim,
    Outcome,
    Payment,
    Posted,
    Progress,
    Reason,
    Refund,
    Standing,
    State,
    Wish,
)
from services.payment.fraud import actions as fraud
from services.payment.fraud import domain as fraud_domain
from services.payment.fraud import wire as fraud_wire
from services.payment.fraud.domain import State as Seen
from services.payment.fraud.domain import Trait, Try
from services.payment.gatherings import store as gatherings
from services.payment.invoices import actions as papers
from services.payment.ledger import actions as books
from services.payment.merchants import actions as accounts
from services.payment.merchants import store as merchants
from services.payment.merchants.domain import Fees
from services.payment.payouts import actions as payouts
from services.payment.provider import (
    AccountChanged,
    BadNotice,
    Charge,
    Disputed,
    Heard,
    Notice,
    PaidOut,
    Provider,
    Return,
    Subject,
)
from services.payment.reconciliation.actions import NIGHT
from services.payment.reconciliation.domain import next_night

# What the worker is asked to do. The id is that of the attempt, the refund, or the notice.
CHARGE = "charge"
CAPTURE = "capture"
CANCEL = "cancel"
FIND = "find"
REFUND = "refund"
FIND_REFUND = "find-refund"
APPLY = "apply"
COSTS = "costs"
FINDING = frozenset({FIND, FIND_REFUND})

# When we ask for ourselves how something went that no notice told us of.
OVERDUE = timedelta(minutes=1)
# When to ask for what a charge cost, and for how long if nobody knows yet.
SOON, LATEST = timedelta(seconds=2), timedelta(days=3)
# For how long a notice waits for what it is about.
PATIENCE = timedelta(days=1)


# --- paying


async def open(
    tx: Tx,
    booking: Name,
    *,
    own: str | None,
    provider: str,
    now: datetime,
    fees: Fees | None = None,
) -> Payment:
    """The payment of a held booking: the one that is open, or a new one.

    It goes through the account that the organization has enabled, or else to `provider`. `fees`
    is what the platform keeps of what goes through a connected one.
    """
    claim = await _claim(tx, booking, own=own)
    found = await store.lock_open(tx, booking) or await _captured(tx, claim)
    if found is not None:
        return found
    event = await gatherings.read(tx, booking.organization, claim.event)
    terms = event.terms if event else None
    merchant = await merchants.enabled(tx, booking.organization)
    if merchant is not None:
        provider = merchant.provider
    account = merchant.name.id if merchant else None
    fee = fees.of(claim.total).minor if fees and merchant and merchant.connection else 0
    payment = domain.open(new_id(), claim, provider, now, account=account, terms=terms, fee=fee)
    await store.add(tx, payment)
    tx.schedule_by(NIGHT, booking.organization, booking.organization, next_night(now))
    return payment


async def _captured(tx: Tx, claim: Claim) -> Payment | None:
    """What was paid for a booking that does not know it yet."""
    captured = await store.lock_captured(tx, claim.booking)
    paid = [payment for payment in captured if payment.state is State.SUCCEEDED]
    return paid[0] if paid and claim.standing is Standing.HELD else None


@dataclass(frozen=True)
class Ask:
    """How somebody wants to pay, and from where."""

    method: str
    origin: Origin
    # Where the card is from, as they say. May be empty.
    region: str = ""
    # Where a browser goes back to that had to leave for the provider's page. May be empty.
    return_uri: str = ""


async def confirm(tx: Tx, name: Name, *, own: str | None, ask: Ask, now: datetime) -> Payment:
    """Begins to charge: the intent is kept here, and the worker talks to the provider."""
    found = await get(tx, name, own=own)
    claim = await _claim(tx, found.booking, own=None)
    payment = await _lock(tx, name)
    after, attempt = domain.confirm(
        payment,
        claim,
        attempt=new_id(),
        method=ask.method,
        return_uri=ask.return_uri,
        now=now,
    )
    await store.add_attempt(tx, attempt)
    await _save(tx, after)
    check = await fraud.look(tx, attempt.id, name, _tried(payment, ask), now)
    if check.state is Seen.HELD:
        tx.publish(fraud_wire.held(check, payment), subject=PAYMENTS.format(name))
        return after
    await _follow(tx, name.organization, attempt.id, check.state, now)
    return after if check.state is Seen.PASSED else await get(tx, name, own=own)


def _tried(payment: Payment, ask: Ask) -> Try:
    traits = {
        Trait.CARD: ask.method,
        Trait.PAYER: payment.payer,
        Trait.ADDRESS: ask.origin.address,
        Trait.DEVICE: ask.origin.user_agent,
    }
    return Try(payment.amount, traits, ask.region)


async def decide(
    tx: Tx, name: Name, seen: Seen, *, who: str, note: str, now: datetime
) -> fraud_domain.Check:
    """Decides about a payment that was held."""
    check, new = await fraud.decide(tx, name, seen, who=who, note=note, now=now)
    if new:
        await _follow(tx, name.organization, name.id, seen, now)
    return check


async def _follow(
    tx: Tx, organization: uuid.UUID, attempt: uuid.UUID, seen: Seen, now: datetime
) -> None:
    """Has an attempt charged, or declines it, as was decided."""
    if seen is Seen.REJECTED and await _take_back(tx, organization, attempt, now):
        return
    if seen is Seen.REJECTED:
        outcome = Outcome(Progress.FAILED, failure=fraud_domain.REJECTED)
        await hear_charge(tx, organization, attempt, outcome, now=now)
        return
    tx.schedule(CHARGE, organization, attempt, now)
    tx.schedule(FIND, organization, attempt, now + OVERDUE)


async def _take_back(tx: Tx, organization: uuid.UUID, id: uuid.UUID, now: datetime) -> bool:
    """Gives back what was charged, or lets go what is reserved. Says whether either was."""
    payment, attempt = await _locked_attempt(tx, organization, id)
    if attempt.progress is Progress.AUTHORIZED:
        tx.schedule(CANCEL, organization, id, now)
        return True
    if attempt.progress is Progress.SUCCEEDED and payment.attempt == id:
        await refund_all(tx, [payment], Reason.FRAUDULENT, now)
    return attempt.progress is Progress.SUCCEEDED


async def capture(tx: Tx, name: Name, *, amount: Money | None, now: datetime) -> Payment:
    """Begins to take what is reserved; the worker talks to the provider."""
    payment = await _lock(tx, name)
    attempt = await _current(tx, payment)
    after, taking = domain.capture(payment, attempt, amount, now)
    await store.save_attempt(tx, taking)
    await _save(tx, after)
    tx.schedule(CAPTURE, name.organization, attempt.id, now)
    return after


async def _current(tx: Tx, payment: Payment) -> Attempt:
    """The attempt that a payment is at."""
    if payment.attempt is None:
        raise domain.WrongPaymentState(PAYMENTS.format(payment.name), payment.state.name)
    return (await _attempt(tx, payment.name.organization, payment.attempt))[0]


async def record(tx: Tx, name: Name, *, note: str, now: datetime) -> Payment:
    """Takes down money that came without a provider."""
    found = await get(tx, name, own=None)
    claim = await _claim(tx, found.booking, own=None)
    payment = await _lock(tx, name)
    after, attempt = domain.record(payment, claim, attempt=new_id(), note=note, now=now)
    await store.add_attempt(tx, attempt)
    await _save(tx, after)
    await books.captured(tx, after, now)
    _tell(tx, after, now)
    return after


async def cancel(tx: Tx, name: Name, *, own: str | None, now: datetime) -> Payment:
    """Closes a payment, or has the provider stop what it is at."""
    found = await get(tx, name, own=own)
    await store.lock_claim(tx, found.booking)
    before = await _lock(tx, name)
    after = domain.cancel(before, now)
    if after is not before:
        await _save(tx, after)
    elif before.state in domain.UNDER_WAY and before.attempt is not None:
        tx.schedule(CANCEL, name.organization, before.attempt, now)
    return after


async def _claim(tx: Tx, booking: Name, *, own: str | None) -> Claim:
    claim = await store.lock_claim(tx, booking)
    if claim is None or own not in (None, claim.buyer):
        raise domain.BookingNotFound(BOOKINGS.format(booking))
    return claim


# --- asking the provider


async def to_charge(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> tuple[str, Charge] | None:
    """Whom to ask to charge what. None when there is nothing to charge any more."""
    attempt, payment = await _attempt(tx, organization, id)
    claim = await store.lock_claim(tx, payment.booking)
    if attempt.progress is not Progress.PENDING or not claim or claim.standing is not Standing.HELD:
        return None
    return attempt.provider, _charge(attempt, payment)


async def to_find(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> tuple[str, Charge] | None:
    """Whom to ask how a charge went, or to stop it. None when that is known."""
    attempt, payment = await _attempt(tx, organization, id)
    if attempt.progress not in domain.GOING:
        return None
    return attempt.provider, _charge(attempt, payment)


async def to_capture(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> tuple[str, Charge] | None:
    """Whom to ask to take what is reserved. None when it was taken, or let go."""
    attempt, payment = await _attempt(tx, organization, id)
    if attempt.progress is not Progress.AUTHORIZED or attempt.capture is None:
        return None
    return attempt.provider, _charge(attempt, payment)


async def to_cost(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> tuple[str, Charge] | None:
    """Whom to ask what a charge cost. None while nobody was asked to charge."""
    attempt, payment = await _attempt(tx, organization, id)
    if attempt.progress in (Progress.PENDING, Progress.CHALLENGED) or not attempt.reference:
        return None
    return attempt.provider, _charge(attempt, payment)


async def to_refund(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> tuple[str, Return] | None:
    """Whom to ask to give what back. None when that is done."""
    refund = await store.refund(tx, organization, id)
    if refund is None or refund.progress is not Progress.PENDING:
        return None
    if refund.provider == domain.OFFLINE:
        return None  # somebody gives it back by hand, and says so
    attempt, payment = await _attempt(tx, organization, refund.attempt)
    return refund.provider, Return(
        organization=organization,
        key=refund.id,
        charge=refund.attempt,
        amount=refund.amount,
        begin_time=refund.create_time,
        account=attempt.account,
        reference=refund.reference,
        charge_reference=attempt.reference,
        reason=refund.reason,
        fee=bool(payment.fee and attempt.account),
    )


async def _attempt(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> tuple[Attempt, Payment]:
    attempt = await store.attempt(tx, organization, id)
    if attempt is None:
        raise LookupError(f"there is no attempt {id}")
    return attempt, await get(tx, attempt.payment, own=None)


def _charge(attempt: Attempt, payment: Payment) -> Charge:
    return Charge(
        organization=payment.name.organization,
        key=attempt.id,
        amount=payment.amount,
        method=attempt.method,
        begin_time=attempt.create_time,
        account=attempt.account,
        reference=attempt.reference,
        return_uri=attempt.return_uri,
        capture=attempt.capture,
        payment=PAYMENTS.format(payment.name),
        fee=Money(payment.amount.currency, payment.fee) if payment.fee else None,
    )


# --- hearing the provider


async def receive(tx: Tx, posted: Sequence[Posted], now: datetime) -> None:
    """Keeps what providers sent, each once, and has it acted on."""
    await tx.take_part({one.organization for one in posted})
    for name in await store.add_notices(tx, [(new_id(), one) for one in posted], now):
        tx.schedule(APPLY, name.organization, name.id, now)


async def apply(
    tx: Tx,
    organization: uuid.UUID,
    id: uuid.UUID,
    *,
    providers: Mapping[str, Provider],
    now: datetime,
) -> None:
    """Acts on a notice that was kept, once, and writes down what came of it."""
    row = await store.lock_notice(tx, organization, id)
    if row.effect:
        return
    try:
        said = providers[row.provider].read(row.body)
    except BadNotice as refusal:
        # Trying again would not make it readable; it stays for somebody to look at.
        logger.error("a notice cannot be read", id=str(id), provider=row.provider)
        effect = f"unreadable: {refusal}"
    else:
        heard = await _hear(tx, row, said, now)
        if heard is None:
            # What it is about may be heard of later: providers tell in any order.
            tx.schedule(APPLY, organization, id, now + OVERDUE)
            return
        effect = heard
    await store.save_notice(tx, organization, id, effect)


async def _hear(tx: Tx, row: Any, said: Heard | None, now: datetime) -> str | None:
    """What comes of a notice; None when it is to be looked at again later."""
    if said is None:
        return "not for us"
    if isinstance(said, Disputed):
        effect = await disputes.hear(tx, row.organization, row.provider, said, now)
        return effect or ("unknown" if now - row.create_time > PATIENCE else None)
    if isinstance(said, PaidOut):
        return await payouts.hear(tx, row.organization, row.provider, said, now)
    if isinstance(said, AccountChanged):
        return await accounts.notice(tx, row.organization, row.provider, said.reference, now)
    if said.outcome is None:
        return await _ask_again(tx, row.organization, said, now)
    hear = hear_charge if said.subject is Subject.CHARGE else hear_refund
    return await hear(tx, row.organization, said.key, said.outcome, now=now)


async def forget_notices(db: Database) -> None:
    """Forgets what providers said long ago; how long, the database itself says."""
    while await db.run(store.forget_notices):
        pass


async def _ask_again(tx: Tx, organization: uuid.UUID, notice: Notice, now: datetime) -> str:
    """Has the provider asked for what a notice is about, which may have changed since."""
    if notice.subject is Subject.CHARGE:
        known = await store.attempt(tx, organization, notice.key) is not None
    else:
        known = await store.refund(tx, organization, notice.key) is not None
    if not known:
        return "unknown"
    kind = FIND if notice.subject is Subject.CHARGE else FIND_REFUND
    tx.schedule(kind, organization, notice.key, now)
    return "asked again"


async def hear_charge(
    tx: Tx, organization: uuid.UUID, id: uuid.UUID, outcome: Outcome, *, now: datetime
) -> str:
    """Writes down how an attempt went, whoever says so and however often."""
    if await store.attempt(tx, organization, id) is None:
        return "unknown"
    before, attempt = await _locked_attempt(tx, organization, id)
    payment, known = domain.hear(before, attempt, outcome, now)
    if known is attempt:
        return "nothing new"
    await store.save_attempt(tx, known)
    if known.progress is not attempt.progress:
        _ask_costs(tx, known, now)
    if payment is not before:
        await _save(tx, payment)
        _tell(tx, payment, now)
        if payment.state is State.SUCCEEDED:
            await books.captured(tx, payment, now)
        _stop_other(tx, before, attempt, now)
    elif known.progress is not attempt.progress and domain.surplus(payment, known):
        await books.paid_twice(tx, payment, known, now)
        await _begin_refund(tx, domain.return_surplus(payment, known, new_id(), now), now)
    return f"{known.progress.value}: {payment.state.value}"


async def hear_costs(
    tx: Tx, organization: uuid.UUID, id: uuid.UUID, costs: Costs, *, now: datetime
) -> None:
    """Books what a charge cost, and looks again at the payment once its card is known."""
    payment, attempt = await _locked_attempt(tx, organization, id)
    if costs.taken is not None:
        await spent.hear(tx, payment, id, attempt.provider, costs.taken, now)
    if not costs.settled and now - attempt.create_time < LATEST:
        tx.schedule(COSTS, organization, id, now + max(OVERDUE, (now - attempt.create_time) / 4))
    found = costs.card and await fraud.recognize(tx, Name(organization, id), costs)
    if not found or not found[1]:
        return
    check = found[0]
    if check.state is Seen.HELD:
        tx.publish(fraud_wire.held(check, payment), subject=PAYMENTS.format(payment.name))
    elif check.state is Seen.REJECTED:
        await _take_back(tx, organization, id, now)


def _ask_costs(tx: Tx, attempt: Attempt, now: datetime) -> None:
    """Has what a charge cost asked for, where that is known to cost something."""
    if attempt.account is not None:
        tx.schedule(COSTS, attempt.payment.organization, attempt.id, now + SOON)


def _stop_other(tx: Tx, before: Payment, attempt: Attempt, now: datetime) -> None:
    """Stops an attempt that is under way when an earlier one brought the money after all."""
    if before.state in domain.UNDER_WAY and before.attempt not in (None, attempt.id):
        tx.schedule(CANCEL, before.name.organization, before.attempt, now)


async def hear_refund(
    tx: Tx, organization: uuid.UUID, id: uuid.UUID, outcome: Outcome, *, now: datetime
) -> str:
    """Writes down how a refund went, whoever says so and however often."""
    found = await store.refund(tx, organization, id)
    if found is None:
        return "unknown"
    before = await _lock(tx, found.payment)
    refund = await store.refund(tx, organization, id) or found
    payment, known = domain.hear_refund(before, refund, outcome, now)
    if known is refund:
        return "nothing new"
    await _keep_refund(tx, before, payment, refund, known, now)
    return f"{known.progress.value}: {payment.state.value}"


async def _keep_refund(
    tx: Tx, before: Payment, payment: Payment, refund: Refund, known: Refund, now: datetime
) -> None:
    """Writes what became of a refund and its payment, books it, and tells it."""
    await store.save_refund(tx, known)
    await books.returned(tx, payment, refund, known, now)
    if payment.fee:
        # The platform gives back its part of it.
        _ask_costs(tx, (await _attempt(tx, refund.payment.organization, refund.attempt))[0], now)
    if payment is not before:
        await _save(tx, payment)
    _tell_refund(tx, payment, refund, known, now)


def _tell_refund(tx: Tx, payment: Payment, before: Refund, refund: Refund, now: datetime) -> None:
    """Tells of money that went back, but not of what was paid in vain; and of all that did not."""
    subject = PAYMENTS.format(payment.name)
    if refund.progress is not Progress.SUCCEEDED:
        reverses = before.progress is Progress.SUCCEEDED
        tx.publish(wire.refund_failed(payment, refund, reverses=reverses), subject=subject)
        if reverses and not refund.surplus:
            tx.schedule(papers.REVERSE, payment.name.organization, refund.id, now)
    elif not refund.surplus:
        tx.publish(wire.refunded(payment, refund), subject=subject)
        tx.schedule(papers.CREDIT, payment.name.organization, refund.id, now)


async def _locked_attempt(
    tx: Tx, organization: uuid.UUID, id: uuid.UUID
) -> tuple[Payment, Attempt]:
    """An attempt as it is once its payment is locked, which guards both."""
    attempt, payment = await _attempt(tx, organization, id)
    locked = await _lock(tx, payment.name)
    return locked, await store.attempt(tx, organization, id) or attempt


def _tell(tx: Tx, payment: Payment, now: datetime) -> None:
    subject = PAYMENTS.format(payment.name)
    if payment.state is State.SUCCEEDED:
        tx.publish(wire.captured(payment), subject=subject)
        tx.schedule(papers.INVOICE, payment.name.organization, payment.name.id, now)
    elif payment.state is State.FAILED:
        tx.publish(wire.failed(payment), subject=subject)


# --- hearing booking


async def keep_claim(tx: Tx, claim: Claim, now: datetime) -> None:
    """Knows what is to be paid for a booking; what is confirmed needs no other payment."""
    await store.keep_claim(tx, claim)
    if claim.standing is not Standing.HELD:
        await _wind_up(tx, claim.booking, now)


async def merge(tx: Tx, organization: uuid.UUID, payer: str, duplicate: str) -> None:
    """Makes what one participant owes and paid another's, who is the same person."""
    await store.move_claims(tx, organization, payer=payer, duplicate=duplicate)
    await store.move_payments(tx, organization, payer=payer, duplicate=duplicate)


async def lapse_claim(tx: Tx, booking: Name, now: datetime) -> None:
    """Stops what is open for a hold that is over.

    What becomes of money that came all the same booking says itself, by a fact.
    """
    await store.lock_claim(tx, booking)
    await store.end_claim(tx, booking, Standing.LAPSED)
    await _wind_up(tx, booking, now)


async def cancel_claim(tx: Tx, booking: Name, cause: Cause, at: datetime, now: datetime) -> None:
    """Stops what is open for a booking that is no more, and returns what is due by its terms."""
    claim = await store.lock_claim(tx, booking)
    await store.end_claim(tx, booking, Standing.CANCELLED)
    await _wind_up(tx, booking, now)
    reason = Reason.EVENT_CANCELLED if cause is Cause.EVENT else Reason.BOOKING_CANCELLED
    for payment in await store.lock_captured(tx, booking):
        share = await _share_due(tx, payment, cause, at)
        amount = payment.kept
        if claim is not None and share != domain.WHOLE:
            amount = domain.part(claim.total, share)
        await _refund_part(tx, payment, amount, reason, now)


async def _share_due(tx: Tx, payment: Payment, cause: Cause, at: datetime) -> int:
    event = await gatherings.read(tx, payment.name.organization, payment.event)
    return domain.share_due(payment, cause, event.start_time if event else None, at)


async def _refund_part(
    tx: Tx, payment: Payment, amount: Money, reason: Reason, now: datetime
) -> None:
    promised = await _promise(tx, payment, amount, now)
    await _begin(tx, domain.refund_part(promised, new_id(), amount, reason, now), now)


async def _promise(tx: Tx, payment: Payment, amount: Money, now: datetime) -> Payment:
    """Keeps in mind what a bank has of what is to go back."""
    promised = domain.promise(payment, amount, now)
    if promised is not payment:
        await _save(tx, promised)
    return promised


async def repay(tx: Tx, name: Name, now: datetime) -> None:
    """Gives back what had to go back while a bank had it."""
    payment = await _lock(tx, name)
    await _begin(tx, domain.repay(payment, new_id(), now), now)


async def _begin(tx: Tx, begun: tuple[Payment, Refund] | None, now: datetime) -> None:
    if begun is not None:
        await _save(tx, begun[0])
        await _begin_refund(tx, begun[1], now)


async def forfeit(tx: Tx, name: Name, now: datetime) -> None:
    """Returns money that booking can make nothing of."""
    payment = await store.lock(tx, name)
    if payment is not None:
        await refund_all(tx, [payment], Reason.LATE, now)


async def give_back_part(
    tx: Tx, name: Name, part: Money, cause: Cause, *, at: datetime, now: datetime
) -> None:
    """Returns what is due of one seat that was given back while the others were not."""
    found = await store.read(tx, name)
    if found is None:
        return
    await store.lock_claim(tx, found.booking)
    await store.shrink_claim(tx, found.booking, part)
    payment = await _lock(tx, name)
    amount = domain.part(part, await _share_due(tx, payment, cause, at))
    await _refund_part(tx, payment, amount, Reason.BOOKING_CANCELLED, now)


async def _wind_up(tx: Tx, booking: Name, now: datetime) -> None:
    before = await store.lock_open(tx, booking)
    if before is None:
        return
    after = domain.wind_up(before, now)
    if after is not before:
        await _save(tx, after)
    elif before.attempt is not None:
        # It is with the provider; perhaps it can be stopped.
        tx.schedule(CANCEL, booking.organization, before.attempt, now)


async def refund_all(tx: Tx, captured: Sequence[Payment], reason: Reason, now: datetime) -> None:
    """Begins to return all that is left of locked payments."""
    for payment in captured:
        promised = await _promise(tx, payment, payment.kept, now)
        await _begin(tx, domain.refund(promised, new_id(), reason, now), now)


async def _begin_refund(tx: Tx, refund: Refund, now: datetime) -> None:
    await store.add_refund(tx, refund)
    organization = refund.payment.organization
    tx.schedule(REFUND, organization, refund.id, now)
    tx.schedule(FIND_REFUND, organization, refund.id, now + OVERDUE)


# --- giving money back


async def refund(tx: Tx, wish: Wish, now: datetime) -> Refund:
    """Begins to give back what somebody wants to."""
    payment = await _lock(tx, wish.payment)
    after, begun = domain.refund_some(payment, new_id(), wish, now)
    await _save(tx, after)
    await _begin_refund(tx, begun, now)
    return begun


async def complete(tx: Tx, name: Name, now: datetime) -> Refund:
    """Takes down that money was given back by hand."""
    before = await get_refund(tx, name)
    payment = await _lock(tx, before.payment)
    before = await get_refund(tx, name)
    after, known = domain.complete(payment, before, now)
    if known is not before:
        await _keep_refund(tx, payment, after, before, known, now)
    return known


async def get_refund(tx: Tx, name: Name) -> Refund:
    found = await store.refund(tx, name.organization, name.id)
    if found is None:
        raise domain.RefundNotFound(REFUNDS.format(name))
    return found


# --- reading and writing


async def get(tx: Tx, name: Name, *, own: str | None) -> Payment:
    return _found(await store.read(tx, name, own=own), name)


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    booking: uuid.UUID | None,
    own: str | None,
    after: uuid.UUID,
    size: int,
) -> list[Payment]:
    return await store.page(tx, organization, booking=booking, own=own, after=after, size=size)


async def _lock(tx: Tx, name: Name) -> Payment:
    return _found(await store.lock(tx, name), name)


def _found(payment: Payment | None, name: Name) -> Payment:
    if payment is None:
        raise domain.PaymentNotFound(PAYMENTS.format(name))
    return payment


async def _save(tx: Tx, payment: Payment) -> None:
    if await store.save(tx, payment) != 1:
        raise Contended()
