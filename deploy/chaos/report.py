"""What is printed of it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deploy.chaos.checks import CHECKS, Violation
from deploy.chaos.record import Outcome, Record

# Of one check; the others are counted.
SHOWN = 5


@dataclass(frozen=True)
class Run:
    """What was done: by whom, with what seed, and how often."""

    seed: int
    seconds: float
    gatherings: int
    kills: Mapping[str, int]
    lines: Mapping[str, int]


def lines(run: Run, record: Record, found: Sequence[Violation]) -> Iterator[str]:
    """The report: figures first, then each check, then what led to what is wrong."""
    for what, figure in figures(run, record, found):
        yield f"{what:>12}  {figure}"
    broken = Counter(violation.check for violation in found)
    for check in (*CHECKS, *(other for other in broken if other not in CHECKS)):
        count = broken[check]
        yield f"{'BROKEN' if count else 'holds':>12}  {check}{f' ({count})' if count else ''}"
    for check in broken:
        mine = [violation for violation in found if violation.check == check]
        for violation in mine[:SHOWN]:
            yield f"\n{check}: {violation.what}"
            yield from record.history(violation.ids) or ["  (no operation speaks of it)"]
        if len(mine) > SHOWN:
            yield f"… and {len(mine) - SHOWN} more"


def figures(run: Run, record: Record, found: Sequence[Violation]) -> list[tuple[str, str]]:
    """Rows of what happened, each with its figure."""
    changes = [one for one in record.operations if one.changes]
    unknown = [one.line().strip() for one in changes if one.outcome is Outcome.UNKNOWN]
    again = sum(one.tries > 1 for one in changes)
    return [
        ("seed", f"{run.seed}, {run.seconds:g} s of harm, {run.gatherings} gatherings"),
        ("kills", _counted(run.kills)),
        ("bad lines", _counted(run.lines)),
        ("operations", f"{_outcomes(record)}"),
        ("that change", f"{len(changes)}: {again} were sent again"),
        ("unknown", f"{len(unknown)} of those in the end{_said(unknown)}"),
        ("positions", f"{sum(record.acknowledged.values())} acknowledged"),
        ("gave up", f"{len(record.unfinished)}{_said(record.unfinished)}"),
        ("violations", str(len(found))),
    ]


def _outcomes(record: Record) -> str:
    counts = record.counts()
    told = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)
    return f"{len(record.operations)}: {told}"


def _counted(counts: Mapping[str, int]) -> str:
    told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return f"{sum(counts.values())}{f': {told}' if told else ''}"


def _said(reasons: Sequence[str]) -> str:
    """The first of them, a line each."""
    return "".join(f"\n{'':>14}{reason}" for reason in reasons[:SHOWN])
