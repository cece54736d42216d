"""A second factor through Envoy: turned on by an app, asked for at the door."""

from __future__ import annotations

import time

import pyotp
import pytest

from deploy.demo.rest import Declined
from tests.journeys import worlds

pytestmark = [pytest.mark.server, pytest.mark.mesh]


async def test_an_account_is_guarded_by_an_app(edge):
    email, session = await worlds.account(edge)
    mine = edge.rest.bearing(f"Bearer {session['accessToken']}")
    given = await mine.post("auth/second-factor/enroll", {"password": worlds.PASSWORD})
    app = pyotp.parse_uri(given["uri"])
    assert isinstance(app, pyotp.TOTP)
    # The code of a moment ago, so that the one of now is another.
    recovery = await mine.post("auth/second-factor/confirm", {"code": app.at(time.time() - 30)})
    who = {"email": email, "password": worlds.PASSWORD}

    with pytest.raises(Declined) as refused:
        await edge.rest.post("auth/login", who)
    assert refused.value.reason == "SECOND_FACTOR_REQUIRED"
    code = app.now()
    opened = await edge.rest.post(
        "auth/login", {**who, "secondFactorCode": code, "rememberDevice": True}
    )
    with pytest.raises(Declined) as refused:
        await edge.rest.post("auth/login", {**who, "secondFactorCode": code})
    assert refused.value.reason == "BAD_SECOND_FACTOR"
    await edge.rest.post("auth/login", {**who, "deviceToken": opened["deviceToken"]})
    await edge.rest.post("auth/login", {**who, "secondFactorCode": recovery["codes"][0]})

    state = await mine.get("auth/second-factor")
    assert (state["recoveryCodeCount"], state["deviceCount"]) == (9, 1)
