"""What auth keeps of accounts that were asked for. Each function is one statement."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import sqlalchemy as sa

from services.auth.codes.tables import challenges
from services.auth.registrations.tables import registrations
from services.kit.db import Tx, sql


@dataclass(frozen=True)
class Registration:
    # Who the account will be.
    user: uuid.UUID
    display_name: str
    # The hash of one.
    password: str = field(repr=False)


_ADD = sql(sa.insert(registrations))
_OF = sql(sa.select(registrations).where(registrations.c.challenge == sa.bindparam("challenge")))
_ABANDONED = sql(
    sa.select(registrations.c.user)
    .join(challenges, challenges.c.id == registrations.c.challenge)
    .where(challenges.c.id == sa.bindparam("challenge"), challenges.c.user.is_(None))
)


def add(tx: Tx, challenge: uuid.UUID, asked: Registration) -> None:
    """Adds it with the commit."""
    tx.write(
        _ADD,
        challenge=challenge,
        user=asked.user,
        display_name=asked.display_name,
        password=asked.password,
    )


async def registration(tx: Tx, challenge: uuid.UUID) -> Registration | None:
    row = await tx.maybe(_OF, challenge=challenge)
    return None if row is None else Registration(row.user, row.display_name, row.password)


async def abandoned(tx: Tx, challenge: uuid.UUID) -> uuid.UUID | None:
    """Who the account would have been that was asked for and not made."""
    row = await tx.maybe(_ABANDONED, challenge=challenge)
    return None if row is None else row.user
