"""An etag is the version, in quotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import etags


@given(st.integers(0, 10**18 - 1))
def test_an_etag_comes_back_as_it_went(version):
    assert etags.expected(etags.etag(version)) == version


def test_who_sends_none_expects_nothing():
    assert etags.expected("") is None


@pytest.mark.parametrize("text", ["3", '"3', 'W/"3"', '"x"', '""', '"-1"', '"' + "9" * 40 + '"'])
def test_text_that_never_was_an_etag_is_refused(text):
    with pytest.raises(etags.BadEtag, match="quotes") as refused:
        etags.expected(text, "event.etag")

    assert refused.value.field == "event.etag"


def test_a_stale_etag_says_of_what():
    assert etags.StaleEtag("users/1").metadata == {"name": "users/1"}
