"""What is done with apps and browsers, one function per intent. Each runs in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.names import Name
from services.kit.pages import Page
from services.kit.secrets import open, seal
from services.messaging.accounts import store as accounts
from services.messaging.devices import domain, store
from services.messaging.devices.domain import DEVICES, Device

# Forgets a device; its id is the device's.
DROP = "drop-push-device"


async def register(tx: Tx, device: Device, key: bytes) -> Device:
    """Keeps a device; the same one of the same person again is the same."""
    known = await store.known(tx, device)
    if known is not None:
        device = replace(device, name=known)
    sealed = seal(key, device.address.encode(), DEVICES.format(device.name))
    await store.register(tx, device, sealed)
    await store.drop_oldest(tx, device.name.organization, device.person, domain.MOST)
    return device


async def device(tx: Tx, name: Name, person: str) -> Device:
    found = await store.find(tx, name, person)
    if found is None:
        raise domain.PushDeviceNotFound(DEVICES.format(name))
    return found


async def devices(
    tx: Tx, organization: uuid.UUID, person: str, page: Page
) -> tuple[Sequence[Device], str, str]:
    """A page of somebody's own devices, the token of the next, and what browsers subscribe with."""
    found = await store.page(tx, organization, person, page)
    shown, token = page.cut(found, lambda each: (each.name.id,))
    return shown, token, await accounts.web_push_key(tx, organization)


async def delete(tx: Tx, name: Name, person: str, *, seen: int | None) -> None:
    found = await device(tx, name, person)
    if seen not in (None, found.version):
        raise StaleEtag(DEVICES.format(name))
    await store.drop(tx, name)


async def reached(tx: Tx, organization: uuid.UUID, person: str) -> tuple[str, ...]:
    """The names of what somebody is notified on, what was registered last first."""
    found = await store.of(tx, organization, person, domain.MOST)
    return tuple(map(DEVICES.format, found))


async def reached_all(
    tx: Tx, organization: uuid.UUID, people: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """What each of many is notified on, as `reached` has it."""
    found = await store.of_all(tx, organization, people)
    return {person: tuple(map(DEVICES.format, names)) for person, names in found.items()}


async def addresses(
    tx: Tx, organization: uuid.UUID, names: Iterable[str], key: bytes
) -> dict[str, str]:
    """Where notifications on devices go; what is no device, or no more, is passed over."""
    ids = [DEVICES.parse(name).id for name in names if "/pushDevices/" in name]
    found = await store.sealed(tx, organization, ids) if ids else {}
    named = {DEVICES.format(Name(organization, id)): sealed for id, sealed in found.items()}
    return {name: open(key, sealed, name).decode() for name, sealed in named.items()}
