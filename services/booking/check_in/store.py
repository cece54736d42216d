"""What is kept of the door. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.booking.check_in.domain import Door, Entry, Outcome, Pass, Scan
from services.booking.check_in.tables import doors, scans
from services.booking.tables import tickets
from services.booking.tickets.store import TICKETS, ticket_of
from services.kit.db import Tx, sql
from services.kit.names import Name

_organization = sa.bindparam("organization", type_=sa.Uuid)
_LOCK = sql(
    TICKETS.where(
        tickets.c.organization == _organization,
        tickets.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
    )
    .order_by(tickets.c.id)
    .with_for_update(of=tickets)
)
_BY_CODES = sql(
    sa.select(tickets.c.id, tickets.c.code).where(
        tickets.c.organization == _organization,
        tickets.c.code == sa.any_(sa.bindparam("codes", type_=ARRAY(sa.Text))),
    )
)
_HELD_BY = sql(
    sa.select(tickets.c.id).where(
        tickets.c.organization == _organization,
        tickets.c.event == sa.bindparam("event"),
        tickets.c.holder == sa.bindparam("holder"),
        tickets.c.entry_time.is_(None),
    )
)
_BY_ARRIVAL = sql(
    sa.select(tickets.c.id)
    .join(
        scans,
        sa.and_(scans.c.organization == tickets.c.organization, scans.c.id == tickets.c.entry_scan),
    )
    .where(
        tickets.c.organization == _organization,
        tickets.c.event == sa.bindparam("event"),
        tickets.c.holder == sa.bindparam("holder"),
        scans.c.creator == sa.bindparam("creator"),
    )
)
_ENTRY = ("entry_scan", "entry_time", "entry_gate", "undo_time", "update_time")
_ENTER = sql(
    sa.update(tickets)
    .where(tickets.c.organization == _organization, tickets.c.id == sa.bindparam("id"))
    .values(
        version=tickets.c.version + 1,
        **{name: sa.bindparam(name, type_=tickets.c[name].type) for name in _ENTRY},
    )
)
_ADD = sql(
    insert(scans)
    .values({c.name: sa.bindparam(c.name, type_=c.type) for c in scans.c})
    .on_conflict_do_nothing(index_elements=[scans.c.organization, scans.c.id])
)
_SETTLE = sql(
    sa.update(scans)
    .where(scans.c.organization == _organization, scans.c.id == sa.bindparam("id"))
    .values({c: sa.bindparam(c, type_=scans.c[c].type) for c in ("outcome", "reason", "winner")})
)
_SCANS = sa.select(scans).where(scans.c.organization == _organization)
_MANY = sql(_SCANS.where(scans.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid)))))
_event, _ticket = sa.bindparam("event", type_=sa.Uuid), sa.bindparam("ticket", type_=sa.Uuid)
_conflicts = sa.bindparam("conflicts", type_=sa.Boolean)
_LOSERS = sql(
    _SCANS.where(
        scans.c.ticket == sa.bindparam("ticket", type_=sa.Uuid),
        scans.c.winner == sa.bindparam("winner", type_=sa.Uuid),
    )
)
_PAGE = sql(
    _SCANS.where(
        sa.or_(_event.is_(None), scans.c.event == _event),
        sa.or_(_ticket.is_(None), scans.c.ticket == _ticket),
        sa.or_(sa.not_(_conflicts), scans.c.outcome == "conflict"),
        scans.c.id > sa.bindparam("after", type_=sa.Uuid),
    )
    .order_by(scans.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_IN = sql(
    sa.select(tickets.c.ticket_type, sa.func.count().label("number"))
    .where(
        tickets.c.organization == _organization,
        tickets.c.event == sa.bindparam("event"),
        tickets.c.entry_time.is_not(None),
    )
    .group_by(tickets.c.ticket_type)
)
_AT_DOOR = (doors.c.organization == _organization, doors.c.event == sa.bindparam("event"))
_DOOR = sql(sa.select(doors).where(*_AT_DOOR))
_hang = insert(doors).values({c.name: sa.bindparam(c.name) for c in doors.c})
_HANG = sql(
    _hang.on_conflict_do_update(
        index_elements=[doors.c.organization, doors.c.event],
        set_={
            "check_in_on_arrival": _hang.excluded.check_in_on_arrival,
            "fresh_codes": _hang.excluded.fresh_codes,
            "version": _hang.excluded.version,
        },
        where=doors.c.version == _hang.excluded.version - 1,
    )
)


def door_of(event: uuid.UUID) -> str:
    """The topic of those who watch how many are in."""
    return f"door {event}"


async def lock(tx: Tx, organization: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Pass]:
    """Tickets, kept from every other writer, by their ids."""
    rows = await tx.all(_LOCK, organization=organization, ids=sorted(set(ids)))
    return {row.id: _pass(row) for row in rows}


async def by_codes(tx: Tx, organization: uuid.UUID, codes: Sequence[str]) -> dict[str, uuid.UUID]:
    """The tickets whose newest codes those are."""
    rows = await tx.all(_BY_CODES, organization=organization, codes=list(codes))
    return {row.code: row.id for row in rows}


async def held_by(tx: Tx, event: Name, holder: str) -> list[uuid.UUID]:
    """The tickets of somebody that nobody came in with yet."""
    given = {"organization": event.organization, "event": event.id, "holder": holder}
    return [row.id for row in await tx.all(_HELD_BY, **given)]


async def let_in_by(tx: Tx, event: Name, holder: str, creator: str) -> list[uuid.UUID]:
    """The tickets of somebody by which a scan of that creator let them in."""
    given = {"organization": event.organization, "event": event.id, "holder": holder}
    return [row.id for row in await tx.all(_BY_ARRIVAL, **given, creator=creator)]


async def losers(tx: Tx, ticket: Name, winner: uuid.UUID) -> list[Scan]:
    """The scans of a ticket that another one counts instead of."""
    given = {"organization": ticket.organization, "ticket": ticket.id, "winner": winner}
    return [_scan(row) for row in await tx.all(_LOSERS, **given)]


async def enter(tx: Tx, after: Pass, now: Any) -> None:
    """Writes how a locked ticket was used."""
    entry, name = after.entry, after.ticket.name
    await tx.run(
        _ENTER,
        organization=name.organization,
        id=name.id,
        entry_scan=entry.scan if entry else None,
        entry_time=entry.time if entry else None,
        entry_gate=entry.gate if entry else None,
        undo_time=after.undo_time,
        update_time=now,
    )
    tx.stir(door_of(after.ticket.event.id))


async def add(tx: Tx, scan: Scan) -> None:
    """Keeps a scan. One that is kept already stays as it is."""
    await tx.run(
        _ADD,
        organization=scan.name.organization,
        id=scan.name.id,
        event=scan.event.id,
        ticket=scan.ticket,
        scan_time=scan.scan_time,
        create_time=scan.create_time,
        creator=scan.creator,
        gate=scan.gate,
        outcome=scan.outcome.value,
        reason=scan.reason,
        winner=scan.winner,
    )


async def settle(
    tx: Tx, scan: Name, outcome: Outcome, *, reason: str = "", winner: uuid.UUID | None = None
) -> None:
    """Writes what became of a scan after all."""
    what = {"outcome": outcome.value, "reason": reason, "winner": winner}
    await tx.run(_SETTLE, organization=scan.organization, id=scan.id, **what)


async def several(
    tx: Tx, organization: uuid.UUID, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Scan]:
    rows = await tx.all(_MANY, organization=organization, ids=list(ids))
    return {row.id: _scan(row) for row in rows}


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    ticket: uuid.UUID | None,
    conflicts: bool,
    after: uuid.UUID,
    size: int,
) -> list[Scan]:
    """Scans by their ids; `None` stands for every event, and for every ticket."""
    where = {"event": event, "ticket": ticket, "conflicts": conflicts, "after": after, "size": size}
    return [_scan(row) for row in await tx.all(_PAGE, organization=organization, **where)]


async def checked_in(tx: Tx, event: Name) -> dict[str, int]:
    """How many are in, by ticket type."""
    rows = await tx.all(_IN, organization=event.organization, event=event.id)
    return {row.ticket_type: row.number for row in rows}


async def door(tx: Tx, event: Name) -> Door:
    """How the door of an event works."""
    row = await tx.maybe(_DOOR, organization=event.organization, event=event.id)
    return Door(row.check_in_on_arrival, row.fresh_codes, row.version) if row else Door()


async def hang(tx: Tx, event: Name, door: Door) -> int:
    """Writes how a door works; says whether it was as expected."""
    return await tx.run(_HANG, organization=event.organization, event=event.id, **asdict(door))


def _pass(row: Any) -> Pass:
    entry = None
    if row.entry_time is not None:
        entry = Entry(row.entry_scan, row.entry_time, row.entry_gate)
    return Pass(ticket_of(row), entry, row.undo_time)


def _scan(row: Any) -> Scan:
    return Scan(
        name=Name(row.organization, row.id),
        event=Name(row.organization, row.event),
        scan_time=row.scan_time,
        create_time=row.create_time,
        creator=row.creator,
        gate=row.gate,
        ticket=row.ticket,
        outcome=Outcome(row.outcome),
        reason=row.reason,
        winner=row.winner,
    )
