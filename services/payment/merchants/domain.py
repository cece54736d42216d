"""The rules of accounts with those who move money. Pure."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.kit import errors
from services.kit.money import Money
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
# All of it, in hundredths of a percent.
WHOLE = 10_000


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
class Platform:
    """The account of whoever runs this installation, which others are connected to."""

    # Empty where there is none.
    api_key: str = field(default="", repr=False)
    publishable_key: str = ""
    secrets: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True)
class Fees:
    """What the platform keeps of a payment through a connected account."""

    # In hundredths of a percent.
    share: int = 0
    # In minor units, by currency.
    fixed: Mapping[str, int] = field(default_factory=dict)

    def of(self, amount: Money) -> Money:
        """The fee of a payment, which is never more than that."""
        share = (amount.minor * self.share + WHOLE // 2) // WHOLE
        fee = share + self.fixed.get(amount.currency, 0)
        return Money(amount.currency, min(fee, amount.minor))


@dataclass(frozen=True)
class Connection:
    """What a provider says of an account that is connected to the platform's."""

    # Where the organization is at home, and how the provider writes to it. May be empty.
    region: str = ""
    email: str = ""
    # How the provider calls the account. Empty before it was made.
    reference: str = ""
    charges_enabled: bool = False
    payouts_enabled: bool = False
    # What the provider wants to know before it goes on.
    due: tuple[str, ...] = ()
    # When the provider was asked last.
    check_time: datetime | None = None


@dataclass(frozen=True)
class Status:
    """How an account stands with its provider."""

    reference: str
    charges_enabled: bool
    payouts_enabled: bool
    due: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """Leads once to the forms of a provider."""

    uri: str = field(repr=False)
    expire_time: datetime | None = None


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
    # None: it has keys of its own.
    connection: Connection | None = None
    version: int = 1


class MerchantAccountNotFound(errors.NotFound):
    message = "there is no merchant account {merchant_account}"
    merchant_account: str


class BadMerchantAccount(errors.Invalid):
    """An account that cannot be as it is asked for."""


class MerchantAccountInUse(errors.Unmet):
    message = "{merchant_account} is enabled, or payments went through it; disable it instead"
    merchant_account: str


class NoPlatform(errors.Unmet):
    message = "nothing can be connected here: the platform has no account with {provider}"
    provider: str


class MerchantAccountConnected(errors.Unmet):
    message = "{merchant_account} is connected to the platform, and has no keys of its own"
    merchant_account: str


class MerchantAccountNotConnected(errors.Unmet):
    message = "{merchant_account} has keys of its own; its owner looks after it at the provider"
    merchant_account: str


class MerchantAccountNotReady(errors.Unmet):
    message = "{merchant_account} cannot take payments yet; the provider wants to know: {due}"
    merchant_account: str
    due: str


class ProviderRefused(errors.Unmet):
    message = "{provider} refused: {problem}"
    provider: str
    problem: str


class ProviderUnreachable(errors.Unreachable):
    message = "{provider} does not answer; try again in a moment"
    provider: str


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


def connect(
    name: Name, platform: Platform, plan: Plan, *, region: str, email: str, now: datetime
) -> Merchant:
    """An account that is going to be one at the provider's, under the platform's."""
    if not platform.api_key:
        raise NoPlatform(STRIPE)
    return Merchant(
        name=name,
        provider=STRIPE,
        plan=plan,
        mode=mode_of(platform.api_key),
        api_key_hint="",
        secret_hints=(),
        create_time=now,
        update_time=now,
        connection=Connection(region, email),
    )


def connected(merchant: Merchant) -> Connection:
    """The connection of an account; refuses one with keys of its own."""
    if merchant.connection is None:
        raise MerchantAccountNotConnected(MERCHANTS.format(merchant.name))
    return merchant.connection


def heard(merchant: Merchant, status: Status, now: datetime) -> Merchant:
    """An account as its provider says that it stands."""
    known = replace(
        connected(merchant),
        reference=status.reference,
        charges_enabled=status.charges_enabled,
        payouts_enabled=status.payouts_enabled,
        due=status.due,
        check_time=now,
    )
    return replace(merchant, connection=known, update_time=now)


def check_ready(merchant: Merchant) -> None:
    """Refuses what cannot take payments."""
    connection = merchant.connection
    if connection is not None and not connection.charges_enabled:
        due = ", ".join(connection.due) or "nothing yet"
        raise MerchantAccountNotReady(MERCHANTS.format(merchant.name), due)


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
    if merchant.connection is not None:
        raise MerchantAccountConnected(MERCHANTS.format(merchant.name))
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


def kept(connection: Connection | None) -> dict[str, Any] | None:
    if connection is None:
        return None
    time = connection.check_time
    return asdict(connection) | {"check_time": time and time.isoformat()}


def connection(kept: dict[str, Any] | None) -> Connection | None:
    if kept is None:
        return None
    time = kept["check_time"]
    known = {"due": tuple(kept["due"]), "check_time": time and datetime.fromisoformat(time)}
    return Connection(**kept | known)


def written(secrets: Sequence[Secret]) -> list[list[str | None]]:
    return [
        [one.value, one.expire_time.isoformat() if one.expire_time else None] for one in secrets
    ]


def read(pairs: list[list[str | None]]) -> tuple[Secret, ...]:
    return tuple(
        Secret(str(value), datetime.fromisoformat(end) if end else None) for value, end in pairs
    )
