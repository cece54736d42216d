"""Own words for what is told. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.messaging.messages.domain import Kind
from services.messaging.templates.tables import message_templates
from services.messaging.wordings.domain import Wording
from services.messaging.wordings.tables import notice_templates

_w, _t = notice_templates.c, message_templates.c
_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_KIND = sa.bindparam("kind", type_=sa.Text)
# A template that was removed is as none.
_shown = sa.select(_w.organization, _w.kind, _w.version, _t.id.label("template")).select_from(
    notice_templates.outerjoin(
        message_templates, sa.and_(_t.organization == _w.organization, _t.id == _w.template)
    )
)
_ALL = sql(_shown.where(_w.organization == _ORGANIZATION))
_FIND = sql(_shown.where(_w.organization == _ORGANIZATION, _w.kind == _KIND))
_OPEN = sql(
    insert(notice_templates)
    .values(organization=_ORGANIZATION, kind=_KIND, version=1)
    .on_conflict_do_nothing(index_elements=["organization", "kind"])
)
_LOCK = sql(
    _shown.where(_w.organization == _ORGANIZATION, _w.kind == _KIND).with_for_update(
        of=notice_templates
    )
)
_CHANGE = sql(
    sa.update(notice_templates)
    .where(_w.organization == sa.bindparam("of"), _w.kind == sa.bindparam("which"))
    .values(template=sa.bindparam("new_template", type_=sa.Uuid), version=_w.version + 1)
)
_KINDS_OF = sql(
    sa.select(_w.kind)
    .where(_w.organization == _ORGANIZATION, _w.template == sa.bindparam("template"))
    .order_by(_w.kind)
)


async def wordings(tx: Tx, organization: uuid.UUID) -> dict[Kind, Wording]:
    """Those that somebody has changed."""
    rows = await tx.all(_ALL, organization=organization)
    return {found.kind: found for found in map(_read, rows)}


async def template_of(tx: Tx, organization: uuid.UUID, kind: Kind) -> Name | None:
    """The template that messages of a kind are written by, if they are by one."""
    row = await tx.maybe(_FIND, organization=organization, kind=kind.value)
    return None if row is None else _read(row).template


async def lock(tx: Tx, organization: uuid.UUID, kind: Kind) -> Wording:
    key = {"organization": organization, "kind": kind.value}
    await tx.run(_OPEN, **key)
    return _read(await tx.one(_LOCK, **key))


async def change(tx: Tx, changed: Wording) -> None:
    id = changed.template.id if changed.template else None
    await tx.run(_CHANGE, of=changed.organization, which=changed.kind.value, new_template=id)


async def kinds_of(tx: Tx, template: Name) -> list[Kind]:
    """What is written by a template."""
    rows = await tx.all(_KINDS_OF, organization=template.organization, template=template.id)
    return [Kind(row.kind) for row in rows]


def _read(row: Any) -> Wording:
    template = Name(row.organization, row.template) if row.template else None
    return Wording(row.organization, Kind(row.kind), template, row.version)
