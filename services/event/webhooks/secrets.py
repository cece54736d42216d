"""The secrets of endpoints: each follows from the service's key, the endpoint and a number.

So none is kept anywhere, and one that was shown cannot be read again by anybody but us.
"""

from __future__ import annotations

from datetime import datetime

from services.event.webhooks import domain
from services.event.webhooks.domain import ENDPOINTS, Endpoint, Told
from services.kit.secrets import derive


def secret(key: bytes, endpoint: Endpoint, generation: int | None = None) -> bytes:
    number = endpoint.generation if generation is None else generation
    return derive(key, f"{ENDPOINTS.format(endpoint.name)}/{number}")


def text(key: bytes, endpoint: Endpoint) -> str:
    """The newest secret as one writes it down."""
    return domain.secret_text(secret(key, endpoint))


def headers(key: bytes, endpoint: Endpoint, told: Told, now: datetime) -> dict[str, str]:
    """What a request bears: all secrets that are good now sign it."""
    numbers = domain.generations(endpoint, now)
    return domain.headers(told, tuple(secret(key, endpoint, n) for n in numbers), now)
