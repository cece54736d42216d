"""Pages to print, in the letters of a font that is there. Slow: for threads."""

from __future__ import annotations

import pathlib
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import fpdf
from fpdf.bidi import BidiParagraph
from fpdf.fonts import TTFFont

# Kinds of letters that nobody sees for themselves: they join, direct and accent others.
UNSEEN = frozenset({"Cf", "Mn", "Me"})
# And of letters that are read from the right.
LEFTWARD = frozenset({"R", "AL"})
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
        self._name, self._knows = PLAIN, _encodable
        self.core_fonts_encoding = LETTERS
        if font:
            self._name = "Embedded"
            self.add_font(self._name, fname=font)
            self.add_font(self._name, style=BOLD, fname=_bold(font))
            self.set_font(self._name)
            self._knows = self._drawable
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
        """Text in the letters there are: without the accents that there are not, then with `?`.

        In the order in which they are drawn, from the left, whichever way they are read.
        """
        known = "".join(_nearest(letter, self._knows) for letter in text)
        return "\n".join(map(_drawn, known.split("\n")))

    def _drawable(self, letter: str) -> bool:
        font = self.current_font
        return isinstance(font, TTFFont) and ord(letter) in font.cmap


def _bold(font: str) -> str:
    file = pathlib.Path(font)
    bold = file.with_name(f"{file.stem}-Bold{file.suffix}")
    return str(bold if bold.is_file() else file)


def _drawn(line: str) -> str:
    if not any(unicodedata.bidirectional(letter) in LEFTWARD for letter in line):
        return line
    ordered: str = BidiParagraph(line).get_reordered_string()
    return ordered


def _encodable(letter: str) -> bool:
    try:
        letter.encode(LETTERS)
    except UnicodeEncodeError:
        return False
    return True


def _nearest(letter: str, knows: Callable[[str], bool]) -> str:
    if letter == "\n" or knows(letter):
        return letter
    if letter.isspace():
        return " "
    first = unicodedata.normalize("NFKD", letter)[:1]
    if knows(first):
        return first
    # What only says how others are to be drawn is not missed.
    return "" if unicodedata.category(letter) in UNSEEN else "?"
