"""What phone apps send, as they send it: nothing in it is refused for being unknown."""

from __future__ import annotations

import pytest
from google.api import httpbody_pb2

pytestmark = pytest.mark.server

DEVICES = "/turnout.location.v1.DeviceService"
PATH = "/api/v1/devices"
KEY = "AQABAgMEBQYH-_8.c2lnbmF0dXJl"


@pytest.fixture
def devices(services):
    async def receive(_, __):
        return httpbody_pb2.HttpBody(content_type="application/json", data=b"[]")

    services.on(f"{DEVICES}/ReceiveOwnTracks", receive)
    services.on(f"{DEVICES}/ReceiveOsmAnd", receive)
    return services


async def test_a_message_of_owntracks_arrives_as_it_is(devices, http):
    body = b'{"_type":"location","lat":52.5,"lon":13.4,"tst":1700000000,"new":{"a":[1]}}'
    headers = {"content-type": "application/json", "x-limit-u": "ada", "x-limit-d": "phone"}

    response = await http.post(
        f"{PATH}/{KEY}/owntracks?u=ada&d=phone", content=body, headers=headers
    )

    assert (response.status_code, response.content) == (200, b"[]")
    assert response.headers["content-type"] == "application/json"
    assert devices.last.request.key == KEY
    assert devices.last.request.body.data == body


@pytest.mark.parametrize("verb", ["GET", "POST"])
async def test_parameters_of_osmand_arrive_and_unknown_ones_break_nothing(devices, http, verb):
    told = {
        "id": KEY,
        "lat": "52.5",
        "lon": "13.4",
        "timestamp": "1700000000",
        "hdop": "1.5",
        "altitude": "33.0",
        "speed": "0.0",
        "bearing": "12",
        "batt": "76.0",
        "driverUniqueId": "5",
        "odd%20one": "x",
    }

    response = await http.request(verb, f"{PATH}/osmand", params=told)

    assert response.status_code == 200
    request = devices.last.request
    assert (request.id, request.lat, request.lon) == (KEY, "52.5", "13.4")
    assert (request.timestamp, request.hdop, request.bearing) == ("1700000000", "1.5", "12")
    assert request.speed == "0.0"


async def test_a_form_and_json_arrive_as_they_are(devices, http):
    for kind, body in (
        ("application/x-www-form-urlencoded", b"id=1&lat=52.5&lon=13.4"),
        ("application/json", b'{"device_id":"1","location":{"coords":{}}}'),
    ):
        headers = {"content-type": kind}
        response = await http.post(f"{PATH}/osmand", content=body, headers=headers)

        assert response.status_code == 200
        assert devices.last.request.body.content_type == kind
        assert devices.last.request.body.data == body
