"""The rules of webhooks. Plain values in, plain values out: no clock, no chance, no network."""

from __future__ import annotations

import base64
import dataclasses
import enum
import hashlib
import hmac
import urllib.parse
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.addresses import is_public, literal_address
from services.kit.names import Collection, Name

ENDPOINTS = Collection("webhookEndpoints", "turnout.app/WebhookEndpoint")
DELIVERIES = Collection("webhookDeliveries", "turnout.app/WebhookDelivery")

MOST = 20
# For how long the secret before still signs.
OVERLAP = timedelta(days=1)
# For how long it is known what was delivered.
KEPT = timedelta(days=30)
# After the first attempt, the second and so on, until the next one.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
)
JITTER = 0.2
# So many failures in a row pause an endpoint, and so does this answer.
PATIENCE = 30
GONE = 410


class State(enum.Enum):
    ENABLED = "enabled"
    PAUSED = "paused"


class Fate(enum.Enum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Plan:
    """What an organization says of an endpoint, and may change."""

    uri: str
    # Names of facts; everything if empty.
    kinds: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Endpoint:
    name: Name
    plan: Plan
    create_time: datetime
    update_time: datetime
    state: State = State.ENABLED
    pause_reason: str = ""
    # Which of its secrets it is by now, from 1, and until when the one before signs too.
    generation: int = 1
    overlap_end: datetime | None = None
    failures: int = 0
    version: int = 1


@dataclass(frozen=True)
class Told:
    """A fact as endpoints are told it."""

    id: uuid.UUID
    kind: str
    subject: str
    body: str
    time: datetime


@dataclass(frozen=True)
class Outcome:
    """What an endpoint answered: a status of HTTP, or 0 and why there was none."""

    status: int
    body: str = ""
    problem: str = ""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Delivery:
    name: Name
    endpoint: uuid.UUID
    told: Told
    fate: Fate = Fate.PENDING
    attempts: int = 0
    outcome: Outcome = field(default_factory=lambda: Outcome(0))
    attempt_time: datetime | None = None
    next_time: datetime | None = None
    version: int = 1


class BadWebhook(errors.Invalid):
    """A value that no endpoint has."""


class WebhookEndpointNotFound(errors.NotFound):
    message = "there is no {webhook_endpoint}"
    webhook_endpoint: str


class WebhookDeliveryNotFound(errors.NotFound):
    message = "there is no {webhook_delivery}, or not any more"
    webhook_delivery: str


class TooManyWebhooks(errors.Unmet):
    message = "{organization} has {most} webhook endpoints, and may have no more"
    organization: str
    most: int


# --- what an organization does


def check(plan: Plan, known: frozenset[str], *, loopback: bool) -> None:
    """Refuses an address that is none of a public server, as far as it says itself.

    `loopback` lets addresses of this machine be, and without encryption.
    """
    at = "webhook_endpoint.uri"
    try:
        parts = urllib.parse.urlsplit(plan.uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadWebhook(at, "must be an address, such as https://example.org/hooks") from None
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise BadWebhook(at, "must begin with https://")
    if not host or not plan.uri.isascii() or not plan.uri.isprintable() or " " in plan.uri:
        raise BadWebhook(at, "must be an address, such as https://example.org/hooks")
    if parts.username is not None or parts.fragment or "\\" in plan.uri:
        raise BadWebhook(at, "must have no user and no fragment in it")
    literal = literal_address(host)
    if literal is not None and not is_public(literal, loopback=loopback):
        raise BadWebhook(at, "must be the address of a public server")
    for index, kind in enumerate(plan.kinds):
        if kind not in known:
            problem = "must be the name of a fact, such as BookingConfirmed"
            raise BadWebhook(f"webhook_endpoint.kinds[{index}]", problem)


def revise(endpoint: Endpoint, plan: Plan, now: datetime) -> Endpoint:
    return dataclasses.replace(endpoint, plan=plan, update_time=now)


def rotate(endpoint: Endpoint, now: datetime) -> Endpoint:
    return dataclasses.replace(
        endpoint,
        generation=endpoint.generation + 1,
        overlap_end=now + OVERLAP,
        update_time=now,
    )


def pause(endpoint: Endpoint, reason: str, now: datetime) -> Endpoint:
    if endpoint.state is State.PAUSED:
        return endpoint
    return dataclasses.replace(endpoint, state=State.PAUSED, pause_reason=reason, update_time=now)


def resume(endpoint: Endpoint, now: datetime) -> Endpoint:
    if endpoint.state is State.ENABLED:
        return endpoint
    return dataclasses.replace(
        endpoint, state=State.ENABLED, pause_reason="", failures=0, update_time=now
    )


# --- signatures (Standard Webhooks 1.0)


def secret_text(secret: bytes) -> str:
    return "whsec_" + base64.b64encode(secret).decode()


def generations(endpoint: Endpoint, now: datetime) -> tuple[int, ...]:
    """Whose secrets sign a request: the newest first."""
    overlaps = endpoint.overlap_end is not None and now < endpoint.overlap_end
    return (endpoint.generation, endpoint.generation - 1) if overlaps else (endpoint.generation,)


def headers(told: Told, secrets: tuple[bytes, ...], now: datetime) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    content = f"{told.id}.{stamp}.{told.body}".encode()
    signatures = [
        "v1," + base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
        for secret in secrets
    ]
    return {
        "content-type": "application/json",
        "user-agent": "turnout-webhooks/1",
        "webhook-id": str(told.id),
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }


# --- what becomes of a delivery


def settle(delivery: Delivery, outcome: Outcome, now: datetime, *, chance: float) -> Delivery:
    """What a delivery is after an attempt; `chance`, from 0 to 1, spreads the next ones."""
    attempts = delivery.attempts + 1
    tried = dataclasses.replace(
        delivery,
        attempts=attempts,
        outcome=outcome,
        attempt_time=now,
        next_time=None,
        version=delivery.version + 1,
    )
    if outcome.good:
        return dataclasses.replace(tried, fate=Fate.DELIVERED)
    if attempts > len(PAUSES):
        return dataclasses.replace(tried, fate=Fate.FAILED)
    later = PAUSES[attempts - 1] * (1 + JITTER * (2 * chance - 1))
    return dataclasses.replace(tried, next_time=now + later)


def judge(endpoint: Endpoint, outcome: Outcome, now: datetime) -> Endpoint:
    """What an endpoint is after an attempt."""
    if outcome.good:
        return dataclasses.replace(endpoint, failures=0)
    failed = dataclasses.replace(endpoint, failures=endpoint.failures + 1)
    if outcome.status == GONE:
        return pause(failed, "the endpoint answered 410, which says that it is gone", now)
    if failed.failures >= PATIENCE:
        last = outcome.problem or f"HTTP status {outcome.status}"
        return pause(failed, f"failed {failed.failures} times in a row, the last time: {last}", now)
    return failed


def again(delivery: Delivery, now: datetime) -> Delivery:
    """A delivery that is to be tried as if it were new."""
    return dataclasses.replace(
        delivery, fate=Fate.PENDING, attempts=0, next_time=now, version=delivery.version + 1
    )
