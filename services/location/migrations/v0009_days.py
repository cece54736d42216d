"""Positions in partitions by day, and how far the estimate knows the way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.kit.migrate import unconfined
from services.kit.tables import TOGETHER, owned

revision = "0009"
down_revision = "0008"

TODAY = "((now() at time zone 'utc')::date)"
COLUMNS = "organization, journey, first_sequence, count"
MICROS = "(extract(epoch from {}) * 1000000)::bigint"
E7 = "round({} * 10000000)::integer"

# The role of the service may not make tables; by these it can have the days made that it needs.
AHEAD = """
create function days_ahead(until date) returns void language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  one date := (now() at time zone 'utc')::date;
begin
  while one <= until and one < (now() at time zone 'utc')::date + 60 loop
    if to_regclass(format('days.segments_%s', to_char(one, 'YYYYMMDD'))) is null then
      begin
        execute format(
          'create table days.segments_%s partition of public.segments for values from (%L) to (%L)',
          to_char(one, 'YYYYMMDD'), one, one + 1);
      exception when check_violation or duplicate_table then
        -- The rest holds rows of that day already, and goes on doing so.
        null;
      end;
    end if;
    one := one + 1;
  end loop;
end $$
"""
DROP = """
create function drop_days(before date) returns integer language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  one text;
  dropped integer := 0;
begin
  for one in
    select tablename from pg_tables
    where schemaname = 'days' and tablename ~ '^segments_[0-9]{8}$'
      and to_date(substr(tablename, 10), 'YYYYMMDD') < before
  loop
    execute format('drop table days.%I', one);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$
"""


def upgrade() -> None:
    op.add_column(
        "journeys", sa.Column("followed_through", sa.BigInteger, nullable=False, server_default="0")
    )
    with unconfined(op, "journeys", "segments"):
        op.execute("update journeys set followed_through = kept_through")
        _partition()


def _partition() -> None:
    op.execute("alter table segments rename to old_segments")
    op.execute("alter index segments_pkey rename to old_segments_pkey")
    op.create_table(
        "segments",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("journey", sa.Uuid, nullable=False),
        sa.Column("first_sequence", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_micros", sa.BigInteger, nullable=False),
        sa.Column("last_micros", sa.BigInteger, nullable=False),
        sa.Column("south", sa.Integer, nullable=False),
        sa.Column("west", sa.Integer, nullable=False),
        sa.Column("north", sa.Integer, nullable=False),
        sa.Column("east", sa.Integer, nullable=False),
        sa.Column("columns", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.Date, nullable=False, server_default=sa.text(TODAY)),
        sa.PrimaryKeyConstraint(
            "organization", "journey", "first_sequence", "day", name="segments_pkey"
        ),
        sa.CheckConstraint("first_sequence > 0 and count > 0", name="segments_numbers_check"),
        postgresql_partition_by="RANGE (day)",
    )
    op.execute("create schema days")
    op.execute("create table days.segments_rest partition of segments default")
    for statement in (AHEAD, DROP):
        op.execute(statement)
    for function in ("days_ahead", "drop_days"):
        op.execute(f"revoke all on function {function} (date) from public")
        op.execute(f"grant execute on function {function} (date) to turnout_location")
    op.execute("select days_ahead((now() at time zone 'utc')::date + 14)")
    times = ", ".join(MICROS.format(name) for name in ("first_time", "last_time"))
    box = ", ".join(E7.format(name) for name in ("south", "west", "north", "east"))
    kept = " ".join(("select", COLUMNS + ",", times + ",", box + ", columns", "from old_segments"))
    op.execute("insert into segments (" + kept + ")")
    op.drop_table("old_segments")
    for statement in owned("segments"):
        op.execute(statement)
    mine = f"organization = any ({TOGETHER}::uuid[])"
    op.execute(f"create policy batch on segments using ({mine}) with check ({mine})")
