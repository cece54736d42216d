"""The rules of accounts with those who move money. Pure."""

from __future__ import annotations

import enum
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.names import Collection, Name

MERCHANTS = Collection("merchantAccounts", "turnout.app/MerchantAccount")
STRIPE = "stripe"
PROVIDERS = frozenset({STRIPE})
# Accounts of one organization.
MOST = 20
# How long a secret is good after the next one came, and how many may be.
OVERLAP = timedelta(days=1)
SECRETS = 4
HINT = 4


class State(enum.Enum):
    DISABLED = "disabled"
    ENABLED = "enabled"


class Mode(enum.Enum):
    """Whether money really moves."""

    TEST = "test"
    LIVE = "live"


class Capture(enum.Enum):
    """When the money of a card is taken."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


@dataclass(frozen=True)
class Plan:
    """What of an account may be changed, and is no secret."""

    display_name: str
    publishable_key: str = ""
    capture: Capture = Capture.AUTOMATIC
    statement_suffix: str = ""


@dataclass(frozen=True)
class Secret:
    """What webhooks are signed with, until a time or for good."""

    value: str = field(repr=False)
    expire_time: datetime | None = None

    def good(self, now: datetime) -> bool:
        return self.expire_time is None or now < self.expire_time


@dataclass(frozen=True)
class Credentials:
    """What opens an account. Kept sealed only."""

    api_key: str = field(repr=False)
    # The latest first.
    secrets: Sequence[Secret] = ()


@dataclass(frozen=True)
class Merchant:
    """An account, as far as it is no secret."""

    name: Name
    provider: str
    plan: Plan
    mode: Mode
    api_key_hint: str
    # The ends of the secrets, and until when they are good; the latest first.
    secret_hints: Sequence[Secret]
    create_time: datetime
    update_time: datetime
    state: State = State.DISABLED
    version: int = 1


class MerchantAccountNotFound(errors.NotFound):
    message = "there is no merchant account {merchant_account}"
    merchant_account: str


class BadMerchantAccount(errors.Invalid):
    """An account that cannot be as it is asked for."""


class MerchantAccountInUse(errors.Unmet):
    message = "{merchant_account} is enabled, or payments went through it; disable it instead"
    merchant_account: str


class TooManyMerchantAccounts(errors.Unmet):
    message = "{organization} has {most} merchant accounts, which is as many as it may have"
    organization: str
    most: int


def open(
    name: Name, provider: str, plan: Plan, credentials: Credentials, now: datetime
) -> Merchant:
    """An account that nothing goes through yet."""
    if provider not in PROVIDERS:
        known = ", ".join(sorted(PROVIDERS))
        raise BadMerchantAccount("merchant_account.provider", f"must be {known}")
    mode = mode_of(credentials.api_key)
    check(plan, mode)
    return Merchant(
        name=name,
        provider=provider,
        plan=plan,
        mode=mode,
        api_key_hint=hint(credentials.api_key),
        secret_hints=hints(credentials),
        create_time=now,
        update_time=now,
    )


def check(plan: Plan, mode: Mode) -> None:
    """Refuses a key of browsers that belongs to other keys."""
    if plan.publishable_key and mode_of(plan.publishable_key) is not mode:
        problem = f"must be of the same mode as the key, {mode.value}"
        raise BadMerchantAccount("merchant_account.publishable_key", problem)


def revise(merchant: Merchant, plan: Plan, now: datetime) -> Merchant:
    check(plan, merchant.mode)
    return replace(merchant, plan=plan, update_time=now)


def rotate(
    merchant: Merchant, before: Credentials, *, api_key: str, secret: str, now: datetime
) -> tuple[Merchant, Credentials]:
    """Another key, or one more secret, or both. Those before stay good for a while."""
    if not api_key and not secret:
        raise BadMerchantAccount("api_key", "must be there, or webhook_secret must")
    if api_key and mode_of(api_key) is not merchant.mode:
        raise BadMerchantAccount("api_key", f"must be of the same mode, {merchant.mode.value}")
    secrets = before.secrets
    if secret and all(secret != one.value for one in secrets):
        secrets = (Secret(secret), *_ending(secrets, now))[:SECRETS]
    after = Credentials(api_key or before.api_key, secrets)
    known = replace(
        merchant,
        api_key_hint=hint(after.api_key),
        secret_hints=hints(after),
        update_time=now,
    )
    return known, after


def _ending(secrets: Sequence[Secret], now: datetime) -> list[Secret]:
    """The secrets that are good still, which end when their time is over."""
    good = [one for one in secrets if one.good(now)]
    return [replace(one, expire_time=one.expire_time or now + OVERLAP) for one in good]


def mode_of(key: str) -> Mode:
    """Which mode a key is for; each says it in its second word."""
    return Mode.LIVE if key.split("_")[1] == Mode.LIVE.value else Mode.TEST


def hint(secret: str) -> str:
    return secret[-HINT:]


def hints(credentials: Credentials) -> tuple[Secret, ...]:
    return tuple(replace(one, value=hint(one.value)) for one in credentials.secrets)


# --- as it is kept


def packed(value: Credentials) -> bytes:
    said = {"api_key": value.api_key, "secrets": written(value.secrets)}
    return json.dumps(said).encode()


def unpacked(text: bytes) -> Credentials:
    said = json.loads(text)
    return Credentials(said["api_key"], read(said["secrets"]))


def written(secrets: Sequence[Secret]) -> list[list[str | None]]:
    return [
        [one.value, one.expire_time.isoformat() if one.expire_time else None] for one in secrets
    ]


def read(pairs: list[list[str | None]]) -> tuple[Secret, ...]:
    return tuple(
        Secret(str(value), datetime.fromisoformat(end) if end else None) for value, end in pairs
    )
