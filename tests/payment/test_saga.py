"""When a booking is no more: nothing is charged, and what was charged goes back, once."""

from __future__ import annotations

import asyncio
import random
import uuid
from dataclasses import replace
from functools import partial

import psycopg
import pytest

from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.payment import actions
from services.payment.domain import Outcome, Progress
from services.payment.provider import Return
from tests.serving import PARTICIPANTS, as_guest, as_user
from tests.waiting import eventually, running
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import participant_pb2
from turnout.payment.v1 import payment_pb2

pytestmark = pytest.mark.server

State = payment_pb2.Payment.State
EUR = {"total": {"currency_code": "EUR", "units": 25}}


async def forfeit(payment, held, paid):
    await payment.tell(booking_pb2.BookingForfeited, held, payment=paid.name)


# --- before the money


@pytest.mark.parametrize("fact", [booking_pb2.BookingLapsed, booking_pb2.BookingCancelled])
async def test_an_open_payment_is_cancelled_with_its_booking(payment, held, fact):
    made = await payment.open(held)

    await payment.tell(fact, held)

    assert (await payment.read(held, made)).state == State.STATE_CANCELLED
    assert await payment.told(held.organization) == []


async def test_a_failed_payment_is_cancelled_with_its_booking(payment, held):
    failed = await payment.pay(held, "pm_card_visa_chargeDeclined")

    await payment.tell(booking_pb2.BookingLapsed, held)

    assert (await payment.read(held, failed)).state == State.STATE_CANCELLED


async def test_a_charge_that_is_under_way_is_stopped_when_the_hold_lapses(payment, held):
    made = await payment.confirm(held, await payment.open(held), "pm_card_slow")
    await payment.work(held.organization, actions.CHARGE)

    await payment.tell(booking_pb2.BookingLapsed, held)
    await payment.work(held.organization)

    assert (await payment.read(held, made)).state == State.STATE_CANCELLED
    assert [row.progress for row in await payment.charges(held.organization)] == ["cancelled"]
    assert await payment.told(held.organization) == []


async def test_a_charge_that_never_began_never_begins_after_the_lapse(payment, held):
    made = await payment.confirm(held, await payment.open(held))
    [charge] = await payment.world.due(actions.CHARGE, held.organization)

    await payment.tell(booking_pb2.BookingLapsed, held)
    await payment.work(held.organization)
    await payment.world.do(charge)

    assert (await payment.read(held, made)).state == State.STATE_CANCELLED
    assert await payment.told(held.organization) == []


async def test_a_charge_that_comes_after_its_own_cancellation_charges_nothing(payment, held):
    """The request to charge may have been on its way when we gave up."""
    await payment.confirm(held, await payment.open(held))
    [due] = await payment.world.due(actions.CHARGE, held.organization)
    with payment.world.at_work(held.organization):
        asked = await payment.world.db.run(actions.to_charge, held.organization, due.id)
    assert asked is not None
    await payment.tell(booking_pb2.BookingLapsed, held)
    await payment.work(held.organization, actions.CANCEL)

    outcome = await payment.world.parts.state.sandbox.charge(asked[1])

    assert outcome.progress is Progress.CANCELLED


async def test_money_that_was_faster_than_the_lapse_is_told(payment, held):
    """Booking decides what becomes of it."""
    made = await payment.confirm(held, await payment.open(held))
    await payment.work(held.organization, actions.CHARGE)

    await payment.tell(booking_pb2.BookingLapsed, held)
    await payment.work(held.organization)

    assert (await payment.read(held, made)).state == State.STATE_SUCCEEDED
    assert await payment.told(held.organization) == ["PaymentCaptured"]


# --- after the money


async def test_a_lapse_alone_gives_nothing_back(payment, held):
    paid = await payment.pay(held)

    await payment.tell(booking_pb2.BookingLapsed, held)
    await payment.tell(booking_pb2.BookingConfirmed, held, **EUR)
    await payment.work(held.organization)

    assert (await payment.read(held, paid)).state == State.STATE_SUCCEEDED


