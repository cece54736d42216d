"""Who has the operator's secret runs the platform, through Envoy, and makes others who do."""

from __future__ import annotations

import secrets

import pytest

from deploy.demo.rest import Declined
from tests.journeys import worlds

pytestmark = [pytest.mark.server, pytest.mark.mesh]

PASSWORD = "a password of the platform"


def registering():
    email = f"root-{secrets.token_hex(6)}@demo.turnout.app"
    return {"user": {"email": email, "displayName": "Root"}, "password": PASSWORD}


async def signed_in(edge, email):
    session = await edge.rest.post("auth/admin/login", {"email": email, "password": PASSWORD})
    return edge.rest.bearing(f"Bearer {session['accessToken']}")


async def test_administrators_make_and_remove_each_other(edge, root):
    second = await root.post("auth/admin/register", registering())
    third = await (await signed_in(edge, second["email"])).post(
        "auth/admin/register", registering()
    )
    found = await root.everything("auth/admin/administrators", "administrators")
    for one in (third, second):
        await root.post("auth/admin/remove", {"user": one["user"]})

    assert [one["user"] for one in found][-2:] == [second["user"], third["user"]]
    assert third["creator"] == second["user"]
    with pytest.raises(Declined):
        await signed_in(edge, second["email"])


async def test_nobody_else_does(edge, root):
    secret = (edge.mesh.settings.state / "bootstrap").read_text().strip()
    _, session = await worlds.account(edge)
    ordinary = edge.rest.bearing(f"Bearer {session['accessToken']}")

    with pytest.raises(Declined):
        await edge.rest.post("auth/admin/register", registering() | {"bootstrapSecret": secret})
    with pytest.raises(Declined):
        await ordinary.post("auth/admin/register", registering())
    with pytest.raises(Declined):
        await ordinary.get("auth/admin/administrators")
