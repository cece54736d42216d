"""Asks WhatsApp what it says of templates, account by account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.kit.db import Database
from services.kit.log import logger
from services.kit.names import Name
from services.kit.work import Due, Errand
from services.messaging.accounts import actions as accounts
from services.messaging.accounts.domain import ChannelAccountNotFound
from services.messaging.channels.carriers import Carriers
from services.messaging.channels.whatsapp import WhatsApp


@dataclass(frozen=True)
class Approvals:
    """`carriers` knows accounts; None where there are none."""

    carriers: Carriers | None
    now: Callable[[], datetime] = field(repr=False)

    @property
    def errands(self) -> Mapping[str, Errand]:
        return {accounts.SYNC: self._ask}

    async def _ask(self, db: Database, due: Due) -> None:
        """Asked twice, it says the same."""
        assert due.organization is not None
        if self.carriers is None:
            return
        try:
            name = Name(due.organization, due.id)
            account = await db.read(accounts.opened, name, self.carriers.vault)
        except ChannelAccountNotFound:
            return
        carrier = await self.carriers.of(account)
        if not account.business or not isinstance(carrier, WhatsApp):
            return
        found = await carrier.templates()
        if found is None:
            logger.info("WhatsApp says nothing of templates")
        await db.run(accounts.synced, account, found, self.now())
