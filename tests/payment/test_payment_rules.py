"""What becomes of a payment, whatever the provider says and in whatever order: pure rules."""

from __future__ import annotations

import itertools

import pytest

from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.payment import domain
from services.payment.domain import Progress, Reason, Standing, State
from tests.payment.builders import (
    BOOKING,
    CANCELLED,
    FAILED,
    NOW,
    PENDING,
    SUCCEEDED,
    claim,
    heard,
    opened,
    processing,
)

# --- opening


def test_a_payment_is_of_the_total_and_the_buyer_of_the_booking():
    payment = opened()

    assert (payment.amount, payment.payer) == (Money("EUR", 2500), claim().buyer)
    assert payment.state is State.REQUIRES_METHOD


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"standing": Standing.CONFIRMED, "expire_time": None}, "CONFIRMED"),
        ({"standing": Standing.LAPSED}, "LAPSED"),
        ({"standing": Standing.CANCELLED}, "CANCELLED"),
        ({"total": Money("EUR", 0)}, "HELD"),
        ({"expire_time": NOW}, "LAPSED"),
    ],
    ids=["paid", "lapsed", "cancelled", "free", "over"],
)
def test_only_what_is_held_and_costs_something_is_paid(given, state):
    with pytest.raises(domain.BookingNotPayable) as refused:
        domain.open(new_id(), claim(**given), "sandbox", NOW)

    assert refused.value.metadata == {
        "booking": domain.BOOKINGS.format(BOOKING),
        "state": state,
    }


# --- confirming


def test_confirming_begins_one_attempt():
    payment, attempt = processing()

    assert (payment.state, payment.attempt) == (State.PROCESSING, attempt.id)
    assert (attempt.progress, attempt.method) == (Progress.PENDING, "pm_card_visa")


def test_after_a_failure_another_method_may_do():
    failed, first = heard(FAILED)

    payment, second = processing(failed)

    assert payment.state is State.PROCESSING
    assert second.id != first.id
    assert payment.failure == ""


@pytest.mark.parametrize("outcome", [PENDING, SUCCEEDED, CANCELLED])
def test_what_is_under_way_or_over_is_not_confirmed_again(outcome):
    payment, _ = heard(outcome)

    with pytest.raises(domain.WrongPaymentState) as refused:
        processing(payment)

    assert refused.value.state == payment.state.name


def test_nothing_is_charged_for_a_hold_that_is_over():
    with pytest.raises(domain.BookingNotPayable):
        domain.confirm(
            opened(), claim(expire_time=NOW), attempt=new_id(), method="pm_card_visa", now=NOW
        )


# --- hearing


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (PENDING, State.PROCESSING),
        (SUCCEEDED, State.SUCCEEDED),
        (FAILED, State.FAILED),
        (CANCELLED, State.CANCELLED),
    ],
)
def test_the_provider_says_how_it_went(outcome, state):
    payment, attempt = heard(outcome)

    assert payment.state is state
    assert attempt.progress is outcome.progress
    assert payment.failure == outcome.failure


def test_the_same_again_changes_nothing():
    for outcome in (SUCCEEDED, FAILED, CANCELLED):
        payment, attempt = heard(outcome)

        assert domain.hear(payment, attempt, outcome, NOW) == (payment, attempt)


def test_money_that_came_is_never_talked_away():
    payment, attempt = heard(SUCCEEDED)

    for outcome in (FAILED, CANCELLED, PENDING):
        assert domain.hear(payment, attempt, outcome, NOW) == (payment, attempt)


@pytest.mark.parametrize("first", [FAILED, CANCELLED])
def test_money_that_comes_after_all_counts(first):
    payment, attempt = heard(first)

    payment, attempt = domain.hear(payment, attempt, SUCCEEDED, NOW)

    assert (payment.state, attempt.progress) == (State.SUCCEEDED, Progress.SUCCEEDED)


def test_money_for_what_was_wound_up_counts():
    failed, attempt = heard(FAILED)
    payment, _ = domain.hear(domain.wind_up(failed, NOW), attempt, SUCCEEDED, NOW)

    assert payment.state is State.SUCCEEDED


def test_an_earlier_attempt_that_fails_again_does_not_fail_the_next_one():
    failed, first = heard(FAILED)
    payment, _ = processing(failed)

    after, _ = domain.hear(payment, first, FAILED, NOW)

    assert after is payment


def test_a_second_attempt_that_brings_money_too_is_surplus():
    failed, first = heard(FAILED)
    payment, second = processing(failed)
    payment, second = domain.hear(payment, second, SUCCEEDED, NOW)

    after, first = domain.hear(payment, first, SUCCEEDED, NOW)

    assert after is payment
    assert domain.surplus(after, first)
    assert not domain.surplus(after, second)


