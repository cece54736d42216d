"""The one place where a service is wired: its settings, database, servicers and workers.

`python -m services.<name> serve | work | run | migrate`: `serve` answers calls, `work` tells and
hears facts and does what is due, `run` does both in one event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import signal
import sys
import uuid
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

import grpc
import sqlalchemy as sa
import uvloop
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from grpc_channelz.v1 import channelz, channelz_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from services.kit import (
    clock,
    estate,
    herald,
    image,
    log,
    metrics,
    secrets,
    spans,
    telemetry,
    validate,
)
from services.kit.access import Access, Ask, Complete, Members, NoAccess, rules_of
from services.kit.api_keys import ApiKeys, Resolve
from services.kit.backlog import Backlog
from services.kit.caller import SYSTEM, acting
from services.kit.certificates import BadCertificates, Certificates
from services.kit.channel import Mesh
from services.kit.config import Env, Misconfigured, Settings
from services.kit.db import Database, Tx, sql
from services.kit.identity import Fetch, Identity, Keys
from services.kit.inbox import Handler, Inbox
from services.kit.names import Collection as Names
from services.kit.names import Name
from services.kit.operations import OperationsServicer, Told
from services.kit.origin import PURPOSE
from services.kit.origins import Origins
from services.kit.outbox import Relay
from services.kit.peers import Peers
from services.kit.rates import Addresses, Callers, Rates
from services.kit.revocations import Revocations
from services.kit.shed import Gate
from services.kit.status import Refusals, Streams
from services.kit.throttle import Throttle
from services.kit.validate import Validate
from services.kit.vault import Vault
from services.kit.work import Chore, Errand, Step, Worker
from turnout.auth.v1 import (
    api_key_pb2,
    api_key_pb2_grpc,
    auth_pb2,
    auth_pb2_grpc,
    organization_pb2,
    organization_pb2_grpc,
)
from turnout.ops.v1 import operations_pb2_grpc

C = TypeVar("C")
S = TypeVar("S")

Adder = Callable[[Any, Any], None]
Servicers = Iterable[tuple[Adder, Any]]

# How long calls that are under way may take when the server stops, in seconds.
GRACE = 5.0
# How often the database is asked whether it is there, and how long it may take, in seconds.
LOOK, LOOK_PATIENCE = 2.0, 2.0

MEMBERS = Names("members")
NOTHING = sql(sa.select(sa.literal_column("1")))

# How many more objects there are before the collector looks for cycles among the youngest, and
# how often it does that before it looks among the older ones.
COLLECTED = (50_000, 20, 50)

# What operators call, beside the contract.
OPERATIONS = (health_pb2, channelz_pb2, reflection_pb2)
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING

OPTIONS = [
    ("grpc.max_send_message_length", 4 * 2**20),
    ("grpc.max_metadata_size", 16 * 2**10),
    # Clients may ask every five seconds whether we are still there, in between calls too.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 20_000),
]


@dataclass(frozen=True, eq=False)
class Parts(Generic[C, S]):
    """What a service is built from: one of these per process."""

    name: str
    db: Database
    now: Callable[[], datetime]
    config: C
    settings: Settings
    # Stubs of other services are made with `mesh.channel`.
    mesh: Mesh
    # What the process proves with who it is; None where nobody asks.
    certificates: Certificates | None
    links_key: bytes
    pages_key: bytes
    # Counts tries of what may be tried only so often.
    throttle: Throttle
    # What secrets of organizations are sealed with; for a service that has `vault_keys`.
    vault: Vault
    # What the service's `state` made for itself, to share between servicers and background.
    state: S


def _nothing(_parts: Any) -> Any:
    return ()


def _none(_parts: Any) -> Any:
    return None


def _no_config(_env: Env) -> Any:
    return None


@dataclass(frozen=True)
class Service(Generic[C, S]):
    """What there is to a service; `main` makes a process of it.

    `hears`, `steps`, `errands` and `every` are the mappings that Inbox and Worker take, or
    functions of the Parts that give them.
    """

    name: str
    servicers: Callable[[Parts[C, S]], Servicers]
    config: Callable[[Env], C] = _no_config
    state: Callable[[Parts[C, Any]], S] = _none
    # Closes what the state holds open, when the process ends.
    close: Callable[[S], Awaitable[None]] | None = None
    hears: Mapping[type[Message], Handler] | Callable[[Parts[C, S]], Any] = field(
        default_factory=dict
    )
    steps: Mapping[str, Step] | Callable[[Parts[C, S]], Any] = field(default_factory=dict)
    errands: Mapping[str, Errand] | Callable[[Parts[C, S]], Any] = field(default_factory=dict)
    every: Mapping[str, Chore] | Callable[[Parts[C, S]], Any] = field(default_factory=dict)
    # The most bytes that a message to the service may have.
    largest: int = 4 * 2**20
    # What runs beside the servicers until the process stops.
    background: Callable[[Parts[C, S]], Iterable[Coroutine[Any, Any, Any]]] = _nothing
    # What operators may have done beside: by the word, what does it and says what it did.
    verbs: Mapping[str, Callable[[Parts[C, S]], Awaitable[str]]] = field(default_factory=dict)
    # Where the keys of access tokens, and the roles of members, come from. None: from auth.
    keys: Callable[[Parts[C, S]], Fetch] | None = None
    ask: Callable[[Parts[C, S]], Ask | None] | None = None
    # Whose an API key is. None: auth says it.
    resolve: Callable[[Parts[C, S]], Resolve] | None = None
    # Makes short names in a request whole, before anybody asks whose it is.
    complete: Callable[[Parts[C, S]], Complete] | None = None
    # The tables that lose what an organization owned, some time after it was deleted. None: all
    # that anything may be deleted from.
    erases: Collection[str] | None = None
    # Does away with what an organization owned outside of the database.
    forget: Callable[[Parts[C, S]], estate.Forget] | None = None

    @property
    def domain(self) -> str:
        return f"{self.name}.turnout.app"


def main(service: Service[Any, Any]) -> None:
    """Runs the process that the command line asks for. Exits with 2 when it is told nonsense."""
    arguments = argparse.ArgumentParser(prog=f"services.{service.name}")
    arguments.add_argument("verb", choices=["serve", "work", "run", "migrate", *service.verbs])
    verb = arguments.parse_args().verb
    env = Env.of_process()
    try:
        if verb == "migrate":
            _migrate(service, env)
            return
        settings, config = Settings.from_env(env), service.config(env)
        env.check()
        log.configure(settings.log, service=service.name)
        # What lives as long as the process need not be looked at again and again.
        gc.collect()
        gc.freeze()
        # Answering one call makes hundreds of objects that are gone by themselves when it ends.
        gc.set_threshold(*COLLECTED)
        uvloop.run(_process(service, settings, config, verb))
    except (Misconfigured, NoAccess) as error:
        sys.stderr.write(f"{service.name} cannot {verb}:\n{error}\n")
        sys.exit(2)


def _migrate(service: Service[Any, Any], env: Env) -> None:
    # Alembic is a quarter of the time that a start takes, and only this verb needs it.
    from services.kit import migrate  # noqa: PLC0415

    url = env.text("TURNOUT_OWNER_DATABASE_URL")
    env.check()
    try:
        revision = migrate.upgrade(url, service.name)
    except sa.exc.OperationalError as error:
        raise Misconfigured(f"TURNOUT_OWNER_DATABASE_URL: {error.orig}") from error
    sys.stdout.write(f"{service.name} is at {revision or 'no revision'}\n")


async def _process(service: Service[Any, Any], settings: Settings, config: Any, verb: str) -> None:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None

    def stop() -> None:
        log.logger.info("stopping")
        task.cancel()

    # The first signal begins an orderly stop; a second one cuts it short.
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop)
    with contextlib.suppress(asyncio.CancelledError):
        async with (
            parts_of(service, settings, config) as parts,
            contextlib.AsyncExitStack() as stack,
        ):
            if verb in service.verbs:
                sys.stdout.write(f"{await service.verbs[verb](parts)}\n")
                return
            await stack.enter_async_context(_traced(parts))
            await stack.enter_async_context(_measured(parts))
            if verb in ("work", "run"):
                await stack.enter_async_context(working(service, parts))
            if verb in ("serve", "run"):
                running = await stack.enter_async_context(serving(service, parts))
                log.logger.info("serving", address=settings.listen, port=running.port)
            await loop.create_future()


@contextlib.asynccontextmanager
async def parts_of(
    service: Service[C, S],
    settings: Settings,
    config: C,
    *,
    now: Callable[[], datetime] = clock.now,
    db: Database | None = None,
) -> AsyncIterator[Parts[C, S]]:
    """Opens what a process of the service needs, and closes it. A `db` that is given stays open."""

    def key(purpose: str) -> bytes:
        return secrets.derive(settings.secret, purpose)

    async with contextlib.AsyncExitStack() as stack:
        if db is None:
            # Health is answered while the database is still away.
            db = await Database.open(settings.database_url, service.name, settings.pool, wait=False)
            stack.push_async_callback(db.close)
        certificates = _certificates(settings)
        mesh = Mesh.open(settings.mesh, service.name, key("mesh"), now, certificates)
        stack.push_async_callback(mesh.close)
        throttle = Throttle.open(settings.redis_url, key("throttle"), now)
        stack.push_async_callback(throttle.close)
        parts: Parts[C, Any] = Parts(
            name=service.name,
            db=db,
            now=now,
            config=config,
            settings=settings,
            mesh=mesh,
            certificates=certificates,
            links_key=key("links"),
            pages_key=key("pages"),
            throttle=throttle,
            vault=Vault.of(settings.masters, settings.secret),
            state=None,
        )
        state = service.state(parts)
        if service.close is not None:
            stack.push_async_callback(service.close, state)
        yield replace(parts, state=state)


def _certificates(settings: Settings) -> Certificates | None:
    if settings.tls is None:
        return None
    try:
        return Certificates(settings.tls)
    except BadCertificates as error:
        raise Misconfigured(f"TURNOUT_TLS_DIR: {error}") from error


async def reseal(parts: Parts[Any, Any]) -> str:
    """A verb of services with a vault: seals all keys with the master that comes first now."""
    count, first = await parts.vault.reseal(parts.db), parts.vault.masters[0].id
    return f"{parts.name}: sealed {count} keys anew; all are sealed with {first}"


@contextlib.asynccontextmanager
async def _traced(parts: Parts[Any, Any]) -> AsyncIterator[None]:
    """Tells a collector what is done inside, if the process was told where there is one."""
    url = parts.settings.otlp
    if not url:
        yield
        return
    with telemetry.sampling(parts.settings.sampled):
        async with (
            spans.told_to(url, parts.name, metrics.version()) as collector,
            _beside([collector.run()], parts.name),
        ):
            yield


@contextlib.asynccontextmanager
async def _measured(parts: Parts[Any, Any]) -> AsyncIterator[None]:
    """Lets Prometheus see the process inside, if it was told where."""
    address = parts.settings.metrics
    if not address:
        yield
        return
    jobs = [metrics.measure_loop()]
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(metrics.served(address, parts.name))
        except metrics.Taken as taken:
            if not parts.settings.reuse_port:
                raise Misconfigured(f"TURNOUT_METRICS: {address} is taken, or not ours") from taken
            # Whom we are about to replace still has it.
            jobs.append(metrics.served_later(address, parts.name))
        stack.enter_context(metrics.POOLS.of(parts.db))
        async with _beside(jobs, parts.name):
            yield


# --- serve


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    server: grpc.aio.Server
    # The services of the contract that it has, by their full names.
    names: Sequence[str]
    health: Any
    streams: Streams
    members: Members
    revocations: Revocations
    access: Access
    rates: Rates
    # None: nobody is ever sent away because others wait.
    gate: Gate | None = None


@contextlib.asynccontextmanager
async def serving(
    service: Service[C, S], parts: Parts[C, S], *, grace: float = GRACE
) -> AsyncIterator[Running]:
    """Answers calls inside; on the way out lets those under way end, and sends streams elsewhere.

    Raises NoAccess before anything listens when a method does not state who may call it. What
    a background raises comes out of here.
    """
    running = await build(service, parts)
    for name in ("", *running.names):
        await running.health.set(name, NOT_SERVING)
    jobs = [
        *service.background(parts),
        herald.carry(parts.db),
        _watch(parts.db, running),
        running.revocations.run(),
        running.access.guard(running.streams),
        running.rates.run(),
    ]
    if running.gate is not None:
        jobs.append(running.gate.run(parts.db))
    async with _beside(jobs, service.name):
        try:
            await running.server.start()
            async with _probed(running, parts.settings.probes):
                yield running
        finally:
            await _drain(running, grace)


@contextlib.asynccontextmanager
async def _beside(jobs: Iterable[Coroutine[Any, Any, Any]], name: str) -> AsyncIterator[None]:
    """Runs jobs, as the service itself, for as long as the body runs.

    What one of them raises ends the body, and comes out of here as it is.
    """
    try:
        async with asyncio.TaskGroup() as group:
            with acting(SYSTEM(name)):
                tasks = [group.create_task(job) for job in jobs]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
    except BaseExceptionGroup as failed:
        # What went wrong alone is easier to read, and to catch, alone.
        if len(failed.exceptions) == 1:
            raise failed.exceptions[0] from None
        raise


async def build(service: Service[C, S], parts: Parts[C, S]) -> Running:
    """A server with everything in it, bound to its port but not started.

    Raises NoAccess, and Misconfigured when it cannot have its port.
    """
    streams, rates = Streams(), _rates(parts)
    drain = Drain(streams)
    servicers = [*service.servicers(parts), _operations(service, parts, drain)]
    contract = [found for adder, servicer in servicers for found in contract_of(adder, servicer)]
    rules = rules_of(contract)
    validate.compile_all(method.input_type for each in contract for method in each.methods)
    revocations = Revocations(parts.db, parts.now)
    identity = Identity(
        keys=Keys(service.keys(parts) if service.keys else _keys_of_auth(parts.mesh)),
        links_key=parts.links_key,
        # Whoever has a certificate says who they are by that alone.
        mesh_key=None if parts.certificates else secrets.derive(parts.settings.secret, "mesh"),
        now=parts.now,
        revoked=revocations,
        api_keys=ApiKeys(service.resolve(parts) if service.resolve else _resolve_by(parts.mesh)),
    )
    members = Members(parts.db, service.ask(parts) if service.ask else _ask_auth(parts.mesh))
    complete = service.complete(parts) if service.complete else None
    access = Access(rules, identity, members, complete)
    peers = Peers(parts.settings.trust_domain) if parts.certificates else None
    origins = Origins(secrets.derive(parts.settings.secret, PURPOSE).hex(), peers)
    gate = _gate(service, parts, contract)
    chain = interceptors(service.domain, streams, origins, access, rates)
    server = grpc.aio.server(
        interceptors=chain if gate is None else [gate, *chain],
        options=[
            *OPTIONS,
            ("grpc.max_receive_message_length", service.largest),
            ("grpc.so_reuseport", int(parts.settings.reuse_port)),
        ],
    )
    if gate is not None:
        gate.watch()
    for adder, servicer in servicers:
        adder(servicer, server)
    names = [each.full_name for each in contract]
    state = drain.health = _add_operations(server, names, parts.settings.reflect)
    port = await _bind(server, parts.settings.listen, parts.certificates)
    return Running(port, server, names, state, streams, members, revocations, access, rates, gate)


def interceptors(
    domain: str, streams: Streams, origins: Origins, access: Access, rates: Rates | None = None
) -> Sequence[Any]:
    """The outermost first: the log sees the last word, refusals see what access raises."""
    if not rates:
        return [log.Calls(), Refusals(domain, streams), origins, access, Validate()]
    around, within = Addresses(rates), Callers(rates)
    return [log.Calls(), Refusals(domain, streams), origins, around, access, within, Validate()]


def _rates(parts: Parts[Any, Any]) -> Rates:
    settings, throttle = parts.settings, parts.throttle
    return Rates(
        settings.calls_per_address,
        settings.calls_per_user,
        settings.calls_per_organization,
        parts.now,
        throttle.key,
        throttle.carrier,
    )


def _gate(
    service: Service[C, S], parts: Parts[C, S], contract: Sequence[ServiceDescriptor]
) -> Gate | None:
    after = parts.settings.shed_after
    return Gate(contract, service.domain, after / 1000) if after else None


def contract_of(adder: Adder, servicer: Any) -> list[ServiceDescriptor]:
    """The services of the contract that an adder of gRPC's would add."""
    listener = _Listener()
    adder(servicer, listener)
    pool = descriptor_pool.Default()
    return [cast(Any, pool.FindServiceByName(name)) for name in listener.names]


