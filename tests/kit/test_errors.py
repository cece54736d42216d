"""A refusal says to a person nothing that it does not say to a program."""

from __future__ import annotations

import pytest

from services.kit import errors


class NoSeat(errors.Unmet):
    message = "{row} has {left} seats left"
    row: str
    left: int


def test_a_refusal_has_a_reason_a_message_and_the_values_in_it():
    refusal = NoSeat("row 7", 0)

    assert refusal.reason == "NO_SEAT"
    assert str(refusal) == "row 7 has 0 seats left"
    assert refusal.metadata == {"row": "row 7", "left": "0"}
    assert NoSeat.keys() == ("row", "left")


def test_an_invalid_value_names_its_field():
    refusal = errors.Invalid("booking.seats", "must be at least 1")

    assert str(refusal) == "booking.seats must be at least 1"
    assert refusal.violations == (("booking.seats", "must be at least 1"),)


def test_many_invalid_fields_are_told_at_once():
    refusal = errors.InvalidFields((("a", "is required"), ("b", "is too long"), ("c", "is odd")))

    assert str(refusal) == "a is required, and 2 more"
    assert refusal.metadata == {"field": "a", "problem": "is required", "more": "2"}
    assert refusal.metadata.keys() == set(errors.InvalidFields.keys())


def test_the_register_has_every_refusal_and_none_of_the_kinds():
    found = errors.all_refusals()

    assert NoSeat in found
    assert errors.InvalidFields in found
    assert not found & errors.KINDS


def test_a_field_that_would_hide_the_reason_is_a_mistake():
    with pytest.raises(TypeError, match="reason"):

        class Hidden(errors.Unmet):
            reason: str  # type: ignore[misc]


def test_every_reason_of_the_kit_is_its_own():
    reasons = [
        kind.reason for kind in errors.all_refusals() if kind.__module__.startswith("services.kit.")
    ]

    assert len(reasons) == len(set(reasons))
