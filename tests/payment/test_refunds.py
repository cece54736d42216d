"""Giving money back: in parts, never more than came, and what happens when it comes back."""

from __future__ import annotations

import asyncio
import uuid

import grpc
import pytest

from services.kit.ids import new_id
from services.payment.domain import PAYMENTS
from tests.payment.conftest import euros
from tests.serving import as_user, name_of, refused
from turnout.booking.v1 import booking_pb2
from turnout.payment.v1 import payment_pb2, refund_pb2

pytestmark = pytest.mark.server

State = refund_pb2.Refund.State
PaymentState = payment_pb2.Payment.State


@pytest.fixture
async def finance(payment, held):
    return await payment.world.member("FINANCE", held.organization)


@pytest.fixture
async def paid(payment, held):
    return await payment.pay(held)


async def read(payment, refund, who):
    request = refund_pb2.GetRefundRequest(name=refund.name)
    return await payment.refund_stub.GetRefund(request, metadata=who)


async def listed(served, organization, who, **given):
    request = refund_pb2.ListRefundsRequest(parent=f"organizations/{organization}", **given)
    return await served.refund_stub.ListRefunds(request, metadata=who)


async def test_a_part_goes_back_and_the_rest_stays(payment, held, paid, finance):
    begun = await payment.give_back(
        paid, finance, 1000, reason=refund_pb2.Refund.REASON_DUPLICATE, note="paid at the door too"
    )
    await payment.work(held.organization)

    done = await read(payment, begun, finance)
    after = await payment.read(held, paid)
    assert begun.state == State.STATE_PENDING
    assert (done.state, done.amount, done.note) == (
        State.STATE_SUCCEEDED,
        euros(1000),
        "paid at the door too",
    )
    assert (done.creator, done.reason) == (name_of(finance), refund_pb2.Refund.REASON_DUPLICATE)
    assert (after.state, after.refunded_amount) == (PaymentState.STATE_SUCCEEDED, euros(1000))
    [fact] = await payment.world.facts(held.organization, "PaymentRefunded")
    assert (fact.amount, fact.refunded_amount, fact.refund) == (
        euros(1000),
        euros(1000),
        begun.name,
    )


async def test_all_that_is_left_goes_back_when_nobody_says_how_much(payment, held, paid, finance):
    await payment.give_back(paid, finance, 1000)

    rest = await payment.give_back(paid, finance)
    assert rest.amount == euros(1500)
    assert (await payment.read(held, paid)).state == PaymentState.STATE_REFUNDING
    await payment.work(held.organization)

    after = await payment.read(held, paid)
    assert (after.state, after.refunded_amount) == (PaymentState.STATE_REFUNDED, euros(2500))


async def test_never_more_goes_back_than_came(payment, held, paid, finance):
    await payment.give_back(paid, finance, 2000)

    with refused(
        grpc.StatusCode.FAILED_PRECONDITION, "REFUND_TOO_LARGE", payment=paid.name, left="5 EUR"
    ):
        await payment.give_back(paid, finance, 501)


async def test_many_at_once_give_back_what_came_and_no_more(payment, held, paid, finance):
    answers = await asyncio.gather(
        *(payment.give_back(paid, finance, 1000) for _ in range(8)), return_exceptions=True
    )
    await payment.work(held.organization)

    begun = [answer for answer in answers if isinstance(answer, refund_pb2.Refund)]
    assert len(begun) == 2
    assert (await payment.read(held, paid)).refunded_amount == euros(2000)
    assert sum(row.amount_minor for row in await payment.refunds(held.organization)) == 2000


async def test_a_retry_begins_no_second_one(payment, held, paid, finance):
    request = refund_pb2.CreateRefundRequest(
        parent=f"organizations/{held.organization}",
        refund=refund_pb2.Refund(payment=paid.name, amount=euros(100)),
        request_id=str(uuid.uuid4()),
    )

    first = await payment.refund_stub.CreateRefund(request, metadata=finance)
    again = await payment.refund_stub.CreateRefund(request, metadata=finance)

    assert first == again
    assert len((await listed(payment, held.organization, finance)).refunds) == 1


async def test_what_was_not_paid_does_not_go_back(payment, held, finance):
    opened = await payment.open(held)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_PAYMENT_STATE"):
        await payment.give_back(opened, finance)


async def test_a_cancelled_booking_gives_back_only_what_is_left(payment, held, paid, finance):
    await payment.give_back(paid, finance, 700)
    await payment.work(held.organization)

    await payment.tell(booking_pb2.BookingCancelled, held)
    await payment.work(held.organization)

    found = (await listed(payment, held.organization, finance)).refunds
    assert [one.amount for one in found] == [euros(700), euros(1800)]
    assert found[1].reason == refund_pb2.Refund.REASON_BOOKING_CANCELLED
    assert found[1].creator == "services/payment"
    assert (await payment.read(held, paid)).state == PaymentState.STATE_REFUNDED


