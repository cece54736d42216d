"""Those who carry messages by accounts of organizations: what they are asked, and what it means
that they answer as they do, slowly, with errors, with garbage, or never.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import urllib.parse
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from services.kit import links
from services.kit.names import Name
from services.messaging.accounts import vapid
from services.messaging.accounts.domain import Account, Plan, Provider
from services.messaging.channels import push
from services.messaging.channels.limits import Limit, Limiter
from services.messaging.channels.push import Firebase, Tokens, WebPush, encrypted
from services.messaging.channels.sms import JsonSms, Twilio
from services.messaging.channels.web import Web
from services.messaging.channels.whatsapp import WhatsApp
from services.messaging.dispatch.domain import Deferred, Refused, Taken, Unknown
from services.messaging.messages.domain import (
    Button,
    Channel,
    Failure,
    Letter,
    ProviderTemplate,
    Text,
)
from services.messaging.webhooks.domain import twilio_text
from tests.messaging.outside import HANG_UP, SILENCE, Peer, Reply, listening

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
CALLBACK = "https://turnout.example.org/api/v1/webhook/it"
TWILIO_SETTINGS = {"account_sid": "AC" + "1" * 32, "sender": "+15005550006"}


def account(provider: Provider, settings: Any, credentials: Any, rate: int = 1000) -> Account:
    plan = Plan("", provider, settings, credentials, 0, False, rate)
    return Account(Name(uuid.uuid4(), uuid.uuid4()), plan, create_time=NOW, update_time=NOW)


def letter(**changes: Any) -> Letter:
    given: dict[str, Any] = {
        "name": Name(uuid.uuid4(), uuid.uuid4()),
        "channel": Channel.SMS,
        "to_name": "Ada",
        "address": "+4917012345678",
        "text": Text("Gig", "Come at 7"),
    }
    return Letter(**given | changes)


class Office:
    """Carriers whose providers are all the same peer."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.web = Web(loopback=True, seconds=1.0)
        self.limiter = Limiter(lambda: NOW)
        self.heard: datetime | None = None
        self.claims = 0

    async def claim(self) -> None:
        self.claims += 1

    async def send(self, carrier: Any, what: Letter) -> Any:
        return await carrier.send(what, self.claim)

    def whatsapp(self, **settings: Any) -> WhatsApp:
        given = {"phone_number_id": "555", **settings}
        of = account(Provider.WHATSAPP, given, {"access_token": "EAAG"})

        async def last_heard(_: Account, __: str) -> datetime | None:
            return self.heard

        api = f"{self.peer.uri}/v26.0"
        return WhatsApp(of, self.web, self.limiter, last_heard, lambda: NOW, api)

    def twilio(self, rate: int = 1000) -> Twilio:
        of = account(Provider.TWILIO, TWILIO_SETTINGS, {"auth_token": "shh"}, rate)
        return Twilio(of, self.web, self.limiter, CALLBACK, self.peer.uri)

    def json_sms(self, uri: str = "") -> JsonSms:
        settings = {"uri": uri or f"{self.peer.uri}/send", "sender": "Club"}
        of = account(Provider.JSON_SMS, settings, {"bearer_token": "shh"})
        return JsonSms(of, self.web, self.limiter, CALLBACK)


@pytest.fixture
async def office():
    async with listening() as peer:
        made = Office(peer)
        yield made
        if made.web._pool is not None:
            await made.web._pool.aclose()


def carriers(office: Office) -> list[Any]:
    return [office.whatsapp(), office.twilio(), office.json_sms()]


TAKEN = [
    Reply.of({"messages": [{"id": "wamid.1"}]}),
    Reply.of({"sid": "SM1", "status": "queued"}, 201),
    Reply.of({"messageId": "m-1"}),
]


