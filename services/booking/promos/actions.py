"""What is done to codes, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from services.booking.domain import PROMO_CODES, Promo
from services.booking.promos import domain, store
from services.booking.promos.domain import Kept
from services.kit.db import Tx, refuse_on
from services.kit.etags import StaleEtag
from services.kit.names import Name


async def create(tx: Tx, kept: Kept) -> Kept:
    domain.check(kept.promo)
    with refuse_on(store.UNIQUE, domain.PromoCodeExists(kept.promo.code)):
        await store.add(tx, kept)
    return kept


async def get(tx: Tx, name: Name) -> Kept:
    return _there(await store.read(tx, name), name)


async def page(
    tx: Tx, organization: uuid.UUID, *, event: uuid.UUID | None, after: uuid.UUID, size: int
) -> list[Kept]:
    return await store.page(tx, organization, event=event, after=after, size=size)


async def update(
    tx: Tx, name: Name, change: Callable[[Kept], Promo], *, version: int | None, now: datetime
) -> Kept:
    """Has the code be what `change` makes of it."""
    before = await _locked(tx, name, version)
    promo = change(before)
    domain.check(promo)
    if promo.most_uses and promo.uses > promo.most_uses:
        raise domain.PromoCodeInUse(PROMO_CODES.format(name))
    after = replace(before, promo=promo, update_time=now, version=before.version + 1)
    with refuse_on(store.UNIQUE, domain.PromoCodeExists(promo.code)):
        await store.save(tx, after)
    return after


async def delete(tx: Tx, name: Name, *, version: int | None) -> None:
    await _locked(tx, name, version)
    await store.delete(tx, name)


async def _locked(tx: Tx, name: Name, version: int | None) -> Kept:
    found = _there(await store.lock(tx, name), name)
    if version not in (None, found.version):
        raise StaleEtag(PROMO_CODES.format(name))
    return found


def _there(found: Kept | None, name: Name) -> Kept:
    if found is None:
        raise domain.PromoCodeNotFound(PROMO_CODES.format(name))
    return found
