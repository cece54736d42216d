"""What a process of payment is told by its environment, beside what every service is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from services.kit.config import Env
from services.payment.domain import OFFLINE
from services.payment.merchants.domain import Fees, Platform

# Without one of its own, an organization has the sandbox, or takes money without a provider only.
PROVIDERS = ("sandbox", OFFLINE)
STRIPE_URL = "https://api.stripe.com"
_KEY = re.compile(r"[sr]k_(test|live)_[A-Za-z0-9_]{10,}")
_PUBLISHABLE = re.compile(r"pk_(test|live)_[A-Za-z0-9_]{10,}")
_SECRETS = re.compile(r"whsec_[A-Za-z0-9+/=_-]{16,}(,whsec_[A-Za-z0-9+/=_-]{16,})*")
_FIXED = re.compile(r"[A-Z]{3}:\d{1,9}(,[A-Z]{3}:\d{1,9})*")


@dataclass(frozen=True)
class Config:
    # Who moves the money of new payments of organizations without an account of their own.
    provider: str = PROVIDERS[0]
    # The file of a TrueType font to print invoices with. Empty: one that is found, or none.
    font: str = ""
    # Where Stripe is, how long one try may take, and how many follow the first at once.
    stripe_url: str = STRIPE_URL
    stripe_timeout: timedelta = timedelta(seconds=15)
    stripe_retries: int = 2
    # The account with Stripe that organizations are connected to; without a key none are.
    platform: Platform = field(default_factory=Platform)
    # What the platform keeps of what is paid through connected accounts.
    fees: Fees = field(default_factory=Fees)

    @classmethod
    def from_env(cls, env: Env) -> Config:
        return cls(
            provider=env.choice("TURNOUT_PAYMENT_PROVIDER", PROVIDERS, PROVIDERS[0]),
            font=env.text("TURNOUT_PDF_FONT", ""),
            stripe_url=env.text("TURNOUT_STRIPE_URL", STRIPE_URL).rstrip("/"),
            stripe_timeout=env.seconds("TURNOUT_STRIPE_TIMEOUT_SECONDS", 15),
            stripe_retries=env.integer("TURNOUT_STRIPE_RETRIES", 2, most=10),
            platform=_platform(env),
            fees=_fees(env),
        )


def _platform(env: Env) -> Platform:
    key, publishable, secrets = (
        env.matching(name, pattern, what)
        for name, pattern, what in (
            (
                "TURNOUT_STRIPE_PLATFORM_KEY",
                _KEY,
                "a secret key of Stripe's, such as sk_live_…",
            ),
            (
                "TURNOUT_STRIPE_PLATFORM_PUBLISHABLE_KEY",
                _PUBLISHABLE,
                "a publishable key of Stripe's, such as pk_live_…",
            ),
            (
                "TURNOUT_STRIPE_PLATFORM_WEBHOOK_SECRETS",
                _SECRETS,
                "signing secrets of Stripe's: whsec_…,whsec_…",
            ),
        )
    )
    return Platform(key, publishable, tuple(secrets.split(",")) if secrets else ())


def _fees(env: Env) -> Fees:
    fixed = env.matching("TURNOUT_PLATFORM_FEE_FIXED", _FIXED, "EUR:30,USD:30 in minor units")
    parts = (one.split(":") for one in fixed.split(",") if one)
    return Fees(
        env.integer("TURNOUT_PLATFORM_FEE_BASIS_POINTS", 0, most=10_000),
        {currency: int(minor) for currency, minor in parts},
    )
