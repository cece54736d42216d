"""Who calls hears how many calls are left, over HTTP and over gRPC."""

from __future__ import annotations

import pytest

from tests.journeys import asking, builders

pytestmark = [pytest.mark.server, pytest.mark.mesh]

TOLD = {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}


async def test_over_http_in_headers(edge, first):
    answer = await edge.client.get(f"/api/v1/{first.draft}", headers={"authorization": first.token})

    assert answer.status_code == 200
    assert set(answer.headers) >= TOLD
    assert int(answer.headers["ratelimit-remaining"]) < int(answer.headers["ratelimit-limit"])


async def test_over_grpc_behind_the_answer(edge, first):
    [method] = [one for one in asking.METHODS if one.full_name.endswith("EventService.GetEvent")]
    call = edge.channel.unary_unary(asking.path_of(method))
    request = builders.request(method, first.names)

    answering = call(request.SerializeToString(), metadata=[("authorization", first.token)])
    await answering

    assert set(dict(await answering.trailing_metadata())) >= TOLD