async def test_what_a_cancelled_booking_cost_goes_back(payment, held):
    paid = await payment.pay(held)

    await payment.tell(booking_pb2.BookingCancelled, held)
    assert (await payment.read(held, paid)).state == State.STATE_REFUNDING
    await payment.work(held.organization)

    assert (await payment.read(held, paid)).state == State.STATE_REFUNDED
    [refunded] = await payment.world.facts(held.organization, "PaymentRefunded")
    assert (refunded.payment, refunded.booking) == (paid.name, held.name)
    assert (refunded.payer, refunded.amount) == (paid.payer, paid.amount)


async def test_forfeited_money_goes_back(payment, held):
    paid = await payment.pay(held)

    await payment.tell(booking_pb2.BookingLapsed, held)
    await forfeit(payment, held, paid)
    await payment.work(held.organization)

    assert (await payment.read(held, paid)).state == State.STATE_REFUNDED


async def test_money_goes_back_once_however_often_and_by_whomever_it_is_asked(payment, held):
    paid = await payment.pay(held)

    asking = [
        *(payment.tell(booking_pb2.BookingCancelled, held) for _ in range(4)),
        *(forfeit(payment, held, paid) for _ in range(4)),
    ]
    random.shuffle(asking)
    await asyncio.gather(*asking)
    await payment.work(held.organization)

    [refund] = await payment.refunds(held.organization)
    assert (refund.progress, refund.amount_minor) == ("succeeded", 2500)
    assert (await payment.told(held.organization)).count("PaymentRefunded") == 1


async def test_what_is_asked_back_before_it_came_goes_back_when_booking_says_so(payment, held):
    """Cancelled while the charge was under way, and the charge was faster than its end."""
    made = await payment.confirm(held, await payment.open(held))
    await payment.work(held.organization, actions.CHARGE)
    await payment.tell(booking_pb2.BookingCancelled, held)
    await payment.work(held.organization)
    assert await payment.told(held.organization) == ["PaymentCaptured"]

    await forfeit(payment, held, made)
    await payment.work(held.organization)

    assert (await payment.read(held, made)).state == State.STATE_REFUNDED


async def test_forfeiting_what_was_never_paid_gives_nothing(payment, held):
    made = await payment.open(held)

    await forfeit(payment, held, made)
    await payment.tell(
        booking_pb2.BookingForfeited,
        held,
        payment=f"organizations/{held.organization}/payments/{uuid.uuid4()}",
    )
    await payment.work(held.organization)

    assert await payment.refunds(held.organization) == []


async def test_a_booking_that_nobody_told_of_ends_without_an_error(payment):
    held = await payment.held()
    stranger = type(held)(type(held.booking)(held.organization, new_id()), as_user())

    for fact in (booking_pb2.BookingLapsed, booking_pb2.BookingCancelled):
        await payment.tell(fact, stranger)

    assert await payment.told(held.organization) == []


async def test_money_that_came_twice_for_one_payment_goes_back_once_of_the_two(payment, held):
    """A provider that declines and then charges after all, when another card has paid already."""
    failed = await payment.pay(held, "pm_card_visa_chargeDeclined")
    [first] = await payment.charges(held.organization)
    paid = await payment.pay(held)
    assert (paid.name, paid.state) == (failed.name, State.STATE_SUCCEEDED)
    await payment.world.owner.execute(
        "update sandbox_charges set progress = 'succeeded' where key = %s", [first.key]
    )

    with payment.world.at_work(held.organization):
        for _ in range(2):
            await payment.world.db.run(
                actions.hear_charge,
                held.organization,
                first.key,
                Outcome(Progress.SUCCEEDED),
                now=payment.world.clock.now(),
            )
    await payment.work(held.organization)

    [refund] = await payment.refunds(held.organization)
    assert (refund.charge, refund.progress) == (first.key, "succeeded")
    assert (await payment.read(held, paid)).state == State.STATE_SUCCEEDED
    assert (await payment.told(held.organization)).count("PaymentCaptured") == 1


# --- when nobody says anything


