"""What is counted, and that the database counts it.

A trigger on each table adds what the rows of a statement are worth now to `figures`, and takes off
what they were worth before, in the same transaction, however many rows that are and whoever
writes them (D22). What a row is worth is a function of that row alone, so the order in which facts
are heard does not matter, and a recount is a sum over the rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.migrate import unconfined
from services.kit.tables import owned

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name in ("reached", "channels"):
        op.add_column("participants", _words(name))
    for make in (_offers, _sales, _receipts, _deliveries, _arrivals, _figures):
        make()
    with unconfined(op, "participants", "steps"):
        op.execute(_REACHED)
        for statement in _made():
            op.execute(statement)
        op.execute(_backfill("participants"))
    for table in ("offers", "sales", "receipts", "deliveries", "arrivals", "figures"):
        for statement in owned(table):
            op.execute(statement)


def _offers() -> None:
    op.create_table(
        "offers",
        _id("organization"),
        _id("event"),
        _number("seats"),
        _words("ticket_types"),
        sa.Column("capacities", ARRAY(sa.Integer), nullable=False, server_default="{}"),
        sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
        _time("tell_time", nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", name="offers_pkey"),
    )


def _sales() -> None:
    op.create_table(
        "sales",
        _id("organization"),
        _id("booking"),
        _id("event", nullable=True),
        _words("ticket_types"),
        sa.Column("quantities", ARRAY(sa.Integer), nullable=False, server_default="{}"),
        _time("hold_time"),
        _time("confirm_time"),
        _time("lapse_time"),
        _time("cancel_time"),
        sa.Column("confirm_day", sa.Date),
        sa.Column("cancel_day", sa.Date),
        sa.PrimaryKeyConstraint("organization", "booking", name="sales_pkey"),
    )


def _receipts() -> None:
    op.create_table(
        "receipts",
        _id("organization"),
        _id("id"),
        _id("booking"),
        _id("event", nullable=True),
        sa.Column("day", sa.Date),
        _text("kind"),
        _text("currency"),
        _number("amount_minor"),
        _time("time", nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="receipts_pkey"),
        sa.CheckConstraint("kind in ('captured', 'refunded')", name="receipts_kind_check"),
    )
    op.create_index("receipts_booking_idx", "receipts", ["organization", "booking"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        _id("organization"),
        _id("message"),
        _id("event", nullable=True),
        _id("participant", nullable=True),
        _text("channel"),
        _text("kind"),
        _time("sent_time"),
        _time("deliver_time"),
        _time("read_time"),
        _time("fail_time"),
        sa.PrimaryKeyConstraint("organization", "message", name="deliveries_pkey"),
    )
    op.create_index(
        "deliveries_participant_idx",
        "deliveries",
        ["organization", "participant"],
        postgresql_where=sa.text("participant is not null"),
    )


def _arrivals() -> None:
    op.create_table(
        "arrivals",
        _id("organization"),
        _id("journey"),
        _id("event"),
        _number("lateness"),
        sa.Column("error", sa.BigInteger),
        sa.PrimaryKeyConstraint("organization", "journey", name="arrivals_pkey"),
    )


def _figures() -> None:
    op.create_table(
        "figures",
        _id("organization"),
        _id("scope"),
        _text("measure"),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("shard", sa.SmallInteger, nullable=False),
        _number("amount"),
        sa.PrimaryKeyConstraint(
            "organization", "scope", "measure", "key", "shard", name="figures_pkey"
        ),
        postgresql_with={"fillfactor": 70},
    )


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _time(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable)


def _words(name: str) -> sa.Column[object]:
    return sa.Column(name, ARRAY(sa.Text), nullable=False, server_default="{}")


# --- counting

_REACHED = """update participants p
    set reached = array(
        select distinct mark from steps s
        where s.organization = p.organization and s.participant = p.id
        and mark not in ('listed', 'delivered', 'ended') order by 1
    )"""

SHARDS = 8

# What a row `r` of a table is worth: rows of (measure, key, amount).
WORTH = {
    "participants": """
        select 'reached', 'listed', 1
        union all select 'reached', stage, 1 from (values
            ('invited', array['invited']),
            ('sent', array['sent']),
            ('delivered', array['delivered']),
            ('answered', array['accepted', 'tentative', 'declined']),
            ('accepted', array['accepted']),
            ('held', array['held', 'confirmed']),
            ('paid', array['confirmed']),
            ('under_way', array['under_way']),
            ('arrived', array['arrived'])
        ) as stages (stage, marks) where r.reached && marks
        union all select 'reached', 'absent', 1
            where 'absent' = any (r.reached) and r.state in ('confirmed', 'under_way')
        union all select 'recipients', channel, 1 from unnest(r.channels) as channel
        union all select 'answered by', channel, 1 from unnest(r.channels) as channel
            where r.reached && array['accepted', 'tentative', 'declined']""",
    "offers": """
        select 'seats', '', case when r.cancelled then 0 else r.seats end
        union all select 'events', case
            when r.cancelled then 'cancelled' else 'published' end, 1""",
    "sales": """
        select 'bookings', case
                when r.cancel_time is not null then 'cancelled'
                when r.confirm_time is not null then 'confirmed'
                when r.lapse_time is not null then 'lapsed'
                else 'held' end, 1
            where r.event is not null
        union all select case
            when r.confirm_time is null then 'held' else 'sold' end, kind, quantity
            from unnest(r.ticket_types, r.quantities) as items (kind, quantity)
            where r.event is not null and r.cancel_time is null
            and (r.confirm_time is not null or r.lapse_time is null)
        union all select 'sold on', r.confirm_day::text, quantity
            from unnest(r.quantities) as quantity
            where r.event is not null and r.confirm_time is not null
        union all select 'returned on', r.cancel_day::text, quantity
            from unnest(r.quantities) as quantity
            where r.event is not null and r.confirm_time is not null
            and r.cancel_time is not null""",
    "receipts": """
        select r.kind, r.currency, r.amount_minor where r.event is not null
        union all select r.kind || ' on', r.day::text || ' ' || r.currency, r.amount_minor
            where r.event is not null""",
    "deliveries": """
        select 'sent', r.channel, 1 where r.sent_time is not null
        union all select 'delivered', r.channel, 1 where r.deliver_time is not null
        union all select 'read', r.channel, 1 where r.read_time is not null
        union all select 'failed', r.channel, 1 where r.fail_time is not null""",
    "arrivals": """
        select 'late', width_bucket(
            r.lateness, array[-3600, -1800, -900, -300, 0, 300, 900, 1800, 3600]::bigint[])::text, 1
        union all select 'on time', '', 1 where r.lateness <= 0
        union all select 'lateness', '', r.lateness
        union all select 'estimated', '', 1 where r.error is not null
        union all select 'error', '', abs(r.error) where r.error is not null
        union all select 'bias', '', r.error where r.error is not null""",
}


def _made() -> list[str]:
    counted = [statement for table in WORTH for statement in _counted(table)]
    return [*counted, _MARKED, *_triggers("steps", "mark_participants", ("insert", "update"))]


def _backfill(table: str) -> str:
    """Counts the rows that were there before; they must all be visible."""
    return _add(_worth(table, table))


def _counted(table: str) -> list[str]:
    new, was = _worth(table, "new_rows"), _worth(table, "old_rows", sign="-")
    count = f"""create function count_{table}() returns trigger language plpgsql as $body$
        begin
            if tg_op = 'INSERT' then {_add(new)};
            elsif tg_op = 'DELETE' then {_add(was)};
            else {_add(f"{was} union all {new}")};
            end if;
            return null;
        end $body$"""
    return [count, *_triggers(table, f"count_{table}", ("insert", "update", "delete"))]


def _worth(table: str, rows: str, *, sign: str = "") -> str:
    return f"""select r.organization, r.event, w.measure, w.key, {sign}w.amount
        from {rows} r cross join lateral ({WORTH[table]}) as w (measure, key, amount)"""  # noqa: S608


def _add(changes: str) -> str:
    # Always in the same order, so that two transactions cannot wait for each other.
    return f"""insert into figures (organization, scope, measure, key, shard, amount)
        select c.organization, s.scope, c.measure, c.key,
            pg_backend_pid() % {SHARDS}, sum(c.amount)
        from ({changes}) as c (organization, event, measure, key, amount)
        cross join lateral (values (c.organization), (c.event)) as s (scope)
        where s.scope is not null
        group by 1, 2, 3, 4 having sum(c.amount) <> 0 order by 1, 2, 3, 4
        on conflict (organization, scope, measure, key, shard)
        do update set amount = figures.amount + excluded.amount"""  # noqa: S608


def _triggers(table: str, function: str, events: tuple[str, ...]) -> list[str]:
    tables = {
        "insert": "new table as new_rows",
        "update": "old table as old_rows new table as new_rows",
        "delete": "old table as old_rows",
    }
    return [
        f"create trigger {function}_{event} after {event} on {table}"
        f" referencing {tables[event]} for each statement execute function {function}()"
        for event in events
    ]


# A participant has reached whatever any of the steps is about.
_MARKED = """create function mark_participants() returns trigger language plpgsql as $body$
    begin
        update participants p
        set reached = array(select distinct unnest(p.reached || n.marks) order by 1)
        from (
            select organization, participant, array_agg(distinct mark) as marks
            from new_rows where mark not in ('listed', 'delivered', 'ended') group by 1, 2
        ) n
        where p.organization = n.organization and p.id = n.participant
        and not p.reached @> n.marks;
        return null;
    end $body$"""