async def test_a_refund_that_is_declined_leaves_the_debt_open_and_is_told(payment, held, finance):
    paid = await payment.pay(held, "pm_card_visa_refundDeclined")

    begun = await payment.give_back(paid, finance, 900)
    await payment.work(held.organization)

    done = await read(payment, begun, finance)
    assert (done.state, done.failure_reason) == (State.STATE_FAILED, "insufficient_funds")
    assert (await payment.read(held, paid)).refunded_amount == euros(0)
    [fact] = await payment.world.facts(held.organization, "RefundFailed")
    assert (fact.amount, fact.reverses) == (euros(900), False)
    assert (fact.payer, fact.refund) == (name_of(held.buyer), begun.name)


async def test_a_refund_that_bounces_opens_the_debt_again_and_is_told(payment, held, finance):
    paid = await payment.pay(held, "pm_card_refundFail")
    begun = await payment.give_back(paid, finance)

    await payment.work(held.organization)

    done = await read(payment, begun, finance)
    after = await payment.read(held, paid)
    assert (done.state, done.failure_reason) == (State.STATE_FAILED, "expired_or_canceled_card")
    assert (after.state, after.refunded_amount) == (PaymentState.STATE_SUCCEEDED, euros(0))
    [fact] = await payment.world.facts(held.organization, "RefundFailed")
    assert fact.reverses
    assert len(await payment.world.facts(held.organization, "PaymentRefunded")) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": {"currency_code": "USD", "units": 1}}, "refund.amount.currency_code"),
        ({"amount": {"currency_code": "EUR"}}, "refund.amount"),
        ({"amount": {"currency_code": "EUR", "units": -1}}, "refund.amount"),
        ({"amount": {"currency_code": "EUR", "nanos": 1}}, "refund.amount"),
        ({"reason": refund_pb2.Refund.REASON_LATE}, "refund.reason"),
        ({"note": "x" * 501}, "refund.note"),
        ({"payment": "payments/1"}, "refund.payment"),
    ],
)
async def test_what_makes_no_sense_is_pointed_at(payment, held, paid, finance, given, field):
    refund = {"payment": paid.name, **given}
    request = refund_pb2.CreateRefundRequest(
        parent=f"organizations/{held.organization}", refund=refund
    )

    with pytest.raises(grpc.aio.AioRpcError) as error:
        await payment.refund_stub.CreateRefund(request, metadata=finance)

    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in str(error.value.trailing_metadata())


async def test_a_list_can_be_of_one_payment_and_goes_on(payment, held, paid, finance):
    other = await payment.held(held.organization)
    second = await payment.pay(other)
    for _ in range(3):
        await payment.give_back(paid, finance, 100)
    await payment.give_back(second, finance, 100)

    everything = await listed(payment, held.organization, finance)
    page = await listed(payment, held.organization, finance, payment=paid.name, page_size=2)
    rest = await listed(
        payment,
        held.organization,
        finance,
        payment=paid.name,
        page_size=2,
        page_token=page.next_page_token,
    )

    assert len(everything.refunds) == 4
    assert [one.payment for one in (*page.refunds, *rest.refunds)] == [paid.name] * 3
    assert not rest.next_page_token


@pytest.mark.parametrize("role", ["ORGANIZER", "STAFF", "VIEWER", None])
async def test_who_does_not_look_after_the_money_gives_nothing_back(payment, held, paid, role):
    who = await payment.world.member(role, held.organization) if role else as_user()

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await payment.give_back(paid, who)


async def test_another_organization_gives_nothing_back_and_sees_nothing(
    payment, held, paid, finance
):
    begun = await payment.give_back(paid, finance, 100)
    elsewhere = new_id()
    stranger = await payment.world.member("OWNER", elsewhere)
    there = PAYMENTS.format(PAYMENTS.parse(paid.name).__class__(elsewhere, new_id()))

    for payment_name in (paid.name, there):
        request = refund_pb2.CreateRefundRequest(
            parent=f"organizations/{elsewhere}", refund=refund_pb2.Refund(payment=payment_name)
        )
        with refused(grpc.StatusCode.NOT_FOUND, "PAYMENT_NOT_FOUND"):
            await payment.refund_stub.CreateRefund(request, metadata=stranger)
    name = begun.name.replace(str(held.organization), str(elsewhere))
    with refused(grpc.StatusCode.NOT_FOUND, "REFUND_NOT_FOUND", refund=name):
        await read(payment, refund_pb2.Refund(name=name), stranger)
    assert not (await listed(payment, elsewhere, stranger)).refunds
