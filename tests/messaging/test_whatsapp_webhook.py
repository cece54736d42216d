"""What WhatsApp tells: believed when signed, kept before the answer, acted on once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import uuid
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2

from services.messaging.accounts.actions import SYNC
from services.messaging.config import Config
from services.messaging.conversations.actions import READ
from services.messaging.inbound.actions import ACT
from services.messaging.messages.domain import PLATFORM
from services.messaging.webhooks import actions, whatsapp
from services.messaging.webhooks.domain import Written
from tests.messaging.outside import Reply, listening
from tests.messaging.test_channel_accounts import Office
from tests.messaging.test_channel_accounts import whatsapp as account_of
from tests.messaging.world import opened
from tests.serving import refused
from turnout.messaging.v1 import channel_webhook_pb2 as pb2
from turnout.messaging.v1 import (
    channel_webhook_pb2_grpc,
    conversation_pb2,
    conversation_pb2_grpc,
    rate_policy_pb2,
    rate_policy_pb2_grpc,
)
from turnout.messaging.v1.channel_account_pb2 import ChannelAccount

pytestmark = pytest.mark.server

APP, OLD_APP, TOKEN = "the app's secret", "the secret before", "the token"
FORBIDDEN = grpc.StatusCode.PERMISSION_DENIED
PHONE, USER = "4917012345678", "US.13491208655302741918"


def signed(body: bytes, secret: str = APP) -> tuple[tuple[str, str], ...]:
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return (("x-hub-signature-256", f"sha256={mac}"),)


def said(*values: Any) -> bytes:
    changes = [{"field": "messages", "value": value} for value in values]
    entry = [{"id": "1", "changes": [change]} for change in changes]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def value(number: str, **lists: Any) -> Any:
    metadata = {"display_phone_number": "1", "phone_number_id": number}
    return {"messaging_product": "whatsapp", "metadata": metadata, **lists}


def text(words: str = "yes", id: str = "", **more: Any) -> Any:
    return {
        "from": PHONE,
        "id": id or f"wamid.{uuid.uuid4().hex}",
        "timestamp": "1760000000",
        "type": "text",
        "text": {"body": words},
        **more,
    }


def status(state: str, id: str, message: str = "", **more: Any) -> Any:
    told = {"id": id, "status": state, "timestamp": "1760000000", "recipient_id": PHONE, **more}
    return told | ({"biz_opaque_callback_data": message} if message else {})


class Line:
    """An organization with a number at WhatsApp that is verified."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.number = str(uuid.uuid4().int)[:20]
        self.club, self.world = office.club, office.club.world
        self.stub = channel_webhook_pb2_grpc.ChannelWebhookServiceStub(self.world.channel)
        self.name = ""

    async def open(self, **settings: Any) -> None:
        given = {"app_secret": "", **settings}
        made = await self.office.create(account_of(phone_number_id=self.number, **given))
        self.office.peer.reply = lambda _: Reply.of({"id": self.number})
        await self.office.test(made.name)
        self.name = made.name

    async def post(self, body: bytes, secret: str = APP) -> Any:
        held = httpbody_pb2.HttpBody(content_type="application/json", data=body)
        request = pb2.ReceiveWhatsAppWebhookRequest(body=held)
        return await self.stub.ReceiveWhatsAppWebhook(request, metadata=signed(body, secret))

    async def post_own(self, body: bytes, secret: str) -> Any:
        held = httpbody_pb2.HttpBody(content_type="application/json", data=body)
        request = pb2.ReceiveChannelWebhookRequest(name=self.name, body=held)
        return await self.stub.ReceiveChannelWebhook(request, metadata=signed(body, secret))

    async def hear(self) -> None:
        """Has all that came acted on."""
        while await self.world.do_all(actions.HEAR, PLATFORM):
            pass
        while await self.world.do_all(actions.HEAR, self.club.id):
            pass

    async def posts(self) -> list[str]:
        rows = await self.world.owner.execute(
            "select effect from channel_posts where organization = %s order by id", [self.club.id]
        )
        return [row.effect for row in await rows.fetchall()]

    async def inbound(self) -> list[Any]:
        rows = await self.world.owner.execute(
            "select * from inbound_messages where organization = %s order by id", [self.club.id]
        )
        return list(await rows.fetchall())


