"""Lists reach Postgres as they are, whatever is in them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.arrays import Packed, packer
from services.kit.db import given, sql

TIME = TIMESTAMP(timezone=True)
ID, OTHER = uuid.uuid4(), uuid.uuid4()
NOON = datetime(2026, 6, 1, 12, 0, 0, 123456, UTC)
LISTS = [
    (sa.Uuid, [ID, OTHER, OTHER, None, ID]),
    (sa.Text, ["", "a", "ü€😀", None, None, '{"a": [1, "\\""]}', "null", "x" * 5000]),
    (sa.Integer, [0, -1, 2**31 - 1, -(2**31), None]),
    (sa.BigInteger, [0, 2**63 - 1, -(2**63), None]),
    (sa.Boolean, [True, False, None, True]),
    (sa.LargeBinary, [b"", b"\x00\xff", None]),
    (TIME, [NOON, datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), None, NOON]),
]


@pytest.fixture
async def kit(database):
    return await database("kit")


async def sent(kit, kind, values):
    """What Postgres makes of a list."""
    column = given(value=kind)
    statement = sql(sa.select(column.c.value))

    async def read(tx):
        return [row.value for row in await tx.all(statement, value=values)]

    return await kit.read(read)


@pytest.mark.parametrize(("kind", "values"), LISTS)
async def test_a_list_arrives_as_it_is(kit, kind, values):
    column = given(value=kind)
    bound = sql(sa.select(column.c.value)).bind({"value": values})

    assert isinstance(bound["value"], Packed)
    assert await sent(kit, kind, values) == values
    assert await sent(kit, kind, []) == []
    assert await sent(kit, kind, [None, None]) == [None, None]


async def test_a_time_of_another_zone_is_the_same_moment(kit):
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert await sent(kit, TIME, [there]) == [NOON]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (sa.Integer, [1, 2**31]),
        (sa.Integer, [1, True]),
        (sa.Text, ["a", 1]),
        (sa.Uuid, [ID, str(ID)]),
        (TIME, [NOON, datetime(2026, 6, 1)]),  # noqa: DTZ001 - that is the point
        (sa.Text, ("a", "b")),
    ],
)
def test_what_is_not_of_the_type_is_left_to_psycopg(kind, values):
    pack = packer(ARRAY(kind).item_type)

    assert pack is not None
    assert pack(values) is values


def test_other_types_are_psycopgs():
    assert packer(sa.Interval()) is None
    assert packer(sa.Float()) is None
