from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime

import pytest

from services.auth.organizations import domain
from services.auth.organizations.domain import Role
from services.kit.etags import StaleEtag
from services.kit.names import Name

NOW = datetime(2026, 5, 1, tzinfo=UTC)
OTHERS = [role for role in Role if role is not Role.OWNER]


def member(role=Role.STAFF):
    return domain.Member(Name(uuid.uuid4(), uuid.uuid4()), role, "Ada", NOW)


def club():
    return domain.create(uuid.uuid4(), "The  Club\n", "club@example.org", now=NOW)


@pytest.mark.parametrize("by", [*OTHERS, None])
def test_only_an_owner_makes_an_owner(by):
    with pytest.raises(domain.OwnersOnly):
        domain.guard_owners(member().name, Role.OWNER, by=by)


@pytest.mark.parametrize(("role", "by"), [*itertools.product(OTHERS, [Role.OWNER, Role.ADMIN])])
def test_who_may_admit_members_admits_any_but_owners(role, by):
    domain.guard_owners(member().name, role, by=by)


def test_an_admin_cannot_unmake_an_owner():
    owner = member(Role.OWNER)

    with pytest.raises(domain.OwnersOnly):
        domain.assign(owner, Role.STAFF, by=Role.ADMIN, owners=2, expected=None)
    with pytest.raises(domain.OwnersOnly):
        domain.dismiss(owner, by=Role.ADMIN, owners=2, expected=None)


def test_the_last_owner_stays():
    owner = member(Role.OWNER)

    with pytest.raises(domain.LastOwner):
        domain.assign(owner, Role.ADMIN, by=Role.OWNER, owners=1, expected=None)
    with pytest.raises(domain.LastOwner):
        domain.dismiss(owner, by=Role.OWNER, owners=1, expected=None)


def test_one_of_two_owners_may_go():
    owner = member(Role.OWNER)

    domain.dismiss(owner, by=Role.OWNER, owners=2, expected=None)

    assert domain.assign(owner, Role.ADMIN, by=Role.OWNER, owners=2, expected=1).version == 2


def test_the_role_one_has_is_no_change():
    owner = member(Role.OWNER)

    assert domain.assign(owner, Role.OWNER, by=Role.ADMIN, owners=1, expected=None) is owner


def test_a_change_of_what_was_not_seen_is_refused():
    with pytest.raises(StaleEtag):
        domain.assign(member(), Role.VIEWER, by=Role.OWNER, owners=1, expected=7)
    with pytest.raises(StaleEtag):
        domain.dismiss(member(), by=Role.OWNER, owners=1, expected=7)
    with pytest.raises(StaleEtag):
        domain.revise(club(), domain.Changes(display_name="A"), expected=7, now=NOW)


def test_an_organization_is_revised():
    changes = domain.Changes(display_name="The Other", contact_email="")

    revised = domain.revise(club(), changes, expected=1, now=NOW)

    assert (revised.display_name, revised.contact_email, revised.version) == ("The Other", "", 2)


def test_what_is_not_to_change_stays():
    revised = domain.revise(club(), domain.Changes(contact_email=""), expected=None, now=NOW)

    assert (revised.display_name, revised.contact_email) == ("The Club", "")


def test_a_change_that_changes_nothing_leaves_the_version():
    before = club()
    changes = domain.Changes(before.display_name, before.contact_email)

    assert domain.revise(before, changes, expected=None, now=NOW) is before
