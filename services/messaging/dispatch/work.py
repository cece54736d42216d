"""Hands messages to their providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.kit.db import Database
from services.kit.names import Name
from services.kit.work import Due, Errand
from services.messaging.channels.provider import HandedAlready, Provider, Providers
from services.messaging.dispatch import actions
from services.messaging.dispatch.domain import Outcome, Unknown
from services.messaging.messages.domain import Letter, Message


@dataclass(frozen=True)
class Dispatcher:
    """Hands messages to their providers, each once.

    A crash before a provider's point of no return means another try; one after it means asking
    the provider what became of the attempt, and never a second try in the dark.
    """

    providers: Providers
    key: bytes = field(repr=False)
    now: Callable[[], datetime]

    @property
    def errands(self) -> Mapping[str, Errand]:
        return {actions.SEND: self._send}

    async def _send(self, db: Database, due: Due) -> None:
        name = _name(due)
        found = await db.read(actions.letter, name, self.key)
        if found is None:
            return
        message, letter = found
        provider = self.providers[letter.channel]
        try:
            outcome = await self._attempt(db, provider, message, letter)
        except HandedAlready:
            return
        await db.run(actions.settle, name, outcome, provider=provider.name, now=self.now())

    async def _attempt(
        self, db: Database, provider: Provider, message: Message, letter: Letter
    ) -> Outcome:
        if message.open_attempt:
            return await _find(provider, message, letter)

        async def claim() -> None:
            if not await db.run(actions.claim, letter.name, provider.name):
                raise HandedAlready

        return await provider.send(letter, claim)


async def _find(provider: Provider, message: Message, letter: Letter) -> Outcome:
    if message.provider != provider.name:
        return Unknown(f"it was handed to {message.provider}, which is no longer there to ask")
    return await provider.find(letter)


def _name(due: Due) -> Name:
    assert due.organization is not None
    return Name(due.organization, due.id)
