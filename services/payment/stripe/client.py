"""Stripe's API by Stripe's own library: one connection pool, our patience, and accounts' keys."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import stripe

from services.kit.db import in_transaction
from services.payment.merchants.domain import Credentials, Merchant, Platform

# What the objects look like that we read, whatever an account is set to.
VERSION = stripe.api_version
# It would write down what is in answers, secrets included.
logging.getLogger("stripe").setLevel(logging.WARNING)
# How many objects a page has, which is as many as Stripe gives.
PAGE = 100
# What is read of a charge with its intent.
SETTLED = ("latest_charge.balance_transaction",)


@dataclass(frozen=True)
class Settings:
    """How Stripe is reached."""

    url: str = "https://api.stripe.com"
    # How long one try may take, and how many there are beside the first. What is left undone
    # after that the worker does again later, under the same key.
    timeout: timedelta = timedelta(seconds=15)
    retries: int = 2
    # The account that others are connected to.
    platform: Platform = field(default_factory=Platform)


@dataclass(frozen=True)
class Client:
    """Calls in the name of one account. Answers are plain mappings.

    Raises `stripe.StripeError`: what Stripe refuses, and what nobody knows the end of.
    """

    merchant: Merchant
    api: stripe.StripeClient = field(repr=False)
    # The connected account that calls are about; empty: the one that the key is of.
    account: str = ""
    # What browsers confirm payments with.
    publishable_key: str = ""

    async def create(self, params: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Makes an intent; the answer is fresh, or one from before that is asked for anew."""
        intents = self.api.v1.payment_intents
        made: Any = await intents.create_async(_typed(params), self._options(key))
        if _replayed(made):
            return await self.retrieve(str(made.id))
        return plain(made)

    async def retrieve(self, id: str) -> dict[str, Any]:
        return plain(await self.api.v1.payment_intents.retrieve_async(id, None, self._options()))

    async def confirm(self, id: str, params: Mapping[str, Any], key: str) -> dict[str, Any]:
        intents = self.api.v1.payment_intents
        found: Any = await intents.confirm_async(id, _typed(params), self._options(key))
        return await self.retrieve(id) if _replayed(found) else plain(found)

    async def capture(self, id: str, params: Mapping[str, Any], key: str) -> dict[str, Any]:
        intents = self.api.v1.payment_intents
        return plain(await intents.capture_async(id, _typed(params), self._options(key)))

    async def cancel(self, id: str, params: Mapping[str, Any], key: str) -> dict[str, Any]:
        intents = self.api.v1.payment_intents
        return plain(await intents.cancel_async(id, _typed(params), self._options(key)))

    async def settled(self, id: str) -> dict[str, Any]:
        """An intent with its charge, and what that brought."""
        params = _typed({"expand": list(SETTLED)})
        intents = self.api.v1.payment_intents
        return plain(await intents.retrieve_async(id, params, self._options()))

    async def intents(self, created: Mapping[str, int]) -> list[dict[str, Any]]:
        """All that were made in a span of time."""
        params = _typed({"created": dict(created), "limit": PAGE})
        return await _all(await self.api.v1.payment_intents.list_async(params, self._options()))

    async def refund(self, params: Mapping[str, Any], key: str) -> dict[str, Any]:
        made: Any = await self.api.v1.refunds.create_async(_typed(params), self._options(key))
        return await self.retrieve_refund(str(made.id)) if _replayed(made) else plain(made)

    async def retrieve_refund(self, id: str) -> dict[str, Any]:
        return plain(await self.api.v1.refunds.retrieve_async(id, None, self._options()))

    async def refunds(self, **where: Any) -> list[dict[str, Any]]:
        params = _typed({**where, "limit": PAGE})
        return await _all(await self.api.v1.refunds.list_async(params, self._options()))

    async def disputes(self, created: Mapping[str, int]) -> list[dict[str, Any]]:
        """All that were opened in a span of time."""
        params = _typed({"created": dict(created), "limit": PAGE})
        return await _all(await self.api.v1.disputes.list_async(params, self._options()))

    def _options(self, key: str = "") -> Any:
        account = {"stripe_account": self.account} if self.account else {}
        return {**_keyed(key), **account}


