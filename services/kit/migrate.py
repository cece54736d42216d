"""Databases, their roles and their tables: Alembic, driven from code, one database per service.

A service has two roles. `turnout_<name>_owner` owns the database and changes its tables;
`turnout_<name>` reads and writes rows, and row policies hold for it. The steps of a service lie
in `services/<name>/migrations`, or in `versions` below it.
"""

from __future__ import annotations

import argparse
import contextlib
import pathlib
import threading
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import alembic.command
import alembic.context
import psycopg
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import conninfo
from psycopg import sql as text

from services.kit.tables import kit_metadata

HERE = pathlib.Path(__file__).parent
LOCK_TIMEOUT = "5s"
# Any number will do, as long as it is the same everywhere: who migrates, and who makes databases.
MIGRATING = 7_105_001
CREATING = 7_105_002

# Alembic keeps the migration that is under way in a global.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Urls:
    """How a service's two roles reach its database."""

    owner: str
    service: str


# --- databases and roles


def create_databases(
    admin_url: str, names: Iterable[str], *, passwords: Mapping[str, str] | None = None
) -> dict[str, Urls]:
    """Makes the database `turnout_<name>` and both roles of each service, where they are missing.

    `passwords` has those of the roles, by role; a role without one logs in without. The
    administrator must be allowed to make databases and roles; it need not be a superuser.
    """
    passwords = passwords or {}
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=10) as admin:
        admin.execute("select pg_advisory_lock(%s)", [CREATING])
        return {name: _create(admin, admin_url, name, passwords) for name in names}


def _create(
    admin: psycopg.Connection[Any], admin_url: str, name: str, passwords: Mapping[str, str]
) -> Urls:
    service, owner = f"turnout_{name}", f"turnout_{name}_owner"
    for role in (owner, service):
        _create_role(admin, role, passwords.get(role))
    if not _exists(admin, "select from pg_database where datname = %s", service):
        if not _exists(admin, "select from pg_roles where rolname = current_user and rolsuper"):
            # Who is no superuser may only give a database to a role that it is a member of.
            _execute(admin, "grant {} to current_user", owner)
        _execute(admin, "create database {} owner {}", service, owner)
        _execute(admin, "revoke all on database {} from public", service)
    _execute(admin, "grant connect on database {} to {}", service, service)
    return Urls(
        owner=url(admin_url, database=service, user=owner, password=passwords.get(owner)),
        service=url(admin_url, database=service, user=service, password=passwords.get(service)),
    )


def _create_role(admin: psycopg.Connection[Any], role: str, password: str | None) -> None:
    if not _exists(admin, "select from pg_roles where rolname = %s", role):
        _execute(admin, "create role {} login", role)
    if password is not None:
        statement = text.SQL("alter role {} password {}")
        admin.execute(statement.format(text.Identifier(role), text.Literal(password)))


def _exists(admin: psycopg.Connection[Any], query: Any, *values: str) -> bool:
    return admin.execute(query, values).fetchone() is not None


def _execute(admin: psycopg.Connection[Any], statement: Any, *names: str) -> None:
    admin.execute(text.SQL(statement).format(*map(text.Identifier, names)))


def url(base: str, *, database: str, user: str, password: str | None = None) -> str:
    """The address of another database and user on the server of `base`."""
    parts = conninfo.conninfo_to_dict(base)
    given = {"dbname": database, "user": user, "password": password}
    query = {k: str(v) for k, v in {**parts, **given}.items() if v is not None}
    name = urllib.parse.quote(query.pop("dbname"), safe="")
    return f"postgresql:///{name}?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}"


# --- tables


def upgrade(owner_url: str, service: str, *, folder: pathlib.Path | None = None) -> str:
    """Brings the database of a service up to its last migration, and names that revision.

    Two that do it at once do it one after the other. Raises what Postgres raises, among it
    `LockNotAvailable` when a table was in use for longer than 5 s; what was done till then stays.
    """
    config = _config(service, folder)
    with _one_at_a_time, _connected(owner_url) as connection:
        with connection.begin():
            connection.exec_driver_sql(f"select pg_advisory_lock({MIGRATING})")
            connection.exec_driver_sql(f"set lock_timeout = '{LOCK_TIMEOUT}'")
            _entitle(connection, f"turnout_{service}")
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
        return _revision(connection) or ""


def current(database_url: str) -> str | None:
    """The revision that a database is at; None if it was never migrated. Either role may ask."""
    with _connected(database_url) as connection:
        return _revision(connection)


def head(service: str, *, folder: pathlib.Path | None = None) -> str | None:
    """The last revision that a service's code has."""
    return ScriptDirectory.from_config(_config(service, folder)).get_current_head()


def drift(database_url: str, *metadata: sa.MetaData) -> list[Any]:
    """What the tables of a database lack, or have beyond `metadata`, as Alembic puts it."""
    opts = {"compare_type": True, "compare_server_default": True, "include_object": _compared}
    with _connected(database_url) as connection:
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, _together(metadata)))


def _compared(thing: Any, _name: Any, kind: str, reflected: bool, other: Any) -> bool:
    """Not an index that one service alone has on a table which all have."""
    extra = kind == "index" and reflected and other is None
    return not (extra and thing.table.name in kit_metadata.tables)


def _together(parts: Sequence[sa.MetaData]) -> sa.MetaData:
    whole = sa.MetaData()
    for part in parts:
        for table in part.sorted_tables:
            table.to_metadata(whole)
    return whole


@contextlib.contextmanager
def unconfined(op: Any, *tables: str) -> Iterator[None]:
    """Lets a migration see and fill the rows of all organizations; row policies bind the owner too.

    For use around a backfill; nobody else sees the difference, for the migration's transaction
    holds the tables locked.
    """
    for table in tables:
        op.execute(f'alter table "{table}" no force row level security')
    yield
    for table in tables:
        op.execute(f'alter table "{table}" force row level security')


def environment() -> None:
    """What `migrations/env.py` does: runs the steps, each in a transaction of its own."""
    connection = alembic.context.config.attributes["connection"]
    alembic.context.configure(connection=connection, transaction_per_migration=True)
    with alembic.context.begin_transaction():
        alembic.context.run_migrations()


@contextlib.contextmanager
def _connected(database_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(database_url, connect_timeout=10),
        poolclass=sa.NullPool,
    )
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _entitle(connection: sa.Connection, role: str) -> None:
    """Grants the service's role rows of every table to come; a migration may take that back."""
    for grant in (
        "grant usage on schema public to {}",
        "alter default privileges in schema public"
        " grant select, insert, update, delete on tables to {}",
        "alter default privileges in schema public grant usage, select on sequences to {}",
    ):
        connection.exec_driver_sql(grant.format(f'"{role}"'))


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(service: str, folder: pathlib.Path | None) -> Config:
    folder = folder or HERE.parent / service / "migrations"
    versions = folder / "versions"
    config = Config()
    # Config reads `%` as the start of a variable.
    config.set_main_option("script_location", str(HERE / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    steps = versions if versions.is_dir() else folder
    config.set_main_option("version_locations", str(steps).replace("%", "%%"))
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    return config


def main() -> None:
    """`python -m services.kit.migrate SERVICE "what it does"` begins a migration."""
    arguments = argparse.ArgumentParser(description="begin a migration of a service")
    arguments.add_argument("service")
    arguments.add_argument("message")
    given = arguments.parse_args()
    config = _config(given.service, None)
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    alembic.command.revision(config, given.message, rev_id=f"{number:04}")


if __name__ == "__main__":
    main()
