"""What is found by words, places and times: the rows that stand for events, and the seats taken.

The rows are made by statements out of what is kept of the events, so whoever changes one has
nothing to say but which one it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql import ARRAY, REGCONFIG, TSVECTOR, insert

from services.event.events.domain import LONGEST, State, city_key
from services.event.search import domain, statements
from services.event.search.domain import Facet, Hit, Near, Order, Wanted
from services.event.search.statements import NOTHING, literal
from services.event.search.tables import booked_seats, listings, taken_seats, unlisted
from services.event.tables import events, ticket_types
from services.kit.db import Statement, Tx, given, sql
from services.kit.money import Money
from services.kit.names import Name

# --- the rows that stand for events

MARKS = "[\u0300-\u036f]"
SIGNS = r"(\W|_)+"
PLAIN: Any = sa.literal_column(f"'{domain.PLAIN}'::regconfig")


def _config(code: Any) -> Any:
    """What Postgres calls the language of an event, as `domain.config` says."""
    known: dict[Any, Any] = {
        literal(key): sa.literal_column(f"'{name}'::regconfig")
        for key, name in domain.LANGUAGES.items()
    }
    return sa.case(known, value=_language(code), else_=PLAIN)


def _language(code: Any) -> Any:
    return sa.func.lower(sa.func.split_part(code, literal("-"), sa.literal_column("1")))


def _languages() -> Any:
    """All the languages of an event, the one it is announced in first; perhaps none."""
    others = sa.func.unnest(events.c.other_languages).column_valued("other")
    rest = sa.select(_language(others)).correlate(events)
    first = sa.case(
        (events.c.language_code == literal(""), sa.literal_column("'{}'::text[]")),
        else_=pg.array([_language(events.c.language_code)]),
    )
    return first.op("||")(sa.func.array(rest.scalar_subquery()))


def _folded(text: Any) -> Any:
    """A text without accents and signs, in lower case, as `domain.folded` has its words."""
    apart = sa.func.normalize(text, sa.literal_column("nfkd"))
    bare = sa.func.regexp_replace(apart, literal(MARKS), literal(""), literal("g"))
    return sa.func.regexp_replace(sa.func.lower(bare), literal(SIGNS), literal(" "), literal("g"))


def _weighed(text: Any, config: Any, weight: str) -> Any:
    """The stems of a text beside its words as they are, which are what one begins to type."""
    stems = sa.func.to_tsvector(config, text, type_=TSVECTOR)
    both = stems.op("||")(sa.func.to_tsvector(PLAIN, _folded(text)))
    return sa.func.setweight(both, literal(weight))


_spoken = (
    sa.select(_config(events.c.language_code).label("config")).correlate(events).lateral("spoken")
)


def _words() -> Any:
    config = _spoken.c.config
    space = literal(" ")
    tags = sa.func.array_to_string(events.c.tags, space)
    where = sa.func.concat_ws(space, events.c.venue, events.c.city, events.c.category, tags)
    found = _weighed(events.c.display_name, config, "A")
    for text, weight in ((where, "B"), (events.c.address, "C"), (events.c.description, "D")):
        found = found.op("||")(_weighed(text, config, weight))
    return found


_mine = (
    ticket_types.c.organization == events.c.organization,
    ticket_types.c.event == events.c.id,
)
_pools = sa.func.jsonb_array_elements(events.c.pools).table_valued("value", name="pools")
_pooled = (
    sa.select(
        sa.func.coalesce(
            sa.func.sum(sa.cast(_pools.c.value.op("->>")(sa.literal_column("2")), sa.BigInteger)),
            NOTHING,
        )
    )
    .select_from(_pools)
    .correlate(events)
    .scalar_subquery()
)
_sections = sa.func.jsonb_array_elements(events.c.layout).table_valued("value", name="sections")
_standing = sa.cast(_sections.c.value.op("->>")(sa.literal_column("4")), sa.BigInteger)
_sitting = sa.func.jsonb_array_length(
    sa.func.jsonb_path_query_array(
        _sections.c.value, sa.literal_column("'$[3][*][1][*]'::jsonpath")
    )
)
# The places of the sections that a type is sold in, which is how many it has if it does not say.
_placed = (
    sa.select(sa.func.coalesce(sa.func.sum(_standing + _sitting), NOTHING))
    .select_from(_sections)
    .where(
        ticket_types.c.sections.op("@>")(
            sa.func.jsonb_build_array(_sections.c.value.op("->>")(NOTHING))
        )
    )
    .correlate(events, ticket_types)
    .scalar_subquery()
)
_own = sa.func.sum(sa.func.coalesce(ticket_types.c.capacity, _placed)).filter(
    ticket_types.c.pool == literal("")
)
_price = sa.func.min(sa.func.coalesce(ticket_types.c.price_minor, NOTHING)).filter(
    ~ticket_types.c.hidden
)
_tickets = (
    sa.select(
        sa.func.coalesce(sa.func.max(ticket_types.c.currency), literal("")).label("currency"),
        sa.func.coalesce(_price, sa.literal_column("-1")).label("price"),
        (sa.func.coalesce(_own, NOTHING) + _pooled).label("capacity"),
    )
    .where(*_mine)
    .lateral("tickets")
)


def _rows(*where: Any) -> Any:
    price = _tickets.c.price
    return (
        sa.select(
            events.c.organization,
            events.c.id,
            _words(),
            events.c.city,
            events.c.city_key,
            _languages(),
            sa.case((events.c.series.is_(None), literal("demand")), else_=literal("periodic")),
            events.c.mode,
            events.c.category,
            events.c.tags,
            events.c.min_age,
            events.c.latitude,
            events.c.longitude,
            events.c.start_time,
            events.c.end_time,
            sa.case((price > NOTHING, _tickets.c.currency), else_=literal("")),
            price,
            _tickets.c.capacity,
        )
        .join_from(events, _tickets, sa.true())
        .join(_spoken, sa.true())
        .where(*where)
    )


def _enter(table: sa.Table, *states: State) -> Statement:
    """Enters those of the given events that belong into a table, over what was there."""
    these = (
        events.c.organization == sa.bindparam("organization"),
        events.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
        events.c.state.in_([literal(state.value) for state in states]),
    )
    names = [column.name for column in table.c]
    entered = insert(table).from_select(names, _rows(*these), include_defaults=False)
    changed = {name: entered.excluded[name] for name in names if name not in ("organization", "id")}
    return sql(
        entered.on_conflict_do_update(
            index_elements=[table.c.organization, table.c.id], set_=changed
        )
    )


def _leave(table: sa.Table, *states: State) -> Statement:
    """Takes those of the given events out of a table that belong there no longer."""
    return sql(
        sa.delete(table).where(
            table.c.organization == sa.bindparam("organization"),
            table.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
            sa.exists().where(
                events.c.organization == table.c.organization,
                events.c.id == table.c.id,
                events.c.state.not_in([literal(state.value) for state in states]),
            ),
        )
    )


_LISTED = (State.PUBLISHED, State.COMPLETED)
# Templates are nothing that takes place.
_UNLISTED = (State.DRAFT, State.CANCELLED)
_ENTER = (_enter(listings, *_LISTED), _enter(unlisted, *_UNLISTED))
_LEAVE = (_leave(listings, *_LISTED), _leave(unlisted, *_UNLISTED))


def keep(tx: Tx, organization: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Has the commit make the rows of some events anew, out of what is kept of them then.

    Call it wherever events are written; what is deleted leaves by itself.
    """
    for statement in (*_LEAVE, *_ENTER):
        tx.write(statement, organization=organization, ids=list(ids))