class Drain:
    """Takes a process out of service for good, while it goes on running."""

    def __init__(self, streams: Streams) -> None:
        self.health: Any = None
        self._streams = streams
        self.done = False

    async def __call__(self) -> None:
        self.done = True
        await self.health.enter_graceful_shutdown()
        self._streams.end()


def _operations(
    service: Service[C, S], parts: Parts[C, S], drain: Drain
) -> tuple[Adder, OperationsServicer]:
    """What whoever runs the platform asks of any service."""
    servicer = OperationsServicer(
        parts.db,
        Inbox(parts.db, "", _given(service.hears, parts)),
        Told((parts.settings, parts.config)),
        drain=drain,
        drained=lambda: drain.done,
        page_key=parts.pages_key,
    )
    return operations_pb2_grpc.add_OperationsServiceServicer_to_server, servicer


class _Listener:
    """Stands where a server would, to hear the names of services."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def add_generic_rpc_handlers(self, handlers: Iterable[Any]) -> None:
        self.names.extend(handler.service_name() for handler in handlers)

    def add_registered_method_handlers(self, name: str, handlers: Any) -> None:
        """The same once more, for newer servers."""


def _add_operations(server: grpc.aio.Server, names: Sequence[str], reflect: str) -> Any:
    """Health, reflection and channelz, for load balancers and operators."""
    state: Any = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    channelz.add_channelz_servicer(server)
    told = image.services() if reflect == "all" else names
    pool = image.pool(OPERATIONS) if reflect == "all" else None
    reflection.enable_server_reflection(
        [*told, health.SERVICE_NAME, "grpc.channelz.v1.Channelz", reflection.SERVICE_NAME],
        server,
        pool=pool,
    )
    return state


async def _bind(server: grpc.aio.Server, address: str, certificates: Certificates | None) -> int:
    try:
        if certificates is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, certificates.server_credentials())
    except RuntimeError as error:
        await server.stop(None)
        raise Misconfigured(f"TURNOUT_LISTEN: {address} is taken, or not ours") from error


@contextlib.asynccontextmanager
async def _probed(running: Running, address: str) -> AsyncIterator[None]:
    """Tells of health inside to who has no certificate, such as Kubernetes; and of nothing else."""
    if not address:
        yield
        return
    server = grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(running.health, server)
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        await server.stop(None)
        raise Misconfigured(f"TURNOUT_PROBES: {address} is taken, or not ours") from error
    await server.start()
    try:
        yield
    finally:
        await server.stop(None)


async def _watch(db: Database, running: Running) -> None:
    """Keeps telling whether we can serve, which we can while the database answers.

    "" is whether the process is sound: once it could serve, starting it anew would not help.
    """
    begun = False
    while True:
        ready = await _answers(db)
        begun = begun or ready
        await running.health.set("", SERVING if begun else NOT_SERVING)
        for name in running.names:
            await running.health.set(name, SERVING if ready else NOT_SERVING)
        await asyncio.sleep(LOOK if begun else LOOK / 10)


async def _answers(db: Database) -> bool:
    async def ask(tx: Tx) -> None:
        await tx.run(NOTHING)

    try:
        async with asyncio.timeout(LOOK_PATIENCE):
            await db.read(ask)
    except Exception as error:  # noqa: BLE001 - whatever it is, calls would get the same
        log.logger.warning("the database does not answer", error=repr(error))
        return False
    return True


async def _drain(running: Running, grace: float) -> None:
    """Tells load balancers, lets calls end, and sends streams elsewhere."""
    await running.health.enter_graceful_shutdown()
    stopping = asyncio.shield(running.server.stop(grace))
    running.streams.end()
    await stopping


# --- work


@contextlib.asynccontextmanager
async def working(service: Service[C, S], parts: Parts[C, S]) -> AsyncIterator[None]:
    """Tells and hears facts, and does what is due, inside."""
    redis_url = parts.settings.redis_url
    inbox = Inbox(parts.db, redis_url, _given(service.hears, parts))
    jobs = (
        Relay(parts.db, redis_url),
        inbox,
        Backlog(parts.db, redis_url, inbox.streams),
        Worker(
            parts.db,
            _given(service.steps, parts),
            errands_of(service, parts),
            _given(service.every, parts),
        ),
    )
    telling = herald.carry(parts.db)
    async with _beside([telling, *(job.run() for job in jobs)], service.name):
        yield


def errands_of(service: Service[C, S], parts: Parts[C, S]) -> Mapping[str, Errand]:
    """What a service does with strangers, and what every service does for itself."""
    forget = service.forget(parts) if service.forget else None
    return {**_given(service.errands, parts), estate.ERASE: estate.erasing(service.erases, forget)}


def _given(mapping: Any, parts: Any) -> Any:
    return mapping(parts) if callable(mapping) else mapping


# --- what auth tells


def _keys_of_auth(mesh: Mesh) -> Fetch:
    stub = auth_pb2_grpc.AuthServiceStub(mesh.channel)

    async def fetch() -> bytes:
        body = await stub.GetJwks(auth_pb2.GetJwksRequest())
        return bytes(body.data)

    return fetch


def _resolve_by(mesh: Mesh) -> Resolve:
    stub = api_key_pb2_grpc.ApiKeyServiceStub(mesh.channel)

    async def resolve(digest: bytes) -> api_key_pb2.ResolvedApiKey | None:
        try:
            return await stub.ResolveApiKey(api_key_pb2.ResolveApiKeyRequest(digest=digest))
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise

    return resolve


def _ask_auth(mesh: Mesh) -> Ask:
    stub = organization_pb2_grpc.OrganizationServiceStub(mesh.channel)

    async def ask(organization: uuid.UUID, user: uuid.UUID) -> int:
        name = MEMBERS.format(Name(organization, user))
        try:
            member = await stub.GetMember(organization_pb2.GetMemberRequest(name=name))
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return 0
            raise
        return int(member.role)

    return ask
