"""What an operator's console sees: conversations as they are, and what is said in them.

Truth is in the tables and news says only "look". A look goes back a little, for what commits
later may have an earlier time, and what a stream has told already it does not tell again.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.kit.db import Database, Tx
from services.messaging.conversations import domain, store
from services.messaging.conversations.domain import Conversation, Entry

# The most conversations that a look tells of; the next look tells the rest.
MOST = 200
BACK = timedelta(seconds=30)

Item = Conversation | Entry | None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long things may take, in seconds."""

    look: float = 5.0
    pulse: float = 20.0
    stream: float = 1800.0
    stalled: float = 60.0


@dataclass
class Watch:
    """One stream: what it has told, by conversation."""

    db: Database
    organization: uuid.UUID
    now: Callable[[], datetime]
    limits: Limits = Limits()
    # Whose conversations are shown, beside those of nobody. None: all.
    assignee: uuid.UUID | None = None
    # The version and the number of entries that were told of each.
    told: dict[uuid.UUID, tuple[int, int]] = field(default_factory=dict)
    since: datetime | None = None
    opened: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.opened = self.now() - BACK

    async def items(self) -> AsyncGenerator[Item, None]:
        """What there is, and what happens; None when nothing did for a while."""
        opened, last = time.monotonic(), time.monotonic()
        with self.db.news.watching(store.topic(self.organization)) as news:
            while True:
                news.clear()
                found = await self.db.read(self._look)
                for item in found:
                    last = time.monotonic()
                    yield item
                    if time.monotonic() - last > self.limits.stalled:
                        raise domain.TooSlow()
                if time.monotonic() - last > self.limits.pulse:
                    last = time.monotonic()
                    yield None
                if time.monotonic() - opened > self.limits.stream:
                    raise domain.StreamMoved()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.limits.look):
                        await news.wait()

    async def _look(self, tx: Tx) -> list[Conversation | Entry]:
        first, started = self.since is None, self.now()
        if self.since is None:
            changed = await store.not_closed(tx, self.organization, MOST)
        else:
            changed = await store.changed(tx, self.organization, self.since - BACK, MOST)
        found: list[Conversation | Entry] = []
        for each in changed:
            found += await self._news(tx, each, first=first)
        # A full look was not all there is: the next one goes on where it ended.
        full = len(changed) == MOST and not first
        self.since = changed[-1].update_time + BACK if full else started
        return found

    async def _news(
        self, tx: Tx, value: Conversation, *, first: bool
    ) -> list[Conversation | Entry]:
        """What is new of one conversation: what was said, then how it stands."""
        version, told = self.told.get(value.name.id, (0, 0))
        if value.version <= version or (not version and self._is_of_others(value)):
            return []
        self.told[value.name.id] = (value.version, value.entry_count)
        said: list[Entry] = []
        while not first and told + len(said) < value.entry_count:
            said += await store.entries(tx, value.name, after=told + len(said), most=MOST)
        # What was said before the stream was opened is for `ListConversationEntries`.
        return [*(entry for entry in said if entry.create_time >= self.opened), value]

    def _is_of_others(self, value: Conversation) -> bool:
        return self.assignee is not None and value.assignee not in (None, self.assignee)
