"""The rules of campaigns. Plain values in, plain values out."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from services.kit import errors
from services.kit.names import Collection, Name
from services.messaging.messages.domain import Channel

CAMPAIGNS = Collection("campaigns", "turnout.app/Campaign")
# How many people are written to in one transaction.
BATCH = 500


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
    state: State = State.SCHEDULED
    # The last participant that was looked at. None: nobody yet.
    after: uuid.UUID | None = None
    # Whether everybody was looked at.
    complete: bool = False
    written: int = 0
    unreachable: int = 0
    suppressed: int = 0
    version: int = 1


@dataclass(frozen=True)
class Reach:
    """How many are reached by a channel, and how many of them want no messages."""

    channel: Channel
    recipients: int
    suppressed: int


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
    before: Campaign, last: uuid.UUID | None, *, written: int, unreachable: int, suppressed: int
) -> Campaign:
    """After a batch; `last` is who was looked at last, None when nobody is left."""
    return replace(
        before,
        state=State.QUEUED if last is None else State.RUNNING,
        complete=last is None,
        after=last or before.after,
        written=before.written + written,
        unreachable=before.unreachable + unreachable,
        suppressed=before.suppressed + suppressed,
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
