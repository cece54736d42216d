"""Which seats somebody gets. Plain values in, plain values out.

A seat is called `{section}/{row}/{seat}`, as the layout of the event's venue calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.kit import errors


@dataclass(frozen=True)
class Seat:
    id: str
    taken: bool = False
    # It can be reached, and used, in a wheelchair.
    accessible: bool = False
    # An aisle follows: the next seat is not beside it.
    gap: bool = False


@dataclass(frozen=True)
class Row:
    """Seats beside each other, from the left to the right."""

    section: str
    id: str
    seats: tuple[Seat, ...]

    def name(self, index: int) -> str:
        return f"{self.section}/{self.id}/{self.seats[index].id}"


# The rows of an event by their section and their own name; those in front come first.
Rows = Mapping[tuple[str, str], Row]


@dataclass(frozen=True)
class Run:
    """Free seats side by side: those of a row from `start` up to `end`."""

    row: Row
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


class SeatTaken(errors.Unmet):
    message = "{seat} of {event} is taken"
    event: str
    seat: str


def named(rows: Rows, sections: Sequence[str], names: Sequence[str], event: str) -> Rows:
    """The rows after those very seats are taken.

    Raises SeatTaken for the first that is gone, LookupError for one that there is not.
    """
    after = dict(rows)
    for name in names:
        section, _, rest = name.partition("/")
        row_id, _, seat_id = rest.partition("/")
        row = after.get((section, row_id))
        index = _place(row, seat_id) if row is not None and section in sections else None
        if row is None or index is None:
            raise LookupError(name)
        if row.seats[index].taken:
            raise SeatTaken(event, name)
        after[section, row_id] = _taken(row, [index])
    return after


def best(
    rows: Rows, sections: Sequence[str], count: int, *, accessible: bool = False
) -> tuple[str, ...] | None:
    """So many free seats for people who belong together; None when there are too few.

    Beside each other if there are such; then those that leave nobody's seat alone between taken
    ones; then the rows in front; then the middle of the row. Places for wheelchairs go to who
    asks for them, and to others when nothing else is left. Who cannot sit together sits in as
    few groups as may be.
    """
    wanted = [row for row in rows.values() if row.section in sections]
    for open_to in _kinds(accessible=accessible):
        found = _together(wanted, count, open_to)
        if found is not None:
            return found
    return _apart(wanted, count, accessible=accessible)


def freed(rows: Rows, names: Iterable[str]) -> Rows:
    """The rows after somebody got up. Seats that are no more are left out."""
    return _set(rows, names, taken=False)


def marked(rows: Rows, names: Iterable[str]) -> Rows:
    """The rows after somebody sat down, whoever sat there before."""
    return _set(rows, names, taken=True)


def _set(rows: Rows, names: Iterable[str], *, taken: bool) -> Rows:
    after = dict(rows)
    for name in names:
        section, row_id, seat_id = name.split("/", 2)
        row = after.get((section, row_id))
        index = _place(row, seat_id) if row is not None else None
        if row is not None and index is not None:
            after[section, row_id] = _taken(row, [index], taken=taken)
    return after


# Which seats are looked at: by whether they are accessible.
Kinds = frozenset[bool]


def _kinds(*, accessible: bool) -> Iterator[Kinds]:
    if accessible:
        # A place for the wheelchair and, if need be, usual ones beside it.
        yield frozenset({True})
        yield frozenset({True, False})
    else:
        yield frozenset({False})


def _together(rows: Sequence[Row], count: int, kinds: Kinds) -> tuple[str, ...] | None:
    options = [
        (_cost(run, start, count, place), run, start)
        for place, row in enumerate(rows)
        for run in _runs(row, kinds)
        if run.length >= count
        for start in range(run.start, run.end - count + 1)
        if kinds != {True, False} or any(s.accessible for s in row.seats[start : start + count])
    ]
    if not options:
        return None
    _, run, start = min(options, key=lambda option: option[0])
    return tuple(run.row.name(index) for index in range(start, start + count))


def _cost(run: Run, start: int, count: int, place: int) -> tuple[int, int, float]:
    lone = (start - run.start == 1) + (run.end - start - count == 1)
    off = abs(start + count / 2 - len(run.row.seats) / 2)
    return lone, place, off


def _apart(rows: Sequence[Row], count: int, *, accessible: bool) -> tuple[str, ...] | None:
    """The longest runs first, and places for wheelchairs last, unless they are asked for."""
    found: list[str] = []
    for kinds in ([True], [False]) if accessible else ([False], [True]):
        runs = [run for row in rows for run in _runs(row, frozenset(kinds))]
        for run in sorted(runs, key=lambda run: -run.length):
            left = count - len(found)
            found += [run.row.name(index) for index in range(run.start, run.end)][:left]
    return tuple(found) if len(found) == count else None


def _runs(row: Row, kinds: Kinds) -> Iterator[Run]:
    start: int | None = None
    for index, seat in enumerate(row.seats):
        free = not seat.taken and seat.accessible in kinds
        if free and start is None:
            start = index
        if start is not None and (not free or seat.gap):
            end = index + 1 if free else index
            yield Run(row, start, end)
            start = None
    if start is not None:
        yield Run(row, start, len(row.seats))


def _place(row: Row | None, seat: str) -> int | None:
    found = (index for index, one in enumerate(row.seats if row else ()) if one.id == seat)
    return next(found, None)


def _taken(row: Row, places: Iterable[int], *, taken: bool = True) -> Row:
    seats = list(row.seats)
    for index in places:
        seats[index] = replace(seats[index], taken=taken)
    return replace(row, seats=tuple(seats))
