"""Webhooks on the wire: messages to values and back, and facts as JSON. Pure."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from services.event.webhooks.domain import (
    DELIVERIES,
    ENDPOINTS,
    Delivery,
    Endpoint,
    Fate,
    Plan,
    State,
    Told,
)
from services.kit import masks
from services.kit.etags import etag
from services.kit.names import Name
from services.kit.wire import EPOCH, instant, timestamp
from turnout.event.v1 import webhook_pb2
from turnout.event.v1.webhook_pb2 import WebhookDelivery, WebhookEndpoint

STATES = {
    State.ENABLED: WebhookEndpoint.STATE_ENABLED,
    State.PAUSED: WebhookEndpoint.STATE_PAUSED,
}
FATES = {
    Fate.PENDING: WebhookDelivery.STATE_PENDING,
    Fate.DELIVERED: WebhookDelivery.STATE_DELIVERED,
    Fate.FAILED: WebhookDelivery.STATE_FAILED,
}
READ = {number: fate for fate, number in FATES.items()}
PATCHABLE = frozenset({"uri", "kinds", "description"})
# Fields that open something for who reads them, in whatever fact.
SECRETS = frozenset({"link", "code"})


def plan(message: WebhookEndpoint) -> Plan:
    kinds = tuple(dict.fromkeys(message.kinds))
    return Plan(message.uri.strip(), kinds, message.description.strip())


def revision(current: Endpoint, sent: WebhookEndpoint, paths: frozenset[str]) -> Plan:
    """The plan of an endpoint with the fields at `paths` as they were sent."""
    return plan(masks.merged(endpoint(current), sent, paths))


def endpoint(value: Endpoint, secret: str = "") -> WebhookEndpoint:
    return WebhookEndpoint(
        name=ENDPOINTS.format(value.name),
        uri=value.plan.uri,
        kinds=value.plan.kinds,
        description=value.plan.description,
        state=STATES[value.state],
        pause_reason=value.pause_reason,
        secret=secret,
        failures=value.failures,
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        overlap_end_time=timestamp(value.overlap_end),
        etag=etag(value.version),
    )


def delivery(value: Delivery) -> WebhookDelivery:
    told, outcome = value.told, value.outcome
    return WebhookDelivery(
        name=DELIVERIES.format(value.name),
        webhook_endpoint=ENDPOINTS.format(Name(value.name.organization, value.endpoint)),
        webhook_id=str(told.id),
        kind=told.kind,
        subject=told.subject,
        body=told.body,
        state=FATES[value.fate],
        attempts=value.attempts,
        response_status=outcome.status,
        response_body=outcome.body,
        failure_reason=outcome.problem,
        create_time=timestamp(told.time),
        attempt_time=timestamp(value.attempt_time),
        next_attempt_time=timestamp(value.next_time),
        etag=etag(value.version),
    )


def asked(request: webhook_pb2.ListWebhookDeliveriesRequest) -> tuple[Name | None, Fate | None]:
    """Which deliveries a list is of: those to an endpoint, and those in a state."""
    text = request.webhook_endpoint
    return ENDPOINTS.parse(text, "webhook_endpoint") if text else None, READ.get(request.state)


def span(
    request: webhook_pb2.ReplayWebhookDeliveriesRequest, now: datetime
) -> tuple[datetime, datetime]:
    """From when until when what became true is told again."""
    return instant(request.start_time) or EPOCH, instant(request.end_time) or now


def key(value: Endpoint | Delivery) -> tuple[uuid.UUID]:
    """What lists are sorted by."""
    return (value.name.id,)


def paused(value: Endpoint) -> webhook_pb2.WebhookEndpointPaused:
    return webhook_pb2.WebhookEndpointPaused(
        webhook_endpoint=ENDPOINTS.format(value.name),
        uri=value.plan.uri,
        reason=value.pause_reason,
    )


def told(fact: Message, id: uuid.UUID, subject: str, time: datetime) -> Told:
    """A fact as JSON, without what opens something."""
    shown = type(fact)()
    shown.CopyFrom(fact)
    redact(shown)
    kind = fact.DESCRIPTOR.name
    body = {
        "type": kind,
        "id": str(id),
        "subject": subject,
        "timestamp": timestamp_text(time),
        "data": json_format.MessageToDict(shown),
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Told(id, kind, subject, text, time)


def redact(message: Any) -> None:
    for field, value in message.ListFields():
        if field.name in SECRETS:
            message.ClearField(field.name)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for each in value if field.is_repeated else [value]:
                redact(each)


def timestamp_text(time: datetime) -> str:
    message = timestamp(time)
    return message.ToJsonString() if message is not None else ""
