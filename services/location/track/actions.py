"""What location does with reports. Each runs inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.kit import errors
from services.kit.db import Tx
from services.kit.names import Name
from services.location.events import store as events
from services.location.events.domain import Event
from services.location.geofences import actions as geofences
from services.location.journeys import store as journeys
from services.location.journeys import wire
from services.location.journeys.domain import JOURNEYS, Journey, JourneyNotFound, State
from services.location.segments.columns import Report
from services.location.track import domain, late, store, telling
from services.location.track.crowd import Crowd
from services.location.track.domain import Passage

# Who is settled in one commit though they could wait: so many, and one for so many reports.
FEW, SHARE = 8, 8
EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A report that wants to be kept; None: what was kept of the journey wants to be settled.

    With `at_once`, who sends it waits for the estimate that knows of it.
    """

    journey: Name
    report: Report | None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a report: how far the journey is kept, and the journey when it was settled
    last, after the report or before it."""

    kept_through: int
    journey: Journey
    event: Event


Answer = Kept | errors.Refusal


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of many reports. `settled` are the journeys that everybody should hear of."""

    answers: list[Answer]
    passages: dict[Name, Passage]
    settled: list[Passage]


async def keep(tx: Tx, crowd: Crowd, entries: Sequence[Entry], now: datetime) -> Batch:
    """Keeps reports of many journeys, in order; says of each what became of it.

    One refused report does not keep the others out. A journey that the crowd knows is not read
    again; if somebody else wrote it meanwhile, its reports are taken once more. The passages are
    out of the crowd until the caller knows that all of this is on disk.
    """
    names = {entry.journey for entry in entries}
    await tx.take_part({name.organization for name in names})
    passages = crowd.take_out(names)
    batch, stale = await _keep(tx, passages, entries, now)
    if not stale:
        return batch
    for name in stale:
        passages.pop(name, None)
    again = [index for index, entry in enumerate(entries) if entry.journey in stale]
    second, stale = await _keep(tx, passages, [entries[index] for index in again], now)
    if stale:
        raise RuntimeError("a journey was written by somebody else while it was locked")
    for index, answer in zip(again, second.answers, strict=True):
        batch.answers[index] = answer
    return Batch(batch.answers, passages, [*batch.settled, *second.settled])


