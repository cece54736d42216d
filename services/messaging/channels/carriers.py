"""Who carries the messages of an organization: its accounts, as providers."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.kit.db import Database
from services.kit.tenant import within
from services.kit.vault import Vault
from services.messaging.accounts import actions as accounts
from services.messaging.accounts.domain import Account
from services.messaging.accounts.domain import Provider as Kind
from services.messaging.accounts.wire import webhook_uri
from services.messaging.channels.email import Smtp
from services.messaging.channels.limits import Limiter
from services.messaging.channels.provider import Carrier
from services.messaging.channels.push import Firebase, Tokens, WebPush
from services.messaging.channels.sms import JsonSms, Twilio
from services.messaging.channels.web import Web
from services.messaging.channels.whatsapp import WhatsApp
from services.messaging.messages.domain import Channel
from services.messaging.people import store as people
from services.messaging.webhooks import store as webhooks

# For how many seconds the accounts of an organization are believed to be as they were.
BELIEVED = 2.0
REMEMBERED = 10_000


@dataclass(frozen=True)
class Carriers:
    """`hosts` replaces the addresses of providers, by the word of the contract, in tests."""

    db: Database = field(repr=False)
    vault: Vault = field(repr=False)
    web: Web = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    limiter: Limiter = field(repr=False)
    edge_url: str
    hosts: Mapping[str, str] = field(default_factory=dict)
    tokens: Tokens = field(default_factory=Tokens, repr=False)
    known: dict[tuple[uuid.UUID, Channel], tuple[float, Sequence[Carrier]]] = field(
        default_factory=dict, repr=False
    )

    @property
    def loopback(self) -> bool:
        return self.web.loopback

    async def __call__(self, organization: uuid.UUID, channel: Channel) -> Sequence[Carrier]:
        """What an organization may send by on a channel, the first one first.

        None if it sends by what the platform has. What has changed counts a moment later.
        """
        known = self.known.get((organization, channel))
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        with within(organization):
            found = await self.db.read(accounts.usable, organization, channel, self.vault)
            carriers = [await self.of(account) for account in found]
        if len(self.known) >= REMEMBERED:
            self.known.clear()
        self.known[organization, channel] = (time.monotonic() + BELIEVED, carriers)
        return carriers

    async def of(self, account: Account) -> Carrier:
        """What carries messages by an account with its credentials."""
        found: Any = await self._of(account)
        host = self.hosts.get(account.plan.provider.value)
        carrier: Carrier = found if host is None else replace(found, api=host)
        return carrier

    async def _of(self, account: Account) -> Any:
        told = webhook_uri(self.edge_url, account.name)
        match account.plan.provider:
            case Kind.WHATSAPP:
                return WhatsApp(account, self.web, self.limiter, self._last_heard, self.now)
            case Kind.TWILIO:
                return Twilio(account, self.web, self.limiter, told)
            case Kind.JSON_SMS:
                return JsonSms(account, self.web, self.limiter, told)
            case Kind.SMTP:
                return Smtp.by(account, self.web.guard, await self._host_name(account))
            case Kind.FIREBASE:
                return Firebase(account, self.web, self.limiter, self.tokens)
            case Kind.WEB_PUSH:
                return WebPush(account, self.web, self.limiter)

    async def _host_name(self, account: Account) -> str:
        host = await self.db.read(people.host, account.name.organization)
        return host.display_name if host else ""

    async def _last_heard(self, account: Account, address: str) -> datetime | None:
        return await self.db.read(webhooks.last_heard, account.name, address)
