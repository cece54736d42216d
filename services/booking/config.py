"""What a process of booking is told by its environment, beside what every service is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from services.booking.domain import HOLD
from services.booking.live import Limits
from services.booking.tickets.passes import Apple, Google, Wallets
from services.kit.config import Env


@dataclass(frozen=True)
class Config:
    # How long seats are kept for somebody who has not paid.
    hold: timedelta = HOLD
    # How long the parts of a stream may take.
    limits: Limits = field(default_factory=Limits)
    # The file of a TrueType font to print tickets with. Empty: one that is found, or none.
    font: str = ""
    # What tickets for the wallets of phones are signed with.
    wallets: Wallets = field(default_factory=Wallets)

    @classmethod
    def from_env(cls, env: Env) -> Config:
        seconds = env.number("TURNOUT_HOLD_SECONDS", HOLD.total_seconds(), least=1)
        return cls(
            hold=timedelta(seconds=seconds),
            font=env.text("TURNOUT_PDF_FONT", ""),
            wallets=_wallets(env),
        )


def _wallets(env: Env) -> Wallets:
    what = "the certificate of a pass type, the one that signed it, and the RSA key, as PEM"
    apple = env.file("TURNOUT_APPLE_PASS", Apple.read, what)
    wanted = env.values.get("TURNOUT_GOOGLE_WALLET")
    issuer = env.text("TURNOUT_GOOGLE_WALLET_ISSUER", None if wanted else "")
    what = "the key of a service account, as JSON"
    google = env.file("TURNOUT_GOOGLE_WALLET", lambda data: Google.read(data, issuer), what)
    return Wallets(apple, google)