async def test_what_is_taken_is_known_by_the_providers_name(office):
    ids = []
    for carrier, reply in zip(carriers(office), TAKEN, strict=True):
        office.peer.reply = lambda _, reply=reply: reply
        ids.append(await office.send(carrier, letter()))

    assert ids == [Taken("wamid.1"), Taken("SM1"), Taken("m-1")]
    assert office.claims == len(office.peer.requests) == 3


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.of({}, 500), Unknown),
        (Reply(502, b"<html>bad gateway"), Unknown),
        (Reply(200, b"\xff\x00 garbage"), Unknown),
        (Reply.of([1, 2]), Unknown),
        (Reply.of({}), Unknown),
        (HANG_UP, Unknown),
        (Reply.of({}, 503), Deferred),
        (Reply.of({}, 429, retry_after="7"), Deferred),
        (Reply(404, b"no"), Refused),
    ],
)
async def test_nothing_is_sent_again_unless_it_provably_was_not_taken(office, number, reply, kind):
    office.peer.reply = lambda _: reply

    outcome = await office.send(carriers(office)[number], letter())

    assert type(outcome) is kind, outcome
    assert len(office.peer.requests) == office.claims == 1
    if reply.status == 429:
        assert outcome.after == timedelta(seconds=7)


async def test_a_provider_that_never_answers_is_not_waited_for(office):
    office.peer.reply = lambda _: SILENCE

    assert type(await office.send(office.twilio(), letter())) is Unknown


async def test_a_provider_that_is_not_there_has_nothing(office):
    gone = office.json_sms(uri="http://127.0.0.1:9/send")

    assert type(await office.send(gone, letter())) is Deferred


async def test_nobody_is_led_to_where_only_we_may_go():
    web = Web(loopback=False)
    settings = {"uri": "http://127.0.0.1:9/send", "sender": ""}
    inside = account(Provider.JSON_SMS, settings, {"bearer_token": "shh"})
    carrier = JsonSms(inside, web, Limiter(lambda: NOW), CALLBACK)

    outcome = await carrier.send(letter(), Office(Peer()).claim)

    assert isinstance(outcome, Deferred) and "not a public address" in outcome.reason


@pytest.mark.parametrize("address", ["", "ada@example.org", "12", "+49", "+" + "1" * 30])
async def test_what_is_no_number_is_not_sent(office, address):
    for carrier in carriers(office):
        outcome = await office.send(carrier, letter(address=address))
        assert isinstance(outcome, Refused) and outcome.failure is Failure.NO_ADDRESS

    assert office.claims == 0 and office.peer.requests == []


# --- WhatsApp


async def test_a_message_of_whatsapp_bears_our_id_and_the_token(office):
    office.peer.reply = lambda _: TAKEN[0]
    sent = letter(text=Text("", "Coming? \u202e \U0001f600"), buttons=(Button("Yes", "yes"),))

    await office.send(office.whatsapp(), sent)

    [asked] = office.peer.requests
    assert (asked.method, asked.path) == ("POST", "/v26.0/555/messages")
    assert asked.headers["authorization"] == "Bearer EAAG"
    assert asked.json["biz_opaque_callback_data"] == str(sent.name.id)
    assert asked.json["to"] == "4917012345678"
    assert asked.json["interactive"]["action"]["buttons"][0]["reply"]["id"] == "yes"


@pytest.mark.parametrize(
    ("heard", "kind"),
    [(timedelta(hours=23), "text"), (timedelta(hours=25), "template"), (None, "template")],
)
async def test_who_has_not_written_of_late_gets_the_template(office, heard, kind):
    office.peer.reply = lambda _: TAKEN[0]
    office.heard = None if heard is None else NOW - heard
    carrier = office.whatsapp(fallback_template="notice")

    await office.send(carrier, letter(language="pt-BR", text=Text("", "a\nb")))

    said = office.peer.requests[0].json
    assert said["type"] == kind
    if kind == "template":
        assert said["template"]["name"] == "notice"
        assert said["template"]["language"] == {"code": "pt_BR"}
        [body] = said["template"]["components"]
        assert body["parameters"] == [{"type": "text", "text": "a b"}]


