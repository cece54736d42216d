"""What a circular says to each. Plain values in, plain values out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.kit.names import Name
from services.messaging.messages.content import Content
from services.messaging.messages.domain import Channel
from services.messaging.templates import domain as words
from services.messaging.templates.domain import Blank, Translation
from services.messaging.templates.rendering import one_line


@dataclass(frozen=True)
class Circular:
    """Words in one language, and what is filled in for everybody who reads them."""

    name: Name
    translation: Translation
    filled: Mapping[str, str]
    # By channel, made when they are first asked for.
    _blanks: dict[Channel, Blank] = field(default_factory=dict, repr=False, compare=False)

    def blank(self, channel: Channel) -> Blank:
        """Makes the text of somebody's name and link."""
        if channel not in self._blanks:
            self._blanks[channel] = words.blank(self.translation, channel, self.filled)
        return self._blanks[channel]


def circular_id(of: uuid.UUID, language: str) -> uuid.UUID:
    """The one of what is written to many, in a language."""
    return uuid.uuid5(of, language.lower())


def content(circular: Circular, channel: Channel, name: str, link: str) -> Content:
    """All that it says to somebody, by every word."""
    own = {"name": one_line(name), "link": link}
    body = circular.blank(channel)(own).body
    if channel is not Channel.WHATSAPP:
        return Content(body)
    chosen = circular.translation
    template = words.approved(chosen, {**circular.filled, **own})
    return Content(body, chosen.language, template=template)
