"""The inbox: takes what became true in other services, and lets it take effect here once.

The id of a fact is written down in the same transaction as its effect, and the entry of the
stream is acknowledged after the commit, so a crash in between changes nothing. The facts that one
service tells about one organization take effect in the order in which they were told. One that
fails is tried again for a while, then laid aside with its error, and the others go on.
"""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import redis.exceptions
import sqlalchemy as sa
from google.protobuf.message import DecodeError, Message
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit import erasure, spans, telemetry
from services.kit.caller import SYSTEM, acting
from services.kit.carrier import carrier
from services.kit.clock import now
from services.kit.db import Database, Session, Tx, given, organization_of, sql
from services.kit.estate import bequeath
from services.kit.log import logger
from services.kit.names import SESSIONS, USERS
from services.kit.outbox import stream_of
from services.kit.patience import AWAY, Patience, heed, pause
from services.kit.revocations import revoke
from services.kit.tables import dead_facts, heard, members, operations, strict
from services.kit.tenant import within
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import api_key_pb2, auth_pb2, organization_pb2
from turnout.bus.v1 import bus_pb2

BATCH = 100
BLOCK = 1000  # milliseconds to wait for news
LANES = 4  # organizations whose facts take effect side by side
TRIES = 8
TIDY = 3600.0
# A day longer than the relays of the others may tell a fact again.
KEPT = timedelta(days=8)


@dataclass(frozen=True)
class Heard:
    """Where a fact came from."""

    id: uuid.UUID
    source: str
    subject: str
    organization: uuid.UUID | None
    create_time: datetime


# Gets the fact as the message that was published. Its transaction sees the rows of the fact's
# organization, and is the service's own doing.
Handler = Callable[[Tx, Any, Heard], Awaitable[None]]
# A fact as the message that was published, and where it came from.
Told = tuple[Any, Heard]


@dataclass(frozen=True)
class Together:
    """A handler of many facts at a time, all in one transaction.

    It gets what one service told about one organization, one right after the other, in that
    order, and only what was not heard before. When it raises, the facts are tried again in
    halves, and a fact that fails by itself is laid aside like any other.
    """

    hear: Callable[[Tx, Sequence[Told]], Awaitable[None]]

    async def __call__(self, tx: Tx, fact: Any, heard: Heard) -> None:
        await self.hear(tx, [(fact, heard)])


class Unreadable(Exception):
    """What came is no fact; trying again does not help."""


@dataclass(frozen=True)
class Entry:
    """One entry of a stream: a fact, or what `fact` without an id stands for."""

    stream: str
    position: bytes
    body: bytes
    fact: bus_pb2.Fact

    @property
    def id(self) -> str:
        return self.fact.id or f"{self.stream}/{self.position.decode()}"

    @property
    def lane(self) -> tuple[str, str]:
        """What has to happen in order has the same lane."""
        owner = organization_of(self.fact.subject)
        return self.stream, str(owner or self.fact.subject)


_later = operations.alias()
_steered = _later.c.verb == sa.any_(sa.literal(["PAUSE", "RESUME"], ARRAY(sa.Text)))
_overruled = sa.exists().where(
    _later.c.target == operations.c.target,
    _later.c.position > operations.c.position,
    _steered,
)
# The services whose facts wait, and why.
PAUSED = sql(
    sa.select(operations.c.target, operations.c.reason).where(
        operations.c.verb == "PAUSE", ~_overruled
    )
)
_HEAR = sql(
    insert(heard).values(id=sa.bindparam("id")).on_conflict_do_nothing().returning(heard.c.id)
)
_many = given(id=sa.Uuid)
_HEAR_ALL = sql(
    insert(heard)
    .from_select(["id"], sa.select(_many.c.id), include_defaults=False)
    .on_conflict_do_nothing()
    .returning(heard.c.id)
)
_old = sa.select(heard.c.id).where(heard.c.heard_time < sa.bindparam("before")).limit(10_000)
_PURGE = sql(sa.delete(heard).where(heard.c.id.in_(_old)))
_bury = insert(dead_facts).values(
    {c: sa.bindparam(c) for c in ("id", "source", "subject", "type", "body", "error", "tries")}
)
_BURY = sql(
    _bury.on_conflict_do_update(
        index_elements=[dead_facts.c.id],
        set_={"error": _bury.excluded.error, "tries": dead_facts.c.tries + _bury.excluded.tries},
    )
)
_DEAD = sql(
    sa.select(dead_facts.c.id, dead_facts.c.source, dead_facts.c.body).order_by(
        dead_facts.c.position
    )
)
_RAISE = sql(sa.delete(dead_facts).where(dead_facts.c.id == sa.bindparam("id")))


