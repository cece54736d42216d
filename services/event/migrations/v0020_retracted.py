"""Who did not arrive after all has not reached that."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute(_MARKED)


# A participant has reached whatever any of the steps is about; but an arrival may be taken back,
# which shows in the state. That is written before the steps are.
_MARKED = """create or replace function mark_participants() returns trigger
    language plpgsql as $body$ begin
        update participants p
        set reached = array(
            select distinct mark from unnest(p.reached || n.marks) as mark
            where mark <> 'retracted' and (mark <> 'arrived' or p.state = 'arrived')
            order by 1
        )
        from (
            select organization, participant, array_agg(distinct mark) as marks
            from new_rows where mark not in ('listed', 'delivered', 'ended') group by 1, 2
        ) n
        where p.organization = n.organization and p.id = n.participant
        and not p.reached @> n.marks;
        return null;
    end $body$"""
