"""The statements that search: one for each set of filters, so that each has a plan of its own."""

from __future__ import annotations

import functools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from services.event.search import domain
from services.event.search.domain import Order
from services.event.search.tables import listings, taken_seats, unlisted
from services.kit.db import Statement, sql

NOTHING: Any = sa.literal_column("0")


def literal(text: str) -> Any:
    quoted = text.replace("'", "''")
    return sa.literal_column(f"'{quoted}'")


@functools.cache
def search(order: Order, unlisted: bool, given: frozenset[str]) -> Statement:
    found = _found(order, unlisted, given).subquery("found")
    mark = {
        Order.START: sa.cast(NOTHING, sa.BigInteger),
        Order.RELEVANCE: -_rank(found),
        Order.DISTANCE: found.c.distance,
    }[order]
    hits = sa.select(
        found.c.organization, found.c.id, found.c.start_time, found.c.distance, mark.label("mark")
    ).subquery("hits")
    statement = sa.select(hits).order_by(hits.c.mark, hits.c.start_time, hits.c.id)
    if "last" in given:
        key = sa.tuple_(hits.c.mark, hits.c.start_time, hits.c.id)
        statement = statement.where(key > sa.tuple_(_bigint("mark"), *_last()))
    return sql(statement.limit(sa.bindparam("most", type_=sa.Integer)))


@functools.cache
def facets(unlisted: bool, given: frozenset[str]) -> Statement:
    found = _found(Order.RELEVANCE, unlisted, given).limit(domain.CAP + 1).subquery("found")
    values = {
        **{name: found.c[name] for name in ("type", "mode", "category")},
        "tag": sa.func.unnest(found.c.tags).column_valued("tag"),
        "language_code": sa.func.unnest(found.c.languages).column_valued("spoken"),
        "free": sa.cast(found.c.price_minor == NOTHING, sa.Text),
        "available": sa.cast(found.c.available, sa.Text),
    }
    counted = [
        _counted("city", found.c.city_key, found.c.city),
        *(_counted(field, value, value) for field, value in values.items()),
    ]
    each = sa.union_all(*(one.correlate(found) for one in counted)).lateral("each")
    count = sa.func.count().label("count")
    return sql(
        sa.select(each.c.field, sa.func.max(each.c.shown).label("value"), count)
        .join_from(found, each, sa.true())
        .where(each.c.key != literal(""))
        .group_by(each.c.field, each.c.key)
        .order_by(each.c.field, count.desc(), each.c.key)
    )


def _counted(field: str, key: Any, shown: Any) -> Any:
    return sa.select(literal(field).label("field"), key.label("key"), shown.label("shown"))


def _found(order: Order, also: bool, given: frozenset[str]) -> Any:
    """The rows that fit, before they are put in order: as few as the order allows."""
    branches = [_branch(table, order, given) for table in (listings, unlisted)[: 1 + also]]
    if len(branches) == 1:
        return branches[0]
    both = sa.union_all(*(sa.select(branch.subquery()) for branch in branches)).subquery("both")
    return sa.select(both).order_by(both.c.start_time, both.c.id)


def _branch(table: sa.Table, order: Order, given: frozenset[str]) -> Any:
    distance = _distance(table) if "radius" in given else sa.cast(NOTHING, sa.BigInteger)
    rows = sa.select(
        table.c.organization,
        table.c.id,
        table.c.start_time,
        table.c.words,
        table.c.city,
        table.c.city_key,
        table.c.languages,
        table.c.type,
        table.c.mode,
        table.c.category,
        table.c.tags,
        table.c.price_minor,
        _is_available(table).label("available"),
        distance.label("distance"),
    ).where(*_filters(table, given))
    if order is Order.DISTANCE:
        return rows
    rows = rows.order_by(table.c.start_time, table.c.id)
    if order is Order.RELEVANCE:
        return rows.limit(sa.literal_column(str(domain.CAP + 1)))
    if "last" in given:
        rows = rows.where(sa.tuple_(table.c.start_time, table.c.id) > sa.tuple_(*_last()))
    return rows.limit(sa.bindparam("most", type_=sa.Integer))


