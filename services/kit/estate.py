"""What an organization owns in one service: read out whole, and erased when it is no more.

The catalogue of the database says what that is: the rows of every table with a column
`organization`. What nobody may delete (by its grants, or by the trigger `refuse_change`) stays:
books and the audit log, which speak of people by ids that say nothing once the rest is gone.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from psycopg import errors as pg
from psycopg import sql as text

from services.kit import errors
from services.kit.db import Database, Statement, Tx, sql
from services.kit.log import logger
from services.kit.names import ORGANIZATIONS
from services.kit.tables import due
from services.kit.tenant import within
from services.kit.work import Due, Errand

ERASE = "erase-organization"
# Till then bookings end, money goes back, and people are told.
GRACE = timedelta(days=30)
BATCH = 5_000

# Does away with what lies outside of the database.
Forget = Callable[[uuid.UUID], Awaitable[None]]


class NotDeleted(errors.Unmet):
    message = "{organization} was not deleted; that comes first, or it was erased already"
    organization: str


@dataclass(frozen=True)
class Table:
    """A table with rows of organizations."""

    name: str
    # What may be read out of it: no secrets.
    columns: tuple[str, ...]
    # Whether anything may be deleted from it.
    erasable: bool


# What services tell each other, and what is to be done, goes by itself.
_PASSING = ("outbox", "due")
# Sealed or hashed, so that it is of use to nobody but an attacker.
_SECRET = (
    *("sealed", "sealed_body", "hash", "digest", "previous", "secret", "client_secret"),
    *("credentials", "link"),
)
_TABLES = sql(
    sa.text(
        "select c.relname::text as name,"
        " array(select a.attname::text from pg_attribute as a where a.attrelid = c.oid"
        "  and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns,"
        " has_table_privilege(c.oid, 'delete') and not exists (select from pg_trigger as t"
        "  join pg_proc as p on p.oid = t.tgfoid"
        "  where t.tgrelid = c.oid and p.proname = 'refuse_change') as erasable"
        " from pg_class as c where c.relnamespace = 'public'::regnamespace"
        " and c.relkind in ('r', 'p') and not c.relispartition"
        " and has_table_privilege(c.oid, 'select') and exists (select from pg_attribute as a"
        "  where a.attrelid = c.oid and a.attname = 'organization' and not a.attisdropped)"
        " order by 1"
    )
)
_DUE = sql(sa.select(due).where(due.c.kind == ERASE, due.c.id == sa.bindparam("id")))
_UNSCHEDULE = sql(
    sa.delete(due).where(due.c.organization == sa.bindparam("organization"), due.c.kind != ERASE)
)


async def tables(tx: Tx) -> list[Table]:
    """What the service keeps of organizations, by name."""
    return [
        Table(row.name, tuple(c for c in row.columns if c not in _SECRET), row.erasable)
        for row in await tx.all(_TABLES)
        if row.name not in _PASSING
    ]


# --- erasing


def bequeath(tx: Tx, organization: uuid.UUID, deleted: datetime) -> None:
    """Has everything erased that an organization owned which was `deleted` at that time."""
    tx.schedule(ERASE, organization, organization, deleted + GRACE)


async def hasten(tx: Tx, organization: uuid.UUID, now: datetime) -> None:
    """Has it erased now. Raises NotDeleted."""
    if await tx.maybe(_DUE, id=organization) is None:
        raise NotDeleted(ORGANIZATIONS.format(organization))
    tx.schedule(ERASE, organization, organization, now)


def erasing(only: Collection[str] | None, forget: Forget | None) -> Errand:
    """The errand that erases: all that may be, or the tables `only`. May be done again."""

    async def erase(db: Database, item: Due) -> None:
        if forget is not None:
            await forget(item.id)
        await db.run(_give_up_work, item.id)
        found = [table.name for table in await db.read(tables) if table.erasable]
        await _empty(db, item.id, [name for name in found if only is None or name in only])
        logger.info("an organization was erased", organization=str(item.id))

    return erase


async def _give_up_work(tx: Tx, organization: uuid.UUID) -> None:
    await tx.run(_UNSCHEDULE, organization=organization)


async def _empty(db: Database, organization: uuid.UUID, names: Collection[str]) -> None:
    """Deletes its rows, as often as it takes until nobody refers to what is left.

    A trigger may leave rows in a table that was emptied already.
    """
    with within(organization):
        while True:
            gone, stuck = 0, None
            for name in names:
                try:
                    gone += await _drain(db, organization, name)
                except pg.ForeignKeyViolation as error:
                    stuck = error
            if not gone and stuck is not None:
                raise stuck
            if not gone:
                return


async def _drain(db: Database, organization: uuid.UUID, name: str) -> int:
    async def delete(tx: Tx) -> int:
        return await tx.run(_delete_some(name), organization=organization)

    gone = 0
    while more := await db.run(delete):
        gone += more
    return gone


@functools.cache
def _delete_some(name: str) -> Statement:
    # In another partition the same `ctid` is another row of the organization, which goes as well.
    table = sa.table(name, sa.column("organization", sa.Uuid), sa.column("ctid"))
    theirs = table.c.organization == sa.bindparam("organization")
    some = sa.select(table.c.ctid).where(theirs).limit(BATCH).correlate(None).scalar_subquery()
    return sql(sa.delete(table).where(theirs, table.c.ctid == sa.any_(sa.func.array(some))))


# --- reading out


async def rows(tx: Tx, table: Table, organization: uuid.UUID) -> AsyncIterator[str]:
    """The rows of an organization, each as a line of JSON; bytes are hexadecimal after `\\x`."""
    query = text.SQL(
        "select to_jsonb(one)::text as line from (select {} from {} where organization = %s) as one"
    ).format(text.SQL(", ").join(map(text.Identifier, table.columns)), text.Identifier(table.name))
    async with tx.connection.cursor(name="estate") as cursor:
        await cursor.execute(query, [organization])
        async for row in cursor:
            yield row.line
