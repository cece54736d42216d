"""A server says when it can serve, tells what went wrong and no more, and leaves in good order."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status
from structlog.testing import capture_logs

from services.kit import (
    access,
    clock,
    errors,
    log,
    origins,
    revocations,
    server,
    status,
    validate,
)
from services.kit.caller import caller
from services.kit.config import Env, Misconfigured
from services.kit.tenant import within
from tests.kit import probe
from tests.kit.probe import answering, bearer
from tests.kit.tokens import NOW
from tests.waiting import eventually
from turnout.event.v1 import event_pb2, event_pb2_grpc
from turnout.location.v1 import location_pb2

pytestmark = pytest.mark.server

CODE = grpc.StatusCode
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
EVENTS = "turnout.event.v1.EventService"


class Gone(errors.NotFound):
    message = "{event} is gone"
    event: str


@pytest.fixture(scope="module")
async def db(database):
    return await database("kit")


def get():
    return event_pb2.GetEventRequest(name=f"organizations/{uuid.uuid4()}/events/{uuid.uuid4()}")


def opening(organization=None):
    frame = location_pb2.TrackRequest()
    frame.open.name = f"organizations/{organization or uuid.uuid4()}/journeys/{uuid.uuid4()}"
    return frame


def user():
    return bearer(f"users/{uuid.uuid4()}")


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return error.value


def detail(error, kind):
    found = kind()
    next(d for d in rpc_status.from_call(error).details if d.Is(kind.DESCRIPTOR)).Unpack(found)
    return found


async def raising(error):
    raise error


def any_access():
    nobody: Any = None
    return access.Access({}, nobody, nobody)


def test_the_interceptors_stand_in_order():
    found = server.interceptors(
        "kit.turnout.app", status.Streams(), origins.Origins("proof"), any_access()
    )

    assert [type(each) for each in found] == [
        log.Calls,
        status.Refusals,
        origins.Origins,
        access.Access,
        validate.Validate,
    ]


async def test_a_refusal_reaches_the_client_whole(db):
    async with answering(db, {"GetEvent": lambda r: raising(Gone(r.name))}) as kit:
        request = get()
        error = await refused(kit.events.GetEvent(request))

    assert (error.code(), error.details()) == (CODE.NOT_FOUND, f"{request.name} is gone")
    info = detail(error, error_details_pb2.ErrorInfo)
    assert (info.reason, dict(info.metadata)) == ("GONE", {"event": request.name})


async def test_a_mistake_of_ours_shows_a_mark_and_nothing_else(db):
    async with answering(db, {"GetEvent": lambda _: raising(ValueError("the password"))}) as kit:
        with capture_logs() as lines:
            error = await refused(kit.events.GetEvent(get()))
            # A refusal is on its way before the line about it is written.
            await eventually(lambda: len(lines) > 1)

    info = detail(error, error_details_pb2.ErrorInfo)
    mark = info.metadata["mark"]
    assert (error.code(), error.details()) == (CODE.INTERNAL, f"internal error {mark}")
    unexpected, call = lines
    assert (unexpected["mark"], unexpected["log_level"]) == (mark, "error")
    assert "the password" in repr(unexpected["exc_info"])
    assert (call["code"], call["mark"], call["log_level"]) == ("INTERNAL", mark, "error")


async def test_bytes_that_are_no_message_are_the_clients_mistake(db):
    async with answering(db) as kit:
        with capture_logs() as lines:
            unary = kit.channel.unary_unary(f"/{EVENTS}/GetEvent")
            stream = kit.channel.stream_stream("/turnout.location.v1.LocationService/Track")
            errors_ = [
                await refused(unary(b"\xff\xff\xff")),
                await refused(stream(iter([b"\xff\xff"]), metadata=user()).read()),
                await refused(unary(b"\x0a\x02\xc3\x28")),
            ]
            await eventually(lambda: len(lines) > 2)

    for error in errors_:
        assert error.code() is CODE.INVALID_ARGUMENT
        assert detail(error, error_details_pb2.ErrorInfo).reason == "MALFORMED_REQUEST"
    assert [line["event"] for line in lines] == ["call"] * 3


async def test_a_method_that_there_is_not_is_not_implemented(db):
    async with answering(db) as kit:
        error = await refused(kit.channel.unary_unary(f"/{EVENTS}/Sing")(b""))

    assert error.code() is CODE.UNIMPLEMENTED


async def test_a_request_that_is_too_large_is_refused(db):
    async with answering(db) as kit:
        request = event_pb2.CreateEventRequest()
        request.event.description = "x" * (5 * 2**20)
        error = await refused(kit.events.CreateEvent(request))

    assert error.code() is CODE.RESOURCE_EXHAUSTED


async def test_a_call_gets_the_time_it_asked_for_or_half_a_minute(db):
    left: list[Any] = []

    async def note(_request):
        left.append(clock.left())
        return event_pb2.Event()

    async def track(_frames):
        left.append(clock.left())
        yield location_pb2.TrackResponse()

    async with answering(db, {"GetEvent": note, "Track": track}) as kit:
        await kit.events.GetEvent(get(), timeout=100)
        await kit.events.GetEvent(get())
        await kit.journeys.Track(iter([opening()]), metadata=user()).read()

    asked, usual, stream = left
    # `grpc-timeout` has few digits on the wire and is rounded up: 100 s may arrive as 101 s.
    assert 30 < asked < 102
    assert 0 < usual <= 30
    assert stream is None


async def test_a_call_that_nobody_limits_ends_all_the_same():
    async def for_ever(_request):
        await asyncio.sleep(60)

    bare = grpc.aio.server(
        interceptors=[log.Calls(), status.Refusals("kit.turnout.app", patience=0.05)]
    )
    probe.ADDERS[0](probe.Probe({"GetEvent": for_ever}), bare)
    port = bare.add_insecure_port("127.0.0.1:0")
    await bare.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = event_pb2_grpc.EventServiceStub(channel)
            error = await refused(stub.GetEvent(get()))
    finally:
        await bare.stop(None)

    assert error.code() is CODE.DEADLINE_EXCEEDED
    assert detail(error, error_details_pb2.ErrorInfo).reason == "DEADLINE_EXCEEDED"


async def test_a_client_that_leaves_is_no_error(db):
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait(_request):
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async with answering(db, {"GetEvent": wait}) as kit:
        with capture_logs() as lines:
            call = kit.events.GetEvent(get())
            call.add_done_callback(lambda _: None)  # begins it
            await begun.wait()
            call.cancel()
            await ended.wait()
            await eventually(lambda: lines)

    assert [(line["event"], line["code"], line["log_level"]) for line in lines] == [
        ("call", "CANCELLED", "info")
    ]


async def test_a_stream_that_is_left_is_no_error(db):
    ended = asyncio.Event()

    async def watch(_frames):
        try:
            while True:
                yield location_pb2.TrackResponse()
                await asyncio.sleep(0.01)
        finally:
            ended.set()

    async with answering(db, {"Track": watch}) as kit:
        with capture_logs() as lines:
            call = kit.journeys.Track(iter([opening()]), metadata=user())
            await call.read()
            call.cancel()
            await ended.wait()
            await eventually(lambda: lines)

    assert [(line["event"], line["code"]) for line in lines] == [("call", "CANCELLED")]


async def test_a_call_that_waits_in_vain_is_answered_all_the_same(db):
    async def wait(_request):
        vain = asyncio.get_running_loop().create_future()
        vain.cancel()
        await vain

    async def watch(_frames):
        yield await wait(None)

    async with answering(db, {"GetEvent": wait, "Track": watch}) as kit:
        found = [
            await refused(kit.events.GetEvent(get())),
            await refused(kit.journeys.Track(iter([opening()]), metadata=user()).read()),
        ]

    for error in found:
        assert error.code() is CODE.UNAVAILABLE
        assert detail(error, error_details_pb2.ErrorInfo).reason == "SHUTTING_DOWN"


async def test_a_refusal_ends_a_stream_after_what_was_said(db):
    async def track(frames):
        async for frame in frames:
            yield location_pb2.TrackResponse(kept_through=1)
            raise Gone(frame.open.name)

    async with answering(db, {"Track": track}) as kit:
        call = kit.journeys.Track(iter([opening()]), metadata=user())
        first = await call.read()
        error = await refused(call.read())

    assert first.kept_through == 1
    assert error.code() is CODE.NOT_FOUND


async def test_one_line_tells_of_each_call_and_of_no_secret(db):
    who, request = f"users/{uuid.uuid4()}", get()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    metadata = (*bearer(who), ("x-request-id", "r-7"), ("traceparent", trace))

    async with answering(db) as kit:
        with capture_logs() as lines:
            await kit.events.GetEvent(request, metadata=metadata)
            await refused(kit.events.CreateEvent(event_pb2.CreateEventRequest(parent="x")))
            await eventually(lambda: len(lines) > 1)

    fine, bad = lines
    assert fine.pop("ms") >= 0
    assert fine == {
        "event": "call",
        "log_level": "info",
        "method": f"/{EVENTS}/GetEvent",
        "code": "OK",
        "caller": who,
        "organization": request.name.split("/")[1],
        "request_id": "r-7",
        "trace_id": trace.split("-")[1],
    }
    assert (bad["code"], bad["reason"]) == ("UNAUTHENTICATED", "TOKEN_MISSING")
    assert len(bad["request_id"]) == 36
    assert dict(metadata)["authorization"] not in repr(lines)


async def test_health_follows_the_database(database, monkeypatch):
    monkeypatch.setattr(server, "LOOK", 0.05)
    db = await database.fresh("kit", size=2)
    async with answering(db) as kit:
        health: Any = health_pb2_grpc.HealthStub(kit.channel)

        async def asked(service):
            return (await health.Check(health_pb2.HealthCheckRequest(service=service))).status

        async def ready():
            return await asked(EVENTS) == SERVING

        async def away():
            return await asked(EVENTS) == NOT_SERVING

        await eventually(ready)
        assert await asked("") == SERVING

        await db.close()

        await eventually(away)
        assert await asked("") == SERVING
        error = await refused(asked("no.such.Service"))
        assert error.code() is CODE.NOT_FOUND


async def test_a_server_that_waits_for_its_database_says_so():
    what = probe.service(probe.Probe({}))
    nowhere = probe.settings(database_url="postgresql://127.0.0.1:1/none")
    async with (
        server.parts_of(what, nowhere, None) as parts,
        server.serving(what, parts) as running,
        grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel,
    ):
        health: Any = health_pb2_grpc.HealthStub(channel)
        found = [
            (await health.Check(health_pb2.HealthCheckRequest(service=name))).status
            for name in ("", EVENTS)
        ]

    assert found == [NOT_SERVING, NOT_SERVING]


async def test_operators_can_ask_what_there_is(db):
    async with answering(db) as kit:
        reflection: Any = reflection_pb2_grpc.ServerReflectionStub(kit.channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="*")
        answers = [x async for x in reflection.ServerReflectionInfo(iter([request]))]
        channelz: Any = channelz_pb2_grpc.ChannelzStub(kit.channel)
        servers = await channelz.GetServers(channelz_pb2.GetServersRequest())

    names = {each.name for each in answers[0].list_services_response.service}
    assert {
        EVENTS,
        "turnout.location.v1.LocationService",
        "grpc.health.v1.Health",
        "grpc.channelz.v1.Channelz",
        "grpc.reflection.v1alpha.ServerReflection",
    } <= names
    assert servers.server


async def endless(_request):
    """A stream that says something once and then nothing."""
    yield location_pb2.TrackResponse()
    await asyncio.sleep(60)


async def test_a_stream_ends_with_the_session_that_opened_it(db):
    session, other = uuid.uuid4(), uuid.uuid4()

    def signed_in(sid):
        return (("authorization", f"Bearer {probe.SIGNER.token(sid=str(sid))}"),)

    async with answering(db, {"Track": endless}) as kit:
        ended, kept = (
            kit.journeys.Track(iter([opening()]), metadata=signed_in(sid))
            for sid in (session, other)
        )
        await ended.read()
        await kept.read()
        await db.run(revocations.revoke, session, NOW + timedelta(minutes=15))

        error = await refused(ended.read())
        assert not kept.done()
        kept.cancel()

    assert error.code() is CODE.UNAUTHENTICATED
    assert detail(error, error_details_pb2.ErrorInfo).reason == "TOKEN_REVOKED"


async def test_a_stream_ends_with_the_role_that_opened_it(db):
    organization, looker, other = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    event = f"organizations/{organization}/events/{uuid.uuid4()}"
    request = location_pb2.WatchArrivalsRequest(event=event)

    async def watch(_request):
        yield location_pb2.WatchArrivalsResponse()
        await asyncio.sleep(60)

    async def say(statement, users):
        with within(organization):
            await db.run(execute, statement, users)

    async def execute(tx, statement, users):
        for one in users:
            await tx.connection.execute(statement, [organization, one])

    become = "insert into members values (%s, %s, 'ROLE_STAFF')"
    leave = 'delete from members where organization = %s and "user" = %s'
    await say(become, [looker, other])
    async with answering(db, {"WatchArrivals": watch}) as kit:
        ended, kept = (
            kit.journeys.WatchArrivals(request, metadata=bearer(f"users/{one}"))
            for one in (looker, other)
        )
        await ended.read()
        await kept.read()
        await say(leave, [looker])

        error = await refused(ended.read())
        assert not kept.done()
        kept.cancel()

    assert error.code() is CODE.UNAVAILABLE
    assert detail(error, error_details_pb2.ErrorInfo).reason == "RIGHTS_CHANGED"


async def test_a_server_that_stops_ends_streams_and_lets_calls_end(db):
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(_request):
        begun.set()
        await go.wait()
        return event_pb2.Event(description="done")

    async def watch(_frames):
        yield location_pb2.TrackResponse()
        await asyncio.sleep(60)

    async with answering(db, {"GetEvent": slow, "Track": watch}) as kit:
        unary = asyncio.ensure_future(kit.events.GetEvent(get()))
        stream = kit.journeys.Track(iter([opening()]), metadata=user())
        await stream.read()
        await begun.wait()
        stopping = asyncio.create_task(server._drain(kit.running, 20))

        error = await refused(stream.read())
        go.set()
        answer = await unary
        await stopping

    assert error.code() is CODE.UNAVAILABLE
    assert detail(error, error_details_pb2.ErrorInfo).reason == "SHUTTING_DOWN"
    assert detail(error, error_details_pb2.RetryInfo).retry_delay.seconds == 1
    assert answer.description == "done"


async def test_what_runs_beside_the_servicers_acts_as_the_service(db):
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def work():
        seen.put_nowait(caller().name)
        await asyncio.sleep(60)

    async with answering(db, background=lambda _: [work()]):
        async with asyncio.timeout(60):
            assert await seen.get() == "services/kit"
        assert caller().name == ""


async def test_a_server_ends_with_what_runs_beside_it(db):
    async def work():
        raise Gone("all of it")

    with pytest.raises(Gone):
        async with answering(db, background=lambda _: [work()]):
            await asyncio.sleep(60)


async def test_what_a_service_shares_is_made_once(db):
    async with answering(db, state=lambda parts: [parts.name]) as kit:
        assert kit.parts.state == ["kit"]


async def test_a_taken_port_is_named(db):
    what = probe.service(probe.Probe({}))
    async with answering(db) as kit:
        taken = probe.settings(listen=f"127.0.0.1:{kit.running.port}")
        async with server.parts_of(what, taken, None, db=db) as parts:
            with pytest.raises(Misconfigured, match=f"127.0.0.1:{kit.running.port} is taken"):
                await server.build(what, parts)


def test_nonsense_on_the_command_line_names_all_of_it(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["kit", "serve"])
    monkeypatch.setattr(Env, "of_process", lambda: Env({"TURNOUT_LISTEN": "?"}))

    with pytest.raises(SystemExit) as ended:
        server.main(probe.service(probe.Probe({})))

    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("kit cannot serve:\n")
    assert all(name in said for name in ("DATABASE_URL", "REDIS_URL", "LISTEN", "SECRET"))


def test_a_database_that_is_away_is_named(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["kit", "migrate"])
    env = {"TURNOUT_OWNER_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    monkeypatch.setattr(Env, "of_process", lambda: Env(env))

    with pytest.raises(SystemExit):
        server.main(probe.service(probe.Probe({})))

    assert "kit cannot migrate:\nTURNOUT_OWNER_DATABASE_URL: " in capsys.readouterr().err


async def test_a_process_serves_until_it_is_told_to_stop(database, redis_url, tmp_path):
    urls = await database.urls("kit")
    program = "from tests.kit import probe; from services.kit import server;"
    program += "server.main(probe.service(probe.Probe({})))"
    environment = os.environ | {
        "TURNOUT_DATABASE_URL": urls.service,
        "TURNOUT_REDIS_URL": redis_url,
        "TURNOUT_LISTEN": "127.0.0.1:0",
        "TURNOUT_SECRET": "s" * 32,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, "run", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        line = json.loads(await process.stdout.readline())
        async with grpc.aio.insecure_channel(f"127.0.0.1:{line['port']}") as channel:
            health: Any = health_pb2_grpc.HealthStub(channel)

            async def ready():
                found = await health.Check(health_pb2.HealthCheckRequest())
                return found.status == SERVING

            await eventually(ready)
        process.send_signal(signal.SIGTERM)
        rest = await process.stdout.read()
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()

    assert (line["event"], line["service"], line["level"]) == ("serving", "kit", "info")
    assert [json.loads(each)["event"] for each in rest.splitlines()] == ["stopping"]
    assert code == 0
