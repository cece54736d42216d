"""The rules of cascades: which channel is next, and when. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.kit import errors
from services.kit.names import Name
from services.messaging.messages.domain import Channel, Failure, Kind, Message, State
from services.messaging.people.domain import Person

SHORTEST, LONGEST = timedelta(seconds=10), timedelta(days=7)
# How long somebody may take to say that the last step was delivered.
WATCHED = timedelta(days=7)

# What a message waits for that is held back, such as of a campaign which is paused. The deadline
# of a cascade is as far behind it as it was ahead; there is none where it is the later one.
HELD, HELD_FOR_EVER = datetime(8999, 1, 1, tzinfo=UTC), datetime(9100, 1, 1, tzinfo=UTC)

ARRIVED = {State.DELIVERED, State.READ}
# What the platform has to say to whoever has an account: never by anything but what was meant.
PERSONAL = {
    Kind.PASSWORD_CODE,
    Kind.EMAIL_CODE,
    Kind.PHONE_CODE,
    Kind.PASSWORD_CHANGED,
    Kind.EMAIL_CHANGED,
    Kind.EMAIL_TAKEN,
}


@dataclass(frozen=True)
class Step:
    channel: Channel
    # How long until it has to be delivered; None if it only must not fail.
    deadline: timedelta | None = None


# E-mail costs nothing, and says nothing of its arrival.
USUAL = (Step(Channel.EMAIL), Step(Channel.SMS))


@dataclass(frozen=True)
class Plan:
    organization: uuid.UUID
    kind: Kind
    steps: Sequence[Step] = USUAL
    version: int = 1


@dataclass(frozen=True)
class Way:
    """A step that reaches a certain person, with what it says there."""

    channel: Channel
    address: str
    deadline: timedelta | None
    subject: str = ""
    # What may be shown of it, and all of it, packed.
    shown: str = ""
    body: str = field(default="", repr=False)


@dataclass(frozen=True)
class Cascade:
    """Something to say that has not arrived yet. It bears the name of its first message."""

    name: Name
    # What is left to try.
    ways: Sequence[Way]
    # When the step that is under way has to have arrived.
    deadline_time: datetime | None


class BadCascadePlan(errors.Invalid):
    """A plan that none can follow."""


def need_plan(plan: Plan) -> Plan:
    channels = [step.channel for step in plan.steps]
    if not channels:
        raise BadCascadePlan("cascade_plan.steps", "must be at least one")
    for number, step in enumerate(plan.steps):
        where = f"cascade_plan.steps[{number}]"
        if step.channel is Channel.NONE:
            raise BadCascadePlan(f"{where}.channel", "must be a channel")
        if step.channel in channels[:number]:
            raise BadCascadePlan(f"{where}.channel", "must be there once")
        if step.deadline is not None and not SHORTEST <= step.deadline <= LONGEST:
            raise BadCascadePlan(f"{where}.deadline", "must be from ten seconds to a week")
    return plan


def notifies(steps: Sequence[Step]) -> bool:
    """Whether it matters what somebody is notified on."""
    return any(step.channel is Channel.PUSH for step in steps)


def addresses(person: Person | None) -> Mapping[Channel, tuple[str, ...]]:
    """Where somebody is reached, by channel."""
    if person is None:
        return {}
    known = {
        Channel.EMAIL: (person.email,),
        Channel.SMS: (person.phone,),
        Channel.WHATSAPP: (person.phone,),
        Channel.PUSH: person.devices,
    }
    return {channel: found for channel, found in known.items() if any(found)}


def ways(steps: Sequence[Step], person: Person | None) -> list[Way]:
    """The steps of a plan that reach a person; whatever else does if none of them does."""
    known = addresses(person)
    found = [Way(s.channel, at, s.deadline) for s in steps for at in known.get(s.channel, ())]
    if found:
        return found
    return [Way(s.channel, at, None) for s in USUAL for at in known.get(s.channel, ())]


def step(ways: Sequence[Way]) -> tuple[Sequence[Way], Sequence[Way]]:
    """What is tried at once, which is all of one channel, and what is left for later."""
    number = next((n for n, way in enumerate(ways) if way.channel is not ways[0].channel), None)
    return (ways, ()) if number is None else (ways[:number], ways[number:])


def is_held(cascade: Cascade) -> bool:
    """Whether nothing else is tried for the time being."""
    return cascade.deadline_time is not None and cascade.deadline_time >= HELD


def arrived(messages: Sequence[Message]) -> set[Channel]:
    """By which channels it arrived."""
    return {message.channel for message in messages if message.state in ARRIVED}


def is_useless(message: Message, now: datetime) -> bool:
    """Whether there is no use any more in saying it."""
    return message.expire_time is not None and now >= message.expire_time


def is_over(cascade: Cascade, tried: Sequence[Message], now: datetime) -> bool:
    """Whether the step that is under way, which is the last that was tried, came to nothing."""
    under_way = [message for message in tried if message.channel is tried[-1].channel]
    failed = all(each.state is State.FAILED for each in under_way) and any(
        each.failure is not Failure.SUPERSEDED for each in under_way
    )
    late = cascade.deadline_time is not None and now >= cascade.deadline_time
    return failed or late
