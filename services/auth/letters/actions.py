"""What auth does with letters: writes them down with what they tell of, and hands them over."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from services.auth.letters import store, wire
from services.kit.clock import now
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.secrets import open, seal

SEND = "send-letter"


@dataclass(frozen=True)
class Post:
    """Takes letters; `key` seals them."""

    key: bytes = field(repr=False)

    def write(self, tx: Tx, notice: wire.Notice) -> None:
        """Has a letter sent once `tx` is committed."""
        id, at = new_id(), now()
        store.add(tx, id, seal(self.key, notice.SerializeToString(), str(id)), at)
        tx.schedule(SEND, None, id, at)

    async def read(self, tx: Tx, id: uuid.UUID) -> tuple[wire.Notice, datetime] | None:
        """A letter, and when it was written; None if it was sent."""
        found = await store.letter(tx, id)
        if found is None:
            return None
        sealed, written = found
        return wire.Notice.FromString(open(self.key, sealed, str(id))), written


async def sent(tx: Tx, id: uuid.UUID) -> None:
    await store.remove(tx, id)
