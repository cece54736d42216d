"""What a search looks at, and the language of an event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, TSVECTOR

from services.kit.tables import owned, public

revision = "0009"
down_revision = "0008"

FOUND = ("listings", "unlisted")
SEATS = ("booked_seats", "taken_seats")


def upgrade() -> None:
    op.add_column("events", sa.Column("language_code", sa.Text, nullable=False, server_default=""))
    for table in FOUND:
        _found_by(table)
    _indexes()
    _seats()
    for table in (*FOUND, *SEATS):
        for statement in owned(table):
            op.execute(statement)
    op.execute(public("listings", "true"))
    op.execute(public("taken_seats", "true"))
    _fill()


def _found_by(table: str) -> None:
    op.create_table(
        table,
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("words", TSVECTOR, nullable=False),
        sa.Column("city", sa.Text, nullable=False),
        sa.Column("city_key", sa.Text, nullable=False),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("tags", ARRAY(sa.Text), nullable=False),
        sa.Column("min_age", sa.Integer, nullable=False),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("start_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("end_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("price_minor", sa.BigInteger, nullable=False),
        sa.Column("capacity", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name=f"{table}_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "id"],
            ["events.organization", "events.id"],
            name=f"{table}_organization_id_fkey",
            ondelete="cascade",
        ),
    )


def _indexes() -> None:
    op.create_index("listings_start_idx", "listings", ["start_time", "id"])
    op.create_index("listings_city_idx", "listings", ["city_key", "start_time", "id"])
    op.create_index("listings_organization_idx", "listings", ["organization", "start_time", "id"])
    op.create_index("listings_category_idx", "listings", ["category", "start_time", "id"])
    op.create_index("listings_tags_idx", "listings", ["tags"], postgresql_using="gin")
    op.create_index("listings_price_idx", "listings", ["currency", "price_minor"])
    op.create_index("listings_words_idx", "listings", ["words"], postgresql_using="gin")
    place = sa.text("point(longitude, latitude)")
    op.create_index("listings_place_idx", "listings", [place], postgresql_using="gist")
    op.create_index("unlisted_start_idx", "unlisted", ["organization", "start_time", "id"])


def _seats() -> None:
    op.create_table(
        "booked_seats",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("booking", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "booking", name="booked_seats_pkey"),
    )
    op.create_table(
        "taken_seats",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("seats", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", name="taken_seats_pkey"),
    )


def _fill() -> None:
    """Enters the events that there are: in no language, which is what is known of them."""
    for table in ("events", "ticket_types", *FOUND):
        # Row policies hold for the owner too, who is of no organization.
        op.execute(f'alter table "{table}" no force row level security')
    for table, state in (
        ("listings", "in ('published', 'completed')"),
        ("unlisted", "in ('draft', 'cancelled')"),
    ):
        op.execute(FILL.format(table=table, state=state))
    for table in ("events", "ticket_types", *FOUND):
        op.execute(f'alter table "{table}" force row level security')


PLAIN = (
    "regexp_replace(lower(regexp_replace(normalize({text}, nfkd), '[\u0300-\u036f]', '', 'g')), "
    "'(\\W|_)+', ' ', 'g')"
)
VECTOR = " || ".join(
    f"setweight(to_tsvector('simple', {PLAIN.format(text=text)}), '{weight}')"
    for weight, text in (
        ("A", "e.display_name"),
        ("B", "concat_ws(' ', e.venue, e.city, e.category, array_to_string(e.tags, ' '))"),
        ("C", "e.address"),
        ("D", "e.description"),
    )
)
FILL = f"""
insert into {{table}}
select e.organization, e.id, {VECTOR}, e.city, e.city_key,
  array(select lower(split_part(l, '-', 1)) from unnest(e.other_languages) l),
  case when e.series is null then 'demand' else 'periodic' end, e.mode, e.category,
  e.tags, e.min_age,
  e.latitude, e.longitude, e.start_time, e.end_time,
  case when t.price > 0 then t.currency else '' end, t.price, t.capacity + (
    select coalesce(sum((p->>2)::bigint), 0) from jsonb_array_elements(e.pools) p)
from events e, lateral (
  select coalesce(max(currency), '') as currency,
    coalesce(min(coalesce(price_minor, 0)) filter (where not hidden), -1) as price,
    coalesce(sum(coalesce(capacity, (
      select coalesce(sum((s->>4)::bigint
        + jsonb_array_length(jsonb_path_query_array(s, '$[3][*][1][*]'))), 0)
      from jsonb_array_elements(e.layout) s where sections @> jsonb_build_array(s->>0)))
    ) filter (where pool = ''), 0) as capacity
  from ticket_types where organization = e.organization and event = e.id) t
where e.state {{state}}
"""  # noqa: S608 - all of it is ours
