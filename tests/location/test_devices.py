"""Phone apps as they are: what they send, as the documentation of each says."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlencode

import grpc
import pytest
from google.api import httpbody_pb2

from services.kit import links
from services.kit.secrets import derive
from services.location.devices import wire
from services.location.devices.domain import PURPOSE
from services.location.track.domain import BadReport
from tests.location.world import DEGREE, VENUE
from tests.serving import NOBODY, SECRET, as_user, refused
from turnout.location.v1 import device_pb2, location_pb2

pytestmark = pytest.mark.server

MISSING, UNMET = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION
BAD = grpc.StatusCode.INVALID_ARGUMENT
FORM = "application/x-www-form-urlencoded"


async def device(traveler, metadata=None):
    request = device_pb2.GetDeviceRequest(name=f"{traveler.journey}/device")
    return await traveler.house.world.devices.GetDevice(
        request, metadata=metadata or traveler.metadata
    )


async def own_tracks(world, key, message):
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    body = httpbody_pb2.HttpBody(content_type="application/json", data=data)
    request = device_pb2.ReceiveOwnTracksRequest(key=key, body=body)
    return await world.devices.ReceiveOwnTracks(request, metadata=NOBODY)


def parameters(**given):
    """A request with whatever an app writes as text."""
    values = {key: value if key == "body" else str(value) for key, value in given.items()}
    return device_pb2.ReceiveOsmAndRequest(**values)


async def osmand(world, **given):
    request = parameters(**given)
    return await world.devices.ReceiveOsmAnd(request, metadata=NOBODY)


def located(traveler, seconds=0.0, meters=3000.0, **more):
    """A message of OwnTracks, with all that its documentation lists."""
    at = traveler.house.world.clock.now() + timedelta(seconds=seconds)
    return {
        "_type": "location",
        "acc": 13,
        "alt": 154,
        "batt": 53,
        "bs": 1,
        "BSSID": "b0:f2:8:45:94:33",
        "cog": 270,
        "conn": "w",
        "created_at": int(at.timestamp()) + 2,
        "inregions": ["home"],
        "lat": VENUE[0] - meters / DEGREE,
        "lon": VENUE[1],
        "m": 1,
        "p": 100.2,
        "SSID": "Home Network",
        "t": "u",
        "tid": "ga",
        "topic": "owntracks/jjolie/phone",
        "tst": int(at.timestamp()),
        "vac": 3,
        "vel": 36,
    } | more


async def test_the_person_gets_addresses_for_the_apps(world, house, event, ada):
    found = await device(ada)

    assert found.own_tracks_uri.endswith(f"/api/v1/devices/{found.key}/owntracks")
    assert found.traccar_uri.endswith("/api/v1/devices/osmand")
    assert f"id={found.key}&lat={{0}}&lon={{1}}&timestamp={{2}}" in found.osmand_uri
    assert await device(ada) == found
    for who in (house.organizer, as_user(), (await house.traveler(event)).metadata):
        with refused(MISSING, "JOURNEY_NOT_FOUND"):
            await device(ada, who)


async def test_positions_of_owntracks_are_kept(world, ada):
    key = (await device(ada)).key

    answer = await own_tracks(world, key, located(ada, -10))
    await own_tracks(world, key, located(ada, 0, 2900))

    assert (answer.content_type, answer.data) == ("application/json", b"[]")
    first, second = await ada.positions()
    assert (first.sequence, second.sequence) == (1, 2)
    assert first.location.latitude == pytest.approx(VENUE[0] - 3000 / DEGREE, abs=1e-6)
    assert first.horizontal_accuracy_meters == 13
    assert first.speed_meters_per_second == pytest.approx(10)
    assert first.bearing_degrees == 270
    assert (await ada.read()).state == location_pb2.Journey.STATE_UNDER_WAY


async def test_what_an_app_tells_again_is_kept_once(world, ada):
    key = (await device(ada)).key
    message = located(ada)

    for _ in range(3):
        await own_tracks(world, key, message)

    assert len(await ada.positions()) == 1


@pytest.mark.parametrize(
    "message",
    [
        {"_type": "transition", "wtst": 1, "lat": 1, "lon": 2, "tst": 3, "event": "enter"},
        {"_type": "lwt", "tst": 1380738247},
        {"_type": "waypoint", "desc": "Home", "lat": 1.0, "lon": 2.0, "rad": 50, "tst": 1},
        {"_type": "steps", "tst": 1, "steps": 10, "from": 1, "to": 2},
        {"_type": "of a later version", "what": [1, {"ever": None}]},
    ],
)
async def test_what_is_no_position_is_answered_and_dropped(world, ada, message):
    answer = await own_tracks(world, (await device(ada)).key, message)

    assert answer.data == b"[]"
    assert await ada.positions() == []


@pytest.mark.parametrize(
    ("spoiled", "field"),
    [
        ({"lat": 91}, "body.lat"),
        ({"lon": "east"}, "body.lon"),
        ({"lat": None}, "body.lat"),
        ({"tst": "NaN"}, "body.tst"),
        ({"tst": 1e300}, "body.tst"),
        ({"_type": "encrypted", "data": "…"}, "body._type"),
        ({"_type": 5}, "body._type"),
    ],
)
async def test_a_spoiled_message_is_refused_by_its_field(world, ada, spoiled, field):
    with refused(BAD, "BAD_REPORT", field=field):
        await own_tracks(world, (await device(ada)).key, located(ada) | spoiled)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"7", b"[" * 100_000])
async def test_what_is_no_message_is_refused(world, ada, body):
    with refused(BAD, "BAD_REPORT", field="body"):
        await own_tracks(world, (await device(ada)).key, body)


async def test_odd_numbers_beside_the_position_do_not_matter(world, ada):
    odd = {"acc": -1, "vel": -1, "cog": 400, "batt": "full", "alt": None}

    await own_tracks(world, (await device(ada)).key, located(ada, **odd))

    (found,) = await ada.positions()
    assert found.horizontal_accuracy_meters == 0
    assert not found.HasField("speed_meters_per_second")
    assert not found.HasField("bearing_degrees")


# --- OsmAnd and Traccar


async def test_parameters_of_osmand_are_a_position(world, ada):
    key, at = (await device(ada)).key, ada.house.world.clock.now()

    answer = await osmand(
        world,
        id=key,
        lat=VENUE[0] - 3000 / DEGREE,
        lon=VENUE[1],
        timestamp=str(int(at.timestamp() * 1000)),
        hdop=2,
        speed=10,
        bearing=90,
    )

    assert not answer.data
    (found,) = await ada.positions()
    assert abs(found.capture_time.ToDatetime(at.tzinfo) - at) < timedelta(milliseconds=2)
    assert found.horizontal_accuracy_meters == 10
    assert found.speed_meters_per_second == pytest.approx(5.144, abs=0.001)
    assert found.bearing_degrees == 90


async def test_parameters_may_come_as_a_form(world, ada):
    key, at = (await device(ada)).key, ada.house.world.clock.now()
    form = {
        "deviceid": key,
        "location": f"{VENUE[0] - 3000 / DEGREE},{VENUE[1]}",
        "timestamp": at.strftime("%Y-%m-%d %H:%M:%S"),
        "accuracy": "25",
        "heading": "45",
        "batt": "76",
        "charge": "false",
    }
    body = httpbody_pb2.HttpBody(content_type=FORM, data=urlencode(form).encode())

    await osmand(world, body=body)

    (found,) = await ada.positions()
    assert found.horizontal_accuracy_meters == 25
    assert found.bearing_degrees == 45
    assert found.battery_percent == 76
    assert not found.HasField("speed_meters_per_second")


async def test_newer_apps_send_json(world, ada):
    key, now = (await device(ada)).key, ada.house.world.clock.now()

    def told(seconds, meters):
        at = now + timedelta(seconds=seconds)
        return {
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z",
            "coords": {
                "latitude": VENUE[0] - meters / DEGREE,
                "longitude": VENUE[1],
                "accuracy": 12.5,
                "speed": 3.5,
                "heading": 180.0,
                "altitude": 33.1,
            },
            "is_moving": True,
            "odometer": 512,
            "event": "motionchange",
            "battery": {"level": 0.75, "is_charging": False},
            "activity": {"type": "walking"},
            "extras": {},
        }

    one = json.dumps({"location": told(-30, 3000), "device_id": key}).encode()
    await osmand(world, body={"content_type": "application/json", "data": one})
    some = json.dumps({"location": [told(-9, 2900), told(-20, 2950)], "device_id": key}).encode()
    await osmand(world, body={"content_type": "application/json; charset=utf-8", "data": some})

    found = await ada.positions()
    assert [one.sequence for one in found] == [1, 2, 3]
    assert found[0].speed_meters_per_second == pytest.approx(3.5)
    assert found[0].altitude_meters == pytest.approx(33.1, abs=0.01)
    assert found[0].battery_percent == 75
    times = [one.capture_time.ToDatetime() for one in found]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"lat": 1.0}, "lon"),
        ({"location": "here,there"}, "lat"),
        ({"lat": 91, "lon": 2}, "lat"),
        ({"lat": "nan", "lon": 2}, "lat"),
        ({"lat": 1.0, "lon": 2.0, "timestamp": "yesterday"}, "timestamp"),
        ({"lat": 1.0, "lon": 2.0, "timestamp": "9e99"}, "timestamp"),
        ({"body": {"content_type": "application/json", "data": b"{}"}}, "body.location.coords"),
        (
            {"body": {"content_type": "application/json", "data": b'{"location":[]}'}},
            "body.location",
        ),
    ],
)
def test_parameters_that_make_no_position_are_refused(given, field, clock):
    with pytest.raises(BadReport) as found:
        wire.osmand(parameters(**given), clock.now())

    assert found.value.field == field


# --- consent


async def test_an_app_is_refused_as_everybody_is(world, house, event, ada):
    key = (await device(ada)).key
    await world.stub.PauseJourney(
        location_pb2.PauseJourneyRequest(name=ada.journey), metadata=ada.metadata
    )
    with refused(UNMET, "JOURNEY_PAUSED"):
        await own_tracks(world, key, located(ada))
    await ada.withdraw()
    with refused(UNMET, "JOURNEY_OVER"):
        await own_tracks(world, key, located(ada))


async def test_a_key_that_is_none_opens_nothing(world, ada):
    key = (await device(ada)).key
    forged = (
        "nonsense",
        key[:-2] + "AA",
        links.sign(derive(SECRET, "links"), ada.journey, PURPOSE, wire.FOREVER),
        links.sign(derive(SECRET, PURPOSE), ada.journey, "share", wire.FOREVER),
    )

    for other in forged:
        with refused(MISSING, "DEVICE_NOT_FOUND"):
            await own_tracks(world, other, located(ada))
        with refused(MISSING, "DEVICE_NOT_FOUND"):
            await osmand(world, id=other, lat=1, lon=2)
    assert await ada.positions() == []
