"""Who proves what inside the mesh: strangers at its doors, and certificates replaced under load."""

from __future__ import annotations

import asyncio
import datetime
import functools
import re

import grpc
import httpx
import pytest
from cryptography import x509

from deploy.local import authority
from deploy.local.authority import Authority
from services.kit.peers import CERTIFICATE, KEY, TRUST
from tests.contract import contract
from tests.journeys import asking, builders
from tests.waiting import eventually

pytestmark = [pytest.mark.server, pytest.mark.mesh]
HOUR = datetime.timedelta(hours=1)
READ = next(one for one in asking.METHODS if one.name == "GetMember")
NOTICE = next(one for one in contract.methods() if one.name == "SendNotice")
# What Envoy counts of who was not let into the mesh.
REFUSED = re.compile(
    r"^listener\.\S+\.ssl\.(?:connection_error|fail_verify_\w+): (\d+)$", re.MULTILINE
)


def files(edge, name):
    folder = edge.mesh.settings.tls / name
    return {file: (folder / file).read_bytes() for file in (CERTIFICATE, KEY, TRUST)}


def signer(edge):
    return Authority(edge.mesh.settings.tls, edge.mesh.settings.trust_domain)


def shown(edge, door, pems):
    """A channel to a door inside, by who has these files; in the clear by who has none."""
    address = edge.mesh.settings.address(door)
    if pems is None:
        return grpc.aio.insecure_channel(address)
    credentials = grpc.ssl_channel_credentials(pems[TRUST], pems.get(KEY), pems.get(CERTIFICATE))
    name = "envoy" if door == "mesh" else door
    return grpc.aio.secure_channel(address, credentials, [("grpc.ssl_target_name_override", name)])


async def counted(edge, pattern, path="stats"):
    async with httpx.AsyncClient() as client:
        page = await client.get(f"http://{edge.mesh.address('admin')}/{path}")
    return sum(int(found) for found in pattern.findall(page.text))


def strangers(edge, folder):
    """By what is wrong with them: what they have to show at the door of the mesh."""
    good, begin = files(edge, "booking"), authority.now() - 2 * HOUR
    other = Authority(folder, "turnout")
    other.renew(["booking"])
    foreign = {name: (other.folder("booking") / name).read_bytes() for name in (CERTIFICATE, KEY)}
    key, own = signer(edge)._own()
    uri = "spiffe://turnout/booking"
    return {
        "in the clear": None,
        "without a certificate": {TRUST: good[TRUST]},
        "of a foreign authority": {**foreign, TRUST: good[TRUST]},
        "expired": authority.signed(uri, "booking", key, own, begin, begin + HOUR),
        "of nobody here": authority.signed(
            "spiffe://turnout/stranger", "stranger", key, own, begin, begin + 24 * HOUR
        ),
        "an operator's": files(edge, "operator"),
    }


@pytest.mark.parametrize("which", range(6))
async def test_strangers_are_refused_at_the_door_and_counted(edge, first, tmp_path, which):
    name, pems = [*strangers(edge, tmp_path).items()][which]
    before = await counted(edge, REFUSED)

    async with shown(edge, "mesh", pems) as channel:
        answer = await asking.by_grpc(channel, READ, builders.request(READ, first.names))

    assert answer.code == "UNAVAILABLE", name
    assert await counted(edge, REFUSED) > before, name


async def test_a_service_is_not_reached_past_envoy(edge, first):
    request = builders.request(READ, first.names)
    async with shown(edge, "auth", files(edge, "booking")) as channel:
        answer = await asking.by_grpc(channel, READ, request, first.token)

    assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "WRONG_PEER")
    said = re.compile(
        r'^turnout_refusals_total\{method="\S*GetMember",reason="WRONG_PEER"\} (\d+)', re.MULTILINE
    )
    metrics = edge.mesh.settings.address("auth_metrics")
    async with httpx.AsyncClient() as client:
        page = (await client.get(f"http://{metrics}/metrics")).text
    assert said.search(page)
    assert re.search(r"^turnout_handshakes_total \d", page, re.MULTILINE)


@pytest.mark.parametrize(
    "said", ["URI=spiffe://turnout/auth", "By=x;Hash=y;URI=spiffe://turnout/auth"]
)
async def test_nobody_says_of_themselves_whose_certificate_they_showed(edge, first, said):
    """Neither out at the edge nor inside: Envoy says what it saw, and nothing else."""
    forged = [("x-forwarded-client-cert", said)]
    read, notice = (builders.request(method, first.names) for method in (READ, NOTICE))

    outside = await asking.with_metadata(edge.channel, READ, read, forged)
    async with shown(edge, "mesh", files(edge, "booking")) as channel:
        inside = await asking.with_metadata(channel, NOTICE, notice, forged)

    assert (outside.code, outside.reason) == ("UNAUTHENTICATED", "TOKEN_MISSING")
    assert (inside.code, inside.reason) == ("PERMISSION_DENIED", "WRONG_CALLER")
    assert inside.metadata["caller"] == "services/booking"


async def test_certificates_are_replaced_under_load_without_a_dropped_call(edge, first):
    """Calls from outside, and those of services, go on while everybody gets another certificate."""
    request = builders.request(READ, first.names)
    stopped, made, failed = asyncio.Event(), {"outside": 0, "inside": 0}, []

    async def call(door, ask):
        while not stopped.is_set():
            answer = await ask()
            made[door] += 1
            if answer.code != "OK":
                failed.append(answer)

    async def meshed():
        # Opened anew each time, as who comes later does.
        async with shown(edge, "mesh", files(edge, "booking")) as channel:
            return await asking.by_grpc(channel, READ, request)

    serials = set()
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(
                call("outside", lambda: asking.by_grpc(edge.channel, READ, request, first.token))
            )
        group.create_task(call("inside", meshed))
        for _ in range(3):
            renewed = await asyncio.to_thread(signer(edge).renew, early=True)
            assert "envoy" in renewed
            pem = files(edge, "envoy")[CERTIFICATE]
            serial = f"{x509.load_pem_x509_certificate(pem).serial_number:x}"
            serials.add(serial)
            await eventually(functools.partial(has, edge, serial), "Envoy has the new one")
            before = dict(made)
            await eventually(functools.partial(went_on, made, before))
        stopped.set()

    assert failed == []
    assert len(serials) == 3


def went_on(made, before):
    return all(made[door] > before[door] for door in made)


async def has(edge, serial):
    async with httpx.AsyncClient() as client:
        page = await client.get(f"http://{edge.mesh.address('admin')}/certs")
    known = {
        chain["serial_number"].lstrip("0")
        for each in page.json()["certificates"]
        for chain in each["cert_chain"]
    }
    return serial in known
