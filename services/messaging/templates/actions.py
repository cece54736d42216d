"""What is done with templates, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.names import ORGANIZATIONS, Name
from services.kit.pages import Page
from services.messaging.messages.domain import Channel, Kind, Message, Text
from services.messaging.notices import actions as notices
from services.messaging.notices.domain import Notice
from services.messaging.templates import domain, store
from services.messaging.templates.domain import TEMPLATES, Template
from services.messaging.wordings import store as wordings
from services.messaging.wordings.domain import need_fit


@dataclass(frozen=True)
class Trial:
    """What a template is tried with."""

    language: str
    channel: Channel
    values: Mapping[str, str]


async def create(tx: Tx, template: Template) -> Template:
    domain.checked(template)
    await store.add(tx, template)
    await store.add_version(tx, template)
    return template


async def update(
    tx: Tx,
    name: Name,
    revision: Callable[[Template], Template],
    now: datetime,
    *,
    seen: int | None,
) -> Template:
    before = await _locked(tx, name, seen)
    after = domain.revised(before, revision(before), now)
    if after != before:
        for kind in await wordings.kinds_of(tx, name):
            need_fit(after, kind, "message_template.variables")
        await store.add_version(tx, after)
        await store.move(tx, after)
    return after


async def delete(tx: Tx, name: Name, *, seen: int | None) -> None:
    await _locked(tx, name, seen)
    await store.drop(tx, name)


async def template(tx: Tx, name: Name, version: int | None = None) -> Template:
    found = await store.find(tx, name, version)
    if found is None:
        raise domain.MessageTemplateNotFound(TEMPLATES.format(name))
    return found


async def templates(tx: Tx, organization: uuid.UUID, page: Page) -> tuple[Sequence[Template], str]:
    """A page of templates, and the token of the next."""
    found = await store.page(tx, organization, page)
    return page.cut(found, lambda each: (each.name.id,))


async def preview(tx: Tx, name: Name, trial: Trial) -> tuple[str, Text]:
    """The language of a template that was chosen, and what it says."""
    words, filled = await _tried(tx, name, trial)
    return words.language, domain.write(words, trial.channel, filled)


async def send_test(
    tx: Tx, name: Name, address: str, trial: Trial, *, key: bytes, now: datetime
) -> Message:
    """Sends what a template says to one address, on behalf of the organization."""
    words, filled = await _tried(tx, name, trial)
    text = domain.write(words, trial.channel, filled)
    notice = Notice(
        Kind.TEST,
        ORGANIZATIONS.format(name.organization),
        by=(trial.channel, domain.address(trial.channel, address)),
        subject=text.subject,
        text=text.body.strip(),
        template=domain.approved(words, filled),
    )
    (queued,) = await notices.tell(tx, name.organization, notice, key=key, now=now)
    return queued


async def _tried(tx: Tx, name: Name, trial: Trial) -> tuple[domain.Translation, Mapping[str, str]]:
    """The words that are chosen, and what is filled in."""
    found = await template(tx, name)
    words = domain.translation(found, trial.language)
    filled = domain.values(found.variables, trial.values, words.language)
    given = {key: trial.values.get(key, example) for key, example in domain.GIVEN.items()}
    return words, given | filled


async def _locked(tx: Tx, name: Name, seen: int | None) -> Template:
    found = await store.lock(tx, name)
    if found is None:
        raise domain.MessageTemplateNotFound(TEMPLATES.format(name))
    if seen not in (None, found.version):
        raise StaleEtag(TEMPLATES.format(name))
    return found
