"""A program of an organization's own hears of a sale: through Envoy, the bus and the worker."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from deploy.demo.rest import once, until
from tests.event.receiver import receiving
from tests.journeys import people

pytestmark = [pytest.mark.server, pytest.mark.mesh]


async def test_a_booking_is_told_to_whoever_wants_to_know(edge, organizer):
    async with receiving() as receiver:
        body = {"uri": receiver.uri, "kinds": ["BookingHeld"]}
        path = f"{organizer.organization}/webhookEndpoints"
        endpoint = await organizer.rest.post(path, body, **once())
        event = await people.gathering(organizer)
        await people.booked(edge, organizer, event)

        async def told():
            return receiver.requests

        assert await until(told, bool, 30)
        await organizer.rest.delete(endpoint["name"])

    request = receiver.requests[0]
    fact = json.loads(request.body)
    assert fact["type"] == "BookingHeld"
    assert fact["data"]["event"] == event["name"]
    key = base64.b64decode(endpoint["secret"].removeprefix("whsec_"))
    content = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}"
    digest = hmac.new(key, f"{content}.{request.body}".encode(), hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
