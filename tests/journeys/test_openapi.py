"""The description of the API is served, and the API does what it describes."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys

import pytest

from deploy.demo import organizer as organizers
from deploy.envoy import methods
from tests.contract.contract import ROOT

pytestmark = [pytest.mark.server, pytest.mark.mesh]

DOCUMENT = ROOT / "gen" / "turnout" / "openapi.json"
# How many requests are made up for each method and each way of making them up.
EXAMPLES = 1
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
@pytest.mark.skipif(
    importlib.util.find_spec("schemathesis") is None, reason="there is no schemathesis"
)
async def test_made_up_requests_are_answered_as_it_says(edge, tmp_path):
    who = await organizers.sign_up(edge.rest, edge.mesh.messages)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{edge.mesh.edge_url}/openapi.json"),
        *("--checks", ",".join(CHECKS), "--exclude-path-regex", ENDLESS),
        *("--phases", "fuzzing", "--max-examples", str(EXAMPLES)),
        *("--generation-deterministic", "--no-color", "--request-timeout", "60"),
        *("--header", f"authorization: {who.rest.authorization}"),
    ]

    run = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await run.communicate()

    assert run.returncode == 0, said.decode()[-20_000:]
