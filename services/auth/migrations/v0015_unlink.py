"""Who proves to have an address for the first time is rid of whom others linked to the account.

Identities belong to organizations, and an account may be linked in several. So the service calls a
function that acts as the owner, and the policies below show the owner only those of accounts whose
address nobody has proved to have.
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"

UNPROVED = (
    'exists (select from users where users.id = identities."user"'
    " and users.email_verify_time is null)"
)

UNLINK = """
create function unlink_identities(person uuid) returns bigint
language sql security definer set search_path = public as $$
  with gone as (delete from identities where "user" = person returning 1)
  select count(*) from gone
$$
"""


def upgrade() -> None:
    for verb in ("select", "delete"):
        op.execute(
            f"create policy unproved_{verb} on identities for {verb} to current_user"
            f" using ({UNPROVED})"
        )
    op.execute(UNLINK)
    op.execute("revoke all on function unlink_identities (uuid) from public")
    op.execute("grant execute on function unlink_identities (uuid) to turnout_auth")
