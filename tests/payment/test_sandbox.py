"""What the sandbox plays beside plain success and failure: proofs, reserved money, disorder."""

from __future__ import annotations

from datetime import UTC, datetime

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.payment import domain
from services.payment.domain import OFFLINE, Claim, NoProvider, Standing
from tests.payment.conftest import euros
from tests.serving import refused
from turnout.payment.v1 import payment_pb2, sandbox_pb2, sandbox_pb2_grpc

pytestmark = pytest.mark.server

State = payment_pb2.Payment.State
Type = payment_pb2.Payment.NextAction.Type


async def answer(payment, challenge, **given):
    stub = sandbox_pb2_grpc.SandboxServiceStub(payment.world.channel)
    await stub.AnswerChallenge(sandbox_pb2.AnswerChallengeRequest(challenge=challenge, **given))


async def answered(payment, held, waiting, **given):
    await answer(payment, waiting.next_action.client_secret, **given)
    await payment.work(held.organization)
    # What changed is asked for, once.
    await payment.world.do_all("find", held.organization)
    await payment.work(held.organization)
    return await payment.read(held, waiting)


@pytest.mark.parametrize("decline", [False, True])
async def test_who_pays_proves_who_they_are_or_not(payment, held, decline):
    waiting = await payment.pay(held, "pm_card_authenticationRequired")
    await payment.world.do_all("find", held.organization)
    waiting = await payment.read(held, waiting)

    assert waiting.state == State.STATE_REQUIRES_ACTION
    assert waiting.next_action.type == Type.TYPE_AUTHENTICATE
    after = await answered(payment, held, waiting, decline=decline)

    assert after.state == (State.STATE_FAILED if decline else State.STATE_SUCCEEDED)
    assert after.failure_reason == ("authentication_required" if decline else "")
    told = ["PaymentFailed"] if decline else ["PaymentCaptured"]
    assert await payment.told(held.organization) == told


async def test_who_pays_chooses_in_the_browser_until_one_card_is_good(payment, held):
    waiting = await payment.pay(held, "")
    await payment.world.do_all("find", held.organization)
    waiting = await payment.read(held, waiting)
    assert waiting.next_action.type == Type.TYPE_CONFIRM

    declined = await answered(payment, held, waiting, payment_method="pm_card_visa_chargeDeclined")
    paid = await answered(payment, held, declined, payment_method="pm_card_visa")
    again = await answered(payment, held, waiting, payment_method="pm_card_visa")

    assert declined.state == State.STATE_REQUIRES_ACTION
    assert declined.failure_reason == "card_declined"
    assert (paid.state, again.state) == (State.STATE_SUCCEEDED, State.STATE_SUCCEEDED)
    assert await payment.told(held.organization) == ["PaymentCaptured"]


async def test_nobody_answers_what_was_not_asked(payment, held):
    waiting = await payment.pay(held, "")
    await payment.world.do_all("find", held.organization)
    waiting = await payment.read(held, waiting)
    secret = waiting.next_action.client_secret

    for wrong in ("nothing", secret[:-1] + ("0" if secret[-1] != "0" else "1"), secret[1:]):
        with refused(grpc.StatusCode.NOT_FOUND, "CHALLENGE_NOT_FOUND"):
            await answer(payment, wrong, payment_method="pm_card_visa")


@pytest.mark.parametrize("cents", [0, 1000])
async def test_reserved_money_is_taken(payment, held, cents):
    reserved = await payment.pay(held, "pm_card_manual")
    finance = await payment.world.member("FINANCE", held.organization)
    assert reserved.state == State.STATE_AUTHORIZED

    amount = euros(cents) if cents else None
    request = payment_pb2.CapturePaymentRequest(name=reserved.name, amount=amount)
    await payment.stub.CapturePayment(request, metadata=finance)
    await payment.work(held.organization)

    paid = await payment.read(held, reserved)
    assert (paid.state, paid.amount) == (State.STATE_SUCCEEDED, euros(cents or 2500))


async def test_reserved_money_is_let_go(payment, held):
    reserved = await payment.pay(held, "pm_card_manual")

    request = payment_pb2.CancelPaymentRequest(name=reserved.name)
    await payment.stub.CancelPayment(request, metadata=held.buyer)
    await payment.work(held.organization)

    assert (await payment.read(held, reserved)).state == State.STATE_CANCELLED
    assert await payment.told(held.organization) == []


async def test_what_was_before_and_is_told_late_changes_nothing(payment, held):
    paid = await payment.pay(held, "pm_card_visa_shuffled")

    assert paid.state == State.STATE_SUCCEEDED
    assert await payment.told(held.organization) == ["PaymentCaptured"]
    assert len(payment.edge.seen) == 2


def test_without_a_provider_nobody_is_charged():
    booking = Name(new_id(), new_id())
    now = datetime.now(UTC)
    claim = Claim(booking, "users/1", Money("EUR", 100), Standing.HELD)
    payment = domain.open(new_id(), claim, OFFLINE, now)

    with pytest.raises(NoProvider):
        domain.confirm(payment, claim, attempt=new_id(), method="pm_card_visa", now=now)
