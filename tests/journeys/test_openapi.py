"""The description of the API is served, and the API does what it describes."""

from __future__ import annotations

import asyncio
import functools
import json
import shutil

import pytest

from deploy.demo import organizer as organizers
from deploy.envoy import methods
from tests.contract.contract import ROOT
from tests.waiting import eventually

pytestmark = [pytest.mark.server, pytest.mark.mesh]

DOCUMENT = ROOT / "gen" / "turnout" / "openapi.json"
# How many requests are made up for each method.
EXAMPLES = 2
# A machine that is busy may say so; what it says so of is asked again.
BUSY = 503
TOLERATED = ["2xx", "3xx", "4xx", str(BUSY)]
# What goes on until one leaves.
ENDLESS = r"(:watch|:stream|:converse)$"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


async def test_it_is_served_at_the_edge(edge):
    served = await edge.client.get("/openapi.json")

    assert served.headers["content-type"] == "application/json"
    assert served.json() == json.loads(DOCUMENT.read_text())


def test_it_has_every_way_to_call_a_method_by_http():
    document = json.loads(DOCUMENT.read_text())
    found = {
        (verb.upper(), operation["operationId"].split("_")[1])
        for path in document["paths"].values()
        for verb, operation in path.items()
    }
    wanted = {
        (binding.http, method.path.rpartition("/")[2])
        for method in methods.read(ROOT / "gen" / "turnout" / "turnout.binpb")
        for binding in method.bindings
        if not method.hidden and not method.uploads
    }

    assert wanted - found == set()
    assert len(found) > 200


@pytest.mark.timeout(900)
async def test_made_up_requests_are_answered_as_it_says(edge, tmp_path):
    schemathesis = shutil.which("schemathesis")
    if schemathesis is None:
        pytest.skip("there is no schemathesis; .ci/run installs it")
    who = await organizers.sign_up(edge.rest, edge.mesh.messages)
    home = who.organization.removeprefix("organizations/")
    (tmp_path / "schemathesis.toml").write_text(
        f'[parameters]\n"path.organization" = "{home}"\n'
        f"[checks]\nnot_a_server_error.expected-statuses = {TOLERATED}\n"
    )
    command = [
        *(schemathesis, "run", f"{edge.mesh.edge_url}/openapi.json"),
        *("--checks", ",".join(CHECKS), "--exclude-path-regex", ENDLESS),
        *("--phases", "fuzzing", "--max-examples", str(EXAMPLES)),
        *("--generation-deterministic", "--no-color", "--request-timeout", "60"),
        *("--header", f"authorization: {who.rest.authorization}"),
        *("--report", "har", "--report-har-path", str(tmp_path / "all.har")),
    ]

    run = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await run.communicate()
    entries = json.loads((tmp_path / "all.har").read_text())["log"]["entries"]

    assert run.returncode == 0, said.decode()[-20_000:]
    assert len(entries) > 300
    for entry in entries:
        if entry["response"]["status"] == BUSY:
            print(f"answered that it is busy, and asked again: {entry['request']['url']}")
            await eventually(functools.partial(taken, edge, who, entry["request"]))


async def taken(edge, who, request):
    """Whether the edge answers a request that it was too busy for."""
    answer = await edge.client.request(
        request["method"],
        request["url"],
        content=request.get("postData", {}).get("text"),
        headers={
            "authorization": who.rest.authorization,
            "content-type": request.get("postData", {}).get("mimeType", "application/json"),
        },
    )
    return answer.status_code < BUSY
