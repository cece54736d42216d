"""Signatures on webhooks, the way most providers make them. Pure.

`t=<unix seconds>,v1=<hex>`: an HMAC-SHA256 over the time, a dot, and the bytes of the body.
There may be several `v1`, while a secret is being replaced.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.kit import errors

TOLERANCE = timedelta(minutes=5)


class BadSignature(errors.Unauthenticated):
    message = "the signature of the notice {problem}"
    problem: str


def header(secret: bytes, body: bytes, at: datetime) -> str:
    time = int(at.timestamp())
    return f"t={time},v1={_mac(secret, time, body)}"


def verify(secrets: Sequence[bytes], text: str, body: bytes, now: datetime) -> None:
    """Refuses what none of the secrets signed, and what was signed long ago or in times to come."""
    time, given = _parse(text)
    if not any(
        hmac.compare_digest(_mac(secret, time, body).encode(), one.encode())
        for secret in secrets
        for one in given
    ):
        raise BadSignature("does not fit its body")
    if abs(now.timestamp() - time) > TOLERANCE.total_seconds():
        raise BadSignature("is too far from now")


def _parse(text: str) -> tuple[int, list[str]]:
    if not text:
        raise BadSignature("is missing")
    pairs = [part.strip().partition("=") for part in text.split(",")]
    times = [value for key, _, value in pairs if key == "t"]
    given = [value for key, _, value in pairs if key == "v1"]
    # No more digits than a time has, so that no number is too large for anything.
    if len(times) != 1 or not given or not (times[0].isascii() and times[0].isdigit()):
        raise BadSignature("cannot be read")
    if len(times[0]) > 12:
        raise BadSignature("cannot be read")
    return int(times[0]), given


def _mac(secret: bytes, time: int, body: bytes) -> str:
    return hmac.new(secret, f"{time}.".encode() + body, hashlib.sha256).hexdigest()
