"""The tables of event. What belongs to an organization is keyed by it first."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

from services.kit.tables import NAMING

metadata = sa.MetaData(naming_convention=NAMING)

# The events that everybody may see: the row policies and the partial indexes say the same.
PUBLIC = "state in ('published', 'cancelled', 'completed')"


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable)


def _local(name: str) -> sa.Column[Any]:
    """A time by the clock of the event's place."""
    return sa.Column(name, TIMESTAMP(timezone=False), nullable=False)


def _words(name: str) -> sa.Column[Any]:
    return sa.Column(name, ARRAY(sa.Text), nullable=False, server_default="{}")


events = sa.Table(
    "events",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("venue", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("city", sa.Text, nullable=False),
    # What `domain.city_key` makes of the city: what it is searched by.
    sa.Column("city_key", sa.Text, nullable=False),
    # Null, with all else of the venue empty: it is online.
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("arrival_radius", sa.Integer, nullable=False),
    # Empty: that of the event.
    sa.Column("venue_zone", sa.Text, nullable=False, server_default=""),
    # Lists in the order of the fields of what `places` and `tickets` make of them.
    sa.Column("rooms", JSONB, nullable=False, server_default="[]"),
    sa.Column("layout", JSONB, nullable=False, server_default="[]"),
    sa.Column("pools", JSONB, nullable=False, server_default="[]"),
    # The local times and the zone are what was promised. The instants are what they come to by
    # the rules of that release of the time zone database, and are what one sorts and compares.
    _local("start_local"),
    _local("end_local"),
    sa.Column("time_zone", sa.Text, nullable=False),
    _time("start_time"),
    _time("end_time"),
    sa.Column("tzdata", sa.Text, nullable=False),
    _time("create_time"),
    _time("update_time"),
    _time("publish_time", nullable=True),
    _time("cancel_time", nullable=True),
    sa.Column("cancel_reason", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    _time("complete_time", nullable=True),
    sa.Column("mode", sa.Text, nullable=False, server_default="on_site"),
    sa.Column("join_uri", sa.Text, nullable=False, server_default=""),
    sa.Column("category", sa.Text, nullable=False, server_default=""),
    sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("min_age", sa.Integer, nullable=False, server_default="0"),
    sa.Column("other_languages", ARRAY(sa.Text), nullable=False, server_default="{}"),
    # The series that it is one of.
    sa.Column("series", sa.Uuid),
    sa.Column("language_code", sa.Text, nullable=False, server_default=""),
    # When it begins by the series, wherever it was moved since.
    sa.Column("original_local", TIMESTAMP(timezone=False)),
    # What `terms` makes of it: pairs of days and shares. Null: everything goes back.
    sa.Column("refund_tiers", JSONB(none_as_null=True)),
    sa.CheckConstraint("end_time > start_time", name="span"),
    sa.CheckConstraint("latitude between -90 and 90", name="latitude"),
    sa.CheckConstraint("longitude between -180 and 180", name="longitude"),
    sa.CheckConstraint("(latitude is null) = (longitude is null)", name="location"),
    sa.CheckConstraint("latitude is not null or mode = 'online'", name="mode"),
    sa.CheckConstraint(
        "state in ('draft', 'template') or publish_time is not null", name="published"
    ),
    # The pages of one organization, of everybody, and of everybody in one city.
    sa.Index("events_start_idx", "organization", "start_time", "id"),
    sa.Index("events_public_idx", "start_time", "id", postgresql_where=sa.text(PUBLIC)),
    sa.Index(
        "events_public_city_idx",
        "city_key",
        "start_time",
        "id",
        postgresql_where=sa.text(PUBLIC),
    ),
    # No series has two occurrences that begin at the same time.
    sa.Index(
        "events_series_idx",
        "organization",
        "series",
        "original_local",
        unique=True,
        postgresql_where=sa.text("series is not null"),
    ),
    # Those of a series are few among all, or all of them.
    sa.Index(
        "events_public_periodic_idx",
        "start_time",
        "id",
        postgresql_where=sa.text(f"{PUBLIC} and series is not null"),
    ),
)

# Rules by which events repeat.
series = sa.Table(
    "series",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    # The first occurrence, which may be gone.
    sa.Column("event", sa.Uuid, nullable=False),
    # What the next occurrences are like: an Event of the contract. Its start is where the rule
    # begins.
    sa.Column("pattern", sa.LargeBinary, nullable=False),
    # An RRULE; empty: on the extra days alone.
    sa.Column("rule", sa.Text, nullable=False),
    # Days, such as 2027-06-19.
    sa.Column("extra", ARRAY(sa.Text), nullable=False),
    sa.Column("skipped", ARRAY(sa.Text), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    # Occurrences were made up to here.
    _local("through"),
    _time("create_time"),
    _time("update_time"),
    sa.Column("version", sa.BigInteger, nullable=False),
)

# Whose an event is, for who knows its id only. Not owned: it is asked before that is known, so
# it holds ids and nothing that is anybody's.
owners = sa.Table(
    "owners",
    metadata,
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("organization", sa.Uuid, nullable=False),
    # The release of the time zone database with which its times were last reckoned.
    sa.Column("tzdata", sa.Text, nullable=False, server_default=""),
    sa.Index("owners_tzdata_idx", "tzdata"),
)

# The bookings that hold or have seats of an event, as booking told.
seats = sa.Table(
    "seats",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("booking", sa.Uuid, primary_key=True),
    # A user or a participant, by name.
    sa.Column("buyer", sa.Text, nullable=False),
    # Whether they are for good, and not only held.
    sa.Column("has", sa.Boolean, nullable=False),
    sa.Index("seats_buyer_idx", "buyer"),
)

ticket_types = sa.Table(
    "ticket_types",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    # Their order within the event, from 0.
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
    # Both null: free.
    sa.Column("currency", sa.Text),
    sa.Column("price_minor", sa.BigInteger),
    # Null: what its pool or its sections have.
    sa.Column("capacity", sa.Integer),
    _time("sale_start_time", nullable=True),
    _time("sale_end_time", nullable=True),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    # In hundredths of a percent.
    sa.Column("tax", sa.Integer, nullable=False, server_default="0"),
    # Empty: it has seats of its own.
    sa.Column("pool", sa.Text, nullable=False, server_default=""),
    # 0: any number, or what is usual.
    sa.Column("per_person", sa.Integer, nullable=False, server_default="0"),
    sa.Column("least_per_order", sa.Integer, nullable=False, server_default="0"),
    sa.Column("most_per_order", sa.Integer, nullable=False, server_default="0"),
    sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("price_steps", JSONB, nullable=False, server_default="[]"),
    sa.Column("sections", JSONB, nullable=False, server_default="[]"),
    sa.ForeignKeyConstraint(
        ["organization", "event"], ["events.organization", "events.id"], ondelete="cascade"
    ),
    sa.CheckConstraint("capacity > 0", name="capacity"),
    sa.CheckConstraint("price_minor >= 0", name="price"),
    sa.CheckConstraint("(currency is null) = (price_minor is null)", name="currency"),
)

# Whom a change of an event has still to be told to.
tours = sa.Table(
    "tours",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    # Who is told what.
    sa.Column("leg", sa.Text, primary_key=True),
    # The last one who was told.
    sa.Column("after", sa.Uuid, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization", "event"], ["events.organization", "events.id"], ondelete="cascade"
    ),
)

participants = sa.Table(
    "participants",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
    # Empty: none. The keys are what two ways to write the same address have in common.
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("email_key", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("language_code", sa.Text, nullable=False),
    # What follows from the steps, kept so that one can ask for it.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("booking", sa.Uuid),
    sa.Column("journey", sa.Uuid),
    sa.Column("note", sa.Text, nullable=False),
    # What the last answer asked for. Null before there is one.
    sa.Column("ticket_type", sa.Text),
    # What is counted of the steps and of the messages, kept by the database and by `analytics`:
    # every mark that was ever reached, and every channel that a message was sent by.
    _words("reached"),
    _words("channels"),
    _time("send_time", nullable=True),
    _time("create_time"),
    _time("update_time"),
    sa.Column("version", sa.BigInteger, nullable=False),
    # What names are sorted and searched by, and what two ways to write one have in common.
    sa.Column("name_key", sa.Text, nullable=False, server_default=""),
    sa.Column("likeness", sa.Text, nullable=False, server_default=""),
    sa.Column("time_zone", sa.Text, nullable=False, server_default=""),
    sa.Column("guests", sa.Integer, nullable=False, server_default=sa.text("0")),
    # Null: none.
    sa.Column("question_answers", JSONB(none_as_null=True)),
    # What the last invitation was sent by, or the first would be; null before one was sent.
    sa.Column("channel", sa.Text, nullable=False, server_default="email"),
    sa.Column("sent_by", sa.Text),
    # Why the last message did not get there, or empty; and when that was heard of any.
    sa.Column("undelivered_reason", sa.Text, nullable=False, server_default=""),
    sa.Column("heard_time", TIMESTAMP(timezone=True)),
    sa.ForeignKeyConstraint(
        ["organization", "event"], ["events.organization", "events.id"], ondelete="cascade"
    ),
    sa.CheckConstraint("email_key is not null or phone is not null", name="address"),
    sa.CheckConstraint("guests >= 0", name="guests"),
    sa.UniqueConstraint("organization", "event", "email_key", name="participants_email_key"),
    sa.UniqueConstraint("organization", "event", "phone", name="participants_phone_key"),
    sa.Index("participants_event_idx", "organization", "event", "id"),
    sa.Index("participants_name_idx", "organization", "event", "name_key", "id"),
)

# Duplicates that were merged into a participant: their links, and late facts, mean that one.
merged = sa.Table(
    "merged",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("participant", sa.Uuid, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization", "participant"],
        ["participants.organization", "participants.id"],
        ondelete="cascade",
    ),
    sa.Index("merged_participant_idx", "organization", "participant"),
)

# What is done for events at its time.
tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("anchor", sa.Text, nullable=False),
    sa.Column("offset_seconds", sa.BigInteger, nullable=False),
    # Whom it is about; empty: does not matter. An empty answer: those who said nothing.
    _words("states"),
    _words("answers"),
    _words("channels"),
    sa.Column("ticket_type", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    # Minutes of the day.
    sa.Column("quiet_start", sa.Integer, nullable=False),
    sa.Column("quiet_end", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    _time("due_time"),
    # How far it is: the last participant that was looked at.
    sa.Column("after", sa.Uuid),
    sa.Column("told", sa.Integer, nullable=False),
    sa.Column("skipped", sa.Integer, nullable=False),
    _time("finish_time", nullable=True),
    _time("create_time"),
    _time("update_time"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization", "event"], ["events.organization", "events.id"], ondelete="cascade"
    ),
    sa.Index("tasks_event_idx", "organization", "event", "id"),
)

# Who slept when a task was done, and is told later.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("task", sa.Uuid, nullable=False),
    sa.Column("participant", sa.Uuid, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization", "task"], ["tasks.organization", "tasks.id"], ondelete="cascade"
    ),
    sa.ForeignKeyConstraint(
        ["organization", "participant"],
        ["participants.organization", "participants.id"],
        ondelete="cascade",
    ),
    sa.Index("notices_task_idx", "organization", "task"),
    sa.Index("notices_participant_idx", "organization", "participant"),
)

# How far streams of participants have come, by what the client knows each by.
uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("kept_through", sa.BigInteger, nullable=False),
)

# What events ask of those who come.
registration_forms = sa.Table(
    "registration_forms",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("questions", JSONB, nullable=False),
    # Null: as many as usual.
    sa.Column("max_guests", sa.Integer),
    _time("update_time"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization", "event"], ["events.organization", "events.id"], ondelete="cascade"
    ),
)

steps = sa.Table(
    "steps",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("participant", sa.Uuid, primary_key=True),
    # The order in which they were heard of. That the participant was listed is 0, and not kept:
    # it is the participant's `create_time`.
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("mark", sa.Text, nullable=False),
    _time("reach_time"),
    # The booking or the journey it is about. Null where it is about neither.
    sa.Column("about", sa.Uuid),
    # Of an answer: the newest that was known of any seat when it was given.
    _time("seen_time", nullable=True),
    sa.ForeignKeyConstraint(
        ["organization", "participant"],
        ["participants.organization", "participants.id"],
        ondelete="cascade",
    ),
)

# --- what is counted. The rows are copies of what facts say; `figures` is what they add up to,
# and the database keeps it in the transaction that changes them (D22).

# How many seats were announced. By the last announcement.
offers = sa.Table(
    "offers",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("seats", sa.BigInteger, nullable=False),
    _words("ticket_types"),
    sa.Column("capacities", ARRAY(sa.Integer), nullable=False, server_default="{}"),
    sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
    _time("tell_time"),
)

# What became of bookings. The times say which facts were heard; days are of the event's zone.
sales = sa.Table(
    "sales",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("booking", sa.Uuid, primary_key=True),
    # Null while only the money of the booking was heard of.
    sa.Column("event", sa.Uuid),
    _words("ticket_types"),
    sa.Column("quantities", ARRAY(sa.Integer), nullable=False, server_default="{}"),
    _time("hold_time", nullable=True),
    _time("confirm_time", nullable=True),
    _time("lapse_time", nullable=True),
    _time("cancel_time", nullable=True),
    sa.Column("confirm_day", sa.Date),
    sa.Column("cancel_day", sa.Date),
)

# Money that came or went back, by the id of the fact that says so.
receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("booking", sa.Uuid, nullable=False),
    # Both null until it is known what was booked.
    sa.Column("event", sa.Uuid),
    sa.Column("day", sa.Date),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    _time("time"),
    sa.CheckConstraint("kind in ('captured', 'refunded')", name="kind"),
    sa.Index("receipts_booking_idx", "organization", "booking"),
)

# What became of messages.
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("message", sa.Uuid, primary_key=True),
    # Both may be null: not every message is about an event, or to a participant.
    sa.Column("event", sa.Uuid),
    sa.Column("participant", sa.Uuid),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    _time("sent_time", nullable=True),
    _time("deliver_time", nullable=True),
    _time("read_time", nullable=True),
    _time("fail_time", nullable=True),
    sa.Index(
        "deliveries_participant_idx",
        "organization",
        "participant",
        postgresql_where=sa.text("participant is not null"),
    ),
)

# Who arrived when, in seconds: after the start of the event, and after what was first expected.
arrivals = sa.Table(
    "arrivals",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("journey", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("lateness", sa.BigInteger, nullable=False),
    sa.Column("error", sa.BigInteger),
)

# What all these come to, for each event, and for the organization under its own id. Parallel
# transactions write to different shards; only the sum over the shards says anything.
figures = sa.Table(
    "figures",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("scope", sa.Uuid, primary_key=True),
    sa.Column("measure", sa.Text, primary_key=True),
    sa.Column("key", sa.Text(collation="C"), primary_key=True),
    sa.Column("shard", sa.SmallInteger, primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    # Room to write a row anew in its page.
    postgresql_with={"fillfactor": 70},
)

# --- webhooks

# Where an organization has its own programs told what becomes true. The secrets are not here:
# they follow from the id and the generation, by a key of the service.
webhook_endpoints = sa.Table(
    "webhook_endpoints",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("uri", sa.Text, nullable=False),
    # Empty: every kind.
    _words("kinds"),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("pause_reason", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    _time("overlap_end", nullable=True),
    sa.Column("failures", sa.Integer, nullable=False),
    _time("create_time"),
    _time("update_time"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.CheckConstraint("state in ('enabled', 'paused')", name="state"),
)

# What each of them is told, in the order of the ids.
webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("endpoint", sa.Uuid, nullable=False),
    sa.Column("fact", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    # What is posted, byte for byte what is signed.
    sa.Column("body", sa.Text, nullable=False),
    _time("fact_time"),
    sa.Column("fate", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # Of the last answer; 0 and empty where there was none.
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("response", sa.Text, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    _time("attempt_time", nullable=True),
    _time("next_time", nullable=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.CheckConstraint("fate in ('pending', 'delivered', 'failed')", name="fate"),
    sa.ForeignKeyConstraint(
        ["organization", "endpoint"],
        ["webhook_endpoints.organization", "webhook_endpoints.id"],
        ondelete="cascade",
    ),
    # An endpoint is told a fact once.
    sa.UniqueConstraint("organization", "endpoint", "fact", name="webhook_deliveries_fact_key"),
    sa.Index("webhook_deliveries_endpoint_idx", "organization", "endpoint", "id"),
    sa.Index(
        "webhook_deliveries_pending_idx",
        "organization",
        "endpoint",
        "subject",
        "id",
        postgresql_where=sa.text("fate = 'pending'"),
    ),
)

OWNED = (
    events,
    series,
    ticket_types,
    seats,
    tours,
    participants,
    merged,
    registration_forms,
    uploads,
    tasks,
    notices,
    steps,
    offers,
    sales,
    receipts,
    deliveries,
    arrivals,
    figures,
    webhook_endpoints,
    webhook_deliveries,
)