async def test_while_one_may_write_freely_there_are_buttons_and_no_template(office):
    office.peer.reply = lambda _: TAKEN[0]
    office.heard = NOW - timedelta(hours=1)
    template = ProviderTemplate("gala", "de", (("", "Ada"),))
    sent = letter(template=template, buttons=(Button("Yes", "yes"),))

    await office.send(office.whatsapp(), sent)

    said = office.peer.requests[0].json
    assert (said["type"], said["interactive"]["type"]) == ("interactive", "button")


@pytest.mark.parametrize(
    ("approved", "sent"),
    [
        ({("gala", "de"): "APPROVED", ("notice", "en"): "APPROVED"}, ("gala", "de")),
        ({("gala", "de"): "PAUSED", ("notice", "en"): "APPROVED"}, ("notice", "en")),
        ({("gala", "de"): "PAUSED", ("notice", "de_DE"): "APPROVED"}, ("notice", "de_DE")),
        ({("gala", "de"): "REJECTED", ("notice", "de"): "PENDING"}, None),
        ({}, None),
    ],
)
async def test_only_what_is_approved_is_used_outside_the_window(office, approved, sent):
    office.peer.reply = lambda _: TAKEN[0]
    carrier = office.whatsapp(fallback_template="notice")
    known = dataclasses.replace(carrier.account, templates=approved, template_time=NOW)
    template = ProviderTemplate("gala", "de", (("", "Ada"),))

    outcome = await office.send(
        dataclasses.replace(carrier, account=known), letter(template=template, language="de")
    )

    if sent is None:
        assert isinstance(outcome, Refused) and outcome.failure is Failure.REJECTED_CONTENT
        assert office.peer.requests == [] and office.claims == 0
    else:
        named = office.peer.requests[0].json["template"]
        assert (named["name"], named["language"]["code"]) == sent


async def test_a_template_of_its_own_needs_no_window(office):
    office.peer.reply = lambda _: TAKEN[0]
    template = ProviderTemplate("gala", "de", (("", "Ada"),))

    await office.send(office.whatsapp(fallback_template="notice"), letter(template=template))

    assert office.peer.requests[0].json["template"]["name"] == "gala"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (130429, Deferred("130429: why", timedelta(seconds=5))),
        (131056, Deferred("131056: why", timedelta(seconds=6))),
        (131047, Refused("131047: why", Failure.REJECTED_CONTENT)),
        (131026, Refused("131026: why", Failure.REFUSED)),
        (190, Refused("190: why", Failure.ACCOUNT)),
    ],
)
@pytest.mark.parametrize("status", [400, 429, 500])
async def test_errors_of_whatsapp_count_by_their_code(office, code, outcome, status):
    error = {"code": code, "message": "m", "error_data": {"details": "why"}}
    office.peer.reply = lambda _: Reply.of({"error": error}, status)

    assert await office.send(office.whatsapp(), letter()) == outcome


async def test_one_person_is_not_written_to_too_fast(office):
    office.peer.reply = lambda _: TAKEN[0]
    carrier = office.whatsapp()

    outcomes = [await office.send(carrier, letter()) for _ in range(12)]
    other = await office.send(carrier, letter(address="+4917098765432"))

    assert [type(one) for one in outcomes] == [Taken] * 10 + [Deferred] * 2
    assert outcomes[-1].after == timedelta(seconds=6)
    assert isinstance(other, Taken)
    assert office.claims == 11


async def test_what_somebody_wrote_is_marked_as_read(office):
    office.peer.reply = lambda _: Reply.of({"success": True})

    assert await office.whatsapp().mark_read("wamid.IN", typing=True) == ""

    assert office.peer.requests[0].json == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.IN",
        "typing_indicator": {"type": "text"},
    }


# --- text messages


