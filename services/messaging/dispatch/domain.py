"""The rules of sending: each message once, and what becomes of an attempt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.messaging.messages.domain import FINAL, Message, State

# After a try that provably failed: 2 s, 4 s, 8 s and so on, and for no longer than a day.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=15)
GIVE_UP = timedelta(hours=24)


@dataclass(frozen=True)
class Taken:
    """The provider has it, under that name of its own."""

    provider_message: str = ""


@dataclass(frozen=True)
class Deferred:
    """The provider provably has it not, and may take it later."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """The provider will never take it."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """The provider may have it or not, and nobody can find out."""

    reason: str


Outcome = Taken | Deferred | Refused | Unknown


def claim(message: Message, provider: str) -> Message | None:
    """Passes the point of no return: from here on the provider may have it.

    None when somebody else is past that point, or the message is at its end.
    """
    if message.open_attempt or message.state in FINAL:
        return None
    return replace(
        message,
        state=State.SENDING,
        provider=provider,
        open_attempt=True,
        version=message.version + 1,
    )


def settle(message: Message, outcome: Outcome, *, provider: str, now: datetime) -> Message:
    """Ends an attempt. A message that a provider has is sent, whatever was thought of it before."""
    ended = replace(
        message,
        provider=provider,
        attempts=message.attempts + 1,
        open_attempt=False,
        version=message.version + 1,
    )
    match outcome:
        case Taken(provider_message):
            return replace(
                ended,
                state=State.SENT,
                provider_message=provider_message,
                failure_reason="",
                send_time=now,
            )
        case _ if message.state in FINAL:
            return message
        case Deferred(reason) if now - message.create_time < GIVE_UP:
            return ended
        case Deferred(reason):
            return _failed(ended, f"given up after {ended.attempts} attempts: {reason}")
        case Refused(reason):
            return _failed(ended, reason)
        case Unknown(reason):
            return _failed(ended, f"unknown outcome: {reason}")


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(attempts - 1, 20)))


def _failed(message: Message, reason: str) -> Message:
    return replace(message, state=State.FAILED, failure_reason=reason)
