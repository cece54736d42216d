"""The rules of sending: each message once, no faster than it may be, and what becomes of it."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.kit import errors
from services.messaging.messages.domain import (
    FINAL,
    ORDER,
    OUR_GUESS,
    Channel,
    Failure,
    Message,
    State,
    fail,
)

# After a try that provably failed: 2 s, 4 s, 8 s and so on, and for no longer than a day.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=15)
GIVE_UP = timedelta(hours=24)
# Who takes a message settles it within this time, or is dead. Longer than a provider may take.
LEASE = timedelta(seconds=60)

# A lane of which nothing else is known has this name in the table of what is due.
LANES = uuid.UUID("5c0d9c2e-3f0b-5d55-9d63-0f6c3a9e2f41")


# --- what became of an attempt


@dataclass(frozen=True)
class Taken:
    """The provider has it, under that name of its own."""

    provider_message: str = ""


@dataclass(frozen=True)
class Deferred:
    """The provider provably has it not, and may take it later: not before `after`, if it says.

    `elsewhere` when another provider may be tried at once.
    """

    reason: str
    after: timedelta | None = None
    elsewhere: bool = False


@dataclass(frozen=True)
class Refused:
    """The provider will never take it."""

    reason: str
    failure: Failure = Failure.REFUSED


@dataclass(frozen=True)
class Unknown:
    """The provider may have it or not, and nobody can find out."""

    reason: str


Outcome = Taken | Deferred | Refused | Unknown


@dataclass(frozen=True)
class Report:
    """What a provider says later of a message that it has, or had."""

    provider: str
    # What the provider calls it, and what we do, where that comes back.
    provider_message: str
    message: uuid.UUID | None
    # SENT, DELIVERED, READ or FAILED.
    state: State
    time: datetime
    failure: Failure = Failure.NONE
    reason: str = ""


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
    said: dict[str, Any] = {
        "provider": provider,
        "attempts": message.attempts + 1,
        "open_attempt": False,
        "version": message.version + 1,
    }
    if isinstance(outcome, Taken):
        said["provider_message"] = outcome.provider_message
        said["send_time"] = message.send_time or now
        return replace(message, **said, **_as_taken(message))
    ended = replace(message, **said)
    match outcome:
        case _ if message.state in FINAL:
            return message
        case Deferred(reason) if now - message.create_time < GIVE_UP:
            return ended
        case Deferred(reason):
            why = f"given up after {ended.attempts} attempts: {reason}"
            return _failed(ended, Failure.PROVIDER_AWAY, why)
        case Refused(reason, failure):
            return _failed(ended, failure, reason)
        case Unknown(reason):
            return _failed(ended, Failure.UNKNOWN_OUTCOME, f"unknown outcome: {reason}")


def elsewhere(message: Message, outcome: Outcome, providers: int) -> Outcome:
    """What an attempt came to, where another provider may do better.

    Once round them all, and then there is a pause as ever.
    """
    if providers < 2 or message.attempts % providers == providers - 1:
        return outcome
    match outcome:
        case Deferred(reason):
            return Deferred(reason, elsewhere=True)
        case Refused(reason, Failure.ACCOUNT):
            return Deferred(reason, elsewhere=True)
    return outcome


def hear(message: Message, report: Report) -> Message:
    """What a message is once its provider has said more of it: never less than it was.

    The order in which reports come makes no difference.
    """
    before = message
    if report.provider_message and not message.provider_message:
        message = replace(message, provider_message=report.provider_message)
    if message.send_time is None and report.state is not State.FAILED:
        # That it is there says that it was sent; the attempt that knew has not come back.
        message = replace(message, send_time=report.time)
    match report.state:
        case State.SENT:
            message = _taken(message)
        case State.FAILED if _may_fail(message):
            message = _failed(message, report.failure, report.reason)
        case State.DELIVERED | State.READ:
            message = _arrived(message, report)
    if message == before:
        return before
    settled = message.state in FINAL
    open_attempt = message.open_attempt and not settled
    return replace(message, open_attempt=open_attempt, version=before.version + 1)


def _taken(message: Message) -> Message:
    """That a provider has it undoes what we guessed, and nothing that a provider said."""
    return replace(message, **_as_taken(message))


def _as_taken(message: Message) -> dict[str, Any]:
    """What changes of a message when a provider says that it has it."""
    if ORDER[message.state] >= ORDER[State.SENT] and not _guessed(message):
        return {}
    return {"state": State.SENT, "failure": Failure.NONE, "failure_reason": ""}


def _may_fail(message: Message) -> bool:
    return ORDER[message.state] < ORDER[State.FAILED] or _guessed(message)


def _guessed(message: Message) -> bool:
    return message.state is State.FAILED and message.failure in OUR_GUESS


def _arrived(message: Message, report: Report) -> Message:
    if ORDER[report.state] > ORDER[message.state]:
        message = replace(message, state=report.state, failure=Failure.NONE, failure_reason="")
    if report.state is State.READ:
        return replace(message, read_time=_earlier(message.read_time, report.time))
    return replace(message, deliver_time=_earlier(message.deliver_time, report.time))


def _earlier(known: datetime | None, heard: datetime) -> datetime:
    return heard if known is None else min(known, heard)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(attempts - 1, 20)))


def _failed(message: Message, failure: Failure, reason: str) -> Message:
    return replace(fail(message, failure, reason), version=message.version)


# --- how fast


@dataclass(frozen=True)
class Rate:
    """So many messages, and then none until the interval is over that began with the first."""

    count: int
    interval: timedelta

    @property
    def per_second(self) -> float:
        return self.count / self.interval.total_seconds()


USUAL = Rate(2, timedelta(minutes=2))
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=1)


@dataclass(frozen=True)
class Lane:
    """What the messages of an organization on one channel wait in."""

    organization: uuid.UUID
    channel: Channel
    # None: whatever is usual.
    rate: Rate | None = None
    # How many have gone in the interval that began `since`.
    used: int = 0
    since: datetime | None = None
    # Before that nothing goes but what cannot wait.
    next_time: datetime | None = None
    version: int = 1

    @property
    def id(self) -> uuid.UUID:
        """What the lane is known by in the table of what is due."""
        return lane_id(self.organization, self.channel)


def lane_id(organization: uuid.UUID, channel: Channel) -> uuid.UUID:
    return uuid.uuid5(LANES, f"{organization}/{channel.value}")


def allowance(lane: Lane, rate: Rate, now: datetime) -> int:
    """How many messages may go now."""
    if lane.since is None or now >= lane.since + rate.interval:
        return rate.count
    return max(0, rate.count - lane.used)


def spend(lane: Lane, rate: Rate, count: int, now: datetime) -> Lane:
    """The lane after so many have gone."""
    if not count:
        return lane
    if lane.since is None or now >= lane.since + rate.interval:
        lane = replace(lane, since=now, used=0)
    lane = replace(lane, used=lane.used + count)
    return replace(lane, next_time=next_time(lane, rate, now))


def next_time(lane: Lane, rate: Rate, now: datetime) -> datetime:
    """When the next message may go."""
    if allowance(lane, rate, now) or lane.since is None:
        return now
    return lane.since + rate.interval


# --- whether


class Gate(enum.Enum):
    """Whether the messages of an organization go out."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Dispatcher:
    organization: uuid.UUID
    state: Gate = Gate.RUNNING
    resume_time: datetime | None = None
    version: int = 1


