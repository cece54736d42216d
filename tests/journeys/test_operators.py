"""What operators have at hand: grpcurl and buf curl, told everything by reflection."""

from __future__ import annotations

import asyncio
import itertools
import json
import pathlib
import shutil
import sys

import pytest

from deploy.local.settings import ROOT, SERVICES
from services.kit.peers import CERTIFICATE, KEY, TRUST
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


def shown(edge, name, *options):
    """The files by which a service knows an operator, as values of these options."""
    folder = edge.mesh.settings.tls / "operator"
    files = (str(folder / file) for file in (TRUST, CERTIFICATE, KEY))
    return [] if name == EDGE else [*itertools.chain(*zip(options, files, strict=True))]


def buf(edge, name, path, *more):
    proven = shown(edge, name, "--cacert", "--cert", "--key")
    scheme, spoken = ("https", []) if proven else ("http", ["--http2-prior-knowledge"])
    url = f"{scheme}://{edge.mesh.address(name)}{'/' if path else ''}{path}"
    return ran(BUF, "curl", "--protocol", "grpc", *spoken, *proven, *more, url)


def grpcurl(edge, name, *words, flags=(), **how):
    proven = shown(edge, name, "-cacert", "-cert", "-key") or ["-plaintext"]
    return ran(GRPCURL, *proven, *flags, edge.mesh.address(name), *words, **how)


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
    listed = await buf(edge, name, "", "--list-services")
    told = json.loads(await buf(edge, name, some_call(name)))

    assert services_of(name) <= set(listed.split())
    assert told.get("status") == "SERVING" or first.names["turnout.app/Event"] in json.dumps(told)


async def test_buf_calls_with_a_token(edge, first):
    token = f"authorization: {first.token}"
    said = json.dumps({"name": first.draft})

    told = await buf(edge, EDGE, "turnout.event.v1.EventService/GetEvent", "-H", token, "-d", said)

    assert json.loads(told)["name"] == first.draft


async def test_buf_is_told_of_every_method(edge):
    listed = await buf(edge, EDGE, "", "--list-methods")

    assert {asking.path_of(method).lstrip("/") for method in asking.METHODS} <= set(listed.split())


@needs_grpcurl
@pytest.mark.parametrize("name", [EDGE, *SERVICES])
async def test_grpcurl_finds_every_service_and_calls_one(edge, first, name):
    listed = await grpcurl(edge, name, "list")
    told = json.loads(await grpcurl(edge, name, some_call(name)))

    assert services_of(name) <= set(listed.split())
    assert told.get("status") == "SERVING" or first.names["turnout.app/Event"] in json.dumps(told)


@needs_grpcurl
@pytest.mark.parametrize("name", [EDGE, *SERVICES])
async def test_grpcurl_describes_whatever_there_is(edge, name):
    described = await grpcurl(edge, name, "describe")

    assert all(f"{service} is a service" in described for service in services_of(name))


@needs_grpcurl
async def test_grpcurl_reads_a_refusal_with_its_details(edge, first):
    method = next(one for one in asking.METHODS if one.name == "GetBooking")
    name = builders.request(method, first.names).name

    told = await grpcurl(
        edge,
        EDGE,
        "turnout.booking.v1.BookingService/GetBooking",
        flags=("-d", json.dumps({"name": name})),
        succeeds=False,
    )

    assert "Unauthenticated" in told
    assert "TOKEN_MISSING" in told
