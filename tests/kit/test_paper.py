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


def test_the_pinned_font_is_there_in_both_faces():
    page = paper.Paper(paper.font(FONT), margin=20)
    page.words([NAME], size=24, style=paper.BOLD)
    page.words([NAME])

    assert page.plain(NAME) == NAME
    assert bytes(page.output()).count(b"FontFile2") == 2


@pytest.mark.parametrize(
    ("text", "nearest"), [("Žižkov", "Žižkov"), ("Łódź", "?ódz"), ("Œuvre €", "Œuvre €")]
)
def test_without_a_font_comes_what_is_nearest(text, nearest):
    assert paper.Paper("", margin=20).plain(text) == nearest
