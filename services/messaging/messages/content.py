"""What a message says beside its words, as it is sealed together with them. Pure.

Most channels take words alone; others have buttons, approved templates, or a way to ask where
somebody is. Which of it is used, the channel decides when the message goes out.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from services.messaging.messages.domain import Button, Link, ProviderTemplate

# What no text begins with that somebody can read.
_MARK = "\0"


@dataclass(frozen=True)
class Content:
    """All that a message says. `body` says everything by itself."""

    body: str = field(repr=False)
    # A language tag such as `pt-BR`; empty when not known.
    language: str = ""
    links: tuple[Link, ...] = ()
    buttons: tuple[Button, ...] = ()
    # The same in words that the provider has approved.
    template: ProviderTemplate | None = field(default=None, repr=False)
    asks_location: bool = False
    # What the provider calls the message that it answers.
    reply_to: str = ""


def packed(content: Content) -> str:
    """One text: the words alone, where there is nothing beside them."""
    if content == Content(content.body) and not content.body.startswith(_MARK):
        return content.body
    return _MARK + json.dumps(asdict(content), ensure_ascii=False)


def unpacked(text: str) -> Content:
    if not text.startswith(_MARK):
        return Content(text)
    said = json.loads(text[len(_MARK) :])
    template = said.pop("template")
    return Content(
        **{
            **said,
            "links": tuple(Link(**each) for each in said["links"]),
            "buttons": tuple(Button(**each) for each in said["buttons"]),
            "template": _template(template) if template else None,
        }
    )


def _template(said: dict[str, Any]) -> ProviderTemplate:
    parameters = tuple((name, value) for name, value in said["parameters"])
    return ProviderTemplate(**{**said, "parameters": parameters})
