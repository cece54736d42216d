"""What becomes of a booking: pure rules."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta

import pytest

from services.booking import codes, domain
from services.booking.domain import Move, Shift, State
from services.kit.money import Money
from tests.booking.builders import GIG, NOW, held, offer, offers, receipt

LATE = NOW + timedelta(hours=1)


def lapsed(**given):
    return domain.lapse(held(**given), LATE)


# --- money


def test_money_makes_a_hold_lasting():
    booking = held(2)
    paid = receipt(booking)

    after = domain.settle(booking, paid, offers(), NOW)

    assert after is not None
    assert (after.state, after.expire_time) == (State.CONFIRMED, None)
    assert (after.payment, after.version) == (paid.payment, 2)


def test_money_that_comes_before_the_lapse_was_noticed_is_in_time():
    booking = held()

    after = domain.settle(booking, receipt(booking), offers(offer(cancelled=True)), LATE)

    assert after is not None
    assert after.state is State.CONFIRMED


def test_late_money_gets_the_seats_back_while_they_are_free():
    booking = lapsed(seats=2)

    after = domain.settle(booking, receipt(booking), offers(offer(capacity=2)), LATE)

    assert after is not None
    assert after.state is State.CONFIRMED


@pytest.mark.parametrize(
    "gone",
    [offer(sold=4), offer(cancelled=True), offer(sale_end=LATE), offer(listed=False)],
    ids=["too few left", "called off", "sale over", "withdrawn"],
)
def test_late_money_goes_back_when_there_is_no_seat_for_it(gone):
    booking = lapsed(seats=2)

    assert domain.settle(booking, receipt(booking), offers(gone), LATE) is None


def test_money_for_what_was_given_back_goes_back():
    booking = domain.cancel(held(), NOW)

    assert domain.settle(booking, receipt(booking), offers(), NOW) is None


def test_the_same_money_again_changes_nothing():
    booking = held()
    paid = receipt(booking)
    confirmed = domain.settle(booking, paid, offers(), NOW)
    assert confirmed is not None

    assert domain.settle(confirmed, paid, offers(), LATE) is confirmed
    given_back = domain.cancel(confirmed, LATE)
    assert domain.settle(given_back, paid, offers(), LATE) is given_back


def test_a_second_payment_goes_back():
    booking = held()
    confirmed = domain.settle(booking, receipt(booking), offers(), NOW)
    assert confirmed is not None

    assert domain.settle(confirmed, receipt(confirmed), offers(), NOW) is None


def test_another_amount_than_the_total_goes_back():
    short = domain.Receipt(uuid.uuid4(), Money("EUR", 1249))

    assert domain.settle(held(), short, offers(), NOW) is None


# --- time


def test_a_hold_lapses_at_its_time_and_not_before():
    booking = held()
    assert booking.expire_time is not None

    assert domain.lapse(booking, booking.expire_time - timedelta(microseconds=1)) is booking
    assert domain.lapse(booking, booking.expire_time).state is State.LAPSED


def test_what_is_paid_never_lapses():
    booking = held()
    confirmed = domain.settle(booking, receipt(booking), offers(), NOW)
    assert confirmed is not None

    assert domain.lapse(confirmed, LATE) is confirmed


# --- giving back


def test_a_booking_is_cancelled_once():
    cancelled = domain.cancel(held(), NOW)

    assert cancelled.state is State.CANCELLED
    assert domain.cancel(cancelled, LATE) is cancelled


def test_what_lapsed_cannot_be_cancelled():
    with pytest.raises(domain.WrongBookingState) as refused:
        domain.cancel(lapsed(), LATE)

    assert refused.value.metadata["state"] == "LAPSED"


# --- seats


def move(booking, held, sold, kind="standard"):
    return Move(booking.name.id, booking.event.id, kind, held, sold)


def test_seats_move_with_the_state():
    booking = held(2)
    confirmed = dataclasses.replace(booking, state=State.CONFIRMED)
    cancelled = dataclasses.replace(booking, state=State.CANCELLED)

    assert domain.moves(None, booking) == (move(booking, 2, 0),)
    assert domain.moves(booking, confirmed) == (move(booking, -2, 2),)
    assert domain.moves(confirmed, cancelled) == (move(booking, 0, -2),)
    assert domain.moves(cancelled, cancelled) == ()


def test_moves_of_a_type_add_up():
    one, two = held(), held()
    steps = [move(one, 1, 0, "b"), move(two, 2, 0, "a"), move(two, -1, 1, "b")]

    assert domain.summed(steps) == (Shift(GIG.id, "a", 2, 0), Shift(GIG.id, "b", 0, 1))


# --- tickets


KEY = b"k" * 32


def test_there_is_a_ticket_for_each_seat_with_a_code_of_its_own():
    tickets = codes.issuer(KEY)(held(3))

    assert [ticket.ticket_type for ticket in tickets] == ["standard"] * 3
    assert len({ticket.code for ticket in tickets}) == 3
    assert [codes.read(KEY, ticket.code) for ticket in tickets] == [t.id for t in tickets]


def test_a_code_is_short_enough_to_scan():
    assert len(codes.sign(KEY, uuid.uuid4())) == 44


@pytest.mark.parametrize("code", ["", "x", "ä" * 44, "A" * 44, "A" * 43, "A" * 48, "=" * 44])
def test_nobody_makes_up_a_code(code):
    assert codes.read(KEY, code) is None


def test_a_code_is_of_one_key_and_cannot_be_changed():
    code = codes.sign(KEY, uuid.uuid4())

    assert codes.read(b"l" * 32, code) is None
    for place in range(len(code)):
        other = "A" if code[place] != "A" else "B"
        assert codes.read(KEY, code[:place] + other + code[place + 1 :]) is None
