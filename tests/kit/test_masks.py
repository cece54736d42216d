"""A mask says which fields to change; what only the server writes is left alone."""

from __future__ import annotations

import contextlib

import pytest
from google.protobuf import field_mask_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.kit import masks
from turnout.event.v1 import event_pb2

PATCHABLE = frozenset({"display_name", "description", "venue", "ticket_types"})


def wanted(*paths, patchable=PATCHABLE, **values):
    mask = field_mask_pb2.FieldMask(paths=paths)
    return masks.paths(mask, event_pb2.Event(**values), patchable)


def test_no_mask_means_what_was_sent():
    assert wanted(display_name="x", description="", name="n", etag='"3"') == {"display_name"}


def test_a_star_means_everything_that_changes():
    assert wanted("*") == PATCHABLE


def test_a_mask_means_its_paths_even_where_nothing_was_sent():
    assert wanted("description", "venue.city") == {"description", "venue.city"}


def test_a_path_above_means_all_that_change_below_it():
    parts = frozenset({"venue.city", "venue.address", "description"})

    assert wanted("venue", patchable=parts) == {"venue.city", "venue.address"}


@pytest.mark.parametrize("path", ["name", "state", "create_time", "etag", "create_time.seconds"])
def test_what_only_the_server_writes_is_ignored(path):
    assert wanted("description", path) == {"description"}


@pytest.mark.parametrize(
    "path",
    [
        "nonsense",
        "venue.nonsense",
        "ticket_types.capacity",
        "display_name.x",
        "",
        "etag.x",
        "venue.",
    ],
)
def test_a_path_to_no_field_is_refused(path):
    with pytest.raises(masks.BadMask, match="no field") as refused:
        wanted(path)

    assert refused.value.field == "update_mask"


def test_a_field_that_never_changes_is_refused():
    with pytest.raises(masks.BadMask, match="does not change"):
        wanted("venue", patchable=frozenset({"description"}))


def test_what_is_named_is_changed_and_nothing_else():
    before = event_pb2.Event(
        display_name="old",
        description="old",
        venue=event_pb2.Venue(display_name="Hall", city="Berlin"),
        ticket_types=[event_pb2.TicketType(id="a"), event_pb2.TicketType(id="b")],
    )
    sent = event_pb2.Event(
        display_name="new",
        description="new",
        venue=event_pb2.Venue(display_name="Other"),
        ticket_types=[event_pb2.TicketType(id="c")],
    )

    after = masks.merged(before, sent, {"display_name", "venue.city", "ticket_types"})

    assert after == event_pb2.Event(
        display_name="new",
        description="old",
        venue=event_pb2.Venue(display_name="Hall"),
        ticket_types=[event_pb2.TicketType(id="c")],
    )
    assert before.display_name == "old"


def test_a_message_that_was_not_sent_is_cleared():
    before = event_pb2.Event(venue=event_pb2.Venue(city="Berlin"))

    assert not masks.merged(before, event_pb2.Event(), {"venue"}).HasField("venue")


@given(st.lists(st.text(max_size=12), max_size=4))
def test_any_mask_is_understood_or_refused(paths):
    with contextlib.suppress(masks.BadMask):
        assert wanted(*paths, description="x") <= PATCHABLE | set(paths)
