"""Money that comes and goes without a provider, and payments that nobody wants any more."""

from __future__ import annotations

from datetime import UTC, datetime

import grpc
import pytest

from services.kit.money import Money
from services.kit.tenant import within
from services.payment import actions
from services.payment.domain import Outcome, Progress
from services.payment.provider import Charge
from tests.payment.conftest import euros
from tests.serving import as_user, refused
from turnout.payment.v1 import payment_pb2, refund_pb2

pytestmark = pytest.mark.server

State = payment_pb2.Payment.State
UNMET = grpc.StatusCode.FAILED_PRECONDITION


@pytest.fixture
async def finance(payment, held):
    return await payment.world.member("FINANCE", held.organization)


async def record(payment, opened, who, **given):
    request = payment_pb2.RecordPaymentRequest(name=opened.name, **given)
    return await payment.stub.RecordPayment(request, metadata=who)


async def cancel(payment, opened, who, **given):
    request = payment_pb2.CancelPaymentRequest(name=opened.name, **given)
    return await payment.stub.CancelPayment(request, metadata=who)


async def complete(payment, refund, who):
    request = refund_pb2.CompleteRefundRequest(name=refund.name)
    return await payment.refund_stub.CompleteRefund(request, metadata=who)


async def test_money_from_the_door_pays_like_any_other(payment, held, finance):
    opened = await payment.open(held)

    paid = await record(payment, opened, finance, note="receipt 17")

    assert (paid.state, paid.provider) == (State.STATE_SUCCEEDED, "offline")
    assert paid.capture_time.seconds
    assert await payment.told(held.organization) == ["PaymentCaptured"]
    assert await payment.balance(held.organization, "provider-offline", finance) == [2500]
    assert await payment.charges(held.organization) == []


async def test_a_declined_card_may_be_made_good_at_the_door(payment, held, finance):
    failed = await payment.pay(held, "pm_card_visa_chargeDeclined")

    assert (await record(payment, failed, finance)).state == State.STATE_SUCCEEDED


async def test_what_is_under_way_or_paid_is_not_recorded(payment, held, finance):
    made = await payment.confirm(held, await payment.open(held))
    with refused(UNMET, "WRONG_PAYMENT_STATE", payment=made.name, state="PROCESSING"):
        await record(payment, made, finance)
    await payment.work(held.organization)
    with refused(UNMET, "WRONG_PAYMENT_STATE", payment=made.name, state="SUCCEEDED"):
        await record(payment, made, finance)


async def test_a_retry_records_once(payment, held, finance):
    opened = await payment.open(held)
    given = {"request_id": "6f2b1a52-6bb0-4c2f-8f2e-3d3ad6b6c0aa"}

    first = await record(payment, opened, finance, **given)
    again = await record(payment, opened, finance, **given)

    assert first == again
    assert await payment.balance(held.organization, "provider-offline", finance) == [2500]


async def test_what_came_by_hand_goes_back_by_hand(payment, held, finance):
    paid = await record(payment, await payment.open(held), finance)
    begun = await payment.give_back(paid, finance, 1000)
    await payment.work(held.organization)
    assert await payment.refunds(held.organization) == []

    done = await complete(payment, begun, finance)
    again = await complete(payment, begun, finance)

    assert done == again
    assert done.state == refund_pb2.Refund.STATE_SUCCEEDED
    assert (await payment.read(held, paid)).refunded_amount == euros(1000)
    assert await payment.balance(held.organization, "provider-offline", finance) == [1500]
    assert await payment.told(held.organization) == ["PaymentCaptured", "PaymentRefunded"]


async def test_what_a_provider_gives_back_nobody_completes(payment, held, finance):
    begun = await payment.give_back(await payment.pay(held), finance)

    with refused(UNMET, "WRONG_REFUND_STATE", refund=begun.name, state="PENDING"):
        await complete(payment, begun, finance)


@pytest.mark.parametrize("role", ["ORGANIZER", "STAFF", None])
async def test_only_who_looks_after_the_money_records_it(payment, held, role):
    opened = await payment.open(held)
    who = await payment.world.member(role, held.organization) if role else held.buyer

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await record(payment, opened, who)


async def test_a_card_that_pays_after_all_is_given_back_by_its_provider(payment, held, finance):
    made = await payment.confirm(held, await payment.open(held))
    [charge] = await payment.world.due(actions.CHARGE, held.organization)
    await hear(payment, charge, Outcome(Progress.FAILED, "ch_1", "card_declined"))
    await record(payment, made, finance)

    # The card had been charged, and only the word of it was wrong.
    await payment.world.do(charge)
    sandbox = payment.world.parts.state.sandbox
    asked = Charge(
        held.organization,
        charge.id,
        Money("EUR", 2500),
        "pm_card_visa",
        payment.world.clock.now(),
    )
    await sandbox.charge(asked)
    await payment.work(held.organization)

    assert [row.amount_minor for row in await payment.refunds(held.organization)] == [2500]
    for account, cents in (("sandbox", 0), ("offline", 2500)):
        name = f"provider-{account}"
        assert await payment.balance(held.organization, name, finance) == [cents]
    assert (await payment.read(held, made)).provider == "offline"


async def hear(payment, due, outcome):
    with within(due.organization):
        await payment.world.db.run(
            actions.hear_charge, due.organization, due.id, outcome, now=datetime.now(UTC)
        )


# --- nobody wants it any more


async def test_who_pays_may_think_better_of_it_and_pay_anew(payment, held):
    opened = await payment.open(held)

    closed = await cancel(payment, opened, held.buyer)
    again = await payment.open(held)

    assert closed.state == State.STATE_CANCELLED
    assert await cancel(payment, opened, held.buyer) == closed
    assert again.name != opened.name
    assert again.state == State.STATE_REQUIRES_METHOD


async def test_what_is_under_way_is_stopped_if_it_can_be(payment, held):
    made = await payment.confirm(held, await payment.open(held), "pm_card_slow")
    await payment.work(held.organization, actions.CHARGE)

    asked = await cancel(payment, made, held.buyer)
    await payment.work(held.organization)

    assert asked.state == State.STATE_PROCESSING
    assert (await payment.read(held, made)).state == State.STATE_CANCELLED
    [charge] = await payment.charges(held.organization)
    assert charge.progress == Progress.CANCELLED.value


async def test_what_was_paid_is_not_cancelled(payment, held):
    paid = await payment.pay(held)

    with refused(UNMET, "WRONG_PAYMENT_STATE", payment=paid.name, state="SUCCEEDED"):
        await cancel(payment, paid, held.buyer)


async def test_nobody_cancels_what_others_pay(payment, held):
    opened = await payment.open(held)

    with refused(grpc.StatusCode.NOT_FOUND, "PAYMENT_NOT_FOUND"):
        await cancel(payment, opened, as_user())