async def test_twilio_is_asked_as_its_documentation_says(office):
    office.peer.reply = lambda _: TAKEN[1]

    await office.send(office.twilio(), letter(text=Text("", "Grüße & mehr")))

    [asked] = office.peer.requests
    assert asked.path == f"/2010-04-01/Accounts/{TWILIO_SETTINGS['account_sid']}/Messages.json"
    basic = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
    assert basic == f"{TWILIO_SETTINGS['account_sid']}:shh"
    assert dict(urllib.parse.parse_qsl(asked.body.decode())) == {
        "To": "+4917012345678",
        "From": "+15005550006",
        "Body": "Grüße & mehr",
        "StatusCallback": CALLBACK,
    }


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (21211, Refused("21211: why", Failure.NO_ADDRESS)),
        (21610, Refused("21610: why", Failure.SUPPRESSED)),
        (20003, Refused("20003: why", Failure.ACCOUNT)),
        (21617, Refused("21617: why", Failure.REJECTED_CONTENT)),
        (20429, Deferred("20429: why")),
    ],
)
async def test_errors_of_twilio_count_by_their_code(office, code, outcome):
    office.peer.reply = lambda _: Reply.of({"code": code, "message": "why", "status": 400}, 400)

    assert await office.send(office.twilio(), letter()) == outcome


async def test_a_slow_sender_waits_without_asking(office):
    office.peer.reply = lambda _: TAKEN[1]
    carrier = office.twilio(rate=1)

    first, second = [await office.send(carrier, letter()) for _ in range(2)]

    assert isinstance(first, Taken)
    assert isinstance(second, Deferred) and second.after == timedelta(seconds=1)
    assert office.claims == len(office.peer.requests) == 1


async def test_others_are_asked_with_json(office):
    office.peer.reply = lambda _: TAKEN[2]
    sent = letter(text=Text("", "x" * 10_000 + "\u05e9"))

    await office.send(office.json_sms(), sent)

    [asked] = office.peer.requests
    assert asked.headers["authorization"] == "Bearer shh"
    assert asked.json == {
        "messageId": str(sent.name.id),
        "to": "+4917012345678",
        "from": "Club",
        "text": "x" * 10_000 + "\u05e9",
        "callbackUrl": CALLBACK,
    }


