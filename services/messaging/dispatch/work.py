"""Hands messages to their providers, lane by lane.

A lane is what one organization sends on one channel. Whoever looks at a lane takes as many
messages as its rate lets it, hands them over side by side, and goes on to take more for a moment;
then the lane goes to the end of the line of lanes, so that a million messages of one organization
hold up nobody else's reminder. Claims and outcomes of messages that are under way together
are committed together.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.kit.caller import SYSTEM, acting
from services.kit.db import Database
from services.kit.gather import Gather
from services.kit.work import Due, Errand
from services.messaging.channels.provider import HandedAlready, Provider, Providers, takes
from services.messaging.dispatch import actions, domain
from services.messaging.dispatch.actions import Attempt, Ended
from services.messaging.dispatch.breaker import Breaker, Breakers
from services.messaging.dispatch.domain import (
    USUAL,
    Deferred,
    Outcome,
    Rate,
    Refused,
    Taken,
    Unknown,
    lane_id,
)
from services.messaging.messages.cache import SentCache
from services.messaging.messages.domain import Channel, Failure, Letter, Message
from services.messaging.templates.pages import dressed

# How long a lane is drained before others have their turn, in seconds.
TURN = 0.5
# How many messages of a lane are under way at a time, and how many are taken at a time.
UNDER_WAY, HANDFUL = 256, 128

# Messages in a second, of a provider that says nothing else.
LIMIT = 1000

_Ids = Sequence[uuid.UUID]
Carriers = Callable[[uuid.UUID, Channel], Awaitable[Sequence[Provider]]]
Claimed = tuple[Message, str]


@dataclass
class Dispatcher:
    """Hands messages to their providers, each once.

    A crash before a provider's point of no return means another try; one after it means asking
    the provider what became of the attempt, and never a second try in the dark.
    """

    providers: Providers
    key: bytes = field(repr=False)
    now: Callable[[], datetime]
    # How fast a lane moves whose organization says nothing else.
    usual: Rate = USUAL
    cache: SentCache = field(default_factory=SentCache)
    # What an organization sends by itself on a channel, the first one first; empty if it sends by
    # what the platform has.
    carriers: Carriers | None = None
    breakers: Breakers = field(default_factory=Breakers)
    # Where one says that one wants no more of them; empty for what has none.
    way_out: Callable[[Message], str] = lambda _: ""
    # Made with the first database that it works on.
    _books: Books | None = None

    def limit(self, channel: Channel) -> int:
        """How many messages in a second the provider of a channel takes."""
        provider = self.providers.get(channel)
        return getattr(provider, "limit", LIMIT)

    @property
    def errands(self) -> Mapping[str, Errand]:
        return {actions.SEND: self._send}

    async def _send(self, db: Database, due: Due) -> None:
        assert due.organization is not None
        for channel in _lanes_of(due.organization, due.id):
            await self._drain(db, due.organization, channel)

    async def _drain(self, db: Database, organization: uuid.UUID, channel: Channel) -> None:
        held: set[uuid.UUID] = set()
        try:
            async with asyncio.TaskGroup() as group:
                await self._hand_out(db, organization, channel, group=group, held=held)
        except asyncio.CancelledError:
            # Whoever comes next need not wait until we count as dead.
            await self._books_of(db).close()
            await db.run(actions.give_back, organization, list(held))
            raise
        await db.run(actions.look_again, organization, channel, usual=self.usual, now=self.now())

    async def _hand_out(
        self,
        db: Database,
        organization: uuid.UUID,
        channel: Channel,
        *,
        group: asyncio.TaskGroup,
        held: set[uuid.UUID],
    ) -> None:
        """Takes messages and has them handed over, until there are no more or our turn is over."""
        end = time.monotonic() + TURN
        by = await self._providers_of(organization, channel)
        under_way: set[asyncio.Task[None]] = set()
        while True:
            taking = group.create_task(self._take(db, organization, channel))
            try:
                # What was taken is given back, whenever we are stopped.
                ids = await asyncio.shield(taking)
            except asyncio.CancelledError:
                held.update(await taking)
                raise
            held.update(ids)
            attempts = await db.read(actions.letters, organization, ids, self.key) if ids else []
            for attempt in attempts:
                task = group.create_task(self._hand_over(db, attempt, by, held))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            if len(ids) < HANDFUL or time.monotonic() >= end:
                return
            while len(under_way) > UNDER_WAY - HANDFUL:
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _take(self, db: Database, organization: uuid.UUID, channel: Channel) -> _Ids:
        return await db.run(
            actions.take,
            organization,
            channel,
            most=HANDFUL,
            usual=self.usual,
            key=self.key,
            now=self.now(),
        )

    async def _providers_of(self, organization: uuid.UUID, channel: Channel) -> Sequence[Provider]:
        """Who may carry a message, in the order to try them in."""
        own = await self.carriers(organization, channel) if self.carriers else ()
        platform = self.providers.get(channel)
        return own or ([platform] if platform else [])

    async def _hand_over(
        self, db: Database, attempt: Attempt, by: Sequence[Provider], held: set[uuid.UUID]
    ) -> None:
        message, books = attempt.message, self._books_of(db)
        try:
            ended = await self._outcome(books, attempt, by)
        except HandedAlready:
            return
        await books.settle(message.name.organization, ended)
        held.discard(message.name.id)

    async def _outcome(self, books: Books, attempt: Attempt, by: Sequence[Provider]) -> Ended:
        """What an attempt comes to, and by whom it was made."""
        message, letter = attempt.message, attempt.letter
        if message.open_attempt:
            return message, message.provider, await _find(by, message, letter)
        if not letter.address:
            gone = Refused("the app is no longer there", Failure.NO_ADDRESS)
            return message, message.provider, gone
        by = [each for each in by if takes(each, letter)]
        provider = self._choose(by, message)
        if provider is None:
            if not by:
                why = f"nobody carries {letter.channel.value}"
                return message, "", Refused(why, Failure.ACCOUNT)
            return message, message.provider, Deferred("every provider is away")
        handed = message

        async def claim() -> None:
            nonlocal handed
            passed = await books.claim(message.name.organization, (message, provider.name))
            if passed is None:
                raise HandedAlready
            handed = passed

        letter = dressed(dataclasses.replace(letter, unsubscribe_uri=self.way_out(message)))
        outcome = await provider.send(letter, claim)
        self._learn(message, provider, outcome)
        return handed, provider.name, domain.elsewhere(message, outcome, len(by))

    def _choose(self, by: Sequence[Provider], message: Message) -> Provider | None:
        """The first that works, but not the one that failed last if there is another."""
        fresh = [each for each in by if not message.attempts or each.name != message.provider]
        order = [*fresh, *(each for each in by if each not in fresh)]
        now = time.monotonic()
        return next(
            (each for each in order if self._breaker(message, each).lets_through(now)), None
        )

    def _learn(self, message: Message, provider: Provider, outcome: Outcome) -> None:
        breaker = self._breaker(message, provider)
        match outcome:
            case Taken():
                breaker.worked()
            case Refused(failure=Failure.ACCOUNT):
                breaker.failed(time.monotonic(), at_once=True)
            case Refused():
                pass  # the message is to blame
            case Deferred(after=pause) if pause is not None:
                pass  # it works, and says when it goes on
            case Deferred() | Unknown():
                breaker.failed(time.monotonic())

    def _breaker(self, message: Message, provider: Provider) -> Breaker:
        return self.breakers.of((message.name.organization, message.channel, provider.name))

    def _books_of(self, db: Database) -> Books:
        if self._books is None or self._books.db is not db:
            self._books = Books(db, self.now, self.cache)
        return self._books


class Books:
    """The group commits of the dispatcher: what comes while one is under way goes into the next."""

    def __init__(self, db: Database, now: Callable[[], datetime], cache: SentCache) -> None:
        self.db = db
        self._now = now
        self._cache = cache
        self.claim: Gather[uuid.UUID, Claimed, Message | None] = Gather(self._claim)
        self.settle: Gather[uuid.UUID, Ended, None] = Gather(self._settle)

    async def close(self) -> None:
        """Waits until what was begun is committed."""
        await self.claim.close()
        await self.settle.close()

    async def _claim(
        self, organization: uuid.UUID, claims: list[Claimed]
    ) -> Sequence[Message | None]:
        with acting(SYSTEM("messaging")):
            return await self.db.run(actions.claim, organization, claims, self._now())

    async def _settle(self, organization: uuid.UUID, ended: list[Ended]) -> Sequence[None]:
        with acting(SYSTEM("messaging")):
            changed = await self.db.run(actions.settle, organization, ended, self._now())
        await self._cache.put(changed)
        return [None] * len(ended)


def _lanes_of(organization: uuid.UUID, id: uuid.UUID) -> Iterable[Channel]:
    """The channel whose lane has that id; all of them where none has."""
    channels = [channel for channel in Channel if channel is not Channel.NONE]
    return [each for each in channels if lane_id(organization, each) == id] or channels


async def _find(by: Sequence[Provider], message: Message, letter: Letter) -> Outcome:
    for provider in by:
        if message.provider == provider.name:
            return await provider.find(letter)
    return Unknown(f"it was handed to {message.provider}, which is no longer there to ask")