class Inbox:
    """Hears facts for one service. Of many inboxes of a service one is at work at a time.

    `hears` has a handler per message type. Every service but auth also hears who is a member of
    which organization, into the table `members`, which sessions ended, into `revoked`, and which
    organizations are no more, whose rows go some time later.
    `hurry` divides the waits between tries.
    """

    def __init__(
        self,
        db: Database,
        redis_url: str,
        hears: Mapping[type[Message], Handler],
        *,
        hurry: float = 1.0,
    ) -> None:
        self._db = db
        # None where facts are only revived.
        self._redis: Any = carrier(redis_url) if redis_url else None
        self._handlers = _by_name([hears, {} if db.name == "auth" else OF_AUTH])
        self.streams = sorted({stream_of(_source(name)) for name in self._handlers})
        self._hurry = hurry
        self._tidied = float("-inf")
        # The streams that operators let wait.
        self._paused: set[str] = set()

    async def run(self) -> None:
        """Hears what there is to hear, until it is cancelled. Returns when that is nothing."""
        patience = Patience(f"inbox of {self._db.name}")
        try:
            while self.streams:
                heed()
                try:
                    async with self._db.alone("inbox") as session:
                        await self._hear_for_ever(session, patience)
                except AWAY as error:
                    await patience.wait(error)
        finally:
            await self._redis.aclose()

    async def revive_one(self, id: str) -> Exception | None:
        """Tries one of the facts that were laid aside once more; what it failed with, if it did.

        Raises LookupError when there is none of that id.
        """
        rows = [row for row in await self._db.read(self._dead) if row.id == id]
        if not rows:
            raise LookupError(id)
        [row] = rows
        entry = Entry(stream_of(row.source), b"", row.body, _fact(row.body))
        try:
            await self._take_effect(entry, dead=id)
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - kept with the fact
            await self._db.run(self._lay_aside, entry, error, tries=1, id=id)
            return error
        return None

    async def revive(self) -> int:
        """Tries the facts that were laid aside once more, and says how many took effect."""
        revived = 0
        for row in await self._db.read(self._dead):
            entry = Entry(stream_of(row.source), b"", row.body, _fact(row.body))
            try:
                await self._take_effect(entry, dead=row.id)
                revived += 1
            except AWAY:
                raise
            except Exception as error:  # noqa: BLE001 - kept with the fact
                await self._db.run(self._lay_aside, entry, error, tries=1, id=row.id)
        return revived

    async def _hear_for_ever(self, session: Session, patience: Patience) -> None:
        for stream in self.streams:
            await self._join(stream)
        await self._heed_pauses(session)
        await self._catch_up()
        while True:
            heed()
            patience.fine()
            # Raises if the connection is gone, and somebody else hears.
            if await self._heed_pauses(session):
                await self._catch_up()
            if len(self._paused) < len(self.streams):
                await self._next(">")
            else:
                await asyncio.sleep(BLOCK / 1000)
            if time.monotonic() - self._tidied >= TIDY:
                await self._tidy(session)

    async def _catch_up(self) -> None:
        """Takes in what was delivered before and not acknowledged: it is older than all else."""
        while len(self._paused) < len(self.streams) and await self._next("0"):
            heed()

    async def _heed_pauses(self, session: Session) -> bool:
        """Reads which streams wait, and says whether one of them waits no more."""
        told = {stream_of(row.target) for row in await session.all(PAUSED)}
        waiting, before = told.intersection(self.streams), self._paused
        if waiting != before:
            logger.info("the facts that wait are others now", streams=sorted(waiting))
        self._paused = waiting
        return bool(before - waiting)

    async def _join(self, stream: str) -> None:
        try:
            await self._redis.xgroup_create(stream, self._db.name, id="0", mkstream=True)
        except redis.exceptions.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def _next(self, after: str) -> int:
        """Takes in the next entries, and says how many there were."""
        streams = {stream: after for stream in self.streams if stream not in self._paused}
        name = self._db.name
        found = await self._redis.xreadgroup(name, name, streams, count=BATCH, block=BLOCK)
        entries = [
            Entry(stream.decode(), position, body := (fields or {}).get(b"body", b""), _fact(body))
            for stream, batch in found
            for position, fields in batch
        ]
        if entries:
            await self._take_in(entries)
        return len(entries)

    async def _take_in(self, entries: Sequence[Entry]) -> None:
        lanes: dict[tuple[str, str], list[Entry]] = {}
        for entry in entries:
            lanes.setdefault(entry.lane, []).append(entry)
        room = asyncio.Semaphore(LANES)
        async with asyncio.TaskGroup() as group:
            for lane in lanes.values():
                group.create_task(self._take_lane(lane, room))
        async with self._redis.pipeline(transaction=False) as pipe:
            for entry in entries:
                pipe.xack(entry.stream, self._db.name, entry.position)
            await pipe.execute()

    async def _take_lane(self, lane: Sequence[Entry], room: asyncio.Semaphore) -> None:
        async with room:
            for together, entries in itertools.groupby(lane, self._together):
                if together is None:
                    for entry in entries:
                        await self._take(entry)
                else:
                    await self._take_all(together, list(entries))

    def _together(self, entry: Entry) -> Together | None:
        """Who takes a fact along with its neighbours, if anybody does."""
        match self._handlers.get(entry.fact.body.TypeName(), []):
            case [(_, Together() as together)] if entry.fact.id:
                return together
        return None

    async def _take_all(self, together: Together, entries: Sequence[Entry]) -> None:
        """Lets facts take effect in one transaction; each half by itself when that fails."""
        if len(entries) == 1:
            await self._take(entries[0])
        elif not await self._take_together(together, entries):
            middle = len(entries) // 2
            await self._take_all(together, entries[:middle])
            await self._take_all(together, entries[middle:])

    async def _take_together(self, together: Together, entries: Sequence[Entry]) -> bool:
        """Whether all of them took effect. Waits as long as the database is away."""
        patience = Patience(f"inbox of {self._db.name}")
        while True:
            heed()
            try:
                await self._take_effect_together(together, entries)
            except AWAY as away:
                await patience.wait(away)
            except Exception as failure:  # noqa: BLE001 - kept with the fact that is to blame
                logger.info("facts are tried in halves", facts=len(entries), error=str(failure))
                return False
            else:
                patience.fine()
                return True

    async def _take(self, entry: Entry) -> None:
        """Lets a fact take effect, or lays it aside. Waits as long as the database is away."""
        patience = Patience(f"inbox of {self._db.name}")
        failures, error = 0, Exception()
        while True:
            heed()
            try:
                if failures >= TRIES:
                    await self._db.run(self._lay_aside, entry, error, tries=failures, id=entry.id)
                else:
                    await self._take_effect(entry)
                return patience.fine()
            except AWAY as away:
                await patience.wait(away)
            except Unreadable as unreadable:
                failures, error = TRIES, unreadable
            except Exception as failure:  # noqa: BLE001 - kept with the fact
                failures, error = failures + 1, failure
                await asyncio.sleep(pause(failures - 1) / self._hurry)

    async def _take_effect(self, entry: Entry, dead: str | None = None) -> None:
        """Runs the handlers of a fact that was not heard before. `dead` is where it was laid."""
        fact = entry.fact
        if not fact.id:
            raise Unreadable("the entry holds no fact")
        heard = _heard(fact)
        handlers = self._handlers.get(fact.body.TypeName(), [])
        calls = [(handler, _unpacked(kind, fact)) for kind, handler in handlers]
        if not calls and dead is None:
            return
        who = SYSTEM(self._db.name)
        with (
            within(heard.organization),
            acting(who),
            telemetry.following(fact.traceparent),
            spans.here(f"hear {fact.body.TypeName()}", spans.CONSUMER, **_said(fact)),
        ):
            await self._db.run(_hear, calls, heard, dead)

    async def _take_effect_together(self, together: Together, entries: Sequence[Entry]) -> None:
        told = []
        for entry in entries:
            ((kind, _),) = self._handlers[entry.fact.body.TypeName()]
            told.append((_unpacked(kind, entry.fact), _heard(entry.fact)))
        traces = {entry.fact.traceparent for entry in entries}
        # What belongs to several traces belongs to none of them.
        trace = traces.pop() if len(traces) == 1 else ""
        who = SYSTEM(self._db.name)
        with (
            within(told[0][1].organization),
            acting(who),
            telemetry.following(trace),
            spans.here(f"hear {entries[0].fact.body.TypeName()}", spans.CONSUMER),
        ):
            await self._db.run(hear_together, together, told)

    async def _lay_aside(
        self, tx: Tx, entry: Entry, error: Exception, *, tries: int, id: str
    ) -> None:
        fact = entry.fact
        source = entry.stream.removeprefix(stream_of(""))
        what = f"{type(error).__name__}: {error}"
        about = {"subject": fact.subject, "type": fact.body.TypeName()}
        await tx.run(_BURY, id=id, source=source, body=entry.body, error=what, tries=tries, **about)
        logger.error("a fact was laid aside", id=id, source=source, error=what, **about)

    async def _dead(self, tx: Tx) -> list[Any]:
        return await tx.all(_DEAD)

    async def _tidy(self, session: Session) -> None:
        """Forgets what nobody tells again."""
        while await session.run(_PURGE, before=now() - KEPT):
            pass
        self._tidied = time.monotonic()


