"""What proves nothing lets nobody in, at any method and by either door."""

from __future__ import annotations

import asyncio

import pytest

from tests.journeys import asking, builders, credentials

pytestmark = [pytest.mark.server, pytest.mark.mesh]
METHODS = asking.METHODS


@pytest.fixture(scope="module")
def bad(edge, first):
    return credentials.bad(edge.mesh.settings, first, edge.signer)


@pytest.mark.parametrize("method", METHODS, ids=asking.IDS)
async def test_no_bad_credential_is_taken_for_a_good_one(edge, first, bad, method):
    request = builders.request(method, first.names)
    wanted = {what: ("UNAUTHENTICATED", reason) for what, (_, reason) in bad.items()}

    answers = await asyncio.gather(
        *(asking.by_grpc(edge.channel, method, request, value) for value, _ in bad.values())
    )

    said = {what: (one.code, one.reason) for what, one in zip(bad, answers, strict=True)}
    assert said == wanted


# Every method is shown some of them over HTTP too, and each of them goes to many methods.
SHARE = 4
IN_JSON = [(number, one) for number, one in enumerate(METHODS) if asking.has_json(one)]


@pytest.mark.parametrize(("number", "method"), IN_JSON, ids=[one.full_name for _, one in IN_JSON])
async def test_nor_is_it_by_a_browser(edge, first, bad, number, method):
    request = builders.request(method, first.names)
    some = {what: one for at, (what, one) in enumerate(bad.items()) if (at + number) % SHARE == 0}

    answers = await asyncio.gather(
        *(asking.by_rest(edge, method, request, value) for value, _ in some.values())
    )

    said = {what: (one.http, one.reason) for what, one in zip(some, answers, strict=True)}
    assert said == {what: (401, reason) for what, (_, reason) in some.items()}


@pytest.mark.parametrize(
    "method", [one for one in METHODS if not asking.is_public(one)], ids=lambda one: one.full_name
)
async def test_nobody_is_let_in_where_somebody_is_asked_for(edge, first, method):
    answers = await asking.both(edge, method, builders.request(method, first.names))

    assert {(one.code, one.reason) for one in answers} == {("UNAUTHENTICATED", "TOKEN_MISSING")}


@pytest.mark.parametrize("method", METHODS, ids=asking.IDS)
async def test_two_credentials_are_none(edge, first, method):
    both = [("authorization", first.token), ("authorization", first.guest.edge.authorization)]

    answer = await asking.with_metadata(
        edge.channel, method, builders.request(method, first.names), both
    )

    assert (answer.code, answer.reason) == ("UNAUTHENTICATED", "TOKEN_INVALID")


async def test_the_credentials_would_do_if_they_were_not_bad(edge, first):
    """Else the tests above would be about something else."""
    mine = credentials.token(edge.signer, first.names["turnout.app/User"], 3600)

    seen = await edge.rest.bearing(mine).get(first.draft)

    assert seen["name"] == first.draft
