"""What becomes of a booking: pure rules."""

from __future__ import annotations

import dataclasses
import json
import uuid
from datetime import timedelta

import jwt
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


SIGNER = codes.Signer(b"k" * 32)


def test_there_is_a_ticket_for_each_seat_with_a_code_of_its_own():
    booking = held(3)

    tickets = codes.issuer(SIGNER)(booking)

    assert [ticket.ticket_type for ticket in tickets] == ["standard"] * 3
    assert {ticket.holder for ticket in tickets} == {booking.buyer}
    assert len({ticket.code for ticket in tickets}) == 3
    read = [codes.Read(ticket.id, GIG.id, 1) for ticket in tickets]
    assert [SIGNER.read(ticket.code) for ticket in tickets] == read


def code(signer=SIGNER):
    return signer.sign(uuid.uuid4(), GIG.id, "standard")


def test_a_code_fits_a_qr_code_that_a_phone_reads():
    # Version 20 of 40 has 669 bytes at this level.
    assert len(code()) < 669


def test_whoever_has_the_published_key_can_tell_a_ticket_from_a_forgery():
    [entry] = json.loads(SIGNER.keys())["keys"]
    key = jwt.PyJWK(entry).key
    made, forged = code(), code(codes.Signer(b"l" * 32))

    assert jwt.get_unverified_header(made)["kid"] == entry["kid"]
    said = json.loads(jwt.api_jws.decode(made, key, algorithms=["EdDSA"]))
    assert said["evt"] == GIG.id.hex
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.api_jws.decode(forged, key, algorithms=["EdDSA"])


@pytest.mark.parametrize("text", ["", "x", "ä" * 44, "A" * 44, "a.b.c", "A" * 5000, "=" * 44])
def test_nobody_makes_up_a_code(text):
    assert SIGNER.read(text) is None


def test_a_code_is_of_one_key_and_cannot_be_changed():
    made = code()

    assert codes.Signer(b"l" * 32).read(made) is None
    for place in range(len(made) - 1):
        other = "A" if made[place] != "A" else "B"
        assert SIGNER.read(made[:place] + other + made[place + 1 :]) is None