async def _hear(
    tx: Tx, calls: Sequence[tuple[Handler, Message]], heard: Heard, dead: str | None
) -> None:
    if dead is not None:
        await tx.run(_RAISE, id=dead)
    # A second hearer of the fact waits here until the first one commits or rolls back.
    if await tx.maybe(_HEAR, id=heard.id) is None:
        return
    for handler, fact in calls:
        await handler(tx, fact, heard)


async def hear_together(tx: Tx, together: Together, told: Sequence[Told]) -> None:
    """Lets those facts take effect that were not heard before."""
    # Always in the same order, so that two hearers cannot wait for each other.
    ids = sorted({heard.id for _, heard in told})
    new = {row.id for row in await tx.all(_HEAR_ALL, id=ids)}
    fresh: dict[uuid.UUID, Told] = {}
    for each in told:
        if each[1].id in new:
            fresh.setdefault(each[1].id, each)
    if fresh:
        await together.hear(tx, list(fresh.values()))


def _heard(fact: bus_pb2.Fact) -> Heard:
    return Heard(
        id=uuid.UUID(fact.id),
        source=fact.source,
        subject=fact.subject,
        organization=organization_of(fact.subject),
        create_time=fact.create_time.ToDatetime(UTC),
    )


def _fact(body: bytes) -> bus_pb2.Fact:
    """Reads what a relay wrote; an empty fact if it is anything else."""
    try:
        fact = bus_pb2.Fact.FromString(body)
        uuid.UUID(fact.id)
    except (DecodeError, ValueError):
        return bus_pb2.Fact()
    return fact


