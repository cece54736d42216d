"""Databases and roles are made, and tables brought up to date, as often as one likes."""

from __future__ import annotations

import asyncio
import uuid

import psycopg
import pytest
from psycopg import errors as pg

from services.kit import migrate
from services.kit.tables import kit_metadata, members_metadata, vault_metadata
from tests.kit import tables
from tests.servers import KIT


async def test_a_migrated_database_has_exactly_the_declared_tables(database):
    urls = await database.urls("kit")

    drift = await asyncio.to_thread(
        migrate.drift, urls.owner, kit_metadata, members_metadata, tables.metadata
    )

    assert drift == []


async def test_a_table_that_nobody_declared_is_noticed(database):
    urls = await database.urls("kit")

    kit = (kit_metadata, members_metadata, vault_metadata)
    drift = await asyncio.to_thread(migrate.drift, urls.owner, *kit)

    assert [(change[0], change[1].name) for change in drift] == [("remove_table", "gadgets")]


async def test_migrating_again_changes_nothing(postgres, database):
    await database("kit")

    urls = (await asyncio.to_thread(migrate.create_databases, postgres, ["kit"]))["kit"]
    revisions = await asyncio.gather(
        *(asyncio.to_thread(migrate.upgrade, urls.owner, "kit", folder=KIT) for _ in range(2))
    )

    assert revisions == ["0001", "0001"]
    assert await asyncio.to_thread(migrate.current, urls.service) == "0001"
    assert migrate.head("kit", folder=KIT) == "0001"


async def test_a_database_that_was_never_migrated_has_no_revision(postgres):
    assert await asyncio.to_thread(migrate.current, postgres) is None


async def test_the_role_of_a_service_cannot_change_its_tables(database):
    urls = await database.urls("kit")

    with psycopg.connect(urls.service, autocommit=True) as service:
        for forbidden in (
            "create table more (id int)",
            "alter table gadgets disable row level security",
            "drop table heard",
            "truncate outbox",
            "set role turnout_kit_owner",
        ):
            with pytest.raises(pg.InsufficientPrivilege):
                service.execute(forbidden)


async def test_a_service_cannot_enter_the_database_of_another(postgres, database):
    await database("kit")
    other = (await asyncio.to_thread(migrate.create_databases, postgres, ["toolshed"]))["toolshed"]
    wrong = migrate.url(other.service, database="turnout_toolshed", user="turnout_kit")

    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(wrong)


async def test_an_administrator_without_superuser_rights_is_enough(postgres):
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("create role landlord login createdb createrole")
    landlord = migrate.url(postgres, database="postgres", user="landlord")

    urls = (await asyncio.to_thread(migrate.create_databases, landlord, ["annexe"]))["annexe"]
    again = (await asyncio.to_thread(migrate.create_databases, landlord, ["annexe"]))["annexe"]
    revision = await asyncio.to_thread(migrate.upgrade, urls.owner, "annexe", folder=KIT)

    assert urls == again
    assert revision == "0001"


async def test_a_password_with_strange_characters_still_opens_the_door(postgres):
    secret = "p@ss w%rd/'\"&?#"

    made = await asyncio.to_thread(
        migrate.create_databases, postgres, ["vault"], passwords={"turnout_vault": secret}
    )

    with psycopg.connect(made["vault"].service) as service:
        assert service.info.password == secret
        assert service.info.dbname == "turnout_vault"


async def test_a_backfill_reaches_the_rows_of_every_organization(database):
    urls = await database.urls("kit")
    with psycopg.connect(urls.owner, autocommit=True) as owner:

        class Operations:
            execute = staticmethod(owner.execute)

        for organization in (uuid.uuid4(), uuid.uuid4()):
            owner.execute(f"set turnout.organization = '{organization}'")
            owner.execute(
                "insert into gadgets (organization, id, label) values (%s, %s, 'a')",
                [organization, uuid.uuid4()],
            )
        owner.execute("reset turnout.organization")
        confined = owner.execute("update gadgets set label = 'b'").rowcount
        with migrate.unconfined(Operations, "gadgets"):
            everywhere = owner.execute("update gadgets set label = 'b'").rowcount
        afterwards = owner.execute("update gadgets set label = 'c'").rowcount

    assert (confined, everywhere, afterwards) == (0, 2, 0)


async def test_a_migration_gives_up_on_a_table_that_is_in_use(database, tmp_path, monkeypatch):
    urls = await database.urls("kit")
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "100ms")
    for step in KIT.glob("v0001*.py"):
        (tmp_path / step.name).write_text(step.read_text())
    (tmp_path / "v0002_second.py").write_text(
        "from alembic import op\n"
        "revision, down_revision = '0002', '0001'\n"
        "def upgrade():\n    op.execute('alter table gadgets add column size int')\n"
    )

    with psycopg.connect(urls.service) as reader:
        reader.execute("select from gadgets")
        with pytest.raises(Exception, match="lock timeout"):
            await asyncio.to_thread(migrate.upgrade, urls.owner, "kit", folder=tmp_path)
    revision = await asyncio.to_thread(migrate.upgrade, urls.owner, "kit", folder=tmp_path)

    assert revision == "0002"
