"""Which rules are taken, and the days that they give."""

# Rules know no zone.
# ruff: noqa: DTZ001, DTZ007

from __future__ import annotations

import json
import pathlib
import time
import zoneinfo
from datetime import UTC, datetime

import pytest

from services.event.series import rules
from services.event.series.rules import BadSeries

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
START = datetime(2027, 1, 5, 18)  # a Tuesday
END = datetime(2060, 1, 1)
CASES = "shared/data/rrule/libical_cases_with_engine_agreement.json"
# Beside the checkout, or beside the folder that it is one of.
PLACES = pathlib.Path(__file__).resolve().parents[3:5]
# What the subset leaves out, by name.
OUTSIDE = ("BYWEEKNO", "BYYEARDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS", "FREQ", "BYDAY")


def times(text, start=START, end=END):
    return [each.isoformat()[:10] for each in rules.times(rules.parse(text, BERLIN), start, end)]


def flaw(text):
    with pytest.raises(BadSeries) as refused:
        rules.parse(text, BERLIN)
    assert refused.value.field == "series.rule"
    return refused.value.problem


# --- what others make of the same rules


def consensus():
    file = next((place / CASES for place in PLACES if (place / CASES).exists()), None)
    if file is None:
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"there is no {CASES} here"))]
    cases = json.loads(file.read_text())["cases"]
    return [pytest.param(one, id=str(one["line"])) for one in cases if one["consensus"]]


@pytest.mark.parametrize("case", consensus())
def test_a_rule_gives_what_three_engines_give_or_is_refused(case):
    rule, problem = read(case["rrule"])
    if rule is None:
        assert any(part in problem for part in OUTSIDE), problem
        return
    start = moment(case["dtstart"])

    found = list(rules.times(rule, start, END))

    assert found == [moment(each) for each in case["expected"]]
    assert rules.fits(rule, start) == (found[0] == start)


def read(text):
    """A rule, or why it is refused."""
    try:
        return rules.parse(text, UTC), ""
    except BadSeries as refused:
        return None, refused.problem


def moment(text):
    day, _, clock = text.rstrip("Z").partition("T")
    return datetime.strptime(day + (clock or "000000"), "%Y%m%d%H%M%S")


# --- the subset


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "NAME=VALUE"),
        ("FREQ=WEEKLY;", "NAME=VALUE"),
        ("WEEKLY", "NAME=VALUE"),
        ("COUNT=3", "FREQ"),
        ("FREQ=HOURLY", "FREQ"),
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ"),
        ("FREQ=WEEKLY;FREQ=DAILY", "FREQ twice"),
        ("FREQ=DAILY;BYHOUR=9,10", "BYHOUR"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"),
        ("FREQ=YEARLY;BYYEARDAY=1", "BYYEARDAY"),
        ("RSCALE=CHINESE;FREQ=YEARLY", "RSCALE"),
        ("FREQ=WEEKLY;X-WHY=1", "X-WHY"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL"),
        ("FREQ=WEEKLY;INTERVAL=100", "INTERVAL"),
        ("FREQ=WEEKLY;INTERVAL=1,2", "INTERVAL"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT"),
        ("FREQ=WEEKLY;COUNT=1001", "COUNT"),
        ("FREQ=WEEKLY;COUNT=99999999999999999999", "COUNT"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20270101", "COUNT and UNTIL"),
        ("FREQ=WEEKLY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=20270230", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY"),
        ("FREQ=YEARLY;BYDAY=54MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=WEEKLY;WKST=1", "WKST"),
    ],
)
def test_what_is_not_in_the_subset_is_refused_by_name(text, named):
    assert named in flaw(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["2027-01-05", "2027-01-12", "2027-01-19"]),
        ("RRULE:freq=weekly;byday=tu,th;count=3", ["2027-01-05", "2027-01-07", "2027-01-12"]),
        ("FREQ=WEEKLY;UNTIL=20270119", ["2027-01-05", "2027-01-12", "2027-01-19"]),
        ("FREQ=WEEKLY;UNTIL=20270119T170000Z", ["2027-01-05", "2027-01-12", "2027-01-19"]),
        ("FREQ=WEEKLY;UNTIL=20270119T165959Z", ["2027-01-05", "2027-01-12"]),
        ("FREQ=WEEKLY;UNTIL=20270119T175959", ["2027-01-05", "2027-01-12"]),
        ("FREQ=MONTHLY;BYDAY=1TU;COUNT=2", ["2027-01-05", "2027-02-02"]),
        ("FREQ=DAILY;BYDAY=MO,TU;COUNT=3", ["2027-01-05", "2027-01-11", "2027-01-12"]),
        ("FREQ=DAILY;BYMONTH=1;BYMONTHDAY=5,-1;COUNT=2", ["2027-01-05", "2027-01-31"]),
    ],
)
def test_the_days_of_a_rule(text, found):
    assert rules.fits(rules.parse(text, BERLIN), START)
    assert times(text) == found


def test_months_without_the_day_are_passed_over():
    assert times("FREQ=MONTHLY;COUNT=3", datetime(2027, 1, 31)) == [
        "2027-01-31",
        "2027-03-31",
        "2027-05-31",
    ]
    assert times("FREQ=YEARLY;COUNT=2", datetime(2028, 2, 29)) == ["2028-02-29", "2032-02-29"]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", START),
        ("FREQ=WEEKLY;BYMONTH=2", START),
        ("FREQ=MONTHLY;BYDAY=2TU", START),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", START),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=50", START),
        ("FREQ=YEARLY;BYDAY=53TU", START),
        ("FREQ=WEEKLY;UNTIL=20270101", START),
        # Those that would be looked for until the end of the calendar.
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", START),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", START),
        ("FREQ=MONTHLY;BYMONTHDAY=5;BYDAY=5TU", START),
        ("FREQ=MONTHLY;BYMONTHDAY=5;BYDAY=-1TU;BYSETPOS=1", START),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31", datetime(2027, 2, 28)),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", datetime(2027, 2, 28)),
    ],
)
def test_a_start_that_is_no_day_of_the_rule_does_not_fit(text, start):
    before = time.process_time()

    assert not rules.fits(rules.parse(text, BERLIN), start)

    # Not a speed, but that nothing looks through eight thousand years.
    assert time.process_time() - before < 5


def test_a_rule_of_positions_begins_at_one_of_them():
    rule = rules.parse("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", BERLIN)

    assert rules.fits(rule, datetime(2027, 1, 29))
    assert not rules.fits(rule, datetime(2027, 1, 28))


def test_a_rule_is_over_when_nothing_comes_any_more():
    for text, over in (("COUNT=3", True), ("COUNT=4", False), ("UNTIL=20270120", True)):
        rule = rules.parse(f"FREQ=WEEKLY;{text}", BERLIN)
        assert rules.is_over(rule, START, datetime(2027, 1, 20, 23, 59, 59, 999999)) == over
    assert not rules.is_over(rules.parse("FREQ=WEEKLY", BERLIN), START, END)
