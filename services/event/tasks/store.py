"""What is kept of tasks, and of those who sleep when they are done."""

from __future__ import annotations

import dataclasses
import functools
import uuid
from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any

import sqlalchemy as sa

from services.event.participants import store as participants
from services.event.participants.domain import Answer, Channel, Mark, Participant, Wanted
from services.event.tables import notices, tasks
from services.event.tasks.domain import (
    TASKS,
    Anchor,
    Audience,
    Kind,
    Plan,
    State,
    Task,
    TaskNotFound,
)
from services.kit.db import Statement, Tx, sql
from services.kit.etags import StaleEtag
from services.kit.names import Name
from services.kit.pages import Page

KEY = ("organization", "id", "event", "kind", "create_time")
_THIS = (
    tasks.c.organization == sa.bindparam("organization"),
    tasks.c.id == sa.bindparam("id"),
)
_VALUES = {c.name: sa.bindparam(c.name, type_=c.type) for c in tasks.c}
_FIND = sql(sa.select(tasks).where(*_THIS))
_LOCK = sql(sa.select(tasks).where(*_THIS).with_for_update())
_ADD = sql(sa.insert(tasks).values(_VALUES))
_SAVE = sql(
    sa.update(tasks)
    .where(*_THIS)
    .values({name: value for name, value in _VALUES.items() if name not in KEY})
)
_DROP = sql(sa.delete(tasks).where(*_THIS))
_TELL = sql(sa.update(tasks).where(*_THIS).values(told=tasks.c.told + 1))
_OF_EVENT = sql(
    sa.select(tasks)
    .where(
        tasks.c.organization == sa.bindparam("organization"),
        tasks.c.event == sa.bindparam("event"),
    )
    .order_by(tasks.c.id)
    .with_for_update()
)


async def find(tx: Tx, name: Name) -> Task:
    return _known(await tx.maybe(_FIND, organization=name.organization, id=name.id), name)


async def lock_task(tx: Tx, name: Name) -> Task:
    """Reads a task and keeps every other writer away from it until the commit."""
    return _known(await tx.maybe(_LOCK, organization=name.organization, id=name.id), name)


async def lock_if_known(tx: Tx, name: Name) -> Task | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return _task(row) if row else None


async def lock_all(tx: Tx, event: Name) -> list[Task]:
    """The tasks of an event."""
    rows = await tx.all(_OF_EVENT, organization=event.organization, event=event.id)
    return [_task(row) for row in rows]


async def add(tx: Tx, task: Task) -> None:
    await tx.run(_ADD, **_values(task))


async def save(tx: Tx, task: Task, *, before: Task, seen: int | None = None) -> Task:
    """Writes the next version of a task that was locked, if it is another one at all."""
    if seen not in (None, before.version):
        raise StaleEtag(TASKS.format(before.name))
    if task == before:
        return before
    saved = dataclasses.replace(task, version=before.version + 1)
    await tx.run(_SAVE, **{k: v for k, v in _values(saved).items() if k not in KEY[2:]})
    return saved


async def drop(tx: Tx, name: Name) -> None:
    await tx.run(_DROP, organization=name.organization, id=name.id)


async def page(tx: Tx, organization: uuid.UUID, page: Page, *, event: Name | None) -> list[Task]:
    """The next tasks in the order in which they were made."""
    given = {"event": event.id if event else None, **page.keys("after")}
    present = {name: value for name, value in given.items() if value is not None}
    statement = _page(frozenset(present))
    rows = await tx.all(statement, organization=organization, most=page.limit, **present)
    return [_task(row) for row in rows]


@functools.cache
def _page(given: frozenset[str]) -> Statement:
    query = sa.select(tasks).where(tasks.c.organization == sa.bindparam("organization"))
    if "event" in given:
        query = query.where(tasks.c.event == sa.bindparam("event"))
    if "after" in given:
        query = query.where(tasks.c.id > sa.bindparam("after"))
    return sql(query.order_by(tasks.c.id).limit(sa.bindparam("most", type_=sa.Integer)))