@pytest.fixture(scope="module")
async def peer():
    async with listening() as found:
        yield found


@pytest.fixture(scope="module")
async def world(database, owner, tmp_path_factory, peer):
    db = await database("messaging")
    log = tmp_path_factory.mktemp("whatsapp") / "messages.jsonl"
    config = Config(
        messages_log=log,
        loopback=True,
        hosts={"whatsapp": f"{peer.uri}/v26.0"},
        app_secrets=(APP, OLD_APP),
        verify_token=TOKEN,
    )
    async with opened(db, await owner(db), log, config=config) as found:
        yield found


async def lined(world, peer, **settings):
    peer.requests.clear()
    club = await world.club()
    line = Line(Office(club, await world.member("OWNER", club.id), peer))
    await line.open(**settings)
    return line


@pytest.fixture
async def line(world, peer):
    return await lined(world, peer)


# --- whose the address is


async def test_the_challenge_is_said_back_to_who_knows_the_token(line):
    hub = pb2.Hub(mode="subscribe", challenge="1158201444", verify_token=TOKEN)

    answer = await line.stub.VerifyWhatsAppWebhook(pb2.VerifyWhatsAppWebhookRequest(hub=hub))

    assert (answer.content_type, answer.data) == ("text/plain", b"1158201444")


@pytest.mark.parametrize(
    "hub", [{"verify_token": "guess"}, {"verify_token": ""}, {"mode": "x", "verify_token": TOKEN}]
)
async def test_the_challenge_is_not_said_to_others(line, hub):
    asked = pb2.Hub(**{"mode": "subscribe", "challenge": "1"} | hub)

    with refused(grpc.StatusCode.PERMISSION_DENIED, "WRONG_VERIFY_TOKEN"):
        await line.stub.VerifyWhatsAppWebhook(pb2.VerifyWhatsAppWebhookRequest(hub=asked))


async def test_an_app_of_the_organizations_own_has_its_own_token_and_secret(world, peer):
    line = await lined(world, peer, app_secret="own", verify_token="own token")
    hub = pb2.Hub(mode="subscribe", challenge="1", verify_token="own token")
    request = pb2.VerifyChannelWebhookRequest(name=line.name, hub=hub)

    assert (await line.stub.VerifyChannelWebhook(request)).data == b"1"
    body = said(value(line.number, messages=[text("hello")]))
    with refused(FORBIDDEN, "BAD_CHANNEL_SIGNATURE"):
        await line.post_own(body, APP)
    await line.post_own(body, "own")
    await line.hear()

    assert [row.text for row in await line.inbound()] == ["hello"]


# --- who is believed


async def test_what_is_signed_is_kept_before_the_answer_and_acted_on_after_it(line):
    await line.post(said(value(line.number, messages=[text("I come")])))

    assert await line.inbound() == []
    await line.hear()
    [row] = await line.inbound()
    assert (row.text, row.sender, row.channel) == ("I come", f"+{PHONE}", "whatsapp")
    assert await line.posts() == ["1 things"]


async def test_a_secret_that_is_replaced_is_good_for_a_while(line):
    await line.post(said(value(line.number, messages=[text()])), OLD_APP)


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("x-hub-signature-256", ""),),
        (("x-hub-signature-256", "sha256="),),
        (("x-hub-signature-256", "sha256=" + "0" * 64),),
        (("x-hub-signature-256", "sha1=" + "0" * 40),),
        signed(b"another body"),
        signed(b"{}", "another secret"),
    ],
)
async def test_what_is_not_signed_is_not_kept(line, headers):
    body = said(value(line.number, messages=[text()]))
    held = httpbody_pb2.HttpBody(data=body)

    with refused(FORBIDDEN, "BAD_CHANNEL_SIGNATURE"):
        request = pb2.ReceiveWhatsAppWebhookRequest(body=held)
        await line.stub.ReceiveWhatsAppWebhook(request, metadata=headers)
    await line.hear()

    assert await line.posts() == []


# --- once


