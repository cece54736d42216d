"""How an organization looks after its people, through the edge."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from deploy.demo.rest import Declined, once, until
from tests.journeys import worlds

pytestmark = [pytest.mark.server, pytest.mark.mesh]


async def test_the_audit_log_comes_as_json_and_as_csv(organizer):
    rest, log = organizer.rest, f"{organizer.organization}/auditEntries"

    listed = await rest.get(log, filter="action = MEMBER_CREATE")
    response = await rest.client.get(
        f"/api/v1/{log}:export", headers={"authorization": rest.authorization}
    )

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    headings, *lines = csv.reader(io.StringIO(response.text, newline=""))
    assert headings[:3] == ["create_time", "actor", "action"]
    [entry] = listed["auditEntries"]
    assert entry["ipAddress"] == "127.0.0.1"
    assert [entry["name"]] == [line[-1] for line in lines if line[2] == "MEMBER_CREATE"]
    assert await rest.get(entry["name"]) == entry


async def test_who_is_invited_by_mail_becomes_a_member_and_leaves(edge, organizer):
    rest, home = organizer.rest, organizer.organization
    mine = edge.rest.bearing(await worlds.stranger(edge))
    invited = await rest.post(f"{home}/invitations", worlds.invitation(), **once())
    [token] = re.findall("/console/#(.+)", await mail_to(edge, invited["email"]))

    member = await mine.post("invitations:accept", {"token": token} | once())

    assert (member["role"], member["name"].split("/")[:2]) == ("ROLE_VIEWER", home.split("/"))
    assert (await rest.get(invited["name"]))["state"] == "STATE_ACCEPTED"
    assert (await mine.get(home))["name"] == home
    with pytest.raises(Declined, match="no longer good"):
        await edge.rest.bearing(await worlds.stranger(edge)).post(
            "invitations:accept", {"token": token}
        )

    await mine.post(f"{home}:leave", once())
    assert (await mine.get("organizations")).get("organizations", []) == []


async def mail_to(edge, address):
    """What the console was given for an address."""
    log = edge.mesh.settings.messages

    async def look():
        lines = log.read_text().splitlines() if log.exists() else []
        return [one["body"] for one in map(json.loads, lines) if one["to"] == address]

    return (await until(look, bool, 15))[0]


async def test_an_organization_that_closes_gives_back_what_it_promised(edge):
    world = await worlds.founded(edge)
    heir = edge.rest.bearing(await worlds.member(edge, world, "ROLE_STAFF"))
    me = (await heir.get("users/profile"))["name"].replace("users/", "members/")
    await world.owner.rest.post(
        f"{world.organization}:transfer", {"member": f"{world.organization}/{me}"} | once()
    )
    with pytest.raises(Declined):
        await delete(world.owner.rest, world.organization)

    await delete(heir, world.organization)

    async def gone():
        event = await edge.rest.get(world.names["turnout.app/Event"])
        return event["state"] == "STATE_CANCELLED" and event["cancelReason"]

    assert await until(gone, bool, 15) == "the organizer has closed"

    async def booking():
        return (await world.guest.edge.get(world.guest.booking))["state"]

    assert await until(booking, lambda state: state == "STATE_CANCELLED", 15) == "STATE_CANCELLED"

    async def closed():
        try:
            await heir.get(world.draft)
        except Declined:
            return True
        return False

    assert await until(closed, bool, 15)


async def delete(rest, name):
    await rest._call("DELETE", name)
