"""A piece of work knows which trace it belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import telemetry

ABOVE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_work_goes_on_with_the_trace_it_was_asked_in():
    span = telemetry.begin(ABOVE)

    assert span.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert span.span_id != "b7ad6b7169203331"
    assert telemetry.parse(str(span)) == span


@pytest.mark.parametrize(
    "text",
    ["", "junk", ABOVE.upper(), "ff" + ABOVE[2:], "00-" + "0" * 32 + "-b7ad6b7169203331-01"],
)
def test_a_broken_trace_begins_a_new_one(text):
    assert telemetry.parse(text) is None
    assert len(telemetry.begin(text).trace_id) == 32


@given(st.text())
def test_no_text_breaks_anything(text):
    telemetry.begin(text)


def test_the_span_is_known_inside_and_nowhere_else():
    assert telemetry.traceparent() == ""

    with telemetry.following(ABOVE) as span:
        assert telemetry.traceparent() == str(span)

    assert telemetry.traceparent() == ""
