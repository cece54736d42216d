"""What tells people apart leaves the checks after 90 days; what was found and decided stays.

The rules count tries of 30 days at most. The service is confined to one organization at a time, so
it calls a function that acts as the owner, and the policies below show the owner old checks only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

PERSONAL = "(card <> '' or address <> '' or device <> '' or fingerprint <> '')"
AGE = "create_time < now() - interval '90 days'"

FORGET = f"""
create function forget_fraud_traits() returns bigint
language sql security definer set search_path = public as $$
  with old as (
    select organization, id from fraud_checks where {PERSONAL} and {AGE} limit 10000
  ), gone as (
    update fraud_checks c set card = '', address = '', device = '', fingerprint = ''
    from old where c.organization = old.organization and c.id = old.id returning c.id
  )
  select count(*) from gone
$$
"""  # noqa: S608 - words of this file


def upgrade() -> None:
    op.create_index(
        "fraud_checks_personal_idx",
        "fraud_checks",
        ["create_time"],
        postgresql_where=sa.text(PERSONAL),
    )
    for verb in ("select", "update"):
        op.execute(
            f"create policy old_{verb} on fraud_checks for {verb} to current_user using ({AGE})"
        )
    op.execute(FORGET)
    op.execute("revoke all on function forget_fraud_traits () from public")
    op.execute("grant execute on function forget_fraud_traits () to turnout_payment")
