"""What carries messages, as far as the dispatcher knows it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from services.kit.db import in_transaction
from services.messaging.dispatch.domain import Deferred, Outcome
from services.messaging.messages.domain import Channel, Letter

# Commits that the provider may have the letter from now on. Raises `HandedAlready`.
Claim = Callable[[], Awaitable[None]]


class HandedAlready(Exception):
    """Another process is past the point of no return with this very letter."""


class Provider(Protocol):
    """Hands letters to the world.

    No method raises for what the world does: an outcome says it. Whatever is cut short before
    the claim may be done again; after it, `find` is asked, and a letter goes out again only when
    that says `Deferred`: it provably did not arrive.
    """

    @property
    def name(self) -> str: ...

    async def send(self, letter: Letter, claim: Claim) -> Outcome:
        """Hands a letter over, and awaits `claim` right before the point of no return."""
        ...

    async def find(self, letter: Letter) -> Outcome:
        """What became of an attempt that was cut short: `Taken`, `Deferred` or `Unknown`."""
        ...


class Carrier(Provider, Protocol):
    """A provider by an account of an organization's own."""

    async def check(self) -> str:
        """Why the provider does not know the account; empty if it does. Sends nothing."""
        ...


Providers = Mapping[Channel, Provider]

LOST = Deferred("it never got there")


def takes(provider: Provider, letter: Letter) -> bool:
    """Whether a letter is for that provider, where several have a channel in common."""
    asked: Callable[[str], bool] | None = getattr(provider, "takes", None)
    return asked is None or asked(letter.address)


def refuse_in_transaction() -> None:
    """Nobody waits for a stranger while holding a row."""
    if in_transaction.get():
        raise RuntimeError("a message is not sent inside a transaction")
