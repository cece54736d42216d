"""What is kept of forms: one row each, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.event.forms.domain import (
    FORMS,
    Form,
    Question,
    Type,
)
from services.event.tables import registration_forms
from services.kit.db import Tx, sql
from services.kit.etags import StaleEtag
from services.kit.names import Name

_ours = registration_forms.c.organization == sa.bindparam("organization")
_FIND = sql(
    sa.select(registration_forms).where(_ours, registration_forms.c.event == sa.bindparam("event"))
)
_FIND_ALL = sql(
    sa.select(registration_forms).where(
        _ours, registration_forms.c.event == sa.any_(sa.bindparam("events", type_=ARRAY(sa.Uuid)))
    )
)
_written = insert(registration_forms).values(
    {c.name: sa.bindparam(c.name, type_=c.type) for c in registration_forms.c}
)
_SAVE = sql(
    _written.on_conflict_do_update(
        index_elements=[registration_forms.c.organization, registration_forms.c.event],
        set_={
            name: _written.excluded[name]
            for name in ("questions", "max_guests", "update_time", "version")
        },
        where=registration_forms.c.version == sa.bindparam("seen"),
    )
)


async def find(tx: Tx, event: Name) -> Form:
    """The form of an event: an empty one where there is none."""
    row = await tx.maybe(_FIND, organization=event.organization, event=event.id)
    return _form(row) if row else Form(event)


async def find_all(tx: Tx, events: Sequence[Name]) -> dict[Name, Form]:
    """The forms of events of one organization."""
    found = dict.fromkeys(events)
    if not events:
        return {}
    rows = await tx.all(
        _FIND_ALL, organization=events[0].organization, events=[event.id for event in found]
    )
    forms = [_form(row) for row in rows]
    return {event: Form(event) for event in found} | {form.event: form for form in forms}


async def save(tx: Tx, form: Form, *, seen: int | None) -> Form:
    """Writes the next version over the one that was seen, if it is still the latest."""
    last = form.version if seen is None else seen
    saved = dataclasses.replace(form, version=last + 1)
    # There is nothing to insert over when somebody saw another version than none.
    if last and not form.version:
        raise StaleEtag(FORMS.format(form.event))
    if not await tx.run(_SAVE, **_values(saved), seen=last):
        raise StaleEtag(FORMS.format(form.event))
    return saved


def _form(row: Any) -> Form:
    return Form(
        event=Name(row.organization, row.event),
        questions=tuple(_question(each) for each in row.questions),
        max_guests=row.max_guests,
        update_time=row.update_time,
        version=row.version,
    )


def _question(kept: dict[str, Any]) -> Question:
    return Question(
        id=kept["id"],
        display_name=kept["display_name"],
        type=Type(kept["type"]),
        required=kept["required"],
        help=kept["help"],
        choices=tuple(kept["choices"]),
    )


def _values(form: Form) -> dict[str, Any]:
    return {
        "organization": form.event.organization,
        "event": form.event.id,
        "questions": [
            dataclasses.asdict(each) | {"type": each.type.value} for each in form.questions
        ],
        "max_guests": form.max_guests,
        "update_time": form.update_time,
        "version": form.version,
    }
