"""A link lets its bearer act for one resource, for a while, and nothing else."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import links

KEY = b"k" * 32
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
GUEST = f"organizations/{uuid.UUID(int=1)}/participants/{uuid.UUID(int=2)}"
LATER = NOW + timedelta(days=30)


@given(st.uuids(), st.uuids(), st.sampled_from(["participant", "share"]))
def test_a_link_says_what_was_signed(organization, id, purpose):
    subject = f"organizations/{organization}/participants/{id}"

    link = links.verify(KEY, links.sign(KEY, subject, purpose, LATER), NOW)

    assert link == links.Link(subject, purpose, LATER)
    assert link.organization == organization


def test_a_link_fits_into_a_text_message():
    token = links.sign(KEY, GUEST, "participant", LATER)

    assert len(token) < 120
    assert all(letter.isalnum() or letter in "-_." for letter in token)


def test_a_link_ends():
    token = links.sign(KEY, GUEST, "participant", NOW)

    with pytest.raises(links.LinkExpired, match="2026-05-01T12:00:00"):
        links.verify(KEY, token, NOW)


def test_a_link_that_never_ends_lasts_as_long_as_the_format_does():
    token = links.sign(KEY, GUEST, "participant", datetime(8999, 1, 1, tzinfo=UTC))

    assert links.verify(KEY, token, NOW).expire_time.year == 2106


def test_a_link_of_another_key_is_refused():
    with pytest.raises(links.LinkInvalid):
        links.verify(b"x" * 32, links.sign(KEY, GUEST, "participant", LATER), NOW)


@given(st.data())
def test_no_letter_of_a_link_can_be_changed(data):
    token = links.sign(KEY, GUEST, "participant", LATER)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("Aa0-_.=é"))

    changed = token[:place] + letter + token[place + 1 :]

    if changed != token:
        with pytest.raises(links.LinkInvalid):
            links.verify(KEY, changed, NOW)


@given(st.text(max_size=400))
def test_no_other_text_is_a_link(text):
    with pytest.raises(links.LinkInvalid):
        links.verify(KEY, text, NOW)


def test_a_link_cannot_be_about_a_user():
    with pytest.raises(ValueError, match="cannot be about"):
        links.sign(KEY, f"users/{uuid.uuid4()}", "participant", LATER)
