"""The RPCs of payment. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from google.protobuf import empty_pb2

from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.letterbox import Letterbox
from services.kit.names import parent
from services.kit.once import once
from services.kit.origin import here
from services.kit.pages import page
from services.payment import actions, store, wire
from services.payment.domain import PAYMENTS, REFUNDS, Payment, Posted
from services.payment.merchants.domain import Fees
from services.payment.provider import Action, Provider
from turnout.payment.v1 import payment_pb2, payment_pb2_grpc, refund_pb2, refund_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class Connected(Protocol):
    """Who tells of accounts that are connected to the platform's, all at one endpoint."""

    @property
    def name(self) -> str: ...

    async def verify_platform(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[str, uuid.UUID | None]:
        """The provider's id of a notice, and the organization whose account it is about."""


class PaymentServicer(payment_pb2_grpc.PaymentServiceServicer):
    def __init__(
        self,
        db: Database,
        providers: Mapping[str, Provider],
        now: Callable[[], datetime],
        *,
        usual: str,
        fees: Fees,
        connected: Connected,
        page_key: bytes,
    ) -> None:
        """`usual` is the provider of new payments; `fees` are what the platform keeps of them."""
        self._db = db
        self._providers = providers
        self._now = now
        self._usual = usual
        self._fees = fees
        self._connected = connected
        self._page_key = page_key

        async def keep(tx: Tx, posted: Sequence[Posted]) -> None:
            await actions.receive(tx, posted, now())

        self._letterbox = Letterbox(db, keep)

    async def CreatePayment(
        self, request: payment_pb2.CreatePaymentRequest, context: Context
    ) -> payment_pb2.Payment:
        booking = wire.to_pay(request)

        async def open(tx: Tx) -> payment_pb2.Payment:
            return wire.payment(
                await actions.open(
                    tx,
                    booking,
                    own=own(),
                    provider=self._usual,
                    now=self._now(),
                    fees=self._fees,
                )
            )

        return await self._db.run(once(request, open))

    async def GetPayment(
        self, request: payment_pb2.GetPaymentRequest, context: Context
    ) -> payment_pb2.Payment:
        name = PAYMENTS.parse(request.name)
        found = await self._db.read(actions.get, name, own=own())
        return wire.payment(found, await self._action(found))

    async def ListPayments(
        self, request: payment_pb2.ListPaymentsRequest, context: Context
    ) -> payment_pb2.ListPaymentsResponse:
        organization, booking = parent(request.parent), wire.filter(request)
        asked = page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            actions.page, organization, booking=booking, own=own(), after=after, size=asked.limit
        )
        shown, token = asked.cut(found, key=lambda payment: (payment.name.id,))
        return payment_pb2.ListPaymentsResponse(
            payments=[wire.payment(payment) for payment in shown], next_page_token=token
        )

    async def ConfirmPayment(
        self, request: payment_pb2.ConfirmPaymentRequest, context: Context
    ) -> payment_pb2.Payment:
        name = PAYMENTS.parse(request.name)
        ask = actions.Ask(
            method=request.payment_method,
            origin=here(),
            region=request.region_code,
            return_uri=request.return_uri,
        )

        async def confirm(tx: Tx) -> payment_pb2.Payment:
            return wire.payment(
                await actions.confirm(tx, name, own=own(), ask=ask, now=self._now())
            )

        return await self._db.run(once(request, confirm))

    async def CapturePayment(
        self, request: payment_pb2.CapturePaymentRequest, context: Context
    ) -> payment_pb2.Payment:
        name, amount = PAYMENTS.parse(request.name), wire.to_take(request)

        async def capture(tx: Tx) -> payment_pb2.Payment:
            return wire.payment(await actions.capture(tx, name, amount=amount, now=self._now()))

        return await self._db.run(once(request, capture))

    async def RecordPayment(
        self, request: payment_pb2.RecordPaymentRequest, context: Context
    ) -> payment_pb2.Payment:
        name, note = PAYMENTS.parse(request.name), request.note

        async def record(tx: Tx) -> payment_pb2.Payment:
            return wire.payment(await actions.record(tx, name, note=note, now=self._now()))

        return await self._db.run(once(request, record))

    async def CancelPayment(
        self, request: payment_pb2.CancelPaymentRequest, context: Context
    ) -> payment_pb2.Payment:
        name = PAYMENTS.parse(request.name)

        async def cancel(tx: Tx) -> payment_pb2.Payment:
            return wire.payment(await actions.cancel(tx, name, own=own(), now=self._now()))

        return await self._db.run(once(request, cancel))

    async def ReceiveWebhook(
        self, request: payment_pb2.ReceiveWebhookRequest, context: Context
    ) -> empty_pb2.Empty:
        body = request.body.data
        if wire.for_platform(request):
            return await self._receive(headers(context), body)
        provider, organization = wire.endpoint(request, self._providers)
        reference = await provider.verify(organization, headers(context), body, self._now())
        await self._letterbox.put(Posted(organization, provider.name, reference, body))
        return empty_pb2.Empty()

    async def _receive(self, sent: Mapping[str, str], body: bytes) -> empty_pb2.Empty:
        """Takes what is about a connected account; of those of nobody here there is no trace."""
        reference, organization = await self._connected.verify_platform(sent, body, self._now())
        if organization is not None:
            await self._letterbox.put(Posted(organization, self._connected.name, reference, body))
        return empty_pb2.Empty()

    async def _action(self, payment: Payment) -> Action | None:
        """What is left to do, for who has to do it."""
        if not payment.action or caller().name != payment.payer:
            return None
        provider = self._providers[payment.provider]
        return await provider.action(payment.name.organization, payment.action)


class RefundServicer(refund_pb2_grpc.RefundServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime], *, page_key: bytes) -> None:
        self._db = db
        self._now = now
        self._page_key = page_key

    async def CreateRefund(
        self, request: refund_pb2.CreateRefundRequest, context: Context
    ) -> refund_pb2.Refund:
        wish = wire.wish(request, caller().name)

        async def refund(tx: Tx) -> refund_pb2.Refund:
            return wire.refund(await actions.refund(tx, wish, self._now()))

        return await self._db.run(once(request, refund))

    async def CompleteRefund(
        self, request: refund_pb2.CompleteRefundRequest, context: Context
    ) -> refund_pb2.Refund:
        name = REFUNDS.parse(request.name)

        async def complete(tx: Tx) -> refund_pb2.Refund:
            return wire.refund(await actions.complete(tx, name, self._now()))

        return await self._db.run(once(request, complete))

    async def GetRefund(
        self, request: refund_pb2.GetRefundRequest, context: Context
    ) -> refund_pb2.Refund:
        return wire.refund(await self._db.read(actions.get_refund, REFUNDS.parse(request.name)))

    async def ListRefunds(
        self, request: refund_pb2.ListRefundsRequest, context: Context
    ) -> refund_pb2.ListRefundsResponse:
        organization, asked = parent(request.parent), page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            store.page_of_refunds,
            organization,
            payment=wire.of_payment(request),
            after=after,
            size=asked.limit,
        )
        shown, token = asked.cut(found, key=lambda refund: (refund.id,))
        return refund_pb2.ListRefundsResponse(
            refunds=[wire.refund(refund) for refund in shown], next_page_token=token
        )


def own() -> str | None:
    """Whose payments the caller may see: the own ones, or everybody's (None)."""
    return None if caller().permitted else caller().name


def headers(context: Context) -> dict[str, str]:
    """What came beside the body, by lower-case names; of a header sent twice the last one."""
    pairs = context.invocation_metadata() or ()
    return {key: value for key, value in pairs if isinstance(value, str)}
