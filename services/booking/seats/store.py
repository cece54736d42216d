"""The seats that have names. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, insert

from services.booking.seating import Row, Rows, Seat
from services.booking.tables import seats
from services.kit.db import Tx, given, sql
from services.kit.names import Name

# What is written of a seat in the one digit that it travels in.
TAKEN, ACCESSIBLE, GAP = 1, 2, 4

_organization = seats.c.organization == sa.bindparam("organization")
_AT_EVENT = (_organization, seats.c.event == sa.bindparam("event"))


def _bit(condition: Any, bit: int) -> Any:
    return sa.case((condition, bit), else_=0)


_marks = (
    _bit(seats.c.booking.is_not(None), TAKEN)
    + _bit(seats.c.accessible, ACCESSIBLE)
    + _bit(seats.c.gap, GAP)
)


def _joined(value: Any, between: str) -> Any:
    return sa.func.string_agg(
        sa.cast(value, sa.Text), aggregate_order_by(sa.literal(between, sa.Text), seats.c.position)
    )


# A row of seats is a row of the answer: twenty thousand seats are too many to read one by one.
_ROWS = sql(
    sa.select(
        seats.c.event,
        seats.c.section,
        seats.c.row,
        _joined(seats.c.seat, " ").label("ids"),
        _joined(_marks, "").label("marks"),
    )
    .where(
        _organization,
        seats.c.event == sa.any_(sa.bindparam("events", type_=ARRAY(sa.Uuid))),
        seats.c.listed,
    )
    .group_by(seats.c.event, seats.c.section, seats.c.row)
    .order_by(seats.c.event, sa.func.min(seats.c.position))
)

_told = given(
    section=sa.Text,
    row=sa.Text,
    seat=sa.Text,
    position=sa.Integer,
    accessible=sa.Boolean,
    gap=sa.Boolean,
)
_announce = insert(seats).from_select(
    ["organization", "event", *(c.name for c in _told.c)],
    sa.select(
        sa.bindparam("organization", type_=sa.Uuid),
        sa.bindparam("event", type_=sa.Uuid),
        *_told.c,
    ),
    include_defaults=False,
)
_ANNOUNCE = sql(
    _announce.on_conflict_do_update(
        index_elements=[c.name for c in seats.primary_key.columns],
        set_={
            **{key: _announce.excluded[key] for key in ("position", "accessible", "gap")},
            "listed": True,
        },
    )
)
_UNLIST = sql(sa.update(seats).where(*_AT_EVENT).values(listed=False))
_DROP = sql(sa.delete(seats).where(*_AT_EVENT, ~seats.c.listed, seats.c.booking.is_(None)))

_moving = given(event=sa.Uuid, section=sa.Text, row=sa.Text, seat=sa.Text, booking=sa.Uuid)
_TAKE = sql(
    sa.update(seats)
    .where(
        _organization,
        *(seats.c[key] == _moving.c[key] for key in ("event", "section", "row", "seat")),
        # Whatever anybody decided: who sits there is not asked to get up.
        seats.c.booking.is_(None),
        seats.c.listed,
    )
    .values(booking=_moving.c.booking)
)
_FREE = sql(
    sa.update(seats)
    .where(
        _organization,
        *(seats.c[key] == _moving.c[key] for key in ("event", "section", "row", "seat", "booking")),
    )
    .values(booking=sa.null())
)

# The event and the booking of a seat, and its name.
Place = tuple[uuid.UUID, uuid.UUID, str]


async def rows(
    tx: Tx, organization: uuid.UUID, events: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Rows]:
    """The seats of events, as they are now. Those without any are left out."""
    found: dict[uuid.UUID, dict[tuple[str, str], Row]] = {}
    for one in await tx.all(_ROWS, organization=organization, events=list(events)):
        seated = tuple(map(_seat, one.ids.split(" "), one.marks))
        found.setdefault(one.event, {})[one.section, one.row] = Row(one.section, one.row, seated)
    return dict(found)


def _seat(id: str, mark: str) -> Seat:
    bits = int(mark)
    return Seat(id, bool(bits & TAKEN), bool(bits & ACCESSIBLE), bool(bits & GAP))


async def announce(tx: Tx, event: Name, told: Iterable[Row]) -> None:
    """Has the seats be those, and keeps who has which. A seat that is gone and taken is kept."""
    at = {"organization": event.organization, "event": event.id}
    await tx.run(_UNLIST, **at)
    listed = [
        (row.section, row.id, seat.id, seat.accessible, seat.gap)
        for row in told
        for seat in row.seats
    ]
    if listed:
        section, row_id, seat, accessible, gap = map(list, zip(*listed, strict=True))
        await tx.run(
            _ANNOUNCE,
            **at,
            section=section,
            row=row_id,
            seat=seat,
            accessible=accessible,
            gap=gap,
            position=list(range(len(listed))),
        )
    await tx.run(_DROP, **at)


async def take(tx: Tx, organization: uuid.UUID, places: Sequence[Place]) -> int:
    """Gives seats to bookings; says how many of them nobody had."""
    return await tx.run(_TAKE, organization=organization, **_places(places))


async def free(tx: Tx, organization: uuid.UUID, places: Sequence[Place]) -> int:
    """Takes seats from the bookings that have them; says how many did."""
    return await tx.run(_FREE, organization=organization, **_places(places))


def _places(places: Sequence[Place]) -> dict[str, list[Any]]:
    parts = [name.split("/", 2) for _, _, name in places]
    return {
        "event": [event for event, _, _ in places],
        "booking": [booking for _, booking, _ in places],
        "section": [section for section, _, _ in parts],
        "row": [row for _, row, _ in parts],
        "seat": [seat for _, _, seat in parts],
    }
