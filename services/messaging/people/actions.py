"""What is done about people who were heard of. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.kit.db import Tx
from services.kit.names import ORGANIZATIONS, USERS, Name
from services.kit.secrets import open, seal
from services.messaging.devices import store as devices
from services.messaging.devices.actions import DROP
from services.messaging.messages import store as messages
from services.messaging.messages.actions import ERASE
from services.messaging.people import domain, store

FORGET = "forget-participant"
# So long there may be something left to say to who is on the list no more: that the seat is free
# again, that the money is on its way back.
PARTING = timedelta(days=7)


async def know_participants(
    tx: Tx, people: Sequence[tuple[Name, domain.Person]], key: bytes
) -> None:
    """Keeps people as they were heard of last."""
    latest = dict(people)
    sealed = [(n, p, seal(key, p.link.encode(), p.name)) for n, p in latest.items()]
    await store.know_participants(tx, sealed)


async def forget_user(tx: Tx, user: uuid.UUID, now: datetime) -> None:
    """Has everything forgotten that is known of somebody who is no more with us."""
    await store.forget_user(tx, user)
    gone = USERS.format(user)
    await tx.speak_for(gone)
    for device in await devices.of_person(tx, gone):
        tx.schedule(DROP, device.organization, device.id, now)
    for name in await messages.of_person(tx, gone):
        tx.schedule(ERASE, name.organization, name.id, now)


def part_with(tx: Tx, participant: Name, now: datetime) -> None:
    """Has somebody forgotten who is on the list no more, once the last word could reach them."""
    tx.schedule(FORGET, participant.organization, participant.id, now + PARTING)


async def forget_participant(tx: Tx, participant: Name, now: datetime) -> None:
    """Forgets who somebody was, and what was said to them."""
    await store.forget_participant(tx, participant)
    gone = domain.PARTICIPANTS.format(participant)
    await devices.drop_all(tx, participant.organization, gone)
    for name in await messages.of_person(tx, gone):
        tx.schedule(ERASE, name.organization, name.id, now)


async def person(tx: Tx, name: str, key: bytes) -> domain.Person | None:
    """Who bears a name: a user, a participant, or an organization."""
    match name.split("/"):
        case ["users", _]:
            return await store.user(tx, USERS.parse(name), name)
        case ["organizations", _]:
            host = await store.host(tx, ORGANIZATIONS.parse(name))
            return domain.Person(name, host.display_name, host.contact_email) if host else None
        case _:
            found = await store.participant(tx, domain.PARTICIPANTS.parse(name), name)
            if found is None:
                return None
            known, link = found
            return replace(known, link=open(key, link, name).decode())


async def participants(
    tx: Tx, organization: uuid.UUID, names: Iterable[str], key: bytes
) -> dict[str, domain.Person]:
    """Who of an organization's own was invited, by their names; other names are passed over."""
    found = [domain.PARTICIPANTS.parse(name) for name in names if "/participants/" in name]
    ids = {name.id for name in found if name.organization == organization}
    known = await store.participants_with_links(tx, organization, ids) if ids else []
    return {p.name: replace(p, link=open(key, link, p.name).decode()) for p, link in known}
