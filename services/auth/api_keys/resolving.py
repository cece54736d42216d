"""Whose an API key is: the answer that every service asks for, and auth itself too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.auth.api_keys import actions, domain, wire
from services.kit.api_keys import Resolve
from services.kit.caller import SYSTEM, acting
from services.kit.db import Database
from services.kit.tenant import within
from turnout.auth.v1 import api_key_pb2


async def resolve(db: Database, digest: bytes, now: datetime) -> api_key_pb2.ResolvedApiKey:
    """Raises ApiKeyUnknown. A use is written down once in a while."""
    with within(None):
        found, end = await db.read(actions.find, digest, now)
    if domain.used(found, now):
        with within(found.name.organization):
            await db.run(actions.use, found.name, now)
    return wire.resolved(found, end)


def resolver(db: Database, now: Callable[[], datetime]) -> Resolve:
    """How auth asks itself, when somebody calls it with a key."""

    async def ask(digest: bytes) -> api_key_pb2.ResolvedApiKey | None:
        try:
            with acting(SYSTEM(db.name)):
                return await resolve(db, digest, now())
        except domain.ApiKeyUnknown:
            return None

    return ask
