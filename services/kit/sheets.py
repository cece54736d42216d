"""CSV (RFC 4180) that spreadsheets read as the text that it is, and never as formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

CONTENT_TYPE = "text/csv; charset=utf-8"
# What a spreadsheet reads as a formula, or as the border of a cell.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def lines(rows: Iterable[Iterable[str | int]]) -> bytes:
    """Rows as lines: texts harmless and quoted, and numbers, which may be negative."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows(
        [harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return text.getvalue().encode()


def harmless(cell: str) -> str:
    """The text, so that no spreadsheet takes it for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULAS) else cell
