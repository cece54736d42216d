"""Carries sessions on, many in one transaction: nothing is asked of auth as often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from services.auth.accounts import actions, domain
from services.kit.caller import SYSTEM, acting
from services.kit.db import Database
from services.kit.gather import Gather
from services.kit.tenant import within

# There is one thing that all of them wait for: a commit.
ALL = ""


class Renewal:
    """Gives the next token for one that is shown, or None where the session has ended."""

    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now
        self._plain: Gather[str, domain.Shown, domain.Opened | None] = Gather(self._all)

    async def __call__(self, shown: domain.Shown) -> domain.Opened | None:
        opened = await self._plain(ALL, shown)
        if opened is not None:
            return opened
        # A retry, a replay, an end, or somebody else is at the session: that is decided alone.
        return await self._db.run(actions.refresh, shown, self._now())

    async def _all(self, _: str, shown: list[domain.Shown]) -> Sequence[domain.Opened | None]:
        with within(None), acting(SYSTEM(self._db.name)):
            return await self._db.run(actions.refresh_all, shown, self._now())
