"""What the dispatcher does, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

from datetime import datetime

from services.kit.db import Tx
from services.kit.names import Name
from services.kit.secrets import open
from services.messaging.dispatch import domain
from services.messaging.messages import store, wire
from services.messaging.messages.domain import FINAL, MESSAGES, Letter, Message, State, Text

SEND = "send"


async def letter(tx: Tx, name: Name, key: bytes) -> tuple[Message, Letter] | None:
    """A message that is not at its end, and every word of it."""
    found = await store.letter(tx, name)
    if found is None or found[0].state in FINAL:
        return None
    message, to_name, sealed = found
    assert sealed is not None
    body = open(key, sealed, MESSAGES.format(name)).decode()
    text = Text(message.shown.subject, body)
    return message, Letter(name, message.channel, to_name, message.address, text)


async def claim(tx: Tx, name: Name, provider: str) -> bool:
    """Passes the point of no return. False if somebody else is past it."""
    message = await store.lock(tx, name)
    claimed = domain.claim(message, provider) if message else None
    if claimed is None:
        return False
    await store.keep(tx, claimed, final=False)
    return True


async def settle(
    tx: Tx, name: Name, outcome: domain.Outcome, *, provider: str, now: datetime
) -> None:
    """Writes down how an attempt ended, and when the next one is due if there must be one."""
    before = await store.lock(tx, name)
    if before is None:
        return
    after = domain.settle(before, outcome, provider=provider, now=now)
    if after == before:
        return
    await store.keep(tx, after, final=after.state in FINAL)
    subject = MESSAGES.format(name)
    if after.state is State.SENT:
        tx.publish(wire.sent(after), subject=subject)
    elif after.state is State.FAILED:
        tx.publish(wire.failed(after), subject=subject)
    else:
        tx.schedule(SEND, name.organization, name.id, now + domain.pause(after.attempts))
