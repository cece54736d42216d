"""Secrets of organizations are sealed by keys that are sealed themselves, by one that changes."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from services.kit import secrets
from services.kit.secrets import Unreadable, masters
from services.kit.vault import BATCH, Vault

ROOT = b"r" * 32
OLD, NEW = "old:" + "o" * 32, "new:" + "n" * 32
WHERE = "merchantAccounts/1"


@pytest.fixture
async def db(database):
    async with database.lent("kit") as found:
        yield found


def vault(*named):
    return Vault.of(masters(",".join(named)) if named else (), ROOT)


async def sealed(db, vault, organization, value=b"sk_test_1", where=WHERE):
    return await db.run(vault.seal, organization, value, where)


async def test_what_was_sealed_opens_for_its_organization_and_place_alone(db):
    ours, theirs = uuid.uuid4(), uuid.uuid4()
    hidden = await sealed(db, vault(OLD), ours)
    await sealed(db, vault(OLD), theirs)

    assert await db.read(vault(OLD).open, ours, hidden, WHERE) == b"sk_test_1"
    assert b"sk_test" not in hidden
    for organization, where in [(theirs, WHERE), (ours, "other"), (uuid.uuid4(), WHERE)]:
        with pytest.raises(Unreadable):
            await db.read(vault(OLD).open, organization, hidden, where)


async def test_who_seals_first_at_the_same_time_seals_for_all(db):
    organization = uuid.uuid4()
    values = [str(i).encode() for i in range(8)]

    hidden = await asyncio.gather(*(sealed(db, vault(OLD), organization, v) for v in values))

    opened = [await db.read(vault(OLD).open, organization, one, WHERE) for one in hidden]
    assert opened == values


async def test_another_master_takes_over_while_the_old_one_still_opens(db):
    organizations = [uuid.uuid4() for _ in range(BATCH + 1)]
    hidden = [await sealed(db, vault(), organization) for organization in organizations]
    both = vault(NEW, OLD)
    # The root secret sealed before keys were named, and opens ever after.
    assert await db.read(both.open, organizations[0], hidden[0], WHERE) == b"sk_test_1"

    assert await both.reseal(db) == BATCH + 1
    assert await both.reseal(db) == 0

    alone = Vault(masters(NEW))
    for organization, one in zip(organizations, hidden, strict=True):
        assert await db.read(alone.open, organization, one, WHERE) == b"sk_test_1"
    with pytest.raises(Unreadable):
        await db.read(vault().open, organizations[0], hidden[0], WHERE)


async def test_keys_that_cannot_be_opened_are_left_as_they_are(db):
    organization = uuid.uuid4()
    hidden = await sealed(db, vault(OLD), organization)

    with pytest.raises(Unreadable, match="lacks the key old"):
        await vault(NEW).reseal(db)

    assert await db.read(vault(OLD).open, organization, hidden, WHERE) == b"sk_test_1"


async def test_what_is_forgotten_opens_for_nobody(db):
    organization = uuid.uuid4()
    hidden = await sealed(db, vault(OLD), organization)

    await db.run(vault(OLD).forget, organization)

    with pytest.raises(Unreadable):
        await db.read(vault(OLD).open, organization, hidden, WHERE)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "a:short", "a:" + "x" * 31, ":" + "x" * 32, "A:" + "x" * 32),
        *("root:" + "x" * 32, f"{OLD},{OLD}", f"{OLD},"),
    ],
)
def test_keys_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match="id"):
        masters(text)


def test_masters_do_not_show():
    assert "oooo" not in repr(masters(OLD))
    assert secrets.derive(ROOT, "vault").hex() not in repr(vault(OLD))
