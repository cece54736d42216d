"""CSV says what the cells say, and runs nothing."""

from __future__ import annotations

import csv
import io

import pytest

from services.kit import sheets


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "|cmd", "%0A"]
)
def test_a_cell_that_looks_like_a_formula_is_text(cell):
    assert sheets.harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "users/1", "a=b", "1-2", "{}"])
def test_other_cells_are_as_they_are(cell):
    assert sheets.harmless(cell) == cell


def test_rows_are_read_back_as_they_were_but_for_formulas():
    rows = [['a "quoted" text', "two\nlines, and a comma", "=1+1"], ["ä", "", "'"]]

    read = list(csv.reader(io.StringIO(sheets.lines(rows).decode(), newline="")))

    assert read == [['a "quoted" text', "two\nlines, and a comma", "'=1+1"], ["ä", "", "'"]]


def test_a_negative_number_is_a_number():
    assert sheets.lines([[-5, "-5"]]) == b'-5,"\'-5"\r\n'
