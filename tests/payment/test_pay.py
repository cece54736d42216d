"""Paying for a booking through the sandbox, as a buyer does it."""

from __future__ import annotations

import asyncio
import uuid

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.names import Name
from services.payment import actions
from services.payment.sandbox import provider as sandbox
from services.payment.sandbox.domain import METHODS
from tests.payment.conftest import create
from tests.serving import NOBODY, PARTICIPANTS, as_guest, as_user, invalid, name_of, refused
from turnout.booking.v1 import booking_pb2
from turnout.payment.v1 import payment_pb2

pytestmark = pytest.mark.server

State = payment_pb2.Payment.State


# --- opening


async def test_a_payment_is_opened_for_what_is_held(payment, held):
    made = await payment.open(held)

    assert made.state == State.STATE_REQUIRES_METHOD
    assert (made.booking, made.payer, made.provider) == (held.name, name_of(held.buyer), "sandbox")
    assert (made.amount.currency_code, made.amount.units) == ("EUR", 25)
    assert made.etag == '"1"'
    assert not made.HasField("capture_time")
    assert await payment.read(held, made) == made


async def test_asking_again_gives_the_open_one(payment, held):
    first, second = await payment.open(held), await payment.open(held)

    assert first == second


async def test_many_who_ask_at_once_get_the_same_one(payment, held):
    made = await asyncio.gather(*(payment.open(held) for _ in range(10)))

    assert len({one.name for one in made}) == 1


async def test_what_is_paid_is_shown_and_not_opened_again(payment, held):
    paid = await payment.pay(held)

    assert await payment.open(held) == paid


async def test_a_booking_that_was_not_told_of_yet_is_not_there(payment, held):
    unknown = held.name[:-36] + str(uuid.uuid4())

    with refused(grpc.StatusCode.NOT_FOUND, "BOOKING_NOT_FOUND", booking=unknown):
        await payment.open(held, booking=unknown)


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        (booking_pb2.BookingConfirmed, "CONFIRMED"),
        (booking_pb2.BookingLapsed, "LAPSED"),
        (booking_pb2.BookingCancelled, "CANCELLED"),
    ],
)
async def test_what_is_not_held_any_more_is_not_paid(payment, held, fact, state):
    total = {"total": {"currency_code": "EUR"}} if state == "CONFIRMED" else {}
    await payment.tell(fact, held, **total)

    said = {"booking": held.name, "state": state}
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "BOOKING_NOT_PAYABLE", **said):
        await payment.open(held)


async def test_what_is_about_to_lapse_is_not_paid_any_more(payment, held):
    made = await payment.open(held)
    payment.world.clock.ahead = actions.OVERDUE * 15

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "BOOKING_NOT_PAYABLE", state="LAPSED"):
        await payment.confirm(held, made)


async def test_what_costs_nothing_is_not_paid(payment):
    free = await payment.held(cents=0)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "BOOKING_NOT_PAYABLE"):
        await payment.open(free)


# --- confirming


async def test_a_card_that_is_good_brings_the_money(payment, held):
    confirmed = await payment.confirm(held, await payment.open(held))
    assert confirmed.state == State.STATE_PROCESSING
    assert await payment.told(held.organization) == []

    await payment.work(held.organization)

    paid = await payment.read(held, confirmed)
    assert paid.state == State.STATE_SUCCEEDED
    assert paid.HasField("capture_time")
    [fact] = await payment.world.facts(held.organization)
    assert isinstance(fact, payment_pb2.PaymentCaptured)
    assert (fact.payment, fact.booking) == (paid.name, held.name)
    assert (fact.payer, fact.amount) == (paid.payer, paid.amount)


async def test_a_card_that_is_declined_says_why_and_another_one_may_do(payment, held):
    failed = await payment.pay(held, "pm_card_visa_chargeDeclined")
    assert (failed.state, failed.failure_reason) == (State.STATE_FAILED, "card_declined")

    paid = await payment.pay(held)

    assert (paid.name, paid.state) == (failed.name, State.STATE_SUCCEEDED)
    assert paid.failure_reason == ""
    first, second = await payment.world.facts(held.organization)
    assert (first.DESCRIPTOR.name, first.reason) == ("PaymentFailed", "card_declined")
    assert (first.payer, second.payer) == (paid.payer, paid.payer)
    assert second.DESCRIPTOR.name == "PaymentCaptured"


async def test_a_method_that_the_sandbox_does_not_know_fails(payment, held):
    failed = await payment.pay(held, "pm_beads")

    assert failed.state == State.STATE_FAILED
    assert failed.failure_reason == "no such payment method: pm_beads"


