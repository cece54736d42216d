"""Pages to print, in the letters of a font that is there. Slow: for threads."""

from __future__ import annotations

import pathlib
import unicodedata
from collections.abc import Iterable
from typing import Any

import fpdf

# The fonts that every reader of PDF has know these letters and no others.
LETTERS = "cp1252"
PLAIN = "Helvetica"
BOLD = "B"
# Where a font may lie that knows more letters, as the systems have it that we run on.
FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
)


def font(named: str) -> str:
    """The font to print with: the named one, or one that is found. Empty if there is none."""
    return next((each for each in (named, *FONTS) if each and pathlib.Path(each).is_file()), "")


class Paper(fpdf.FPDF):
    """Pages of A4 whose letters are those of a font, or what comes nearest.

    `font` is the file of a TrueType font; `…-Bold.ttf` beside it is its bold face. Empty: the
    fonts that every reader has. `margin` is in millimetres.
    """

    def __init__(self, font: str, *, margin: float) -> None:
        super().__init__(format="A4", unit="mm")
        self._name, self._known = PLAIN, not font
        self.core_fonts_encoding = LETTERS
        if font:
            self._name = "Embedded"
            self.add_font(self._name, fname=font)
            self.add_font(self._name, style=BOLD, fname=_bold(font))
        self.set_margin(margin)
        self.add_page()

    def words(self, lines: Iterable[str], *, size: float = 11, style: str = "") -> None:
        self.set_font(self._name, style, size)
        for text in filter(None, lines):
            self.multi_cell(0, size * 0.5, self.plain(text), new_x="LMARGIN", new_y="NEXT")

    def rows(self, pairs: Iterable[tuple[str, str]], *, size: float = 11) -> None:
        """Lines with something at each end."""
        self.set_font(self._name, size=size)
        layout: dict[str, Any] = {"borders_layout": "NONE", "text_align": ("LEFT", "RIGHT")}
        with self.table(col_widths=(3, 1), first_row_as_headings=False, **layout) as table:
            for pair in pairs:
                table.row([self.plain(text) for text in pair])

    def plain(self, text: str) -> str:
        """Text in the letters there are: without the accents that there are not, then with `?`."""
        return "".join(map(_letter, text)) if self._known else text


def _bold(font: str) -> str:
    file = pathlib.Path(font)
    bold = file.with_name(f"{file.stem}-Bold{file.suffix}")
    return str(bold if bold.is_file() else file)


def _letter(letter: str) -> str:
    for form in (letter, unicodedata.normalize("NFKD", letter)[:1]):
        try:
            form.encode(LETTERS)
        except UnicodeEncodeError:
            continue
        return form
    return "?"