# --- the seats that are taken

_SEATS = sql(
    sa.select(booked_seats.c.seats).where(
        booked_seats.c.organization == sa.bindparam("organization"),
        booked_seats.c.booking == sa.bindparam("booking"),
    )
)
_seats = insert(booked_seats)
_BOOK = sql(
    _seats.on_conflict_do_update(
        index_elements=[booked_seats.c.organization, booked_seats.c.booking],
        set_={"seats": _seats.excluded.seats},
    )
)
_FREE = sql(
    sa.delete(booked_seats).where(
        booked_seats.c.organization == sa.bindparam("organization"),
        booked_seats.c.booking == sa.bindparam("booking"),
    )
)
_taken = insert(taken_seats)
_TAKE = sql(
    _taken.on_conflict_do_update(
        index_elements=[taken_seats.c.organization, taken_seats.c.event],
        set_={"seats": taken_seats.c.seats + _taken.excluded.seats},
    )
)


async def book(tx: Tx, booking: Name, event: Name, seats: int) -> None:
    """Notes how many seats a booking has, in place of what it had before; 0 for none."""
    key = {"organization": booking.organization, "booking": booking.id}
    row = await tx.maybe(_SEATS, **key)
    before = row.seats if row else 0
    if seats:
        await tx.run(_BOOK, **key, event=event.id, seats=seats)
    elif row:
        await tx.run(_FREE, **key)
    if seats != before:
        await tx.run(_TAKE, organization=event.organization, event=event.id, seats=seats - before)


# --- searching

