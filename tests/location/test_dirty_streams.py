"""Real, uncleaned streams of phones and loggers: nothing breaks, and nothing is lost in silence.

They are not part of the project; without them the test is skipped.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import pathlib
from datetime import timedelta

import pytest

from deploy.tracker import Tracker
from services.location.instants import micros
from services.location.journeys.domain import WINDOW
from tests.location.test_positions import stored
from tests.location.world import position
from turnout.location.v1 import location_pb2

pytestmark = pytest.mark.server

STREAMS = (
    pathlib.Path(__file__).parents[3] / "shared" / "data" / "traces" / "dirty" / "streams.csv.gz"
)
# So many seconds before now a stream begins; one that took longer is played faster.
LONGEST = 3600.0


def streams():
    with gzip.open(STREAMS, "rt") as file:
        rows = csv.DictReader(file)
        for name, group in itertools.groupby(rows, key=lambda row: row["stream_id"]):
            yield name, list(group)


def stamps(rows):
    """When each was captured, in seconds from now, and how much faster than life.

    A clock that is off by more than a day stays as far off.
    """
    times = [float(row["t"]) for row in rows]
    middle = sorted(times)[len(times) // 2]
    usual = [time for time in times if abs(time - middle) < 86_400]
    rate = max(1.0, (max(usual) - min(usual)) / LONGEST)
    return [(time - max(usual)) / rate for time in times], rate


@pytest.mark.skipif(not STREAMS.exists(), reason="the real streams are not beside the checkout")
async def test_whatever_phones_send_is_kept_or_refused_by_name(world, house):
    event = await house.event()
    channel = world.served.channel
    for name, rows in streams():
        seconds, rate = stamps(rows)
        ada = await house.traveler(event, playback_rate=rate)
        begin = world.clock.now()
        sent = [told(row, begin, at) for row, at in zip(rows, seconds, strict=True)]
        wanted = [one for one in sent if fits(one, begin, event)]

        async with Tracker(channel, ada.journey, ada.metadata, linger=0, batch=50) as tracker:
            for one in sent:
                await tracker.add(one)
            await tracker.drain()

            assert tracker.dropped == len(sent) - len(wanted) or tracker.ended, name
            assert tracker.acknowledged == len(wanted) or tracker.ended, name
            assert await stored(ada) == list(range(1, tracker.acknowledged + 1)), name
        journey = await ada.read()
        assert journey.position_count == tracker.acknowledged, name


def told(row, begin, seconds):
    return position(
        0,
        begin + timedelta(seconds=seconds),
        location={"latitude": float(row["lat"]), "longitude": float(row["lon"])},
        horizontal_accuracy_meters=max(0.0, float(row["accuracy"] or 0)),
        speed_meters_per_second=max(0.0, float(row["speed"])) if row["speed"] else None,
    )


def fits(one: location_pb2.Position, begin, event):
    captured = one.capture_time.ToMicroseconds()
    earliest, latest = begin - WINDOW, event.end_time + WINDOW
    return micros(earliest) <= captured <= micros(latest)
