"""What operators do with a service, over gRPC: the same methods in all of them.

Whatever changes something is written down in the transaction that changes it, with who did it.
"""

# ruff: noqa: N802 - the contract names the methods

from __future__ import annotations

import asyncio
import dataclasses
import importlib.metadata
import os
import platform
import re
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from google.protobuf import json_format, message_factory
from google.protobuf.message import DecodeError, Message

from services.kit import errors, estate, image
from services.kit.caller import caller
from services.kit.clock import now
from services.kit.db import SPENT, Database, Tx, sql
from services.kit.inbox import PAUSED, Inbox
from services.kit.log import logger
from services.kit.names import ORGANIZATIONS
from services.kit.outbox import stream_of
from services.kit.pages import MOST, USUAL, page
from services.kit.tables import dead_facts, operations, outbox
from services.kit.wire import duration, instant, timestamp
from turnout.bus.v1 import bus_pb2
from turnout.ops.v1 import operations_pb2, operations_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

# How many bytes of lines one message of an export has at least, unless it is the last.
CHUNK = 256 * 2**10
BEGAN = now()


class DeadLetterNotFound(errors.NotFound):
    message = "there is no fact {id} that was laid aside"
    id: str


class ConsumerNotFound(errors.NotFound):
    message = "facts of {source} are not heard here"
    source: str


class FilterNeeded(errors.Invalid):
    """Everything at once is what nobody means."""


# --- statements

_time = outbox.c.create_time.type
_MOST: Any = sa.bindparam("most")


def _if_given(name: str, type_: Any, condition: Callable[[Any], Any]) -> Any:
    given = sa.bindparam(name, type_=type_)
    return sa.or_(given.is_(None), condition(given))


_WANTED = (
    _if_given("subject", sa.Text, lambda given: outbox.c.subject == given),
    _if_given("since", _time, lambda given: outbox.c.create_time >= given),
    _if_given("before", _time, lambda given: outbox.c.create_time < given),
)
_FACTS = sql(
    sa.select(outbox)
    .where(
        *_WANTED,
        # The last part of a name.
        _if_given(
            "kind", sa.Text, lambda given: sa.func.split_part(outbox.c.type, ".", -1) == given
        ),
        _if_given("position", sa.BigInteger, lambda given: outbox.c.position < given),
    )
    .order_by(outbox.c.position.desc())
    .limit(_MOST)
)
_REPLAY = sql(
    sa.update(outbox)
    .where(
        *_WANTED,
        _if_given("id", sa.Uuid, lambda given: outbox.c.id == given),
        outbox.c.told_time.is_not(None),
    )
    .values(told_time=None)
)
_DEAD = sql(
    sa.select(dead_facts)
    .where(_if_given("position", sa.BigInteger, lambda given: dead_facts.c.position > given))
    .order_by(dead_facts.c.position)
    .limit(_MOST)
)
_DEAD_ONE = sql(sa.select(dead_facts).where(dead_facts.c.id == sa.bindparam("id")))
_DROP = sql(sa.delete(dead_facts).where(dead_facts.c.id == sa.bindparam("id")))
_NOTE = sql(
    sa.insert(operations).values(
        {name: sa.bindparam(name) for name in ("operator", "verb", "target", "reason")}
    )
)
_DONE = sql(
    sa.select(operations)
    .where(_if_given("position", sa.BigInteger, lambda given: operations.c.position < given))
    .order_by(operations.c.position.desc())
    .limit(_MOST)
)
_SCHEMA = sql(sa.text("select version_num from alembic_version"))
_SLOW = sql(
    sa.text(
        "select query, calls, total_exec_time as total, max_exec_time as longest"
        " from pg_stat_statements where dbid = (select oid from pg_database"
        " where datname = current_database()) and query not like '<%'"
        " order by total_exec_time desc limit :most"
    )
)


def note(tx: Tx, verb: str, target: str, reason: str) -> None:
    """Writes down what the caller does, with the commit."""
    tx.write(_NOTE, operator=caller().name, verb=verb, target=target, reason=reason)
    logger.warning("an operator did something", verb=verb, target=target, reason=reason)


@dataclass(frozen=True)
class Told:
    """What a process was told by its environment: the values of its settings and its config."""

    parts: tuple[Any, ...]

    def values(self) -> dict[str, str]:
        return {name: value for part in self.parts for name, value in _shown(part)}


