"""From a message that waits to what became of it, by accounts of organizations."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.parse
import uuid
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2

from services.messaging.accounts.domain import ACCOUNTS
from services.messaging.accounts.wire import webhook_uri
from services.messaging.config import Config
from services.messaging.webhooks import actions
from services.messaging.webhooks.domain import twilio_text
from tests.messaging.outside import Reply, listening
from tests.messaging.test_channel_accounts import Office, json_sms, twilio
from tests.messaging.world import opened
from tests.serving import refused
from turnout.messaging.v1 import channel_account_pb2, channel_webhook_pb2_grpc, messaging_pb2
from turnout.messaging.v1 import channel_webhook_pb2 as pb2

pytestmark = pytest.mark.server

FORBIDDEN = grpc.StatusCode.PERMISSION_DENIED
EDGE = "https://turnout.example.org"
State = messaging_pb2.Message


@pytest.fixture(scope="module")
async def peer():
    async with listening() as found:
        yield found


@pytest.fixture(scope="module")
async def world(database, owner, tmp_path_factory, peer):
    db = await database("messaging")
    log = tmp_path_factory.mktemp("channels") / "messages.jsonl"
    config = Config(messages_log=log, loopback=True, hosts={"twilio": peer.uri})
    async with opened(db, await owner(db), log, config=config, edge_url=EDGE) as found:
        yield found


class Desk(Office):
    """An organization with an account that sends text messages."""

    name = ""

    def __init__(self, club: Any, owner: Any, peer: Any) -> None:
        super().__init__(club, owner, peer)
        self.webhooks: Any = channel_webhook_pb2_grpc.ChannelWebhookServiceStub(club.world.channel)

    async def invite(self, reply: Reply, phone: str = "+4917012345678") -> Any:
        """Sends one invitation by a text message, and says what became of it."""
        self.peer.reply = lambda _: reply
        await self.club.invite(email="", phone=phone)
        [message] = await self.club.send()
        return message

    async def post(self, body: bytes, *headers: tuple[str, str]) -> Any:
        held = httpbody_pb2.HttpBody(content_type="application/json", data=body)
        request = pb2.ReceiveChannelWebhookRequest(name=self.name, body=held)
        return await self.webhooks.ReceiveChannelWebhook(request, metadata=headers)

    async def tell(self, said: Any, secret: str = "whisper") -> None:
        """Has the provider say something as JSON."""
        body = json.dumps(said).encode()
        mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        await self.post(body, ("x-signature-256", f"sha256={mac}"))
        await self.club.world.do_all(actions.HEAR, self.club.id)

    async def call_back(self, **form: str) -> Any:
        """Has Twilio say something."""
        body = urllib.parse.urlencode(form).encode()
        uri = f"{EDGE}/api/v1/webhook/{self.name}"
        mac = hmac.new(b"shh", twilio_text(uri, body).encode(), hashlib.sha1).digest()
        answer = await self.post(body, ("x-twilio-signature", base64.b64encode(mac).decode()))
        await self.club.world.do_all(actions.HEAR, self.club.id)
        return answer

    async def message(self) -> Any:
        [found] = await self.club.messages()
        return found

    async def inbound(self) -> list[Any]:
        rows = await self.club.world.owner.execute(
            "select * from inbound_messages where organization = %s order by id", [self.club.id]
        )
        return list(await rows.fetchall())


@pytest.fixture
async def desk(world, peer):
    peer.requests.clear()
    club = await world.club()
    return Desk(club, await world.member("OWNER", club.id), peer)


@pytest.fixture
async def generic(desk, peer):
    made = await desk.create(json_sms(uri=f"{peer.uri}/send", webhook_secret="whisper"))
    desk.name = made.name
    return desk


@pytest.fixture
async def twilio_desk(desk):
    desk.name = (await desk.create(twilio())).name
    return desk


async def test_a_message_goes_by_the_account_and_is_known_by_its_name_there(generic):
    message = await generic.invite(Reply.of({"messageId": "m-1"}))

    [asked] = generic.peer.requests
    assert asked.json["to"] == "+4917012345678"
    assert asked.json["callbackUrl"] == webhook_uri(EDGE, ACCOUNTS.parse(generic.name))
    assert message.state == State.STATE_SENT
    assert message.provider == f"json_sms:{generic.name[-36:]}"
    assert message.provider_message == "m-1"


async def test_what_became_of_it_counts_in_whatever_order_it_is_told(generic):
    await generic.invite(Reply.of({"messageId": "m-1"}))

    for state in ("read", "sent", "delivered", "failed"):
        await generic.tell({"messageId": "m-1", "status": state, "error": "no"})

    assert (await generic.message()).state == State.STATE_READ


async def test_a_message_that_fails_later_says_why(generic):
    await generic.invite(Reply.of({"messageId": "m-1"}))

    await generic.tell({"messageId": "m-1", "status": "failed", "error": "out of reach"})

    failed = await generic.message()
    assert (failed.state, failed.failure_reason) == (State.STATE_FAILED, "out of reach")


@pytest.mark.parametrize("secret", ["", "guess", "shh"])
async def test_what_others_say_of_it_does_not_count(generic, secret):
    await generic.invite(Reply.of({"messageId": "m-1"}))

    with refused(FORBIDDEN, "BAD_CHANNEL_SIGNATURE"):
        await generic.tell({"messageId": "m-1", "status": "delivered"}, secret)

    assert (await generic.message()).state == State.STATE_SENT


async def test_what_is_said_of_no_account_looks_like_what_is_signed_badly(generic):
    generic.name = f"{generic.club.name}/channelAccounts/{uuid.uuid4()}"

    with refused(FORBIDDEN, "BAD_CHANNEL_SIGNATURE"):
        await generic.tell({"messageId": "m-1", "status": "delivered"})


@pytest.mark.parametrize(
    "said",
    [
        None,
        1,
        [],
        {},
        {"status": "delivered"},
        {"messageId": [], "status": {}},
        {"messageId": "m", "status": "lost"},
        {"from": "nobody", "text": "x"},
        {"from": "+4917012345678", "text": 1},
        ["x", {"messageId": "m-2"}],
    ],
)
async def test_what_says_nothing_stops_nothing(generic, said):
    await generic.invite(Reply.of({"messageId": "m-1"}))

    await generic.tell(said)
    await generic.tell([said, {"messageId": "m-1", "status": "delivered"}])

    assert (await generic.message()).state == State.STATE_DELIVERED


async def test_what_somebody_wrote_is_kept_once(generic):
    for _ in range(2):
        await generic.tell({"messageId": "in-1", "from": "+4917012345678", "text": "yes\0"})
    await generic.tell({"from": "004917012345678", "text": "no number"})

    [row] = await generic.inbound()
    assert (row.sender, row.channel) == ("+4917012345678", "sms")
    assert row.text == "yes\N{REPLACEMENT CHARACTER}"


async def test_twilio_says_what_became_of_it_and_is_answered_as_it_wants(twilio_desk):
    await twilio_desk.invite(Reply.of({"sid": "SM9", "status": "queued"}, 201))

    answer = await twilio_desk.call_back(MessageSid="SM9", MessageStatus="delivered")

    assert (answer.content_type, answer.data[-11:]) == ("text/xml", b"<Response/>")
    assert (await twilio_desk.message()).state == State.STATE_DELIVERED


async def test_twilio_says_why_it_failed(twilio_desk):
    await twilio_desk.invite(Reply.of({"sid": "SM9"}, 201))

    await twilio_desk.call_back(MessageSid="SM9", MessageStatus="undelivered", ErrorCode="30005")

    failed = await twilio_desk.message()
    assert failed.state == State.STATE_FAILED
    assert failed.failure == State.FAILURE_NO_ADDRESS
    assert "30005" in failed.failure_reason


async def test_who_told_the_provider_to_stop_is_left_in_peace(twilio_desk):
    await twilio_desk.invite(Reply.of({"sid": "SM9"}, 201))

    await twilio_desk.call_back(MessageSid="SM9", MessageStatus="failed", ErrorCode="21610")

    rows = await twilio_desk.club.world.owner.execute(
        "select address, channel, reason from suppressions where organization = %s",
        [twilio_desk.club.id],
    )
    assert [tuple(row) for row in await rows.fetchall()] == [("+4917012345678", "sms", "stop")]


async def test_twilio_is_heard_with_what_people_write(twilio_desk):
    form = {"MessageSid": "SM1", "SmsStatus": "received", "From": "+4917012345678"}
    await twilio_desk.call_back(
        **form, Body="on my way", NumMedia="1", MediaUrl0="https://api.twilio.com/m/1"
    )

    [row] = await twilio_desk.inbound()
    assert (row.text, row.sender) == ("on my way", "+4917012345678")
    assert [one["provider_id"] for one in row.attachments] == ["https://api.twilio.com/m/1"]


async def test_a_form_that_was_changed_is_not_believed(twilio_desk):
    body = b"MessageSid=SM9&MessageStatus=delivered"

    for header in ("", "x", "A" * 28):
        with refused(FORBIDDEN, "BAD_CHANNEL_SIGNATURE"):
            await twilio_desk.post(body, ("x-twilio-signature", header))


async def test_an_account_that_is_switched_off_is_not_used(world, generic):
    off = channel_account_pb2.ChannelAccount(name=generic.name, disabled=True)
    await generic.update(off, "disabled")

    message = await generic.invite(Reply.of({"messageId": "m-1"}))

    assert generic.peer.requests == [] and message.provider == "console"