# Plans are made for what is asked: a word that all events have wants another than a rare one.
_CUSTOM = sql(
    sa.select(
        sa.func.set_config(
            literal("plan_cache_mode"), literal("force_custom_plan"), sa.true()
        ).label("mode")
    )
)
_configs = given(config=sa.Text)
_parsed = sa.func.to_tsquery(
    sa.cast(_configs.c.config, REGCONFIG), sa.bindparam("query", type_=sa.Text)
)
_PARSE = sql(sa.select(sa.cast(_parsed, sa.Text).label("query")).distinct())
_CONFIGS = tuple(sorted(set(domain.LANGUAGES.values())))


async def query(tx: Tx, words: Sequence[str], config: str | None) -> str:
    """What Postgres looks for: the words as they are, or their stems in any of the languages."""
    stems = await tx.all(
        _PARSE,
        config=list(_CONFIGS) if config is None else [config],
        query=_typed(words),
    )
    plain = await tx.one(_PARSE, config=[domain.PLAIN], query=_typed(map(domain.folded, words)))
    # A word that says nothing in a language, such as `the`, leaves nothing of itself.
    found = {row.query for row in (*stems, plain)} - {""}
    return " | ".join(f"({one})" for one in sorted(found))


def _typed(words: Iterable[str]) -> str:
    """Words as `to_tsquery` takes them: all of them, the last perhaps not yet typed to its end."""
    return " & ".join(f"'{word}'" for word in words) + ":*"


async def search(tx: Tx, wanted: Wanted, *, after: tuple[Any, ...] | None, most: int) -> list[Hit]:
    """The next `most` hits in the order that is wanted, after the one with the key `after`."""
    await tx.run(_CUSTOM)
    present = await _present(tx, wanted)
    if present is None:
        return []
    if after is not None:
        present |= dict(zip(("mark", "start", "last"), after, strict=True))
    rows: list[Any] = []
    # What is near is found without looking at what is far.
    for circle in _circles(wanted):
        inner = present | circle
        statement = statements.search(wanted.order, wanted.unlisted, _asked(wanted, inner))
        rows = await tx.all(statement, **inner, most=most)
        if len(rows) >= most:
            break
    return [
        Hit(Name(row.organization, row.id), row.start_time, row.mark, row.distance) for row in rows
    ]


async def facets(tx: Tx, wanted: Wanted) -> list[Facet]:
    """How what is found is spread, over the soonest `domain.CAP` of it."""
    present = await _present(tx, wanted)
    if present is None:
        return []
    present |= _circles(wanted)[-1]
    rows = await tx.all(statements.facets(wanted.unlisted, _asked(wanted, present)), **present)
    total = sum(row.count for row in rows if row.field == "available")
    found: dict[str, list[tuple[str, int]]] = {field: [] for field in domain.FACETS}
    for row in rows:
        found[row.field].append((row.value, row.count))
    return [
        Facet(field, tuple(counts[: domain.MOST_VALUES]), total > domain.CAP)
        for field, counts in found.items()
    ]


def _asked(wanted: Wanted, present: Iterable[str]) -> frozenset[str]:
    """The filters that a statement must have; those with a value have it as a parameter."""
    return frozenset(present) | ({"available"} if wanted.available else set())


async def _present(tx: Tx, wanted: Wanted) -> dict[str, Any] | None:
    """The parameters of what is asked for; None if nothing can be found."""
    found = await query(tx, wanted.words, wanted.config) if wanted.words else None
    if found == "":
        return None
    asked = {
        "organization": wanted.organization,
        "query": found,
        "city": None if wanted.city is None else city_key(wanted.city),
        "language": wanted.language and [wanted.language],
        "type": wanted.type,
        "mode": wanted.mode,
        "category": wanted.category,
        "tags": list(wanted.tags) or None,
        "age": wanted.age,
        "after": wanted.after,
        "begun": wanted.after - LONGEST,
        "before": wanted.before,
        **_bound("least", wanted.least),
        **_bound("dearest", wanted.most),
    }
    return {name: value for name, value in asked.items() if value is not None}


def _bound(name: str, price: Money | None) -> dict[str, Any]:
    return {} if price is None else {name: price.minor, f"{name}_in": price.currency}


def _circles(wanted: Wanted) -> list[dict[str, Any]]:
    """The parameters of where to look, the last one being all of it."""
    if wanted.near is None:
        return [{}]
    radius = wanted.near.radius
    radii = domain.rings(radius) if wanted.order is Order.DISTANCE else (radius,)
    return [_circle(wanted.near, each) for each in radii]


def _circle(near: Near, radius: float) -> dict[str, Any]:
    boxes = domain.boxes(Near(near.latitude, near.longitude, radius))
    sides = ("west", "south", "east", "north")
    around = {
        f"{side}_{number}": value
        for number, box in enumerate(boxes)
        for side, value in zip(sides, box, strict=True)
    }
    here = {"latitude": near.latitude, "longitude": near.longitude, "radius": radius}
    return here | around
