"""What providers sent is forgotten 90 days after it was acted on; that it came is not.

So a notice that comes once more is still known. The service is confined to one organization at a
time, so it calls a function that acts as the owner, and the policies below show it old ones only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

SAID = "(effect <> '' and body <> ''::bytea)"
AGE = "create_time < now() - interval '90 days'"

FORGET = f"""
create function forget_notices() returns bigint
language sql security definer set search_path = public as $$
  with old as (
    select organization, id from notices where {SAID} and {AGE} limit 10000
  ), gone as (
    update notices n set body = ''::bytea
    from old where n.organization = old.organization and n.id = old.id returning n.id
  )
  select count(*) from gone
$$
"""  # noqa: S608 - words of this file


def upgrade() -> None:
    op.create_index("notices_said_idx", "notices", ["create_time"], postgresql_where=sa.text(SAID))
    for verb in ("select", "update"):
        op.execute(f"create policy old_{verb} on notices for {verb} to current_user using ({AGE})")
    op.execute(FORGET)
    op.execute("revoke all on function forget_notices () from public")
    op.execute("grant execute on function forget_notices () to turnout_payment")
