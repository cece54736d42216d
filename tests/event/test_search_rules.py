"""What one can search for, and what part of the globe is near: rules without a database."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.event.search import domain
from services.event.search.domain import BadSearch, Near, Order


def test_words_are_what_is_left_without_signs():
    assert domain.words("Jazz-Night, 'Café' & (Rock)!") == ("jazz", "night", "café", "rock")
    assert domain.words("   ") == ()
    assert len(domain.words("a " * 40)) == domain.MOST_WORDS


@pytest.mark.parametrize("query", ["?", "':*", "& | !", "x" * (domain.LONGEST_WORD + 1)])
def test_a_query_without_a_word_is_refused(query):
    with pytest.raises(BadSearch):
        domain.words(query)


def test_a_word_is_folded_to_its_letters():
    assert domain.folded("müller") == "muller"
    assert domain.folded("Ａçaí") == "acai"


@pytest.mark.parametrize(
    ("tag", "config"),
    [
        ("de", "german"),
        ("pt-BR", "portuguese"),
        ("EN-gb", "english"),
        ("xx", "simple"),
        ("", "simple"),
    ],
)
def test_a_language_is_known_by_its_tag(tag, config):
    assert domain.config(tag) == config


def test_what_comes_first_follows_from_what_is_asked():
    assert domain.order(None, words=True, near=True) is Order.RELEVANCE
    assert domain.order(None, words=False, near=True) is Order.DISTANCE
    assert domain.order(None, words=False, near=False) is Order.START
    assert domain.order(Order.START, words=True, near=True) is Order.START
    with pytest.raises(BadSearch):
        domain.order(Order.RELEVANCE, words=False, near=True)
    with pytest.raises(BadSearch):
        domain.order(Order.DISTANCE, words=True, near=False)


def metres(one, other):
    """The haversine, once more."""
    (a, b), (c, d) = ([math.radians(each) for each in place] for place in (one, other))
    square = math.sin((c - a) / 2) ** 2
    square += math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * domain.EARTH * math.asin(min(1.0, math.sqrt(square)))


LATITUDES, LONGITUDES = st.floats(-90, 90), st.floats(-180, 180)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES, st.floats(1, 1_000_000))
def test_whatever_is_within_the_radius_is_in_the_boxes(lat, lon, other_lat, other_lon, radius):
    _assert_boxed((lat, lon), (other_lat, other_lon), radius)


@given(LATITUDES, LONGITUDES, st.floats(-1, 1), st.floats(-1, 1), st.floats(1, 1_000_000))
def test_and_so_is_what_is_close(lat, lon, up, right, radius):
    size = math.degrees(radius / domain.EARTH)
    other = max(-90.0, min(90.0, lat + up * size))
    across = lon + right * size / max(0.01, math.cos(math.radians(other)))
    _assert_boxed((lat, lon), (other, (across + 180) % 360 - 180), radius)


def _assert_boxed(here, there, radius):
    if metres(here, there) > radius * 0.999_999:
        return
    boxes = domain.boxes(Near(here[0], here[1], radius))
    edge = 1e-9

    assert any(
        west - edge <= there[1] <= east + edge and south - edge <= there[0] <= north + edge
        for west, south, east, north in boxes
    )
