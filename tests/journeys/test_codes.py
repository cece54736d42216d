"""Codes reach people through messaging, and come back through Envoy."""

from __future__ import annotations

import json
import re
import secrets

import grpc
import pytest

from deploy.demo.rest import Declined, until
from tests.journeys import credentials, worlds

pytestmark = [pytest.mark.server, pytest.mark.mesh]

CODE = re.compile(r"\b\d{8}\b")
# Everybody got a code before they had an account.
BEFORE = 1


async def written(edge, to, count=1):
    """What was sent to an address, once there is that much of it."""

    async def look():
        lines = edge.mesh.messages.read_text().splitlines() if edge.mesh.messages.exists() else []
        return [line for line in map(json.loads, filter(None, lines)) if line["to"] == to]

    return await until(look, lambda found: len(found) >= count, 30)


async def test_who_forgot_the_password_gets_another_one(edge):
    email, session = await worlds.account(edge)
    asked = await edge.rest.post("auth/forgot-password", {"email": email})
    letter = (await written(edge, email, BEFORE + 1))[-1]
    (code,) = CODE.findall(letter["body"])

    answer = {"challenge": asked["challenge"], "code": code, "newPassword": "a whole new password"}
    await edge.rest.post("auth/reset-password", answer)

    again = await edge.rest.post("auth/login", {"email": email, "password": "a whole new password"})
    assert again["user"] == session["user"]
    told = (await written(edge, email, BEFORE + 2))[-1]
    assert told["subject"] == "Your password was changed"
    with pytest.raises(Declined):
        await edge.rest.post("auth/reset-password", answer)


async def test_a_number_is_verified(edge):
    _, session = await worlds.account(edge)
    rest = edge.rest.bearing(f"Bearer {session['accessToken']}")
    number = f"+49170{secrets.randbelow(10**7):07}"
    changed = await edge.client.patch(
        f"/api/v1/{session['user']}",
        json={"phone": number},
        headers={"authorization": f"Bearer {session['accessToken']}"},
    )
    assert changed.json()["phone"] == number

    asked = await rest.post("users/me:sendCode", {"subject": "SUBJECT_PHONE"})
    (letter,) = await written(edge, number)
    (code,) = CODE.findall(letter["body"])
    user = await rest.post("users/me:verifyCode", {"challenge": asked["challenge"], "code": code})

    assert letter["channel"] == "sms"
    assert "phoneVerifyTime" in user


async def test_who_has_an_account_is_told_and_nobody_else(edge):
    email, session = await worlds.account(edge)
    stranger = "the password of a stranger"
    user = {"email": email, "displayName": "Click here"}

    answer = await edge.rest.post("auth/register", {"user": user, "password": stranger})

    assert answer.keys() == {"email", "displayName", "challenge"}
    told = (await written(edge, email, BEFORE + 1))[-1]
    assert told["subject"] == "You have an account already"
    assert not CODE.search(told["body"])
    assert "Click here" not in told["body"]
    with pytest.raises(Declined) as declined:
        await edge.rest.post("auth/login", {"email": email, "password": stranger})
    assert declined.value.reason == "BAD_CREDENTIALS"
    again = await edge.rest.post("auth/login", {"email": email, "password": worlds.PASSWORD})
    assert again["user"] == session["user"]


async def test_nobody_outside_sends_notices(edge, first):
    """Not even who has a service's own token: the edge knows nothing of such methods."""
    token = credentials.service(edge.mesh.settings, "auth")
    send = edge.channel.unary_unary("/turnout.messaging.v1.NoticeService/SendNotice")

    for authorization in (token, first.token):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await send(b"", metadata=(("authorization", authorization),))
        assert refused.value.code() in (
            grpc.StatusCode.UNIMPLEMENTED,
            grpc.StatusCode.UNAUTHENTICATED,
        )
