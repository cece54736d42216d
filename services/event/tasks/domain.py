"""The rules of tasks. Plain values in, plain values out: no clock, no chance, no SQL."""

from __future__ import annotations

import dataclasses
import enum
import uuid
import zoneinfo
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.event.events.domain import EVENTS, Event, EventAhead, need
from services.event.events.domain import State as EventState
from services.event.participants.domain import Answer, Channel, Mark, Participant
from services.kit import errors
from services.kit.names import Collection, Name

TASKS = Collection("tasks", "turnout.app/Task")

# How many people are told in one transaction.
BATCH = 100
FARTHEST = timedelta(days=366)
NIGHT = (time(21), time(8))
ANY_HOUR = (time(0), time(0))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Kind(enum.Enum):
    INVITATION = "invitation"
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"
    CLOSURE = "closure"
    THANKS = "thanks"


class Anchor(enum.Enum):
    START = "start"
    END = "end"


class State(enum.Enum):
    SCHEDULED = "scheduled"
    PAUSED = "paused"
    RUNNING = "running"
    DONE = "done"


# Whom each kind is for, unless the organizer says otherwise.
SILENT = (Mark.INVITED, Mark.DELIVERED)
USUAL = {
    Kind.INVITATION: (Mark.LISTED,),
    Kind.CONFIRMATION: (*SILENT, Mark.TENTATIVE),
    Kind.REMINDER: (Mark.ACCEPTED, Mark.HELD, Mark.CONFIRMED),
    Kind.CLOSURE: (),
    Kind.THANKS: (Mark.CONFIRMED, Mark.UNDER_WAY, Mark.ARRIVED),
}


@dataclass(frozen=True)
class Audience:
    """Which participants are meant; what is empty asks for nothing."""

    states: tuple[Mark, ...] = ()
    answers: tuple[Answer | None, ...] = ()
    channels: tuple[Channel, ...] = ()
    ticket_type: str = ""
    query: str = ""


@dataclass(frozen=True)
class Plan:
    """What an organizer decides about a task, and may change."""

    anchor: Anchor
    offset: timedelta
    audience: Audience = Audience()
    # From when until when nobody is told, by the clock of where they sleep.
    quiet: tuple[time, time] = NIGHT


@dataclass(frozen=True)
class Task:
    name: Name
    event: Name
    kind: Kind
    plan: Plan
    due_time: datetime
    create_time: datetime
    update_time: datetime
    state: State = State.SCHEDULED
    # The last participant that was looked at. None: nobody yet.
    after: uuid.UUID | None = None
    told: int = 0
    skipped: int = 0
    finish_time: datetime | None = None
    version: int = 1

    @property
    def states(self) -> tuple[Mark, ...]:
        """In which states those are who are meant."""
        return self.plan.audience.states or USUAL[self.kind]


class BadTask(errors.Invalid):
    """A value that no task has."""


class TaskNotFound(errors.NotFound):
    message = "there is no {task}"
    task: str


class WrongTaskState(errors.Unmet):
    message = "{task} is {state}, and must be {needed} for this"
    task: str
    state: str
    needed: str


DEFAULTS = (
    (Kind.CONFIRMATION, Plan(Anchor.START, -3 * DAY)),
    (Kind.REMINDER, Plan(Anchor.START, -DAY)),
    (Kind.REMINDER, Plan(Anchor.START, -2 * HOUR)),
    (Kind.CLOSURE, Plan(Anchor.END, 2 * HOUR)),
    (Kind.THANKS, Plan(Anchor.END, DAY)),
)


def due(plan: Plan, event: Event) -> datetime:
    """When something is to be done, as the event is planned."""
    span = event.plan.span
    return (span.start_time if plan.anchor is Anchor.START else span.end_time) + plan.offset


def make(id: uuid.UUID, event: Event, kind: Kind, plan: Plan, now: datetime) -> Task:
    """Has something done for an event that is not over, at a time that is to come."""
    need(event, EventState.DRAFT, EventState.PUBLISHED)
    check(kind, plan, event, now)
    name = Name(event.name.organization, id)
    return Task(name, event.name, kind, plan, due(plan, event), create_time=now, update_time=now)


