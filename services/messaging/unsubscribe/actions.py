"""What is done for who wants no more e-mails. Each function runs inside one transaction."""

from __future__ import annotations

from datetime import datetime

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.messaging.decency import actions as decency
from services.messaging.decency.domain import Reason, Suppression
from services.messaging.messages import store as messages
from services.messaging.messages.domain import Channel

NOTE = "by the link in an e-mail"


async def unsubscribe(tx: Tx, message: Name, now: datetime) -> str:
    """Sends no more e-mails to where a message went; says where that is, if it is known still."""
    found = await messages.message(tx, message)
    if found is None or not found.address:
        return ""
    name = Name(message.organization, new_id())
    address = found.address.lower()
    await decency.suppress(
        tx, [Suppression(name, address, Channel.EMAIL, Reason.STOP, NOTE, now)], now
    )
    return found.address
