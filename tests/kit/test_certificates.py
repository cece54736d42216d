"""Certificates that are replaced while they are in use, and those that cannot be used."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import pathlib
from typing import Any

import grpc
import pytest
from cryptography import x509

from deploy.local.authority import Authority
from services.kit import channel
from services.kit.certificates import BadCertificates, Certificates
from services.kit.channel import Mesh
from services.kit.peers import CERTIFICATE, KEY
from tests.kit.tokens import NOW
from tests.waiting import eventually

ECHO = "/turnout.test.Echo/Say"


@pytest.fixture
def signer(tmp_path):
    found = Authority(tmp_path / "tls", "turnout")
    found.renew()
    return found


def test_what_is_new_counts_from_then_on(signer):
    own = Certificates(signer.folder("booking"))
    before = own.now()

    again = own.now()
    signer.renew(early=True)
    after = own.now()

    assert again is before
    assert after.chain != before.chain
    assert after.trust == before.trust
    assert own.now() is after


def test_half_of_what_is_new_does_not_count(signer):
    """Whoever copies files one after the other has, for a moment, a key of another certificate."""
    folder = signer.folder("booking")
    own = Certificates(folder)
    before = own.now()
    new = {name: (signer.folder("event") / name).read_bytes() for name in (CERTIFICATE, KEY)}

    (folder / KEY).unlink()
    missing = own.now()
    (folder / KEY).write_bytes(new[KEY])
    half = own.now()
    (folder / CERTIFICATE).unlink()
    (folder / CERTIFICATE).write_bytes(new[CERTIFICATE])

    assert missing is half is before
    assert own.now().chain == new[CERTIFICATE]


@pytest.mark.parametrize("broken", ["missing", "garbage", "another key"])
def test_what_cannot_be_used_is_said_at_once(signer, broken):
    folder = signer.folder("booking")
    path = folder / KEY
    path.unlink()
    if broken == "garbage":
        path.write_text("no key")
    elif broken == "another key":
        path.write_bytes((signer.folder("event") / KEY).read_bytes())

    with pytest.raises(BadCertificates, match=r"tls|PEM|booking"):
        Certificates(folder)


def test_a_server_is_given_other_certificates_once_and_none_while_nothing_is_new(
    signer, monkeypatch
):
    given = []
    monkeypatch.setattr(
        grpc, "dynamic_ssl_server_credentials", lambda _, fetch, **__: given.append(fetch)
    )
    Certificates(signer.folder("location")).server_credentials()
    [fetch] = given

    before = [fetch() for _ in range(3)]
    signer.renew(early=True)
    first, *after = [fetch() for _ in range(3)]

    assert before == [None] * 3
    assert first is not None
    assert after == [None] * 2


class Echo(grpc.GenericRpcHandler):
    """Answers after a moment, and remembers which certificates it was shown."""

    def __init__(self):
        self.shown = set()

    def service(self, _details):
        return grpc.unary_unary_rpc_method_handler(self.say)

    async def say(self, request, context):
        (pem,) = context.auth_context()["x509_pem_cert"]
        self.shown.add(x509.load_pem_x509_certificate(pem).serial_number)
        await asyncio.sleep(0.02)
        return request


@contextlib.asynccontextmanager
async def echoing(folder: pathlib.Path):
    """Stands where Envoy does."""
    echo, own = Echo(), Certificates(folder)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((echo,))
    port = server.add_secure_port("127.0.0.1:0", own.server_credentials())
    await server.start()
    try:
        yield echo, f"127.0.0.1:{port}"
    finally:
        await server.stop(0)


def has(shown, count):
    return len(shown) >= count


async def test_certificates_are_replaced_without_a_dropped_call(signer, monkeypatch):
    monkeypatch.setattr(channel, "LOOK", 0.0)
    stopped, failed, made = asyncio.Event(), [], 0
    async with echoing(signer.folder("envoy")) as (echo, address):
        certificates = Certificates(signer.folder("booking"))
        mesh = Mesh.open(address, "booking", b"m" * 32, lambda: NOW, certificates)
        say: Any = mesh.channel.unary_unary(ECHO)

        async def call():
            nonlocal made
            while not stopped.is_set():
                try:
                    await say(b"hello", timeout=30)
                    made += 1
                except grpc.aio.AioRpcError as error:
                    failed.append(error)

        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(call())
            for known in range(1, 5):
                await eventually(functools.partial(has, echo.shown, known))
                signer.renew(early=True)
            stopped.set()
        await mesh.close()

    assert failed == []
    assert made > 0
    assert len(echo.shown) >= 4


async def test_a_service_shows_its_certificate_to_envoy_alone(signer):
    """Whoever else has its address, be it another service, gets no call."""
    async with echoing(signer.folder("payment")) as (echo, address):
        certificates = Certificates(signer.folder("booking"))
        mesh = Mesh.open(address, "booking", b"m" * 32, lambda: NOW, certificates)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            say: Any = mesh.channel.unary_unary(ECHO)
            await say(b"hello", timeout=10)
        await mesh.close()

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert echo.shown == set()