def _filters(table: sa.Table, given: frozenset[str]) -> list[Any]:
    price, currency = table.c.price_minor, table.c.currency
    free = sa.and_(currency == literal(""), price == NOTHING)
    # No event is longer than `LONGEST`, so there is no need to look at what began before that.
    found = [
        table.c.end_time > sa.bindparam("after"),
        table.c.start_time > sa.bindparam("begun"),
    ]
    each: dict[str, Any] = {
        "organization": table.c.organization == sa.bindparam("organization"),
        "query": table.c.words.op("@@")(_query()),
        "city": table.c.city_key == sa.bindparam("city"),
        "language": table.c.languages.op("@>")(_texts("language")),
        "type": table.c.type == sa.bindparam("type"),
        "mode": table.c.mode == sa.bindparam("mode"),
        "category": table.c.category == sa.bindparam("category"),
        "tags": table.c.tags.op("@>")(_texts("tags")),
        "age": table.c.min_age <= sa.bindparam("age", type_=sa.Integer),
        "before": table.c.start_time < sa.bindparam("before"),
        "least": sa.and_(
            price >= _bigint("least"),
            sa.or_(currency == sa.bindparam("least_in"), free),
        ),
        "dearest": sa.or_(
            free,
            sa.and_(price <= _bigint("dearest"), currency == sa.bindparam("dearest_in")),
        ),
        "available": _is_available(table),
        "radius": sa.and_(
            sa.or_(*(_within(table, number) for number in (0, 1))),
            _distance(table) <= sa.bindparam("radius", type_=sa.Double),
        ),
    }
    return found + [condition for name, condition in each.items() if name in given]


def _is_available(table: sa.Table) -> Any:
    taken = (
        sa.select(taken_seats.c.seats)
        .where(
            taken_seats.c.organization == table.c.organization,
            taken_seats.c.event == table.c.id,
        )
        .scalar_subquery()
    )
    return sa.func.coalesce(taken, NOTHING) < table.c.capacity


def _within(table: sa.Table, number: int) -> Any:
    """Whether a place is in one of the boxes around what is near, which an index tells."""
    west, south, east, north = (
        sa.bindparam(f"{side}_{number}", type_=sa.Double)
        for side in ("west", "south", "east", "north")
    )
    return sa.func.point(table.c.longitude, table.c.latitude).op("<@")(
        sa.func.box(sa.func.point(west, south), sa.func.point(east, north))
    )


def _distance(table: sa.Table) -> Any:
    """Metres on a sphere, by the haversine."""
    latitude = sa.bindparam("latitude", type_=sa.Double)
    longitude = sa.bindparam("longitude", type_=sa.Double)
    half: Any = sa.literal_column("0.5::float8")
    one: Any = sa.literal_column("1.0::float8")
    rise = sa.func.sind((table.c.latitude - latitude) * half)
    turn = sa.func.sind((table.c.longitude - longitude) * half)
    square = rise * rise + sa.func.cosd(latitude) * sa.func.cosd(table.c.latitude) * turn * turn
    angle = sa.func.asin(sa.func.least(one, sa.func.sqrt(square)))
    return sa.cast(
        sa.func.round(sa.literal_column(f"{2 * domain.EARTH}::float8") * angle), sa.BigInteger
    )


def _query() -> Any:
    return sa.cast(sa.bindparam("query", type_=sa.Text), TSQUERY)


def _rank(found: Any) -> Any:
    """How prominently the words stand in a row, as a whole number: one can go on after it."""
    rank = sa.func.ts_rank(found.c.words, _query(), sa.literal_column("1"))
    return sa.cast(rank * sa.literal_column("1000000"), sa.BigInteger)


def _texts(name: str) -> Any:
    return sa.bindparam(name, type_=ARRAY(sa.Text))


def _bigint(name: str) -> Any:
    return sa.bindparam(name, type_=sa.BigInteger)


def _last() -> tuple[Any, Any]:
    return sa.bindparam("start"), sa.bindparam("last", type_=sa.Uuid)
