"""The RPCs about tasks. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from services.event.events.domain import Event
from services.event.participants import wire as people
from services.event.participants.actions import Links
from services.event.participants.domain import PARTICIPANTS
from services.event.tasks import actions, domain, store, wire
from services.event.tasks.domain import TASKS, Task
from services.kit import masks, pages
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from turnout.event.v1 import participant_pb2, task_pb2, task_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class TaskServicer(task_pb2_grpc.TaskServiceServicer):
    """`links` makes what messages carry; `secret` is what page tokens are signed with."""

    def __init__(
        self, db: Database, now: Callable[[], datetime], links: Links, secret: bytes
    ) -> None:
        self._db = db
        self._now = now
        self._links = links
        self._secret = secret

    async def CreateTask(
        self, request: task_pb2.CreateTaskRequest, context: Context
    ) -> task_pb2.Task:
        event = wire.event_of(request.task.event, request.parent, "task.event")
        kind, plan = wire.kind(request.task), wire.plan(request.task)

        async def create(tx: Tx) -> task_pb2.Task:
            return wire.task(await actions.create(tx, event, kind, plan, self._now()))

        return await self._db.run(once(request, create))

    async def GetTask(self, request: task_pb2.GetTaskRequest, context: Context) -> task_pb2.Task:
        return wire.task(await self._db.read(store.find, TASKS.parse(request.name)))

    async def ListTasks(
        self, request: task_pb2.ListTasksRequest, context: Context
    ) -> task_pb2.ListTasksResponse:
        page, organization = pages.page(request, self._secret), parent(request.parent)
        event = wire.event_asked(request)
        found = await self._db.read(store.page, organization, page, event=event)
        shown, token = page.cut(found, wire.key)
        return task_pb2.ListTasksResponse(tasks=map(wire.task, shown), next_page_token=token)

    async def UpdateTask(
        self, request: task_pb2.UpdateTaskRequest, context: Context
    ) -> task_pb2.Task:
        name = TASKS.parse(request.task.name, "task.name")
        seen = expected(request.task.etag, "task.etag")
        paths = masks.paths(request.update_mask, request.task, wire.PATCHABLE)
        revision = partial(wire.revision, sent=request.task, paths=paths)
        return wire.task(await self._db.run(actions.update, name, revision, self._now(), seen=seen))

    async def DeleteTask(
        self, request: task_pb2.DeleteTaskRequest, context: Context
    ) -> empty_pb2.Empty:
        name, seen = TASKS.parse(request.name), expected(request.etag)
        await self._db.run(actions.remove, name, seen=seen)
        return empty_pb2.Empty()

    async def PauseTask(
        self, request: task_pb2.PauseTaskRequest, context: Context
    ) -> task_pb2.Task:
        return await self._turn(request, lambda task, _: domain.pause(task, self._now()))

    async def ResumeTask(
        self, request: task_pb2.ResumeTaskRequest, context: Context
    ) -> task_pb2.Task:
        return await self._turn(request, lambda task, _: domain.resume(task, self._now()))

    async def RunTask(self, request: task_pb2.RunTaskRequest, context: Context) -> task_pb2.Task:
        return await self._turn(request, lambda task, event: domain.run(task, event, self._now()))

    async def InviteParticipants(
        self, request: task_pb2.InviteParticipantsRequest, context: Context
    ) -> task_pb2.Task:
        event = wire.event_of(request.event, request.parent, "event")
        plan = wire.at_once(request)

        async def invite(tx: Tx) -> task_pb2.Task:
            return wire.task(await actions.invite(tx, event, plan, self._now()))

        return await self._db.run(once(request, invite))

    async def RemindParticipant(
        self, request: task_pb2.RemindParticipantRequest, context: Context
    ) -> participant_pb2.Participant:
        name = PARTICIPANTS.parse(request.name)

        async def remind(tx: Tx) -> participant_pb2.Participant:
            return people.participant(*await actions.remind(tx, name, self._links, self._now()))

        return await self._db.run(once(request, remind))

    async def _turn(self, request: Any, rule: Callable[[Task, Event], Task]) -> task_pb2.Task:
        name = TASKS.parse(request.name)

        async def turn(tx: Tx) -> task_pb2.Task:
            return wire.task(await actions.turn(tx, name, rule, self._now()))

        return await self._db.run(once(request, turn))