def test_the_text_that_twilio_signs_is_that_of_its_documentation():
    """The vector of twilio.com/docs/usage/security."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    text = twilio_text(
        "https://mycompany.com/myapp.php?foo=1&bar=2", urllib.parse.urlencode(form).encode()
    )

    mac = hmac.new(b"12345", text.encode(), hashlib.sha1).digest()

    assert base64.b64encode(mac) == b"0/KCTR6DLpKmkAf8muzZqo1nDgQ="


# --- limits


@dataclass
class Counters:
    """Processes that let messages through, at a time that a test sets."""

    at: datetime
    limiters: list[Limiter] = field(default_factory=list)
    turn: int = 0

    async def wait(self, sender: str, **limits: Limit) -> float:
        """In seconds; the processes take turns."""
        self.turn += 1
        limiter = self.limiters[self.turn % len(self.limiters)]
        known = {who.removeprefix("everybody"): limit for who, limit in limits.items()}
        return round((await limiter.wait(sender, known)).total_seconds(), 3)


@pytest.fixture(params=["together", "alone", "redis is away"])
async def counters(request, redis_url):
    made = Counters(NOW)
    url = {"together": redis_url, "alone": "", "redis is away": "redis://127.0.0.1:1"}
    for _ in range(2 if request.param == "together" else 1):
        made.limiters.append(Limiter.open(url[request.param], b"key", lambda: made.at))
    yield made
    for limiter in made.limiters:
        if limiter.carrier is not None:
            await limiter.carrier.aclose()


async def test_a_limit_lets_a_burst_through_and_then_one_after_the_other(counters):
    limit = Limit(burst=3, interval=timedelta(seconds=2))
    mine, yours = str(uuid.uuid4()), str(uuid.uuid4())

    assert [await counters.wait(mine, everybody=limit) for _ in range(3)] == [0, 0, 0]
    assert await counters.wait(mine, everybody=limit) == 2
    assert await counters.wait(yours, everybody=limit) == 0
    counters.at += timedelta(seconds=2)
    assert await counters.wait(mine, everybody=limit) == 0
    assert await counters.wait(mine, everybody=limit) == 2
    counters.at += timedelta(hours=1)
    assert [await counters.wait(mine, everybody=limit) for _ in range(4)] == [0, 0, 0, 2]


async def test_who_has_to_wait_for_one_limit_is_not_counted_by_the_other(counters):
    sender = str(uuid.uuid4())
    pair, number = Limit(1, timedelta(seconds=6)), Limit(3, timedelta(seconds=60))

    assert await counters.wait(sender, ada=pair, everybody=number) == 0
    for _ in range(5):
        assert await counters.wait(sender, ada=pair, everybody=number) == 6
    assert await counters.wait(sender, bob=pair, everybody=number) == 0
    assert await counters.wait(sender, cem=pair, everybody=number) == 0
    assert await counters.wait(sender, dan=pair, everybody=number) == 60


async def test_nobody_reads_in_redis_who_was_written_to(redis_url):
    limiter = Limiter.open(redis_url, b"key", lambda: NOW)
    sender = str(uuid.uuid4())

    await limiter.wait(sender, {"+4917012345678": Limit(1, timedelta(hours=1))})

    (name,) = [key async for key in limiter.carrier.scan_iter(f"messaging:rate:{{{sender}}}:*")]
    assert b"4917012345678" not in name
    assert 0 < await limiter.carrier.pttl(name) <= 3_600_001
    await limiter.carrier.aclose()


# --- notifications


def test_a_browser_reads_what_was_encrypted_for_it():
    """The example of RFC 8291, section 5."""
    private = int.from_bytes(_bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")

    body = encrypted(
        b"When I grow up, I want to be a watermelon",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
        key=ec.derive_private_key(private, ec.SECP256R1()),
        salt=_bytes("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert links.encode(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def _bytes(text: str) -> bytes:
    found = links.decode(text)
    assert found is not None
    return found


class Browser:
    """What a browser keeps of a subscription, and reads with it."""

    def __init__(self, endpoint: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": links.encode(point), "auth": links.encode(b"a" * 16)}
        self.address = "webpush:" + json.dumps({"endpoint": endpoint, "keys": keys})


async def pushed(office: Office, reply: Reply, address: str = "") -> tuple[Any, WebPush]:
    office.peer.reply = lambda _: reply
    private, public = vapid.key_pair()
    settings = {"subject": "mailto:club@example.org", "public_key": public}
    of = account(Provider.WEB_PUSH, settings, {"private_key": private})
    carrier = WebPush(of, office.web, office.limiter)
    to = address or Browser(f"{office.peer.uri}/wp/1").address
    return await office.send(carrier, letter(address=to)), carrier


async def test_a_push_service_is_shown_who_we_are(office):
    where = {"location": "https://push.example.org/m/1"}
    outcome, carrier = await pushed(office, Reply(201, b"", where))

    [asked] = office.peer.requests
    assert outcome == Taken("https://push.example.org/m/1")
    assert asked.headers["content-encoding"] == "aes128gcm" and int(asked.headers["ttl"]) > 0
    scheme, token, key = asked.headers["authorization"].replace(",", "").split(" ")
    public = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(), _bytes(key.removeprefix("k="))
    )
    claims = jwt.decode(token.removeprefix("t="), public, ["ES256"], audience=office.peer.uri)
    assert scheme == "vapid" and claims["sub"] == "mailto:club@example.org"
    assert key.removeprefix("k=") == carrier.account.plan.settings["public_key"]
    assert len(asked.headers["topic"]) <= 32


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, push.GONE),
        (410, push.GONE),
        (413, Refused("the push service answered with status 413", Failure.REJECTED_CONTENT)),
        (429, Deferred("the push service answered with status 429")),
        (403, Refused("the push service answered with status 403", Failure.ACCOUNT)),
    ],
)
async def test_a_push_service_says_what_becomes_of_it(office, status, outcome):
    assert (await pushed(office, Reply(status)))[0] == outcome


@pytest.mark.parametrize(
    "address",
    ["fcm:x", "webpush:", "webpush:{}", 'webpush:{"endpoint": 1, "keys": {}}', "webpush:[]"]
    + [
        "webpush:" + json.dumps({"endpoint": "https://x", "keys": {"p256dh": "eA", "auth": auth}})
        for auth in ("", "eA", "ü", "YWFhYWFhYWFhYWFhYWFhYQ")
    ],
)
async def test_what_no_browser_said_is_not_sent(office, address):
    outcome, _ = await pushed(office, Reply(201), address)

    assert outcome == Refused("it is no subscription of a browser", Failure.NO_ADDRESS)
    assert office.claims == 0


def firebase(office: Office) -> Firebase:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    said = {
        "client_email": "us@club.iam.gserviceaccount.com",
        "private_key": pem.decode(),
        "token_uri": f"{office.peer.uri}/token",
    }
    credentials = {"service_account_key": json.dumps(said)}
    of = account(Provider.FIREBASE, {"project_id": "club"}, credentials)
    return Firebase(of, office.web, office.limiter, Tokens(), office.peer.uri)


def google(reply: Reply, token: Any = None) -> Any:
    granted = token or Reply.of({"access_token": "ya29", "expires_in": 3600})
    return lambda asked: granted if asked.path == "/token" else reply


async def test_an_app_is_notified_with_one_token_for_many(office):
    office.peer.reply = google(Reply.of({"name": "projects/club/messages/7"}))
    carrier = firebase(office)

    outcomes = [await office.send(carrier, letter(address="fcm:device")) for _ in range(2)]

    granted, first, second = office.peer.requests
    assert outcomes == [Taken("projects/club/messages/7")] * 2
    grant = dict(urllib.parse.parse_qsl(granted.body.decode()))
    claims = jwt.decode(grant["assertion"], options={"verify_signature": False})
    assert claims["scope"].endswith("firebase.messaging") and claims["aud"].endswith("/token")
    assert first.path == second.path == "/v1/projects/club/messages:send"
    assert first.headers["authorization"] == "Bearer ya29"
    assert first.json["message"]["token"] == "device"
    assert first.json["message"]["notification"] == {"title": "Gig", "body": "Come at 7"}


def problem(code: str, status: int) -> Reply:
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details = [{"@type": kind, "errorCode": code}]
    return Reply.of({"error": {"status": "X", "message": "why", "details": details}}, status)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (problem("UNREGISTERED", 404), push.GONE),
        (problem("QUOTA_EXCEEDED", 429), Deferred("QUOTA_EXCEEDED: why")),
        (problem("UNAVAILABLE", 503), Deferred("UNAVAILABLE: why")),
        (
            problem("INVALID_ARGUMENT", 400),
            Refused("INVALID_ARGUMENT: why", Failure.REJECTED_CONTENT),
        ),
        (
            problem("SENDER_ID_MISMATCH", 403),
            Refused("SENDER_ID_MISMATCH: why", Failure.ACCOUNT),
        ),
        (Reply(500, b"<html>"), Unknown("Firebase answered with status 500")),
    ],
)
async def test_firebase_says_what_becomes_of_it(office, reply, outcome):
    office.peer.reply = google(reply)

    assert await office.send(firebase(office), letter(address="fcm:device")) == outcome


@pytest.mark.parametrize("token", [Reply(500), HANG_UP, Reply.of({"error": "invalid_grant"}, 400)])
async def test_without_a_token_nothing_is_sent(office, token):
    office.peer.reply = google(Reply.of({"name": "x"}), token)

    outcome = await office.send(firebase(office), letter(address="fcm:device"))

    assert type(outcome) is Deferred and office.claims == 0
