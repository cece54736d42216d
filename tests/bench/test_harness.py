"""The benchmarks run and say something sane. How fast anything is, no test asks."""

from __future__ import annotations

import asyncio
import json
import math

import pytest

from tests.bench import __main__ as bench
from tests.bench import load, report
from tests.bench.load import Pace, Sample, Side


def test_a_row_compares_round_by_round():
    found = report.row("holds", "1/s", [50, 70, 300], "echo", [100, 100, 100], at_least=0.7)

    assert (found.value, found.baseline_value, found.ratio) == (70, 100, 0.7)
    assert (found.goal, found.met) == (0.7, True)


def test_less_may_be_better():
    assert report.row("p99", "ms", [3.0], "echo", [1.0], at_most=2.0).met is False
    assert report.against("p99", "ms", [15.0], 30.0).ratio == 0.5
    assert report.against("p99", "ms", [15.0], 30.0).met is True
    assert report.against("rate", "1/s", [15.0], 30.0, at_least=True).met is False


def test_without_a_goal_nothing_is_missed():
    found = report.row("holds", "1/s", [1.0], "echo", [2.0])

    assert (found.goal, found.met) == (None, None)


def test_a_percentile_is_one_of_the_values():
    values = [float(n) for n in range(100, 0, -1)]

    assert load.percentile(values, 0.5) == 51
    assert load.percentile(values, 0.99) == 100
    assert load.percentile([7.0], 0.99) == 7
    assert math.isnan(load.percentile([], 0.5))


def test_a_sample_counts_answers():
    sample = Sample(2.0, [0.1] * 10, cpu=0.001)

    assert (sample.rate, sample.cost) == (5, 100)


async def test_the_first_answer_is_waited_for():
    async def ask(_: int) -> None:
        await asyncio.sleep(0.05)

    sample = await load.hammer(ask, 3, 0.01)

    assert len(sample.latencies) == 1
    assert sample.seconds >= 0.05


def test_a_share_of_the_rows_is_made():
    assert Pace().rows(100_000) == 100_000
    assert Pace(share=0.01).rows(100_000) == 1_000
    assert Pace(share=0.01).rows(1_000) == 100


async def test_those_that_are_compared_take_turns():
    order = []

    def side(name: str) -> Side:
        async def run(seconds: float) -> Sample:
            order.append(name)
            return Sample(seconds, [seconds])

        return Side(run)

    sides = {name: side(name) for name in "ab"}
    found = await load.interleaved(sides, Pace(seconds=0.5, rounds=3, warm=0.1))

    assert "".join(order) == "ab" + "ab" + "ba" + "ab"
    assert [sample.seconds for sample in found["a"]] == [0.5] * 3


async def test_callers_wait_for_their_answers():
    under_way = 0
    most = 0

    async def ask(_: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    sample = await load.hammer(ask, 3, 0.01)

    assert most == 3
    assert sample.latencies


def test_rows_are_written_as_promised(tmp_path):
    rows = [report.row("holds", "1/s", [1.0], "echo", [2.0], at_least=0.7)]

    report.write(rows, tmp_path / "build" / "bench.json")

    [found] = json.loads((tmp_path / "build" / "bench.json").read_text())
    assert list(found) == [
        "name",
        "unit",
        "value",
        "baseline",
        "baseline_value",
        "ratio",
        "goal",
        "met",
    ]
    assert "missed" in report.table(rows)


def test_an_unknown_part_is_named(capsys):
    assert bench.main(["bookings"]) == 2
    assert "there is no bookings; there are booking, " in capsys.readouterr().out


async def measured(part):
    """For a moment; for longer where that was too short to see any processor time."""
    for seconds in (0.1, 1.0, 5.0):
        pace = Pace(seconds=seconds, rounds=1, warm=0.02, share=0.01)
        rows = await bench.measure([part], pace)
        if all(row.value > 0 and row.baseline_value > 0 for row in rows):
            break
    return rows


@pytest.mark.server
@pytest.mark.parametrize("part", bench.PARTS)
async def test_every_part_says_something(part, capsys):
    rows = await measured(part)

    assert rows
    for row in rows:
        assert row.name.startswith(f"{part}: ")
        assert row.value > 0
        assert row.baseline_value > 0
        assert row.ratio == pytest.approx(row.value / row.baseline_value)
        assert (row.goal is None) == (row.met is None)
