"""Who lacks a permission is told which, before anything is looked up; who has it is let in."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.contract import contract
from tests.journeys import asking, builders, worlds
from turnout.access.v1 import access_pb2

pytestmark = [pytest.mark.server, pytest.mark.mesh]
METHODS = asking.METHODS
ROLES = access_pb2.Role.DESCRIPTOR.values[1:]
OPEN = {access_pb2.AUDIENCE_PUBLIC, access_pb2.AUDIENCE_USER}
REFUSED = {"PERMISSION_DENIED", "NOT_FOUND"}


def lacking():
    """Every method with a permission, with each role that lacks it; and whether it has it."""
    for method in METHODS:
        permission = contract.access(method).permission
        for role in ROLES if permission else ():
            yield method, role.name, permission in contract.permissions(role)


def params(*, held):
    return [
        pytest.param(method, role, id=f"{method.full_name.removeprefix('turnout.')}-{role}")
        for method, role, has in lacking()
        if has == held
    ]


@pytest.mark.parametrize(("method", "role"), params(held=False))
async def test_a_role_without_the_permission_is_refused(edge, first, members, method, role):
    ghosts = worlds.ghosts(first.private, uuid_of(first.organization))
    real, ghost = await asyncio.gather(
        *(
            asking.both(edge, method, builders.request(method, names), members[role])
            for names in (first.private, ghosts)
        )
    )

    if asking.is_public(method) and asking.tells_many(method):
        assert all(first.draft not in one.given for one in real)
        return
    if OPEN & set(contract.access(method).audiences):
        told = [[worlds.faceless(str(one.verdict)) for one in each] for each in (real, ghost)]
        assert told[0] == told[1]
        assert all(one.code in REFUSED or is_nothing(one) for one in real), real
        return
    for answer in (*real, *ghost):
        assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "NOT_PERMITTED")
        assert answer.metadata == {
            "permission": permission_of(method),
            "organization": first.organization,
        }


def is_nothing(answer):
    """A list of what is one's own, or an answer to everybody."""
    return answer.code == "OK" and json.loads(answer.given) == {}


def permission_of(method):
    name = access_pb2.Permission.Name(contract.access(method).permission)
    return name.removeprefix("PERMISSION_")


def uuid_of(organization):
    return organization.rpartition("/")[2]


@pytest.mark.parametrize(("method", "role"), params(held=True))
async def test_a_role_with_the_permission_is_let_in(edge, first, members, method, role):
    await let_in(edge, first, method, members[role])


@pytest.mark.parametrize(
    "method",
    [method for method in METHODS if contract.access(method).permission],
    ids=lambda method: method.full_name.removeprefix("turnout."),
)
async def test_a_key_with_the_permission_is_let_in(edge, first, method):
    await let_in(edge, first, method, first.api_key)


async def let_in(edge, first, method, authorization):
    reads = method.GetOptions().idempotency_level == 1
    request = builders.request(method, first.private if on_drafts(method) else first.names)
    if not reads:
        spoil(request)

    answers = await asking.both(edge, method, request, authorization)

    expected = "OK" if reads else "INVALID_ARGUMENT"
    assert {one.code for one in answers} == {expected}, answers


def on_drafts(method):
    return contract.access(method).permission == access_pb2.PERMISSION_EVENTS_READ


def spoil(request):
    """Makes a request that nobody can carry out, whoever may."""
    known = request.DESCRIPTOR.fields_by_name
    if "update_mask" in known:
        request.update_mask.paths.append("no_such_field")
    elif "open" in known and hasattr(request.open, "request_id"):
        request.open.request_id = "no-uuid"
    elif "open" in known:
        request.open.assignee = "nobody"
    elif "request_id" in known:
        request.request_id = "no-uuid"
    elif "etag" in known:
        request.etag = "no-etag"
    else:
        request.name += "-nowhere"
