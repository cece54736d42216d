"""What is done with messages, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from services.kit.db import Tx
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.messages import domain, store

# Forgets a message to somebody who is gone; its id is the message's.
ERASE = "erase"
# Goes on with a cascade; its id is that of the first message.
CASCADE = "cascade"


async def erase(tx: Tx, name: Name) -> None:
    """Forgets what a message said, and to whom."""
    message = await store.lock(tx, name)
    if message is not None:
        await store.erase(tx, domain.erase(message))


async def message(tx: Tx, name: Name) -> domain.Message:
    found = await store.message(tx, name)
    if found is None:
        raise domain.MessageNotFound(domain.MESSAGES.format(name))
    return found


async def messages(
    tx: Tx, organization: uuid.UUID, page: Page, *, event: Name | None, recipient: str
) -> tuple[Sequence[domain.Message], str]:
    """A page of messages, and the token of the next."""
    if event is not None and event.organization != organization:
        return [], ""
    wanted = event.id if event else None
    found = await store.messages_of(tx, organization, page, event=wanted, recipient=recipient)
    return page.cut(found, store.key)


async def events(tx: Tx, name: Name, page: Page) -> tuple[Sequence[domain.Event], str]:
    """A page of what happened to a message, and the token of the next."""
    await message(tx, name)
    (last,) = page.after or (0,)
    found = await store.events_of(tx, name, last=last, most=page.limit)
    return page.cut(found, lambda event: (event.position,))


async def sent_of(tx: Tx, organization: uuid.UUID, page: Page) -> tuple[Sequence[Name], str]:
    """A page of what providers have taken, and the token of the next."""
    found, token = page.cut(await store.sent_of(tx, organization, page), lambda key: key)
    return [Name(organization, id) for _, id in found], token


async def sent(tx: Tx, names: Sequence[Name]) -> list[domain.Sent]:
    return await store.sent(tx, names[0].organization, [name.id for name in names])