def _unpacked(kind: type[Message], fact: bus_pb2.Fact) -> Message:
    message = kind()
    try:
        fact.body.Unpack(message)
    except DecodeError:
        raise Unreadable(f"the body is no {kind.DESCRIPTOR.full_name}") from None
    return message


def joined(*parts: Mapping[type[Message], Handler]) -> Mapping[type[Message], Handler]:
    """One handler per message type that runs those of all parts, in their order."""
    handlers: dict[type[Message], list[Handler]] = {}
    for part in parts:
        for kind, handler in part.items():
            handlers.setdefault(kind, []).append(handler)
    return {kind: _one_after_another(each) for kind, each in handlers.items()}


def _one_after_another(handlers: Sequence[Handler]) -> Handler:
    async def hear(tx: Tx, fact: Any, heard: Heard) -> None:
        for handler in handlers:
            await handler(tx, fact, heard)

    return hear


def _by_name(
    parts: Sequence[Mapping[type[Message], Handler]],
) -> dict[str, list[tuple[type[Message], Handler]]]:
    handlers: dict[str, list[tuple[type[Message], Handler]]] = {}
    for part in parts:
        for kind, handler in part.items():
            handlers.setdefault(kind.DESCRIPTOR.full_name, []).append((kind, handler))
    return handlers


