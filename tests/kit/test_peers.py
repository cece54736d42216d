"""Who is believed to be who at a service's own port: certificates, and what Envoy says of them."""

from __future__ import annotations

import contextlib
import datetime
import uuid
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local import authority
from deploy.local.authority import Authority
from services.kit import metrics, origin, peers, server
from services.kit.peers import CERTIFICATE, FORWARDED, KEY, TRUST
from tests.kit import probe
from tests.kit.tokens import NOW
from turnout.auth.v1 import organization_pb2, organization_pb2_grpc
from turnout.event.v1 import event_pb2, event_pb2_grpc

pytestmark = pytest.mark.server
CODE = grpc.StatusCode
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(scope="module")
async def db(database):
    return await database("kit")


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    found = Authority(tmp_path_factory.mktemp("tls"), "turnout")
    found.renew()
    return found


def files(folder):
    return {name: (folder / name).read_bytes() for name in (CERTIFICATE, KEY, TRUST)}


def expired(signer):
    key, own = signer._own()
    begin = authority.now() - 2 * HOUR
    return authority.signed("spiffe://turnout/envoy", "envoy", key, own, begin, begin + HOUR)


def of_another_domain(signer):
    key, own = signer._own()
    begin = authority.now()
    return authority.signed("spiffe://elsewhere/envoy", "envoy", key, own, begin, begin + HOUR)


def foreign(signer, folder):
    """What another authority signed, by who believes ours."""
    other = Authority(folder, "turnout")
    other.renew(["envoy"])
    return files(other.folder("envoy")) | {TRUST: files(signer.folder("envoy"))[TRUST]}


@contextlib.asynccontextmanager
async def answering(db, signer, do):
    """The port of a service called event."""
    found = probe.Probe(do)
    what = probe.service(found, name="event")
    told = probe.settings(tls=signer.folder("event"))
    async with (
        server.parts_of(what, told, None, now=lambda: NOW, db=db) as parts,
        server.serving(what, parts, grace=0) as running,
    ):
        yield found, f"127.0.0.1:{running.port}"


def shown(address, pems):
    """A channel by who has these files; None has none, and speaks in the clear."""
    if pems is None:
        return grpc.aio.insecure_channel(address)
    chain = pems.get(CERTIFICATE), pems.get(KEY)
    credentials = grpc.ssl_channel_credentials(pems[TRUST], chain[1], chain[0])
    return grpc.aio.secure_channel(
        address, credentials, [("grpc.ssl_target_name_override", "event")]
    )


async def member(request):
    return organization_pb2.Member(role="ROLE_OWNER")


async def asked(address, pems, *forwarded, authorization=()):
    """What becomes of a call to a method that some services may call."""
    metadata = [*authorization, *((FORWARDED, value) for value in forwarded)]
    name = f"organizations/{uuid.uuid4()}/members/{uuid.uuid4()}"
    async with shown(address, pems) as channel:
        stub = organization_pb2_grpc.OrganizationServiceStub(channel)
        try:
            await stub.GetMember(
                organization_pb2.GetMemberRequest(name=name), metadata=metadata, timeout=20
            )
        except grpc.aio.AioRpcError as error:
            details = probe.reason(error)
            return error.code(), details
    return CODE.OK, ""


@pytest.mark.parametrize("who", ["clear", "nobody", "foreign", "expired"])
async def test_who_proves_nothing_gets_no_connection(db, signer, tmp_path, who):
    good = files(signer.folder("envoy"))
    pems = {
        "clear": None,
        "nobody": {TRUST: good[TRUST]},
        "foreign": foreign(signer, tmp_path),
        "expired": expired(signer),
    }[who]
    async with answering(db, signer, {"GetMember": member}) as (found, address):
        before = metrics.HANDSHAKES._value.get()
        code, _ = await asked(address, pems)
        after = metrics.HANDSHAKES._value.get()
        # Who may is answered all the same.
        served, _ = await asked(address, good, "URI=spiffe://turnout/booking")

    assert code is CODE.UNAVAILABLE
    assert after > before
    assert served is CODE.OK
    assert [each.name for each, _ in found.callers] == ["services/booking"]


async def test_a_client_speaks_to_nobody_else(db, signer, tmp_path):
    """Who believes another authority does not take our service for theirs."""
    other = Authority(tmp_path, "turnout")
    other.renew(["envoy"])
    async with answering(db, signer, {"GetMember": member}) as (found, address):
        code, _ = await asked(address, files(other.folder("envoy")))

    assert code is CODE.UNAVAILABLE
    assert found.callers == []


