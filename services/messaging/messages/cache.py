"""What providers call the messages that they took, in Redis. Postgres keeps the truth.

What is said of a message that was sent does not change, so whatever is found here is right; and
whatever is missing here, or all of it while Redis is away, is read from Postgres.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import redis.exceptions

from services.kit.carrier import carrier
from services.kit.log import logger
from services.kit.names import Name
from services.messaging.messages.domain import Message, Sent

# How long Redis may take to answer, how long it is left alone when it did not, and how long
# it keeps a message, in seconds.
PATIENCE, PAUSE, KEPT = 0.5, 2.0, 7 * 86_400


@dataclass
class SentCache:
    carrier: Any = None
    _again: float = 0.0

    @classmethod
    def open(cls, url: str) -> Self:
        """Connects when it is first used. Without a `url` it never knows anything."""
        if not url:
            return cls()
        return cls(carrier(url, PATIENCE))

    async def put(self, changed: Iterable[Message]) -> None:
        """Keeps what is said of those that were sent."""
        sent = [_sent(message) for message in changed if message.send_time is not None]
        await self.keep(sent)

    async def keep(self, sent: Sequence[Sent]) -> None:
        if not sent or not self._is_there():
            return
        try:
            async with self.carrier.pipeline(transaction=False) as pipe:
                for each in sent:
                    pipe.set(_key(each.message), _written(each), ex=KEPT)
                await pipe.execute()
        except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
            self._leave_alone(error)

    async def get(self, names: Sequence[Name]) -> dict[uuid.UUID, Sent]:
        """What is known of them, in one go."""
        if not names or not self._is_there():
            return {}
        try:
            found = await self.carrier.mget([_key(name) for name in names])
        except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
            self._leave_alone(error)
            return {}
        read = (_read(n, text) for n, text in zip(names, found, strict=True) if text)
        return {sent.message.id: sent for sent in read}

    def _is_there(self) -> bool:
        return self.carrier is not None and time.monotonic() >= self._again

    def _leave_alone(self, error: Exception) -> None:
        self._again = time.monotonic() + PAUSE
        logger.warning("what was sent is read from Postgres alone", error=repr(error))


def _sent(message: Message) -> Sent:
    assert message.send_time is not None
    return Sent(message.name, message.provider, message.provider_message, message.send_time)


def _key(name: Name) -> str:
    return f"messaging:sent:{name.organization}:{name.id}"


def _written(sent: Sent) -> str:
    return json.dumps([sent.provider, sent.provider_message, sent.send_time.isoformat()])


def _read(name: Name, text: bytes) -> Sent:
    provider, provider_message, send_time = json.loads(text)
    return Sent(name, provider, provider_message, datetime.fromisoformat(send_time))
