"""Secrets of organizations at rest: each has a data key, which is sealed by a master key.

The master keys come from the environment, each under an id. The first one seals; all of them
open. So a key is replaced by naming a new one, last in every process and then first in every
process, and `reseal`, after which the old one opens nothing any more and may go. That touches
the data keys alone, never what they hide, and needs no organization's rows.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit import secrets
from services.kit.db import Database, Tx, sql
from services.kit.secrets import ROOT, Master, Unreadable
from services.kit.tables import vault_keys

HOUR = 3600.0
SIZE = 32
# How many data keys are sealed anew in one transaction.
BATCH = 200


@dataclass(frozen=True)
class Vault:
    """What a service seals the secrets of organizations with; its database has `vault_keys`.

    The first master seals, all of them open.
    """

    masters: Sequence[Master] = field(repr=False)

    @classmethod
    def of(cls, named: Sequence[Master], root: bytes) -> Vault:
        """Of the masters that were named, and always of one made from the root secret as well."""
        return cls([*named, Master(ROOT, secrets.derive(root, "vault"))])

    async def seal(self, tx: Tx, organization: uuid.UUID, value: bytes, context: str) -> bytes:
        """Hides a secret of an organization. It opens for the same organization and context.

        A context says what the value is and whose, such as the name of its resource.
        """
        key = await self._key(tx, organization)
        if key is None:
            fresh = self._wrapped(organization, os.urandom(SIZE))
            await tx.run(_ADD, organization=organization, **fresh)
            # Another writer may have been first.
            key = await self._key(tx, organization)
        assert key is not None
        return secrets.seal(key, value, context)

    async def open(self, tx: Tx, organization: uuid.UUID, sealed: bytes, context: str) -> bytes:
        """What `seal` hid. Raises Unreadable, also when the master key is not there any more."""
        key = await self._key(tx, organization)
        if key is None:
            raise Unreadable("the organization has no key")
        return secrets.open(key, sealed, context)

    async def forget(self, tx: Tx, organization: uuid.UUID) -> None:
        """Makes everything unreadable that was sealed for an organization, wherever it lies."""
        await tx.run(_FORGET, organization=organization)

    async def reseal(self, db: Database) -> int:
        """Seals with the first master whatever another one sealed; says how many keys that were.

        Raises Unreadable when one of them opens with no master that is there.
        """
        done = 0
        while more := await db.run(self._reseal_some):
            done += more
        return done

    async def _reseal_some(self, tx: Tx) -> int:
        rows = await tx.all(_LOCK_OTHERS, master=self.masters[0].id, size=BATCH)
        for row in rows:
            key = self._unwrapped(row)
            await tx.run(_SAVE, of=row.organization, **self._wrapped(row.organization, key))
        return len(rows)

    async def _key(self, tx: Tx, organization: uuid.UUID) -> bytes | None:
        row = await tx.maybe(_KEY, organization=organization)
        return self._unwrapped(row) if row else None

    def _wrapped(self, organization: uuid.UUID, key: bytes) -> dict[str, Any]:
        master = self.masters[0]
        sealed = secrets.seal(master.key, key, f"vault/{organization}")
        return {"master": master.id, "sealed": sealed}

    def _unwrapped(self, row: Any) -> bytes:
        for master in self.masters:
            if master.id == row.master:
                return secrets.open(master.key, row.sealed, f"vault/{row.organization}")
        raise Unreadable(f"TURNOUT_VAULT_KEYS lacks the key {row.master}")


_organization = vault_keys.c.organization == sa.bindparam("organization")
_KEY = sql(sa.select(vault_keys).where(_organization))
_ADD = sql(
    insert(vault_keys)
    .values({name: sa.bindparam(name) for name in ("organization", "master", "sealed")})
    .on_conflict_do_nothing()
)
_FORGET = sql(sa.delete(vault_keys).where(_organization))
_LOCK_OTHERS = sql(
    sa.select(vault_keys)
    .where(vault_keys.c.master != sa.bindparam("master"))
    .order_by(vault_keys.c.organization)
    .limit(sa.bindparam("size"))
    .with_for_update()
)
_SAVE = sql(
    sa.update(vault_keys)
    .where(vault_keys.c.organization == sa.bindparam("of"))
    .values(master=sa.bindparam("master"), sealed=sa.bindparam("sealed"))
)
