"""Stripe as a provider: what payment asks of it.

A charge is a PaymentIntent that is made first, which moves nothing, and confirmed then, by us
with a method that the payer's browser made, or by that browser itself. Both calls bear keys that
follow from the attempt's id, so whatever is not known to have happened is asked again and happens
once; and to stop a charge of which nobody knows whether it began is to make its intent, and to
cancel that.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import stripe

from services.kit.db import Database, Tx
from services.kit.tenant import within
from services.kit.vault import Vault
from services.payment import signatures
from services.payment.costs.domain import Costs
from services.payment.domain import Outcome, Progress
from services.payment.merchants import actions as merchants
from services.payment.merchants import store as merchant_store
from services.payment.merchants.domain import STRIPE, Credentials, Merchant, Platform, Secret
from services.payment.provider import Action, Charge, Disputed, Heard, Return
from services.payment.reconciliation.domain import Movement
from services.payment.stripe import domain, wire
from services.payment.stripe.client import Client, Clients
from services.payment.stripe.domain import ATTEMPT, REFUND, Object, Unpayable

HEADER = "stripe-signature"
# How long secrets are remembered, for webhooks come in swarms, and of how many organizations.
REMEMBERED, MOST_REMEMBERED = timedelta(seconds=5), 1000
# What the sealed actions of payers are for.
ACTION = "payment action"
# An intent is not in a state for what was asked.
UNEXPECTED = "payment_intent_unexpected_state"


class Refused(Exception):
    """Stripe makes no such intent, and made none before: it says what is wrong with it."""


class NoAccount(LookupError):
    """An account that payments went through is not there."""


@dataclass(frozen=True)
class Stripe:
    """Every call asks for the account's key first, in a transaction of its own."""

    db: Database
    vault: Vault
    clients: Clients
    now: Callable[[], datetime]

    # The secrets of organizations that were asked for lately, and when they were read.
    memory: dict[uuid.UUID, tuple[datetime, tuple[Secret, ...]]] = field(
        default_factory=dict, repr=False
    )

    name: str = STRIPE

    async def charge(self, charge: Charge) -> Outcome:
        client = await self._client(charge.organization, charge.account)
        try:
            intent = await self._intent(client, charge)
        except Refused as refusal:
            return Outcome(Progress.FAILED, failure=str(refusal))
        if charge.method and not domain.tried(intent):
            intent = await self._confirm(client, charge, intent)
        return await self._outcome(client, charge, intent)

    async def capture(self, charge: Charge) -> Outcome:
        client = await self._client(charge.organization, charge.account)
        intent = await self._intent(client, charge)
        if intent["status"] == "requires_capture":
            asked, key = domain.to_capture(charge), f"{charge.key}:capture"
            intent = await _turned(client, intent, client.capture(intent["id"], asked, key))
        return await self._outcome(client, charge, intent)

    async def cancel(self, charge: Charge) -> Outcome:
        client = await self._client(charge.organization, charge.account)
        try:
            intent = await self._intent(client, charge)
        except Refused:
            # It cannot be made now, and could not before.
            return Outcome(Progress.CANCELLED)
        return await self._outcome(client, charge, await _cancelled(client, intent))

    async def find(self, charge: Charge) -> Outcome:
        client = await self._client(charge.organization, charge.account)
        try:
            intent = await self._intent(client, charge)
        except Refused as refusal:
            return Outcome(Progress.FAILED, failure=str(refusal))
        if charge.method and not domain.tried(intent):
            # Made, and not confirmed: the errand that charges has not come so far yet.
            return Outcome(Progress.PENDING, intent["id"])
        return await self._outcome(client, charge, intent)

    async def costs(self, charge: Charge) -> Costs:
        client = await self._client(charge.organization, charge.account)
        intent = await client.settled(charge.reference)
        taken, fee = intent.get("latest_charge"), None
        if client.account and isinstance(taken, Mapping) and taken.get("application_fee"):
            fee = await self.clients.above().fee(str(taken["application_fee"]))
        return domain.costs(intent, fee)

    async def refund(self, refund: Return) -> Outcome:
        client = await self._client(refund.organization, refund.account)
        try:
            return domain.refunded(await self._refund(client, refund))
        except Refused as refusal:
            return Outcome(Progress.FAILED, failure=str(refusal))

    async def find_refund(self, refund: Return) -> Outcome:
        client = await self._client(refund.organization, refund.account)
        if refund.reference:
            return domain.refunded(await client.retrieve_refund(refund.reference))
        found = await self._refund_of(client, refund)
        return domain.refunded(found) if found else Outcome(Progress.PENDING)

    async def movements(
        self, organization: uuid.UUID, start: datetime, end: datetime
    ) -> Sequence[Movement]:
        span, found = domain.between(start, end), list[Movement]()
        for client in await self._working(organization):
            found += map(domain.charge_movement, await client.intents(span))
            found += map(domain.refund_movement, await client.refunds(created=span))
        return [one for one in found if start <= one.begin_time < end]

    async def disputes(
        self, organization: uuid.UUID, start: datetime, end: datetime
    ) -> Sequence[Disputed]:
        span, found = domain.between(start, end), list[Disputed]()
        for client in await self._working(organization):
            found += map(wire.disputed, await client.disputes(span))
        began = [one for one in found if start <= one.time < end]
        return [replace(one, time=self.now()) for one in began]

    async def verify(
        self, organization: uuid.UUID, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> str:
        signature = headers.get(HEADER, "")
        try:
            signatures.verify(await self._signing(organization, now), signature, body, now)
        except signatures.BadSignature:
            # Another secret may have come since we looked.
            self.memory.pop(organization, None)
            signatures.verify(await self._signing(organization, now), signature, body, now)
        return wire.event_id(body)

    async def verify_platform(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[str, uuid.UUID | None]:
        """The id of an event about a connected account, and whose that is.

        None: nobody's, or not yet; what becomes of an account is asked for anyhow.
        """
        secrets = [one.encode() for one in self.clients.platform.secrets]
        signatures.verify(secrets, headers.get(HEADER, ""), body, now)
        id, account = wire.event_id(body), wire.account(body)
        name = await self.db.read(merchant_store.whose, STRIPE, account) if account else None
        return id, name.organization if name else None

    async def _signing(self, organization: uuid.UUID, now: datetime) -> list[bytes]:
        """What Stripe signs with for an organization: looked up now, or a moment ago."""
        read, secrets = self.memory.get(organization, (None, ()))
        if read is None or not read <= now < read + REMEMBERED:
            accounts = await self._accounts(organization)
            secrets = tuple(one for _, opens in accounts for one in opens.secrets)
            if len(self.memory) >= MOST_REMEMBERED:
                self.memory.clear()
            self.memory[organization] = now, secrets
        return [one.value.encode() for one in secrets if one.good(now)]

    def read(self, body: bytes) -> Heard | None:
        return wire.heard(body)

    async def action(self, organization: uuid.UUID, sealed: bytes) -> Action:
        with within(organization):
            return await self.db.read(self._opened, organization, sealed)

    # --- intents

    async def _intent(self, client: Client, charge: Charge) -> Object:
        """The intent of a charge: the one that there is, or else a new one."""
        if charge.reference:
            return await client.retrieve(charge.reference)
        # Its key may be forgotten by now, and would make another one.
        if self._is_old(charge) and (made := await _made(client, charge)) is not None:
            return made
        try:
            return await client.create(domain.to_create(charge, client.merchant), str(charge.key))
        except stripe.IdempotencyError:
            # It was made when the account was set otherwise.
            if (made := await _made(client, charge)) is None:
                raise
            return made
        except (stripe.InvalidRequestError, Unpayable) as refusal:
            raise Refused(_why(refusal)) from refusal

    async def _confirm(self, client: Client, charge: Charge, intent: Object) -> Object:
        asked, key = domain.to_confirm(charge), f"{charge.key}:confirm"
        try:
            return await _turned(client, intent, client.confirm(intent["id"], asked, key))
        except stripe.CardError:
            # Declined: the intent says why, and takes another method.
            return await client.retrieve(intent["id"])
        except stripe.InvalidRequestError as refusal:
            return {**await _cancelled(client, intent), "last_payment_error": _error(refusal)}

    async def _outcome(self, client: Client, charge: Charge, intent: Object) -> Outcome:
        known = domain.outcome(intent, by_client=not charge.method)
        if known.progress is Progress.FAILED:
            # Nobody shall pay by it any more, for another attempt is another intent.
            after = domain.outcome(await _cancelled(client, intent), by_client=False)
            if after.progress is not Progress.CANCELLED:
                return after
            return known
        if known.progress is not Progress.CHALLENGED:
            return known
        action = domain.action(intent, client.publishable_key, client.account)
        with within(charge.organization):
            sealed = await self.db.run(self._sealed, charge.organization, action)
        return replace(known, action=sealed)

    # --- refunds

    async def _refund(self, client: Client, refund: Return) -> Object:
        if refund.reference:
            return await client.retrieve_refund(refund.reference)
        if self._is_old(refund) and (made := await self._refund_of(client, refund)) is not None:
            return made
        try:
            return await client.refund(domain.to_refund(refund), str(refund.key))
        except (stripe.InvalidRequestError, Unpayable) as refusal:
            raise Refused(_why(refusal)) from refusal

    async def _refund_of(self, client: Client, refund: Return) -> Object | None:
        found = await client.refunds(payment_intent=refund.charge_reference)
        return domain.made_by(found, REFUND, refund.key)

    # --- accounts

    def _is_old(self, asked: Charge | Return) -> bool:
        return self.now() - asked.begin_time > domain.KEPT

    async def _client(self, organization: uuid.UUID, account: uuid.UUID | None) -> Client:
        for merchant, credentials in await self._accounts(organization):
            if merchant.name.id == account and _works(merchant, self.clients.platform):
                return self.clients.of(merchant, credentials)
        raise NoAccount(f"there is no account {account}")

    async def _working(self, organization: uuid.UUID) -> list[Client]:
        """The accounts of an organization that can be asked for something."""
        return [
            self.clients.of(merchant, credentials)
            for merchant, credentials in await self._accounts(organization)
            if _works(merchant, self.clients.platform)
        ]

    async def _accounts(self, organization: uuid.UUID) -> list[tuple[Merchant, Credentials]]:
        with within(organization):
            return await self.db.read(merchants.opened, organization, self.vault)

    async def _sealed(self, tx: Tx, organization: uuid.UUID, action: Action) -> bytes:
        return await self.vault.seal(tx, organization, wire.packed(action), ACTION)

    async def _opened(self, tx: Tx, organization: uuid.UUID, sealed: bytes) -> Action:
        return wire.unpacked(await self.vault.open(tx, organization, sealed, ACTION))


def _works(merchant: Merchant, platform: Platform) -> bool:
    """Whether there is a key for an account, and an account for the key."""
    return merchant.connection is None or bool(merchant.connection.reference and platform.api_key)


async def _made(client: Client, charge: Charge) -> Object | None:
    """The intent that was made for a charge, if one was."""
    found = await client.intents(domain.around(charge.begin_time))
    return domain.made_by(found, ATTEMPT, charge.key)


async def _cancelled(client: Client, intent: Object) -> Object:
    """An intent that is stopped if it can be; else as it is."""
    if intent["status"] in ("succeeded", "canceled"):
        return intent
    asked, key = domain.to_cancel(), f"{intent['id']}:cancel"
    return await _turned(client, intent, client.cancel(intent["id"], asked, key))


async def _turned(client: Client, intent: Object, call: Awaitable[dict[str, Any]]) -> Object:
    """What an intent became by a call; what it is when it was in no state for that."""
    try:
        return await call
    except stripe.InvalidRequestError as refusal:
        if refusal.code != UNEXPECTED:
            raise
        return await client.retrieve(intent["id"])


def _why(refusal: Exception) -> str:
    if isinstance(refusal, stripe.StripeError):
        return domain.text(refusal.code or refusal.user_message or "invalid_request")
    return domain.text(refusal)


def _error(refusal: stripe.StripeError) -> dict[str, Any]:
    return {"code": refusal.code, "message": refusal.user_message}
