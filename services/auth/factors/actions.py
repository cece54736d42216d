"""What auth does with second factors, one function per intent. Each runs in one transaction."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime

import pyotp

from services.auth.audit.actions import record
from services.auth.audit.domain import Action
from services.auth.factors import domain, store
from services.auth.factors.domain import Factor, Proof
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import USERS
from services.kit.secrets import open, seal

FORGET = "forget-device"
# What nobody mistakes for something else.
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 10


@dataclass(frozen=True)
class Given:
    """What a second factor brought: whether it was given, and a token of a remembered device."""

    proved: bool = False
    device_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Factors:
    """Keeps second factors; `key` seals their secrets."""

    key: bytes = field(repr=False)

    async def prove(self, tx: Tx, user: uuid.UUID, proof: Proof, now: datetime) -> Given:
        """Checks what was shown beside the password, if the account is guarded.

        Raises SecondFactorRequired and BadSecondFactor.
        """
        factor = await self._factor(tx, user)
        if factor is None or factor.confirm_time is None:
            return Given()
        token = proof.device_token
        if not (token and await store.is_device(tx, user, digest(token), now)):
            if not proof.code:
                raise domain.SecondFactorRequired()
            await self._take(tx, factor, proof.code, now)
        if not proof.remember:
            return Given(proved=True)
        return Given(proved=True, device_token=await _remember(tx, user, now))

    async def enroll(self, tx: Tx, user: uuid.UUID) -> str:
        """A new secret, which guards nothing yet."""
        factor = await self._factor(tx, user)
        if factor is not None and factor.confirm_time is not None:
            raise domain.SecondFactorOn()
        secret = pyotp.random_base32()
        await store.enroll(tx, user, seal(self.key, secret.encode(), str(user)))
        return secret

    async def confirm(self, tx: Tx, user: uuid.UUID, code: str, now: datetime) -> list[str]:
        """Turns it on, and gives recovery codes."""
        factor = await self._enrolled(tx, user)
        if factor.confirm_time is not None:
            raise domain.SecondFactorOn()
        step = domain.matched(factor, domain.normal(code), now)
        if step is None:
            raise domain.BadSecondFactor()
        await store.take(tx, user, step, now)
        record(tx, Action.SECOND_FACTOR_ADD, USERS.format(user))
        return await self._new_codes(tx, user)

    async def replace_codes(self, tx: Tx, user: uuid.UUID, code: str, now: datetime) -> list[str]:
        await self._take(tx, await self._guarding(tx, user), code, now)
        return await self._new_codes(tx, user)

    async def remove(self, tx: Tx, user: uuid.UUID, code: str, now: datetime) -> None:
        await self._take(tx, await self._guarding(tx, user), code, now)
        await forget_factor(tx, user)
        record(tx, Action.SECOND_FACTOR_REMOVE, USERS.format(user))

    async def _take(self, tx: Tx, factor: Factor, shown: str, now: datetime) -> None:
        """Takes what the app shows, or a recovery code; each once."""
        code = domain.normal(shown)
        step = domain.matched(factor, code, now)
        if step is not None:
            await store.take(tx, factor.user, step, now)
        elif not await store.use_code(tx, factor.user, self._digest(factor.user, code)):
            raise domain.BadSecondFactor()

    async def _new_codes(self, tx: Tx, user: uuid.UUID) -> list[str]:
        codes = [_drawn() for _ in range(domain.RECOVERY_CODES)]
        await store.remove_codes(tx, user)
        await store.add_codes(tx, user, [self._digest(user, code) for code in codes])
        return [f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}" for code in codes]

    async def _guarding(self, tx: Tx, user: uuid.UUID) -> Factor:
        factor = await self._enrolled(tx, user)
        if factor.confirm_time is None:
            raise domain.NoSecondFactor()
        return factor

    async def _enrolled(self, tx: Tx, user: uuid.UUID) -> Factor:
        factor = await self._factor(tx, user)
        if factor is None:
            raise domain.NoSecondFactor()
        return factor

    async def _factor(self, tx: Tx, user: uuid.UUID) -> Factor | None:
        row = await store.lock(tx, user)
        if row is None:
            return None
        secret = open(self.key, row.sealed, str(user)).decode()
        return Factor(user, secret, row.confirm_time, row.last_step)

    def _digest(self, user: uuid.UUID, code: str) -> bytes:
        return hmac.digest(self.key, f"{user}:{code}".encode(), hashlib.sha256)


def digest(device_token: str) -> bytes:
    """What is kept of the token of a device."""
    return hashlib.sha256(device_token.encode()).digest()


async def state(tx: Tx, user: uuid.UUID, now: datetime) -> domain.State:
    return await store.state(tx, user, now)


async def forget_devices(tx: Tx, user: uuid.UUID) -> None:
    """Has every device show the second factor again."""
    await store.remove_devices(tx, user)


async def forget_factor(tx: Tx, user: uuid.UUID) -> bool:
    """Removes a second factor with all that stands in for it; whether it guarded the account."""
    row = await store.lock(tx, user)
    await store.remove(tx, user)
    await store.remove_codes(tx, user)
    await store.remove_devices(tx, user)
    return row is not None and row.confirm_time is not None


async def forget_device(tx: Tx, id: uuid.UUID) -> None:
    await store.remove_device(tx, id)


async def _remember(tx: Tx, user: uuid.UUID, now: datetime) -> str:
    id, token, until = new_id(), secrets.token_urlsafe(32), now + domain.REMEMBERED
    await store.add_device(tx, id, user, digest(token), until)
    tx.schedule(FORGET, None, id, until)
    return token


def _drawn() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