class OperationsServicer(operations_pb2_grpc.OperationsServiceServicer):
    """`drain` takes the process out of service, and `drained` says whether it is."""

    def __init__(
        self,
        db: Database,
        inbox: Inbox,
        told: Told,
        *,
        drain: Callable[[], Any],
        drained: Callable[[], bool],
        page_key: bytes,
    ) -> None:
        self._db = db
        self._inbox = inbox
        self._told = told
        self._drain = drain
        self._drained = drained
        self._key = page_key
        self._sources = [stream.removeprefix(stream_of("")) for stream in inbox.streams]

    # --- the process

    async def GetProcess(
        self, request: operations_pb2.GetProcessRequest, context: Context
    ) -> operations_pb2.Process:
        return await self._process()

    async def GetConfiguration(
        self, request: operations_pb2.GetConfigurationRequest, context: Context
    ) -> operations_pb2.Configuration:
        return operations_pb2.Configuration(values=self._told.values())

    async def DrainProcess(
        self, request: operations_pb2.DrainProcessRequest, context: Context
    ) -> operations_pb2.Process:
        async def write(tx: Tx) -> None:
            note(tx, "DRAIN", f"{socket.gethostname()}/{os.getpid()}", request.reason)

        await self._db.run(write)
        await self._drain()
        return await self._process()

    async def _process(self) -> operations_pb2.Process:
        async def read(tx: Tx) -> str:
            row = await tx.maybe(_SCHEMA)
            return str(row.version_num) if row else ""

        return operations_pb2.Process(
            service=self._db.name,
            version=importlib.metadata.version("turnout"),
            build=self._told.parts[0].build,
            schema=await self._db.read(read),
            host=socket.gethostname(),
            pid=os.getpid(),
            start_time=timestamp(BEGAN),
            python=platform.python_version(),
            drained=self._drained(),
        )

    async def ListSlowStatements(
        self, request: operations_pb2.ListSlowStatementsRequest, context: Context
    ) -> operations_pb2.ListSlowStatementsResponse:
        most = min(request.page_size or USUAL, MOST)
        try:
            rows = await self._db.read(_slow, most)
        except psycopg.Error:
            # It is not installed, or not ours to read.
            return operations_pb2.ListSlowStatementsResponse(statements=_counted(most))
        return operations_pb2.ListSlowStatementsResponse(statements=rows, by_database=True)

    # --- facts

    async def ListFacts(
        self, request: operations_pb2.ListFactsRequest, context: Context
    ) -> operations_pb2.ListFactsResponse:
        asked = page(request, self._key)

        async def read(tx: Tx) -> list[Any]:
            return await tx.all(
                _FACTS,
                **_wanted(request),
                kind=request.kind or None,
                most=asked.limit,
                **asked.keys("position"),
            )

        rows, token = asked.cut(await self._db.read(read), lambda row: (row.position,))
        facts = [
            operations_pb2.ToldFact(
                id=str(row.id),
                subject=row.subject,
                kind=row.type,
                create_time=timestamp(row.create_time),
                tell_time=timestamp(row.told_time),
                json=as_json(row.body),
            )
            for row in rows
        ]
        return operations_pb2.ListFactsResponse(facts=facts, next_page_token=token)

    async def ReplayFacts(
        self, request: operations_pb2.ReplayFactsRequest, context: Context
    ) -> operations_pb2.ReplayFactsResponse:
        wanted = {**_wanted(request), "id": uuid.UUID(request.id) if request.id else None}
        if all(value is None for value in wanted.values()):
            raise FilterNeeded("subject", "or another filter must say which facts")

        async def replay(tx: Tx) -> int:
            target = " ".join(f"{k}={v}" for k, v in wanted.items() if v is not None)
            note(tx, "REPLAY", target, request.reason)
            return await tx.run(_REPLAY, **wanted)

        return operations_pb2.ReplayFactsResponse(count=await self._db.run(replay))

    # --- dead letters

    async def ListDeadLetters(
        self, request: operations_pb2.ListDeadLettersRequest, context: Context
    ) -> operations_pb2.ListDeadLettersResponse:
        asked = page(request, self._key)

        async def read(tx: Tx) -> list[Any]:
            return await tx.all(_DEAD, most=asked.limit, **asked.keys("position"))

        rows, token = asked.cut(await self._db.read(read), lambda row: (row.position,))
        return operations_pb2.ListDeadLettersResponse(
            dead_letters=[_dead_letter(row) for row in rows], next_page_token=token
        )

    async def GetDeadLetter(
        self, request: operations_pb2.GetDeadLetterRequest, context: Context
    ) -> operations_pb2.DeadLetter:
        async def read(tx: Tx) -> Any:
            return await tx.maybe(_DEAD_ONE, id=request.id)

        row = await self._db.read(read)
        if row is None:
            raise DeadLetterNotFound(request.id)
        return _dead_letter(row)

    async def RetryDeadLetter(
        self, request: operations_pb2.RetryDeadLetterRequest, context: Context
    ) -> operations_pb2.RetryDeadLetterResponse:
        async def write(tx: Tx) -> None:
            if await tx.maybe(_DEAD_ONE, id=request.id) is None:
                raise DeadLetterNotFound(request.id)
            note(tx, "RETRY", request.id, request.reason)

        await self._db.run(write)
        try:
            error = await self._inbox.revive_one(request.id)
        except LookupError:
            raise DeadLetterNotFound(request.id) from None
        said = f"{type(error).__name__}: {error}" if error else ""
        return operations_pb2.RetryDeadLetterResponse(revived=error is None, error=said)

    async def DropDeadLetter(
        self, request: operations_pb2.DropDeadLetterRequest, context: Context
    ) -> operations_pb2.DropDeadLetterResponse:
        async def drop(tx: Tx) -> None:
            if not await tx.run(_DROP, id=request.id):
                raise DeadLetterNotFound(request.id)
            note(tx, "DROP", request.id, request.reason)

        await self._db.run(drop)
        return operations_pb2.DropDeadLetterResponse()

    # --- consumers

    async def ListConsumers(
        self, request: operations_pb2.ListConsumersRequest, context: Context
    ) -> operations_pb2.ListConsumersResponse:
        return operations_pb2.ListConsumersResponse(consumers=await self._db.read(self._consumers))

    async def PauseConsumer(
        self, request: operations_pb2.PauseConsumerRequest, context: Context
    ) -> operations_pb2.Consumer:
        return await self._db.run(self._steer, "PAUSE", request.source, request.reason)

    async def ResumeConsumer(
        self, request: operations_pb2.ResumeConsumerRequest, context: Context
    ) -> operations_pb2.Consumer:
        return await self._db.run(self._steer, "RESUME", request.source, request.reason)

    async def _steer(self, tx: Tx, verb: str, source: str, reason: str) -> operations_pb2.Consumer:
        if source not in self._sources:
            raise ConsumerNotFound(source)
        note(tx, verb, source, reason)
        paused = verb == "PAUSE"
        return operations_pb2.Consumer(
            source=source, paused=paused, reason=reason if paused else ""
        )

    async def _consumers(self, tx: Tx) -> list[operations_pb2.Consumer]:
        paused = {row.target: row.reason for row in await tx.all(PAUSED)}
        return [
            operations_pb2.Consumer(
                source=source, paused=source in paused, reason=paused.get(source, "")
            )
            for source in self._sources
        ]

    async def ListOperations(
        self, request: operations_pb2.ListOperationsRequest, context: Context
    ) -> operations_pb2.ListOperationsResponse:
        asked = page(request, self._key)

        async def read(tx: Tx) -> list[Any]:
            return await tx.all(_DONE, most=asked.limit, **asked.keys("position"))

        rows, token = asked.cut(await self._db.read(read), lambda row: (row.position,))
        done = [
            operations_pb2.Operation(
                operator=row.operator,
                verb=row.verb,
                target=row.target,
                reason=row.reason,
                create_time=timestamp(row.create_time),
            )
            for row in rows
        ]
        return operations_pb2.ListOperationsResponse(operations=done, next_page_token=token)

    # --- organizations

    async def ExportOrganization(
        self, request: operations_pb2.ExportOrganizationRequest, context: Context
    ) -> AsyncIterator[operations_pb2.ExportedRows]:
        organization = ORGANIZATIONS.parse(request.name)
        # Few wait, so that who reads slowly holds up the reading and not our memory. After the
        # rows comes what the reading failed with, or None.
        found: asyncio.Queue[operations_pb2.ExportedRows | Exception | None] = asyncio.Queue(4)

        async def read(tx: Tx) -> None:
            for table in await estate.tables(tx):
                async for rows in _chunks(tx, table, organization):
                    await found.put(rows)

        async def fill() -> None:
            try:
                await self._db.read(read)
            except Exception as failure:  # noqa: BLE001 - raised where the rows are given
                await found.put(failure)
            else:
                await found.put(None)

        try:
            # Whoever goes away early leaves it waiting for room, and the group ends it.
            async with asyncio.TaskGroup() as group:
                group.create_task(fill())
                while (rows := await found.get()) is not None:
                    if isinstance(rows, Exception):
                        raise rows
                    yield rows
        except BaseExceptionGroup as failed:
            # A refusal is answered alone.
            raise failed.exceptions[0] from None

    async def EraseOrganization(
        self, request: operations_pb2.EraseOrganizationRequest, context: Context
    ) -> operations_pb2.EraseOrganizationResponse:
        organization = ORGANIZATIONS.parse(request.name)

        async def erase(tx: Tx) -> None:
            await estate.hasten(tx, organization, now())
            note(tx, "ERASE", request.name, request.reason)

        await self._db.run(erase)
        return operations_pb2.EraseOrganizationResponse()


