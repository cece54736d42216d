"""What event is told beside what every service is."""

from __future__ import annotations

from dataclasses import dataclass

from services.kit.config import Env


@dataclass(frozen=True)
class Config:
    # Whether webhooks may go to addresses of this machine, and without encryption.
    webhook_loopback: bool = False

    @classmethod
    def from_env(cls, env: Env) -> Config:
        return cls(webhook_loopback=env.flag("TURNOUT_WEBHOOK_LOOPBACK"))
