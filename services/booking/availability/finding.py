"""Which event an availability is of, also where its name does not say whose event that is."""

from __future__ import annotations

import uuid

from services.booking import domain, store, wire
from services.kit.db import Database, Tx
from services.kit.names import Name
from services.kit.tenant import tenant


async def find(db: Database, text: str) -> Name:
    """The event that the name of an availability speaks of; its organization becomes the tenant.

    Raises BadName, OfferNotFound.
    """
    found = wire.availability_name(text)
    if isinstance(found, Name):
        return found
    name = await db.read(_of, found)
    tenant.set(name.organization)
    return name


async def _of(tx: Tx, event: uuid.UUID) -> Name:
    organization = await store.seller(tx, event)
    if organization is None:
        raise domain.OfferNotFound(f"events/{event}")
    return Name(organization, event)
