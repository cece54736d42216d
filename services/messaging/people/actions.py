"""What is done about people who were heard of. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from services.kit.db import Tx
from services.kit.names import ORGANIZATIONS, USERS, Name
from services.kit.secrets import open, seal
from services.messaging.messages import store as messages
from services.messaging.messages.actions import ERASE
from services.messaging.people import domain, store


async def know_participant(tx: Tx, name: Name, person: domain.Person, key: bytes) -> None:
    link = seal(key, person.link.encode(), person.name)
    await store.know_participant(tx, name, person, link=link)


async def forget_user(tx: Tx, user: uuid.UUID, now: datetime) -> None:
    """Has everything forgotten that is known of somebody who is no more with us."""
    await store.forget_user(tx, user)
    gone = USERS.format(user)
    await tx.speak_for(gone)
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
