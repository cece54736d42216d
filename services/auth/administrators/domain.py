"""The rules of administrators. Plain values in, plain values out: no clock, no chance."""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime

from services.kit import errors


@dataclass(frozen=True)
class Administrator:
    user: uuid.UUID
    email: str
    display_name: str
    # Who made it one; None if it was the bootstrap secret.
    creator: uuid.UUID | None
    create_time: datetime


class BadBootstrap(errors.Unauthenticated):
    message = "an administrator makes others, and the bootstrap secret the first one, once"


class LastAdministrator(errors.Unmet):
    message = "{user} is the last administrator; make another one first"
    user: str


class AdministratorNotFound(errors.NotFound):
    message = "{user} is no administrator"
    user: str


def shown(secret: bytes, said: str) -> bytes:
    """The bootstrap secret, if somebody knows it. Raises BadBootstrap; empty opens nothing."""
    if not secret or not hmac.compare_digest(secret, said.encode()):
        raise BadBootstrap()
    return secret
