"""Three times as many calls as can be answered: what is still answered, and what the others hear.

Calls come when they come, whoever waits for an answer. The service has one process, and who calls
does so through Envoy.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc

from services.booking.domain import EVENTS
from services.kit.names import ORGANIZATIONS
from tests.bench import load, report
from tests.bench.booking import on_sale
from tests.bench.edge import connected, reached
from tests.bench.load import Sample, hammer
from tests.bench.place import Place, Server
from tests.booking.builders import create
from tests.edge import standin
from tests.serving import Metadata, as_user
from turnout.booking.v1 import booking_pb2

LIST = "/turnout.booking.v1.BookingService/ListBookings"
GET = "/turnout.booking.v1.BookingService/GetAvailability"
CREATE = "/turnout.booking.v1.BookingService/CreateBooking"
# One call in so many is no list.
ONE_IN = 5
TIMES = 3.0
# Fewer than would be a queue.
CALLERS = 12
LISTED = 50
# How long who calls waits for an answer, in seconds, and how many times as long as a measurement
# the load lasts until it is measured.
PATIENCE, SETTLED = 2.0, 5
# Milliseconds in which somebody should hear that there is no room.
HEARD = 20.0


@dataclass(frozen=True)
class Ask:
    """The calls: lists, and now and then one that lists have to wait for."""

    through: Server
    listed: bytes
    got: bytes
    who: Metadata

    def __call__(self, number: int) -> Any:
        channel: Any = self.through.channels[number % len(self.through.channels)]
        if number % ONE_IN:
            call = channel.unary_unary(LIST)
            return call(self.listed, metadata=self.who, timeout=PATIENCE)
        return channel.unary_unary(GET)(self.got, timeout=PATIENCE)


@dataclass
class Heard:
    """What those heard who called, in seconds until they did."""

    seconds: float
    answered: list[float] = field(default_factory=list)
    shed: list[float] = field(default_factory=list)
    # Of those that come before lists: whether each was answered.
    first: list[bool] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    # Seconds of the server's processor meanwhile.
    cpu: float = 0.0
    over: bool = False

    @property
    def count(self) -> int:
        return len(self.answered) + len(self.shed) + len(self.other)

    @property
    def rate(self) -> float:
        return len(self.answered) / self.seconds

    @property
    def worth(self) -> float:
        """Answers for a second of the server's processor."""
        return len(self.answered) / max(self.cpu, 1e-9)


async def run(place: Place) -> list[report.Row]:
    url, db = await place.database("booking")
    [event] = await on_sale(db, 1)
    direct = await place.service("booking", url)
    port = int(direct.address.rpartition(":")[2])
    edge = await place.stack.enter_async_context(standin.running(port))
    who = as_user()
    got = booking_pb2.GetAvailabilityRequest(name=f"{EVENTS.format(event)}/availability")
    listed = booking_pb2.ListBookingsRequest(
        parent=ORGANIZATIONS.format(event.organization), page_size=LISTED
    )
    async with contextlib.AsyncExitStack() as stack:
        through = await connected(edge.host, stack)
        await reached(direct, got.SerializeToString())
        await reached(through, got.SerializeToString())
        for _ in range(LISTED):
            await through.unary(CREATE)[0](create(event).SerializeToString(), metadata=who)
        ask = Ask(through, listed.SerializeToString(), got.SerializeToString(), who)
        peaks, heard = [], []
        for _ in range(max(1, place.pace.rounds // 2)):
            peaks.append(await peak(ask, direct.pids, place.pace.seconds * 3))
            rate = TIMES * max(one.rate for one in peaks)
            heard.append(await pour(ask, direct.pids, rate, place.pace.seconds * 4))
            # It is forgotten meanwhile.
            await asyncio.sleep(SETTLED * place.pace.seconds)
        return rows(peaks, heard)


def rows(peaks: Sequence[Sample], heard: Sequence[Heard]) -> list[report.Row]:
    said = f"overload: {TIMES:g} times what can be answered"
    shed = [[1e3 * seconds for seconds in one.shed] for one in heard]
    firsts = [sum(one.first) / max(1, len(one.first)) for one in heard]
    told = [1 - len(one.other) / one.count for one in heard]
    return [
        report.row(
            f"{said}, answered",
            "1/s",
            [one.rate for one in heard],
            "peak",
            load.rates(peaks),
            at_least=0.9,
        ),
        report.row(
            f"{said}, answered in a second of the server",
            "",
            [one.worth for one in heard],
            "peak",
            [1e6 / one.cost for one in peaks],
            at_least=0.9,
        ),
        *(
            report.against(what, "", firsts, 0.95, at_least=True)
            for what in [f"{said}, of what comes before lists"]
            # Who is measured for a moment only may meet none.
            if all(firsts)
        ),
        *(
            report.against(
                f"{said}, until one is sent away, {name}",
                "ms",
                [load.percentile(one, part) for one in shed],
                HEARD,
            )
            for name, part in (("p50", 0.5), ("p99", 0.99))
            if all(shed)
        ),
        report.against(f"{said}, answered or sent away in time", "", told, 0.99, at_least=True),
    ]


async def peak(ask: Ask, pids: Sequence[int], seconds: float) -> Sample:
    """What is answered when nobody asks before they have an answer."""
    before = load.cpu(pids)
    found = await hammer(ask, CALLERS, seconds)
    return Sample(found.seconds, found.latencies, load.cpu(pids) - before)


async def pour(ask: Ask, pids: Sequence[int], rate: float, seconds: float) -> Heard:
    """So many calls a second, for so long after the service had the time to see what happens."""
    heard, group = Heard(seconds), set[asyncio.Future[None]]()
    before = 0.0
    begun = time.perf_counter()
    measured = begun + SETTLED / 4 * seconds
    end = measured + seconds
    number = 0
    # Where nobody got an answer in time, the time goes on until somebody does.
    while (now := time.perf_counter()) < end or not heard.answered:
        if not before and now > measured:
            before = load.cpu(pids)
        while number < (now - begun) * rate:
            task = asyncio.ensure_future(_one(ask, number, heard, measured))
            group.add(task)
            task.add_done_callback(group.discard)
            number += 1
        await asyncio.sleep(0.005)
    heard.over = True
    heard.seconds, heard.cpu = now - measured, load.cpu(pids) - before
    await asyncio.gather(*group)
    return heard


async def _one(ask: Ask, number: int, heard: Heard, measured: float) -> None:
    began = time.perf_counter()
    call = ask(number)
    code = await call.code()
    took = time.perf_counter() - began
    if began < measured or heard.over:
        return
    if code is grpc.StatusCode.OK:
        heard.answered.append(took)
    elif code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        heard.shed.append(took)
    else:
        heard.other.append(f"{code.name} {await call.details()}")
    if number % ONE_IN == 0:
        heard.first.append(code is grpc.StatusCode.OK)
