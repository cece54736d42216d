"""The key that this process signs access tokens with, and the ones that everybody checks with.

The next key is published before it signs, and an old one stays until its last token has expired.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.auth.accounts import actions
from services.auth.tokens import SigningKey
from services.kit.config import Misconfigured
from services.kit.db import Database
from services.kit.log import logger
from services.kit.patience import AWAY, Patience
from services.kit.secrets import Unreadable

# How long a process may go on with a key before it looks whether there is a next one.
LOOK = timedelta(minutes=1)


@dataclass
class Signer:
    """Reads the key when it is first needed, and makes it where there is none yet."""

    db: Database
    # What private keys are sealed with.
    secret: bytes = field(repr=False)
    now: Callable[[], datetime]
    _key: SigningKey | None = None
    _read_time: datetime | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def key(self) -> SigningKey:
        """Raises Misconfigured when the key was sealed with another secret."""
        key = self._key
        if key is not None and self._fresh():
            return key
        async with self._lock:
            if self._key is None or not self._fresh():
                self._key = await self._read()
            return self._key

    async def jwks(self) -> bytes:
        """A JSON Web Key Set with the key of every token that is still good."""
        await self.key()
        return json.dumps({"keys": await self.db.read(actions.public_keys)}).encode()

    async def prepare(self) -> None:
        """Gets the key before the first call needs it, as soon as the database is there."""
        patience = Patience("signer")
        while self._key is None:
            try:
                await self.key()
            except AWAY as error:
                await patience.wait(error)
            except Misconfigured as error:
                logger.error("no token can be signed", error=str(error))
                return

    async def rotate(self, *, at_once: bool = False) -> datetime | None:
        """Publishes the next key if its time has come, or `at_once`; says when it will sign."""
        return await self.db.run(actions.rotate, self.secret, self.now(), at_once=at_once)

    def _fresh(self) -> bool:
        """Whether we looked a moment ago which key it is."""
        return self._read_time is not None and self.now() - self._read_time < LOOK

    async def _read(self) -> SigningKey:
        now = self.now()
        try:
            key = await self.db.run(actions.signing_key, self.secret, now)
        except Unreadable:
            raise Misconfigured(
                "TURNOUT_SECRET is not the one that the signing key in the database was sealed with"
            ) from None
        self._read_time = now
        return key