@pytest.mark.parametrize("order", list(itertools.permutations([PENDING, FAILED, SUCCEEDED])))
def test_the_order_of_notices_makes_no_difference(order):
    payment, attempt = processing()

    for outcome in order:
        payment, attempt = domain.hear(payment, attempt, outcome, NOW)

    assert (payment.state, attempt.progress) == (State.SUCCEEDED, Progress.SUCCEEDED)


# --- giving back


def test_what_was_asked_of_nobody_is_closed_and_what_is_under_way_goes_on():
    failed, _ = heard(FAILED)

    assert domain.wind_up(opened(), NOW).state is State.CANCELLED
    assert domain.wind_up(failed, NOW).state is State.CANCELLED
    for outcome in (PENDING, SUCCEEDED, CANCELLED):
        payment, _ = heard(outcome)
        assert domain.wind_up(payment, NOW) is payment


def test_money_goes_back_once():
    payment, attempt = heard(SUCCEEDED)

    begun = domain.refund(payment, new_id(), Reason.LATE, NOW)
    assert begun is not None
    refunding, refund = begun

    assert refunding.state is State.REFUNDING
    assert (refund.amount, refund.attempt) == (payment.amount, attempt.id)
    assert domain.refund(refunding, new_id(), Reason.LATE, NOW) is None


@pytest.mark.parametrize("outcome", [PENDING, FAILED, CANCELLED])
def test_what_never_came_does_not_go_back(outcome):
    payment, _ = heard(outcome)

    assert domain.refund(payment, new_id(), Reason.LATE, NOW) is None


def refunding():
    payment, attempt = heard(SUCCEEDED)
    begun = domain.refund(payment, new_id(), Reason.LATE, NOW)
    assert begun is not None
    return (*begun, attempt)


def test_a_refund_that_succeeds_ends_the_payment():
    payment, refund, attempt = refunding()

    payment, refund = domain.hear_refund(payment, refund, SUCCEEDED, NOW)

    assert payment.state is State.REFUNDED
    assert domain.hear_refund(payment, refund, SUCCEEDED, NOW) == (payment, refund)
    assert domain.hear(payment, attempt, SUCCEEDED, NOW) == (payment, attempt)


def test_a_refund_that_comes_back_leaves_the_money_with_us_whatever_comes_late():
    payment, refund, _ = refunding()
    payment, refund = domain.hear_refund(payment, refund, SUCCEEDED, NOW)

    payment, refund = domain.hear_refund(payment, refund, FAILED, NOW)

    assert (payment.state, payment.refunded) == (State.SUCCEEDED, 0)
    assert domain.hear_refund(payment, refund, SUCCEEDED, NOW) == (payment, refund)


def some(cents, currency="EUR"):
    return domain.Wish(Name(new_id(), new_id()), Money(currency, cents), Reason.REQUESTED)


def test_money_goes_back_in_parts_until_none_is_left():
    payment, _ = heard(SUCCEEDED)

    payment, first = domain.refund_some(payment, new_id(), some(1000), NOW)
    payment, first = domain.hear_refund(payment, first, SUCCEEDED, NOW)
    assert (payment.state, payment.left) == (State.SUCCEEDED, Money("EUR", 1500))
    with pytest.raises(domain.RefundTooLarge) as refusal:
        domain.refund_some(payment, new_id(), some(1501), NOW)
    payment, second = domain.refund_some(payment, new_id(), some(1500), NOW)
    assert payment.state is State.REFUNDING
    payment, second = domain.hear_refund(payment, second, SUCCEEDED, NOW)

    assert refusal.value.metadata["left"] == "15 EUR"
    assert (payment.state, payment.refunded) == (State.REFUNDED, 2500)
    assert first.amount.minor + second.amount.minor == 2500


def test_money_goes_back_in_the_currency_it_came_in():
    payment, _ = heard(SUCCEEDED)

    with pytest.raises(domain.BadRefund) as refusal:
        domain.refund_some(payment, new_id(), some(1000, "USD"), NOW)

    assert refusal.value.field == "refund.amount.currency_code"


@pytest.mark.parametrize("outcome", [PENDING, FAILED, CANCELLED])
def test_what_never_came_does_not_go_back_in_parts_either(outcome):
    payment, _ = heard(outcome)

    with pytest.raises(domain.WrongPaymentState):
        domain.refund_some(payment, new_id(), some(1), NOW)


def test_a_refund_that_fails_leaves_the_money_with_us():
    payment, refund, _ = refunding()

    payment, refund = domain.hear_refund(payment, refund, FAILED, NOW)

    assert (payment.state, refund.failure) == (State.SUCCEEDED, "card_declined")
    assert domain.refund(payment, new_id(), Reason.LATE, NOW) is not None


def test_the_refund_of_a_surplus_does_not_touch_the_payment():
    payment, _ = heard(SUCCEEDED)
    _, second = processing()
    surplus = domain.return_surplus(payment, second, new_id(), NOW)

    after, refund = domain.hear_refund(payment, surplus, SUCCEEDED, NOW)

    assert after is payment
    assert refund.progress is Progress.SUCCEEDED
