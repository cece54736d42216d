"""The tables of messaging: messages, and copies of what they have to say."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.tables import NAMING

metadata = sa.MetaData(naming_convention=NAMING)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)


# A copy of who has an account. Belongs to no organization.
users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    _text("display_name"),
    _text("email"),
)

# A copy of who announces events.
organizations = sa.Table(
    "organizations",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    _text("display_name"),
    _text("contact_email"),
)

# A copy of what was announced.
events = sa.Table(
    "events",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    _text("display_name"),
    _text("place"),
    _time("start_time"),
    _text("time_zone"),
    sa.Column("called_off", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("cancel_reason", sa.Text, nullable=False, server_default=""),
)

# A copy of who was invited, as they were reached last.
participants = sa.Table(
    "participants",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    _text("display_name"),
    _text("email"),
    _text("phone"),
    _text("language"),
    # Sealed with the name of the participant.
    sa.Column("link", sa.LargeBinary, nullable=False),
    # Unknown of those who were invited before it was kept.
    sa.Column("event", sa.Uuid),
    # What they said last: `yes`, `no` or `maybe`; empty if nothing.
    sa.Column("answer", sa.Text, nullable=False, server_default=""),
    sa.Index("participants_email_idx", "organization", sa.text("lower(email)")),
    sa.Index("participants_phone_idx", "organization", "phone"),
    sa.Index("participants_event_idx", "organization", "event", "id"),
)

# Which event a booking is for; payments speak of bookings only.
bookings = sa.Table(
    "bookings",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
)

# Facts that speak of people or events that we have not heard of yet.
waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    # The id of the fact.
    sa.Column("id", sa.Uuid, primary_key=True),
    _text("type"),
    # Sealed with that id.
    sa.Column("body", sa.LargeBinary, nullable=False),
    _time("create_time"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    _text("recipient"),
    _text("to_name"),
    _text("address"),
    _text("channel"),
    _text("kind"),
    sa.Column("event", sa.Uuid),
    _text("subject"),
    # Without personal links and codes.
    _text("body"),
    # The whole body, sealed with the name of the message. Gone once the message is at its end.
    sa.Column("sealed_body", sa.LargeBinary),
    _text("state"),
    _text("provider"),
    _text("provider_message"),
    _text("failure_reason"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("open_attempt", sa.Boolean, nullable=False),
    _time("create_time"),
    _time("send_time", nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    # What goes first: 1 goes before 4.
    sa.Column("priority", sa.SmallInteger, nullable=False, server_default="3"),
    sa.Column("failure", sa.Text, nullable=False, server_default=""),
    _time("deliver_time", nullable=True),
    _time("read_time", nullable=True),
    # The first message of those that say the same by one channel after the other.
    sa.Column("cascade", sa.Uuid),
    # The message that says it together with others.
    sa.Column("digest", sa.Uuid),
    # What is said to many, where it is; then there is no sealed body.
    sa.Column("circular", sa.Uuid),
    # It is of no use from then on.
    _time("expire_time", nullable=True),
    # Somebody is at it until then, or it is not to go before. Null when it may be taken.
    _time("wait_time", nullable=True),
    sa.Index("messages_list_idx", "organization", "create_time", "id"),
    sa.Index("messages_event_idx", "organization", "event", "create_time", "id"),
    sa.Index("messages_recipient_idx", "organization", "recipient", "create_time", "id"),
    # For who answers: to which message, or from where.
    sa.Index(
        "messages_provider_idx",
        "organization",
        "provider_message",
        "create_time",
        postgresql_where=sa.literal_column("provider_message <> ''"),
    ),
    sa.Index("messages_address_idx", "organization", sa.text("lower(address)"), "create_time"),
    # For somebody who is to be forgotten everywhere.
    sa.Index("messages_person_idx", "recipient"),
    sa.Index(
        "messages_ready_idx",
        "organization",
        "channel",
        "priority",
        "id",
        postgresql_where=sa.text("wait_time is null and state in ('queued', 'sending')"),
    ),
    sa.Index(
        "messages_wait_idx",
        "organization",
        "channel",
        "wait_time",
        postgresql_where=sa.text("wait_time is not null"),
    ),
    sa.Index(
        "messages_sent_idx",
        "organization",
        "send_time",
        "id",
        postgresql_where=sa.text("send_time is not null"),
    ),
    sa.Index(
        "messages_cascade_idx",
        "organization",
        "cascade",
        "id",
        postgresql_where=sa.text("cascade is not null"),
    ),
    sa.Index(
        "messages_digest_idx",
        "organization",
        "digest",
        postgresql_where=sa.text("digest is not null"),
    ),
    # How much somebody has got of late.
    sa.Index(
        "messages_got_idx",
        "organization",
        "recipient",
        "send_time",
        postgresql_where=sa.text("send_time is not null"),
    ),
)

# What happened to messages, as it was heard. Of a provider that speaks of a message before we
# know that it has it, `message` is the null UUID until we do.
message_events = sa.Table(
    "message_events",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("message", sa.Uuid, primary_key=True),
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _text("state"),
    _time("event_time"),
    _time("record_time"),
    _text("provider"),
    _text("provider_message"),
    _text("failure"),
    _text("reason"),
    sa.Index(
        "message_events_provider_idx",
        "organization",
        "provider",
        "provider_message",
        postgresql_where=sa.text("provider_message <> ''"),
    ),
)

# What the messages of an organization on a channel wait in, and how fast it moves.
lanes = sa.Table(
    "lanes",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    # So many messages in so many seconds; null for what is usual.
    sa.Column("count", sa.Integer),
    sa.Column("seconds", sa.Integer),
    # How many have gone in the interval that began then.
    sa.Column("used", sa.Integer, nullable=False, server_default="0"),
    _time("since", nullable=True),
    # Before that nothing goes but what cannot wait. Null: at once.
    _time("next_time", nullable=True),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
)

# Whether messages go out; they do where there is no row.
dispatchers = sa.Table(
    "dispatchers",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    _text("state"),
    _time("resume_time", nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
)

# Addresses that are not written to; the channel is `none` where it is on no channel.
suppressions = sa.Table(
    "suppressions",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    _text("address"),
    _text("channel"),
    _text("reason"),
    _text("note"),
    _time("create_time"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("organization", "address", "channel"),
)

# Who agreed to be written to by what, and how one knows.
consents = sa.Table(
    "consents",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    _text("address"),
    _text("channel"),
    _text("proof"),
    _time("agree_time"),
    _time("create_time"),
    _time("withdraw_time", nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("consents_address_idx", "organization", "address", "id"),
)

# When people are left in peace. Times of day are seconds since midnight.
sending_policies = sa.Table(
    "sending_policies",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("quiet_start", sa.Integer),
    sa.Column("quiet_end", sa.Integer),
    sa.Column("daily_cap", sa.Integer, nullable=False, server_default="0"),
    sa.Column("consent_channels", ARRAY(sa.Text), nullable=False, server_default="{whatsapp}"),
    # Whether people are told when to leave, and how late is late; null: nobody hears of that.
    sa.Column("leave_notices", sa.Boolean, nullable=False, server_default=sa.text("true")),
    sa.Column("late_seconds", sa.Integer),
    # For how long what can wait does, to go together; null: not at all.
    sa.Column("digest_seconds", sa.Integer),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
)

# What else there is to try for a message that has not arrived, sealed with its name.
cascades = sa.Table(
    "cascades",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("sealed", sa.LargeBinary),
    _time("deadline_time", nullable=True),
    # Of what is said to many: what, and a list in JSON of how else; null once that was sealed.
    sa.Column("circular", sa.Uuid),
    sa.Column("steps", sa.Text),
)

# By which channels messages of a kind go: a list in JSON of words and seconds.
cascade_plans = sa.Table(
    "cascade_plans",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    _text("steps"),
    sa.Column("version", sa.Integer, nullable=False),
)
