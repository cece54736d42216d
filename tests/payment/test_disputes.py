"""Payments that the owners of the cards do not accept."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.payment import actions
from services.payment.disputes import actions as disputes
from services.payment.disputes import domain
from services.payment.disputes.domain import Dispute, Said, State
from services.payment.domain import Reason, contest, promise, refund_part, repay
from services.payment.ledger import domain as books
from services.payment.sandbox import provider as sandbox
from tests.payment.builders import NOW, SUCCEEDED, heard
from tests.serving import NOBODY, as_user, refused
from turnout.booking.v1 import booking_pb2
from turnout.payment.v1 import dispute_pb2, dispute_pb2_grpc, ledger_pb2

D = dispute_pb2.Dispute
WHY = Reason.BOOKING_CANCELLED


def said(state=State.NEEDS_RESPONSE, **given):
    values: dict[str, Any] = {
        "amount": Money("EUR", 2500),
        "reason": "fraudulent",
        "due_time": NOW + timedelta(days=7),
        "withdrawn": Money("EUR", 4000),
        "time": NOW,
    }
    return Said(state, **values | given)


def dispute(state=State.NEEDS_RESPONSE, **given):
    payment, attempt = heard(SUCCEEDED)
    name = Name(payment.name.organization, new_id())
    return Dispute(
        name=name,
        payment=payment.name,
        attempt=attempt.id,
        provider="sandbox",
        reference="dp_1",
        said=said(state, **given),
        create_time=NOW,
        update_time=NOW,
    )


# --- the rules


@pytest.mark.parametrize(
    ("was", "told", "is_"),
    [
        (State.NEEDS_RESPONSE, State.UNDER_REVIEW, State.UNDER_REVIEW),
        (State.NEEDS_RESPONSE, State.LOST, State.LOST),
        (State.UNDER_REVIEW, State.NEEDS_RESPONSE, State.UNDER_REVIEW),
        (State.WON, State.NEEDS_RESPONSE, State.WON),
        (State.WON, State.LOST, State.WON),
        (State.LOST, State.WON, State.LOST),
    ],
)
def test_what_is_decided_stays_so_in_whatever_order_it_is_told(was, told, is_):
    assert domain.hear(dispute(was), said(told, time=NOW), NOW).said.state is is_


def test_hearing_the_same_again_is_no_news():
    before = dispute()

    assert domain.hear(before, replace(before.said, time=NOW + timedelta(days=1)), NOW) is before


def test_an_older_word_of_the_same_state_is_not_believed():
    before = dispute()

    older = said(withdrawn=None, time=NOW - timedelta(seconds=1))

    assert domain.hear(before, older, NOW) is before


@pytest.mark.parametrize(
    ("due", "state", "at"),
    [
        (timedelta(days=7), State.NEEDS_RESPONSE, timedelta(days=5)),
        (timedelta(days=1), State.NEEDS_RESPONSE, timedelta()),
        (timedelta(), State.NEEDS_RESPONSE, None),
        (timedelta(days=7), State.UNDER_REVIEW, None),
    ],
)
def test_people_are_reminded_two_days_before_evidence_is_due(due, state, at):
    found = domain.reminder(dispute(state, due_time=NOW + due), NOW)

    assert found == (None if at is None else NOW + at)


@pytest.mark.parametrize("end", [State.WON, State.LOST])
def test_the_books_of_a_dispute_sum_to_zero(end):
    payment, _ = heard(SUCCEEDED)
    first = dispute()
    last = replace(
        first, said=said(end, withdrawn=None if end is State.WON else said().withdrawn), version=2
    )

    steps = [books.withdrawal(payment, None, first), books.loss(payment, None, first)]
    steps += [books.withdrawal(payment, first, last), books.loss(payment, first, last)]

    lines = [line for step in steps if step for line in step.postings]
    balances = {line.account: 0 for line in lines}
    for line in lines:
        balances[line.account] += line.amount.minor
    assert sum(balances.values()) == 0
    assert balances["disputed"] == 0
    assert balances["provider-sandbox"] == (0 if end is State.WON else -4000)
    if end is State.LOST:
        assert balances["fees-sandbox"] == 1500


# --- served


@pytest.fixture
def stub(payment):
    return dispute_pb2_grpc.DisputeServiceStub(payment.world.channel)


async def listed(pay, stub, held, **given):
    finance = await pay.world.member("FINANCE", held.organization)
    parent = f"organizations/{held.organization}"
    request = dispute_pb2.ListDisputesRequest(parent=parent, **given)
    return (await stub.ListDisputes(request, metadata=finance)).disputes


async def left(payment, held, account):
    finance = await payment.world.member("FINANCE", held.organization)
    return await payment.balance(held.organization, account, finance)


@pytest.mark.server
async def test_a_dispute_is_opened_told_and_booked(payment, held, stub):
    paid = await payment.pay(held, "pm_card_createDispute")

    [found] = await listed(payment, stub, held)

    assert (found.payment, found.state) == (paid.name, D.STATE_NEEDS_RESPONSE)
    assert (found.amount, found.reason) == (paid.amount, "fraudulent")
    assert found.withdrawn_amount.units == 40
    assert found.HasField("evidence_due_time")
    assert not found.HasField("close_time")
    [told] = await payment.world.facts(held.organization, "DisputeOpened")
    assert (told.dispute, told.booking, told.payer) == (found.name, held.name, paid.payer)
    assert await left(payment, held, "disputed") == [4000]
    assert await left(payment, held, "provider-sandbox") == [-1500]


@pytest.mark.server
async def test_a_dispute_that_is_won_costs_nothing(payment, held, stub):
    await payment.pay(held, "pm_card_createDispute_won")

    [found] = await listed(payment, stub, held)

    assert found.state == D.STATE_WON
    assert found.HasField("close_time")
    assert not found.HasField("withdrawn_amount")
    assert await payment.told(held.organization) == [
        "PaymentCaptured",
        "DisputeOpened",
        "DisputeWon",
    ]
    assert await left(payment, held, "disputed") == [0]
    assert await left(payment, held, "provider-sandbox") == [2500]


@pytest.mark.server
async def test_a_dispute_that_is_lost_costs_the_money_and_a_fee(payment, held, stub):
    paid = await payment.pay(held, "pm_card_createDispute_lost")

    [found] = await listed(payment, stub, held, payment=paid.name)

    assert found.state == D.STATE_LOST
    assert (await payment.told(held.organization))[-1] == "DisputeLost"
    assert await left(payment, held, "disputed") == [0]
    assert await left(payment, held, "fees-sandbox") == [1500]
    [entry] = await entries(payment, held, "fees-sandbox")
    assert entry.kind == ledger_pb2.Entry.KIND_DISPUTE_LOSS


async def entries(payment, held, account):
    finance = await payment.world.member("FINANCE", held.organization)
    request = ledger_pb2.ListEntriesRequest(
        parent=f"organizations/{held.organization}", account=account
    )
    return (await payment.ledger_stub.ListEntries(request, metadata=finance)).entries


@pytest.mark.server
async def test_what_a_bank_has_cannot_go_back_another_time(payment, held, stub):
    paid = await payment.pay(held, "pm_card_createDispute")
    finance = await payment.world.member("FINANCE", held.organization)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "REFUND_TOO_LARGE"):
        await payment.give_back(paid, finance, 100)


@pytest.mark.server
async def test_after_a_dispute_is_won_the_money_can_go_back(payment, held, stub):
    paid = await payment.pay(held, "pm_card_createDispute_won")
    finance = await payment.world.member("FINANCE", held.organization)

    await payment.give_back(paid, finance)
    await payment.work(held.organization)

    assert (await payment.read(held, paid)).refunded_amount == paid.amount


async def cancelled_while_disputed(payment, held, method):
    """A payment whose booking its buyer cancels while a bank has the money, which then decides."""
    paid = await payment.confirm(held, await payment.open(held), method)
    before = (actions.CHARGE, sandbox.DISPUTE, sandbox.DELIVER, actions.APPLY)
    await payment.work(held.organization, *before)
    await payment.tell(booking_pb2.BookingCancelled, held)
    assert await payment.refunds(held.organization) == []
    await payment.work(held.organization)
    for _ in range(2):
        await payment.work(held.organization, disputes.REPAY)
    await payment.work(held.organization)
    return await payment.read(held, paid)


@pytest.mark.server
async def test_what_was_owed_while_a_bank_had_it_goes_back_once_it_is_won(payment, held):
    paid = await cancelled_while_disputed(payment, held, "pm_card_createDispute_won")

    assert paid.refunded_amount == paid.amount
    assert len(await payment.refunds(held.organization)) == 1


@pytest.mark.server
@pytest.mark.parametrize("method", ["pm_card_createDispute", "pm_card_createDispute_lost"])
async def test_what_a_bank_keeps_does_not_go_back_as_well(payment, held, method):
    paid = await cancelled_while_disputed(payment, held, method)

    assert paid.refunded_amount.units == 0
    assert await payment.refunds(held.organization) == []


def test_what_is_owed_while_a_bank_has_it_is_what_could_not_go_back():
    payment, _ = heard(SUCCEEDED)
    euros = functools.partial(Money, "EUR")
    disputed = contest(payment, 2000, NOW)

    begun = refund_part(promise(disputed, euros(1200), NOW), new_id(), euros(1200), WHY, NOW)
    assert begun is not None
    going, first = begun
    again = promise(promise(going, going.kept, NOW), going.kept, NOW)
    won = contest(again, -2000, NOW)
    repaid = repay(won, new_id(), NOW)
    assert repaid is not None

    assert (first.amount, going.owing, repay(going, new_id(), NOW)) == (euros(500), 700, None)
    assert (again.owing, repaid[1].amount) == (2000, euros(2000))
    assert (repaid[0].owing, repaid[0].left) == (0, euros(0))
    assert promise(payment, payment.kept, NOW) is payment


@pytest.mark.parametrize(
    ("withdrawn", "fee"), [(None, 0), (Money("EUR", 1500), 1500), (Money("EUR", 4000), 0)]
)
def test_what_is_kept_of_a_dispute_that_was_won_is_its_fee(withdrawn, fee):
    """The whole of it is withdrawn until the provider has given the amount back."""
    payment, _ = heard(SUCCEEDED)
    first = dispute()
    last = replace(first, said=said(State.WON, withdrawn=withdrawn), version=2)

    booked = books.loss(payment, first, last)

    lines = {line.account: line.amount.minor for line in booked.postings} if booked else {}
    assert lines == ({"disputed": -fee, "fees-sandbox": fee} if fee else {})


@pytest.mark.server
async def test_a_dispute_is_heard_of_before_its_charge(payment, held, stub):
    """Providers tell in any order: what is about nothing yet waits."""
    made = await payment.confirm(held, await payment.open(held))
    [due] = await payment.world.due(actions.CHARGE, held.organization)
    event = {
        "id": "evt_early",
        "type": "dispute.opened",
        "created": datetime.now(UTC).timestamp(),
        "data": {
            "id": "dp_early",
            "charge": f"ch_{due.id.hex}",
            "amount": 2500,
            "currency": "EUR",
            "reason": "fraudulent",
            "status": "needs_response",
            "evidence_due_by": None,
            "withdrawn": 0,
        },
    }
    await payment.webhook(held.organization, event)
    [kept] = await payment.world.due(actions.APPLY, held.organization)
    await payment.world.do(kept)
    early = await listed(payment, stub, held)

    await payment.work(held.organization, actions.CHARGE, sandbox.DELIVER)
    await payment.world.do_all(actions.APPLY, held.organization)
    await payment.world.do_all(actions.APPLY, held.organization)
    [found] = await listed(payment, stub, held)

    assert early == []
    assert found.payment == made.name


@pytest.mark.server
async def test_a_notice_about_nothing_is_given_up_after_a_day(payment, held):
    event = {
        "id": "evt_lost",
        "type": "dispute.opened",
        "created": datetime.now(UTC).timestamp(),
        "data": {
            "id": "dp_lost",
            "charge": "ch_nobody",
            "amount": 1,
            "currency": "EUR",
            "reason": "",
            "status": "needs_response",
            "evidence_due_by": None,
            "withdrawn": 0,
        },
    }
    await payment.webhook(held.organization, event)
    payment.world.clock.ahead = timedelta(days=2)

    await payment.work(held.organization, actions.APPLY)

    rows = await payment.world.owner.execute(
        "select effect from notices where reference = 'evt_lost'"
    )
    assert [row.effect for row in await rows.fetchall()] == ["unknown"]


@pytest.mark.server
async def test_who_looks_after_the_money_is_reminded_of_evidence(payment, held, stub):
    await payment.pay(held, "pm_card_createDispute")

    await payment.work(held.organization, disputes.REMIND)

    [told] = await payment.world.facts(held.organization, "DisputeEvidenceDue")
    [found] = await listed(payment, stub, held)
    assert (told.dispute, told.evidence_due_time) == (found.name, found.evidence_due_time)


@pytest.mark.server
async def test_nobody_is_reminded_of_what_is_decided(payment, held):
    await payment.pay(held, "pm_card_createDispute_lost")

    await payment.work(held.organization, disputes.REMIND)

    assert await payment.world.facts(held.organization, "DisputeEvidenceDue") == []


@pytest.mark.server
async def test_disputes_are_for_who_may_see_payments(payment, held, stub):
    await payment.pay(held, "pm_card_createDispute")
    [found] = await listed(payment, stub, held)
    request = dispute_pb2.GetDisputeRequest(name=found.name)
    staff = await payment.world.member("STAFF", held.organization)
    finance = await payment.world.member("FINANCE", held.organization)

    assert (await stub.GetDispute(request, metadata=finance)) == found
    for stranger in (as_user(), staff):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await stub.GetDispute(request, metadata=stranger)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await stub.GetDispute(request, metadata=NOBODY)
    ghost = dispute_pb2.GetDisputeRequest(
        name=f"organizations/{held.organization}/disputes/{new_id()}"
    )
    with refused(grpc.StatusCode.NOT_FOUND, "DISPUTE_NOT_FOUND"):
        await stub.GetDispute(ghost, metadata=finance)
