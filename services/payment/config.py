"""What a process of payment is told by its environment, beside what every service is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.kit.config import Env
from services.payment.domain import OFFLINE

# Without one of its own, an organization has the sandbox, or takes money without a provider only.
PROVIDERS = ("sandbox", OFFLINE)
STRIPE_URL = "https://api.stripe.com"


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

    @classmethod
    def from_env(cls, env: Env) -> Config:
        return cls(
            provider=env.choice("TURNOUT_PAYMENT_PROVIDER", PROVIDERS, PROVIDERS[0]),
            font=env.text("TURNOUT_PDF_FONT", ""),
            stripe_url=env.text("TURNOUT_STRIPE_URL", STRIPE_URL).rstrip("/"),
            stripe_timeout=env.seconds("TURNOUT_STRIPE_TIMEOUT_SECONDS", 15),
            stripe_retries=env.integer("TURNOUT_STRIPE_RETRIES", 2, most=10),
        )
