"""Databases: migrations make the declared tables, and what is owned is confined."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil

import psycopg
import pytest

from services.kit import migrate
from services.kit.tables import kit_metadata, members_metadata
from tests.contract import contract

pytestmark = pytest.mark.server
SERVICES = sorted({contract.service_of(file) for file in contract.files()} - contract.SHARED)

# An owned table has an organization in it; these hold ids alone, for the worker, the relay, and
# those who name an event, a number or an account and not whose it is, or sealed keys, all of which
# are sealed anew at once.
UNOWNED = {
    "channel_routes",
    "connected_accounts",
    "due",
    "outbox",
    "owners",
    "sellers",
    "vault_keys",
}
CONFINED = """
select relname from pg_class join pg_attribute on attrelid = pg_class.oid
where relkind in ('r', 'p') and attname = 'organization' and not attisdropped
  and relnamespace = 'public'::regnamespace and not (relrowsecurity and relforcerowsecurity)
"""
MIGHT = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
OWNS = "select count(*) from pg_class where relowner = current_user::regrole"


@pytest.mark.parametrize("service", SERVICES)
async def test_the_migrations_make_the_tables_that_the_code_declares(service, database):
    urls = await database.urls(service)
    mine = declared(service)
    taken = {name for metadata in mine for name in metadata.tables}
    shared = [m for m in (kit_metadata, members_metadata) if not set(m.tables) & taken]

    assert await asyncio.to_thread(migrate.drift, urls.owner, *shared, *mine) == []


def declared(service):
    """The metadata of every module `tables` of a service."""
    home = importlib.import_module(f"services.{service}")
    modules = pkgutil.walk_packages(home.__path__, f"services.{service}.")
    names = [module.name for module in modules if module.name.endswith(".tables")]
    return list({id(m): m for m in map(metadata_of, names)}.values())


def metadata_of(name):
    return importlib.import_module(name).metadata


@pytest.mark.parametrize("service", SERVICES)
async def test_what_an_organization_owns_is_confined_even_for_the_owner(service, database):
    urls = await database.urls(service)

    async with await psycopg.AsyncConnection.connect(urls.owner) as owner:
        rows = await (await owner.execute(CONFINED)).fetchall()

    assert {name for (name,) in rows} <= UNOWNED


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_cannot_step_around_the_policies(service, database):
    urls = await database.urls(service)

    async with await psycopg.AsyncConnection.connect(urls.service) as lesser:
        [(might,)] = await (await lesser.execute(MIGHT)).fetchall()
        [(owns,)] = await (await lesser.execute(OWNS)).fetchall()

    assert (might, owns) == (False, 0)
