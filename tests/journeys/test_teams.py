"""How an organization looks after its people, through the edge."""

from __future__ import annotations

import csv
import functools
import io
import json
import re

import pytest

from deploy.demo.rest import Declined, once, until
from tests import issuers
from tests.journeys import worlds
from turnout.event.v1 import event_pb2, event_pb2_grpc

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


async def test_a_key_opens_every_service_until_it_is_revoked(edge, organizer):
    rest, home = organizer.rest, organizer.organization
    body = {"displayName": "CI", "permissions": ["EVENTS_READ", "BOOKINGS_READ", "MEMBERS_READ"]}
    body["permissions"] = [f"PERMISSION_{one}" for one in body["permissions"]]
    key = await rest.post(f"{home}/apiKeys", body, **once())
    program = edge.rest.bearing(f"Bearer {key['secret']}")
    stub = event_pb2_grpc.EventServiceStub(edge.channel)
    listing = event_pb2.ListEventsRequest(parent=home)
    metadata = (("authorization", program.authorization),)

    for collection in ("events", "bookings", "members"):
        await program.get(f"{home}/{collection}")
    await stub.ListEvents(listing, metadata=metadata)
    with pytest.raises(Declined, match="PAYMENTS_READ is needed"):
        await program.get(f"{home}/payments")
    fresh = await rest.post(f"{key['name']}:rotate", {"overlap": "60s"} | once())
    await edge.rest.bearing(f"Bearer {fresh['secret']}").get(f"{home}/events")

    await rest.post(f"{key['name']}:revoke", once())

    for collection in ("events", "bookings", "members"):
        assert await until(functools.partial(refusal, program, f"{home}/{collection}"), bool, 15)


async def refusal(rest, path):
    try:
        await rest.get(path)
    except Declined as declined:
        return declined.reason
    return ""


@issuers.needs_provider
async def test_who_is_new_signs_on_elsewhere(edge, organizer):
    rest, home = organizer.rest, organizer.organization
    email = worlds.invitation()["email"]
    async with issuers.running() as issuer:
        body = {
            "displayName": "Login",
            "issuer": issuer,
            "clientId": "us",
            "clientSecret": "whispered",
            "domains": [email.rpartition("@")[2]],
            "provisionRole": "ROLE_VIEWER",
        }
        provider = await rest.post(f"{home}/identityProviders", body, **once())
        begun = await edge.rest.post("auth/sso/begin", {"provider": provider["name"]})
        claims = {"email": email, "email_verified": True}
        query = await issuers.consent(issuer, begun["authorizationUri"], "grace", **claims)
        finish = {"authorizationCode": query["code"], "state": query["state"]}

        session = await edge.rest.post(
            "auth/sso/finish", finish | {"flowToken": begun["flowToken"]}
        )

    mine = edge.rest.bearing(f"Bearer {session['accessToken']}")
    assert (await mine.get("users/profile"))["email"] == email
    assert (await mine.get(home))["name"] == home


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