async def test_a_card_that_says_so_twice_pays_once(payment, held):
    paid = await payment.pay(held, "pm_card_visa_twice")

    assert paid.state == State.STATE_SUCCEEDED
    assert len(payment.edge.seen) == 2
    assert payment.edge.seen[0][2] == payment.edge.seen[1][2]
    assert await payment.told(held.organization) == ["PaymentCaptured"]


async def test_a_slow_card_takes_its_time(payment, held):
    made = await payment.confirm(held, await payment.open(held), "pm_card_slow")
    await payment.work(held.organization, actions.CHARGE)

    [settle] = await payment.world.due(sandbox.SETTLE, held.organization)
    waits = settle.due_time.timestamp() - made.update_time.ToMicroseconds() / 1e6
    assert waits >= METHODS["pm_card_slow"].delay.total_seconds()
    assert (await payment.read(held, made)).state == State.STATE_PROCESSING

    await payment.work(held.organization)
    assert (await payment.read(held, made)).state == State.STATE_SUCCEEDED


async def test_what_is_under_way_is_not_confirmed_again(payment, held):
    made = await payment.confirm(held, await payment.open(held))

    said = {"payment": made.name, "state": "PROCESSING"}
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_PAYMENT_STATE", **said):
        await payment.confirm(held, made)


