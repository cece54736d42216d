"""The rules of imports. Plain values in, plain values out: no clock, no chance, no SQL.

People come by the hundred thousand, so they are kept in columns, and what is the same for all of
them is said once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.kit import errors

MOST_BYTES = 16_000_000
MOST_ROWS = 200_000
# Flaws that are told; beyond that they are counted.
MOST_FLAWS = 1000


class BadImport(errors.Invalid):
    """A file that is no table of people, or frames that are no stream of them."""


@dataclass(frozen=True)
class Flaw:
    """Why a row was not taken."""

    line: int
    field: str
    problem: str


@dataclass
class People:
    """People who can be taken, in columns of one length. Empty text: none."""

    # Where each stands in what was imported.
    lines: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    # What two ways to write the same address have in common.
    email_keys: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    zones: list[str] = field(default_factory=list)
    # What each answered to questions, as JSON.
    answers: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def rows(self, places: Iterable[int]) -> People:
        """Those at some places."""
        chosen = list(places)
        return People(*([column[place] for place in chosen] for column in vars(self).values()))

    def row(self, place: int) -> tuple[str, ...]:
        """What is known of one, without the line."""
        _, *columns = vars(self).values()
        return tuple(column[place] for column in columns)


@dataclass(frozen=True)
class Outcome:
    """What became of rows."""

    created: int = 0
    merged: int = 0
    flaws: tuple[Flaw, ...] = ()

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.created + other.created,
            self.merged + other.merged,
            (*self.flaws, *other.flaws),
        )


def fold(people: People, *, report: bool) -> tuple[People, Outcome]:
    """Makes one row of those about the same person; the first stays, and is filled up.

    `report` tells of the others instead.
    """
    if _all_different(people.email_keys) and _all_different(people.phones):
        return people, Outcome()
    by: dict[str, int] = {}
    kept: list[int] = []
    flaws: list[Flaw] = []
    merged = 0
    for place, line in enumerate(people.lines):
        keys = [key for key in (people.email_keys[place], people.phones[place]) if key]
        known = sorted({by[key] for key in keys if key in by})
        if not known:
            kept.append(place)
            by.update(dict.fromkeys(keys, place))
        elif len(known) > 1:
            lines = " and ".join(str(people.lines[each]) for each in known)
            flaws.append(Flaw(line, "", f"has the addresses of two people, in lines {lines}"))
        elif report:
            flaws.append(Flaw(line, "", f"is the person of line {people.lines[known[0]]}"))
        else:
            fill(people, known[0], people.row(place))
            own = people.email_keys[known[0]], people.phones[known[0]]
            by.update({key: known[0] for key in keys if key in own})
            merged += 1
    return people.rows(kept), Outcome(merged=merged, flaws=tuple(flaws))


def _all_different(keys: list[str]) -> bool:
    given = [key for key in keys if key]
    return len(set(given)) == len(given)


def fill(people: People, place: int, other: tuple[str, ...]) -> None:
    """Gives one what another row knows and theirs does not."""
    _, *columns = vars(people).values()
    for column, value in zip(columns, other, strict=True):
        column[place] = column[place] or value
