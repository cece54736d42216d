"""What a process of booking is told by its environment, beside what every service is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from services.booking.domain import HOLD
from services.booking.live import Limits
from services.kit.config import Env


@dataclass(frozen=True)
class Config:
    # How long seats are kept for somebody who has not paid.
    hold: timedelta = HOLD
    # How long the parts of a stream may take.
    limits: Limits = field(default_factory=Limits)
    # The file of a TrueType font to print tickets with. Empty: one that is found, or none.
    font: str = ""

    @classmethod
    def from_env(cls, env: Env) -> Config:
        seconds = env.number("TURNOUT_HOLD_SECONDS", HOLD.total_seconds(), least=1)
        return cls(hold=timedelta(seconds=seconds), font=env.text("TURNOUT_PDF_FONT", ""))