async def test_many_who_confirm_at_once_charge_once(payment, held):
    made = await payment.open(held)

    calls = [payment.confirm(held, made) for _ in range(10)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    await payment.work(held.organization)

    assert sum(isinstance(result, payment_pb2.Payment) for result in results) == 1
    assert len(await payment.charges(held.organization)) == 1
    assert await payment.told(held.organization) == ["PaymentCaptured"]


async def test_a_retry_gets_the_first_answer(payment, held):
    opened = [payment.open(held, request_id=used) for used in [str(uuid.uuid4())] * 2]
    first, second = await asyncio.gather(*opened)
    assert first == second

    used = str(uuid.uuid4())
    calls = [payment.confirm(held, first, request_id=used) for _ in range(4)]
    answers = await asyncio.gather(*calls)

    assert all(answer == answers[0] for answer in answers)
    with invalid("request_id"):
        await payment.confirm(held, first, "pm_card_slow", request_id=used)


@pytest.mark.parametrize("method", ["visa", "4242424242424242", "pm_" + "x" * 100, "pm_ü"])
async def test_a_method_is_what_the_provider_calls_it(payment, held, method):
    made = await payment.open(held)

    with invalid("payment_method"):
        await payment.confirm(held, made, method)


# --- who


async def test_a_participant_pays_by_the_link_of_the_invitation(payment):
    who = Name(new_id(), new_id())
    held = await payment.held(who.organization, buyer=as_user(), payer=PARTICIPANTS.format(who))
    guest = as_guest(who)

    made = await payment.stub.CreatePayment(create(held), metadata=guest)

    assert made.payer == PARTICIPANTS.format(who)
    request = payment_pb2.GetPaymentRequest(name=made.name)
    assert await payment.stub.GetPayment(request, metadata=guest) == made


@pytest.mark.parametrize("role", ["OWNER", "ADMIN", "FINANCE"])
async def test_who_looks_after_the_money_pays_for_others(payment, held, role):
    member = await payment.world.member(role, held.organization)

    made = await payment.stub.CreatePayment(create(held), metadata=member)

    assert made.payer == name_of(held.buyer)


@pytest.mark.parametrize("role", ["ORGANIZER", "STAFF", "VIEWER", None])
async def test_nobody_else_pays_for_others(payment, held, role):
    made = await payment.open(held)
    who = await payment.world.member(role, held.organization) if role else as_user()

    with refused(grpc.StatusCode.NOT_FOUND, "BOOKING_NOT_FOUND"):
        await payment.stub.CreatePayment(create(held), metadata=who)
    with refused(grpc.StatusCode.NOT_FOUND, "PAYMENT_NOT_FOUND", payment=made.name):
        request = payment_pb2.ConfirmPaymentRequest(name=made.name, payment_method="pm_card_visa")
        await payment.stub.ConfirmPayment(request, metadata=who)


@pytest.mark.parametrize("role", ["OWNER", "ADMIN", "ORGANIZER", "FINANCE"])
async def test_who_may_see_payments_sees_everybodys(payment, held, role):
    made = await payment.open(held)
    member = await payment.world.member(role, held.organization)

    read = payment_pb2.GetPaymentRequest(name=made.name)
    listed = payment_pb2.ListPaymentsRequest(parent=f"organizations/{held.organization}")

    assert await payment.stub.GetPayment(read, metadata=member) == made
    found = await payment.stub.ListPayments(listed, metadata=member)
    assert list(found.payments) == [made]


@pytest.mark.parametrize("role", ["STAFF", "VIEWER", None])
async def test_who_may_not_sees_nobodys(payment, held, role):
    made = await payment.open(held)
    who = await payment.world.member(role, held.organization) if role else as_user()

    with refused(grpc.StatusCode.NOT_FOUND, "PAYMENT_NOT_FOUND"):
        await payment.stub.GetPayment(payment_pb2.GetPaymentRequest(name=made.name), metadata=who)
    listed = payment_pb2.ListPaymentsRequest(parent=f"organizations/{held.organization}")
    assert not (await payment.stub.ListPayments(listed, metadata=who)).payments


async def test_another_organization_sees_nothing_and_pays_nothing(payment, held):
    made = await payment.open(held)
    elsewhere = new_id()
    owner = await payment.world.member("OWNER", elsewhere)
    there = made.name.replace(str(held.organization), str(elsewhere))

    for name in (made.name, there):
        with refused(grpc.StatusCode.NOT_FOUND, "PAYMENT_NOT_FOUND"):
            await payment.stub.GetPayment(payment_pb2.GetPaymentRequest(name=name), metadata=owner)
        with refused(grpc.StatusCode.NOT_FOUND, "PAYMENT_NOT_FOUND"):
            request = payment_pb2.ConfirmPaymentRequest(name=name, payment_method="pm_card_visa")
            await payment.stub.ConfirmPayment(request, metadata=owner)
    booking = held.name.replace(str(held.organization), str(elsewhere))
    for asked in (
        create(held),
        create(held, organization=elsewhere),
        create(held, organization=elsewhere, booking=booking),
    ):
        with refused(grpc.StatusCode.NOT_FOUND, "BOOKING_NOT_FOUND"):
            await payment.stub.CreatePayment(asked, metadata=owner)


async def test_a_link_is_good_for_one_organization(payment, held):
    with refused(grpc.StatusCode.PERMISSION_DENIED, "OTHER_ORGANIZATION"):
        await payment.stub.CreatePayment(create(held), metadata=as_guest(Name(new_id(), new_id())))


async def test_nobody_pays_without_saying_who(payment, held):
    made = await payment.open(held)
    confirm = payment_pb2.ConfirmPaymentRequest(name=made.name, payment_method="pm_card_visa")
    listed = payment_pb2.ListPaymentsRequest(parent=f"organizations/{held.organization}")
    for call, request in (
        (payment.stub.CreatePayment, create(held)),
        (payment.stub.ConfirmPayment, confirm),
        (payment.stub.GetPayment, payment_pb2.GetPaymentRequest(name=made.name)),
        (payment.stub.ListPayments, listed),
    ):
        with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
            await call(request, metadata=NOBODY)
        with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED"):
            await call(request, metadata=as_user(ttl=-60))


# --- lists and names


async def test_a_list_goes_on_where_it_ended_and_can_be_of_one_booking(payment):
    organization, ada = new_id(), as_user()
    bookings = [await payment.held(organization, buyer=ada) for _ in range(3)]
    made = [await payment.open(held) for held in bookings]

    def listing(**given):
        parent = f"organizations/{organization}"
        return payment_pb2.ListPaymentsRequest(parent=parent, **given)

    first = await payment.stub.ListPayments(listing(page_size=2), metadata=ada)
    token = first.next_page_token
    rest = await payment.stub.ListPayments(listing(page_token=token), metadata=ada)
    of_one = await payment.stub.ListPayments(listing(booking=bookings[1].name), metadata=ada)

    assert [list(first.payments), list(rest.payments)] == [made[:2], made[2:]]
    assert not rest.next_page_token
    assert list(of_one.payments) == [made[1]]
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH"):
        request = listing(page_token=token, booking=bookings[0].name)
        await payment.stub.ListPayments(request, metadata=ada)
    with invalid("page_size"):
        await payment.stub.ListPayments(listing(page_size=-1), metadata=ada)
    with invalid("booking"):
        await payment.stub.ListPayments(listing(booking="x"), metadata=ada)


async def test_what_is_no_name_is_pointed_at(payment, held):
    wrong = f"organizations/{held.organization}/bookings/{uuid.uuid4()}"
    with invalid("name"):
        await payment.stub.GetPayment(
            payment_pb2.GetPaymentRequest(name=wrong), metadata=held.buyer
        )
    with invalid("payment.booking"):
        await payment.open(held, booking="bookings/1")
    with invalid("parent"):
        request = create(held)
        request.parent = "organizations/x"
        await payment.stub.CreatePayment(request, metadata=held.buyer)
