"""An organization with an event and people, as messaging hears of them."""

from __future__ import annotations

import contextlib
import json
import pathlib
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from google.protobuf.message import Message

from services.kit import server
from services.kit.db import Database, organization_of
from services.kit.ids import new_id
from services.kit.inbox import Heard
from services.kit.work import Worker
from services.messaging.__main__ import SERVICE
from services.messaging.channels.email import Smtp
from services.messaging.config import Config
from services.messaging.dispatch.domain import Rate
from tests import serving
from turnout.auth.v1 import auth_pb2, organization_pb2
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2, participant_pb2
from turnout.messaging.v1 import messaging_pb2, messaging_pb2_grpc

# Most tests are not about how fast messages go out.
FAST = Rate(10_000, timedelta(seconds=1))
LINK = "http://127.0.0.1:8080/join/#token-of-"


@dataclass
class Club:
    """An organization that messaging has heard of, with one published event."""

    world: World
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    event_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def name(self) -> str:
        return f"organizations/{self.id}"

    @property
    def event(self) -> str:
        return f"{self.name}/events/{self.event_id}"

    async def hear(self, fact: Message, subject: str = "", id: uuid.UUID | None = None) -> None:
        await self.world.hear(fact, subject=subject or self.name, id=id)

    async def introduce(self, contact_email: str = "club@example.org") -> None:
        await self.hear(
            organization_pb2.OrganizationCreated(
                organization=self.name, display_name="The Club", contact_email=contact_email
            )
        )

    async def publish(self, display_name: str = "Winter Gig") -> None:
        announcement = event_pb2.Announcement(
            event=self.event,
            display_name=display_name,
            venue=event_pb2.Venue(display_name="Alte Halle", address="Kastanienallee 1, Berlin"),
            time_zone="Europe/Berlin",
        )
        announcement.start_time.FromDatetime(datetime(2026, 12, 21, 18, 30, tzinfo=UTC))
        await self.hear(event_pb2.EventPublished(announcement=announcement))

    async def invite(self, **changes: str) -> str:
        """The name of somebody who was just invited."""
        name = f"{self.name}/participants/{uuid.uuid4()}"
        await self.hear(self.invitation(name, **changes), name)
        return name

    async def change(self, name: str, **changes: str) -> None:
        """Somebody who was invited is reached otherwise now."""
        said = {"participant": name, "display_name": "Ada", "email": "ada@example.org"}
        await self.hear(participant_pb2.ParticipantChanged(**said | changes), name)

    def invitation(self, name: str, **changes: str) -> participant_pb2.ParticipantInvited:
        said = {
            "participant": name,
            "event": self.event,
            "display_name": "Ada",
            "email": "ada@example.org",
            "link": LINK + name[-36:],
        }
        return participant_pb2.ParticipantInvited(**said | changes)

    def confirmed(self, buyer: str, *codes: str) -> booking_pb2.BookingConfirmed:
        tickets = [booking_pb2.Ticket(code=code) for code in codes]
        return booking_pb2.BookingConfirmed(
            booking=self.booking(), event=self.event, buyer=buyer, tickets=tickets
        )

    def booking(self) -> str:
        return f"{self.name}/bookings/{uuid.uuid4()}"

    async def messages(self, **filters: Any) -> list[messaging_pb2.Message]:
        """What was written so far, as the organization's owner sees it."""
        owner = await self.world.member("OWNER", self.id)
        request = messaging_pb2.ListMessagesRequest(parent=self.name, page_size=200, **filters)
        return list((await self.world.stub.ListMessages(request, metadata=owner)).messages)

    async def all_sent(self) -> bool:
        query = "select count(*) from messages where organization = %s and state <> 'sent'"
        rows = await self.world.owner.execute(query, [self.id])
        return await rows.fetchone() == (0,)

    async def send(self) -> list[messaging_pb2.Message]:
        """Has the dispatcher do what waits, and says what became of everything."""
        await self.world.owner.execute(
            "update messages set wait_time = null where organization = %s", [self.id]
        )
        await self.world.do_all("send", self.id)
        return await self.messages()


@dataclass
class World(serving.World):
    log: pathlib.Path = pathlib.Path()

    @property
    def stub(self) -> messaging_pb2_grpc.MessagingServiceAsyncStub:
        return messaging_pb2_grpc.MessagingServiceStub(self.channel)

    async def hear(self, fact: Message, *, subject: str, id: uuid.UUID | None = None) -> None:
        handlers = server._given(self.service.hears, self.parts)
        organization = organization_of(subject)
        heard = Heard(id or new_id(), "elsewhere", subject, organization, self.clock.now())
        with self.at_work(organization):
            await self.db.run(handlers[type(fact)], fact, heard)

    async def hear_together(self, facts: Sequence[tuple[Message, str]]) -> None:
        """Facts of one kind about one organization, each with its subject, in one transaction."""
        together = server._given(self.service.hears, self.parts)[type(facts[0][0])]
        organization = organization_of(facts[0][1])
        told = [
            (fact, Heard(new_id(), "elsewhere", subject, organization, self.clock.now()))
            for fact, subject in facts
        ]
        with self.at_work(organization):
            await self.db.run(together.hear, told)

    async def club(self, contact_email: str = "club@example.org") -> Club:
        found = Club(self)
        await found.introduce(contact_email)
        await found.publish()
        return found

    async def register(self, display_name: str = "Bob") -> str:
        """The name of a new user."""
        name = f"users/{uuid.uuid4()}"
        await self.hear(
            auth_pb2.UserRegistered(user=name, display_name=display_name, email="bob@example.org"),
            subject=name,
        )
        return name

    def workers(self, number: int = 1) -> Iterator[Coroutine[Any, Any, None]]:
        """Workers whose leases run out soon when they are stopped in the middle."""
        errands = self.parts.state.errands
        return (Worker(self.db, {}, errands, lease=4.0).run() for _ in range(number))

    def written(self, club: Club) -> list[dict[str, str]]:
        """The lines in the console's file that are about one organization."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        said: list[dict[str, str]] = [json.loads(line) for line in lines if line]
        return [line for line in said if line["message"].startswith(club.name)]


@contextlib.asynccontextmanager
async def opened(
    db: Database,
    owner: psycopg.AsyncConnection[Any],
    log: pathlib.Path,
    *,
    smtp: Smtp | None = None,
    rate: Rate = FAST,
    config: Config | None = None,
    **settings: Any,
) -> AsyncIterator[World]:
    config = config or Config(messages_log=log, smtp=smtp, rate=rate)
    async with serving.serving(SERVICE, db, owner, config=config, **settings) as found:
        yield World(**{**vars(found), "log": log})
