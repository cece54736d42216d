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


def roles(method, *, held):
    """The roles that have the permission of a method, or those that lack it."""
    permission = contract.access(method).permission
    return [one.name for one in ROLES if (permission in contract.permissions(one)) == held]


def each(methods):
    ids = [method.full_name.removeprefix("turnout.") for method in methods]
    return pytest.mark.parametrize("method", methods, ids=ids)


GUARDED = [method for method in METHODS if contract.access(method).permission]


@each([method for method in GUARDED if roles(method, held=False)])
async def test_a_role_without_the_permission_is_refused(edge, first, members, method):
    ghosts = worlds.ghosts(first.private, uuid_of(first.organization))
    lacking = roles(method, held=False)

    asked = [
        asking.both(edge, method, builders.request(method, names), members[role])
        for role in lacking
        for names in (first.private, ghosts)
    ]
    answers = await asyncio.gather(*asked)

    for role, real, ghost in zip(lacking, answers[::2], answers[1::2], strict=True):
        is_refused(first, method, role, real, ghost)


def is_refused(first, method, role, real, ghost):
    """Asserts that a role was told the same of what there is and of what there is not."""
    if asking.is_public(method) and asking.tells_many(method):
        assert all(first.draft not in one.given for one in real), role
        return
    if OPEN & set(contract.access(method).audiences):
        told = [[worlds.faceless(str(one.verdict)) for one in each] for each in (real, ghost)]
        assert told[0] == told[1], role
        assert all(one.code in REFUSED or is_nothing(one) for one in real), (role, real)
        return
    for answer in (*real, *ghost):
        assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "NOT_PERMITTED"), role
        assert answer.metadata == {
            "permission": permission_of(method),
            "organization": first.organization,
        }, role


def is_nothing(answer):
    """A list of what is one's own, or an answer to everybody."""
    return answer.code == "OK" and json.loads(answer.given) == {}


def permission_of(method):
    name = access_pb2.Permission.Name(contract.access(method).permission)
    return name.removeprefix("PERMISSION_")


def uuid_of(organization):
    return organization.rpartition("/")[2]


@each(GUARDED)
async def test_a_role_with_the_permission_is_let_in(edge, first, members, method):
    holding = roles(method, held=True)
    await let_in(edge, first, method, {role: members[role] for role in holding})


@each(GUARDED)
async def test_a_key_with_the_permission_is_let_in(edge, first, method):
    await let_in(edge, first, method, {"key": first.api_key})


async def let_in(edge, first, method, callers):
    """Lets each caller, an authorization by its name, ask for what exists or what is spoiled."""
    reads = method.GetOptions().idempotency_level == 1
    request = builders.request(method, first.private if on_drafts(method) else first.names)
    if not reads:
        spoil(request)

    answers = await asyncio.gather(
        *(asking.both(edge, method, request, one) for one in callers.values())
    )

    expected = "OK" if reads else "INVALID_ARGUMENT"
    told = {who: {one.code for one in some} for who, some in zip(callers, answers, strict=True)}
    assert told == {who: {expected} for who in callers}, answers


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
