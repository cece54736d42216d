"""What messaging is told by its environment, beside what every service is told."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Self

from services.kit.config import Env
from services.messaging.channels.email import Smtp


@dataclass(frozen=True)
class Config:
    # The file that the console provider writes to, a line of JSON per message.
    messages_log: pathlib.Path
    # The server that takes e-mails; without one they go to the console too.
    smtp: Smtp | None = None

    @classmethod
    def from_env(cls, env: Env) -> Self:
        return cls(
            messages_log=env.path("TURNOUT_MESSAGES_LOG", ".turnout/messages.jsonl"),
            smtp=_smtp(env),
        )


def _smtp(env: Env) -> Smtp | None:
    """`smtp://host:port` uses STARTTLS where it is offered, with `user:password@` always."""
    url = env.text("TURNOUT_SMTP_URL", "")
    sender = env.text("TURNOUT_SMTP_SENDER", "Turnout <no-reply@turnout.app>")
    try:
        return Smtp.of(url, sender) if url else None
    except ValueError as error:
        env.problems.append(f"TURNOUT_SMTP_URL or TURNOUT_SMTP_SENDER: {error}")
        return None
