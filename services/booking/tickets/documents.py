"""Tickets as documents: the code as a picture, and a page to print. Pure, but slow: for threads."""

from __future__ import annotations

import io
import unicodedata
import zoneinfo
from datetime import datetime

import fpdf
import segno

from services.booking.tickets.domain import Gathering, Ticket

MARGIN, SIDE = 20, 90  # millimetres
# The fonts that every reader of PDF has know these letters and no others.
LETTERS = "cp1252"


def svg(ticket: Ticket) -> bytes:
    out = io.BytesIO()
    _code(ticket).save(out, kind="svg", scale=4, border=4, xmldecl=True)
    return out.getvalue()


def png(ticket: Ticket) -> bytes:
    out = io.BytesIO()
    _code(ticket).save(out, kind="png", scale=6, border=4)
    return out.getvalue()


def pdf(ticket: Ticket, gathering: Gathering | None) -> bytes:
    """One page of A4 with what the ticket is for, its code, and who has it."""
    page = fpdf.FPDF(format="A4", unit="mm")
    page.set_creation_date(ticket.update_time)
    page.set_title(_plain(gathering.display_name if gathering else "Ticket"))
    page.core_fonts_encoding = LETTERS
    page.set_margin(MARGIN)
    page.add_page()
    for size, style, text in _lines(ticket, gathering):
        page.set_font("Helvetica", style, size)
        page.multi_cell(0, size * 0.5, _plain(text), new_x="LMARGIN", new_y="NEXT")
        page.ln(2)
    page.image(io.BytesIO(png(ticket)), x=(page.w - SIDE) / 2, w=SIDE)
    return bytes(page.output())


def _lines(ticket: Ticket, gathering: Gathering | None) -> list[tuple[int, str, str]]:
    lines = [(12, "", f"Ticket {ticket.ticket_type}"), (8, "", str(ticket.name.id))]
    if gathering is None:
        return lines
    when = _clock(gathering.start_time, gathering.time_zone)
    place = [(14, "", gathering.place)] if gathering.place else []
    return [(24, "B", gathering.display_name), (14, "", when), *place, *lines]


def _clock(at: datetime, zone: str) -> str:
    """A time by the clock of the place."""
    return f"{at.astimezone(zoneinfo.ZoneInfo(zone or 'UTC')):%Y-%m-%d %H:%M} ({zone or 'UTC'})"


def _plain(text: str) -> str:
    """Text in the letters there are: without the accents that there are not, then with `?`."""
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    for form in (letter, unicodedata.normalize("NFKD", letter)[:1]):
        try:
            form.encode(LETTERS)
        except UnicodeEncodeError:
            continue
        return form
    return "?"


def _code(ticket: Ticket) -> segno.QRCode:
    return segno.make(ticket.code, micro=False, error="m", boost_error=False)