@dataclass(frozen=True)
class AccountClient:
    """Calls about connected accounts, in the name of the platform's. Raises `StripeError`."""

    api: stripe.StripeClient = field(repr=False)

    async def create(self, params: Mapping[str, Any], key: str) -> dict[str, Any]:
        return plain(await self.api.v1.accounts.create_async(_typed(params), _keyed(key)))

    async def retrieve(self, id: str) -> dict[str, Any]:
        return plain(await self.api.v1.accounts.retrieve_async(id, None, _keyed("")))

    async def created(self, span: Mapping[str, int]) -> list[dict[str, Any]]:
        """All that were made in a span of time."""
        params = _typed({"created": dict(span), "limit": PAGE})
        return await _all(await self.api.v1.accounts.list_async(params, _keyed("")))

    async def fee(self, id: str) -> dict[str, Any]:
        """What the platform kept of a charge, and gave back of that."""
        return plain(await self.api.v1.application_fees.retrieve_async(id, None, _keyed("")))

    async def link(self, params: Mapping[str, Any], key: str) -> dict[str, Any]:
        return plain(await self.api.v1.account_links.create_async(_typed(params), _keyed(key)))


def _keyed(key: str) -> Any:
    if in_transaction.get():
        raise RuntimeError("Stripe is never called inside a transaction")
    return {"idempotency_key": key} if key else {}


class Connections(stripe.HTTPXClient):
    """The library's own, but for bodies, which it gives to httpx in a way that is deprecated."""

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            answer = await self._client_async.request(
                method, url, headers=headers, content=post_data or b"", timeout=self._timeout
            )
        except httpx.HTTPError as error:
            # Nobody knows whether it was done.
            problem = f"Stripe did not answer: {type(error).__name__}"
            lost: Exception = stripe.APIConnectionError(problem, should_retry=True)  # type: ignore[no-untyped-call]
            raise lost from error
        return answer.content, answer.status_code, answer.headers


class Clients:
    """Makes clients that share one pool of connections."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        timeout = httpx.Timeout(settings.timeout.total_seconds())
        self._http = Connections(timeout=timeout)

    async def close(self) -> None:
        """Ends the connections that are kept."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    @property
    def platform(self) -> Platform:
        return self._settings.platform

    def of(self, merchant: Merchant, credentials: Credentials) -> Client:
        if merchant.connection is None:
            return Client(
                merchant,
                self._api(credentials.api_key),
                publishable_key=merchant.plan.publishable_key,
            )
        return Client(
            merchant,
            self._api(self.platform.api_key),
            account=merchant.connection.reference,
            publishable_key=self.platform.publishable_key,
        )

    def above(self) -> AccountClient:
        """Calls in the name of the platform, about the accounts connected to it."""
        return AccountClient(self._api(self.platform.api_key))

    def _api(self, key: str) -> stripe.StripeClient:
        return stripe.StripeClient(
            key,
            stripe_version=VERSION,
            base_addresses={"api": self._settings.url},
            max_network_retries=self._settings.retries,
            http_client=self._http,
        )


def plain(found: Any) -> dict[str, Any]:
    """An object of Stripe's as what its JSON was."""
    said: dict[str, Any] = found.to_dict()
    return said


async def _all(page: Any) -> list[dict[str, Any]]:
    return [plain(one) async for one in page.auto_paging_iter()]


def _typed(params: Mapping[str, Any]) -> Any:
    """Parameters as the library's types have them, which are TypedDicts."""
    return dict(params)


def _replayed(found: Any) -> bool:
    """Whether an answer is one that Stripe gave before to the same key."""
    headers = found.last_response.headers if found.last_response else {}
    return str(headers.get("idempotent-replayed", "")).lower() == "true"
