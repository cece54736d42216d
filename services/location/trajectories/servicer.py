"""The RPCs of trajectories. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.api import httpbody_pb2

from services.kit.caller import caller
from services.kit.db import Database
from services.kit.names import Name
from services.location.journeys.domain import Journey
from services.location.segments.columns import Point
from services.location.trajectories import actions, domain, wire
from services.location.trajectories.domain import TRAJECTORIES
from services.location.views.looks import Looks
from turnout.location.v1 import trajectory_pb2, trajectory_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

# Positions in one frame of a stream.
BATCH = 500


class TrajectoryServicer(trajectory_pb2_grpc.TrajectoryServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime], looks: Looks) -> None:
        self._db = db
        self._now = now
        self._looks = looks

    async def GetTrajectory(
        self, request: trajectory_pb2.GetTrajectoryRequest, context: Context
    ) -> trajectory_pb2.Trajectory:
        name, now = TRAJECTORIES.parse(request.name), self._now()
        journey, told = await self._told(name, after=0, most=actions.MOST)
        tolerance = request.tolerance_meters or domain.TOLERANCE
        frame = actions.frame(journey, now)
        # A long way takes its time, in which others are served.
        found = await asyncio.to_thread(domain.trajectory, told, frame)
        shown = await asyncio.to_thread(domain.simplified, found.points, tolerance)
        return wire.trajectory(name, found, shown)

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