def _source(name: str) -> str:
    """Who tells facts of a type: `turnout.booking.v1.BookingHeld` is told by `booking`."""
    return name.split(".")[1]


# --- who is a member of what, and who is no longer signed in

_member = insert(members).values({c: sa.bindparam(c) for c in ("organization", "user", "role")})
_SEAT = sql(
    _member.on_conflict_do_update(
        index_elements=[members.c.organization, members.c.user],
        set_={"role": _member.excluded.role},
    )
)
_UNSEAT = sql(
    sa.delete(members).where(
        members.c.organization == sa.bindparam("organization"),
        members.c.user == sa.bindparam("user"),
    )
)


async def _seat(tx: Tx, fact: Any, heard: Heard) -> None:
    role, user = access_pb2.Role.Name(fact.role), USERS.parse(fact.user)
    await tx.run(_SEAT, organization=heard.organization, user=user, role=role)


async def _unseat(tx: Tx, fact: organization_pb2.MemberRemoved, heard: Heard) -> None:
    await tx.run(_UNSEAT, organization=heard.organization, user=USERS.parse(fact.user))


_BE_STRICT = sql(
    insert(strict)
    .values(organization=sa.bindparam("organization"))
    .on_conflict_do_nothing(index_elements=[strict.c.organization])
)
_BE_LENIENT = sql(sa.delete(strict).where(strict.c.organization == sa.bindparam("organization")))


async def _want(tx: Tx, fact: organization_pb2.OrganizationChanged, heard: Heard) -> None:
    wanted = _BE_STRICT if fact.second_factor_required else _BE_LENIENT
    await tx.run(wanted, organization=heard.organization)


async def _close(tx: Tx, _fact: organization_pb2.OrganizationDeleted, heard: Heard) -> None:
    assert heard.organization is not None
    bequeath(tx, heard.organization, heard.create_time)


async def _end_session(tx: Tx, fact: auth_pb2.SessionRevoked, _heard: Heard) -> None:
    until = fact.expire_time.ToDatetime(UTC)
    await revoke(tx, SESSIONS.parse(fact.session)[1], until)


async def _end_key(tx: Tx, fact: api_key_pb2.ApiKeyRevoked, _heard: Heard) -> None:
    until = fact.expire_time.ToDatetime(UTC)
    for secret in fact.secrets:
        await revoke(tx, uuid.UUID(secret), until)


async def _forget(tx: Tx, fact: auth_pb2.UserDeleted, _heard: Heard) -> None:
    await erasure.forget(tx, fact.user)


OF_AUTH: Mapping[type[Message], Handler] = {
    auth_pb2.UserDeleted: _forget,
    organization_pb2.MemberAdded: _seat,
    organization_pb2.MemberChanged: _seat,
    organization_pb2.MemberRemoved: _unseat,
    organization_pb2.OrganizationChanged: _want,
    organization_pb2.OrganizationDeleted: _close,
    auth_pb2.SessionRevoked: _end_session,
    api_key_pb2.ApiKeyRevoked: _end_key,
}


def _said(fact: bus_pb2.Fact) -> dict[str, str]:
    """What a span says of a fact."""
    return {"messaging.message.id": fact.id, "turnout.source": fact.source}
