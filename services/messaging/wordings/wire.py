"""Own words for what is told, on the wire. Pure."""

from __future__ import annotations

import uuid
from dataclasses import replace

from services.kit.etags import etag
from services.kit.masks import merged, paths
from services.kit.names import ORGANIZATIONS, BadName
from services.messaging.messages.domain import Kind
from services.messaging.templates.domain import GIVEN, TEMPLATES
from services.messaging.wordings.domain import GIVES, Wording
from turnout.messaging.v1 import notice_template_pb2 as pb2

FIELDS = frozenset({"message_template"})
KINDS = sorted(GIVES, key=lambda kind: kind.value)


def wording_name(organization: uuid.UUID, kind: Kind) -> str:
    return f"{ORGANIZATIONS.format(organization)}/noticeTemplates/{kind.value}"


def wording_of(text: str, field: str = "name") -> tuple[uuid.UUID, Kind]:
    """Whose words those are, and for which kind of messages."""
    owner, _, word = text.rpartition("/")
    owner, _, plural = owner.rpartition("/")
    found = next((kind for kind in KINDS if kind.value == word), None)
    if found is None or plural != "noticeTemplates":
        words = ", ".join(kind.value for kind in KINDS)
        shape = f"must look like organizations/{{uuid}}/noticeTemplates/{{kind}}, of {words}"
        raise BadName(field, shape)
    return ORGANIZATIONS.parse(owner, field), found


def wording(value: Wording) -> pb2.NoticeTemplate:
    return pb2.NoticeTemplate(
        name=wording_name(value.organization, value.kind),
        message_template=TEMPLATES.format(value.template) if value.template else "",
        variables=[*GIVEN, *GIVES[value.kind]],
        etag=etag(value.version),
    )


def changed(before: Wording, request: pb2.UpdateNoticeTemplateRequest) -> Wording:
    """What it becomes."""
    sent = request.notice_template
    wanted = merged(wording(before), sent, paths(request.update_mask, sent, FIELDS))
    if not wanted.message_template:
        return replace(before, template=None)
    field = "notice_template.message_template"
    return replace(before, template=TEMPLATES.parse(wanted.message_template, field))
