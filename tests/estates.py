"""What an organization has in the tables of a service, and how it loses that."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
from psycopg import sql

from services.kit import estate
from services.kit.clock import now
from services.kit.db import Database
from services.kit.work import Due


async def rows(
    db: Database, owner: psycopg.AsyncConnection[Any], organization: uuid.UUID
) -> dict[str, int]:
    """How many rows it has in each table where it has some."""
    found = {}
    for table in await db.read(estate.tables):
        query = sql.SQL("select count(*) from {} where organization = %s")
        cursor = await owner.execute(query.format(sql.Identifier(table.name)), [organization])
        [[count]] = await cursor.fetchall()
        found[table.name] = count
    return {name: count for name, count in found.items() if count}


async def erase(
    db: Database,
    organization: uuid.UUID,
    *,
    only: Any = None,
    forget: estate.Forget | None = None,
) -> None:
    """Erases it, twice, as may happen when a worker dies."""
    errand = estate.erasing(only, forget)
    for attempt in range(2):
        await errand(db, Due(estate.ERASE, organization, organization, now(), attempt))
