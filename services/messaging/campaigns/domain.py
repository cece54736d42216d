"""The rules of campaigns. Plain values in, plain values out."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection as Some
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.kit import errors
from services.kit.names import Collection, Name
from services.messaging.cascades import domain as cascades
from services.messaging.cascades.domain import Step, Way
from services.messaging.messages.domain import Channel
from services.messaging.people.domain import Person

CAMPAIGNS = Collection("campaigns", "turnout.app/Campaign")
# How many people are written to in one transaction.
BATCH = 2000


class State(enum.Enum):
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    QUEUED = "queued"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Progress:
    """What became of the messages so far."""

    waiting: int = 0
    sent: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Audience:
    """To whom of those who were invited. What is empty is for all."""

    # What they said last: `yes`, `no`, `maybe`, or nothing.
    answers: frozenset[str] = frozenset()
    # Tags in lower case; one stands for its variants as well.
    languages: frozenset[str] = frozenset()


EVERYBODY = Audience()


@dataclass(frozen=True)
class Campaign:
    name: Name
    display_name: str
    event: Name
    template: Name
    template_version: int
    variables: dict[str, str]
    channels: frozenset[Channel]
    start_time: datetime
    create_time: datetime
    audience: Audience = EVERYBODY
    state: State = State.SCHEDULED
    # The last participant that was looked at. None: nobody yet.
    after: uuid.UUID | None = None
    # Whether everybody was looked at.
    complete: bool = False
    written: int = 0
    unreachable: int = 0
    suppressed: int = 0
    without_consent: int = 0
    version: int = 1


# --- who is written to, and by what


class Left(enum.Enum):
    """Why somebody is left out."""

    UNREACHABLE = "unreachable"
    SUPPRESSED = "suppressed"
    WITHOUT_CONSENT = "without-consent"


@dataclass(frozen=True)
class Unwanted:
    """What has to be known of addresses before they are written to, by channel."""

    suppressed: Mapping[Channel, Some[str]]
    # Those who agreed, of the channels on which one has to.
    agreed: Mapping[Channel, Some[str]] = field(default_factory=dict)

    def why(self, way: Way) -> Left | None:
        """Why nobody is to be written to by that; None if one may."""
        address = way.address.lower()
        if address in self.suppressed.get(way.channel, ()):
            return Left.SUPPRESSED
        if address not in self.agreed.get(way.channel, (address,)):
            return Left.WITHOUT_CONSENT
        return None


@dataclass(frozen=True)
class Choice:
    """What somebody is written to by, one after the other; without any, why they are left out.

    `channel` is the first of what they are written to by, or what that stands against.
    """

    ways: Sequence[Way]
    channel: Channel = Channel.NONE
    why: Left | None = None


def ways(plan: Sequence[Step], channels: frozenset[Channel], person: Person) -> list[Way]:
    """What reaches somebody: the plan, or what of it is among `channels`, and then the others."""
    if not channels:
        return cascades.ways(plan, person)
    known = cascades.addresses(person)
    planned = [step for step in plan if step.channel in channels]
    rest = channels - {step.channel for step in planned}
    steps = [*planned, *(Step(each) for each in sorted(rest, key=lambda each: each.value))]
    return [Way(s.channel, at, s.deadline) for s in steps for at in known.get(s.channel, ())]


class Routes:
    """What reaches the people of one campaign; of those with the same addresses it is the same."""

    def __init__(self, plan: Sequence[Step], channels: frozenset[Channel]) -> None:
        self._plan, self._channels = plan, channels
        self._known: dict[tuple[bool, bool], list[Step]] = {}

    def ways(self, person: Person) -> list[Way]:
        """As `ways` has it."""
        if person.devices:
            return ways(self._plan, self._channels, person)
        email, phone = person.email, person.phone
        key = email != "", phone != ""
        if key not in self._known:
            found = ways(self._plan, self._channels, person)
            self._known[key] = [Step(way.channel, way.deadline) for way in found]
        return [
            Way(step.channel, email if step.channel is Channel.EMAIL else phone, step.deadline)
            for step in self._known[key]
        ]


def choose(found: Sequence[Way], unwanted: Unwanted) -> Choice:
    """Leaves out the ways that somebody wants nothing by."""
    if not found:
        return Choice((), why=Left.UNREACHABLE)
    reasons = [unwanted.why(way) for way in found]
    left = [way for way, why in zip(found, reasons, strict=True) if why is None]
    if left:
        return Choice(left, left[0].channel)
    return Choice((), found[0].channel, reasons[0])


@dataclass(frozen=True)
class Reach:
    """How many a channel is the first for, and how many are left out who have no other."""

    channel: Channel
    recipients: int = 0
    suppressed: int = 0
    without_consent: int = 0


def counted(choices: Iterable[Choice]) -> dict[tuple[Channel, Left | None], int]:
    """How many there are of each kind."""
    found: dict[tuple[Channel, Left | None], int] = {}
    for choice in choices:
        key = choice.channel, choice.why
        found[key] = found.get(key, 0) + 1
    return found


def reaches(found: Mapping[tuple[Channel, Left | None], int]) -> list[Reach]:
    """What was counted, by channel; under `NONE` those whom nothing reaches."""
    channels = {channel for channel, _ in found}
    return [
        Reach(
            channel,
            recipients=found.get((channel, None), 0) + found.get((channel, Left.UNREACHABLE), 0),
            suppressed=found.get((channel, Left.SUPPRESSED), 0),
            without_consent=found.get((channel, Left.WITHOUT_CONSENT), 0),
        )
        for channel in sorted(channels, key=lambda each: each.value)
    ]


class CampaignNotFound(errors.NotFound):
    message = "there is no {name}"
    name: str


class EventNotFound(errors.NotFound):
    message = "there is no {name}, or it was never published"
    name: str


class WrongCampaignState(errors.Unmet):
    message = "{name} is {state}"
    name: str
    state: str


def runs(campaign: Campaign) -> bool:
    """Whether there are people to be written to, and it may be done."""
    return campaign.state in (State.SCHEDULED, State.RUNNING) and not campaign.complete


def wrote(
    before: Campaign, last: uuid.UUID | None, found: Mapping[tuple[Channel, Left | None], int]
) -> Campaign:
    """After a batch; `last` is who was looked at last, None when nobody is left."""

    def number(why: Left | None) -> int:
        return sum(count for (_, each), count in found.items() if each is why)

    return replace(
        before,
        state=State.QUEUED if last is None else State.RUNNING,
        complete=last is None,
        after=last or before.after,
        written=before.written + number(None),
        unreachable=before.unreachable + number(Left.UNREACHABLE),
        suppressed=before.suppressed + number(Left.SUPPRESSED),
        without_consent=before.without_consent + number(Left.WITHOUT_CONSENT),
        version=before.version + 1,
    )


def pause(before: Campaign) -> Campaign:
    return _moved(before, State.PAUSED)


def resume(before: Campaign) -> Campaign:
    if before.state is not State.PAUSED:
        _need_alive(before)
        return before
    return _moved(before, State.QUEUED if before.complete else State.RUNNING)


def cancel(before: Campaign) -> Campaign:
    if before.state is State.CANCELLED:
        return before
    return replace(before, state=State.CANCELLED, version=before.version + 1)


def _moved(before: Campaign, state: State) -> Campaign:
    _need_alive(before)
    if before.state is state:
        return before
    return replace(before, state=state, version=before.version + 1)


def _need_alive(campaign: Campaign) -> None:
    if campaign.state is State.CANCELLED:
        raise WrongCampaignState(CAMPAIGNS.format(campaign.name), campaign.state.name)


def is_over(campaign: Campaign, progress: Progress) -> bool:
    """Whether nothing happens to it any more."""
    return campaign.state is State.CANCELLED or (
        campaign.state is State.QUEUED and not progress.waiting
    )
