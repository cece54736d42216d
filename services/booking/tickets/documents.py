"""Tickets as documents: the code as a picture, and a page to print. Pure, but slow: for threads."""

from __future__ import annotations

import io
import zoneinfo
from datetime import datetime

import segno

from services.booking.tickets.domain import Gathering, Ticket
from services.kit.paper import BOLD, Paper

MARGIN, SIDE = 20, 90  # millimetres
ASK = "At the door, show the code of this ticket on your phone: a new one every minute."


def svg(ticket: Ticket) -> bytes:
    out = io.BytesIO()
    _code(ticket).save(out, kind="svg", scale=4, border=4, xmldecl=True)
    return out.getvalue()


def png(ticket: Ticket) -> bytes:
    out = io.BytesIO()
    _code(ticket).save(out, kind="png", scale=6, border=4)
    return out.getvalue()


def pdf(ticket: Ticket, gathering: Gathering | None, font: str) -> bytes:
    """One page of A4 with what the ticket is for, and its code, if it has one to print."""
    page = Paper(font, margin=MARGIN)
    page.set_creation_date(ticket.update_time)
    page.set_title(gathering.display_name if gathering else "Ticket")
    for size, style, text in _lines(ticket, gathering):
        page.words([text], size=size, style=style)
        page.ln(2)
    if ticket.code:
        page.image(io.BytesIO(png(ticket)), x=(page.w - SIDE) / 2, w=SIDE)
    else:
        page.words([ASK], size=12, style="")
    return bytes(page.output())


def _lines(ticket: Ticket, gathering: Gathering | None) -> list[tuple[int, str, str]]:
    lines = [(12, "", f"Ticket {ticket.ticket_type}"), (8, "", str(ticket.name.id))]
    if gathering is None:
        return lines
    when = _clock(gathering.start_time, gathering.time_zone)
    place = [(14, "", gathering.place)] if gathering.place else []
    return [(24, BOLD, gathering.display_name), (14, "", when), *place, *lines]


def _clock(at: datetime, zone: str) -> str:
    """A time by the clock of the place."""
    return f"{at.astimezone(zoneinfo.ZoneInfo(zone or 'UTC')):%Y-%m-%d %H:%M} ({zone or 'UTC'})"


def _code(ticket: Ticket) -> segno.QRCode:
    return segno.make(ticket.code, micro=False, error="m", boost_error=False)