async def _keep(
    tx: Tx, passages: dict[Name, Passage], entries: Sequence[Entry], now: datetime
) -> tuple[Batch, set[Name]]:
    """Also gives the journeys that were not written, for somebody else had done so."""
    missing = {entry.journey for entry in entries} - passages.keys()
    if missing:
        passages |= await store.lock_many(tx, sorted(missing, key=lambda name: name.id))
    taken = [_take(passages, entry, now) for entry in entries]
    kept = [
        (entry.journey, report)
        for entry, report in zip(entries, taken, strict=True)
        if isinstance(report, Report)
    ]
    asked = {entry.journey for entry in entries if entry.at_once or entry.report is None}
    mine = [passages[name] for name in {entry.journey for entry in entries} if name in passages]
    settling = _settling(mine, asked, now, most=FEW + len(entries) // SHARE)
    settled, stale = await _settle(tx, settling, now)
    counting = [p for p in mine if p.kept_through > p.known_through and p not in settling]
    stale |= await _count(tx, counting)
    _doubt(tx, mine, now)
    # What needs no writing, or is refused, by what the crowd remembers is looked up all the same.
    sure = missing | {p.journey.name for p in (*settled, *counting)}
    stale |= {
        entry.journey
        for entry, report in zip(entries, taken, strict=True)
        if entry.report and not isinstance(report, Report) and entry.journey not in sure
    }
    # Of who wants nothing to be kept, nothing is.
    kept = [one for one in kept if not passages[one[0]].journey.terms.live_only]
    store.append(tx, [(name, report) for name, report in kept if name not in stale])
    answers = [
        _answer(passages, entry, report) for entry, report in zip(entries, taken, strict=True)
    ]
    return Batch(answers, passages, settled), stale


def _settling(
    passages: Sequence[Passage], asked: Set[Name], now: datetime, *, most: int
) -> list[Passage]:
    """Whom everybody should hear of with this commit. Of those who may as well be heard of with
    the next one only some, so that no report waits for what is made of many others."""
    found, later = [], []
    for passage in passages:
        if passage.hurries() or (passage.pending and passage.journey.name in asked):
            found.append(passage)
        elif passage.due(now):
            later.append(passage)
    if len(later) > most:
        # Those who waited longest.
        later.sort(key=lambda passage: passage.settle_time or EARLIEST)
    return found + later[:most]


async def _settle(
    tx: Tx, settling: Sequence[Passage], now: datetime
) -> tuple[list[Passage], set[Name]]:
    changing = []
    for passage in settling:
        before = passage.before
        if domain.settle(passage, now) is not before:
            changing.append((before, passage))
    if not changing:
        return [], set()
    done = await store.put(tx, [passage for _, passage in changing])
    settled = []
    for before, passage in changing:
        name = passage.journey.name
        if name in done:
            domain.written(passage, done[name])
            _tell(tx, before, passage.journey)
            settled.append(passage)
    _tell_crossings(tx, settled, now)
    return settled, {passage.journey.name for _, passage in changing} - done.keys()


def _tell_crossings(tx: Tx, settled: Sequence[Passage], now: datetime) -> None:
    crossed = [(one.journey, crossing) for one in settled for crossing in one.crossings]
    if crossed:
        geofences.tell(tx, crossed, now)
    for passage in settled:
        passage.crossings.clear()
        if passage.watch is not None and passage.watch.late:
            passage.watch.late = False
            geofences.doubt(tx, passage.journey.name, now)


async def _count(tx: Tx, counting: Sequence[Passage]) -> set[Name]:
    if not counting:
        return set()
    done = await store.count(tx, counting)
    for passage in counting:
        passage.known_through = passage.kept_through
    return {passage.journey.name for passage in counting} - done


def _doubt(tx: Tx, mine: Sequence[Passage], now: datetime) -> None:
    """Has it decided anew who is there, of those of whom something came late."""
    for passage in mine:
        if passage.late:
            passage.late = False
            geofences.doubt(tx, passage.journey.name, now)


async def review(tx: Tx, name: Name, now: datetime) -> None:
    """Decides anew whether somebody is there, by all positions, and where they went in and out."""
    before = await journeys.lock(tx, name)
    event = await events.find(tx, before.event) if before else None
    if before is not None and event is not None:
        # Of who arrived nothing waits any more.
        through = before.kept_through if before.state is State.ARRIVED else before.followed_through
        points = await geofences.followed(tx, replace(before, followed_through=through))
        after = late.decided(before, event, points, now)
        if after is not before:
            await journeys.put(tx, [after])
            _tell_anew(tx, before, after)
    await geofences.review(tx, name, now)


def _tell_anew(tx: Tx, before: Journey, after: Journey) -> None:
    """Publishes what late positions changed."""
    subject = JOURNEYS.format(after.name)
    if before.state is not State.ARRIVED:
        _tell(tx, before, after)
    elif after.state is not State.ARRIVED:
        tx.publish(wire.retracted(before), subject=subject)
        if after.told is not None:
            tx.publish(wire.expected(after, telling.counts(after)), subject=subject)
    elif after.arrive_time != before.arrive_time:
        tx.publish(wire.corrected(before, after), subject=subject)


def _take(
    passages: Mapping[Name, Passage], entry: Entry, now: datetime
) -> Report | errors.Refusal | None:
    """What of a report is to be kept, if anything; or why it is not."""
    passage = passages.get(entry.journey)
    if passage is None:
        return JourneyNotFound(JOURNEYS.format(entry.journey))
    if entry.report is None:
        return None
    try:
        report = domain.numbered(passage, entry.report)
        return None if report is None else domain.take(passage, report, now)
    except errors.Refusal as refusal:
        return refusal


def _answer(
    passages: Mapping[Name, Passage], entry: Entry, taken: Report | errors.Refusal | None
) -> Answer:
    if isinstance(taken, errors.Refusal):
        return taken
    passage = passages[entry.journey]
    return Kept(passage.kept_through, passage.journey, passage.event)


def _tell(tx: Tx, before: Journey, journey: Journey) -> None:
    """Publishes what reports made true: one starts the journey, some move what is expected, and
    one may end it."""
    subject = JOURNEYS.format(journey.name)
    if before.state is State.READY and journey.state is not before.state:
        tx.publish(wire.started(journey), subject=subject)
    if journey.told is not None and journey.told is not before.told:
        tx.publish(wire.expected(journey, telling.counts(journey)), subject=subject)
    if before.state is not State.ARRIVED and journey.state is State.ARRIVED:
        tx.publish(wire.arrived(journey), subject=subject)