def check(kind: Kind, plan: Plan, event: Event, now: datetime) -> None:
    if abs(plan.offset) > FARTHEST:
        raise BadTask("task.offset", f"must be within {FARTHEST.days} days")
    if due(plan, event) <= now:
        raise BadTask("task.offset", f"leads to {due(plan, event).isoformat()}, which is over")
    if kind is Kind.CLOSURE and due(plan, event) < event.plan.span.start_time:
        raise BadTask("task.offset", "must not lead to before the start: nothing is to be closed")


def revise(task: Task, event: Event, plan: Plan, now: datetime) -> Task:
    """Changes a plan. What is done is done once more when its time is another one."""
    if plan == task.plan:
        return task
    need(event, EventState.DRAFT, EventState.PUBLISHED)
    changed = dataclasses.replace(task, plan=plan, update_time=now)
    if (plan.anchor, plan.offset) == (task.plan.anchor, task.plan.offset):
        return changed
    check(task.kind, plan, event, now)
    changed = dataclasses.replace(changed, due_time=due(plan, event))
    return begun(changed, State.SCHEDULED) if task.state is State.DONE else changed


def move(task: Task, event: Event, now: datetime) -> Task:
    """Follows an event that takes place elsewhen."""
    at = due(task.plan, event)
    waits = task.state in (State.SCHEDULED, State.PAUSED) and task.after is None
    if not waits or at == task.due_time:
        return task
    return dataclasses.replace(task, due_time=at, update_time=now)


def begun(task: Task, state: State) -> Task:
    """A task from its beginning on."""
    return dataclasses.replace(task, state=state, after=None, told=0, skipped=0, finish_time=None)


def pause(task: Task, now: datetime) -> Task:
    _need(task, State.SCHEDULED, State.RUNNING, State.PAUSED)
    return dataclasses.replace(task, state=State.PAUSED, update_time=now)


def resume(task: Task, now: datetime) -> Task:
    _need(task, State.PAUSED)
    state = State.SCHEDULED if task.after is None else State.RUNNING
    return dataclasses.replace(task, state=state, update_time=now)


def run(task: Task, event: Event, now: datetime) -> Task:
    """Has a task done now, once more if it is done."""
    need(event, EventState.PUBLISHED)
    start = event.plan.span.start_time
    if task.kind is Kind.CLOSURE and now < start:
        raise EventAhead(EVENTS.format(event.name), start.isoformat())
    return dataclasses.replace(begun(task, State.RUNNING), update_time=now)


def finish(task: Task, now: datetime) -> Task:
    return dataclasses.replace(task, state=State.DONE, finish_time=now, update_time=now)


def _need(task: Task, *states: State) -> None:
    if task.state not in states:
        needed = " or ".join(state.name for state in states)
        raise WrongTaskState(TASKS.format(task.name), task.state.name, needed)


def is_open(task: Task, event: Event) -> bool:
    """Whether there is anybody to tell: thanks are said after an event was completed, too."""
    late = task.kind is Kind.THANKS and event.state is EventState.COMPLETED
    return event.state is EventState.PUBLISHED or late


def fits(task: Task, participant: Participant) -> bool:
    """Whether somebody who slept is still meant."""
    said = task.plan.audience.answers
    return participant.state in task.states and (not said or participant.answer in said)


# --- who sleeps


def wake_time(task: Task, event: Event, participant: Participant, now: datetime) -> datetime:
    """When somebody may be told: now, or when the quiet hours are over where they sleep."""
    zone = zoneinfo.ZoneInfo(participant.contact.time_zone or event.plan.span.zone)
    begin, end = task.plan.quiet
    here = now.astimezone(zone)
    clock = here.time()
    asleep = begin <= clock < end if begin <= end else clock >= begin or clock < end
    if not asleep:
        return now
    day = here.date() if clock < end else here.date() + DAY
    return datetime.combine(day, end, zone).astimezone(now.tzinfo)


def too_late(task: Task, event: Event, at: datetime) -> bool:
    """Whether nobody needs to be told any more by then: what leads to the start, after it."""
    before = task.plan.anchor is Anchor.START and task.plan.offset <= timedelta()
    return before and at >= event.plan.span.start_time
