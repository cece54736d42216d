"""What a process of location is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.kit.config import Env
from services.location.journeys.domain import Mode
from services.location.pacing import Limits


@dataclass(frozen=True)
class Config:
    limits: Limits
    # Where OSRM answers, by how people travel.
    routers: Mapping[Mode, str] = field(default_factory=dict)

    @classmethod
    def from_env(cls, env: Env) -> Config:
        """How long a stream stays open until its client opens another one: 30 minutes. The
        routers: none, so that estimates go by the straight distance."""
        return cls(
            Limits(stream=env.number("TURNOUT_STREAM_SECONDS", Limits.stream, least=1)),
            _routers(env),
        )


def _routers(env: Env) -> Mapping[Mode, str]:
    """OSRM answers for the profile that its data was made with, so there is one for each."""
    found = {mode: env.text(name, "").rstrip("/") for name, mode in ROUTERS}
    car = found[Mode.CAR]
    # Buses go by road, and so does most of who does not say.
    found |= {Mode.TRANSIT: car, Mode.UNKNOWN: car}
    return {mode: address for mode, address in found.items() if address}


ROUTERS = (
    ("TURNOUT_OSRM_CAR_URL", Mode.CAR),
    ("TURNOUT_OSRM_BICYCLE_URL", Mode.BICYCLE),
    ("TURNOUT_OSRM_FOOT_URL", Mode.WALK),
)