async def test_the_same_many_times_at_once_is_acted_on_once(line):
    body = said(value(line.number, messages=[text("once")]))

    await asyncio.gather(*(line.post(body) for _ in range(20)))
    await line.hear()
    await line.post(body)
    await line.hear()

    assert len(await line.inbound()) == 1


async def test_the_same_message_in_another_post_is_one(line):
    message = text("again", id="wamid.same")
    for more in range(3):
        await line.post(said(value(line.number, messages=[message], attempt=more)))
        await line.hear()

    assert len(await line.inbound()) == 1


async def test_one_post_may_be_about_numbers_of_several_organizations(world, peer, line):
    other = await lined(world, peer)
    nobody = value("0" * 12, messages=[text("whose?")])
    mixed = said(
        value(line.number, messages=[text("mine"), text("mine too")]),
        nobody,
        value(other.number, messages=[text("theirs")]),
    )

    await line.post(mixed)
    await line.hear()
    await other.hear()

    assert sorted(row.text for row in await line.inbound()) == ["mine", "mine too"]
    assert [row.text for row in await other.inbound()] == ["theirs"]


async def test_a_number_that_is_not_verified_hears_nothing(world, peer):
    club = await world.club()
    office = Office(club, await world.member("OWNER", club.id), peer)
    line = Line(office)
    await office.create(account_of(phone_number_id=line.number))

    await line.post(said(value(line.number, messages=[text("who hears?")])))
    await line.hear()

    assert await line.inbound() == [] and await line.posts() == []


async def test_an_account_hears_of_its_own_number_only(world, peer, line):
    own = await lined(world, peer, app_secret="own")

    await own.post_own(said(value(line.number, messages=[text("forged")])), "own")
    await own.hear()
    await line.hear()

    assert await own.inbound() == [] and await line.inbound() == []


async def test_three_megabytes_are_taken_and_read_in_pieces(line):
    messages = [text("x" * 5000, id=f"wamid.{number}") for number in range(570)]
    body = said(value(line.number, messages=messages))
    assert 2_900_000 < len(body) < 3 << 20

    await line.post(body)
    await line.hear()

    assert len(await line.inbound()) == 570
    assert len(await line.posts()) == 6


# --- what may come


def strange(line: Line) -> list[bytes]:
    one = value(line.number)
    return [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"entry": 1}',
        b'{"entry": [1, null, {}]}',
        b"[" * 100_000,
        b'{"entry":' * 20_000,
        said(None, 1, "x", [], {}),
        said(one | {"metadata": None, "messages": [text()]}),
        said(one | {"messages": {}, "statuses": "x", "contacts": 3}),
        said(one | {"messages": [None, 1, {}, {"id": 1}, {"id": "a", "from": PHONE}]}),
        said(one | {"messages": [text() | {"timestamp": time} for time in ("", "x", "9" * 12)]}),
        said(one | {"messages": [text() | {"timestamp": -1}, text() | {"timestamp": None}]}),
        said(one | {"messages": [text() | {"from": None}, text() | {"from": "group"}]}),
        said(one | {"statuses": [status("vanished", "wamid.x"), status("sent", "")]}),
        said(one | {"statuses": [status("failed", "wamid.x", errors=[{"code": "x"}, 1])]}),
    ]


async def test_nothing_that_may_come_stops_what_comes_after_it(line):
    for body in strange(line):
        await line.post(body)
    await line.post(said(value(line.number, messages=[text("still here")])))

    await line.hear()

    assert [row.text for row in await line.inbound()] == ["still here"]


async def test_what_a_database_cannot_keep_is_kept_as_well_as_it_can(line):
    words = "zero \0 half \ud83d rtl \u202e\u05e9\u05dc\u05d5\u05dd \U0001f600"
    contacts = [{"profile": {"name": "A\0da"}, "wa_id": PHONE}]
    await line.post(said(value(line.number, messages=[text(words)], contacts=contacts)))

    await line.hear()

    [row] = await line.inbound()
    assert "\0" not in row.text and row.text.endswith("\u05e9\u05dc\u05d5\u05dd \U0001f600")
    assert row.sender_name == "A\N{REPLACEMENT CHARACTER}da"


