"""What providers send, as they sent it: signatures are over bytes."""

from __future__ import annotations

import pytest
from google.api import httpbody_pb2
from google.protobuf import empty_pb2

pytestmark = pytest.mark.server

RECEIVE = "/turnout.payment.v1.PaymentService/ReceiveWebhook"
PATH = "/api/v1/webhooks/sandbox/018f0000-0000-7000-8000-0000000000aa"


@pytest.fixture
def payment(services):
    async def receive(_, __):
        return empty_pb2.Empty()

    services.on(RECEIVE, receive)
    return services


@pytest.mark.parametrize(
    "body",
    [
        b'{ "id":"evt_1",\n\t"a" : 1.0 , "a":2 }',
        b"{broken",
        b"a=1&b=%zz",
        bytes(range(256)) * 40,
        b"",
    ],
)
async def test_every_byte_arrives_with_its_type_and_signature(payment, http, body):
    headers = {"content-type": "application/x-odd; v=1", "x-signature": "t=1,v1=abc"}

    response = await http.post(PATH, content=body, headers=headers)

    assert response.status_code == 200
    assert payment.last.request.body.data == body
    assert payment.last.request.body.content_type == "application/x-odd; v=1"
    assert payment.last.request.provider == "sandbox"
    assert payment.last.metadata["x-signature"] == "t=1,v1=abc"


async def test_a_compressed_body_is_not_unpacked(payment, http):
    body = b"\x1f\x8b\x08\x00 as it was signed"

    await http.post(PATH, content=body, headers={"content-encoding": "gzip"})

    assert payment.last.request.body.data == body


async def test_parameters_that_a_sender_adds_break_nothing(payment, http):
    response = await http.post(f"{PATH}?utm=1&provider=evil&body.data=eA&x=%zz", content=b"{}")

    assert response.status_code == 200
    assert payment.last.request.provider == "sandbox"
    assert payment.last.request.body.data == b"{}"


async def test_a_body_over_the_limit_is_refused(payment, http):
    response = await http.post(PATH, content=b"x" * (1 << 20) + b"x")

    assert response.status_code == 413
    assert response.json()["details"][0]["reason"] == "BODY_TOO_LARGE"
    assert payment.calls == []


# --- of those who carry messages

HEAR = "/turnout.messaging.v1.ChannelWebhookService/ReceiveWhatsAppWebhook"
HEAR_OF_ACCOUNT = "/turnout.messaging.v1.ChannelWebhookService/ReceiveChannelWebhook"
VERIFY = "/turnout.messaging.v1.ChannelWebhookService/VerifyWhatsAppWebhook"
WHATSAPP = "/api/v1/webhook/whatsapp"
ORGANIZATION = "organizations/018f0000-0000-7000-8000-0000000000aa"
ACCOUNT = f"{ORGANIZATION}/channelAccounts/018f0000-0000-7000-8000-0000000000bb"


@pytest.fixture
def messaging(services):
    async def hear(_, __):
        return httpbody_pb2.HttpBody(content_type="text/xml", data=b"<Response/>")

    async def verify(request, _):
        words = request.hub.challenge.encode()
        return httpbody_pb2.HttpBody(content_type="text/plain", data=words)

    services.on(HEAR, hear)
    services.on(HEAR_OF_ACCOUNT, hear)
    services.on(VERIFY, verify)
    return services


async def test_a_challenge_is_asked_in_parts_and_said_back_as_plain_text(messaging, http):
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a%20b"

    response = await http.get(f"{WHATSAPP}?{query}")

    assert (response.status_code, response.content) == (200, b"1158201444")
    assert response.headers["content-type"] == "text/plain"
    hub = messaging.last.request.hub
    assert (hub.mode, hub.verify_token) == ("subscribe", "a b")


async def test_three_megabytes_arrive_as_they_were_signed(messaging, http):
    body = bytes(range(256)) * (3 << 12)
    assert len(body) == 3 << 20

    response = await http.post(WHATSAPP, content=body, headers={"x-hub-signature-256": "sha256=1"})

    assert response.status_code == 200
    assert messaging.last.request.body.data == body
    assert messaging.last.metadata["x-hub-signature-256"] == "sha256=1"
    refused = await http.post(WHATSAPP, content=body + b"x")
    assert refused.status_code == 413


async def test_an_account_has_an_address_of_its_own(messaging, http):
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": "s="}

    response = await http.post(f"/api/v1/webhook/{ACCOUNT}", content=b"a=1&b=%20", headers=headers)

    assert (response.status_code, response.content) == (200, b"<Response/>")
    assert messaging.last.request.name == ACCOUNT
    assert messaging.last.request.body.data == b"a=1&b=%20"
    assert messaging.last.metadata["x-twilio-signature"] == "s="
