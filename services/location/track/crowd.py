"""The journeys that a process keeps reports of, so that it need not read them for each report.

What is in here may be out of date: whoever writes by it says which change it knew, and Postgres
refuses what rests on an older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from services.kit.names import Name
from services.location.track.domain import Passage

# How long a journey that nothing is heard of is remembered.
IDLE = timedelta(minutes=5)


class Crowd:
    """The passages of a process, by journey."""

    def __init__(self) -> None:
        self._passages: dict[Name, Passage] = {}
        # Those with something that waits to be settled.
        self._pending: set[Name] = set()

    def __len__(self) -> int:
        return len(self._passages)

    def take_out(self, names: Iterable[Name]) -> dict[Name, Passage]:
        """Those of some journeys that are known. Who fails to write them does not put them back."""
        found = {name: self._passages.pop(name) for name in names if name in self._passages}
        self._pending -= found.keys()
        return found

    def put_back(self, passages: Mapping[Name, Passage], now: datetime) -> None:
        for name, passage in passages.items():
            if passage.journey.lasts(now):
                self._passages[name] = passage
                if passage.pending:
                    self._pending.add(name)

    def due(self, now: datetime) -> list[Name]:
        """Those that everybody should hear of now."""
        return [name for name in self._pending if self._passages[name].due(now)]

    def sweep(self, now: datetime) -> None:
        """Forgets those that nothing was heard of for long."""
        for name, passage in list(self._passages.items()):
            if not passage.pending and (
                passage.settle_time is None or now - passage.settle_time > IDLE
            ):
                del self._passages[name]
