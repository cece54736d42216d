"""What a run of the benchmarks says: rows of ratios, as a table and as JSON."""

from __future__ import annotations

import json
import math
import pathlib
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

# What a goal is compared with when it is a number and not a program.
WANTED = "wanted"


@dataclass(frozen=True)
class Row:
    """Ours beside a baseline, both medians; `ratio` is the median of the ratios of the rounds.

    A `goal` is what `ratio` should reach, or stay below where less is better; None: just told.
    """

    name: str
    unit: str
    value: float
    baseline: str
    baseline_value: float
    ratio: float
    goal: float | None
    met: bool | None


def row(
    name: str,
    unit: str,
    ours: Sequence[float],
    baseline: str,
    theirs: Sequence[float],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Row:
    """Compares what was measured side by side, round by round.

    A round in which the baseline gave no answer says nothing; the ratio is NaN without another.
    """
    pairs = zip(ours, theirs, strict=True)
    ratios = [our / their for our, their in pairs if their] or [math.nan]
    ratio = statistics.median(ratios)
    met = None
    if at_least is not None:
        met = ratio >= at_least
    elif at_most is not None:
        met = ratio <= at_most
    return Row(
        name=name,
        unit=unit,
        value=statistics.median(ours),
        baseline=baseline,
        baseline_value=statistics.median(theirs),
        ratio=ratio,
        goal=at_most if at_least is None else at_least,
        met=met,
    )


def against(
    name: str,
    unit: str,
    ours: Sequence[float],
    number: float,
    *,
    at_least: bool = False,
) -> Row:
    """Compares with a number that is wanted at the most, or at the least."""
    wanted = [number] * len(ours)
    if at_least:
        return row(name, unit, ours, WANTED, wanted, at_least=1.0)
    return row(name, unit, ours, WANTED, wanted, at_most=1.0)


HEADINGS = ("", "ours", "", "baseline", "", "ratio", "goal", "")


def table(rows: Sequence[Row]) -> str:
    """The rows as people read them."""
    lines = [HEADINGS, *(_cells(one) for one in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n in (0, 2, 3, 7) else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(one: Row) -> tuple[str, ...]:
    verdict = {None: "", True: "met", False: "missed"}[one.met]
    goal = "" if one.goal is None else f"{one.goal:.2f}"
    return (
        one.name,
        number(one.value),
        one.unit,
        one.baseline,
        number(one.baseline_value),
        f"{one.ratio:.2f}",
        goal,
        verdict,
    )


def number(value: float) -> str:
    """Three digits that count, or all of them before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(rows: Sequence[Row], path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(one) for one in rows], indent=1) + "\n")
