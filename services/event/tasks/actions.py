"""What is done with tasks, one function per intent. Each runs inside one transaction.

Rows say what is to be done and how far it is, `due` says when. A batch of people is told in the
transaction that moves the task on, so nobody is told twice or not at all, whoever dies meanwhile.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime

from services.event.events import store as events
from services.event.events.domain import Event
from services.event.events.domain import State as EventState
from services.event.participants import actions as people
from services.event.participants import store as participants
from services.event.participants.actions import Links, Seen
from services.event.participants.domain import (
    PARTICIPANTS,
    Participant,
    link_expiry,
    need_open,
)
from services.event.tasks import domain, store, wire
from services.event.tasks.domain import Kind, Plan, State, Task
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name

# The work on a task, whose id it has; and on a notice to somebody who sleeps.
TASK, NOTICE = "task", "notice"


async def create(tx: Tx, event: Name, kind: Kind, plan: Plan, now: datetime) -> Task:
    of = await events.find(tx, event)
    task = domain.make(new_id(), of, kind, plan, now)
    await store.add(tx, task)
    _schedule(tx, task, of, now)
    return task


async def update(
    tx: Tx, name: Name, revision: Callable[[Task], Plan], now: datetime, *, seen: int | None
) -> Task:
    before = await store.lock_task(tx, name)
    await store.save(tx, before, before=before, seen=seen)
    of = await events.find(tx, before.event)
    saved = await store.save(tx, domain.revise(before, of, revision(before), now), before=before)
    _schedule(tx, saved, of, now)
    return saved


async def remove(tx: Tx, name: Name, *, seen: int | None) -> None:
    before = await store.lock_task(tx, name)
    await store.save(tx, before, before=before, seen=seen)
    await store.drop(tx, name)
    tx.unschedule(TASK, name.id)


async def turn(tx: Tx, name: Name, rule: Callable[[Task, Event], Task], now: datetime) -> Task:
    """Stops a task, lets it go on, or has it done now."""
    before = await store.lock_task(tx, name)
    of = await events.find(tx, before.event)
    saved = await store.save(tx, rule(before, of), before=before)
    _schedule(tx, saved, of, now)
    return saved


async def invite(tx: Tx, event: Name, plan: Plan, now: datetime) -> Task:
    """Has many invited at once."""
    of = await events.find(tx, event)
    need_open(of, now)
    task = Task(
        name=Name(event.organization, new_id()),
        event=event,
        kind=Kind.INVITATION,
        plan=plan,
        due_time=now,
        create_time=now,
        update_time=now,
        state=State.RUNNING,
    )
    await store.add(tx, task)
    _schedule(tx, task, of, now)
    return task


async def remind(tx: Tx, name: Name, links: Links, now: datetime) -> Seen:
    """Reminds one participant."""
    seen = await people.read(tx, name)
    of = await events.find(tx, seen[0].event)
    need_open(of, now)
    _notify(tx, Kind.REMINDER, seen[0], of, links)
    return seen


def _schedule(tx: Tx, task: Task, event: Event, now: datetime) -> None:
    """Has the worker look at a task when there is something to do, and not before."""
    waits = task.state is State.SCHEDULED and event.state is EventState.PUBLISHED
    if waits or task.state is State.RUNNING:
        at = now if task.state is State.RUNNING else task.due_time
        tx.schedule(TASK, task.name.organization, task.name.id, at)
    else:
        tx.unschedule(TASK, task.name.id)


# --- the event


async def open_all(tx: Tx, event: Event, now: datetime) -> None:
    """Lets the tasks of an event that was published begin, and makes the usual ones if none are."""
    found = await store.lock_all(tx, event.name)
    for task in found:
        _schedule(tx, task, event, now)
    for kind, plan in () if found else domain.DEFAULTS:
        if domain.due(plan, event) > now:
            await create(tx, event.name, kind, plan, now)


async def move_all(tx: Tx, event: Event, now: datetime) -> None:
    """Has the tasks of an event follow it to another time."""
    for before in await store.lock_all(tx, event.name):
        task = domain.move(before, event, now)
        if task != before:
            _schedule(tx, await store.save(tx, task, before=before), event, now)


# --- what is due


async def go_on(
    tx: Tx, name: Name, links: Links, now: datetime, size: int = domain.BATCH
) -> Name | None:
    """Does the next part of a task. Returns the event that it is time to complete."""
    before = await store.lock_if_known(tx, name)
    if before is None or before.state not in (State.SCHEDULED, State.RUNNING):
        return None
    event = await events.find(tx, before.event)
    if event.state is EventState.DRAFT:
        return None
    if before.state is State.SCHEDULED and before.due_time > now:
        _schedule(tx, before, event, now)
        return None
    if before.kind is Kind.CLOSURE or not domain.is_open(before, event):
        await store.save(tx, domain.finish(before, now), before=before)
        takes_place = event.state is EventState.PUBLISHED and now >= event.plan.span.start_time
        return event.name if before.kind is Kind.CLOSURE and takes_place else None
    await _tell_some(tx, before, event, links, now, size)
    return None


async def _tell_some(
    tx: Tx, before: Task, event: Event, links: Links, now: datetime, size: int
) -> None:
    task = before
    found = await store.next_of(tx, before, size)
    for participant in found:
        task = await _tell(tx, task, event, participant, links, now)
    if len(found) < size:
        task = domain.finish(task, now)
    else:
        task = dataclasses.replace(task, state=State.RUNNING, update_time=now)
    _schedule(tx, await store.save(tx, task, before=before), event, now)


async def _tell(
    tx: Tx, task: Task, event: Event, participant: Participant, links: Links, now: datetime
) -> Task:
    """Tells somebody, or notes that they are told when they wake up."""
    task = dataclasses.replace(task, after=participant.name.id)
    at = domain.wake_time(task, event, participant, now)
    if domain.too_late(task, event, at) and task.plan.quiet != domain.ANY_HOUR:
        return dataclasses.replace(task, skipped=task.skipped + 1)
    if at > now:
        id = new_id()
        await store.wait(tx, id, task.name, participant.name)
        tx.schedule(NOTICE, task.name.organization, id, at)
        return task
    await _say(tx, task.kind, participant, event, links, now)
    return dataclasses.replace(task, told=task.told + 1)


async def wake(tx: Tx, id: Name, links: Links, now: datetime) -> None:
    """Tells somebody who slept, if they are still meant."""
    found = await store.lock_notice(tx, id)
    if found is None:
        return
    task, participant = await store.lock_task(tx, found[0]), await participants.find(tx, found[1])
    event = await events.find(tx, task.event)
    if task.state is State.PAUSED:
        tx.schedule(NOTICE, id.organization, id.id, now + domain.HOUR)
        return
    at = domain.wake_time(task, event, participant, now)
    if at > now:
        tx.schedule(NOTICE, id.organization, id.id, at)
        return
    await store.drop_notice(tx, id)
    late = domain.too_late(task, event, now)
    if domain.is_open(task, event) and domain.fits(task, participant) and not late:
        await _say(tx, task.kind, participant, event, links, now)
        await store.tell(tx, task.name)


async def _say(
    tx: Tx, kind: Kind, participant: Participant, event: Event, links: Links, now: datetime
) -> None:
    if kind is Kind.INVITATION:
        await people.invite(tx, participant.name, links, now)
    else:
        _notify(tx, kind, participant, event, links)


def _notify(tx: Tx, kind: Kind, participant: Participant, event: Event, links: Links) -> None:
    link = links(participant.name, link_expiry(event))
    subject = PARTICIPANTS.format(participant.name)
    tx.publish(wire.notified(kind, participant, link), subject=subject)
