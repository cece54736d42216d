"""The tables that the migrations make are those that the code means."""

from __future__ import annotations

import pytest

from services.kit import migrate
from services.kit.tables import kit_metadata, members_metadata
from services.location.tables import OWNED, metadata

pytestmark = pytest.mark.server


async def test_the_migrations_make_the_tables_of_the_code(database):
    urls = await database.urls("location")

    assert migrate.drift(urls.owner, metadata, kit_metadata, members_metadata) == []


async def test_every_table_shows_an_organization_its_own_rows(owner):
    connection = await owner("location")
    cursor = await connection.execute(
        "select relname from pg_class where relrowsecurity and relforcerowsecurity"
    )

    assert {table.name for table in OWNED} <= {row.relname for row in await cursor.fetchall()}