async def test_users_without_a_phone_number_are_known_by_what_whatsapp_calls_them(line):
    contacts = [{"profile": {"name": "Ada"}, "user_id": USER}]
    shy = text("hi") | {"from_user_id": USER}
    del shy["from"]
    await line.post(said(value(line.number, messages=[shy], contacts=contacts)))
    await line.hear()
    # A message shows the phone number as well, and from then on it is known.
    both = [{"wa_id": PHONE, "user_id": USER}]
    await line.post(said(value(line.number, messages=[text("it is me")], contacts=both)))
    await line.hear()
    again = shy | {"id": "wamid.again"}
    await line.post(said(value(line.number, messages=[again], contacts=contacts)))
    await line.hear()

    senders = [row.sender for row in await line.inbound()]
    assert senders == [USER, f"+{PHONE}", f"+{PHONE}"]


async def test_a_shared_place_and_a_file_are_noted(line):
    place = text() | {"type": "location", "location": {"latitude": 38.7, "longitude": -9.1}}
    picture = text() | {"type": "image", "image": {"id": "77", "mime_type": "image/jpeg"}}
    nowhere = text() | {"type": "location", "location": {"latitude": 380, "longitude": "x"}}
    await line.post(said(value(line.number, messages=[place, picture, nowhere])))
    await line.hear()

    rows = {row.provider_message: row for row in await line.inbound()}
    where, what = rows[place["id"]], rows[picture["id"]]
    assert (where.latitude, where.longitude) == (38.7, -9.1)
    assert [one["provider_id"] for one in what.attachments] == ["77"]
    assert rows[nowhere["id"]].latitude is None


# --- what becomes of templates


