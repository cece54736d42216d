"""The rules of second factors. Plain values in, plain values out: no clock, no chance.

Codes are those of RFC 6238 with SHA-1, six digits and 30 seconds, which every app knows.
"""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp

from services.kit import errors

STEP = timedelta(seconds=30)
# How many steps the clock of a phone may be off.
DRIFT = 1
RECOVERY_CODES = 10
REMEMBERED = timedelta(days=30)
ISSUER = "Turnout"


@dataclass(frozen=True)
class Factor:
    user: uuid.UUID
    # In Base32.
    secret: str = field(repr=False)
    # Since when it guards the account, if it does.
    confirm_time: datetime | None
    # The step of the last code that was taken.
    last_step: int


@dataclass(frozen=True)
class Proof:
    """What somebody shows beside the password; each may be empty."""

    code: str = field(default="", repr=False)
    device_token: str = field(default="", repr=False)
    # Whether the device is to be remembered.
    remember: bool = False


@dataclass(frozen=True)
class State:
    """How an account is guarded."""

    confirm_time: datetime | None
    recovery_codes: int
    devices: int


class SecondFactorRequired(errors.Unauthenticated):
    message = "the account has a second factor; send what the app shows as second_factor_code"


class BadSecondFactor(errors.Unauthenticated):
    message = "the code is wrong, or was used before; wait for the next one"


class SecondFactorOn(errors.Unmet):
    message = "the account has a second factor; remove it first"


class NoSecondFactor(errors.Unmet):
    message = "the account has no second factor; enroll one first"


def step_of(now: datetime) -> int:
    return int(now.timestamp() // STEP.total_seconds())


def code_at(secret: str, step: int) -> str:
    """What an app shows during a step."""
    return pyotp.TOTP(secret).generate_otp(step)


def matched(factor: Factor, code: str, now: datetime) -> int | None:
    """The step that a code is of; None if it is of none, or of one that is no longer taken.

    The same work whether it is right or not.
    """
    current = step_of(now)
    steps = range(current - DRIFT, current + DRIFT + 1)
    right = [step for step in steps if hmac.compare_digest(code_at(factor.secret, step), code)]
    fresh = [step for step in right if step > factor.last_step]
    return fresh[0] if fresh else None


def normal(code: str) -> str:
    """A code as it was given, however somebody wrote it."""
    return "".join(code.split()).replace("-", "").lower()


def uri(secret: str, email: str) -> str:
    """What a QR code says."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
