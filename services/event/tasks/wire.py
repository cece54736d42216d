"""Tasks on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from datetime import time, timedelta

from google.protobuf import duration_pb2
from google.type import timeofday_pb2

from services.event.events.domain import EVENTS
from services.event.participants import wire as people
from services.event.participants.domain import PARTICIPANTS, Participant
from services.event.tasks.domain import (
    ANY_HOUR,
    NIGHT,
    TASKS,
    Anchor,
    Audience,
    BadTask,
    Kind,
    Plan,
    State,
    Task,
)
from services.kit import masks
from services.kit.etags import etag
from services.kit.names import Name, parent
from services.kit.wire import timestamp
from turnout.event.v1 import participant_pb2, task_pb2
from turnout.event.v1.task_pb2 import Task as Message

KINDS = {
    Kind.INVITATION: Message.KIND_INVITATION,
    Kind.CONFIRMATION: Message.KIND_CONFIRMATION,
    Kind.REMINDER: Message.KIND_REMINDER,
    Kind.CLOSURE: Message.KIND_CLOSURE,
    Kind.THANKS: Message.KIND_THANKS,
}
READ_KIND = {number: kind for kind, number in KINDS.items()}
ANCHORS = {Anchor.START: Message.ANCHOR_START, Anchor.END: Message.ANCHOR_END}
READ_ANCHOR = {number: anchor for anchor, number in ANCHORS.items()}
STATES = {
    State.SCHEDULED: Message.STATE_SCHEDULED,
    State.PAUSED: Message.STATE_PAUSED,
    State.RUNNING: Message.STATE_RUNNING,
    State.DONE: Message.STATE_DONE,
}
PATCHABLE = frozenset({"anchor", "offset", "audience", "quiet_start", "quiet_end"})


def event_of(text: str, of: str, at: str) -> Name:
    """An event, which the organization that is asked must own."""
    found = EVENTS.parse(text, at)
    if found.organization != parent(of):
        raise BadTask(at, "must be of the organization in parent")
    return found


def kind(message: Message) -> Kind:
    found = READ_KIND.get(message.kind)
    if found is None:
        raise BadTask("task.kind", "must be given")
    return found


def plan(message: Message) -> Plan:
    anchor = READ_ANCHOR.get(message.anchor)
    if anchor is None:
        raise BadTask("task.anchor", "must be ANCHOR_START or ANCHOR_END")
    quiet = NIGHT
    if message.HasField("quiet_start") or message.HasField("quiet_end"):
        quiet = (
            _clock(message.quiet_start, "task.quiet_start"),
            _clock(message.quiet_end, "task.quiet_end"),
        )
    return Plan(
        anchor,
        timedelta(seconds=message.offset.seconds),
        audience(message.audience, "task.audience"),
        quiet,
    )


def _clock(message: timeofday_pb2.TimeOfDay, at: str) -> time:
    fine = 0 <= message.hours < 24 and 0 <= message.minutes < 60
    if not fine or message.seconds or message.nanos:
        raise BadTask(at, "must be a time of the day, to the minute")
    return time(message.hours, message.minutes)


def audience(message: task_pb2.ParticipantFilter, at: str) -> Audience:
    if participant_pb2.Participant.STATE_UNSPECIFIED in message.states:
        raise BadTask(f"{at}.states", "must not be unspecified")
    if participant_pb2.Participant.CHANNEL_UNSPECIFIED in message.channels:
        raise BadTask(f"{at}.channels", "must not be unspecified")
    return Audience(
        states=tuple(people.READ_STATE[state] for state in message.states),
        answers=tuple(people.READ.get(answer) for answer in message.answers),
        channels=tuple(people.READ_CHANNEL[channel] for channel in message.channels),
        ticket_type=message.ticket_type,
        query=message.query,
    )


def at_once(request: task_pb2.InviteParticipantsRequest) -> Plan:
    """Whom to invite, at any hour."""
    meant = audience(request.filter, "filter")
    return Plan(Anchor.START, timedelta(), meant, ANY_HOUR)


def revision(current: Task, sent: Message, paths: frozenset[str]) -> Plan:
    """The plan of a task with the fields at `paths` as they were sent."""
    if sent.event not in ("", EVENTS.format(current.event)):
        raise BadTask("task.event", "does not change")
    if sent.kind not in (Message.KIND_UNSPECIFIED, KINDS[current.kind]):
        raise BadTask("task.kind", "does not change")
    return plan(masks.merged(task(current), sent, paths))


def event_asked(request: task_pb2.ListTasksRequest) -> Name | None:
    return EVENTS.parse(request.event, "event") if request.event else None


def key(value: Task) -> tuple[uuid.UUID]:
    """What a list of tasks is sorted by."""
    return (value.name.id,)


def task(value: Task) -> Message:
    start, end = value.plan.quiet
    return Message(
        name=TASKS.format(value.name),
        event=EVENTS.format(value.event),
        kind=KINDS[value.kind],
        anchor=ANCHORS[value.plan.anchor],
        offset=duration_pb2.Duration(seconds=int(value.plan.offset.total_seconds())),
        audience=_audience(value.plan.audience),
        quiet_start=timeofday_pb2.TimeOfDay(hours=start.hour, minutes=start.minute),
        quiet_end=timeofday_pb2.TimeOfDay(hours=end.hour, minutes=end.minute),
        state=STATES[value.state],
        due_time=timestamp(value.due_time),
        told_count=value.told,
        skipped_count=value.skipped,
        finish_time=timestamp(value.finish_time),
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )


def _audience(value: Audience) -> task_pb2.ParticipantFilter:
    silent = participant_pb2.Participant.ANSWER_UNSPECIFIED
    return task_pb2.ParticipantFilter(
        states=[people.STATES[state] for state in value.states],
        answers=[people.ANSWERS[each] if each else silent for each in value.answers],
        channels=[people.CHANNELS[channel] for channel in value.channels],
        ticket_type=value.ticket_type,
        query=value.query,
    )


def notified(kind: Kind, value: Participant, link: str) -> task_pb2.ParticipantNotified:
    return task_pb2.ParticipantNotified(
        participant=PARTICIPANTS.format(value.name),
        event=EVENTS.format(value.event),
        kind=KINDS[kind],
        display_name=value.contact.display_name,
        email=value.contact.email,
        phone=value.contact.phone,
        language_code=value.contact.language_code,
        link=link,
    )
