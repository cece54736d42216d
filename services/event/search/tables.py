"""What a search looks at."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, TSVECTOR

from services.event.tables import metadata


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=False)


def _found_by(name: str, *indexes: sa.Index) -> sa.Table:
    """What a search looks at: a row for each event, made anew whenever the event is."""
    return sa.Table(
        name,
        metadata,
        sa.Column("organization", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("words", TSVECTOR, nullable=False),
        sa.Column("city", sa.Text, nullable=False),
        sa.Column("city_key", sa.Text, nullable=False),
        # The first of the languages is the one that it is announced in.
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("tags", ARRAY(sa.Text), nullable=False),
        sa.Column("min_age", sa.Integer, nullable=False),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        _time("start_time"),
        _time("end_time"),
        # Of the cheapest ticket: 0 and no currency if it is free, -1 if none is shown.
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("price_minor", sa.BigInteger, nullable=False),
        sa.Column("capacity", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "id"], ["events.organization", "events.id"], ondelete="cascade"
        ),
        *indexes,
    )


# What is published. Its rows are everybody's to read, and their policy says nothing else: beside
# any other condition Postgres would use no index on words or places, whose operators it does not
# trust to keep a secret.
listings = _found_by(
    "listings",
    sa.Index("listings_start_idx", "start_time", "id"),
    sa.Index("listings_city_idx", "city_key", "start_time", "id"),
    sa.Index("listings_organization_idx", "organization", "start_time", "id"),
    sa.Index("listings_category_idx", "category", "start_time", "id"),
    sa.Index("listings_tags_idx", "tags", postgresql_using="gin"),
    sa.Index("listings_price_idx", "currency", "price_minor"),
    sa.Index("listings_words_idx", "words", postgresql_using="gin"),
    sa.Index("listings_place_idx", sa.text("point(longitude, latitude)"), postgresql_using="gist"),
)
# What only members may find.
unlisted = _found_by("unlisted", sa.Index("unlisted_start_idx", "organization", "start_time", "id"))

# The seats of a booking that holds or has some, as booking told.
booked_seats = sa.Table(
    "booked_seats",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("booking", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("seats", sa.Integer, nullable=False),
)
# The seats that all bookings of an event have together. Everybody may know.
taken_seats = sa.Table(
    "taken_seats",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("seats", sa.BigInteger, nullable=False),
)

OWNED = (listings, unlisted, booked_seats, taken_seats)
