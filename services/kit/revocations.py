"""Sessions that ended before their time: their access tokens look good, and are refused.

Each service has a row per such session until the last of its tokens has expired by itself: auth
writes it with the end of the session, the others when they hear of it. Every process looks at
the rows once in a second and holds them in memory, so that no call waits for a look.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Database, Tx, sql
from services.kit.patience import AWAY, Patience, heed
from services.kit.tables import revoked

# How old what a process knows may be, in seconds.
LOOK = 1.0
# How many looks there are for one that throws away what is over.
TIDY = 600

_ADD = sql(
    insert(revoked)
    .values({c.key: sa.bindparam(c.key) for c in revoked.c})
    .on_conflict_do_nothing(index_elements=[revoked.c.session])
)
_CURRENT = sql(sa.select(revoked.c.session).where(revoked.c.expire_time > sa.bindparam("at")))
_PURGE = sql(sa.delete(revoked).where(revoked.c.expire_time <= sa.bindparam("at")))


async def revoke(tx: Tx, session: uuid.UUID, expire_time: datetime) -> None:
    """Has the tokens of a session refused until they expire by themselves."""
    await tx.run(_ADD, session=session, expire_time=expire_time)


@dataclass
class Revocations:
    """The sessions whose tokens are refused, as of a moment ago."""

    db: Database
    now: Callable[[], datetime]
    sessions: frozenset[uuid.UUID] = frozenset()

    def __contains__(self, session: object) -> bool:
        return session in self.sessions

    async def look(self) -> None:
        self.sessions = await self.db.read(self._read)

    async def run(self) -> None:
        """Keeps looking. While the database is away, what was known last stays."""
        patience, looks = Patience("revocations"), 0
        while True:
            heed()
            try:
                await self.look()
                if looks % TIDY == 0:
                    await self.db.run(self._purge)
            except AWAY as error:
                await patience.wait(error)
            else:
                patience.fine()
                looks += 1
                await asyncio.sleep(LOOK)

    async def _read(self, tx: Tx) -> frozenset[uuid.UUID]:
        return frozenset(row.session for row in await tx.all(_CURRENT, at=self.now()))

    async def _purge(self, tx: Tx) -> Any:
        return await tx.run(_PURGE, at=self.now())
