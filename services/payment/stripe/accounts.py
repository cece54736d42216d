"""Accounts that are connected to the platform's: made, looked at, led through Stripe's forms.

An account is asked for under a key that follows from its id here, once the row that it belongs to
is committed, so nothing is made twice; and how it stands is never believed but asked for.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe

from services.kit.db import Database
from services.kit.names import Name
from services.payment.merchants import actions, store
from services.payment.merchants.domain import (
    STRIPE,
    Link,
    Merchant,
    NoPlatform,
    Platform,
    ProviderRefused,
    ProviderUnreachable,
    Status,
    connected,
)
from services.payment.stripe import domain
from services.payment.stripe.client import AccountClient, Clients
from services.payment.stripe.domain import ACCOUNT

# What an account wants that Stripe does not let the platform look at any more.
GONE = "deauthorized"


@dataclass(frozen=True)
class Accounts:
    db: Database
    clients: Clients
    now: Callable[[], datetime]

    @property
    def platform(self) -> Platform:
        return self.clients.platform

    async def onboard(self, name: Name, *, return_uri: str, refresh_uri: str, key: str) -> Link:
        """A link to Stripe's forms, which works once. Makes the account if there is none."""
        merchant = await self.db.read(store.find, name)
        connected(merchant)
        if not self.platform.api_key:
            raise NoPlatform(STRIPE)
        client = self.clients.above()
        try:
            found = await self._found(client, merchant)
            await self.db.run(actions.hear, name, domain.status(found), self.now())
            asked = domain.to_link(found["id"], return_uri=return_uri, refresh_uri=refresh_uri)
            made = await client.link(asked, f"{name.id}:{key or uuid.uuid4()}:link")
        except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as error:
            raise ProviderUnreachable(STRIPE) from error
        except stripe.StripeError as refusal:
            raise ProviderRefused(STRIPE, domain.text(refusal.user_message or refusal)) from refusal
        return Link(str(made["url"]), domain.time(made["expires_at"]))

    async def _found(self, client: AccountClient, merchant: Merchant) -> dict[str, Any]:
        """What Stripe has for one of ours: the account that there is, or a new one."""
        known = connected(merchant)
        if known.reference:
            return await client.retrieve(known.reference)
        if self.now() - merchant.create_time > domain.KEPT:
            # Its key may be forgotten by now, and would make another one.
            span = domain.between(merchant.create_time - domain.SKEW, self.now() + domain.SKEW)
            made = domain.made_by(await client.created(span), ACCOUNT, merchant.name.id)
            if made is not None:
                return dict(made)
        asked = domain.to_connect(merchant.name, known)
        return await client.create(asked, f"{merchant.name.id}:account")

    async def look(self, db: Database, due: Any) -> None:
        """Asks how an account stands, and writes it down."""
        name = Name(due.organization, due.id)
        merchant = await db.read(store.find, name)
        reference = connected(merchant).reference
        if not reference or not self.platform.api_key:
            return
        try:
            status = domain.status(await self.clients.above().retrieve(reference))
        except stripe.PermissionError:
            # Its owner cut it off.
            status = Status(reference, False, False, (GONE,))
        await db.run(actions.hear, name, status, self.now())
