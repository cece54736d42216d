"""An organization that takes money by Stripe, as the simulator plays it."""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import stripe
from google.api import httpbody_pb2

from tests.payment.conftest import Held, Payment
from tests.payment.stripe_simulator import Object, Simulator
from tests.serving import Metadata
from turnout.payment.v1 import merchant_account_pb2, merchant_account_pb2_grpc, payment_pb2

MerchantAccount = merchant_account_pb2.MerchantAccount


@dataclass
class Shop:
    """The organization, its account, and who looks after it."""

    payment: Payment
    held: Held
    owner: Metadata
    account: merchant_account_pb2.MerchantAccount
    secret: str

    @property
    def stub(self) -> Any:
        return stub_of(self.payment)

    @property
    def stripe(self) -> Simulator:
        return self.payment.stripe

    @property
    def organization(self) -> uuid.UUID:
        return self.held.organization

    async def confirmed(self, method: str = "pm_card_visa", **given: Any) -> payment_pb2.Payment:
        """Opens and confirms a payment, and has the worker charge once."""
        made = await self.payment.open(self.held)
        made = await self.payment.confirm(self.held, made, method, **given)
        await self.payment.work(self.organization)
        return await self.payment.read(self.held, made)

    @property
    def intent(self) -> Object:
        """The one intent that Stripe has of this organization's payments."""
        [found] = self.intents
        return found

    @property
    def intents(self) -> list[Object]:
        mine = f"organizations/{self.organization}/"
        return [
            one
            for one in self.stripe.intents.values()
            if one["metadata"].get("turnout_payment", "").startswith(mine)
        ]

    @property
    def refunds(self) -> list[Object]:
        ids = {one["id"] for one in self.intents}
        return [one for one in self.stripe.refunds.values() if one["payment_intent"] in ids]

    async def hears(self, event: Object, *, secret: str = "", at: int | None = None) -> None:
        """Receives a webhook, and has the worker do what follows."""
        await self.posted(json.dumps(event).encode(), secret=secret, at=at)
        await self.payment.work(self.organization)

    async def posted(self, body: bytes, *, secret: str = "", at: int | None = None) -> None:
        stamp = at or int(self.payment.world.clock.now().timestamp())
        signature = stripe.WebhookSignature.generate_signature_header(
            body.decode(), secret or self.secret, stamp
        )
        request = payment_pb2.ReceiveWebhookRequest(
            provider="stripe",
            endpoint=str(self.organization),
            body=httpbody_pb2.HttpBody(content_type="application/json", data=body),
        )
        await self.payment.stub.ReceiveWebhook(request, metadata=(("stripe-signature", signature),))


def stub_of(payment: Payment) -> Any:
    return merchant_account_pb2_grpc.MerchantAccountServiceStub(payment.world.channel)


def key(mode: str = "test") -> str:
    return f"sk_{mode}_{secrets.token_hex(16)}"


def signing() -> str:
    return f"whsec_{secrets.token_hex(16)}"


async def created(
    payment: Payment, organization: uuid.UUID, owner: Metadata, **given: Any
) -> merchant_account_pb2.MerchantAccount:
    fields = {"provider": "stripe", "api_key": key(), "publishable_key": "pk_test_0123456789"}
    request = merchant_account_pb2.CreateMerchantAccountRequest(
        parent=f"organizations/{organization}", merchant_account=fields | given
    )
    made: MerchantAccount = await stub_of(payment).CreateMerchantAccount(request, metadata=owner)
    return made


async def shop(payment: Payment, held: Held, **given: Any) -> Shop:
    owner = await payment.world.member("OWNER", held.organization)
    secret = signing()
    made = await created(payment, held.organization, owner, webhook_secret=secret, **given)
    request = merchant_account_pb2.EnableMerchantAccountRequest(name=made.name)
    enabled = await stub_of(payment).EnableMerchantAccount(request, metadata=owner)
    return Shop(payment, held, owner, enabled, secret)
