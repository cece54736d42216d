"""What a process of payment is told by its environment, beside what every service is."""

from __future__ import annotations

from dataclasses import dataclass

from services.kit.config import Env

PROVIDERS = ("sandbox",)


@dataclass(frozen=True)
class Config:
    # Who moves the money of new payments.
    provider: str = PROVIDERS[0]
    # The file of a TrueType font to print invoices with. Empty: one that is found, or none.
    font: str = ""

    @classmethod
    def from_env(cls, env: Env) -> Config:
        return cls(
            provider=env.choice("TURNOUT_PAYMENT_PROVIDER", PROVIDERS, PROVIDERS[0]),
            font=env.text("TURNOUT_PDF_FONT", ""),
        )
