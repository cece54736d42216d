"""What event is told beside what every service is."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.event.media import storage
from services.event.media.storage import Storage
from services.kit.config import Env


@dataclass(frozen=True)
class Config:
    # Whether webhooks may go to addresses of this machine, and without encryption.
    webhook_loopback: bool = False
    # Where the bytes of media are; with the process gone, so are they, unless it is said.
    media: Storage = field(default_factory=storage.fleeting)

    @classmethod
    def from_env(cls, env: Env) -> Config:
        return cls(webhook_loopback=env.flag("TURNOUT_WEBHOOK_LOOPBACK"), media=storage.opened(env))