class WrongDispatcherState(errors.Unmet):
    message = "{name} is {state}; start it first"
    name: str
    state: str


class RateTooHigh(errors.Unmet):
    message = "{name}: the provider takes {limit} messages in a second at the most"
    name: str
    limit: int


class BadRate(errors.Invalid):
    """A rate that none can be."""


class BadPause(errors.Invalid):
    """A pause that cannot be kept."""


def now_is(dispatcher: Dispatcher, now: datetime) -> Dispatcher:
    """A pause that is over has ended, though nobody wrote that down."""
    over = dispatcher.resume_time is not None and dispatcher.resume_time <= now
    if dispatcher.state is Gate.PAUSED and over:
        return replace(dispatcher, state=Gate.RUNNING, resume_time=None)
    return dispatcher


def start(dispatcher: Dispatcher) -> Dispatcher:
    return replace(dispatcher, state=Gate.RUNNING, resume_time=None)


def stop(dispatcher: Dispatcher) -> Dispatcher:
    return replace(dispatcher, state=Gate.STOPPED, resume_time=None)


def halt(dispatcher: Dispatcher, until: datetime | None, *, name: str, now: datetime) -> Dispatcher:
    _not_stopped(dispatcher, name)
    if until is not None and until <= now:
        raise BadPause("resume_time", "must be ahead")
    return replace(dispatcher, state=Gate.PAUSED, resume_time=until)


def resume(dispatcher: Dispatcher, *, name: str) -> Dispatcher:
    _not_stopped(dispatcher, name)
    return start(dispatcher)


def _not_stopped(dispatcher: Dispatcher, name: str) -> None:
    if dispatcher.state is Gate.STOPPED:
        raise WrongDispatcherState(name, dispatcher.state.value)


def need_rate(rate: Rate, *, name: str, limit: int) -> Rate:
    """A rate that the provider of the channel can keep up with."""
    if not SHORTEST <= rate.interval <= LONGEST or rate.interval.microseconds:
        raise BadRate("rate_policy.interval", "must be whole seconds, from one to a day's")
    if rate.count < 1:
        raise BadRate("rate_policy.count", "must be at least 1")
    if rate.per_second > limit:
        raise RateTooHigh(name, limit)
    return rate