async def test_another_service_is_refused_by_its_name(db, signer):
    async with answering(db, signer, {"GetMember": member}) as (found, address):
        directly = await asked(address, files(signer.folder("booking")))
        elsewhere = await asked(address, of_another_domain(signer))

    assert directly == elsewhere == (CODE.PERMISSION_DENIED, "WRONG_PEER")
    assert found.callers == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("By=spiffe://turnout/envoy;Hash=ab;URI=spiffe://turnout/booking", (CODE.OK, "")),
        ("URI=spiffe://turnout/auth", (CODE.PERMISSION_DENIED, "WRONG_CALLER")),
        ("URI=spiffe://turnout/operator", (CODE.PERMISSION_DENIED, "WRONG_PEER")),
        ("URI=spiffe://turnout/booking/more", (CODE.PERMISSION_DENIED, "WRONG_PEER")),
        ("URI=spiffe://elsewhere/booking", (CODE.PERMISSION_DENIED, "WRONG_PEER")),
        ("URI=spiffe://turnout/booking;URI=spiffe://turnout/auth", None),
        ("URI=spiffe://turnout/auth,URI=spiffe://turnout/booking", None),
        ("Hash=ab", None),
        ("", None),
    ],
)
async def test_envoy_is_believed_of_whom_it_was_shown(db, signer, said, expected):
    async with answering(db, signer, {"GetMember": member}) as (_, address):
        told = await asked(address, files(signer.folder("envoy")), said)

    assert told == (expected or (CODE.PERMISSION_DENIED, "WRONG_PEER"))


async def test_a_token_of_a_user_lets_nobody_call_for_a_service(db, signer):
    user = probe.bearer(f"users/{uuid.uuid4()}")
    async with answering(db, signer, {"GetMember": member}) as (found, address):
        told = await asked(
            address,
            files(signer.folder("envoy")),
            "URI=spiffe://turnout/auth",
            authorization=user,
        )

    assert told == (CODE.PERMISSION_DENIED, "NOT_PERMITTED")
    assert found.callers == []


async def test_nobody_else_is_believed_what_they_forward(db, signer):
    """An operator calls as an operator, and who came by the edge as nobody."""
    async with answering(db, signer, {"GetMember": member}) as (_, address):
        operator = await asked(
            address, files(signer.folder("operator")), "URI=spiffe://turnout/booking"
        )
        outside = await asked(address, files(signer.folder("envoy")))

    assert operator == (CODE.PERMISSION_DENIED, "WRONG_CALLER")
    assert outside == (CODE.UNAUTHENTICATED, "TOKEN_MISSING")


async def test_where_a_call_is_from_is_believed_of_the_edge_alone(db, signer):
    seen = []

    async def read(request):
        seen.append((origin.here().address, peers.certified.get()))
        return event_pb2.Event()

    real = (("x-real-ip", "192.0.2.7"), ("x-turnout-edge", probe.EDGE))
    asked = event_pb2.GetEventRequest(name=f"organizations/{uuid.uuid4()}/events/{uuid.uuid4()}")
    meshed = (*real, (FORWARDED, "URI=spiffe://turnout/booking"))
    async with answering(db, signer, {"GetEvent": read}) as (_, address):
        for bearer, metadata in (("envoy", real), ("envoy", meshed), ("operator", real)):
            async with shown(address, files(signer.folder(bearer))) as channel:
                stub = event_pb2_grpc.EventServiceStub(channel)
                await stub.GetEvent(asked, metadata=metadata)

    assert seen == [("192.0.2.7", ""), ("127.0.0.1", "booking"), ("127.0.0.1", "operator")]


async def test_health_is_told_in_the_clear_at_a_port_of_its_own(db, signer, free_port):
    found = probe.Probe({})
    what = probe.service(found, name="event")
    told = probe.settings(tls=signer.folder("event"), probes=f"127.0.0.1:{free_port}")
    asked = health_pb2.HealthCheckRequest(service="turnout.event.v1.EventService")
    async with (
        server.parts_of(what, told, None, now=lambda: NOW, db=db) as parts,
        server.serving(what, parts, grace=0),
        grpc.aio.insecure_channel(f"127.0.0.1:{free_port}") as channel,
    ):
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watched = stub.Watch(asked)
        async for answer in watched:
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                break
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await event_pb2_grpc.EventServiceStub(channel).ListEvents(event_pb2.ListEventsRequest())

    assert refused.value.code() is CODE.UNIMPLEMENTED


@pytest.fixture
def free_port():
    from deploy.local.settings import free_ports

    return free_ports(1)[0]
