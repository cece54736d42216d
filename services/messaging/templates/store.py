"""Templates in Postgres. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.templates.domain import (
    Template,
    Translation,
    Type,
    Variable,
    WhatsAppTemplate,
)
from services.messaging.templates.tables import message_template_versions, message_templates

_t, _v = message_templates.c, message_template_versions.c
_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_this = (_t.organization == _ORGANIZATION, _t.id == sa.bindparam("id", type_=sa.Uuid))
_both = message_templates.join(
    message_template_versions, sa.and_(_v.organization == _t.organization, _v.template == _t.id)
)
_shown = sa.select(
    _t.organization,
    _t.id,
    _t.create_time,
    _v.version,
    _v.display_name,
    _v.variables,
    _v.translations,
    _v.create_time.label("update_time"),
).select_from(_both)
_wanted = sa.bindparam("version", type_=sa.Integer)
_FIND = sql(_shown.where(*_this, _v.version == sa.func.coalesce(_wanted, _t.version)))
_LOCK = sql(_shown.where(*_this, _v.version == _t.version).with_for_update(of=message_templates))
_last = sa.bindparam("last", type_=sa.Uuid)
_PAGE = sql(
    _shown.where(
        _t.organization == _ORGANIZATION,
        _v.version == _t.version,
        sa.or_(_last.is_(None), _t.id > _last),
    )
    .order_by(_t.id)
    .limit(sa.bindparam("most"))
)
_ADD = sql(sa.insert(message_templates))
_ADD_VERSION = sql(sa.insert(message_template_versions))
_MOVE = sql(
    sa.update(message_templates)
    .where(_t.organization == sa.bindparam("of"), _t.id == sa.bindparam("template"))
    .values(version=sa.bindparam("new_version", type_=sa.Integer))
)
_DROP = sql(sa.delete(message_templates).where(*_this))


async def find(tx: Tx, name: Name, version: int | None = None) -> Template | None:
    """A template as it is, or as it was in a version."""
    row = await tx.maybe(_FIND, organization=name.organization, id=name.id, version=version)
    return None if row is None else _read(row)


async def lock(tx: Tx, name: Name) -> Template | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def page(tx: Tx, organization: uuid.UUID, page: Page) -> list[Template]:
    rows = await tx.all(_PAGE, organization=organization, most=page.limit, **page.keys("last"))
    return [_read(row) for row in rows]


async def add(tx: Tx, template: Template) -> None:
    await tx.run(
        _ADD,
        organization=template.name.organization,
        id=template.name.id,
        version=template.version,
        create_time=template.create_time,
    )


async def add_version(tx: Tx, template: Template) -> None:
    await tx.run(
        _ADD_VERSION,
        organization=template.name.organization,
        template=template.name.id,
        version=template.version,
        display_name=template.display_name,
        variables=[
            {"name": each.name, "type": each.type.value, "optional": each.optional}
            for each in template.variables
        ],
        translations=[kept_translation(each) for each in template.translations],
        create_time=template.update_time,
    )


async def move(tx: Tx, template: Template) -> None:
    """Makes a version the one that counts."""
    of, id = template.name.organization, template.name.id
    await tx.run(_MOVE, of=of, template=id, new_version=template.version)


async def drop(tx: Tx, name: Name) -> None:
    await tx.run(_DROP, organization=name.organization, id=name.id)


def _read(row: Any) -> Template:
    return Template(
        name=Name(row.organization, row.id),
        display_name=row.display_name,
        variables=tuple(
            Variable(each["name"], Type(each["type"]), each["optional"]) for each in row.variables
        ),
        translations=tuple(map(read_translation, row.translations)),
        create_time=row.create_time,
        update_time=row.update_time,
        version=row.version,
    )


def kept_translation(translation: Translation) -> dict[str, Any]:
    """As it is in a column of JSON."""
    asked = translation.whatsapp
    return {
        "language": translation.language,
        "subject": translation.subject,
        "body": translation.body,
        "text": translation.text,
        "whatsapp": asdict(asked) if asked else None,
    }


def read_translation(kept: dict[str, Any]) -> Translation:
    asked = kept.get("whatsapp")
    whatsapp = WhatsAppTemplate(**{**asked, "body": tuple(asked["body"])}) if asked else None
    return Translation(**{**kept, "whatsapp": whatsapp})
