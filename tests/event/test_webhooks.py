"""Endpoints are told what becomes true: once each, in order, signed, again and again if need be."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from services.event import inbox
from services.event.__main__ import SERVICE
from services.event.webhooks import actions, domain, work
from services.event.webhooks.domain import ENDPOINTS
from services.event.webhooks.outside import Poster
from services.kit import ids, secrets
from services.kit.inbox import Heard
from services.kit.server import parts_of, working
from services.kit.tenant import within
from services.kit.work import Due
from tests.event.receiver import Receiver, receiving
from tests.event.world import CONFIG, SECRET, House, refused
from tests.waiting import eventually
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import participant_pb2, webhook_pb2

pytestmark = pytest.mark.server

KEY = secrets.derive(SECRET, "webhooks")
State, Fate = webhook_pb2.WebhookEndpoint, webhook_pb2.WebhookDelivery


class Hooks:
    """An owner of an organization, and a program of theirs."""

    def __init__(self, house: House, owner: Any, receiver: Receiver) -> None:
        self.house, self.owner, self.receiver = house, owner, receiver
        self.stub = house.world.webhooks
        self.errand = work.errands(KEY, Poster(loopback=True), house.world.clock.now)[actions.SEND]

    async def create(self, **given: Any) -> Any:
        values = {"uri": self.receiver.uri} | given
        request_id = values.pop("request_id", "")
        request = webhook_pb2.CreateWebhookEndpointRequest(
            parent=self.house.name,
            webhook_endpoint=webhook_pb2.WebhookEndpoint(**values),
            request_id=request_id,
        )
        return await self.stub.CreateWebhookEndpoint(request, metadata=self.owner)

    async def call(self, method: str, request: Any) -> Any:
        return await getattr(self.stub, method)(request, metadata=self.owner)

    async def read(self, endpoint: Any) -> Any:
        request = webhook_pb2.GetWebhookEndpointRequest(name=endpoint.name)
        return await self.call("GetWebhookEndpoint", request)

    async def hear(self, fact: Any, subject: str = "", id: uuid.UUID | None = None) -> uuid.UUID:
        """Has event hear a fact, as its inbox does."""
        id, now = id or uuid.uuid4(), self.house.world.clock.now()
        heard = Heard(id, "", subject or fact.booking, self.house.organization, now)
        with within(self.house.organization):
            await self.house.world.db.run(inbox.HEARS[type(fact)], fact, heard)
        return id

    async def post_due(self) -> int:
        """Does what is due now, as the worker does; says how much that was."""
        rows = await self.house.world.owner.execute(
            "delete from due where kind = %s and organization = %s and due_time <= %s"
            " returning id, due_time",
            [actions.SEND, self.house.organization, self.house.world.clock.now()],
        )
        found = await rows.fetchall()
        for row in sorted(found):
            due = Due(actions.SEND, self.house.organization, row.id, row.due_time, 0)
            with within(self.house.organization):
                await self.errand(self.house.world.db, due)
        return len(found)

    async def post_all(self) -> None:
        while await self.post_due():
            pass

    async def deliveries(self, **given: Any) -> list[Any]:
        request = webhook_pb2.ListWebhookDeliveriesRequest(parent=self.house.name, **given)
        found = await self.call("ListWebhookDeliveries", request)
        return list(found.webhook_deliveries)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.body) for request in self.receiver.requests]


@pytest.fixture
async def hooks(house):
    async with receiving() as receiver:
        yield Hooks(house, await house.member("OWNER"), receiver)


def lapsed(house: House, booking: str = "") -> Any:
    return booking_pb2.BookingLapsed(
        booking=booking or f"{house.name}/bookings/{ids.new_id()}",
        event=f"{house.name}/events/{ids.new_id()}",
        buyer="users/1",
    )


async def test_an_endpoint_is_told_what_becomes_true(house, hooks):
    endpoint = await hooks.create(description="our shop")
    fact = lapsed(house)

    id = await hooks.hear(fact)
    await hooks.post_all()

    (request,) = hooks.receiver.requests
    assert request.line == "POST /hooks?of=us HTTP/1.1"
    (body,) = hooks.bodies
    assert body["data"] == {"booking": fact.booking, "event": fact.event, "buyer": "users/1"}
    assert (body["type"], body["id"], body["subject"]) == ("BookingLapsed", str(id), fact.booking)
    assert request.headers["webhook-id"] == str(id)
    assert request.headers["webhook-signature"] == signature(endpoint.secret, request)
    (delivery,) = await hooks.deliveries()
    assert (delivery.state, delivery.attempts) == (Fate.STATE_DELIVERED, 1)
    assert (delivery.response_status, delivery.response_body) == (200, "thanks")
    assert delivery.body == request.body
    same = webhook_pb2.GetWebhookDeliveryRequest(name=delivery.name)
    assert await hooks.call("GetWebhookDelivery", same) == delivery


def signature(secret: str, request: Any) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = request.headers["webhook-timestamp"]
    content = f"{request.headers['webhook-id']}.{stamp}.{request.body}"
    digest = hmac.new(key, content.encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


async def test_a_fact_that_is_heard_twice_is_told_once(house, hooks):
    await hooks.create()
    fact, id = lapsed(house), uuid.uuid4()
    await hooks.hear(fact, id=id)
    await hooks.hear(fact, id=id)

    await hooks.post_all()

    assert len(hooks.receiver.requests) == 1


async def test_an_endpoint_hears_the_kinds_that_it_wants(house, hooks):
    await hooks.create(kinds=["BookingHeld"])

    await hooks.hear(lapsed(house))
    await hooks.post_all()

    assert hooks.receiver.requests == []


async def test_what_opens_something_is_not_told(house, hooks):
    await hooks.create()
    ticket = booking_pb2.Ticket(ticket_type="standard", code="a secret of the door")
    fact = booking_pb2.BookingConfirmed(
        booking=f"{house.name}/bookings/{ids.new_id()}",
        event=f"{house.name}/events/{ids.new_id()}",
        buyer="users/1",
        tickets=[ticket],
    )
    invited = participant_pb2.ParticipantInvited(display_name="Ada", link="https://…#token")
    await hooks.hear(fact)
    await hooks.hear(invited, subject=f"{house.name}/participants/1")

    await hooks.post_all()

    texts = " ".join(request.body for request in hooks.receiver.requests)
    assert "standard" in texts
    assert "Ada" in texts
    assert "secret of the door" not in texts
    assert "token" not in texts


async def test_what_fails_is_tried_again_later_under_the_same_id(house, hooks, clock):
    await hooks.create()
    hooks.receiver.will_answer(503, "not now")
    await hooks.hear(lapsed(house))

    await hooks.post_all()

    (delivery,) = await hooks.deliveries()
    assert (delivery.state, delivery.attempts) == (Fate.STATE_PENDING, 1)
    assert (delivery.response_status, delivery.response_body) == (503, "not now")
    assert delivery.failure_reason == "HTTP status 503"
    wait = delivery.next_attempt_time.ToDatetime(UTC) - delivery.attempt_time.ToDatetime(UTC)
    assert timedelta(seconds=4) <= wait <= timedelta(seconds=6)
    clock.ahead = timedelta(seconds=10)
    await hooks.post_all()
    first, second = hooks.receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    (delivery,) = await hooks.deliveries()
    assert (delivery.state, delivery.attempts) == (Fate.STATE_DELIVERED, 2)


async def test_what_is_told_of_one_subject_is_told_in_order(house, hooks, clock):
    await hooks.create()
    hooks.receiver.will_answer(500)
    one = f"{house.name}/bookings/{ids.new_id()}"
    first = await hooks.hear(lapsed(house, one))
    second = await hooks.hear(lapsed(house, one))
    other = await hooks.hear(lapsed(house))

    await hooks.post_all()
    clock.ahead = timedelta(seconds=10)
    await hooks.post_all()

    told = [request.headers["webhook-id"] for request in hooks.receiver.requests]
    assert told == [str(id) for id in (first, other, first, second)]


async def test_a_secret_is_replaced_without_a_gap(house, hooks, clock):
    endpoint = await hooks.create()
    rotated = await hooks.call(
        "RotateWebhookSecret", webhook_pb2.RotateWebhookSecretRequest(name=endpoint.name)
    )
    await hooks.hear(lapsed(house))
    await hooks.post_all()
    clock.ahead = timedelta(hours=25)
    await hooks.hear(lapsed(house))
    await hooks.post_all()

    during, after = hooks.receiver.requests
    new, old = (signature(each.secret, during) for each in (rotated, endpoint))
    assert during.headers["webhook-signature"] == f"{new} {old}"
    assert after.headers["webhook-signature"] == signature(rotated.secret, after)
    assert rotated.HasField("overlap_end_time")
    assert (await hooks.read(endpoint)).secret == ""


async def test_a_retry_of_the_creation_gets_the_same_secret(hooks):
    id = str(uuid.uuid4())

    first, again = await hooks.create(request_id=id), await hooks.create(request_id=id)

    assert first == again
    assert first.secret.startswith("whsec_")


async def test_an_endpoint_that_fails_too_often_is_paused_and_goes_on_when_resumed(
    world, house, hooks, clock
):
    endpoint = await hooks.create()
    for _ in range(domain.PATIENCE):
        hooks.receiver.will_answer(500)
        await hooks.hear(lapsed(house))
    await hooks.post_all()

    found = await hooks.read(endpoint)
    assert (found.state, found.failures) == (State.STATE_PAUSED, domain.PATIENCE)
    assert "HTTP status 500" in found.pause_reason
    (told,) = await world.facts(house.organization, "WebhookEndpointPaused")
    assert (told.webhook_endpoint, told.reason) == (endpoint.name, found.pause_reason)
    await hooks.hear(lapsed(house))
    clock.ahead = timedelta(minutes=1)
    await hooks.post_all()
    assert len(hooks.receiver.requests) == domain.PATIENCE

    resume = webhook_pb2.ResumeWebhookEndpointRequest(name=endpoint.name)
    resumed = await hooks.call("ResumeWebhookEndpoint", resume)
    await hooks.post_all()

    assert (resumed.state, resumed.failures, resumed.pause_reason) == (State.STATE_ENABLED, 0, "")
    assert len(hooks.receiver.requests) == 2 * domain.PATIENCE + 1
    assert await hooks.deliveries(state=Fate.STATE_PENDING) == []


async def test_a_member_pauses_an_endpoint(house, hooks):
    endpoint = await hooks.create()
    pause = webhook_pb2.PauseWebhookEndpointRequest(name=endpoint.name)

    paused = await hooks.call("PauseWebhookEndpoint", pause)
    await hooks.hear(lapsed(house))
    await hooks.post_all()

    assert (paused.state, paused.pause_reason) == (State.STATE_PAUSED, "paused by a member")
    assert await hooks.call("PauseWebhookEndpoint", pause) == paused
    assert hooks.receiver.requests == []
    assert len(await hooks.deliveries(state=Fate.STATE_PENDING)) == 1


async def test_one_delivery_is_told_again(house, hooks):
    await hooks.create()
    await hooks.hear(lapsed(house))
    await hooks.post_all()
    (delivery,) = await hooks.deliveries()

    replay = webhook_pb2.ReplayWebhookDeliveryRequest(name=delivery.name)
    again = await hooks.call("ReplayWebhookDelivery", replay)
    await hooks.post_all()

    assert (again.state, again.attempts) == (Fate.STATE_PENDING, 0)
    first, second = hooks.receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


async def test_a_span_of_time_is_told_again(house, hooks, clock):
    endpoint = await hooks.create()
    await hooks.hear(lapsed(house))
    clock.ahead = timedelta(minutes=10)
    later = await hooks.hear(lapsed(house))
    await hooks.post_all()

    request = webhook_pb2.ReplayWebhookDeliveriesRequest(name=endpoint.name)
    request.start_time.FromDatetime(datetime.now(UTC) + timedelta(minutes=5))
    request.end_time.FromDatetime(datetime.now(UTC) + timedelta(minutes=15))
    replayed = await hooks.call("ReplayWebhookDeliveries", request)
    request.only_failed = True
    none = await hooks.call("ReplayWebhookDeliveries", request)
    await hooks.post_all()

    assert (replayed.replayed, none.replayed) == (1, 0)
    assert len(hooks.receiver.requests) == 3
    assert hooks.receiver.requests[-1].headers["webhook-id"] == str(later)


async def test_an_endpoint_is_changed_listed_and_removed(house, hooks):
    first, second = await hooks.create(), await hooks.create(kinds=["BookingHeld"])
    update = webhook_pb2.UpdateWebhookEndpointRequest(
        webhook_endpoint=webhook_pb2.WebhookEndpoint(
            name=second.name, description="till", etag=second.etag
        )
    )

    changed = await hooks.call("UpdateWebhookEndpoint", update)
    listed = await hooks.call(
        "ListWebhookEndpoints",
        webhook_pb2.ListWebhookEndpointsRequest(parent=house.name, page_size=1),
    )
    rest = await hooks.call(
        "ListWebhookEndpoints",
        webhook_pb2.ListWebhookEndpointsRequest(
            parent=house.name, page_size=1, page_token=listed.next_page_token
        ),
    )

    assert (changed.description, list(changed.kinds)) == ("till", ["BookingHeld"])
    assert [each.name for each in listed.webhook_endpoints] == [first.name]
    assert list(rest.webhook_endpoints) == [changed]
    assert changed.secret == ""
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await hooks.call("UpdateWebhookEndpoint", update)
    await hooks.hear(lapsed(house))
    delete = webhook_pb2.DeleteWebhookEndpointRequest(name=first.name)
    await hooks.call("DeleteWebhookEndpoint", delete)
    await hooks.post_all()
    with refused(grpc.StatusCode.NOT_FOUND, "WEBHOOK_ENDPOINT_NOT_FOUND"):
        await hooks.read(first)
    assert hooks.receiver.requests == []
    assert await hooks.deliveries() == []


async def test_what_there_is_not_is_not_found(house, hooks):
    nothing = f"{house.name}/webhookDeliveries/{uuid.uuid4()}"

    with refused(grpc.StatusCode.NOT_FOUND, "WEBHOOK_DELIVERY_NOT_FOUND"):
        request = webhook_pb2.ReplayWebhookDeliveryRequest(name=nothing)
        await hooks.call("ReplayWebhookDelivery", request)


@pytest.mark.parametrize("uri", ["http://10.0.0.1/", "ftp://127.0.0.1/", "https://169.254.1.1/"])
async def test_an_address_that_is_not_public_is_refused(hooks, uri):
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_WEBHOOK"):
        await hooks.create(uri=uri)


async def test_there_are_so_many_endpoints_and_no_more(house, hooks):
    made = await asyncio.gather(
        *(hooks.create() for _ in range(domain.MOST + 3)), return_exceptions=True
    )

    refusals = [one for one in made if isinstance(one, grpc.aio.AioRpcError)]
    assert len(refusals) == 3
    with refused(
        grpc.StatusCode.FAILED_PRECONDITION, "TOO_MANY_WEBHOOKS", organization=house.name, most="20"
    ):
        await hooks.create()


async def test_what_was_told_long_ago_is_forgotten(world, house, hooks, clock):
    endpoint = await hooks.create()
    await hooks.hear(lapsed(house))
    clock.ahead = timedelta(days=31)
    await hooks.hear(lapsed(house))

    with within(house.organization):
        await world.db.run(actions.forget, ENDPOINTS.parse(endpoint.name), clock.now())

    assert len(await hooks.deliveries()) == 1


async def test_another_organization_is_told_nothing(world, house, hooks):
    await hooks.create()
    other = await world.house()

    fact = lapsed(other)
    heard = Heard(uuid.uuid4(), "", fact.booking, other.organization, datetime.now(UTC))
    with within(other.organization):
        await world.db.run(inbox.HEARS[type(fact)], fact, heard)
    await hooks.post_all()

    assert hooks.receiver.requests == []


async def test_the_worker_tells_what_event_itself_published(world, house, hooks):
    """From the commit to the address: through the outbox, the bus, the inbox and the worker."""
    await hooks.create(kinds=["EventPublished"])
    async with (
        parts_of(SERVICE, world.settings, CONFIG, now=world.clock.now, db=world.db) as parts,
        working(SERVICE, parts),
    ):
        event = await house.published()
        await eventually(lambda: hooks.receiver.requests, "a webhook")

    (body,) = hooks.bodies
    assert (body["type"], body["subject"]) == ("EventPublished", event.name)
    assert body["data"]["announcement"]["displayName"] == "Concert"
