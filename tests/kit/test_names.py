"""Names are text on the wire and ids inside, and there is one way to write each."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import names
from services.kit.names import Collection, Name, Singleton

EVENTS = Collection("events", "turnout.app/Event")
AVAILABILITY = Singleton(EVENTS, "availability")
ids = st.uuids()


@given(ids, ids)
def test_a_name_comes_back_as_it_went(organization, id):
    name = Name(organization, id)

    assert EVENTS.parse(EVENTS.format(name)) == name
    assert AVAILABILITY.parse(AVAILABILITY.format(name)) == name


@given(ids)
def test_a_root_comes_back_as_it_went(id):
    assert names.USERS.parse(names.USERS.format(id)) == id
    assert names.parent(names.ORGANIZATIONS.format(id)) == id


@given(st.text(alphabet="organizations/users0123456789abcdef-{}", max_size=120))
def test_anything_else_is_refused_by_its_field(text):
    with pytest.raises(names.BadName) as refused:
        EVENTS.parse(text, "booking.event")

    assert refused.value.field == "booking.event"


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text.replace("events", "venues"),
        lambda text: text + "/",
        lambda text: "/" + text,
        lambda text: text.replace("-", ""),
        lambda text: text + "/availability",
        lambda text: text.rpartition("/")[0],
        lambda text: text.rpartition("/")[0] + "/-",
    ],
)
def test_a_name_that_is_written_otherwise_is_refused(change):
    text = EVENTS.format(Name(uuid.UUID(int=10), uuid.UUID(int=0xABC)))

    with pytest.raises(names.BadName, match="must look like"):
        EVENTS.parse(change(text))


def test_all_organizations_may_be_named_only_where_that_is_allowed():
    assert names.parent("organizations/-", allowed=True) is None
    assert names.parent("", allowed=True) is None
    with pytest.raises(names.BadName):
        names.parent("organizations/-")


def test_a_user_is_no_organization():
    with pytest.raises(names.BadName, match="organizations"):
        names.ORGANIZATIONS.parse(f"users/{uuid.uuid4()}")
