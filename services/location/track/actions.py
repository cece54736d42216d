"""What location does with reports. Each runs inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kit import errors
from services.kit.db import Tx
from services.kit.names import Name
from services.location.events.domain import Event
from services.location.journeys import wire
from services.location.journeys.domain import JOURNEYS, Journey, JourneyNotFound, State
from services.location.segments.columns import Report
from services.location.track import domain, store
from services.location.track.domain import Passage


@dataclass(frozen=True)
class Entry:
    """A report that wants to be kept."""

    journey: Name
    report: Report


@dataclass(frozen=True)
class Kept:
    """What became of a report: the journey after it, and after those beside it."""

    journey: Journey
    event: Event


async def keep(tx: Tx, entries: Sequence[Entry], now: datetime) -> list[Kept | errors.Refusal]:
    """Keeps reports of many journeys, in order; says of each what became of it.

    One refused report does not keep the others out.
    """
    names = sorted({entry.journey for entry in entries}, key=lambda name: name.id)
    await tx.take_part({name.organization for name in names})
    passages = await store.lock_many(tx, names)
    answers = [_take(passages, entry, now) for entry in entries]
    new = [
        (entry.journey, answer)
        for entry, answer in zip(entries, answers, strict=True)
        if isinstance(answer, Report)
    ]
    settled = {name: domain.settle(passage, now) for name, passage in passages.items()}
    if new:
        store.keep(tx, new, [settled[name] for name in dict.fromkeys(name for name, _ in new)])
    for name, passage in passages.items():
        _tell(tx, passage.before.state, settled[name])
    return [
        answer
        if isinstance(answer, errors.Refusal)
        else Kept(settled[entry.journey], passages[entry.journey].event)
        for entry, answer in zip(entries, answers, strict=True)
    ]


def _take(
    passages: Mapping[Name, Passage], entry: Entry, now: datetime
) -> Report | errors.Refusal | None:
    """What of a report is to be kept, if anything; or why it is not."""
    passage = passages.get(entry.journey)
    if passage is None:
        return JourneyNotFound(JOURNEYS.format(entry.journey))
    try:
        return domain.take(passage, entry.report, now)
    except errors.Refusal as refusal:
        return refusal


def _tell(tx: Tx, before: State, journey: Journey) -> None:
    """Publishes what reports made true: one starts the journey, one may end it."""
    if before is State.READY and journey.state is not before:
        tx.publish(wire.started(journey), subject=JOURNEYS.format(journey.name))
    if before is not State.ARRIVED and journey.state is State.ARRIVED:
        tx.publish(wire.arrived(journey), subject=JOURNEYS.format(journey.name))
