"""Money is exact, and currencies do not mix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.money import CURRENCIES, DIGITS, MOST, Money, scale, total

amounts = st.integers(-MOST + 1, MOST - 1)


@given(amounts, amounts)
def test_adding_and_taking_away_undo_each_other(one, other):
    assert Money("EUR", one) + Money("EUR", other) - Money("EUR", other) == Money("EUR", one)


@given(amounts, amounts)
def test_amounts_compare_as_their_numbers_do(one, other):
    assert (Money("EUR", one) < Money("EUR", other)) == (one < other)
    assert (Money("EUR", one) >= Money("EUR", other)) == (one >= other)


def test_currencies_do_not_mix():
    with pytest.raises(ValueError, match="EUR and USD"):
        Money("EUR", 1) + Money("USD", 1)
    with pytest.raises(ValueError, match="EUR and USD"):
        assert Money("EUR", 1) < Money("USD", 1)


def test_a_price_times_seats_is_the_sum_of_the_seats():
    price = Money("CHF", 1995)

    assert price * 3 == total("CHF", [price] * 3)
    assert not total("CHF", [])


def test_currencies_without_cents_and_with_more_than_two_digits_are_known():
    assert (scale("JPY"), scale("EUR"), scale("KWD"), scale("CLF")) == (1, 100, 1000, 10000)
    assert DIGITS.keys() <= CURRENCIES
    assert all(len(code) == 3 and code.isupper() for code in CURRENCIES)
