"""Writes what is told: by the organization's own template, or by the words that are built in.

Pure. What is filled in is never read as a template, and each value is a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.messaging.messages.content import Content
from services.messaging.messages.domain import Channel, Text
from services.messaging.templates import domain, rendering
from services.messaging.templates.domain import GIVEN, Template, Translation
from services.messaging.templates.rendering import Subject
from services.messaging.templates.words import ENGLISH, LANGUAGES
from services.messaging.wordings.domain import GIVES


def text(about: Subject, channel: Channel, own: Template | None) -> Text:
    """What the message says in words."""
    if own is None:
        return rendering.render(about, channel)
    words, filled = _filled(about, own)
    return domain.write(words, channel, filled)


def content(about: Subject, channel: Channel, own: Template | None) -> Content:
    """All that the message says on a channel."""
    if own is None:
        return rendering.content(about, channel)
    words, filled = _filled(about, own)
    return replace(
        rendering.content(about, channel, words.language),
        body=domain.write(words, channel, filled).body,
        template=domain.approved(words, filled) if channel is Channel.WHATSAPP else None,
    )


def _filled(about: Subject, own: Template) -> tuple[Translation, Mapping[str, str]]:
    """The words for who is written to, and what is filled in."""
    words = domain.translation(own, about.person.language if about.person else "")
    tag = domain.nearest(words.language, tuple(LANGUAGES)) or ENGLISH
    known = rendering.values(about, LANGUAGES[tag])
    told = (*GIVEN, *GIVES[about.notice.kind])
    filled = {name: _said(known[name]) for name in told}
    return words, {**{variable.name: "" for variable in own.variables}, **filled}


def _said(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else ""
    if value == 0:
        return ""
    return str(value)
