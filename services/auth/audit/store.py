"""What auth keeps of the audit log: rows that are added and read. One statement each."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.auth.audit.domain import Action, Entry, Wanted
from services.auth.tables import audit_entries, audit_origins, members, users
from services.kit.db import Tx, sql
from services.kit.names import Name
from services.kit.origin import Origin

_ADD = sql(sa.insert(audit_entries))
_ADD_ORIGIN = sql(sa.insert(audit_origins))
# Who is about to be forgotten leaves no new trace. The row is held until the commit, so that
# an account which is deleted right now is waited for.
_account = (
    sa.select(
        sa.bindparam("entry", type_=sa.Uuid),
        users.c.id,
        sa.bindparam("address", type_=sa.Text),
        sa.bindparam("user_agent", type_=sa.Text),
    )
    .where(users.c.id == sa.bindparam("user"))
    .with_for_update(read=True, key_share=True)
)
_ADD_ORIGIN_OF = sql(
    sa.insert(audit_origins).from_select(["entry", "user", "address", "user_agent"], _account)
)

_time = audit_entries.c.create_time.type
_columns = (audit_entries, audit_origins.c.address, audit_origins.c.user_agent)
_whole = audit_entries.outerjoin(audit_origins, audit_origins.c.entry == audit_entries.c.id)
_here = audit_entries.c.organization == sa.bindparam("organization")
# What members do with their own accounts; the row policy leaves out what they did before.
_members = sa.select(members.c.user).where(members.c.organization == sa.bindparam("organization"))
_theirs = sa.and_(audit_entries.c.organization.is_(None), audit_entries.c.user.in_(_members))


def _any_or(column: Any, name: str) -> Any:
    asked = sa.bindparam(name, type_=sa.Text)
    return sa.or_(asked.is_(None), column == asked)


_refused = sa.cast(sa.bindparam("refused"), sa.Boolean)
_since, _before = sa.bindparam("since", type_=_time), sa.bindparam("before", type_=_time)
_last_time = sa.bindparam("last_time", type_=_time)
_wanted = (
    _any_or(audit_entries.c.actor, "actor"),
    _any_or(audit_entries.c.action, "action"),
    _any_or(audit_entries.c.target, "target"),
    sa.or_(_refused.is_(None), (audit_entries.c.reason != "") == _refused),
    sa.or_(_since.is_(None), audit_entries.c.create_time >= _since),
    sa.or_(_before.is_(None), audit_entries.c.create_time < _before),
    sa.or_(
        _last_time.is_(None),
        sa.tuple_(audit_entries.c.create_time, audit_entries.c.id)
        < sa.tuple_(_last_time, sa.bindparam("last_id", type_=sa.Uuid)),
    ),
)


def _latest(condition: Any) -> Any:
    """The latest rows of one kind: each kind has an index in that order."""
    return (
        sa.select(*_columns)
        .select_from(_whole)
        .where(condition, *_wanted)
        .order_by(audit_entries.c.create_time.desc(), audit_entries.c.id.desc())
        .limit(sa.bindparam("most"))
    )


_both = sa.union_all(_latest(_here).subquery().select(), _latest(_theirs).subquery().select())
_latest_of_both = _both.subquery()
_ENTRIES = sql(
    sa.select(_latest_of_both)
    .order_by(_latest_of_both.c.create_time.desc(), _latest_of_both.c.id.desc())
    .limit(sa.bindparam("most"))
)
_ENTRY = sql(
    sa.select(*_columns)
    .select_from(_whole)
    .where(audit_entries.c.id == sa.bindparam("id"), sa.or_(_here, _theirs))
)
_FORGET_FAILURES = sql(sa.select(sa.func.forget_failed_logins().label("gone")))


def add(tx: Tx, entry: Entry) -> None:
    """Adds it with the commit."""
    tx.write(
        _ADD,
        id=entry.id,
        organization=entry.organization,
        user=entry.user,
        actor=entry.actor,
        action=entry.action.value,
        target=entry.target,
        reason=entry.reason,
        details=dict(entry.details),
        create_time=entry.create_time,
    )
    if entry.origin != Origin():
        statement = _ADD_ORIGIN if entry.user is None else _ADD_ORIGIN_OF
        tx.write(
            statement,
            entry=entry.id,
            user=entry.user,
            address=entry.origin.address,
            user_agent=entry.origin.user_agent,
        )


async def forget_failures(tx: Tx) -> int:
    """Has the owner delete some failed logins that are old, and says how many those were."""
    return int((await tx.one(_FORGET_FAILURES)).gone)


async def entry(tx: Tx, name: Name) -> Entry | None:
    row = await tx.maybe(_ENTRY, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def entries(
    tx: Tx, organization: uuid.UUID, wanted: Wanted, after: Any, most: int
) -> list[Entry]:
    """The latest that an organization may see; those behind the key `after`, if it is given."""
    last_time, last_id = after or (None, None)
    rows = await tx.all(
        _ENTRIES,
        organization=organization,
        actor=wanted.actor,
        action=wanted.action,
        target=wanted.target,
        refused=wanted.refused,
        since=wanted.since,
        before=wanted.before,
        last_time=last_time,
        last_id=last_id,
        most=most,
    )
    return [_read(row) for row in rows]


def key(entry: Entry) -> tuple[datetime, uuid.UUID]:
    return entry.create_time, entry.id


def _read(row: Any) -> Entry:
    return Entry(
        id=row.id,
        organization=row.organization,
        user=row.user,
        actor=row.actor,
        action=Action(row.action),
        target=row.target,
        reason=row.reason,
        create_time=row.create_time,
        origin=Origin(row.address or "", row.user_agent or ""),
        details=row.details,
    )
