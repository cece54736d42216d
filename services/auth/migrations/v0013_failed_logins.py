"""Failed logins leave the audit log after 90 days; nothing else ever does (D18).

Whoever guesses passwords would fill the log for ever. The service may still delete nothing: it
calls a function that acts as the owner, and the policies below show the owner old failures only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

FAILED = "action = 'LOGIN' and reason <> ''"
OLD = f"{FAILED} and create_time < now() - interval '90 days'"
OF_ENTRIES = "exists (select from audit_entries where audit_entries.id = audit_origins.entry)"

FORGET = f"""
create function forget_failed_logins() returns bigint
language sql security definer set search_path = public as $$
  with old as (
    select id from audit_entries where {OLD} limit 10000
  ), places as (
    delete from audit_origins where entry in (select id from old)
  ), gone as (
    delete from audit_entries where id in (select id from old) returning id
  )
  select count(*) from gone
$$
"""  # noqa: S608 - words of this file


def upgrade() -> None:
    op.create_index(
        "audit_entries_failed_idx",
        "audit_entries",
        ["create_time"],
        postgresql_where=sa.text(FAILED),
    )
    for table, condition in (("audit_entries", OLD), ("audit_origins", OF_ENTRIES)):
        for verb in ("select", "delete"):
            op.execute(
                f"create policy old_{verb} on {table} for {verb} to current_user"
                f" using ({condition})"
            )
    op.execute(FORGET)
    op.execute("revoke all on function forget_failed_logins () from public")
    op.execute("grant execute on function forget_failed_logins () to turnout_auth")
