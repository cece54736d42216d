"""What is in a table of participants, and in one of figures: columns and rows. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.event.analytics import domain as analytics
from services.event.analytics.domain import Figures, Revenue
from services.event.events.domain import EVENTS
from services.event.participants.domain import (
    BOOKINGS,
    JOURNEYS,
    PARTICIPANTS,
    Mark,
    Participant,
)
from services.kit.names import Name


class Format(enum.Enum):
    CSV = "csv"
    PARQUET = "parquet"


class Kind(enum.Enum):
    """What the cells of a column are; any may be None."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"


Cell = str | int | datetime | None
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """What a file is called, and its columns in order."""

    name: str
    columns: tuple[tuple[str, Kind], ...]


# By the name of the column, the marks whose first step it tells the time of.
STAGES = {
    "listed_time": (Mark.LISTED,),
    "invited_time": (Mark.INVITED,),
    "delivered_time": (Mark.DELIVERED,),
    "answered_time": (Mark.ACCEPTED, Mark.TENTATIVE, Mark.DECLINED),
    "held_time": (Mark.HELD,),
    "paid_time": (Mark.CONFIRMED,),
    "under_way_time": (Mark.UNDER_WAY,),
    "arrived_time": (Mark.ARRIVED,),
    "lapsed_time": (Mark.LAPSED,),
    "cancelled_time": (Mark.CANCELLED,),
}
PEOPLE = Table(
    "participants",
    (
        *(
            (name, Kind.TEXT)
            for name in (
                "name",
                "event",
                "display_name",
                "email",
                "phone",
                "language_code",
                "state",
                "answer",
                "ticket_type",
            )
        ),
        ("guests", Kind.NUMBER),
        ("note", Kind.TEXT),
        ("booking", Kind.TEXT),
        ("journey", Kind.TEXT),
        ("send_time", Kind.TIME),
        *((name, Kind.TIME) for name in STAGES),
    ),
)
FIGURES = Table(
    "analytics",
    (
        ("section", Kind.TEXT),
        ("item", Kind.TEXT),
        ("date", Kind.TEXT),
        ("figure", Kind.TEXT),
        ("amount", Kind.NUMBER),
        ("currency", Kind.TEXT),
    ),
)


def person(value: Participant) -> Row:
    organization, contact = value.name.organization, value.contact
    return (
        PARTICIPANTS.format(value.name),
        EVENTS.format(value.event),
        contact.display_name,
        contact.email,
        contact.phone,
        contact.language_code,
        value.state.name,
        value.answer.name if value.answer else "",
        value.ticket_type or "",
        value.guests,
        value.note,
        BOOKINGS.format(Name(organization, value.booking)) if value.booking else "",
        JOURNEYS.format(Name(organization, value.journey)) if value.journey else "",
        value.send_time,
        *(_first(value, marks) for marks in STAGES.values()),
    )


def _first(value: Participant, marks: tuple[Mark, ...]) -> datetime | None:
    return min((step.reach_time for step in value.steps if step.mark in marks), default=None)


def figures(value: Figures) -> Iterator[Row]:
    """Every figure, in the order of the contract."""
    counts = value.counts
    for section, measure in (("funnel", "reached"), ("bookings", "bookings")):
        for key, amount in counts.get(measure, {}).items():
            yield _row(section, key, amount)
    yield from _capacity(value)
    for each in analytics.revenue(counts.get("captured", {}), counts.get("refunded", {})):
        yield from _revenue("revenue", each)
    for day in value.days:
        date = day.date.isoformat()
        yield _row("days", "sold", day.sold, date=date)
        yield _row("days", "returned", day.returned, date=date)
        for each in day.revenue:
            yield from _revenue("days", each, date=date)
    for channel in value.keys("sent", "failed", "recipients"):
        for figure, measure in CHANNEL_FIGURES.items():
            yield _row("channels", figure, value.of(measure, channel), item=channel)
    yield from _punctuality(value)


CHANNEL_FIGURES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "recipients": "recipients",
    "answered": "answered by",
}


def _capacity(value: Figures) -> Iterator[Row]:
    for figure in ("seats", "held", "sold"):
        yield _row("capacity", figure, value.all(figure))
    if value.offer is None:
        return
    for kind in sorted({*value.offer.capacities, *value.keys("held", "sold")}):
        yield _row("capacity", "seats", value.offer.capacities.get(kind, 0), item=kind)
        for figure in ("held", "sold"):
            yield _row("capacity", figure, value.of(figure, kind), item=kind)


def _revenue(section: str, value: Revenue, *, date: str = "") -> Iterator[Row]:
    for figure, amount in (
        ("captured", value.captured),
        ("refunded", value.refunded),
        ("net", value.net),
    ):
        yield (section, amount.currency, date, figure, amount.minor, amount.currency)


def _punctuality(value: Figures) -> Iterator[Row]:
    arrived, estimated = value.all("late"), value.all("estimated")
    yield _row("punctuality", "arrived", arrived)
    yield _row("punctuality", "on_time", value.all("on time"))
    yield _row("punctuality", "estimated", estimated)
    for figure, measure, of in (
        ("mean_lateness", "lateness", arrived),
        ("mean_error", "error", estimated),
        ("mean_bias", "bias", estimated),
    ):
        mean = value.mean(measure, of)
        if mean is not None:
            yield _row("punctuality", figure, round(mean / dt.timedelta(seconds=1)))
    for band in analytics.bands(value.counts.get("late", {})):
        start, end = ("" if edge is None else str(edge) for edge in (band.start, band.end))
        yield _row("punctuality", "arrived", band.arrived, item=f"{start}..{end}")


def _row(section: str, figure: str, amount: int, *, item: str = "", date: str = "") -> Row:
    return (section, item, date, figure, amount, "")
