"""What providers send, as they sent it: signatures are over bytes."""

from __future__ import annotations

import pytest
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
