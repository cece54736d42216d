"""What a process of payment is told by its environment, beside what every service is."""

from __future__ import annotations

from dataclasses import dataclass

from services.kit.config import Env

PROVIDERS = ("sandbox",)


@dataclass(frozen=True)
class Config:
    # Who moves the money of new payments.
    provider: str = PROVIDERS[0]

    @classmethod
    def from_env(cls, env: Env) -> Config:
        return cls(provider=env.choice("TURNOUT_PAYMENT_PROVIDER", PROVIDERS, PROVIDERS[0]))