# --- rendering

# What opens something for whoever reads it.
SECRET_FIELDS = frozenset({"link", "links", "token", "secret", "code", "uri", "password"})
SECRET_NAMES = re.compile(r"secret|password|token|(^|_)key|masters|credential|dsn|pepper")
USERINFO = re.compile(r"//[^/@\s]*@")
HIDDEN = "(secret)"


def as_json(body: bytes) -> str:
    """What a fact says, as JSON without what opens something; empty if it is none we know."""
    try:
        fact = bus_pb2.Fact.FromString(body)
        kind = _pool().FindMessageTypeByName(fact.body.TypeName())
        message = message_factory.GetMessageClass(kind).FromString(fact.body.value)
    except (DecodeError, KeyError):
        return ""
    _hide(message)
    return json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None)


def _pool() -> Any:
    global _whole
    if _whole is None:
        _whole = image.pool(())
    return _whole


_whole: Any = None


def _hide(message: Message) -> None:
    for field, value in message.ListFields():
        if field.name in SECRET_FIELDS and field.type == field.TYPE_STRING:
            message.ClearField(field.name)
            if not field.is_repeated:
                setattr(message, field.name, HIDDEN)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for inner in value if field.is_repeated else (value,):
                _hide(inner)


def _shown(part: Any, prefix: str = "") -> Iterable[tuple[str, str]]:
    """The fields of a dataclass, and of those in it."""
    if part is None:
        return
    for field in dataclasses.fields(part):
        value, name = getattr(part, field.name), f"{prefix}{field.name}"
        if not field.repr or SECRET_NAMES.search(field.name):
            yield name, HIDDEN if value else "(empty)"
        elif dataclasses.is_dataclass(value):
            yield from _shown(value, f"{name}.")
        elif isinstance(value, str | int | float | bool | timedelta | os.PathLike):
            yield name, USERINFO.sub("//", str(value))
        else:
            # Whatever it holds, its own words may tell too much.
            yield name, f"({type(value).__name__})"