def reviewed(business: str, name: str, event: str, language: str = "de") -> Any:
    value = {
        "event": event,
        "message_template_id": 1,
        "message_template_name": name,
        "message_template_language": language,
        "reason": "NONE",
    }
    change = {"field": "message_template_status_update", "value": value}
    entry = [{"id": business, "time": 1760000000, "changes": [change]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def listed(*templates: tuple[str, str, str], after: str = "") -> Reply:
    data = [{"name": n, "language": t, "status": s, "id": "1"} for n, t, s in templates]
    paging = {"cursors": {"after": after}, "next": "https://more"} if after else {}
    return Reply.of({"data": [*data, "odd", {"name": 1}], "paging": paging})


async def synced(line: Any, *replies: Reply) -> Any:
    """Has WhatsApp asked for templates, and says how the account is shown then."""
    pending = list(replies)
    line.office.peer.reply = lambda _: pending.pop(0)
    assert await line.world.do_all(SYNC, line.club.id) == 1
    return await line.office.get(line.name)


def said_of(account: Any) -> list[tuple[str, str, str]]:
    return [(each.name, each.language_code, each.status) for each in account.templates]


async def test_templates_are_asked_for_page_by_page_and_again_later(world, peer):
    business = str(uuid.uuid4().int)[:20]
    line = await lined(world, peer, business_account_id=business)
    peer.requests.clear()

    first = listed(("gig", "de", "APPROVED"), ("gig", "en_US", "PENDING"), after="x")
    shown = await synced(line, first, listed(("old", "de", "PAUSED")))

    assert said_of(shown) == [
        ("gig", "de", "APPROVED"),
        ("gig", "en_US", "PENDING"),
        ("old", "de", "PAUSED"),
    ]
    assert shown.HasField("template_time")
    assert [one.path.partition("?")[0] for one in peer.requests] == [
        f"/v26.0/{business}/message_templates"
    ] * 2
    assert "after=x" in peer.requests[1].path
    # What WhatsApp does not say leaves it as it was.
    assert said_of(await synced(line, Reply.of({"error": {"code": 190}}, 401))) == said_of(shown)


@pytest.mark.parametrize("own", [False, True])
async def test_whatsapp_tells_what_becomes_of_templates(world, peer, own):
    business = str(uuid.uuid4().int)[:20]
    line = await lined(world, peer, business_account_id=business, app_secret="own" if own else "")
    await synced(line, listed(("gig", "de", "PENDING")))

    for body in (reviewed(business, "gig", "APPROVED"), reviewed("1", "gig", "REJECTED")):
        await (line.post_own(body, "own") if own else line.post(body))
    await line.hear()

    assert said_of(await line.office.get(line.name)) == [("gig", "de", "APPROVED")]


@pytest.mark.parametrize("body", [{}, {"event": "APPROVED"}, {"message_template_name": []}, 1])
def test_what_says_nothing_of_a_template_is_passed_over(body):
    change = {"field": "message_template_status_update", "value": body}
    said_ = json.dumps({"entry": [{"id": "7", "changes": [change]}]}).encode()

    assert whatsapp.told(said_, "1", "7") == []
    assert [number for number, _ in whatsapp.parts(said_)] == ["business:7"]


# --- that somebody read it


async def test_who_wrote_sees_that_somebody_reads_it(line):
    asked = text("Is there parking?")
    await line.post(said(value(line.number, messages=[asked])))
    await line.hear()
    await line.world.do_all(ACT, line.club.id)
    conversations = conversation_pb2_grpc.ConversationServiceStub(line.world.channel)
    owner = await line.world.member("OWNER", line.club.id)
    listing = conversation_pb2.ListConversationsRequest(parent=line.club.name)
    (found,) = (await conversations.ListConversations(listing, metadata=owner)).conversations
    line.office.peer.requests.clear()

    read = conversation_pb2.MarkConversationReadRequest(name=found.name)
    assert await conversations.MarkConversationRead(read, metadata=owner) == found
    assert await line.world.do_all(READ, line.club.id) == 1
    reply = conversation_pb2.SendReplyRequest(
        name=found.name, text="Where are you?", asks_location=True
    )
    await conversations.SendReply(reply, metadata=owner)
    assert await line.world.do_all(READ, line.club.id) == 1
    # It is answered: there is nothing more to read.
    await conversations.MarkConversationRead(read, metadata=owner)
    assert await line.world.do_all(READ, line.club.id) == 0

    shown = {"messaging_product": "whatsapp", "status": "read", "message_id": asked["id"]}
    assert [one.json for one in line.office.peer.requests] == [shown, shown]
    line.office.peer.reply = lambda _: Reply.of({"messages": [{"id": "wamid.out"}]})
    await line.club.send()
    sent = line.office.peer.requests[-1].json
    assert sent["interactive"]["type"] == "location_request_message"
    assert sent["interactive"]["body"] == {"text": "Where are you?"}


async def test_a_rate_is_no_higher_than_the_account_takes(line):
    rates = rate_policy_pb2_grpc.RatePolicyServiceStub(line.world.channel)
    owner = await line.world.member("OWNER", line.club.id)
    wanted = rate_policy_pb2.RatePolicy(
        name=f"{line.club.name}/ratePolicies/whatsapp", count=81, interval={"seconds": 1}
    )
    get = rate_policy_pb2.GetRatePolicyRequest(name=wanted.name)

    assert (await rates.GetRatePolicy(get, metadata=owner)).provider_limit == 80
    update = rate_policy_pb2.UpdateRatePolicyRequest(rate_policy=wanted)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "RATE_TOO_HIGH"):
        await rates.UpdateRatePolicy(update, metadata=owner)
    faster = ChannelAccount(name=line.name, max_messages_per_second=100)
    await line.office.update(faster, "max_messages_per_second")
    changed = await rates.UpdateRatePolicy(update, metadata=owner)
    assert (changed.count, changed.provider_limit) == (81, 100)


# --- as another reader of it reads it


def test_things_of_any_order_are_read_as_they_are():
    messages = [text(str(number)) for number in range(250)]
    statuses = [status("sent", f"wamid.{number}") for number in range(50)]
    body = said(value("1", messages=messages, statuses=statuses))

    pieces = whatsapp.parts(body)
    read = [one for number, piece in pieces for one in whatsapp.told(piece, number)]

    assert [number for number, _ in pieces] == ["1"] * 3
    assert read == whatsapp.told(body, "1")
    random.shuffle(pieces)
    assert len({id(piece) for _, piece in pieces}) == 3


def test_times_are_those_of_whatsapp():
    [read] = whatsapp.told(said(value("1", messages=[text()])), "1")

    assert isinstance(read, Written)
    assert read.time == datetime.fromtimestamp(1760000000, UTC)
