"""What messaging is told by its environment, beside what every service is told."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from services.kit.config import Env
from services.messaging.channels.email import Smtp
from services.messaging.dispatch.domain import USUAL, Rate


@dataclass(frozen=True)
class Config:
    # The file that the console provider writes to, a line of JSON per message.
    messages_log: pathlib.Path
    # The server that takes e-mails; without one they go to the console too.
    smtp: Smtp | None = None
    # How fast messages go out on a channel of an organization that says nothing else.
    rate: Rate = USUAL
    # What the platform's app at WhatsApp signs with, the new one and the old one while it is
    # replaced, and what it shows when it asks whether the address is ours.
    app_secrets: tuple[str, ...] = field(default=(), repr=False)
    verify_token: str = field(default="", repr=False)
    # Whether providers may be on this machine.
    loopback: bool = False
    # Where providers are, by the words of the contract, if not where they are for everybody.
    hosts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_env(cls, env: Env) -> Self:
        return cls(
            messages_log=env.path("TURNOUT_MESSAGES_LOG", ".turnout/messages.jsonl"),
            smtp=_smtp(env),
            rate=_rate(env),
            app_secrets=tuple(env.text("TURNOUT_WHATSAPP_APP_SECRET", "").split(",")),
            verify_token=env.text("TURNOUT_WHATSAPP_VERIFY_TOKEN", ""),
            loopback=env.flag("TURNOUT_CHANNEL_LOOPBACK"),
            hosts=_hosts(env),
        )


def _rate(env: Env) -> Rate:
    """`2/120` is two messages in 120 seconds."""
    text = env.text("TURNOUT_MESSAGE_RATE", "") or "2/120"
    count, _, seconds = text.partition("/")
    if count.isdecimal() and seconds.isdecimal() and int(count) and 1 <= int(seconds) <= 86_400:
        return Rate(int(count), timedelta(seconds=int(seconds)))
    env.problems.append(f"TURNOUT_MESSAGE_RATE must be messages/seconds, not {text!r}")
    return USUAL


def _hosts(env: Env) -> Mapping[str, str]:
    """With their versions, where they have some: `https://graph.facebook.com/v26.0`."""
    names = {"whatsapp": "WHATSAPP", "twilio": "TWILIO", "firebase": "FIREBASE"}
    found = {word: env.text(f"TURNOUT_{name}_URL", "") for word, name in names.items()}
    return {word: uri.rstrip("/") for word, uri in found.items() if uri}


def _smtp(env: Env) -> Smtp | None:
    """`smtp://host:port` uses STARTTLS where it is offered, with `user:password@` always."""
    url = env.text("TURNOUT_SMTP_URL", "")
    sender = env.text("TURNOUT_SMTP_SENDER", "Turnout <no-reply@turnout.app>")
    try:
        return Smtp.of(url, sender) if url else None
    except ValueError as error:
        env.problems.append(f"TURNOUT_SMTP_URL or TURNOUT_SMTP_SENDER: {error}")
        return None
