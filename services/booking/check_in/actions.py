"""What happens at the door, one function per intent. Each runs inside one transaction.

Tickets are locked by their ids, all of them before the first one is used.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.booking import actions as sales
from services.booking.check_in import domain, store, wire
from services.booking.check_in.domain import SCANS, Door, Entry, Outcome, Pass, Scan
from services.booking.codes import Read, Signer
from services.booking.domain import EVENTS, TICKETS, Offers
from services.booking.tickets.domain import Ticket, TicketNotFound
from services.kit import errors
from services.kit.db import Contended, Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import Name

# Who lets in those who arrive.
BY_ARRIVAL = "services/location"


@dataclass(frozen=True)
class Shown:
    """What somebody shows at the door of an event: a code, or who they are on a list."""

    event: Name
    code: str = ""
    ticket: uuid.UUID | None = None
    gate: str = ""
    # The device's own id and time of it; those of the service unless it was told later.
    scan: uuid.UUID | None = None
    time: datetime | None = None


async def check_in(tx: Tx, shown: Shown, *, who: str, now: datetime, signer: Signer) -> Ticket:
    """Lets one in, now."""
    [found] = await _found(tx, [shown], now, signer)
    if isinstance(found, errors.Refusal):
        raise found
    seen = (await store.lock(tx, shown.event.organization, [found]))[found]
    entry = Entry(new_id(), now, shown.gate)
    after = domain.check_in(seen, shown.event, entry)
    await _enter(tx, after, now)
    scan = _scan(shown, entry, who, now)
    await store.add(tx, replace(scan, ticket=found, outcome=Outcome.ADMITTED))
    return wire.used(after, now)


async def undo(tx: Tx, name: Name, *, version: int | None, now: datetime) -> Ticket:
    """Takes an entry back."""
    seen = (await store.lock(tx, name.organization, [name.id])).get(name.id)
    if seen is None:
        raise TicketNotFound(TICKETS.format(name))
    if version not in (None, seen.ticket.version):
        raise StaleEtag(TICKETS.format(name))
    after = domain.undo(seen, now)
    assert seen.entry is not None
    await store.settle(
        tx, Name(name.organization, seen.entry.scan), Outcome.REFUSED, reason="UNDONE"
    )
    await store.enter(tx, after, now)
    tx.publish(wire.reverted(seen), subject=TICKETS.format(name))
    return wire.used(after, now)


async def upload(
    tx: Tx, shown: Sequence[Shown], *, who: str, now: datetime, signer: Signer
) -> list[Scan]:
    """Takes what a device scanned: each once, and what became of each, in their order."""
    organization, ids = shown[0].event.organization, [one.scan for one in shown if one.scan]
    found = await _found(tx, shown, now, signer)
    locked = await store.lock(
        tx, organization, [one for one in found if isinstance(one, uuid.UUID)]
    )
    # After the lock: whoever told the same ones at the same time is done by now.
    known = await store.several(tx, organization, ids)
    pairs = zip(shown, found, strict=True)
    todo = {one.scan: (one, what) for one, what in pairs if one.scan not in known}
    for one, what in sorted(todo.values(), key=lambda pair: (pair[0].time, pair[0].scan)):
        await _take(tx, one, what, locked, who=who, now=now)
    after = await store.several(tx, organization, ids)
    return [after[id] for id in ids]


async def _take(
    tx: Tx,
    shown: Shown,
    found: uuid.UUID | errors.Refusal,
    locked: dict[uuid.UUID, Pass],
    *,
    who: str,
    now: datetime,
) -> None:
    assert shown.scan is not None
    assert shown.time is not None
    entry = Entry(shown.scan, min(shown.time, now), shown.gate)
    scan = _scan(shown, entry, who, now)
    if isinstance(found, errors.Refusal):
        await store.add(tx, replace(scan, reason=found.reason))
        return
    before, scan = locked[found], replace(scan, ticket=found)
    try:
        domain.require_good(before, shown.event)
    except errors.Refusal as refusal:
        await store.add(tx, replace(scan, reason=refusal.reason))
        return
    after = locked[found] = domain.merge(before, entry)
    if after.entry != entry:
        await store.add(tx, _lost(scan, after))
        return
    if before.entry is not None:
        loser = Name(scan.name.organization, before.entry.scan)
        await store.settle(tx, loser, Outcome.CONFLICT, winner=entry.scan)
    await _enter(tx, after, now, anew=before.entry is None)
    await store.add(tx, replace(scan, outcome=Outcome.ADMITTED))


def _lost(scan: Scan, after: Pass) -> Scan:
    """A scan that another one counts instead of, or that an undoing came after."""
    if after.entry is None:
        return replace(scan, reason="UNDONE")
    return replace(scan, outcome=Outcome.CONFLICT, winner=after.entry.scan)


async def arrive(tx: Tx, event: Name, who: str, *, at: datetime, now: datetime) -> None:
    """Lets in who arrives, with all the tickets they have, where the door works that way."""
    if not (await store.door(tx, event)).check_in_on_arrival:
        return
    ids = await store.held_by(tx, event, who)
    for id, seen in (await store.lock(tx, event.organization, ids)).items():
        entry = Entry(new_id(), min(at, now))
        try:
            after = domain.check_in(seen, event, entry)
        except errors.Refusal:
            continue
        await _enter(tx, after, now)
        scan = _scan(Shown(event), entry, BY_ARRIVAL, now)
        await store.add(tx, replace(scan, ticket=id, outcome=Outcome.ADMITTED))


async def arrive_not(tx: Tx, event: Name, who: str, now: datetime) -> None:
    """Takes back that somebody is in who did not arrive after all, unless a person let them in."""
    ids = await store.let_in_by(tx, event, who, BY_ARRIVAL)
    for id, seen in (await store.lock(tx, event.organization, ids)).items():
        # Somebody else may have been at it before the lock.
        entry = seen.entry
        scan = (await store.several(tx, event.organization, [entry.scan])) if entry else {}
        if entry is None or scan[entry.scan].creator != BY_ARRIVAL:
            continue
        name = Name(event.organization, id)
        lost = await store.losers(tx, name, entry.scan)
        after = domain.retract(seen, [Entry(s.name.id, s.scan_time, s.gate) for s in lost])
        gone = Name(event.organization, entry.scan)
        await store.settle(tx, gone, Outcome.REFUSED, reason="UNDONE")
        for one in lost:
            await _settle_again(tx, one, after)
        await store.enter(tx, after, now)
        if after.entry is None:
            tx.publish(wire.reverted(seen), subject=TICKETS.format(name))


async def _settle_again(tx: Tx, scan: Scan, after: Pass) -> None:
    """Writes what became of a scan now that the one does not count that did instead of it."""
    assert after.entry is not None
    winner = after.entry.scan
    if scan.name.id == winner:
        await store.settle(tx, scan.name, Outcome.ADMITTED)
    else:
        await store.settle(tx, scan.name, Outcome.CONFLICT, winner=winner)


async def _enter(tx: Tx, after: Pass, now: datetime, *, anew: bool = True) -> None:
    await store.enter(tx, after, now)
    if anew:
        tx.publish(wire.checked_in(after), subject=TICKETS.format(after.ticket.name))


async def _found(
    tx: Tx, shown: Sequence[Shown], now: datetime, signer: Signer
) -> list[uuid.UUID | errors.Refusal]:
    """The ticket that each shows, or why there is none. All are at the same door."""
    event = shown[0].event
    kept = await store.by_codes(tx, event.organization, [one.code for one in shown if one.code])
    read = {one.code: signer.read(one.code) for one in shown if one.code not in kept}
    ids = [one.ticket for one in shown if one.ticket]
    ids += [said.ticket for said in read.values() if said is not None]
    there = await store.lock(tx, event.organization, [*ids, *kept.values()])
    door = await store.door(tx, event)
    found: list[uuid.UUID | errors.Refusal] = []
    for one in shown:
        if one.ticket is not None:
            name = TICKETS.format(Name(event.organization, one.ticket))
            found.append(one.ticket if one.ticket in there else TicketNotFound(name))
        elif one.code in kept:
            found.append(_while(there[kept[one.code]], None, door, one, now))
        else:
            found.append(_signed(read[one.code], there, door, one, now))
    return found


def _signed(
    said: Read | None, there: Mapping[uuid.UUID, Pass], door: Door, shown: Shown, now: datetime
) -> uuid.UUID | errors.Refusal:
    """The ticket of a code that is not kept, by what it says of itself."""
    seen = there.get(said.ticket) if said is not None else None
    if said is None or seen is None:
        return domain.CodeUnknown(EVENTS.format(shown.event))
    if said.expire_time is None or said.issue != seen.ticket.issue:
        return domain.CodeReplaced(TICKETS.format(seen.ticket.name))
    return _while(seen, said.expire_time, door, shown, now)


def _while(
    seen: Pass, end: datetime | None, door: Door, shown: Shown, now: datetime
) -> uuid.UUID | errors.Refusal:
    """The ticket of a code, unless it was over when it was read. It may be of another event."""
    here = seen.ticket.event == shown.event
    if here and domain.is_stale(end, min(shown.time or now, now), door):
        return domain.CodeStale(TICKETS.format(seen.ticket.name))
    return seen.ticket.name.id


def _scan(shown: Shown, entry: Entry, who: str, now: datetime) -> Scan:
    return Scan(
        name=Name(shown.event.organization, entry.scan),
        event=shown.event,
        scan_time=entry.time,
        create_time=now,
        creator=who,
        gate=entry.gate,
    )


# --- reading


async def scan(tx: Tx, name: Name) -> Scan:
    found = (await store.several(tx, name.organization, [name.id])).get(name.id)
    if found is None:
        raise domain.ScanNotFound(SCANS.format(name))
    return found


async def attendance(tx: Tx, event: Name) -> tuple[Offers, dict[str, int]]:
    """How many tickets are sold, and how many are in, by ticket type."""
    return (await sales.availability(tx, event)).offers, await store.checked_in(tx, event)


async def door(tx: Tx, event: Name) -> Door:
    await sales.availability(tx, event)
    return await store.door(tx, event)


async def change_door(
    tx: Tx, event: Name, changes: Mapping[str, bool], version: int | None
) -> Door:
    """Has a door work otherwise; what is not among the changes stays."""
    before = await door(tx, event)
    if version not in (None, before.version):
        raise StaleEtag(f"{EVENTS.format(event)}/door")
    after = replace(before, **changes)
    if after == before:
        return before
    after = replace(after, version=before.version + 1)
    if await store.hang(tx, event, after) != 1:
        raise Contended()
    return after
