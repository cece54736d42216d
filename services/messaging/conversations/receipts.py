"""Shows people that what they wrote was read, where a channel can show that."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.kit.db import Database
from services.kit.log import logger
from services.kit.names import Name
from services.kit.work import Due, Errand
from services.messaging.channels.provider import Provider
from services.messaging.channels.whatsapp import WhatsApp
from services.messaging.conversations.actions import READ
from services.messaging.inbound import store as inbound
from services.messaging.inbound.domain import quoted
from services.messaging.messages.domain import Channel

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Receipts:
    """`carriers` says by what an organization sends; None where none sends by itself."""

    carriers: Callable[[uuid.UUID, Channel], Awaitable[Sequence[Provider]]] | None

    @property
    def errands(self) -> Mapping[str, Errand]:
        return {READ: self._show}

    async def _show(self, db: Database, due: Due) -> None:
        """Once, whatever comes of it: nobody waits for a receipt, and twice shows the same."""
        assert due.organization is not None
        written = await db.read(inbound.find, Name(due.organization, due.id))
        if written is None or not quoted(written):
            return
        account = await self._heard_by(due.organization, written.sender)
        problem = await account.mark_read(written.provider_message) if account else ""
        if problem:
            logger.info("a receipt was not shown", problem=problem)

    async def _heard_by(self, organization: uuid.UUID, sender: str) -> WhatsApp | None:
        """The account that somebody wrote to last."""
        found = await self.carriers(organization, Channel.WHATSAPP) if self.carriers else ()
        accounts = [each for each in found if isinstance(each, WhatsApp)]
        times = [await each.last_heard(each.account, sender) or NEVER for each in accounts]
        if not accounts:
            return None
        return accounts[times.index(max(times))]
