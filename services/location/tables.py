"""The tables of location. Every one is owned: keyed by the organization first, and confined to it.

One group commit keeps the positions of many organizations. Its transaction names them in
`turnout.organizations`, and a second policy on the tables it needs (`batch`, in the migration)
shows it theirs and nobody else's.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.tables import NAMING

TODAY = "((now() at time zone 'utc')::date)"

metadata = sa.MetaData(naming_convention=NAMING)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable)


def _degrees(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Double, nullable=nullable)


# Where and when people meet: what event's facts say of everything that was ever published.
events = sa.Table(
    "events",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    _degrees("latitude"),
    _degrees("longitude"),
    sa.Column("radius_meters", sa.Integer, nullable=False),
    _time("start_time"),
    _time("end_time"),
    sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("radius_meters > 0", name="radius"),
)

# Who comes: one row per booking, for one person may have two and give one back.
attendances = sa.Table(
    "attendances",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("booking", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("attendee", sa.Text, nullable=False),
    sa.Column("confirmed", sa.Boolean, nullable=False),
    # How many tickets there were; null if nobody said.
    sa.Column("seats", sa.Integer),
    sa.Index("attendances_attendee_idx", "organization", "event", "attendee"),
)

# Tickets that were passed on: who has each now, and whether it was given back. Kept apart, for
# these facts overtake those of the booking, or are overtaken.
transfers = sa.Table(
    "transfers",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("ticket", sa.Uuid, primary_key=True),
    sa.Column("booking", sa.Uuid, nullable=False),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("returned", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("transfers_holder_idx", "organization", "event", "holder"),
    sa.Index("transfers_booking_idx", "organization", "booking"),
)

# Consents, and what came of them. `change` is the transaction that wrote the row last: who has
# seen everything up to some transaction asks for what came after, without a counter that every
# writer of an event would have to queue for.
journeys = sa.Table(
    "journeys",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("traveler", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("rate", sa.Double, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    _time("create_time"),
    _time("expire_time"),
    _time("arrive_time", nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("kept_through", sa.BigInteger, nullable=False),
    sa.Column("position_count", sa.BigInteger, nullable=False),
    # Up to which position what follows knows the way.
    sa.Column("followed_through", sa.BigInteger, nullable=False, server_default="0"),
    # Up to which position the hours know the way.
    sa.Column("counted_through", sa.BigInteger, nullable=False, server_default="0"),
    # The memory of the estimator, as `eta.pack` writes it.
    sa.Column("way", sa.LargeBinary),
    # The newest good position.
    sa.Column("sequence", sa.BigInteger),
    _time("capture_time", nullable=True),
    _degrees("latitude", nullable=True),
    _degrees("longitude", nullable=True),
    sa.Column("accuracy", sa.Float),
    sa.Column("speed", sa.Float),
    sa.Column("bearing", sa.Float),
    # What is expected from it.
    sa.Column("distance_meters", sa.Double),
    _time("p50_time", nullable=True),
    _time("p90_time", nullable=True),
    # What that rests on: the position from which the way by road is known, and how the person
    # seems to travel.
    sa.Column("method", sa.Text, nullable=False, server_default="velocity"),
    _time("route_time", nullable=True),
    sa.Column("apparent_mode", sa.Text, nullable=False, server_default="unknown"),
    # Where the person is as to geofences, as `geofences.domain.pack` writes it.
    sa.Column("presences", sa.LargeBinary),
    # What was expected first, and the time of the position that this rests on.
    _time("forecast_time", nullable=True),
    _time("forecast_made_time", nullable=True),
    # What other services were told last, and when.
    _time("told_time", nullable=True),
    _time("told_p50_time", nullable=True),
    _time("told_p90_time", nullable=True),
    # What the person agreed to.
    sa.Column("purpose", sa.Text, nullable=False, server_default=""),
    sa.Column("viewers", sa.Text, nullable=False, server_default="staff"),
    sa.Column("precision", sa.Text, nullable=False, server_default="exact"),
    sa.Column("lead_seconds", sa.Double),
    sa.Column("source", sa.Text, nullable=False, server_default="app"),
    # The words of who agreed in a message: which message that was, what it said, and when.
    sa.Column("proof_message", sa.Text),
    sa.Column("proof_text", sa.Text),
    _time("proof_time", nullable=True),
    # Whether nothing is kept of the way.
    sa.Column("live_only", sa.Boolean, nullable=False, server_default=sa.false()),
    # By how much the clock of the device is behind.
    sa.Column("clock_offset_micros", sa.BigInteger, nullable=False, server_default="0"),
    # When the sharing paused and went on, by turns, in microseconds since 1970.
    sa.Column("pauses", ARRAY(sa.BigInteger), nullable=False, server_default="{}"),
    _time("withdraw_time", nullable=True),
    sa.Column("deleted_count", sa.BigInteger, nullable=False, server_default="0"),
    sa.ForeignKeyConstraint(["organization", "event"], [events.c.organization, events.c.id]),
    sa.CheckConstraint(
        "state in ('ready', 'under_way', 'arrived', 'expired', 'withdrawn')", name="state"
    ),
    sa.CheckConstraint(
        "viewers in ('organizers', 'staff', 'participants', 'links')", name="viewers"
    ),
    sa.CheckConstraint("precision in ('exact', 'coarse')", name="precision"),
    sa.CheckConstraint("source in ('app', 'link', 'message')", name="source"),
    sa.CheckConstraint("0 <= position_count and position_count <= kept_through", name="kept"),
    sa.CheckConstraint("(state = 'arrived') <= (arrive_time is not null)", name="arrived"),
    sa.CheckConstraint("not live_only or position_count = 0", name="live_only"),
    # Whoever took the consent back is nowhere.
    sa.CheckConstraint(
        "state <> 'withdrawn' or (latitude is null and way is null and position_count = 0)",
        name="withdrawn",
    ),
    # One person has one journey to an event; a new one after it expired or was withdrawn.
    sa.Index(
        "journeys_one_idx",
        "organization",
        "event",
        "traveler",
        unique=True,
        postgresql_where=sa.literal_column("state not in ('expired', 'withdrawn')"),
    ),
    sa.Index("journeys_event_idx", "organization", "event", "id"),
    sa.Index("journeys_traveler_idx", "organization", "traveler", "id"),
    # For somebody who is to be forgotten everywhere.
    sa.Index("journeys_person_idx", "traveler"),
    # Room to write a row anew in its page: it changes every few seconds.
    postgresql_with={"fillfactor": 60},
)

# Positions, as they were reported: one row per report, packed by `segments.packing`. Each day has
# a partition, which is dropped when it is old. No foreign key: checking it for each row would
# cost more than writing the row, and who writes one holds the lock of its journey.
segments = sa.Table(
    "segments",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("journey", sa.Uuid, primary_key=True),
    sa.Column("first_sequence", sa.BigInteger, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    # Microseconds since 1970, by the clock of the device.
    sa.Column("first_micros", sa.BigInteger, nullable=False),
    sa.Column("last_micros", sa.BigInteger, nullable=False),
    # In 1e-7 degrees.
    sa.Column("south", sa.Integer, nullable=False),
    sa.Column("west", sa.Integer, nullable=False),
    sa.Column("north", sa.Integer, nullable=False),
    sa.Column("east", sa.Integer, nullable=False),
    sa.Column("columns", sa.LargeBinary, nullable=False),
    # When it was kept, by the clock of the database, in UTC.
    sa.Column("day", sa.Date, primary_key=True, server_default=sa.text(TODAY)),
    sa.CheckConstraint("first_sequence > 0 and count > 0", name="numbers"),
    postgresql_partition_by="RANGE (day)",
)

# Links that show the way of one person, or of all to an event, to whoever has them. Their tokens
# follow from the name and the time, and are kept nowhere.
shares = sa.Table(
    "shares",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    # Null: all who let links show them.
    sa.Column("journey", sa.Uuid),
    sa.Column("precision", sa.Text, nullable=False),
    _time("expire_time"),
    sa.Column("creator", sa.Text, nullable=False),
    _time("create_time"),
    _time("revoke_time", nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("precision in ('exact', 'coarse')", name="precision"),
    sa.Index("shares_creator_idx", "organization", "creator", "id"),
)

# Who looked at whom, by the hour. No event, or no journey, stands for all; `distance` is how far
# out the viewer stood.
looks = sa.Table(
    "looks",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("journey", sa.Uuid, primary_key=True),
    sa.Column("viewer", sa.Text, primary_key=True),
    sa.Column("distance", sa.Integer, primary_key=True),
    sa.Column("hour", TIMESTAMP(timezone=True), primary_key=True),
    _time("first_time"),
    _time("last_time"),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Index("looks_journey_idx", "organization", "journey", "hour"),
)


# How long organizations keep positions; the usual where there is no row.
retentions = sa.Table(
    "retentions",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("compress_after_days", sa.Integer, nullable=False),
    sa.Column("delete_after_days", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint(
        "0 < compress_after_days and compress_after_days <= delete_after_days", name="days"
    ),
)

# What was on the way to events, hour by hour: sums, so that what is new is added to them.
hours = sa.Table(
    "hours",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("hour", TIMESTAMP(timezone=True), primary_key=True),
    sa.Column("position_count", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("meters", sa.Double, nullable=False, server_default="0"),
    sa.Column("seconds", sa.Double, nullable=False, server_default="0"),
    sa.Column("arrival_count", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("punctual_count", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("lateness_seconds", sa.Double, nullable=False, server_default="0"),
    sa.Index("hours_hour_idx", "organization", "hour", "event"),
)

# Places on the way to events that matter: a circle, or a polygon as GeoJSON.
geofences = sa.Table(
    "geofences",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
    _degrees("latitude", nullable=True),
    _degrees("longitude", nullable=True),
    sa.Column("radius_meters", sa.Double),
    sa.Column("geo_json", sa.Text),
    sa.Column("dwell_seconds", sa.Double, nullable=False),
    _time("create_time"),
    _time("update_time"),
    _time("shape_time"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["organization", "event"], [events.c.organization, events.c.id]),
    sa.CheckConstraint("(geo_json is null) = (radius_meters is not null)", name="shape"),
    sa.Index("geofences_event_idx", "organization", "event", "id"),
)

# Who went in and out of them, and what of it was taken back.
transitions = sa.Table(
    "transitions",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("journey", sa.Uuid, nullable=False),
    sa.Column("geofence", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # By the clock of the device.
    _time("transition_time"),
    _time("create_time"),
    _time("retract_time", nullable=True),
    sa.CheckConstraint("kind in ('enter', 'dwell', 'exit')", name="kind"),
    sa.Index("transitions_event_idx", "organization", "event", "transition_time", "id"),
    sa.Index("transitions_journey_idx", "organization", "journey", "transition_time", "id"),
    sa.Index("transitions_geofence_idx", "organization", "geofence"),
)

OWNED = (
    events,
    attendances,
    transfers,
    journeys,
    shares,
    segments,
    looks,
    retentions,
    hours,
    geofences,
    transitions,
)
