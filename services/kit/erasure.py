"""Takes what is personal out of what is kept only to be told, or answered, once more."""

from __future__ import annotations

import sqlalchemy as sa
from google.protobuf.message import Message

from services.kit.db import Tx, sql
from services.kit.tables import answered, dead_facts, outbox
from turnout.bus.v1 import bus_pb2

_subject = sa.bindparam("subject", type_=sa.Text)
_TOLD = sql(
    sa.select(outbox.c.position, outbox.c.body).where(
        outbox.c.subject == _subject, outbox.c.type == sa.bindparam("type")
    )
)
_REWRITE = sql(
    sa.update(outbox).where(outbox.c.position == sa.bindparam("at")).values(body=sa.bindparam("to"))
)
_DROP_DEAD = sql(sa.delete(dead_facts).where(dead_facts.c.subject == _subject))
_DROP_ANSWERS = sql(sa.delete(answered).where(answered.c.caller == _subject))


async def redact(tx: Tx, subject: str, kind: type[Message], *fields: str) -> None:
    """Empties fields of the facts of a kind that were published of a subject, told or not.

    They stay facts: who hears them for the first time after this hears what is left.
    """
    for row in await tx.all(_TOLD, subject=subject, type=kind.DESCRIPTOR.full_name):
        fact = bus_pb2.Fact.FromString(row.body)
        said = kind.FromString(fact.body.value)
        for field in fields:
            said.ClearField(field)
        fact.body.value = said.SerializeToString()
        await tx.run(_REWRITE, at=row.position, to=fact.SerializeToString())


async def forget(tx: Tx, person: str) -> None:
    """Drops what was laid aside of somebody's facts, and what they were answered before."""
    await tx.run(_DROP_DEAD, subject=person)
    await tx.run(_DROP_ANSWERS, subject=person)
