"""The tables of messaging: messages, and copies of what they have to say."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

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
    sa.Index("participants_email_idx", "organization", sa.text("lower(email)")),
    sa.Index("participants_phone_idx", "organization", "phone"),
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
)