def _wanted(request: Any) -> dict[str, Any]:
    return {
        "subject": request.subject or None,
        "since": instant(request.start_time) if request.HasField("start_time") else None,
        "before": instant(request.end_time) if request.HasField("end_time") else None,
    }


def _dead_letter(row: Any) -> operations_pb2.DeadLetter:
    return operations_pb2.DeadLetter(
        id=row.id,
        source=row.source,
        subject=row.subject,
        kind=row.type,
        error=row.error,
        tries=row.tries,
        create_time=timestamp(row.create_time),
        json=as_json(row.body),
    )


async def _slow(tx: Tx, most: int) -> list[operations_pb2.SlowStatement]:
    return [
        operations_pb2.SlowStatement(
            text=row.query,
            calls=row.calls,
            total=duration(timedelta(milliseconds=row.total)),
            longest=duration(timedelta(milliseconds=row.longest)),
        )
        for row in await tx.all(_SLOW, most=most)
    ]


def _counted(most: int) -> list[operations_pb2.SlowStatement]:
    worst = sorted(SPENT.items(), key=lambda item: item[1].total, reverse=True)
    return [
        operations_pb2.SlowStatement(
            text=text,
            calls=spent.calls,
            total=duration(timedelta(seconds=spent.total)),
            longest=duration(timedelta(seconds=spent.longest)),
        )
        for text, spent in worst[:most]
    ]


async def _chunks(
    tx: Tx, table: estate.Table, organization: uuid.UUID
) -> AsyncIterator[operations_pb2.ExportedRows]:
    lines = bytearray()
    async for line in estate.rows(tx, table, organization):
        lines += line.encode() + b"\n"
        if len(lines) >= CHUNK:
            yield operations_pb2.ExportedRows(table=table.name, lines=bytes(lines))
            lines.clear()
    if lines:
        yield operations_pb2.ExportedRows(table=table.name, lines=bytes(lines))
