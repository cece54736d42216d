"""What comes of digests, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.secrets import seal
from services.messaging.cascades.domain import HELD
from services.messaging.circulars import actions as circulars
from services.messaging.digests import domain, store
from services.messaging.messages import store as messages
from services.messaging.messages.content import packed
from services.messaging.messages.domain import MESSAGES, Channel, Kind, Message


async def gather(
    tx: Tx,
    organization: uuid.UUID,
    channel: Channel,
    ids: Sequence[uuid.UUID],
    *,
    key: bytes,
    now: datetime,
) -> list[uuid.UUID]:
    """What is to go in place of those messages: together, what is for one person."""
    if channel not in domain.CHANNELS:
        return list(ids)
    company = await store.company(tx, organization, channel, ids, HELD)
    going: list[uuid.UUID] = []
    for together in domain.grouped(ids, company):
        if len(together) == 1:
            going += together
        else:
            going.append(await _write(tx, organization, together, key=key, now=now))
    return going


async def _write(
    tx: Tx, organization: uuid.UUID, ids: Sequence[uuid.UUID], *, key: bytes, now: datetime
) -> uuid.UUID:
    """Queues one message that says what others do, and has them go with it."""
    found = await messages.letters(tx, organization, ids)
    found.sort(key=lambda each: each[0].name.id)
    parts = [each for each, _, _ in found]
    known = await circulars.said(tx, organization, found, key)
    said = [(each.shown.subject, known[each.name.id]) for each in parts if each.name.id in known]
    first, events = parts[0], {each.event for each in parts}
    digest = Message(
        name=Name(organization, new_id()),
        recipient=first.recipient,
        address=first.address,
        channel=first.channel,
        kind=Kind.DIGEST,
        event=first.event if len(events) == 1 else None,
        shown=domain.text(first.channel, [each.shown for each in parts]),
        create_time=now,
        priority=min(each.priority for each in parts),
    )
    body = packed(domain.content(first.channel, said))
    sealed = seal(key, body.encode(), MESSAGES.format(digest.name))
    await messages.add(tx, [messages.New(digest, found[0][1], sealed)])
    await store.join(tx, organization, ids, digest.name.id)
    return digest.name.id


async def parts(
    tx: Tx, organization: uuid.UUID, changed: Sequence[Message]
) -> list[tuple[Message, Message]]:
    """What goes with messages that have changed: as it was, and as it is now; kept."""
    digests = {each.name.id: each for each in changed if domain.is_digest(each)}
    if not digests:
        return []
    known = await store.parts(tx, organization, digests)
    moved = []
    for before in await messages.lock_all(tx, organization, known):
        after = domain.mirrored(before, digests[known[before.name.id]])
        if after != before:
            moved.append((before, after))
    await messages.keep(tx, organization, [(after, None) for _, after in moved])
    return moved
