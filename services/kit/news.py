"""News: that something changed, told to whoever watches it, in this process and in all others.

A topic is a word, such as `seats 0197…`. News says only "look": the truth is in the tables, and
news that is lost (a process died between its commit and telling) costs a watcher time and
nothing else, for each looks now and then by itself. `kit.herald` carries it between processes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(eq=False)
class News:
    """The news of one process."""

    # Topics that other processes have not been told of yet, and whether there are any.
    untold: set[str] = field(default_factory=set)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    # Whether anybody ever watched anything here.
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    carried: bool = False
    _watched: dict[str, set[asyncio.Event]] = field(default_factory=dict)

    def tell(self, topics: Iterable[str]) -> None:
        """There is news of these, committed by this process."""
        for topic in topics:
            self.wake(topic)
            self.untold.add(topic)
        self.told.set()

    def wake(self, topic: str) -> None:
        """There is news of it."""
        for heard in self._watched.get(topic, ()):
            heard.set()

    def wake_all(self) -> None:
        """There may be news of anything."""
        for topic in list(self._watched):
            self.wake(topic)

    @contextlib.contextmanager
    def watching(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set when there is news of a topic; who waits for it clears it."""
        heard = asyncio.Event()
        self._watched.setdefault(topic, set()).add(heard)
        self.wanted.set()
        try:
            yield heard
        finally:
            self._watched[topic].discard(heard)
            if not self._watched[topic]:
                del self._watched[topic]
