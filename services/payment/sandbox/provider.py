"""The sandbox as a provider: what payment asks of it, and what it does later by itself."""

from __future__ import annotations

import hmac
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from services.kit.db import Database, Tx, in_transaction
from services.kit.ids import new_id
from services.kit.secrets import derive
from services.kit.tenant import within
from services.payment import signatures
from services.payment.costs.domain import Costs
from services.payment.domain import Outcome, Progress
from services.payment.provider import (
    Action,
    Charge,
    Disputed,
    DisputeState,
    Heard,
    Return,
    Step,
)
from services.payment.reconciliation.domain import Movement
from services.payment.sandbox import domain, store, wire

NAME = "sandbox"
SETTLE = "sandbox-settle"
BOUNCE = "sandbox-bounce"
DISPUTE = "sandbox-dispute"
DECIDE = "sandbox-decide"
DELIVER = "sandbox-deliver"
HEADER = "turnout-signature"
PATIENCE = 10.0  # seconds
PROOF = 32  # digits
LATER = timedelta(seconds=1)
CHALLENGE = re.compile(r"([0-9a-f]{32})([0-9a-f]{32})[0-9a-f]{32}")


class NotDelivered(Exception):
    """Nobody took a webhook; it has to be sent again."""


@dataclass(frozen=True)
class Sandbox:
    """Every call is one transaction of its own, as it would be at a stranger's."""

    db: Database
    now: Callable[[], datetime]
    # What the secrets of the endpoints are derived from.
    root: bytes
    # The public address that webhooks are sent to.
    edge_url: str
    http: httpx.AsyncClient

    name: str = NAME

    async def charge(self, charge: Charge) -> Outcome:
        with within(charge.organization):
            return await self.db.run(_charge, charge, self.now())

    async def cancel(self, charge: Charge) -> Outcome:
        with within(charge.organization):
            return await self.db.run(_cancel, charge)

    async def find(self, charge: Charge) -> Outcome:
        with within(charge.organization):
            return await self.db.run(_find, charge)

    async def capture(self, charge: Charge) -> Outcome:
        with within(charge.organization):
            return await self.db.run(_capture, charge, self.now())

    async def costs(self, charge: Charge) -> Costs:
        """It works for nothing, and knows of a card what it is called."""
        return Costs(card=charge.method)

    async def refund(self, refund: Return) -> Outcome:
        with within(refund.organization):
            return await self.db.run(_refund, refund, self.now())

    async def find_refund(self, refund: Return) -> Outcome:
        with within(refund.organization):
            return await self.db.run(_find_refund, refund)

    async def movements(
        self, organization: uuid.UUID, start: datetime, end: datetime
    ) -> Sequence[Movement]:
        with within(organization):
            return await self.db.read(_movements, organization, start, end)

    async def disputes(
        self, organization: uuid.UUID, start: datetime, end: datetime
    ) -> Sequence[Disputed]:
        due = start + domain.EVIDENCE, end + domain.EVIDENCE
        with within(organization):
            found = await self.db.read(store.disputes_between, organization, *due)
        return [wire.disputed(one, self.now()) for one in found]

    async def verify(
        self, organization: uuid.UUID, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> str:
        secret = self.secret(organization)
        signatures.verify([secret], headers.get(HEADER, ""), body, now)
        return wire.event_id(body)

    def read(self, body: bytes) -> Heard | None:
        return wire.notice(body)

    async def action(self, organization: uuid.UUID, sealed: bytes) -> Action:
        key = uuid.UUID(sealed.decode())
        with within(organization):
            charge = await self.db.read(store.find_charge, organization, key)
        later = charge is not None and charge.method == domain.LATER
        step = Step.CONFIRM if later else Step.AUTHENTICATE
        return Action(step, client_secret=self.challenge(organization, key))

    def challenge(self, organization: uuid.UUID, key: uuid.UUID) -> str:
        """What who pays answers a challenge by, which nobody else can know."""
        proof = derive(self.root, f"sandbox-challenge/{organization}/{key}")
        return f"{organization.hex}{key.hex}{proof.hex()[:PROOF]}"

    async def answer(self, challenge: str, method: str, *, decline: bool) -> None:
        """Does what who pays does at a bank, or in a form of the provider."""
        found = CHALLENGE.fullmatch(challenge)
        if found is None:
            raise domain.ChallengeNotFound(challenge)
        organization, key = uuid.UUID(found[1]), uuid.UUID(found[2])
        if not hmac.compare_digest(self.challenge(organization, key), challenge):
            raise domain.ChallengeNotFound(challenge)
        with within(organization):
            await self.db.run(_answer, organization, key, method, decline, self.now())

    def secret(self, organization: uuid.UUID) -> bytes:
        """What the webhooks to one organization's endpoint are signed with."""
        return derive(self.root, f"sandbox-webhook/{organization}")

    async def settle(self, tx: Tx, due: Any) -> None:
        """Ends a charge that took its time, and has it told."""
        charge = await store.lock_charge(tx, due.organization, due.id)
        if charge is not None and charge.progress is Progress.PENDING:
            await _end(tx, domain.settle(charge), self.now())

    async def bounce(self, tx: Tx, due: Any) -> None:
        """Takes back what had gone back, and has it told."""
        refund = await store.refund(tx, due.organization, due.id)
        if refund is None:
            return
        charge = await store.lock_charge(tx, due.organization, refund.charge)
        after = domain.bounce(charge, refund) if charge else refund
        if after is not refund:
            now = self.now()
            await store.save_refund(tx, after)
            await _tell(tx, due.organization, wire.event(new_id(), after, now), now)

    async def dispute(self, tx: Tx, due: Any) -> None:
        """Has the owner of the card not accept a charge, and has it told."""
        charge = await store.lock_charge(tx, due.organization, due.id)
        if charge is None:
            return
        now, method = self.now(), domain.method(charge.method)
        due_time = now + domain.EVIDENCE
        state = DisputeState.NEEDS_RESPONSE
        made = domain.Dispute(charge.organization, charge.key, charge.amount, state, due_time)
        if await store.add_dispute(tx, made):
            await _tell(tx, charge.organization, wire.dispute_event(new_id(), made, now), now)
            if method.verdict is not None:
                tx.schedule(DECIDE, charge.organization, charge.key, now + method.dispute)

    async def decide(self, tx: Tx, due: Any) -> None:
        """Has the bank decide, and has it told."""
        charge = await store.lock_charge(tx, due.organization, due.id)
        before = await store.lock_dispute(tx, due.organization, due.id)
        verdict = domain.method(charge.method).verdict if charge else None
        if before is None or verdict is None or before.state is verdict:
            return
        now, after = self.now(), replace(before, state=verdict)
        await store.save_dispute(tx, after)
        await _tell(tx, after.organization, wire.dispute_event(new_id(), after, now), now)

    async def deliver(self, db: Database, due: Any) -> None:
        """Sends a webhook; raises until somebody takes it."""
        found = await db.run(store.delivery, due.organization, due.id)
        if found is None or found.deliver_time is not None:
            return
        await self._post(due.organization, found.body)
        await db.run(store.delivered, due.organization, due.id, self.now())

    async def _post(self, organization: uuid.UUID, body: bytes) -> None:
        if in_transaction.get():
            raise RuntimeError("a webhook is never sent inside a transaction")
        headers = {
            "content-type": "application/json",
            HEADER: signatures.header(self.secret(organization), body, self.now()),
        }
        url = f"{self.edge_url}/api/v1/webhooks/{NAME}/{organization}"
        try:
            answer = await self.http.post(url, content=body, headers=headers, timeout=PATIENCE)
        except httpx.HTTPError as error:
            raise NotDelivered(type(error).__name__) from error
        if not answer.is_success:
            raise NotDelivered(f"the answer was {answer.status_code}")


async def _charge(tx: Tx, asked: Charge, now: datetime) -> Outcome:
    """Begins a charge. The answer is always that it is under way, as card networks have it."""
    charge = _begun(asked, Progress.PENDING)
    if not await store.add_charge(tx, charge):
        # The same key is the same charge, and a charge that was stopped before never begins.
        return await _find(tx, asked)
    method = domain.method(charge.method)
    if method.delay:
        tx.schedule(SETTLE, asked.organization, asked.key, now + method.delay)
    else:
        await _end(tx, domain.settle(charge), now)
    return charge.outcome


async def _capture(tx: Tx, asked: Charge, now: datetime) -> Outcome:
    charge = await store.lock_charge(tx, asked.organization, asked.key)
    if charge is None:
        return Outcome(Progress.PENDING)
    after = domain.capture(charge, asked.capture or asked.amount)
    if after is not charge:
        await _end(tx, after, now)
    return after.outcome


async def _answer(
    tx: Tx, organization: uuid.UUID, key: uuid.UUID, method: str, decline: bool, now: datetime
) -> None:
    charge = await store.lock_charge(tx, organization, key)
    after = domain.answer(charge, method, decline=decline) if charge else None
    if after is not None and after is not charge:
        await _end(tx, after, now)


async def _end(tx: Tx, charge: domain.Charge, now: datetime) -> None:
    await store.save_charge(tx, charge)
    how, body = domain.method(charge.method), wire.event(new_id(), charge, now)
    for _ in range(how.notices):
        await _tell(tx, charge.organization, body, now)
    if how.shuffled:
        before = replace(charge, progress=Progress.FAILED, failure="processing_error")
        await _tell(tx, charge.organization, wire.event(new_id(), before, now), now + LATER)
    if how.dispute and charge.progress is Progress.SUCCEEDED:
        tx.schedule(DISPUTE, charge.organization, charge.key, now + how.dispute)


async def _tell(tx: Tx, organization: uuid.UUID, body: bytes, now: datetime) -> None:
    id = new_id()
    await store.add_delivery(tx, organization, id, body)
    tx.schedule(DELIVER, organization, id, now)


async def _cancel(tx: Tx, asked: Charge) -> Outcome:
    """Stops a charge, and keeps one that nobody has begun from ever beginning."""
    await store.add_charge(tx, _begun(asked, Progress.CANCELLED))
    charge = await store.lock_charge(tx, asked.organization, asked.key)
    after = domain.cancel(charge) if charge else _begun(asked, Progress.CANCELLED)
    await store.save_charge(tx, after)
    return after.outcome


async def _find(tx: Tx, asked: Charge) -> Outcome:
    charge = await store.lock_charge(tx, asked.organization, asked.key)
    return charge.outcome if charge else Outcome(Progress.PENDING)


async def _refund(tx: Tx, asked: Return, now: datetime) -> Outcome:
    # The charge is the lock of its refunds.
    charge = await store.lock_charge(tx, asked.organization, asked.charge)
    found = await store.refund(tx, asked.organization, asked.key)
    if found is not None:
        return found.outcome
    returned = await store.returned(tx, asked.organization, asked.charge)
    disputed = await store.lock_dispute(tx, asked.organization, asked.charge)
    held = disputed is not None and disputed.state is not DisputeState.WON
    made = domain.refund(charge, returned, _returned(asked), disputed=held)
    await store.add_refund(tx, made)
    bounce = domain.method(charge.method).bounce if charge else None
    if bounce and made.progress is Progress.SUCCEEDED:
        tx.schedule(BOUNCE, asked.organization, asked.key, now + bounce)
    await _tell(tx, asked.organization, wire.event(new_id(), made, now), now)
    return Outcome(Progress.PENDING, made.reference)


async def _find_refund(tx: Tx, asked: Return) -> Outcome:
    found = await store.refund(tx, asked.organization, asked.key)
    return found.outcome if found else Outcome(Progress.PENDING)


async def _movements(
    tx: Tx, organization: uuid.UUID, start: datetime, end: datetime
) -> Sequence[Movement]:
    charges = await store.charges_between(tx, organization, start, end)
    refunds = await store.refunds_between(tx, organization, start, end)
    return [*charges, *refunds]


def _begun(asked: Charge, progress: Progress) -> domain.Charge:
    return domain.Charge(
        organization=asked.organization,
        key=asked.key,
        method=asked.method,
        amount=asked.amount,
        progress=progress,
    )


def _returned(asked: Return) -> domain.Refund:
    return domain.Refund(
        organization=asked.organization,
        key=asked.key,
        charge=asked.charge,
        amount=asked.amount,
        progress=Progress.PENDING,
    )
