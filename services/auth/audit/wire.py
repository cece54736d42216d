"""The audit log on the wire and as CSV: messages to values and back. Pure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from google.api import httpbody_pb2

from services.auth.audit.domain import ENTRIES, Action, Entry, Wanted
from services.kit import filters, sheets
from services.kit.etags import etag
from services.kit.names import Name
from services.kit.wire import timestamp
from turnout.auth.v1 import audit_pb2

COMPARED = {
    "actor": ("=",),
    "action": ("=",),
    "target": ("=",),
    "result": ("=",),
    "create_time": (">=", "<"),
}
ACTION, RESULT = "ACTION_", "RESULT_"
RESULTS = {"DONE": False, "REFUSED": True}
HEADINGS = (
    "create_time",
    "actor",
    "action",
    "target",
    "result",
    "reason",
    "ip_address",
    "user_agent",
    "details",
    "name",
)


def wanted(request: Any) -> Wanted:
    """Which entries a request wants. Raises BadFilter."""
    found = filters.parse(request.filter, COMPARED)
    action, result = found.get(("action", "=")), found.get(("result", "="))
    since, before = found.get(("create_time", ">=")), found.get(("create_time", "<"))
    return Wanted(
        actor=found.get(("actor", "=")),
        action=None if action is None else _word(action, "action", ACTION, Action.__members__),
        target=found.get(("target", "=")),
        refused=None if result is None else RESULTS[_word(result, "result", RESULT, RESULTS)],
        since=None if since is None else filters.time(since, "create_time"),
        before=None if before is None else filters.time(before, "create_time"),
    )


def _word(text: str, field: str, prefix: str, words: Iterable[str]) -> str:
    return filters.one_of(text.removeprefix(prefix), field, list(words))


def entry(value: Entry, organization: uuid.UUID) -> audit_pb2.AuditEntry:
    """As an organization sees it."""
    return audit_pb2.AuditEntry(
        name=ENTRIES.format(Name(organization, value.id)),
        actor=value.actor,
        action=f"{ACTION}{value.action.value}",
        target=value.target,
        result=f"{RESULT}{_result(value)}",
        reason=value.reason,
        ip_address=value.origin.address,
        user_agent=value.origin.user_agent,
        details=value.details,
        create_time=timestamp(value.create_time),
        etag=etag(1),
    )


def _result(value: Entry) -> str:
    return "REFUSED" if value.reason else "DONE"


def headings() -> httpbody_pb2.HttpBody:
    return _body([HEADINGS])


def lines(values: Iterable[Entry], organization: uuid.UUID) -> httpbody_pb2.HttpBody:
    return _body([_cells(value, organization) for value in values])


def _cells(value: Entry, organization: uuid.UUID) -> tuple[str, ...]:
    return (
        value.create_time.isoformat().replace("+00:00", "Z"),
        value.actor,
        value.action.value,
        value.target,
        _result(value),
        value.reason,
        value.origin.address,
        value.origin.user_agent,
        json.dumps(dict(value.details), ensure_ascii=False) if value.details else "",
        ENTRIES.format(Name(organization, value.id)),
    )


def _body(rows: Iterable[Iterable[str]]) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(content_type=sheets.CONTENT_TYPE, data=sheets.lines(rows))