async def next_of(tx: Tx, task: Task, size: int) -> Sequence[Participant]:
    """Those who are meant and come next, up to `size`."""
    audience = task.plan.audience
    wanted = Wanted(
        organization=task.name.organization,
        event=task.event,
        states=task.states,
        answers=audience.answers,
        channels=audience.channels,
        query=audience.query,
        ticket_type=audience.ticket_type,
    )
    after = (task.after,) if task.after else None
    return await participants.page(tx, wanted, Page(size - 1, after, b"", b""))


# --- those who sleep

_WAIT = sql(sa.insert(notices))
_LOCK_NOTICE = sql(
    sa.select(notices)
    .where(
        notices.c.organization == sa.bindparam("organization"),
        notices.c.id == sa.bindparam("id"),
    )
    .with_for_update()
)
_DROP_NOTICE = sql(
    sa.delete(notices).where(
        notices.c.organization == sa.bindparam("organization"),
        notices.c.id == sa.bindparam("id"),
    )
)


async def wait(tx: Tx, id: uuid.UUID, task: Name, participant: Name) -> None:
    """Notes who is to be told later."""
    await tx.run(
        _WAIT,
        organization=task.organization,
        id=id,
        task=task.id,
        participant=participant.id,
    )


async def lock_notice(tx: Tx, id: Name) -> tuple[Name, Name] | None:
    """The task and the participant of a notice; None if either is gone."""
    row = await tx.maybe(_LOCK_NOTICE, organization=id.organization, id=id.id)
    if row is None:
        return None
    return Name(id.organization, row.task), Name(id.organization, row.participant)


async def drop_notice(tx: Tx, id: Name) -> None:
    await tx.run(_DROP_NOTICE, organization=id.organization, id=id.id)


async def tell(tx: Tx, task: Name) -> None:
    """Counts one more who was told."""
    await tx.run(_TELL, organization=task.organization, id=task.id)


# --- rows to values and back


def _known(row: Any, name: Name) -> Task:
    if row is None:
        raise TaskNotFound(TASKS.format(name))
    return _task(row)


def _task(row: Any) -> Task:
    audience = Audience(
        states=tuple(map(Mark, row.states)),
        answers=tuple(Answer(each) if each else None for each in row.answers),
        channels=tuple(map(Channel, row.channels)),
        ticket_type=row.ticket_type,
        query=row.query,
    )
    return Task(
        name=Name(row.organization, row.id),
        event=Name(row.organization, row.event),
        kind=Kind(row.kind),
        plan=Plan(
            Anchor(row.anchor),
            timedelta(seconds=row.offset_seconds),
            audience,
            (_clock(row.quiet_start), _clock(row.quiet_end)),
        ),
        due_time=row.due_time,
        create_time=row.create_time,
        update_time=row.update_time,
        state=State(row.state),
        after=row.after,
        told=row.told,
        skipped=row.skipped,
        finish_time=row.finish_time,
        version=row.version,
    )


def _clock(minutes: int) -> time:
    return time(*divmod(minutes, 60))


def _values(task: Task) -> dict[str, Any]:
    plan, audience = task.plan, task.plan.audience
    return {
        "organization": task.name.organization,
        "id": task.name.id,
        "event": task.event.id,
        "kind": task.kind.value,
        "anchor": plan.anchor.value,
        "offset_seconds": int(plan.offset.total_seconds()),
        "states": [mark.value for mark in audience.states],
        # Empty text: those who said nothing.
        "answers": [answer.value if answer else "" for answer in audience.answers],
        "channels": [channel.value for channel in audience.channels],
        "ticket_type": audience.ticket_type,
        "query": audience.query,
        "quiet_start": plan.quiet[0].hour * 60 + plan.quiet[0].minute,
        "quiet_end": plan.quiet[1].hour * 60 + plan.quiet[1].minute,
        "state": task.state.value,
        "due_time": task.due_time,
        "after": task.after,
        "told": task.told,
        "skipped": task.skipped,
        "finish_time": task.finish_time,
        "create_time": task.create_time,
        "update_time": task.update_time,
        "version": task.version,
    }
