"""What is done with own words for what is told. Each function runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.messaging.messages.domain import Kind
from services.messaging.templates import store as templates
from services.messaging.templates.domain import TEMPLATES, MessageTemplateNotFound, Template
from services.messaging.wordings import domain, store, wire
from services.messaging.wordings.domain import Wording

FIELD = "notice_template.message_template"


async def wordings(tx: Tx, organization: uuid.UUID) -> list[Wording]:
    """All of them, by the words of their kinds."""
    known = await store.wordings(tx, organization)
    return [known.get(kind, Wording(organization, kind)) for kind in wire.KINDS]


async def own(tx: Tx, organization: uuid.UUID, kind: Kind) -> Template | None:
    """The template that messages of a kind are written by; None by what is built in."""
    if kind not in domain.GIVES:
        return None
    name = await store.template_of(tx, organization, kind)
    return await templates.find(tx, name) if name is not None else None


async def change(
    tx: Tx,
    organization: uuid.UUID,
    kind: Kind,
    rule: Callable[[Wording], Wording],
    version: int | None,
) -> Wording:
    before = await store.lock(tx, organization, kind)
    if version not in (None, before.version):
        raise StaleEtag(wire.wording_name(organization, kind))
    after = rule(before)
    if after.template is not None:
        # Nobody changes it until the commit.
        template = await templates.lock(tx, after.template)
        if template is None or after.template.organization != organization:
            raise MessageTemplateNotFound(TEMPLATES.format(after.template))
        domain.need_fit(template, kind, FIELD)
    await store.change(tx, after)
    return replace(after, version=before.version + 1)
