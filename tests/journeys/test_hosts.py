"""Two hosts with one of everything; one of them freezes, and comes back."""

from __future__ import annotations

import asyncio
import dataclasses
import time

import httpx
import pytest

from deploy.chaos import checks, job, rows
from deploy.chaos.record import Record
from deploy.demo import organizer as organizers
from deploy.demo.organizer import Organizer
from deploy.local.mesh import Mesh
from deploy.local.settings import SERVICES, Settings
from tests.waiting import eventually

pytestmark = [pytest.mark.server, pytest.mark.mesh, pytest.mark.timeout(900)]

ENV = {"TURNOUT_HOLD_SECONDS": "30", "TURNOUT_BCRYPT_COST": "4"}
# How long all may take to come to rest afterwards, in seconds.
REST = 300.0
# A read of each service, below an organization, and what somebody writes.
READS = ("", "/events", "/bookings", "/payments", "/messageTemplates", "/journeys")
WRITES = {
    "/apiKeys": {"displayName": "gate", "permissions": ["PERMISSION_EVENTS_READ"]},
    "/messageTemplates": {
        "displayName": "Ours",
        "translations": [{"languageCode": "en", "subject": "{{ host }}", "body": "{{ link }}"}],
    },
}
ROUNDS, EARLY = 10, 4


@pytest.fixture
async def hosts(tmp_path_factory):
    settings = Settings.temporary(tmp_path_factory.mktemp("hosts"), ENV)
    async with Mesh(dataclasses.replace(settings, hosts=2)) as mesh:
        yield mesh


async def test_a_host_that_freezes_is_left_out_and_nothing_is_lost_or_done_twice(hosts):
    record = Record()
    place = job.stage(hosts.address("edge"), hosts.messages, record, seed=1)
    async with place.rest.client, place.channel, asyncio.TaskGroup() as group:
        who = await organizers.sign_up(place.rest, hosts.messages)
        before = group.create_task(job.gathering(place))
        await until_it_travels(record, before)

        with hosts.frozen(2):
            begun = time.monotonic()
            early = [group.create_task(timed(who)) for _ in range(EARLY)]
            meanwhile = group.create_task(job.gathering(place))
            await eventually(lambda: left_out(hosts))
            found = time.monotonic() - begun

            for _ in range(ROUNDS):
                assert await refused(who) == []

            passed = time.monotonic() - begun
            await until_it_travels(record, meanwhile)
        await asyncio.to_thread(hosts.wait, seconds=REST)
        await asyncio.gather(before, meanwhile)

    books = await asyncio.to_thread(rows.settled, hosts.settings, REST)
    ends = [one.result() for one in early]
    print(
        f"left out after {found:.1f} s; {ROUNDS} rounds succeeded by {passed:.1f} s; of {EARLY}"
        f" that began at once {sum(bool(said) for said, _ in ends)} had a call fail, and they took"
        f" {min(took for _, took in ends):.1f} to {max(took for _, took in ends):.1f} s"
    )
    assert record.acknowledged
    assert rows.restless(books) == {}
    assert checks.violations(books, record) == []


def tracks(record: Record) -> int:
    """How many streams of positions were opened so far."""
    return sum(one.what.startswith("Track ") for one in record.operations)


async def until_it_travels(record: Record, gathering: asyncio.Task[None]) -> None:
    """Waits until somebody of a gathering is under way."""
    known = tracks(record)
    while tracks(record) == known and not gathering.done():  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def left_out(mesh: Mesh) -> bool:
    """Whether Envoy of the first host calls nobody on the second."""
    which = "/stats?filter=^cluster.[a-z]*.membership_healthy$"
    async with httpx.AsyncClient(base_url=f"http://{mesh.address('admin')}") as admin:
        said = (await admin.get(which)).text.splitlines()
    healthy = dict(line.removeprefix("cluster.").split(": ") for line in said)
    return all(healthy[f"{name}.membership_healthy"] == "1" for name in SERVICES)


async def timed(who: Organizer) -> tuple[list[str], float]:
    begun = time.monotonic()
    said = await refused(who)
    return said, time.monotonic() - begun


async def refused(who: Organizer) -> list[str]:
    """What does not succeed of a call to each service."""
    client, found = who.rest.client, []
    headers = {"authorization": who.rest.authorization}
    reads = [("GET", path, None) for path in READS]
    calls = [*reads, *(("POST", path, body) for path, body in WRITES.items())]
    for method, path, body in calls:
        url = f"/api/v1/{who.organization}{path}"
        try:
            answer = await client.request(method, url, json=body, headers=headers, timeout=60)
        except httpx.TransportError as error:
            found.append(f"{method} {path}: {error!r}")
            continue
        if not answer.is_success:
            found.append(f"{method} {path}: {answer.status_code} {answer.text}")
    return found