async def test_a_webhook_that_never_came_is_made_up_for_by_asking(payment, held):
    made = await payment.confirm(held, await payment.open(held))
    await payment.work(held.organization, actions.CHARGE)

    [find] = await payment.world.due(actions.FIND, held.organization)
    await payment.world.do(find)

    assert (await payment.read(held, made)).state == State.STATE_SUCCEEDED
    await payment.work(held.organization)
    assert await payment.told(held.organization) == ["PaymentCaptured"]


async def test_what_is_still_under_way_is_asked_for_again_later(payment, held):
    await payment.confirm(held, await payment.open(held), "pm_card_slow")
    await payment.work(held.organization, actions.CHARGE)

    [before] = await payment.world.due(actions.FIND, held.organization)
    payment.world.clock.ahead = actions.OVERDUE
    await payment.world.do(before)

    [after] = await payment.world.due(actions.FIND, held.organization)
    assert after.due_time > before.due_time


async def test_a_refund_that_nobody_told_of_is_made_up_for_by_asking(payment, held):
    paid = await payment.pay(held)
    await payment.tell(booking_pb2.BookingCancelled, held)
    await payment.work(held.organization, actions.REFUND)

    [find] = await payment.world.due(actions.FIND_REFUND, held.organization)
    await payment.world.do(find)

    assert (await payment.read(held, paid)).state == State.STATE_REFUNDED


class Timeout(Exception):
    pass


async def test_a_provider_that_times_out_is_asked_again_under_the_same_key(
    payment, held, monkeypatch
):
    """The charge went through, and nobody heard of it."""
    made = await payment.confirm(held, await payment.open(held))
    [due] = await payment.world.due(actions.CHARGE, held.organization)
    sandbox = type(payment.world.parts.state.sandbox)
    charge = sandbox.charge

    async def charge_and_time_out(self, asked):
        await charge(self, asked)
        raise Timeout

    monkeypatch.setattr(sandbox, "charge", charge_and_time_out)
    with pytest.raises(Timeout):
        await payment.world.do(due)
    monkeypatch.undo()
    await payment.world.do(due)
    await payment.work(held.organization)

    assert len(await payment.charges(held.organization)) == 1
    assert (await payment.read(held, made)).state == State.STATE_SUCCEEDED
    assert await payment.told(held.organization) == ["PaymentCaptured"]


# --- races


async def test_a_lapse_and_a_confirmation_at_once_leave_nothing_open(payment):
    for _ in range(10):
        held = await payment.held()
        made = await payment.open(held)

        await asyncio.gather(
            payment.confirm(held, made),
            payment.tell(booking_pb2.BookingLapsed, held),
            return_exceptions=True,
        )
        await payment.work(held.organization)

        after = await payment.read(held, made)
        charged = [row.progress for row in await payment.charges(held.organization)]
        assert after.state in (State.STATE_CANCELLED, State.STATE_SUCCEEDED)
        assert ("succeeded" in charged) == (after.state == State.STATE_SUCCEEDED)


async def test_the_end_of_a_booking_and_its_money_at_once_end_in_one_refund(payment):
    for _ in range(10):
        held = await payment.held()
        made = await payment.confirm(held, await payment.open(held))
        await payment.work(held.organization, actions.CHARGE, "sandbox-deliver")
        [apply] = await payment.world.due(actions.APPLY, held.organization)

        await asyncio.gather(
            payment.world.do(apply), payment.tell(booking_pb2.BookingCancelled, held)
        )
        await forfeit(payment, held, made)
        await payment.work(held.organization)

        assert (await payment.read(held, made)).state == State.STATE_REFUNDED
        assert len(await payment.refunds(held.organization)) == 1


async def test_workers_at_once_pay_and_refund_once(payment):
    """Two real workers, the webhooks over HTTP."""
    bookings = [await payment.held() for _ in range(5)]
    methods = ["pm_card_visa", "pm_card_visa_twice"]

    async with running(payment.world.worker().run(), payment.world.worker().run()):
        made = []
        for number, held in enumerate(bookings):
            opened = await payment.open(held)
            made.append(await payment.confirm(held, opened, methods[number % 2]))
        for held, one in zip(bookings, made, strict=True):
            await eventually(partial(reached, payment, held, one, State.STATE_SUCCEEDED))
            await payment.tell(booking_pb2.BookingCancelled, held)
        for held, one in zip(bookings, made, strict=True):
            await eventually(partial(reached, payment, held, one, State.STATE_REFUNDED))

    for held in bookings:
        told = await payment.told(held.organization)
        money = [kind for kind in told if kind.startswith("Payment")]
        assert money == ["PaymentCaptured", "PaymentRefunded"]
        assert len(await payment.refunds(held.organization)) == 1


