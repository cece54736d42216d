"""Retentions on the wire. Pure."""

from __future__ import annotations

import uuid

from services.kit.etags import etag, expected
from services.kit.masks import merged, paths
from services.kit.names import ORGANIZATIONS, BadName
from services.location.retention import domain
from services.location.retention.domain import Retention
from turnout.location.v1 import retention_pb2

WORD = "retention"
FIELDS = frozenset({"compress_after_days", "delete_after_days"})


def name(organization: uuid.UUID) -> str:
    return f"{ORGANIZATIONS.format(organization)}/{WORD}"


def whose(text: str, field: str = "name") -> uuid.UUID:
    """Whose retention that is."""
    owner, _, word = text.rpartition("/")
    if word != WORD:
        raise BadName(field, f"must look like organizations/{{uuid}}/{WORD}")
    return ORGANIZATIONS.parse(owner, field)


def retention(value: Retention) -> retention_pb2.Retention:
    return retention_pb2.Retention(
        name=name(value.organization),
        compress_after_days=value.compress_after,
        delete_after_days=value.delete_after,
        etag=etag(value.version),
    )


def changed(before: Retention, request: retention_pb2.UpdateRetentionRequest) -> Retention:
    """What a retention becomes. What is cleared is as if nobody had said anything."""
    sent = request.retention
    wanted = merged(retention(before), sent, paths(request.update_mask, sent, FIELDS))
    return domain.change(
        before,
        wanted.compress_after_days or domain.COMPRESS_AFTER,
        wanted.delete_after_days or domain.DELETE_AFTER,
        name=sent.name,
        version=expected(sent.etag, "retention.etag"),
    )
