"""Templates on the wire. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.kit.etags import etag
from services.kit.names import Name
from services.kit.wire import timestamp
from services.messaging.messages.domain import Channel, Text
from services.messaging.messages.wire import CHANNELS
from services.messaging.templates.domain import (
    TEMPLATES,
    BadTemplate,
    BadVariable,
    Template,
    Translation,
    Type,
    Variable,
    WhatsAppTemplate,
)
from turnout.messaging.v1 import template_pb2

Message = template_pb2.MessageTemplate

TYPES = {
    Type.TEXT: Message.Variable.TYPE_TEXT,
    Type.NUMBER: Message.Variable.TYPE_NUMBER,
    Type.TIME: Message.Variable.TYPE_TIME,
    Type.LINK: Message.Variable.TYPE_LINK,
}
BY_NUMBER = {number: type for type, number in TYPES.items()}
BY_CHANNEL = {number: channel for channel, number in CHANNELS.items()}
PATCHABLE = frozenset({"display_name", "variables", "translations"})


def template(value: Template) -> template_pb2.MessageTemplate:
    return Message(
        name=TEMPLATES.format(value.name),
        display_name=value.display_name,
        variables=(
            Message.Variable(name=each.name, type=TYPES[each.type], optional=each.optional)
            for each in value.variables
        ),
        translations=(
            Message.Translation(
                language_code=each.language,
                subject=each.subject,
                body=each.body,
                text=each.text,
                whatsapp=_whatsapp(each.whatsapp) if each.whatsapp else None,
            )
            for each in value.translations
        ),
        version=value.version,
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )


def created(
    request: template_pb2.CreateMessageTemplateRequest,
    organization: uuid.UUID,
    *,
    id: uuid.UUID,
    now: datetime,
) -> Template:
    sent = request.message_template
    return Template(
        name=Name(organization, id),
        display_name=sent.display_name,
        variables=_variables(sent),
        translations=_translations(sent),
        create_time=now,
        update_time=now,
    )


def revision(
    sent: template_pb2.MessageTemplate, paths: frozenset[str]
) -> Callable[[Template], Template]:
    """What makes of a template one with the fields at `paths` as they were sent."""
    changes: dict[str, Any] = {}
    if "display_name" in paths:
        changes["display_name"] = sent.display_name
    if "variables" in paths:
        changes["variables"] = _variables(sent)
    if "translations" in paths:
        changes["translations"] = _translations(sent)
    return lambda before: replace(before, **changes)


def channel(number: int) -> Channel:
    """By what a template is tried; by e-mail where nobody says."""
    found = BY_CHANNEL[number]  # type: ignore[index]
    return Channel.EMAIL if found is Channel.NONE else found


def values(given: Iterable[template_pb2.VariableValue]) -> dict[str, str]:
    """What is filled in, by the names of the variables."""
    found: dict[str, str] = {}
    for index, each in enumerate(given):
        if each.name in found:
            raise BadVariable(f"variables[{index}].name", "is there already")
        found[each.name] = each.value
    return found


def previewed(language: str, text: Text) -> template_pb2.PreviewMessageTemplateResponse:
    return template_pb2.PreviewMessageTemplateResponse(
        language_code=language, subject=text.subject, body=text.body
    )


def _variables(sent: template_pb2.MessageTemplate) -> tuple[Variable, ...]:
    return tuple(
        Variable(each.name, BY_NUMBER.get(each.type, Type.TEXT), each.optional)
        for each in sent.variables
    )


def _translations(sent: template_pb2.MessageTemplate) -> tuple[Translation, ...]:
    if not sent.translations:
        raise BadTemplate("message_template.translations", "must be given")
    return tuple(
        Translation(
            each.language_code,
            each.subject,
            each.body,
            each.text,
            _read_whatsapp(each.whatsapp) if each.HasField("whatsapp") else None,
        )
        for each in sent.translations
    )


def _whatsapp(value: WhatsAppTemplate) -> template_pb2.MessageTemplate.WhatsAppTemplate:
    return Message.WhatsAppTemplate(
        name=value.name,
        language_code=value.language,
        body_variables=value.body,
        named=value.named,
        header_variable=value.header,
        link_button=value.link_button,
        quick_reply_count=value.quick_replies,
    )


def _read_whatsapp(sent: template_pb2.MessageTemplate.WhatsAppTemplate) -> WhatsAppTemplate:
    return WhatsAppTemplate(
        name=sent.name,
        language=sent.language_code,
        body=tuple(sent.body_variables),
        named=sent.named,
        header=sent.header_variable,
        link_button=sent.link_button,
        quick_replies=sent.quick_reply_count,
    )
