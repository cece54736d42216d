"""Payment, served for the tests of this folder, with a way for webhooks to come in."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.type import money_pb2

from services.kit.ids import new_id
from services.kit.names import Name
from services.payment import actions, signatures
from services.payment.__main__ import SERVICE
from services.payment.config import Config
from services.payment.domain import BOOKINGS
from services.payment.merchants.actions import LOOK
from services.payment.merchants.domain import Fees, Platform
from services.payment.sandbox import provider as sandbox
from tests.payment.edge import Edge, listening
from tests.payment.stripe_simulator import Simulator, simulated
from tests.serving import Metadata, World, as_user, name_of, serving
from turnout.booking.v1 import booking_pb2
from turnout.payment.v1 import (
    ledger_pb2,
    ledger_pb2_grpc,
    payment_pb2,
    payment_pb2_grpc,
    refund_pb2,
    refund_pb2_grpc,
)

# The account of whoever runs this, and what it keeps.
PLATFORM = Platform(
    "sk_test_platform0123456789", "pk_test_platform0123456789", ("whsec_platform0123456789",)
)
# What a worker would do by itself, in an order in which it may.
KINDS = (
    actions.CHARGE,
    actions.CAPTURE,
    actions.CANCEL,
    actions.REFUND,
    sandbox.SETTLE,
    sandbox.BOUNCE,
    sandbox.DISPUTE,
    sandbox.DECIDE,
    sandbox.DELIVER,
    actions.APPLY,
    LOOK,
)


@dataclass(frozen=True)
class Held:
    """A booking that somebody holds, and may pay."""

    booking: Name
    buyer: Metadata

    @property
    def name(self) -> str:
        return BOOKINGS.format(self.booking)

    @property
    def organization(self) -> uuid.UUID:
        return self.booking.organization


@dataclass
class Payment:
    """The service, and what the others tell it."""

    world: World
    stub: Any
    edge: Edge
    stripe: Simulator

    @property
    def refund_stub(self) -> Any:
        return refund_pb2_grpc.RefundServiceStub(self.world.channel)

    @property
    def ledger_stub(self) -> Any:
        return ledger_pb2_grpc.LedgerServiceStub(self.world.channel)

    async def give_back(
        self, paid: payment_pb2.Payment, who: Metadata, cents: int = 0, **given: Any
    ) -> refund_pb2.Refund:
        """Begins to give back so many cents, or all that is left."""
        refund = refund_pb2.Refund(payment=paid.name, **given)
        if cents:
            refund.amount.CopyFrom(euros(cents))
        request = refund_pb2.CreateRefundRequest(
            parent="/".join(paid.name.split("/")[:2]), refund=refund
        )
        begun: refund_pb2.Refund = await self.refund_stub.CreateRefund(request, metadata=who)
        return begun

    async def balance(
        self, organization: uuid.UUID, account: str, who: Metadata, **given: Any
    ) -> list[int]:
        """What is on an account, in cents, for each of its currencies."""
        name = f"organizations/{organization}/balances/{account}"
        request = ledger_pb2.GetBalanceRequest(name=name, **given)
        found = await self.ledger_stub.GetBalance(request, metadata=who)
        return [amount.units * 100 + amount.nanos // 10**7 for amount in found.amounts]

    async def held(
        self,
        organization: uuid.UUID | None = None,
        *,
        cents: int = 2500,
        buyer: Metadata | None = None,
        payer: str = "",
        event: str = "",
        items: Sequence[booking_pb2.Booking.Item] = (),
    ) -> Held:
        """Tells that somebody holds seats."""
        held = Held(Name(organization or new_id(), new_id()), buyer or as_user())
        fact = booking_pb2.BookingHeld(
            booking=held.name,
            event=event or f"organizations/{held.organization}/events/{new_id()}",
            buyer=payer or name_of(held.buyer),
            items=items,
            total={"currency_code": "EUR", "units": cents // 100, "nanos": cents % 100 * 10**7},
        )
        fact.expire_time.FromDatetime(datetime.now(UTC) + timedelta(minutes=15))
        await self.world.hear(fact, subject=held.name)
        return held

    async def tell(self, kind: Any, held: Held, **more: Any) -> None:
        """Tells what else became of a booking."""
        fact = kind(booking=held.name, buyer=name_of(held.buyer), **more)
        await self.world.hear(fact, subject=held.name)

    async def open(self, held: Held, **given: Any) -> payment_pb2.Payment:
        request = create(held, **given)
        made: payment_pb2.Payment = await self.stub.CreatePayment(request, metadata=held.buyer)
        return made

    async def confirm(
        self, held: Held, payment: payment_pb2.Payment, method: str = "pm_card_visa", **given: Any
    ) -> payment_pb2.Payment:
        request = payment_pb2.ConfirmPaymentRequest(
            name=payment.name, payment_method=method, **given
        )
        found: payment_pb2.Payment = await self.stub.ConfirmPayment(request, metadata=held.buyer)
        return found

    async def pay(self, held: Held, method: str = "pm_card_visa") -> payment_pb2.Payment:
        """Opens, confirms, and lets the provider and the worker do what they do."""
        payment = await self.confirm(held, await self.open(held), method)
        await self.work(held.organization)
        return await self.read(held, payment)

    async def read(self, held: Held, payment: payment_pb2.Payment) -> payment_pb2.Payment:
        request = payment_pb2.GetPaymentRequest(name=payment.name)
        found: payment_pb2.Payment = await self.stub.GetPayment(request, metadata=held.buyer)
        return found

    async def work(self, organization: uuid.UUID, *kinds: str) -> None:
        """Does all that is due, of some kinds or of those that a payment needs, until none is."""
        while sum([await self.world.do_all(kind, organization) for kind in kinds or KINDS]):
            pass

    async def told(self, organization: uuid.UUID) -> list[str]:
        return [fact.DESCRIPTOR.name for fact in await self.world.facts(organization)]

    async def webhook(
        self, organization: uuid.UUID, said: Any, *, at: datetime | None = None
    ) -> Any:
        """Sends a notice with a good signature; returns what the service answered."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        secret = self.world.parts.state.sandbox.secret(organization)
        signature = signatures.header(secret, body, at or datetime.now(UTC))
        path = f"/api/v1/webhooks/sandbox/{organization}"
        return await self.edge.receive(path, signature, body)

    async def charges(self, organization: uuid.UUID) -> list[Any]:
        """What the sandbox has in its books."""
        rows = await self.world.owner.execute(
            "select * from sandbox_charges where organization = %s", [organization]
        )
        return await rows.fetchall()

    async def refunds(self, organization: uuid.UUID) -> list[Any]:
        rows = await self.world.owner.execute(
            "select * from sandbox_refunds where organization = %s", [organization]
        )
        return await rows.fetchall()


