"""The tables every service has beside its own, and the row policies of those that are owned."""

from __future__ import annotations

from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

# The names Postgres itself would give, so that a store can tell which constraint spoke.
NAMING = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}

# For use in policies: the organization this transaction is about (null: none), and its caller.
TENANT = "nullif(current_setting('turnout.organization', true), '')::uuid"
CALLER = "current_setting('turnout.caller', true)"

# Of a transaction about several: the organizations that take part.
TOGETHER = "(select string_to_array(current_setting('turnout.organizations', true), ',')::uuid[])"

kit_metadata = sa.MetaData(naming_convention=NAMING)
# Apart, because auth has a table of that name that says more.
members_metadata = sa.MetaData(naming_convention=NAMING)
# Apart, because only services have it that keep secrets of organizations.
vault_metadata = sa.MetaData(naming_convention=NAMING)


class Operations(Protocol):
    """What a migration is made with: `alembic.op`."""

    def get_bind(self) -> Any: ...


def _now(name: str) -> sa.Column[Any]:
    time = TIMESTAMP(timezone=True)
    return sa.Column(name, time, nullable=False, server_default=sa.func.now())


# What became true here, in the order it was written; told to the others by the relay.
outbox = sa.Table(
    "outbox",
    kit_metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("id", sa.Uuid, nullable=False, unique=True),
    sa.Column("organization", sa.Uuid),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    _now("create_time"),
    sa.Column("told_time", TIMESTAMP(timezone=True)),
    sa.Index(
        "outbox_untold_idx", "position", postgresql_where=sa.literal_column("told_time is null")
    ),
    sa.Index(
        "outbox_told_idx", "told_time", postgresql_where=sa.literal_column("told_time is not null")
    ),
)

# Which life of which Redis the facts were told to; another one has to be told again.
listeners = sa.Table(
    "listeners",
    kit_metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("life", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
)

# The facts of others that took effect here.
heard = sa.Table(
    "heard",
    kit_metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    _now("heard_time"),
    sa.Index("heard_heard_time_idx", "heard_time"),
)

# The facts of others that could not take effect, with the whole of what was sent.
dead_facts = sa.Table(
    "dead_facts",
    kit_metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    _now("create_time"),
)

# Sessions that ended before the last of their access tokens did.
revoked = sa.Table(
    "revoked",
    kit_metadata,
    sa.Column("session", sa.Uuid, primary_key=True),
    sa.Column("expire_time", TIMESTAMP(timezone=True), nullable=False),
)

# A copy of which organizations let their members do nothing without a second factor.
strict = sa.Table(
    "strict",
    kit_metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
)

# Requests that were carried out, so that a retry is answered and not run again.
answered = sa.Table(
    "answered",
    kit_metadata,
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Uuid, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.LargeBinary),
    _now("create_time"),
    sa.Index("answered_create_time_idx", "create_time"),
)

# What has to happen later. Not owned: the worker looks for it before it knows whose it is,
# so it holds ids and nothing else.
due = sa.Table(
    "due",
    kit_metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("organization", sa.Uuid),
    sa.Column("due_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("lease_time", TIMESTAMP(timezone=True)),
    sa.Index("due_due_time_idx", "due_time"),
)

# What whoever runs the platform did to the service, in its order. Says as well which facts wait:
# those of a source whose latest PAUSE or RESUME is a PAUSE.
operations = sa.Table(
    "operations",
    kit_metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("operator", sa.Text, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    _now("create_time"),
    sa.Index("operations_target_idx", "target", "position"),
)

# A copy of who is what in which organization; auth's facts feed it. A role is written as
# `turnout.access.v1.Role` spells it, such as ROLE_OWNER.
members = sa.Table(
    "members",
    members_metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("user", sa.Uuid, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
)

# The data keys of `kit.vault`, each sealed by the master key of that id. Not owned: when the
# master is replaced they are sealed anew, all at once, and without a master they tell nothing.
vault_keys = sa.Table(
    "vault_keys",
    vault_metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("master", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    _now("create_time"),
)


def kit_tables(op: Operations, *, with_members: bool = True) -> None:
    """Makes the tables of this module; the first thing a service's first migration does.

    A change to a released table is a function of its own below this one, called from a new
    migration of each service, that does nothing where the table has the change already.
    """
    bind = op.get_bind()
    kit_metadata.create_all(bind)
    for statement in owned(strict):
        bind.execute(sa.text(statement))
    if with_members:
        members_metadata.create_all(bind)
        for statement in owned(members):
            bind.execute(sa.text(statement))


def with_revoked(op: Operations) -> None:
    """Adds the table `revoked` where it came after the first migration."""
    revoked.create(op.get_bind(), checkfirst=True)


def with_operations(op: Operations) -> None:
    """Adds the table `operations` where it came after the first migration."""
    operations.create(op.get_bind(), checkfirst=True)


def with_strict(op: Operations) -> None:
    """Adds the table `strict` where it came after the first migration."""
    bind = op.get_bind()
    if not sa.inspect(bind).has_table(strict.name):
        strict.create(bind)
        for statement in owned(strict):
            bind.execute(sa.text(statement))


def with_vault(op: Operations) -> None:
    """Makes what `kit.vault` keeps; the service's `tables` takes `vault_keys.to_metadata`."""
    vault_metadata.create_all(op.get_bind())


def owned(table: sa.Table | str) -> list[str]:
    """The DDL that makes a table show each organization its own rows and nobody else's.

    It holds for the table's owner too. The service's role gets its rights from
    `kit.migrate`, after the last migration.
    """
    name = _quoted(table)
    mine = f"organization = {TENANT}"
    return [
        f"alter table {name} enable row level security",
        f"alter table {name} force row level security",
        f"create policy own on {name} using ({mine}) with check ({mine})",
    ]


def public(table: sa.Table | str, condition: str, *, policy: str = "public") -> str:
    """The DDL that lets everybody read those rows of an owned table that fit `condition` (SQL)."""
    return f"create policy {policy} on {_quoted(table)} for select using ({condition})"


def batched(table: sa.Table | str) -> str:
    """The DDL that shows a table to a transaction about several organizations: theirs, no others.

    Such a transaction names them first; see `Tx.take_part`.
    """
    mine = f"organization = any ({TOGETHER}::uuid[])"
    return f"create policy batch on {_quoted(table)} using ({mine}) with check ({mine})"


def personal(table: sa.Table | str, column: str) -> str:
    """The DDL that lets people find their own rows in all organizations at once, to read them.

    Only where no organization is meant. `column` holds the names of people.
    """
    mine = f"{TENANT} is null and {_quoted(column)} = {CALLER}"
    return f"create policy personal on {_quoted(table)} for select using ({mine})"


def _quoted(table: sa.Table | str) -> str:
    name = table if isinstance(table, str) else table.name
    return '"' + name.replace('"', '""') + '"'
