"""Location served in the test's own process, with real interceptors, and callers of every kind."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.names import Name
from services.location.__main__ import SERVICE
from services.location.config import Config
from services.location.events import actions, domain
from services.location.events.domain import EVENTS
from services.location.pacing import Limits
from tests import serving
from tests.serving import NOBODY, PARTICIPANTS, Metadata, as_guest
from turnout.location.v1 import (
    arrival_pb2_grpc,
    device_pb2_grpc,
    location_pb2,
    location_pb2_grpc,
    share_pb2_grpc,
    view_pb2_grpc,
)

# The venue of the tests, and a degree of latitude in metres.
VENUE = (52.52, 13.405)
DEGREE = 111_195.0


@dataclass
class World:
    stub: Any
    served: serving.World

    @property
    def db(self) -> Database:
        return self.served.db

    @property
    def owner(self) -> psycopg.AsyncConnection[Any]:
        return self.served.owner

    @property
    def clock(self) -> serving.Clock:
        return self.served.clock

    @property
    def shares(self) -> Any:
        return share_pb2_grpc.ShareServiceStub(self.served.channel)

    @property
    def devices(self) -> Any:
        return device_pb2_grpc.DeviceServiceStub(self.served.channel)

    @property
    def arrivals(self) -> Any:
        return arrival_pb2_grpc.ArrivalServiceStub(self.served.channel)

    @property
    def views(self) -> Any:
        return view_pb2_grpc.ViewServiceStub(self.served.channel)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.served.port}"

    async def member(self, role: str, organization: uuid.UUID) -> Metadata:
        return await self.served.member(role, organization)

    async def facts(self, organization: uuid.UUID, kind: str = "") -> list[Any]:
        return await self.served.facts(organization, kind)

    async def house(self) -> House:
        """A new organization with somebody who organizes."""
        organization = new_id()
        return House(self, organization, await self.member("ORGANIZER", organization))


@dataclass
class House:
    """An organization, and what happens in it."""

    world: World
    organization: uuid.UUID
    organizer: Metadata

    @property
    def parent(self) -> str:
        return f"organizations/{self.organization}"

    async def act(self, action: Any, *args: Any) -> Any:
        """Runs an action as a worker does."""
        with self.world.served.at_work(self.organization):
            return await self.world.db.run(action, *args)

    async def event(self, **given: Any) -> domain.Event:
        """A published event that starts in an hour and lasts three."""
        now = self.world.clock.now()
        values: dict[str, Any] = {
            "name": Name(self.organization, new_id()),
            "latitude": VENUE[0],
            "longitude": VENUE[1],
            "radius": 100,
            "start_time": now + timedelta(hours=1),
            "end_time": now + timedelta(hours=4),
        }
        event = domain.Event(**(values | given))
        await self.act(actions.announce, event, now)
        return event

    async def attends(self, event: domain.Event, attendee: str) -> Name:
        """Somebody has a confirmed booking."""
        booking = Name(self.organization, new_id())
        await self.act(actions.attend, booking, event.name, attendee)
        return booking

    def guest(self) -> tuple[str, Metadata]:
        """The name of somebody who was invited, and what they call with."""
        name = Name(self.organization, new_id())
        return PARTICIPANTS.format(name), as_guest(name)

    async def traveler(self, event: domain.Event, **given: Any) -> Traveler:
        """A guest who has a ticket and agreed to be followed."""
        name, who = self.guest()
        await self.attends(event, name)
        journey = await self.world.stub.CreateJourney(create(event, **given), metadata=who)
        return Traveler(self, event, name, who, journey.name)


@dataclass
class Traveler:
    """Somebody on the way, and what they do."""

    house: House
    event: domain.Event
    name: str
    metadata: Metadata
    journey: str

    @property
    def id(self) -> uuid.UUID:
        return uuid.UUID(self.journey.rpartition("/")[2])

    @property
    def stub(self) -> Any:
        return self.house.world.stub

    async def read(self, metadata: Metadata | None = None) -> location_pb2.Journey:
        request = location_pb2.GetJourneyRequest(name=self.journey)
        found: location_pb2.Journey = await self.stub.GetJourney(
            request, metadata=metadata or self.metadata
        )
        return found

    async def record(
        self, first: int, positions: Sequence[location_pb2.Position], metadata: Metadata = NOBODY
    ) -> location_pb2.RecordPositionsResponse:
        request = location_pb2.RecordPositionsRequest(
            name=self.journey, first_sequence=first, positions=positions
        )
        answer: location_pb2.RecordPositionsResponse = await self.stub.RecordPositions(
            request, metadata=metadata or self.metadata
        )
        return answer

    async def withdraw(self) -> location_pb2.Journey:
        request = location_pb2.WithdrawJourneyRequest(name=self.journey)
        found: location_pb2.Journey = await self.stub.WithdrawJourney(
            request, metadata=self.metadata
        )
        return found

    async def positions(self, metadata: Metadata | None = None) -> list[location_pb2.Position]:
        """All of them, page by page."""
        found: list[location_pb2.Position] = []
        token = ""
        while True:
            request = location_pb2.ListPositionsRequest(
                parent=self.journey, page_size=200, page_token=token
            )
            page = await self.stub.ListPositions(request, metadata=metadata or self.metadata)
            found += page.positions
            token = page.next_page_token
            if not token:
                return found

    def at(self, meters: float, seconds: float = 0, **given: Any) -> location_pb2.Position:
        """So far south of the venue, so many seconds from now."""
        when = self.house.world.clock.now() + timedelta(seconds=seconds)
        return position(meters, when, **given)

    def way(self, far: float, near: float, count: int) -> list[location_pb2.Position]:
        """Walking straight towards the venue, in the seconds up to now."""
        step = (near - far) / max(1, count - 1)
        return [self.at(far + step * n, seconds=n - count + 1) for n in range(count)]


def position(meters: float, when: datetime, **given: Any) -> location_pb2.Position:
    values: dict[str, Any] = {
        "location": {"latitude": VENUE[0] - meters / DEGREE, "longitude": VENUE[1]},
        "horizontal_accuracy_meters": 5,
    }
    found = location_pb2.Position(**(values | given))
    if "capture_time" not in given:
        found.capture_time.FromDatetime(when)
    return found


def create(to: domain.Event, **given: Any) -> location_pb2.CreateJourneyRequest:
    """A request to be followed, with consent."""
    request_id = given.pop("request_id", "")
    values: dict[str, Any] = {"event": EVENTS.format(to.name), "consent": True}
    journey = location_pb2.Journey(**(values | given))
    return location_pb2.CreateJourneyRequest(
        parent=f"organizations/{to.name.organization}", journey=journey, request_id=request_id
    )


# --- the server


@contextlib.asynccontextmanager
async def opened(
    db: Database,
    owner: psycopg.AsyncConnection[Any],
    redis_url: str,
    grace: float = 0,
    **limits: float,
) -> AsyncIterator[World]:
    """A server; several may share a database."""
    given: Any = {"config": Config(Limits(**limits)), "grace": grace, "redis_url": redis_url}
    async with serving.serving(SERVICE, db, owner, **given) as served:
        yield World(location_pb2_grpc.LocationServiceStub(served.channel), served)
