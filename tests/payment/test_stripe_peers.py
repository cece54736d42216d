"""Our client at servers that others wrote, each asked for what it is right about."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import stripe

from services.kit.ids import new_id
from services.kit.names import Name
from services.payment import signatures
from services.payment.domain import Progress
from services.payment.merchants.domain import STRIPE, Credentials, Plan, open
from services.payment.stripe import domain, provider, wire
from services.payment.stripe.client import Client, Clients, Settings
from services.payment.stripe.domain import ATTEMPT
from tests.payment import peers

KEY = ("sk_test_0123456789", "")
NOW = datetime(2027, 1, 1, tzinfo=UTC)


@contextlib.asynccontextmanager
async def client_at(url: str) -> AsyncIterator[Client]:
    credentials = Credentials(KEY[0])
    merchant = open(Name(new_id(), new_id()), STRIPE, Plan("Main"), credentials, NOW)
    settings = Settings(url, timeout=timedelta(seconds=30), retries=0)
    clients = Clients(settings)
    try:
        yield clients.of(merchant, credentials)
    finally:
        await clients.close()


# --- localstripe: intents, proofs, signed webhooks; not keys, limits, or state errors


@pytest.fixture(scope="module")
async def localstripe() -> AsyncIterator[str]:
    async with peers.localstripe() as url:
        yield url


async def made(url: str, **given: Any) -> dict[str, Any]:
    """An intent with our key, which this peer makes only without what it does not know."""
    form = {"amount": "2000", "currency": "eur", f"metadata[{ATTEMPT}]": str(uuid.uuid4()), **given}
    async with httpx.AsyncClient(base_url=url, auth=KEY) as http:
        method = await http.post("/v1/payment_intents", data=form, timeout=30)
    said: dict[str, Any] = method.json()
    assert method.status_code == 200, said
    return said


@pytest.mark.parametrize(
    ("given", "progress"),
    [
        ({}, Progress.CHALLENGED),
        ({"payment_method": "pm_card_visa", "confirm": "true"}, Progress.SUCCEEDED),
        (
            {"payment_method": "pm_card_visa", "confirm": "true", "capture_method": "manual"},
            Progress.AUTHORIZED,
        ),
    ],
)
async def test_another_stripe_says_how_intents_are(localstripe, given, progress):
    intent = await made(localstripe, **given)

    async with client_at(localstripe) as client:
        found = await client.retrieve(intent["id"])

    assert domain.outcome(found, by_client=True).progress is progress
    assert str(domain.key(found, ATTEMPT)) == found["metadata"][ATTEMPT]


async def test_another_stripe_takes_and_lets_go(localstripe):
    manual = {"payment_method": "pm_card_visa", "confirm": "true", "capture_method": "manual"}
    one, other = await made(localstripe, **manual), await made(localstripe)

    async with client_at(localstripe) as client:
        taken = await client.capture(one["id"], {"amount_to_capture": 1500}, str(new_id()))
        gone = await client.cancel(other["id"], {}, str(new_id()))

    assert domain.outcome(taken, by_client=False).progress is Progress.SUCCEEDED
    assert domain.outcome(gone, by_client=False).progress is Progress.CANCELLED


async def test_the_webhooks_that_another_stripe_signs_are_good(localstripe):
    heard: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
    secret = "whsec_" + uuid.uuid4().hex

    async with listening(heard) as url, httpx.AsyncClient(base_url=localstripe) as http:
        hook = {"url": url, "secret": secret}
        answer = await http.post("/_config/webhooks/ours", data=hook, timeout=30)
        assert answer.status_code == 200
        intent = await made(localstripe, payment_method="pm_card_visa", confirm="true")
        async with asyncio.timeout(60):
            while True:
                headers, body = await heard.get()
                said = json.loads(body)
                if said["type"] == "payment_intent.succeeded" and (
                    said["data"]["object"]["id"] == intent["id"]
                ):
                    break

    signature, now = headers[provider.HEADER], datetime.now(UTC)
    signatures.verify([secret.encode()], signature, body, now)
    for wrong, what in ((secret, body + b" "), ("whsec_other", body)):
        with pytest.raises(signatures.BadSignature):
            signatures.verify([wrong.encode()], signature, what, now)
    notice: Any = wire.heard(body)
    assert str(notice.key) == intent["metadata"][ATTEMPT]
    assert notice.outcome.progress is Progress.SUCCEEDED


@contextlib.asynccontextmanager
async def listening(
    heard: asyncio.Queue[tuple[dict[str, str], bytes]],
) -> AsyncIterator[str]:
    """The address of somebody who takes every webhook."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        heard.put_nowait((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


# --- stripe-stateful-mock: keys and refunds of charges; not intents


@pytest.fixture(scope="module")
async def mock() -> AsyncIterator[str]:
    async with peers.stateful_mock() as url:
        yield url


async def charged(url: str, source: str = "tok_visa") -> str:
    form = {"amount": "2000", "currency": "usd", "source": source}
    async with httpx.AsyncClient(base_url=url, auth=KEY) as http:
        answer = await http.post("/v1/charges", data=form, timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def test_a_key_gives_one_refund_however_often_it_is_asked_for(mock):
    params, key = {"charge": await charged(mock), "amount": 500}, str(new_id())

    async with client_at(mock) as client:
        refunds = [await client.refund(params, key) for _ in range(3)]
        with pytest.raises(stripe.IdempotencyError):
            await client.refund(params | {"amount": 600}, key)

    assert len({refund["id"] for refund in refunds}) == 1
    assert domain.refunded(refunds[0]).progress is Progress.SUCCEEDED


async def test_no_more_goes_back_than_came(mock):
    charge = await charged(mock)

    async with client_at(mock) as client:
        with pytest.raises(stripe.InvalidRequestError):
            await client.refund({"charge": charge, "amount": 2001}, str(new_id()))
        await client.refund({"charge": charge}, str(new_id()))
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await client.refund({"charge": charge}, str(new_id()))

    assert refused.value.code == "charge_already_refunded"


# --- emulate: what is asked of an intent in another state; not keys, refunds, captures


@pytest.fixture(scope="module")
async def emulated() -> AsyncIterator[str]:
    async with peers.emulate() as url:
        yield url


async def test_what_an_intent_is_in_no_state_for_is_told_by_a_code(emulated):
    params = {"amount": 2000, "currency": "eur", "metadata": {ATTEMPT: str(new_id())}}

    async with client_at(emulated) as client:
        intent = await client.create(params, str(new_id()))
        first = await client.cancel(intent["id"], {}, str(new_id()))
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await client.confirm(intent["id"], {"payment_method": "pm_card_visa"}, str(new_id()))

    assert domain.outcome(first, by_client=False).progress is Progress.CANCELLED
    assert refused.value.code == provider.UNEXPECTED
