"""Whom a change of an event concerns. Pure."""

from __future__ import annotations

import enum

from services.event.participants.domain import Mark

# How many people are told in one transaction.
BATCH = 500


class Leg(enum.Enum):
    """A part of a tour: who is told what."""

    # The event was called off. Who has a seat hears it from booking.
    RELEASED = "released"
    # It takes place elsewhere or elsewhen: those on the list, and the users who booked.
    MOVED = "moved"
    MOVED_USERS = "moved_users"


WAITING = (Mark.INVITED, Mark.ACCEPTED, Mark.TENTATIVE, Mark.REFUSED, Mark.LAPSED)
COMING = (*WAITING, Mark.HELD, Mark.CONFIRMED, Mark.UNDER_WAY)
STATES = {Leg.RELEASED: WAITING, Leg.MOVED: COMING}
