"""What a process of location is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass

from services.kit.config import Env
from services.location.pacing import Limits


@dataclass(frozen=True)
class Config:
    limits: Limits

    @classmethod
    def from_env(cls, env: Env) -> Config:
        """How long a stream stays open until its client opens another one: 30 minutes."""
        return cls(Limits(stream=env.number("TURNOUT_STREAM_SECONDS", Limits.stream, least=1)))
