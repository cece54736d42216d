"""The rules of seats that nobody came for. Plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.booking.domain import Stock
from services.booking.waitlist.domain import Entry, in_line
from services.kit.names import Name

# So much after the start somebody is still there in time.
GRACE = timedelta(minutes=15)
# How often it is looked again, from the first time on until the event begins.
AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Expected:
    """When somebody will be at an event, as likely as not."""

    person: str
    # None: they are there.
    time: datetime | None = None
    # Until when that counts.
    expire_time: datetime | None = None


@dataclass(frozen=True)
class Absence:
    """A ticket that nobody came in with."""

    ticket: Name
    ticket_type: str
    holder: str


def close(one: Expected, start: datetime, now: datetime) -> bool:
    """Whether somebody is there, or will be in time as far as anybody can tell."""
    if one.time is None:
        return True
    known = one.expire_time is None or one.expire_time > now
    return known and one.time <= start + GRACE


def released(
    entries: Iterable[Entry],
    absences: Sequence[Absence],
    present: Collection[str],
    near: Collection[str],
    stock: Stock,
    now: datetime,
    *,
    skips: bool,
) -> list[Absence]:
    """Whose seats go to who waits: as many as that takes, and those first that were had last.

    Nobody loses a seat that nobody gets. Who came in with one of several tickets keeps them all.
    """
    gone: dict[str, list[Absence]] = {}
    for one in sorted(absences, key=lambda one: one.ticket.id):
        if one.holder not in present and one.holder not in near:
            gone.setdefault(one.ticket_type, []).append(one)
    free = {kind: stock.free(kind) for kind in stock.offers}
    kept: set[str] = set()
    found: list[Absence] = []
    for entry in in_line(entries, near):
        sold = [k for k in entry.ticket_types if k in free and stock.offers[k].on_sale(now)]
        for kind in sold:
            short = max(0, entry.quantity - free[kind])
            if kind in kept or short > len(gone.get(kind, ())):
                continue
            free[kind] = max(0, free[kind] - entry.quantity)
            found += [gone[kind].pop() for _ in range(short)]
            break
        else:
            if not skips:
                # They wait for more than there is, and hold up who wants the same.
                kept.update(sold)
    return found
