"""What is done with what providers tell. Each function runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.log import logger
from services.kit.names import Name
from services.messaging.accounts import actions as templates
from services.messaging.accounts import store as accounts
from services.messaging.accounts.domain import Account, Provider
from services.messaging.messages.domain import PLATFORM
from services.messaging.webhooks import domain, email, sms, store, whatsapp
from services.messaging.webhooks.domain import Known, Moved, Post, Reviewed, Status, Told, Written

# Acts on what came; forgets what came long ago.
HEAR, FORGET = "hear-channel", "forget-channel-posts"
DAILY = timedelta(days=1)
NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True)
class Hearing:
    """What is done about each thing that was told."""

    # The provider's name as messages have it, and what it says of one.
    status: Callable[[Tx, Name, str, Status, datetime], Awaitable[None]]
    written: Callable[[Tx, Account, Written, datetime], Awaitable[None]]


async def receive(tx: Tx, posts: Sequence[Post], now: datetime) -> None:
    """Keeps what came, each once, and has it acted on."""
    await tx.take_part({post.organization for post in posts})
    await _keep(tx, posts, now)


async def _keep(tx: Tx, posts: Sequence[Post], now: datetime) -> None:
    for name in await store.add(tx, [(new_id(), post) for post in posts], now):
        tx.schedule(HEAR, name.organization, name.id, now)


async def hear(tx: Tx, name: Name, *, hearing: Hearing, now: datetime) -> None:
    """Acts on what came, once; what is of several accounts is handed to each of them."""
    post = await store.lock(tx, name)
    if post is None:
        return
    try:
        effect = await _hear(tx, post, hearing, now)
    except RecursionError:
        effect = "unreadable"
    await store.settle(tx, name, effect)
    tx.schedule_by(FORGET, name.organization, name.organization, now + DAILY)


async def _hear(tx: Tx, post: Post, hearing: Hearing, now: datetime) -> str:
    provider = Provider(post.provider)
    if provider is Provider.WHATSAPP and post.account == NOBODY:
        return await _hand_out(tx, post, now)
    found = await accounts.find(tx, Name(post.organization, post.account))
    if found is None:
        return "of an account that is no more"
    account, _ = found
    if provider is Provider.WHATSAPP:
        pieces = whatsapp.parts(post.body)
        if len(pieces) > 1:
            return await _share(tx, post, [body for _, body in pieces], now)
    things = _read(account, post.body, now)
    for thing in things:
        await _act(tx, account, thing, hearing, now)
    return f"{len(things)} things" if things else "not for us"


def _read(account: Account, body: bytes, now: datetime) -> Sequence[Told]:
    match account.plan.provider:
        case Provider.WHATSAPP:
            return whatsapp.told(body, account.sender, account.business)
        case Provider.TWILIO:
            return sms.twilio(body, now)
        case Provider.JSON_SMS:
            return sms.generic(body, now)
        case Provider.SMTP:
            return email.read(body, now)
    return ()


async def _hand_out(tx: Tx, post: Post, now: datetime) -> str:
    """Gives each account what concerns it, out of what came for all."""
    pieces = whatsapp.parts(post.body)
    numbers = {number for number, _ in pieces}
    routes = await accounts.routes(tx, Provider.WHATSAPP, sorted(numbers))
    posts = [
        replace(post, organization=to.organization, account=to.id, body=body)
        for number, body in pieces
        if (to := routes.get(number)) is not None
    ]
    strange = numbers - routes.keys()
    if strange:
        logger.warning("WhatsApp tells of numbers that nobody has", numbers=len(strange))
    if not posts:
        return "of nobody's number"
    await tx.take_part({PLATFORM} | {one.organization for one in posts})
    await _keep(tx, posts, now)
    return f"handed out in {len(posts)} pieces"


async def _share(tx: Tx, post: Post, bodies: Sequence[bytes], now: datetime) -> str:
    """Has a large POST acted on in several transactions."""
    await _keep(tx, [replace(post, body=body) for body in bodies], now)
    return f"taken apart into {len(bodies)} pieces"


async def _act(tx: Tx, account: Account, thing: Told, hearing: Hearing, now: datetime) -> None:
    match thing:
        case Status():
            by = domain.named(account.plan.provider.value, account.name)
            await hearing.status(tx, account.name, by, thing, now)
        case Written():
            written = await _reached(tx, account.name, thing)
            await store.know(tx, account.name, written.sender, heard=min(thing.time, now))
            if written.sender != thing.sender:
                await store.know(tx, account.name, thing.sender, heard=min(thing.time, now))
            await hearing.written(tx, account, written, now)
        case Reviewed(template, status):
            await templates.template_changed(tx, account.name, template, status)
        case Known(address, phone):
            await store.know(tx, account.name, address, phone=phone)
        case Moved(old, new):
            before = await store.contact(tx, account.name, old)
            if before is not None:
                await store.know(tx, account.name, new, phone=before.phone, heard=before.hear_time)


async def _reached(tx: Tx, account: Name, written: Written) -> Written:
    """By the phone number of who wrote, if it is known, though it was not shown."""
    if written.sender.startswith("+") or "@" in written.sender:
        return written
    known = await store.contact(tx, account, written.sender)
    return replace(written, sender=known.phone) if known is not None and known.phone else written


async def forget(tx: Tx, organization: uuid.UUID, now: datetime) -> None:
    """Forgets what came long ago, and goes on doing so while there is something left."""
    if await store.forget(tx, organization, now - domain.KEPT):
        tx.schedule(FORGET, organization, organization, now + DAILY)
