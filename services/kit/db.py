"""Transactions and statements. The only commit in the code base is the one in this module.

SQLAlchemy declares the tables and composes the statements; psycopg runs them, prepared. Every
transaction is confined to one organization by row policies, and what it publishes or schedules
is written on the way to its commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import random
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import psycopg
import psycopg_pool
import sqlalchemy as sa
from google.protobuf import any_pb2
from google.protobuf.message import Message
from psycopg import errors as pg
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.dialects.postgresql import psycopg as dialects

from services.kit import errors, spans, telemetry, wire
from services.kit.arrays import packer
from services.kit.caller import caller
from services.kit.clock import left, now
from services.kit.ids import new_id
from services.kit.news import News
from services.kit.tables import due, outbox
from services.kit.telemetry import Trace
from services.kit.tenant import tenant
from turnout.bus.v1 import bus_pb2

P = ParamSpec("P")
T = TypeVar("T")
Connection = psycopg.AsyncConnection[Any]

TRIES = 5  # the first, and four more when other writers won
PATIENCE = 10.0  # seconds to wait for a connection
SUCCESSION = 0.5  # seconds between looks whether another process has given up what it did alone
# Seconds after which somebody else may do what a silent process did alone, and how often one that
# is there says so. One whose machine froze or was cut off would have kept the right for hours.
SILENT, PULSE = 5.0, 1.0
# Likewise of the rows that it has locked: nothing of ours thinks that long with a row in its hand.
LOST = 10.0
WAITING = 1000  # transactions that may wait for one
PREPARED = 500  # statements per connection
# A pipeline of fewer statements costs more than the round trips that it saves.
FEW = 2
# Who violates one of these came second, and finds at another try what the first one left.
YIELDING = frozenset({"answered_pkey"})
TYPES = "type.googleapis.com/"
SOON = timedelta(milliseconds=250)  # work due this soon does not wait for the worker's next look

# Whether this task holds a transaction. Whatever talks to the network refuses while it does.
in_transaction: contextvars.ContextVar[bool] = contextvars.ContextVar(
    "in_transaction", default=False
)


class Contended(errors.Stale):
    message = "other writers kept winning; try again"


class DatabaseAway(errors.Unreachable):
    message = "the database is not there; try again"


class DatabaseSlow(errors.Late):
    message = "the database did not answer before the deadline of the call"


class DatabaseBusy(errors.Exhausted):
    message = "too many requests wait for the database; try again"


# --- statements


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as psycopg takes it, and what may be filled into it."""

    text: str
    names: frozenset[str]
    defaults: Mapping[str, Any]
    processors: Mapping[str, Callable[[Any], Any]]

    def bind(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters, complete. A missing or unknown one is a TypeError."""
        values = {**self.defaults, **given}
        if values.keys() != self.names:
            raise TypeError(self._complaint(values))
        for name, process in self.processors.items():
            values[name] = process(values[name])
        return values

    def _complaint(self, values: Mapping[str, Any]) -> str:
        missing = ", ".join(sorted(self.names - values.keys())) or "none"
        unknown = ", ".join(sorted(values.keys() - self.names)) or "none"
        return f"missing parameters: {missing}; unknown parameters: {unknown}; in: {self.text}"


@dataclass(frozen=True, slots=True)
class Step:
    """A statement, and what is filled into it."""

    statement: Statement
    params: Mapping[str, Any] = field(default_factory=dict)

    def bound(self) -> tuple[str, dict[str, Any]]:
        """What psycopg takes."""
        return self.statement.text, self.statement.bind(self.params)


_dialect = dialects.dialect()  # type: ignore[no-untyped-call]


def sql(statement: sa.sql.base.Executable) -> Statement:
    """Compiles a SQLAlchemy Core statement, once; call it at import.

    `sa.bindparam(name)` makes a parameter of the call; one with a value is optional. Literals
    are filled in. An insert without `values` takes every column that the database does not
    fill itself. Lists go to Postgres as arrays: `column == sa.any_(sa.bindparam(name,
    type_=ARRAY(sa.Uuid)))`, and never `in_(bindparam)`, whose text changes with its length.
    """
    if isinstance(statement, sa.Insert):
        statement = _explicit(statement)
    compiled: Any = statement.compile(dialect=_dialect)  # type: ignore[attr-defined]
    if getattr(compiled, "insert_prefetch", ()) or getattr(compiled, "update_prefetch", ()):
        raise TypeError(f"give the column a server_default; in: {compiled.string}")
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    required = {name for name, bind in binds.items() if bind.required}
    if any(binds[name].expanding for name in required):
        raise TypeError(f"compare with sa.any_ of an array, not with in_; in: {compiled.string}")
    # Spreads out the literals of an `in_`.
    whole = compiled.construct_expanded_state(dict.fromkeys(required))
    processors = {name: _processor(bind) for name, bind in binds.items() if not bind.expanding}
    return Statement(
        text=_ARRAY.sub(r"%(\1)b\2", whole.statement),
        names=frozenset(whole.parameters),
        defaults={k: v for k, v in whole.parameters.items() if k not in required},
        processors={name: process for name, process in processors.items() if process},
    )


# Arrays travel in binary: as text, psycopg looks for quotes in each of their values, which takes
# longer than everything else that is done for a batch.
_ARRAY = re.compile(r"%\((\w+)\)s(::[A-Z0-9 (),]+\[\])")


def _explicit(statement: sa.Insert) -> sa.Insert:
    """Names the columns of an insert, and keeps SQLAlchemy from asking for the key back."""
    filled = statement._values or statement._multi_values or statement.select is not None
    if not filled:
        columns = [
            c
            for c in statement.table.columns
            if not (c.server_default is not None or c.identity or c.computed)
        ]
        statement = statement.values({c.key: sa.bindparam(c.key, type_=c.type) for c in columns})
    return statement if statement._returning else statement.inline()


def _processor(bind: Any) -> Callable[[Any], Any] | None:
    kind = bind.type
    if isinstance(kind, ARRAY):
        inner = kind.item_type.dialect_impl(_dialect).bind_processor(_dialect)
        # SQLAlchemy looks whether truths are true or false; so does who packs them.
        plain = inner is None or isinstance(kind.item_type, sa.Boolean)
        pack = packer(kind.item_type) if plain else None
        if pack is not None:
            return pack
    process: Callable[[Any], Any] | None = kind.dialect_impl(_dialect).bind_processor(_dialect)
    return process


_what = sa.func.hashtextextended(sa.bindparam("what", type_=sa.Text), 0)
_speaker = sa.func.set_config("turnout.caller", sa.bindparam("caller", type_=sa.Text), sa.true())
_together = sa.func.set_config(
    "turnout.organizations", sa.bindparam("organizations", type_=sa.Text), sa.true()
)
_TAKE_PART = sql(sa.select(_together.label("organizations")))
_SPEAK_FOR = sql(sa.select(_speaker.label("caller")))
_CLAIM = sql(sa.select(sa.func.pg_try_advisory_lock(_what).label("mine")))


def given(**types: Any) -> Any:
    """A table of what the call gives: one list per column, as parameters of these names.

    So a statement about many rows keeps its text, however many they are.
    """
    lists = [sa.bindparam(name, type_=ARRAY(type_)) for name, type_ in types.items()]
    columns = [sa.column(name, type_) for name, type_ in types.items()]
    return sa.func.unnest(*lists).table_valued(*columns, name="given").render_derived()


# --- transactions


@dataclass(slots=True)
class Spent:
    """How often a statement was waited for in this process, and for how many seconds."""

    calls: int = 0
    total: float = 0.0
    longest: float = 0.0


# By the text of the statement; those that end a transaction are not among them.
SPENT: dict[str, Spent] = {}


def spent(statement: Statement, seconds: float) -> None:
    found = SPENT.get(statement.text)
    if found is None:
        found = SPENT[statement.text] = Spent()
    found.calls += 1
    found.total += seconds
    found.longest = max(found.longest, seconds)


@dataclass(slots=True)
class Session:
    """A connection that runs statements.

    Rows are named tuples with Python values: `uuid.UUID`, aware `datetime`, `bytes`, what
    `json.loads` makes of a jsonb, lists for arrays.
    """

    connection: Connection
    # What its statements are parts of, while somebody is told of traces.
    trace: Trace | None = field(default=None, kw_only=True)

    async def one(self, statement: Statement, /, **params: Any) -> Any:
        """The row there must be; another number of rows is a LookupError."""
        rows = await self.all(statement, **params)
        if len(rows) != 1:
            raise LookupError(f"{len(rows)} rows where there must be one; from: {statement.text}")
        return rows[0]

    async def maybe(self, statement: Statement, /, **params: Any) -> Any:
        """The row, or None; more than one is a LookupError."""
        rows = await self.all(statement, **params)
        if len(rows) > 1:
            raise LookupError(f"{len(rows)} rows where there may be one; from: {statement.text}")
        return rows[0] if rows else None

    async def all(self, statement: Statement, /, **params: Any) -> list[Any]:
        """All the rows."""
        began = time.perf_counter()
        cursor = await self.connection.execute(statement.text, statement.bind(params))
        self._spent(statement, time.perf_counter() - began)
        return await cursor.fetchall()

    async def run(self, statement: Statement, /, **params: Any) -> int:
        """Runs it, and says how many rows it touched."""
        began = time.perf_counter()
        cursor = await self.connection.execute(statement.text, statement.bind(params))
        self._spent(statement, time.perf_counter() - began)
        return cursor.rowcount

    async def many(self, statement: Statement, rows: Iterable[Mapping[str, Any]], /) -> int:
        """Runs it for each of `rows`, in one go, and says how many rows that touched in all."""
        began = time.perf_counter()
        async with self.connection.cursor() as cursor:
            await cursor.executemany(statement.text, [statement.bind(row) for row in rows])
            self._spent(statement, time.perf_counter() - began)
            return cursor.rowcount

    def _spent(self, statement: Statement, seconds: float) -> None:
        spent(statement, seconds)
        if self.trace is not None:
            span = telemetry.begin(str(self.trace))
            about = {**_SQL, "db.query.text": statement.text}
            spans.add(span, statement.text.split(None, 1)[0], spans.CLIENT, seconds, **about)


@dataclass(slots=True)
class Tx(Session):
    """One transaction, and the facts and the work that come with its commit."""

    source: str
    # What is written on the way to the commit, before the facts and the work.
    writes: list[Step] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    work: dict[tuple[str, uuid.UUID], tuple[uuid.UUID | None, datetime] | None] = field(
        default_factory=dict
    )
    # Work that has to be done by a time, and may be due earlier already.
    latest: dict[tuple[str, uuid.UUID], tuple[uuid.UUID | None, datetime]] = field(
        default_factory=dict
    )
    # What those who watch are told to look at again, after the commit.
    news: set[str] = field(default_factory=set)
    # When its facts were told, once one was: they become true at one moment.
    stamp: tuple[datetime, Any] | None = None

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undoes what is done inside when it raises, and leaves the rest of the transaction."""
        writes, facts, news = list(self.writes), list(self.facts), set(self.news)
        work, latest = dict(self.work), dict(self.latest)
        try:
            async with self.connection.transaction():
                yield
        except BaseException:
            self.writes, self.facts, self.news = writes, facts, news
            self.work, self.latest = work, latest
            raise

    def write(self, statement: Statement, /, **params: Any) -> None:
        """Runs it on the way to the commit, in the same round trip as all that is left to do.

        For what nothing in the transaction reads any more.
        """
        self.writes.append(Step(statement, params))

    async def take_part(self, organizations: Iterable[uuid.UUID]) -> None:
        """Makes this transaction one about several organizations, for `kit.tables.batched`."""
        await self.one(_TAKE_PART, organizations=",".join(map(str, organizations)))

    async def speak_for(self, name: str) -> None:
        """Shows the rest of the transaction what row policies show to the caller of that name."""
        await self.one(_SPEAK_FOR, caller=name)

    def publish(self, fact: Message, *, subject: str, traceparent: str | None = None) -> None:
        """Tells the other services that `fact` is true of `subject` (a name), once it is.

        Facts of one subject arrive in the order of their commits when its writers hold its row.
        They belong to the current trace, or to that of `traceparent`.
        """
        if self.stamp is None:
            at = now()
            self.stamp = at, wire.timestamp(at)
        id, (at, stamp) = new_id(), self.stamp
        kind = fact.DESCRIPTOR.full_name
        body = bus_pb2.Fact(
            id=str(id),
            source=self.source,
            subject=subject,
            traceparent=telemetry.traceparent() if traceparent is None else traceparent,
            create_time=stamp,
            body=any_pb2.Any(type_url=TYPES + kind, value=fact.SerializeToString()),
        )
        self.facts.append(
            {
                "id": id,
                "organization": organization_of(subject),
                "subject": subject,
                "type": kind,
                "body": body.SerializeToString(),
                "create_time": at,
            }
        )

    def schedule(
        self, kind: str, organization: uuid.UUID | None, id: uuid.UUID, at: datetime
    ) -> None:
        """Has the worker do `kind` for `id` at that time, in place of any earlier time."""
        self.work[kind, id] = (organization, at)

    def stir(self, topic: str) -> None:
        """Has everybody look who watches a topic of `kit.news`, once this is committed."""
        self.news.add(topic)

    def schedule_by(
        self, kind: str, organization: uuid.UUID | None, id: uuid.UUID, at: datetime
    ) -> None:
        """Has the worker do `kind` for `id` at that time at the latest; an earlier time stays.

        For an errand that many wait for, and that schedules itself anew while somebody does. It
        is cheap where there is such work already: that row is read and not written. So whoever
        calls this must hold a lock that the errand takes before it looks who waits.
        """
        known = self.latest.get((kind, id))
        if known is None or at < known[1]:
            self.latest[kind, id] = (organization, at)

    def unschedule(self, kind: str, id: uuid.UUID) -> None:
        """Has the worker not do it."""
        self.work[kind, id] = None


def organization_of(name: str) -> uuid.UUID | None:
    """The organization in a resource's name; None of what belongs to none."""
    found = _ORGANIZATION.match(name)
    return _id(found[1]) if found else None


_ORGANIZATION = re.compile(r"organizations/([0-9a-f-]{36})(?:/|$)")
_id = functools.lru_cache(maxsize=1000)(uuid.UUID)


@contextlib.contextmanager
def refuse_on(constraint: str, refusal: errors.Refusal) -> Iterator[None]:
    """Turns the violation of a named constraint into a refusal; it ends the transaction."""
    try:
        yield
    except psycopg.IntegrityError as error:
        if error.diag.constraint_name != constraint:
            raise
        raise refusal from None


@dataclass(frozen=True)
class Database:
    """A service's own database, seen by its lesser role.

    `told` and `scheduled` are set when a commit of this process leaves facts for the relay, or
    work for the worker that is due soon; each has one reader, which clears it.
    """

    name: str
    pool: psycopg_pool.AsyncConnectionPool[Connection]
    told: asyncio.Event = field(default_factory=asyncio.Event)
    scheduled: asyncio.Event = field(default_factory=asyncio.Event)
    # What changed, for those who watch; see `kit.news`.
    news: News = field(default_factory=News)

    @classmethod
    async def open(cls, url: str, name: str, size: int = 10, *, wait: bool = True) -> Self:
        """Connects as the service `name`; raises `DatabaseAway` when nobody is there.

        Without `wait` it goes on trying in the background, for a process that may be up first.
        """
        pool: psycopg_pool.AsyncConnectionPool[Connection] = psycopg_pool.AsyncConnectionPool(
            url,
            min_size=min(2, size),
            max_size=size,
            max_waiting=WAITING,
            timeout=PATIENCE,
            kwargs=_options(name),
            configure=_configure,
            open=False,
            name=name,
        )
        try:
            await pool.open(wait=wait, timeout=PATIENCE)
        except psycopg_pool.PoolTimeout:
            raise DatabaseAway() from None
        return cls(name, pool)

    async def close(self) -> None:
        await self.pool.close()

    async def run(
        self, action: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs `action` in a transaction, again from the start when Postgres asks for it.

        READ COMMITTED. Raises what the action raises; `Contended` when other writers kept
        winning; `DatabaseAway`, after which the commit may or may not have happened.
        """
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(random.uniform(0, 0.005 * 4**attempt))
            try:
                async with self._transaction("begin") as tx:
                    result = await action(tx, *args, **kwargs)
                    await _finish(tx)
            except (pg.SerializationFailure, pg.DeadlockDetected):
                continue
            except pg.UniqueViolation as error:
                if error.diag.constraint_name not in YIELDING:
                    raise
                continue
            self._wake(tx)
            return result
        raise Contended()

    async def read(
        self, action: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs `action` on one unchanging view of the database. It cannot write."""
        begin = "begin isolation level repeatable read read only"
        async with self._transaction(begin) as tx:
            result = await action(tx, *args, **kwargs)
            if tx.writes or tx.facts or tx.work or tx.latest:
                raise RuntimeError("a reading transaction published or scheduled something")
            await _commit(tx.connection)
        return result

    @contextlib.asynccontextmanager
    async def alone(self, what: str) -> AsyncIterator[Session]:
        """Waits until no other process of the service does `what`, and keeps them from it.

        The right lasts as long as the session's connection, and that as long as the process does
        not fall silent; a statement on it tells whether it still does. Every statement is a
        transaction of its own.
        """
        url = str(self.pool.conninfo)
        connecting = psycopg.AsyncConnection.connect(url, **_options(self.name))
        async with await connecting as connection:
            await _configure(connection)
            await connection.execute(f"set idle_session_timeout = '{SILENT}s'", prepare=False)
            session = Session(connection)
            # Not `pg_advisory_lock`: a statement that waits for hours holds up vacuum.
            while not (await session.one(_CLAIM, what=what)).mine:  # noqa: ASYNC110
                await asyncio.sleep(SUCCESSION)
            # A group would hand what the caller raises on in a group.
            pulse = asyncio.get_running_loop().create_task(_beat(connection))
            try:
                yield session
            finally:
                pulse.cancel()
                await asyncio.wait([pulse])

    @contextlib.asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[Connection]:
        """A connection of its own that hears what is notified on a channel."""
        url = str(self.pool.conninfo)
        connecting = psycopg.AsyncConnection.connect(url, **_options(self.name))
        async with await connecting as connection:
            await connection.execute(f"listen {channel}", prepare=False)
            yield connection

    @contextlib.asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[Tx]:
        """A transaction that the caller commits, and that is rolled back otherwise."""
        if in_transaction.get():
            raise RuntimeError("a transaction is open already; pass its Tx on")
        connection = await self._begin(begin)
        flag = in_transaction.set(True)
        try:
            with spans.part("transaction", spans.CLIENT, **_SQL) as trace:
                yield Tx(connection, self.name, trace=trace)
        except psycopg.OperationalError as error:
            await _abandon(connection)
            if connection.closed:
                raise DatabaseAway() from error
            if isinstance(error, pg.QueryCanceled) and left() is not None:
                raise DatabaseSlow() from error
            raise
        except BaseException:
            await _abandon(connection)
            raise
        finally:
            in_transaction.reset(flag)
            await self._put_back(connection)

    async def _begin(self, begin: str) -> Connection:
        # A connection may have died in the pool, say when Postgres was restarted. Nothing has
        # happened on it yet, so the next one will do; there are no more than the pool holds.
        for _ in range(self.pool.max_size + 1):
            connection = await self._take()
            try:
                # One round trip, by the simple protocol, which takes several statements.
                await connection.execute(f"{begin};{_confined()}", prepare=False)
                return connection
            except BaseException as error:
                await _abandon(connection)
                broken = connection.closed and isinstance(error, psycopg.OperationalError)
                await self._put_back(connection)
                if not broken:
                    raise
        raise DatabaseAway()

    async def _take(self) -> Connection:
        seconds = left()
        try:
            return await self.pool.getconn(PATIENCE if seconds is None else min(PATIENCE, seconds))
        except psycopg_pool.TooManyRequests:
            raise DatabaseBusy() from None
        except psycopg_pool.PoolTimeout:
            raise (DatabaseSlow() if left() == 0 else DatabaseAway()) from None

    async def _put_back(self, connection: Connection) -> None:
        # Shielded: a cancellation in here would lose the connection to the pool for good.
        await asyncio.shield(self.pool.putconn(connection))

    def _wake(self, tx: Tx) -> None:
        if tx.facts:
            self.told.set()
        if tx.news:
            self.news.tell(tx.news)
        if not tx.work and not tx.latest:
            return
        soon = now() + SOON
        entries = (*tx.work.values(), *tx.latest.values())
        if any(entry is not None and entry[1] <= soon for entry in entries):
            self.scheduled.set()


async def _beat(connection: Connection) -> None:
    """Says that the process is there, for as long as the connection lasts."""
    # Who uses the connection finds out by themselves that it does not.
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            await asyncio.sleep(PULSE)
            await connection.execute("select 1", prepare=False)


_SQL = {"db.system.name": "postgresql"}


def _options(name: str) -> dict[str, Any]:
    return {
        "autocommit": True,
        "prepare_threshold": 1,
        "row_factory": namedtuple_row,
        "application_name": f"turnout-{name}",
        "connect_timeout": int(PATIENCE),
        # A server whose machine is gone says nothing: found out in as many seconds.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": int(PATIENCE * 1000),
    }


async def _configure(connection: Connection) -> None:
    """Lets a transaction that its process forgot end by itself, and many statements be prepared."""
    connection.prepared_max = PREPARED
    await connection.execute(
        f"set timezone = 'UTC'; set idle_in_transaction_session_timeout = '{LOST}s'",
        prepare=False,
    )


def _confined() -> str:
    """Sets, until the end of the transaction, whose rows it sees and how long it may take."""
    settings = [
        f"set_config('turnout.organization', '{tenant.get() or ''}', true)",
        f"set_config('turnout.caller', {_quoted(caller().name)}, true)",
    ]
    seconds = left()
    if seconds is not None:
        settings.append(f"set_config('statement_timeout', '{int(seconds * 1000) + 1}', true)")
    return "select " + ",".join(settings)


def _quoted(text: str) -> str:
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


async def _finish(tx: Tx) -> None:
    """Writes what is left to write, and commits: all in one round trip if that is much."""
    steps = [*tx.writes, *_record(tx)]
    if len(steps) < FEW:
        for step in steps:
            await tx.connection.execute(*step.bound())
        await _commit(tx.connection)
        return
    async with tx.connection.pipeline():
        for step in steps:
            await tx.connection.execute(*step.bound())
        cursor = await tx.connection.execute("commit", prepare=False)
    _check(cursor)


async def _commit(connection: Connection) -> None:
    _check(await connection.execute("commit", prepare=False))


def _check(cursor: Any) -> None:
    if cursor.statusmessage != "COMMIT":
        # Postgres answers the commit of a failed transaction with ROLLBACK and no error.
        raise RuntimeError("the action went on after a statement had failed; nothing was kept")


async def _abandon(connection: Connection) -> None:
    """Rolls back, or closes the connection if that cannot be done."""
    try:
        if connection.pgconn.transaction_status != TransactionStatus.IDLE:
            await connection.execute("rollback", prepare=False)
    except psycopg.Error:
        await connection.close()
    except BaseException:
        await connection.close()
        raise


# --- what a commit takes along


# One row is what most transactions write; a list of one costs twice as much as the row itself.
_FACT = ("id", "organization", "subject", "type", "body", "create_time")
_ADD_FACT = sql(insert(outbox).values({name: sa.bindparam(name) for name in _FACT}))
_facts = given(**{name: outbox.c[name].type for name in _FACT})
_ADD_FACTS = sql(insert(outbox).from_select(_FACT, sa.select(*_facts.c)))

_WORK = ("kind", "id", "organization", "due_time")


def _over(scheduling: Any) -> Statement:
    """Puts new work in the place of old."""
    return sql(
        scheduling.on_conflict_do_update(
            index_elements=[due.c.kind, due.c.id],
            set_={
                "organization": scheduling.excluded.organization,
                "due_time": scheduling.excluded.due_time,
                # Tells a worker that is at it right now that it was scheduled anew meanwhile.
                "attempts": 0,
            },
        )
    )


_SCHEDULE = _over(insert(due).values({name: sa.bindparam(name) for name in _WORK}))
_work = given(**{name: due.c[name].type for name in _WORK})
_SCHEDULE_ALL = _over(insert(due).from_select(_WORK, sa.select(*_work.c)))
_at_once = sa.and_(
    due.c.kind == _work.c.kind,
    due.c.id == _work.c.id,
    due.c.due_time <= _work.c.due_time,
    # Who is at it may have looked already.
    due.c.lease_time.is_(None),
)
_open = insert(due).from_select(
    _WORK, sa.select(*_work.c).where(~sa.exists().where(_at_once).correlate(_work))
)
_SCHEDULE_BY = sql(
    _open.on_conflict_do_update(
        index_elements=[due.c.kind, due.c.id],
        set_={"due_time": sa.func.least(due.c.due_time, _open.excluded.due_time), "attempts": 0},
    )
)
_gone = given(kind=sa.Text, id=sa.Uuid)
_UNSCHEDULE = sql(sa.delete(due).where(due.c.kind == _gone.c.kind, due.c.id == _gone.c.id))


def _record(tx: Tx) -> list[Step]:
    """What writes the facts and the work of a transaction, as its last statements."""
    # Always in the same order, so that two transactions cannot wait for each other.
    work = sorted(tx.work.items(), key=lambda item: item[0])
    later = [dict(zip(_WORK, (*key, *at), strict=True)) for key, at in work if at is not None]
    latest = [dict(zip(_WORK, (*key, *at), strict=True)) for key, at in sorted(tx.latest.items())]
    never = [{"kind": kind, "id": id} for (kind, id), at in work if at is None]
    return [
        *_step(later, _SCHEDULE, _SCHEDULE_ALL),
        *_step(latest, None, _SCHEDULE_BY),
        *_step(never, None, _UNSCHEDULE),
        *_step(tx.facts, _ADD_FACT, _ADD_FACTS),
    ]


def _step(rows: list[dict[str, Any]], one: Statement | None, many: Statement) -> list[Step]:
    if len(rows) == 1 and one is not None:
        return [Step(one, rows[0])]
    if rows:
        return [Step(many, {name: [row[name] for row in rows] for name in rows[0]})]
    return []
