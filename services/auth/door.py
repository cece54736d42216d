"""The door: who comes in has to know the password of an account, and may not guess for long."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.auth import tokens
from services.auth.accounts import actions, domain, wire
from services.auth.audit.actions import watched
from services.auth.audit.domain import Action
from services.auth.factors.actions import Factors
from services.auth.factors.domain import SecondFactorRequired
from services.auth.letters.actions import Post
from services.auth.limits import Limits
from services.auth.passwords import NONE, Hasher, TooManyLogins
from services.auth.signer import Signer
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.origin import here
from services.kit.throttle import Throttle, Track
from turnout.auth.v1 import auth_pb2


class Request(Protocol):
    """What somebody shows at the door."""

    @property
    def email(self) -> str: ...
    @property
    def password(self) -> str: ...


@dataclass(frozen=True)
class Door:
    db: Database
    hasher: Hasher
    signer: Signer
    throttle: Throttle
    limits: Limits
    post: Post
    factors: Factors
    now: Callable[[], datetime]

    @contextlib.asynccontextmanager
    async def knocked(
        self, trying: Action, email: str, password: str
    ) -> AsyncIterator[domain.Credentials]:
        """Around what only the owner of an account may do: gives the account.

        What is refused inside counts as a failure too. Raises TooManyTries, BadCredentials and
        TooManyLogins after the same work for an address that has no account.
        """
        address, email = here().address, domain.normal(email)
        known = await self.db.read(actions.credentials, email, address)
        familiar = known is not None and known.familiar
        tracks = self.limits.login(email, address, familiar=familiar)
        await self.throttle.take(*tracks)
        same = await self.compared(password, known.password if known else None, *tracks)
        user = known.user if known else None
        async with watched(self.db, trying, wire.target(user), user=user):
            if known is None or not same:
                raise domain.BadCredentials()
        try:
            yield known
        except (SecondFactorRequired, domain.Outrun):
            # It is no guess to send the right password first, or to be too slow.
            await self.throttle.give_back(*tracks)
            raise
        await self.throttle.give_back(*tracks)

    async def let_in(
        self,
        trying: Action,
        request: Request,
        open: Callable[[Tx, domain.Credentials], Awaitable[domain.Opened]],
    ) -> auth_pb2.Tokens:
        """Lets `open` begin a session for who shows all that the account wants to see."""
        for last in (False, True):
            try:
                async with self.knocked(trying, request.email, request.password) as known:
                    user = known.user
                    async with watched(self.db, trying, wire.target(user), user=user):
                        opened = await self.db.run(open, known)
            except domain.Outrun:
                # Another login hashed the same password anew. Or it is another one now.
                if last:
                    raise domain.BadCredentials() from None
                continue
            await self.keep_up(known, request.password)
            return await self.tokens(opened)
        raise AssertionError("the last one returned or raised")

    @contextlib.asynccontextmanager
    async def owned(self, user: uuid.UUID, password: str, field: str) -> AsyncIterator[None]:
        """Around what a session alone is not enough for. Raises WrongPassword and SignOnAgain."""
        stored = await self.db.read(actions.password, user, caller().name)
        if stored == NONE:
            await self.db.run(actions.need_fresh, caller().session, self.now())
            yield
            return
        # Whoever found an open session must not find the password by it.
        tracks = self.limits.login(caller().name, here().address, familiar=True)
        await self.throttle.take(*tracks)
        if not await self.compared(password, stored, *tracks):
            raise domain.WrongPassword(field, "is not the password of the account")
        await self.throttle.give_back(*tracks)
        yield

    async def compared(self, password: str, stored: str | None, *tracks: Track) -> bool:
        """Whether it is the password of `stored`; a try that there was no room for is none.

        Raises TooManyLogins.
        """
        try:
            return await self.hasher.check(password, stored)
        except TooManyLogins:
            await self.throttle.give_back(*tracks)
            raise

    async def keep_up(self, known: domain.Credentials, password: str) -> None:
        """Hashes anew by the policy of today while the password is at hand; or next time."""
        if not self.hasher.stale(known.password):
            return
        try:
            hashed = await self.hasher.hash(password)
        except TooManyLogins:
            return
        await self.db.run(actions.rehash, known, hashed)

    async def tokens(self, opened: domain.Opened) -> auth_pb2.Tokens:
        """What somebody who was let in goes on with."""
        session, key = opened.session, await self.signer.key()
        more = tokens.claims_of(
            administrator=session.administrator, second_factor=session.second_factor
        )
        token = key.access_token(session.user, session.id, self.now(), more)
        return wire.tokens(opened, token)
