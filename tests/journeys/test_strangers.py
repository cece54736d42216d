"""Who belongs to another organization sees nothing, and cannot tell what there is from what not."""

from __future__ import annotations

import asyncio
import json

import pytest

from services.kit import validate
from tests.contract import contract
from tests.journeys import asking, builders, worlds
from turnout.access.v1 import access_pb2

pytestmark = [pytest.mark.server, pytest.mark.mesh]
METHODS = asking.METHODS
REFUSED = {"PERMISSION_DENIED", "NOT_FOUND"}
UNREACHED = REFUSED | {"INVALID_ARGUMENT"}
# Users are nobody's: an organization may take anybody in whose name it knows.
ROOTS = {builders.USER}
# What anybody does for themselves with any organization, and sees nothing of it by that.
FOR_ONESELF = {"CreatePushDevice", "ListPushDevices"}


def naming():
    """The methods whose request names a resource."""
    for method in METHODS:
        if builders.references(method) and method.name not in FOR_ONESELF:
            yield pytest.param(method, id=method.full_name.removeprefix("turnout."))


def mixing():
    """The fields beside the one that says which organization a request is about."""
    for method in METHODS:
        for path in beside(method):
            name = f"{method.full_name.removeprefix('turnout.')}-{'.'.join(path)}"
            yield pytest.param(method, path, id=name)


def beside(method):
    paths = builders.references(method)
    about = [path for path in paths if path[-1] in ("parent", "name")]
    return [
        path
        for path in paths
        if about
        and path not in about
        and not set(builders.reference(builders.field_at(method.input_type, path))) & ROOTS
    ]


@pytest.mark.parametrize("method", METHODS, ids=asking.IDS)
def test_there_is_a_request_for_every_method(method):
    assert validate.check(builders.request(method, worlds.anything())) == []


async def look(edge, method, world, authorization):
    public = asking.is_public(method) and asking.tells_many(method)
    tells = tells_of_the_public if public else tells_nothing
    await tells(edge, method, world.private, authorization)


async def tells_nothing(edge, method, ours, authorization, *, within=False):
    """Asks for what there is and for what there is not; the answers must be alike.

    Who comes from `within` may know the organization.
    """
    organization = ours["turnout.app/Organization"].rpartition("/")[2]
    lost = worlds.ghosts(ours, organization)
    nowhere = lost if within else worlds.ghosts(ours)
    answers = await asyncio.gather(
        *(
            asking.both(edge, method, builders.request(method, names), authorization)
            for names in (ours, lost, nowhere)
        )
    )
    real, *ghostly = [[worlds.faceless(str(one.verdict)) for one in each] for each in answers]
    assert ghostly == [real, real]
    for answer in answers[0]:
        assert answer.code in REFUSED or is_empty(answer), answer


async def tells_of_the_public(edge, method, ours, authorization):
    """Some lists are for everybody; what is no draft is in them."""
    request = builders.request(method, ours)
    answers = await asking.both(edge, method, request, authorization)
    assert all(ours["turnout.app/Event"] not in one.given for one in answers)
    assert {one.code for one in answers} == {"OK"}


def is_empty(answer):
    """A list of what is the caller's own, which is nothing."""
    return answer.code == "OK" and json.loads(answer.given) == {}


@pytest.mark.parametrize("method", list(naming()))
async def test_another_organization_cannot_tell_what_there_is(edge, first, second, method):
    await look(edge, method, first, second.token)


@pytest.mark.parametrize("method", list(naming()))
async def test_nor_can_a_program_of_another_organization(edge, first, second, method):
    await look(edge, method, first, second.api_key)


@pytest.mark.parametrize("method", list(naming()))
async def test_a_stranger_without_an_organization_cannot_either(edge, first, nobody, method):
    await look(edge, method, first, nobody)


@pytest.mark.parametrize(("method", "path"), list(mixing()))
async def test_no_reference_reaches_into_another_organization(edge, first, second, method, path):
    kind = next(filter(None, builders.reference(builders.field_at(method.input_type, path))))
    theirs = first.private[kind]
    grafted = f"{second.organization}/{theirs.split('/', 2)[2]}"
    owner = second.organization.rpartition("/")[2]

    for name in (theirs, grafted):
        ghost = worlds.haunted(name, {}, (owner,))
        answers = await asyncio.gather(
            *(ask(edge, method, path, second, one) for one in (name, ghost))
        )
        told = [{worlds.faceless(str(one.verdict)) for one in each} for each in answers]
        assert told[0] == told[1]
        assert all(one.code in UNREACHED or is_empty(one) for one in answers[0]), answers


async def ask(edge, method, path, world, name):
    request = builders.request(method, world.private)
    builders.put(request, path, name)
    return await asking.both(edge, method, request, world.token)


@pytest.mark.parametrize("method", list(naming()))
async def test_a_guest_of_another_organization_is_told_so(edge, first, second, method):
    token = second.guest.edge.authorization
    if asking.is_public(method):
        await look(edge, method, first, token)
    else:
        answers = await asking.both(edge, method, builders.request(method, first.private), token)
        guests = access_pb2.AUDIENCE_GUEST in contract.access(method).audiences
        reason = "OTHER_ORGANIZATION" if guests else "WRONG_AUDIENCE"
        assert {one.reason for one in answers} == {reason}


@pytest.mark.parametrize("method", list(naming()))
async def test_another_guest_sees_only_what_is_their_own(edge, first, method):
    token = first.other.edge.authorization
    if asking.is_public(method):
        await look(edge, method, first, token)
    elif access_pb2.AUDIENCE_GUEST in contract.access(method).audiences:
        await tells_nothing(edge, method, first.private, token, within=True)
    else:
        answers = await asking.both(edge, method, builders.request(method, first.private), token)
        assert {one.reason for one in answers} == {"WRONG_AUDIENCE"}


async def test_all_of_it_is_as_it_was(first):
    """After strangers have asked for everything: nothing changed by it."""
    now = await worlds.seen(first)
    assert {name for name in now if now[name] != first.seen[name]} == set()
