"""Pages to print: in the letters of the font that there is."""

from __future__ import annotations

import pathlib

import pytest

from deploy.local.service import FONT
from services.kit import paper

NAME = "Żółw & Сыновья, Ευρώπη"


def test_the_font_that_is_named_comes_first(tmp_path):
    file = tmp_path / "font.ttf"
    file.write_bytes(b"")

    assert paper.font(str(file)) == str(file)
    assert paper.font("/nowhere") in ("", *map(str, map(pathlib.Path, paper.FONTS)))


def printed(text):
    """What becomes of a text on a page with the pinned font."""
    page = paper.Paper(FONT, margin=20)
    found = page.plain(text)
    page.words([text])
    # Which closes the file of the font.
    page.output()
    return found


def test_the_pinned_font_is_there_in_both_faces():
    page = paper.Paper(paper.font(FONT), margin=20)
    page.words([NAME], size=24, style=paper.BOLD)
    page.words([NAME])

    assert page.plain(NAME) == NAME
    assert bytes(page.output()).count(b"FontFile2") == 2


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("東京 Gala", "?? Gala"), ("a\u3000b\nc", "a b\nc"), ("a\u2060\U000e0100b", "a\u2060b")],
)
def test_what_the_font_does_not_have_is_seen_to_be_missing(text, nearest):
    assert printed(text) == nearest


def test_what_is_read_from_the_right_is_drawn_so():
    assert printed("Gala – שלום 2") == "Gala – 2 םולש"
    assert printed("שלום\nabc") == "םולש\nabc"


@pytest.mark.parametrize(
    ("text", "nearest"), [("Žižkov", "Žižkov"), ("Łódź", "?ódz"), ("Œuvre €", "Œuvre €")]
)
def test_without_a_font_comes_what_is_nearest(text, nearest):
    assert paper.Paper("", margin=20).plain(text) == nearest
