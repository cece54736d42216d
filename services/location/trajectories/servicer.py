"""The RPCs of trajectories. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.api import httpbody_pb2

from services.kit.caller import caller
from services.kit.db import Database
from services.kit.names import Name
from services.kit.pages import page
from services.location.events.domain import EVENTS
from services.location.journeys.actions import distance
from services.location.journeys.domain import Journey, JourneyNotFound, JourneyOver
from services.location.segments.columns import Point
from services.location.trajectories import actions, domain, wire
from services.location.trajectories.domain import TRAJECTORIES
from services.location.trajectories.store import FIRST
from services.location.views.looks import Looks
from turnout.location.v1 import trajectory_pb2, trajectory_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

# Positions in one frame of a stream.
BATCH = 500
# Ways on one page: each is read as a whole.
MOST_WAYS = 20


class TrajectoryServicer(trajectory_pb2_grpc.TrajectoryServiceServicer):
    def __init__(
        self, db: Database, now: Callable[[], datetime], pages_key: bytes, looks: Looks
    ) -> None:
        self._pages_key = pages_key
        self._db = db
        self._now = now
        self._looks = looks

    async def GetTrajectory(
        self, request: trajectory_pb2.GetTrajectoryRequest, context: Context
    ) -> trajectory_pb2.Trajectory:
        name = TRAJECTORIES.parse(request.name)
        journey, told = await self._told(name, after=0, most=actions.MOST)
        return await self._way(journey, told, request.tolerance_meters)

    async def ListTrajectories(
        self, request: trajectory_pb2.ListTrajectoriesRequest, context: Context
    ) -> trajectory_pb2.ListTrajectoriesResponse:
        event, asked = EVENTS.parse(request.parent, "parent"), page(request, self._pages_key)
        asked = replace(asked, size=min(asked.size, MOST_WAYS))
        (time, id), who, now = asked.after or FIRST, caller(), self._now()
        found = await self._db.read(
            actions.shared, event, who, now, after=(time, id), most=asked.limit
        )
        self._looks.at_event(event, who.name, distance(who))
        shown, token = asked.cut(found, lambda one: (one.create_time, one.name.id))
        ways = [
            way
            for one in shown
            if (way := await self._shared(one.name, request.tolerance_meters)) is not None
        ]
        return trajectory_pb2.ListTrajectoriesResponse(trajectories=ways, next_page_token=token)

    async def _shared(self, name: Name, tolerance: float) -> trajectory_pb2.Trajectory | None:
        """A way, unless the person arrived or took the consent back meanwhile."""
        try:
            journey, told = await self._db.read(
                actions.told, name, caller(), self._now(), after=0, most=actions.MOST
            )
        except (JourneyOver, JourneyNotFound):
            return None
        return await self._way(journey, told, tolerance)

    async def _way(
        self, journey: Journey, told: list[Point], tolerance: float
    ) -> trajectory_pb2.Trajectory:
        frame = actions.frame(journey, self._now())
        # A long way takes its time, in which others are served.
        found = await asyncio.to_thread(domain.trajectory, told, frame)
        shown = await asyncio.to_thread(
            domain.simplified, found.points, tolerance or domain.TOLERANCE
        )
        return wire.trajectory(journey.name, found, shown)

    async def ExportTrajectory(
        self, request: trajectory_pb2.ExportTrajectoryRequest, context: Context
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        name, now = TRAJECTORIES.parse(request.name), self._now()
        journey, way = await self._told(name, after=0, most=actions.MOST)
        if not request.raw:
            frame = actions.frame(journey, now)
            way = list((await asyncio.to_thread(domain.trajectory, way, frame)).points)
        await context.send_initial_metadata(wire.disposition(name, request.format))
        async for piece in wire.file(way, request.format):
            yield piece

    async def StreamTrajectory(
        self, request: trajectory_pb2.StreamTrajectoryRequest, context: Context
    ) -> AsyncIterator[trajectory_pb2.StreamTrajectoryResponse]:
        name, after = TRAJECTORIES.parse(request.name), wire.after(request.resume_token)
        while True:
            # No transaction is open while a slow reader is waited for.
            _, found = await self._told(name, after=after, most=BATCH)
            if found:
                yield wire.part(found)
                after = found[-1].sequence
            if len(found) < BATCH:
                return

    async def _told(self, name: Name, *, after: int, most: int) -> tuple[Journey, list[Point]]:
        """What the caller may see of a way; the person is told who looked."""
        who = caller()
        found = await self._db.read(actions.told, name, who, self._now(), after=after, most=most)
        if who.permitted:
            self._looks.at_one(name, found[0].event, who.name)
        return found
