"""What imports write: many rows a statement, inside the caller's transaction.

Columns travel as one text each, parted by a character that no value has: an array of a hundred
thousand values takes a driver longer to write than the database to insert.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, insert

from services.event.imports.domain import People
from services.event.participants import domain as participants
from services.event.tables import participants as table
from services.event.tables import uploads
from services.kit.db import Tx, sql
from services.kit.names import Name

# The unit separator: a control character, which is in no text that is let in.
PART = "\x1f"
_TIME = TIMESTAMP(timezone=True)
_part: Any = sa.literal_column("E'\\x1f'")


def _columns(*names: str) -> Any:
    """Texts of many parts as a table."""
    parts = [sa.func.string_to_array(sa.bindparam(name, type_=sa.Text), _part) for name in names]
    columns = [sa.column(name, sa.Text) for name in names]
    return sa.func.unnest(*parts).table_valued(*columns, name="come").render_derived()


_come = _columns(
    "ids",
    "names",
    "emails",
    "email_keys",
    "phones",
    "languages",
    "zones",
    "answers",
    "name_keys",
    "likenesses",
)


def _text(column: Any) -> Any:
    # A text without parts is an array without elements.
    return sa.func.coalesce(column, "")


def _or_null(column: Any) -> Any:
    return sa.func.nullif(column, "")


_now = sa.bindparam("now", type_=_TIME)
_WRITTEN = {
    "organization": sa.bindparam("organization", type_=sa.Uuid),
    "id": sa.cast(_come.c.ids, sa.Uuid),
    "event": sa.bindparam("event", type_=sa.Uuid),
    "display_name": _come.c.names,
    "email": _text(_come.c.emails),
    "email_key": _or_null(_come.c.email_keys),
    "phone": _or_null(_come.c.phones),
    "language_code": _text(_come.c.languages),
    "state": sa.literal_column("'listed'"),
    "note": sa.literal_column("''"),
    "create_time": _now,
    "update_time": _now,
    "version": sa.literal_column("1"),
    "name_key": _text(_come.c.name_keys),
    "likeness": _text(_come.c.likenesses),
    "time_zone": _text(_come.c.zones),
    "guests": sa.literal_column("0"),
    "question_answers": sa.cast(_or_null(_come.c.answers), JSONB),
    "channel": sa.case(
        (_text(_come.c.emails) == "", sa.literal_column("'sms'")),
        else_=sa.literal_column("'email'"),
    ),
}
_adding = insert(table).from_select(
    list(_WRITTEN), sa.select(*_WRITTEN.values()), include_defaults=False
)
_ADD_ALL = sql(_adding)
_ADD = sql(_adding.on_conflict_do_nothing())


class Conflict(Exception):
    """Somebody of those is on the list."""


async def add_all(tx: Tx, event: Name, people: People, ids: Sequence[str], now: datetime) -> None:
    """Puts people on the list of whom nobody is on it, or raises Conflict and has to be undone.

    In half the time of `add`, which looks for each before it writes.
    """
    try:
        await tx.run(_ADD_ALL, **_added(event, people, ids, now))
    except psycopg.errors.UniqueViolation:
        raise Conflict() from None


async def add(tx: Tx, event: Name, people: People, ids: Sequence[str], now: datetime) -> int:
    """Puts people on the list, but for those who are on it; says how many."""
    return await tx.run(_ADD, **_added(event, people, ids, now))


def _added(event: Name, people: People, ids: Sequence[str], now: datetime) -> dict[str, Any]:
    keys = [participants.text_key(name) for name in people.names]
    return {
        "organization": event.organization,
        "event": event.id,
        "now": now,
        "ids": PART.join(ids),
        "names": PART.join(people.names),
        "emails": PART.join(people.emails),
        "email_keys": PART.join(people.email_keys),
        "phones": PART.join(people.phones),
        "languages": PART.join(people.languages),
        "zones": PART.join(people.zones),
        "answers": PART.join(people.answers),
        "name_keys": PART.join(keys),
        "likenesses": PART.join(map(participants.likeness, keys)),
    }


_ANYBODY = sql(
    sa.select(
        sa.exists().where(
            table.c.organization == sa.bindparam("organization"),
            table.c.event == sa.bindparam("event"),
        )
    )
)


async def anybody(tx: Tx, event: Name) -> bool:
    """Whether anybody is on the list."""
    row = await tx.one(_ANYBODY, organization=event.organization, event=event.id)
    return bool(row[0])


_ids = sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid)))
_here = (
    table.c.organization == sa.bindparam("organization"),
    table.c.event == sa.bindparam("event"),
)
_THERE = sql(sa.select(table.c.id).where(_here[0], table.c.id == _ids))
_KNOWN = sql(
    sa.select(
        table.c.id,
        table.c.email,
        table.c.email_key,
        table.c.phone,
        table.c.language_code,
        table.c.time_zone,
        table.c.question_answers,
        table.c.display_name,
    )
    .where(
        *_here,
        sa.or_(
            table.c.email_key == sa.any_(sa.bindparam("email_keys", type_=ARRAY(sa.Text))),
            table.c.phone == sa.any_(sa.bindparam("phones", type_=ARRAY(sa.Text))),
        ),
    )
    .order_by(table.c.id)
    .with_for_update()
)


async def there(tx: Tx, event: Name, ids: Iterable[str]) -> set[uuid.UUID]:
    """Which of those ids are on the list."""
    wanted = [uuid.UUID(id) for id in ids]
    rows = await tx.all(_THERE, organization=event.organization, ids=wanted)
    return {row.id for row in rows}


@dataclass(frozen=True)
class Known:
    """Somebody who is on the list, as far as imports look at it."""

    id: uuid.UUID
    display_name: str
    email: str
    email_key: str
    phone: str
    language: str
    zone: str
    answers: tuple[Any, ...]


async def lock_known(tx: Tx, event: Name, people: People) -> list[Known]:
    """Those on the list with an address of one of those people, kept from every other writer."""
    rows = await tx.all(
        _KNOWN,
        organization=event.organization,
        event=event.id,
        email_keys=[key for key in people.email_keys if key],
        phones=[phone for phone in people.phones if phone],
    )
    return [
        Known(
            id=row.id,
            display_name=row.display_name,
            email=row.email,
            email_key=row.email_key or "",
            phone=row.phone or "",
            language=row.language_code,
            zone=row.time_zone,
            answers=tuple(row.question_answers or ()),
        )
        for row in rows
    ]


_filling = {
    name: sa.bindparam(name, type_=ARRAY(type_))
    for name, type_ in (
        ("ids", sa.Uuid),
        ("emails", sa.Text),
        ("email_keys", sa.Text),
        ("phones", sa.Text),
        ("languages", sa.Text),
        ("zones", sa.Text),
        ("answers", sa.Text),
    )
}
_filled = (
    sa.func.unnest(*_filling.values())
    .table_valued(
        *(sa.column(name, sa.Uuid if name == "ids" else sa.Text) for name in _filling),
        name="filled",
    )
    .render_derived()
)
_FILL = sql(
    sa.update(table)
    .where(_here[0], table.c.id == _filled.c.ids)
    .values(
        email=_filled.c.emails,
        email_key=_or_null(_filled.c.email_keys),
        phone=_or_null(_filled.c.phones),
        language_code=_filled.c.languages,
        time_zone=_filled.c.zones,
        question_answers=sa.cast(_or_null(_filled.c.answers), JSONB),
        channel=sa.func.coalesce(
            table.c.sent_by,
            sa.case(
                (_filled.c.emails == "", sa.literal_column("'sms'")),
                else_=sa.literal_column("'email'"),
            ),
        ),
        update_time=_now,
        version=table.c.version + 1,
    )
)


async def fill(
    tx: Tx, event: Name, people: Sequence[tuple[uuid.UUID, People]], now: datetime
) -> None:
    """Writes who those on the list are now, each as the only row of People."""
    await tx.run(
        _FILL,
        organization=event.organization,
        now=now,
        ids=[id for id, _ in people],
        emails=[each.emails[0] for _, each in people],
        email_keys=[each.email_keys[0] for _, each in people],
        phones=[each.phones[0] for _, each in people],
        languages=[each.languages[0] for _, each in people],
        zones=[each.zones[0] for _, each in people],
        answers=[each.answers[0] for _, each in people],
    )


# --- how far streams have come

_upload = (
    uploads.c.organization == sa.bindparam("organization"),
    uploads.c.id == sa.bindparam("id"),
)
_BEGIN = sql(insert(uploads).on_conflict_do_nothing())
_LOCK = sql(sa.select(uploads).where(*_upload).with_for_update())
_ADVANCE = sql(sa.update(uploads).where(*_upload).values(kept_through=sa.bindparam("through")))
_FORGET = sql(sa.delete(uploads).where(*_upload))


async def begin(tx: Tx, event: Name, id: uuid.UUID) -> None:
    """Notes a stream, unless it is known."""
    await tx.run(_BEGIN, organization=event.organization, id=id, event=event.id, kept_through=0)


async def lock_upload(tx: Tx, event: Name, id: uuid.UUID) -> tuple[uuid.UUID, int] | None:
    """To which event, and through which row, a stream has come; None if it is forgotten."""
    row = await tx.maybe(_LOCK, organization=event.organization, id=id)
    return (row.event, row.kept_through) if row else None


async def advance(tx: Tx, event: Name, id: uuid.UUID, through: int) -> None:
    await tx.run(_ADVANCE, organization=event.organization, id=id, through=through)


async def forget(tx: Tx, organization: uuid.UUID, id: uuid.UUID) -> None:
    await tx.run(_FORGET, organization=organization, id=id)
