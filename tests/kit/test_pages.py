"""A list goes on where it ended, and only the same list does."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import links, pages
from turnout.booking.v1 import booking_pb2

KEY = b"k" * 32
ROWS = [
    (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n // 3), uuid.UUID(int=n))
    for n in range(100)
]


def asked(**values):
    return booking_pb2.ListBookingsRequest(parent="organizations/a", **values)


def shown(request):
    """What a store would do with a page, over rows in memory."""
    page = pages.page(request, KEY)
    rows = [row for row in ROWS if page.after is None or row > page.after][: page.limit]
    return page.cut(rows, lambda row: row)


@given(st.integers(1, 150))
def test_a_list_is_seen_whole_and_each_row_once(size):
    seen, token = [], ""
    while True:
        rows, token = shown(asked(page_size=size, page_token=token))
        seen += rows
        if not token:
            break

    assert seen == ROWS


def test_the_last_page_is_the_end_even_when_it_is_full():
    rows, token = shown(asked(page_size=100))

    assert (len(rows), token) == (100, "")


@pytest.mark.parametrize(("size", "meant"), [(0, 50), (1, 1), (200, 200), (201, 200), (10**6, 200)])
def test_the_size_is_taken_to_what_we_can_do(size, meant):
    assert pages.page(asked(page_size=size), KEY).size == meant


def test_a_negative_size_is_refused():
    with pytest.raises(pages.BadPageSize, match="negative"):
        pages.page(asked(page_size=-1), KEY)


def test_the_size_may_change_between_pages():
    _, token = shown(asked(page_size=10))

    rows, _ = shown(asked(page_size=20, page_token=token))

    assert rows == ROWS[10:30]


def test_another_argument_makes_it_another_list():
    _, token = shown(asked(page_size=10))

    with pytest.raises(pages.PageTokenMismatch):
        pages.page(asked(page_token=token, event="organizations/a/events/b"), KEY)


def test_another_order_makes_it_another_list():
    page = pages.page(asked(page_size=1), KEY, sort="by name")
    _, token = page.cut(["a", "b"], lambda row: (row,))

    assert pages.page(asked(page_token=token), KEY, sort="by name").after == ("a",)
    with pytest.raises(pages.PageTokenMismatch):
        pages.page(asked(page_token=token), KEY, sort="by age")


@given(st.text(max_size=60))
def test_no_text_of_a_clients_own_is_a_token(text):
    if text:
        with pytest.raises(pages.BadPageToken):
            pages.page(asked(page_token=text), KEY)


def test_a_token_of_another_key_is_refused():
    _, token = shown(asked(page_size=10))

    with pytest.raises(pages.BadPageToken):
        pages.page(asked(page_token=token), b"x" * 32)


def test_a_link_is_no_token():
    subject = f"organizations/{uuid.uuid4()}/participants/{uuid.uuid4()}"
    link = links.sign(KEY, subject, "participant", ROWS[0][0])

    with pytest.raises(pages.PageTokenMismatch):
        pages.page(asked(page_token=link), KEY)


@given(
    st.tuples(
        st.none() | st.integers() | st.booleans() | st.text(max_size=100),
        st.datetimes(timezones=st.just(UTC)),
        st.uuids(),
    )
)
def test_a_key_comes_back_as_it_went(key):
    page = pages.page(asked(page_size=1), KEY)
    _, token = page.cut([key, key], lambda row: row)

    again = pages.page(asked(page_token=token), KEY)

    assert again.after == key
    assert again.keys("a", "b", "c") == dict(zip("abc", key, strict=True))
    assert len(token) <= 1024


def test_the_first_page_has_no_last_key():
    assert pages.page(asked(), KEY).keys("time", "id") == {"time": None, "id": None}
