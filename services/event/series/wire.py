"""Series on the wire: messages to values and back. Pure."""

from __future__ import annotations

import dataclasses
import uuid

from services.event.events import domain as events
from services.event.events import wire as event_wire
from services.event.events.domain import EVENTS, Event, Plan
from services.event.series import domain
from services.event.series.domain import SERIES, Dates, Series, State
from services.event.series.rules import BadSeries
from services.kit import masks
from services.kit.etags import etag
from services.kit.names import Name, parent
from services.kit.wire import civil, date_time, timestamp
from turnout.event.v1 import event_pb2, series_pb2

STATES = {
    State.DRAFT: series_pb2.Series.STATE_DRAFT,
    State.PUBLISHED: series_pb2.Series.STATE_PUBLISHED,
    State.CANCELLED: series_pb2.Series.STATE_CANCELLED,
}
PATCHABLE = frozenset({"rule", "extra_dates", "skipped_dates", "start_time"})
TIMES = frozenset({"start_time", "end_time"})


def first(request: series_pb2.CreateSeriesRequest) -> Name:
    """The event to repeat. Another organization's is none at all to this one."""
    event = EVENTS.parse(request.series.event, "series.event")
    if event.organization != parent(request.parent):
        raise events.EventNotFound(request.series.event)
    return event


def dates(message: series_pb2.Series) -> Dates:
    start = message.start_time
    return Dates(
        rule=message.rule.strip(),
        extra=domain.days(message.extra_dates, "series.extra_dates"),
        skipped=domain.days(message.skipped_dates, "series.skipped_dates"),
        start=civil(start, "series.start_time") if message.HasField("start_time") else None,
    )


def changed(current: Series, sent: series_pb2.Series, paths: frozenset[str]) -> Dates:
    """The dates of a series with the fields at `paths` as they were sent."""
    first = EVENTS.format(Name(current.name.organization, current.event))
    if sent.event not in ("", first):
        raise BadSeries("series.event", "does not change")
    return dates(masks.merged(series(current), sent, paths))


def series(value: Series) -> series_pb2.Series:
    organization = value.name.organization
    return series_pb2.Series(
        name=SERIES.format(value.name),
        event=EVENTS.format(Name(organization, value.event)),
        rule=value.dates.rule,
        extra_dates=[day.isoformat() for day in value.dates.extra],
        skipped_dates=[day.isoformat() for day in value.dates.skipped],
        start_time=date_time(value.pattern.span.start),
        state=STATES[value.state],
        display_name=value.pattern.display_name,
        through_time=timestamp(domain.clocked(value, value.through)),
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )


def key(value: Series) -> tuple[uuid.UUID]:
    """What a list of series is sorted by."""
    return (value.name.id,)


@dataclasses.dataclass(frozen=True)
class Revision:
    """A change of several occurrences."""

    sent: event_pb2.Event
    paths: frozenset[str]
    # Not only the following ones.
    all: bool

    def of_named(self, event: Event) -> Plan:
        """The plan of the occurrence that the change names."""
        plan = event_wire.revision(event, self.sent, self.paths)
        domain.need_same_day(event, plan)
        return plan

    def of_other(self, named: Plan, event: Event) -> Plan:
        """The plan of another one: its times move on its own day."""
        plan = event_wire.revision(event, self.sent, self.paths - TIMES)
        if not self.paths & TIMES:
            return plan
        length = domain.wall(named.span.end) - domain.wall(named.span.start)
        other = dataclasses.replace(event, plan=plan)
        return domain.revised_times(other, named.span.start, length)


def revision(request: series_pb2.UpdateOccurrencesRequest) -> Revision:
    paths = masks.paths(request.update_mask, request.event, event_wire.PATCHABLE)
    # What is wrong with them is wrong whatever the event is.
    event_wire.ticket_types(request.event)
    everything = request.scope == series_pb2.UpdateOccurrencesRequest.SCOPE_ALL
    return Revision(request.event, paths, everything)


# --- how a series keeps what its occurrences are like


def packed(series: Series) -> bytes:
    made = Event(
        Name(series.name.organization, series.event),
        series.pattern,
        events.State.DRAFT,
        create_time=series.create_time,
        update_time=series.update_time,
    )
    return event_wire.event(made, member=True).SerializeToString()


def unpacked(kept: bytes) -> Plan:
    return event_wire.plan(event_pb2.Event.FromString(kept))