def euros(cents: int) -> money_pb2.Money:
    return money_pb2.Money(currency_code="EUR", units=cents // 100, nanos=cents % 100 * 10**7)


def create(held: Held, **given: Any) -> payment_pb2.CreatePaymentRequest:
    parent = f"organizations/{given.pop('organization', held.organization)}"
    payment = payment_pb2.Payment(booking=given.pop("booking", held.name))
    return payment_pb2.CreatePaymentRequest(parent=parent, payment=payment, **given)


@pytest.fixture(scope="session")
async def served(database: Any, owner: Any) -> AsyncIterator[Payment]:
    db = await database("payment")
    async with listening() as edge, simulated() as stripe:
        # Every fault is seen by us, and none by Stripe's library alone.
        config = Config(
            stripe_url=stripe.url,
            stripe_retries=0,
            platform=PLATFORM,
            fees=Fees(250, {"EUR": 30}),
        )
        serves = serving(SERVICE, db, await owner(db), config=config, edge_url=edge.url)
        async with serves as world:
            edge.stub = payment_pb2_grpc.PaymentServiceStub(world.channel)
            yield Payment(world, edge.stub, edge, stripe)


@pytest.fixture
async def payment(served: Payment) -> AsyncIterator[Payment]:
    served.world.clock.ahead = timedelta()
    served.edge.down = False
    served.edge.seen.clear()
    served.stripe.faults.clear()
    served.stripe.calls.clear()
    yield served
    await the_books_are_right(served.world.owner)


async def the_books_are_right(owner: Any) -> None:
    """Whatever a test did: all sums to zero, and what is booked is what moved."""
    assert await _rows(owner, UNBALANCED) == []
    assert await _rows(owner, UNBOOKED) == []


async def _rows(owner: Any, query: str) -> list[Any]:
    found: list[Any] = await (await owner.execute(query)).fetchall()
    return found


UNBALANCED = """
select transaction from ledger_entries
group by organization, transaction, currency having sum(amount_minor) <> 0
"""
# What the provider has for us, by the books, and by attempts and refunds.
UNBOOKED = """
select organization, sum(minor) from (
    select organization, amount_minor as minor from ledger_entries where account ~ '^provider-'
    union all
    select a.organization, -p.amount_minor from attempts a
    join payments p on p.organization = a.organization and p.id = a.payment
    where a.progress = 'succeeded'
    union all
    select organization, amount_minor from refunds where progress = 'succeeded'
    union all
    select organization, coalesce(withdrawn_minor, 0) from disputes
    union all
    select organization, processing_minor + application_minor - returned_minor from charge_costs
    union all
    select organization, amount_minor from payouts where state = 'paid'
) moved group by organization having sum(minor) <> 0
"""


@pytest.fixture
async def held(payment: Payment) -> Held:
    """25 EUR to pay."""
    return await payment.held()
