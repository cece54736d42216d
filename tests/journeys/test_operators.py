"""What operators have at hand: grpcurl and buf curl, told everything by reflection."""

from __future__ import annotations

import asyncio
import json
import pathlib
import shutil
import sys

import pytest

from deploy.local.settings import ROOT, SERVICES
from tests.contract import contract
from tests.journeys import asking, builders

pytestmark = [pytest.mark.server, pytest.mark.mesh]
EDGE = "edge"
EVENTS = "turnout.event.v1.EventService/ListEvents"
HEALTH = "grpc.health.v1.Health/Check"
GRPCURL = shutil.which("grpcurl") or shutil.which("grpcurl", path=ROOT / "build" / "bin")
BUF = str(pathlib.Path(sys.executable).with_name("buf"))
needs_grpcurl = pytest.mark.skipif(GRPCURL is None, reason="grpcurl is not on this machine")


async def ran(*words, succeeds=True):
    """What a program printed; it must end as expected."""
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    assert (process.returncode == 0) == succeeds, errors.decode()
    return (out if succeeds else errors).decode()


def buf(address, path, *more):
    url = f"http://{address}{'/' if path else ''}{path}"
    return ran(BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", *more, url)


def grpcurl(*words, **how):
    return ran(GRPCURL, "-plaintext", *words, **how)


def services_of(name):
    """The services of the contract behind an address."""
    return {
        service.full_name
        for service in contract.services()
        if name in (EDGE, contract.service_of(service.file))
    }


def some_call(name):
    """A read that anybody may make there."""
    return EVENTS if name in (EDGE, "event") else HEALTH


@pytest.mark.parametrize("name", [EDGE, *SERVICES])
async def test_buf_finds_every_service_and_calls_one(edge, first, name):
    address = edge.mesh.address(name)

    listed = await buf(address, "", "--list-services")
    told = json.loads(await buf(address, some_call(name)))

    assert services_of(name) <= set(listed.split())
    assert told.get("status") == "SERVING" or first.names["turnout.app/Event"] in json.dumps(told)


async def test_buf_calls_with_a_token(edge, first):
    token = f"authorization: {first.token}"
    said = json.dumps({"name": first.draft})

    told = await buf(
        edge.mesh.address(EDGE), "turnout.event.v1.EventService/GetEvent", "-H", token, "-d", said
    )

    assert json.loads(told)["name"] == first.draft


async def test_buf_is_told_of_every_method(edge):
    listed = await buf(edge.mesh.address(EDGE), "", "--list-methods")

    assert {asking.path_of(method).lstrip("/") for method in asking.METHODS} <= set(listed.split())


@needs_grpcurl
@pytest.mark.parametrize("name", [EDGE, *SERVICES])
async def test_grpcurl_finds_every_service_and_calls_one(edge, first, name):
    address = edge.mesh.address(name)

    listed = await grpcurl(address, "list")
    told = json.loads(await grpcurl(address, some_call(name)))

    assert services_of(name) <= set(listed.split())
    assert told.get("status") == "SERVING" or first.names["turnout.app/Event"] in json.dumps(told)


@needs_grpcurl
@pytest.mark.parametrize("name", [EDGE, *SERVICES])
async def test_grpcurl_describes_whatever_there_is(edge, name):
    described = await grpcurl(edge.mesh.address(name), "describe")

    assert all(f"{service} is a service" in described for service in services_of(name))


@needs_grpcurl
async def test_grpcurl_reads_a_refusal_with_its_details(edge, first):
    method = next(one for one in asking.METHODS if one.name == "GetBooking")
    name = builders.request(method, first.names).name

    told = await grpcurl(
        "-d",
        json.dumps({"name": name}),
        edge.mesh.address(EDGE),
        "turnout.booking.v1.BookingService/GetBooking",
        succeeds=False,
    )

    assert "Unauthenticated" in told
    assert "TOKEN_MISSING" in told
