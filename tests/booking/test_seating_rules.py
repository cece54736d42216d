"""Which seats somebody gets: pure rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.booking import seating
from services.booking.seating import Row, Rows, Seat

HALL = ["stalls"]


def hall(*texts: str) -> Rows:
    """Rows A, B and so on. In a text `.` is a free seat, `#` a taken one, `w` a free place for a
    wheelchair, and `|` an aisle."""
    rows = {}
    for letter, text in zip("ABCDEF", texts, strict=False):
        seats: list[Seat] = []
        for block in text.split("|"):
            if seats:
                last = seats.pop()
                seats.append(Seat(last.id, last.taken, last.accessible, gap=True))
            for mark in block:
                seats.append(Seat(str(len(seats) + 1), mark == "#", mark == "w"))
        rows["stalls", letter] = Row("stalls", letter, tuple(seats))
    return rows


def best(rows: Rows, count: int, **given: bool) -> str | None:
    found = seating.best(rows, HALL, count, **given)
    return None if found is None else " ".join(name.removeprefix("stalls/") for name in found)


CASES = [
    # the middle of the front row
    (["....."], 1, "A/3"),
    (["......", "......"], 2, "A/3 A/4"),
    # together in the second row rather than apart in the first
    ([".#.#.", "....."], 2, "B/1 B/2"),
    # nobody is left alone between taken seats
    (["#...#"], 2, None),
    (["#....#", "......"], 3, "B/1 B/2 B/3"),
    (["#....#"], 2, "A/2 A/3"),
    # an aisle is between them
    ([".|.", ".."], 2, "B/1 B/2"),
    # places for wheelchairs are for others at last
    (["w.w", "..."], 1, "A/2"),
    (["w.", "#."], 2, None),
    (["ww"], 2, "A/1 A/2"),
    # apart when there is no other way, in as few groups as may be
    (["..#.#.."], 4, "A/1 A/2 A/6 A/7"),
    (["#.#.#"], 3, None),
]


@pytest.mark.parametrize(("texts", "count", "wanted"), CASES)
def test_the_best_seats(texts, count, wanted):
    found = best(hall(*texts), count)

    if wanted is None and found is not None:
        # Unavoidable: one stays alone, or a place for a wheelchair goes.
        assert len(found.split()) == count
    else:
        assert found == wanted


def test_who_asks_for_a_place_for_a_wheelchair_gets_it():
    assert best(hall("..w", "w.."), 1, accessible=True) == "A/3"
    assert best(hall("...", ".w."), 2, accessible=True) in ("B/1 B/2", "B/2 B/3")


def test_seats_of_other_sections_are_not_offered():
    assert seating.best(hall("...."), ["balcony"], 1) is None


def test_a_named_seat_is_taken_once():
    rows = seating.named(hall("..."), HALL, ["stalls/A/2"], "event")

    with pytest.raises(seating.SeatTaken) as refused:
        seating.named(rows, HALL, ["stalls/A/1", "stalls/A/2"], "event")

    assert refused.value.metadata == {"event": "event", "seat": "stalls/A/2"}
    assert best(seating.freed(rows, ["stalls/A/2"]), 3) == "A/1 A/2 A/3"


@pytest.mark.parametrize("name", ["stalls/A/9", "stalls/Z/1", "balcony/A/1", "A", ""])
def test_a_seat_that_is_not_there_is_none(name):
    with pytest.raises(LookupError):
        seating.named(hall("..."), HALL, [name], "event")


ROW = st.text(".#w|", min_size=1, max_size=12).filter(lambda text: not text.startswith("|"))


@given(st.lists(ROW, min_size=1, max_size=4), st.integers(1, 8), st.booleans())
def test_whatever_is_offered_is_free_and_enough(texts, count, accessible):
    rows = hall(*texts)
    free = sum(not seat.taken for row in rows.values() for seat in row.seats)

    found = seating.best(rows, HALL, count, accessible=accessible)

    if found is None:
        assert free < count
    else:
        assert len(set(found)) == count <= free
        seating.named(rows, HALL, found, "event")


@given(st.text(".#", min_size=3, max_size=14), st.integers(1, 4))
def test_nobody_is_left_alone_where_that_can_be_avoided(text, count):
    """One free seat between taken ones is sold last."""
    row = hall(text)["stalls", "A"]
    found = best({("stalls", "A"): row}, count)
    runs = [(m, len(run)) for m, run in enumerate(text.split("#")) if run]
    fits = any(length == count or length >= count + 2 for _, length in runs)

    if found is None or not fits:
        return
    places = [int(name.removeprefix("A/")) - 1 for name in found.split()]
    after = "".join("#" if n in places else mark for n, mark in enumerate(text))
    lone = sum(run == "." for run in after.split("#"))

    assert lone <= sum(run == "." for run in text.split("#"))
