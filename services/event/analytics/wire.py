"""Figures on the wire. Pure."""

from __future__ import annotations

import datetime as dt
import uuid

from google.protobuf import duration_pb2
from google.type import date_pb2

from services.event.analytics import domain
from services.event.analytics.domain import EVENT_ANALYTICS, Band, Figures, Revenue
from services.kit.names import Name
from services.kit.wire import duration, money
from turnout.event.v1 import analytics_pb2

STAGES = [field.name for field in analytics_pb2.Funnel.DESCRIPTOR.fields]
STANDINGS = [field.name for field in analytics_pb2.Bookings.DESCRIPTOR.fields]


def of_event(name: Name, value: Figures) -> analytics_pb2.EventAnalytics:
    return analytics_pb2.EventAnalytics(name=EVENT_ANALYTICS.format(name), figures=figures(value))


def of_organization(organization: uuid.UUID, value: Figures) -> analytics_pb2.OrganizationAnalytics:
    return analytics_pb2.OrganizationAnalytics(
        name=domain.analytics_of(organization),
        figures=figures(value),
        published_events=value.of("events", "published"),
        cancelled_events=value.of("events", "cancelled"),
    )


def figures(value: Figures) -> analytics_pb2.Figures:
    counts = value.counts
    return analytics_pb2.Figures(
        funnel=analytics_pb2.Funnel(**{stage: value.of("reached", stage) for stage in STAGES}),
        bookings=analytics_pb2.Bookings(**{each: value.of("bookings", each) for each in STANDINGS}),
        capacity=_capacity(value),
        revenue=map(
            _revenue, domain.revenue(counts.get("captured", {}), counts.get("refunded", {}))
        ),
        days=map(_day, value.days),
        channels=[_channel(value, key) for key in value.keys("sent", "failed", "recipients")],
        punctuality=_punctuality(value),
    )


def _capacity(value: Figures) -> analytics_pb2.Capacity:
    known = value.offer.capacities if value.offer else {}
    # An organization's events have types of the same ids that are not the same types.
    types = sorted({*known, *value.keys("held", "sold")}) if value.offer else []
    return analytics_pb2.Capacity(
        seats=value.all("seats"),
        held=value.all("held"),
        sold=value.all("sold"),
        entries=[
            analytics_pb2.Capacity.Entry(
                ticket_type=each,
                seats=known.get(each, 0),
                held=value.of("held", each),
                sold=value.of("sold", each),
            )
            for each in types
        ],
    )


def _revenue(value: Revenue) -> analytics_pb2.Revenue:
    return analytics_pb2.Revenue(
        captured=money(value.captured), refunded=money(value.refunded), net=money(value.net)
    )


def _day(value: domain.Day) -> analytics_pb2.Day:
    return analytics_pb2.Day(
        date=date(value.date),
        sold=value.sold,
        returned=value.returned,
        revenue=map(_revenue, value.revenue),
    )


def date(value: dt.date) -> date_pb2.Date:
    return date_pb2.Date(year=value.year, month=value.month, day=value.day)


def _channel(value: Figures, channel: str) -> analytics_pb2.ChannelPerformance:
    return analytics_pb2.ChannelPerformance(
        channel=f"CHANNEL_{channel.upper()}",
        sent=value.of("sent", channel),
        delivered=value.of("delivered", channel),
        read=value.of("read", channel),
        failed=value.of("failed", channel),
        recipients=value.of("recipients", channel),
        answered=value.of("answered by", channel),
    )


def _punctuality(value: Figures) -> analytics_pb2.Punctuality:
    arrived, estimated = value.all("late"), value.all("estimated")
    late, error, bias = (
        value.mean(measure, of)
        for measure, of in (("lateness", arrived), ("error", estimated), ("bias", estimated))
    )
    return analytics_pb2.Punctuality(
        arrived=arrived,
        on_time=value.all("on time"),
        mean_lateness=None if late is None else duration(late),
        bands=map(_band, domain.bands(value.counts.get("late", {}))),
        estimated=estimated,
        mean_error=None if error is None else duration(error),
        mean_bias=None if bias is None else duration(bias),
    )


def _band(value: Band) -> analytics_pb2.Punctuality.Band:
    return analytics_pb2.Punctuality.Band(
        at_least=_edge(value.start), less_than=_edge(value.end), arrived=value.arrived
    )


def _edge(seconds: int | None) -> duration_pb2.Duration | None:
    return None if seconds is None else duration(dt.timedelta(seconds=seconds))