async def reached(payment, held, made, state):
    return (await payment.read(held, made)).state == state


# --- the database itself


async def test_the_database_itself_refuses_a_second_open_payment(payment, held):
    made = await payment.open(held)

    with pytest.raises(psycopg.errors.UniqueViolation, match="payments_open_key"):
        await payment.world.owner.execute(
            """
            insert into payments
            select organization, gen_random_uuid(), booking, payer, currency, amount_minor, state,
              provider, attempt, failure, capture_time, create_time, update_time, version
            from payments where id = %s
            """,
            [made.name[-36:]],
        )


async def test_the_database_itself_refuses_a_second_charge_and_a_second_refund(payment, held):
    await payment.confirm(held, await payment.open(held))
    with pytest.raises(psycopg.errors.UniqueViolation, match="attempts_pending_key"):
        await payment.world.owner.execute(
            """
            insert into attempts select organization, gen_random_uuid(), payment, method, progress,
              reference, failure, create_time, provider from attempts where organization = %s
            """,
            [held.organization],
        )
    await payment.work(held.organization)
    await payment.tell(booking_pb2.BookingCancelled, held)
    with pytest.raises(psycopg.errors.CheckViolation, match="payments_refunded_check"):
        await payment.world.owner.execute(
            """
            update payments set refunded_minor = refunded_minor + 1 where organization = %s
            """,
            [held.organization],
        )


# --- the sandbox keeps its own books


async def test_the_sandbox_gives_back_no_more_than_came(payment, held):
    paid = await payment.pay(held)
    [charge] = await payment.charges(held.organization)
    sandbox = payment.world.parts.state.sandbox

    async def back(minor, key=None, of=charge.key):
        now = payment.world.clock.now()
        asked = Return(held.organization, key or new_id(), of, Money("EUR", minor), now)
        await sandbox.refund(asked)
        return await sandbox.find_refund(asked)

    key = new_id()
    for _ in range(3):
        assert (await back(2000, key)).progress is Progress.SUCCEEDED
    assert (await back(501)).failure == "charge_already_refunded"
    assert (await back(500)).progress is Progress.SUCCEEDED
    assert (await back(1, of=new_id())).failure == "charge_not_captured"
    assert (await payment.read(held, paid)).state == State.STATE_SUCCEEDED


async def test_nothing_is_asked_of_a_provider_inside_a_transaction(payment, held):
    await payment.confirm(held, await payment.open(held))
    [due] = await payment.world.due(actions.CHARGE, held.organization)

    async def careless(tx):
        _, asked = await actions.to_charge(tx, held.organization, due.id) or (None, None)
        await payment.world.parts.state.sandbox.charge(asked)

    with payment.world.at_work(held.organization), pytest.raises(RuntimeError):
        await payment.world.db.run(careless)
    assert await payment.charges(held.organization) == []


async def test_what_a_duplicate_owes_and_paid_is_the_others(payment):
    organization = new_id()
    gone, kept = (Name(organization, new_id()) for _ in range(2))
    theirs = {"buyer": as_guest(gone), "payer": PARTICIPANTS.format(gone)}
    owed, paid = [await payment.held(organization, **theirs) for _ in range(2)]
    done = await payment.pay(paid)
    who = replace(owed, buyer=as_guest(kept))

    fact = participant_pb2.ParticipantMerged(
        participant=PARTICIPANTS.format(kept), duplicate=PARTICIPANTS.format(gone)
    )
    await payment.world.hear(fact, subject=PARTICIPANTS.format(kept))

    assert (await payment.pay(who)).payer == PARTICIPANTS.format(kept)
    assert (await payment.read(who, done)).payer == PARTICIPANTS.format(kept)
