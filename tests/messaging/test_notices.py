"""What the platform itself says reaches one person, once, and no organization sees it."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import grpc
import pytest

from services.kit.caller import SYSTEM, acting
from services.kit.identity import service_token
from services.kit.names import Name
from services.kit.secrets import derive
from services.kit.tenant import within
from services.messaging.messages import actions, store
from services.messaging.messages.domain import PLATFORM
from services.messaging.templates.rendering import LEFT_OUT
from tests.serving import NOBODY, SECRET, as_user, invalid, refused
from turnout.auth.v1 import auth_pb2
from turnout.messaging.v1 import notice_pb2, notice_pb2_grpc

pytestmark = pytest.mark.server

Kind = notice_pb2.SendNoticeRequest


@pytest.fixture
def auth(world):
    """What auth shows when it calls."""
    token = service_token(derive(SECRET, "mesh"), "auth", world.clock.now())
    return (("authorization", f"Service {token}"),)


def notice(**changes):
    said: dict[str, Any] = {
        "kind": Kind.KIND_PASSWORD_CODE,
        "recipient": f"users/{uuid.uuid4()}",
        "email": "ada@example.org",
        "display_name": "Ada",
        "code": "12345678",
        "request_id": str(uuid.uuid4()),
    }
    made = notice_pb2.SendNoticeRequest(**said | changes)
    made.code_lifetime.FromSeconds(900)
    return made


async def send(world, request, caller):
    stub = notice_pb2_grpc.NoticeServiceStub(world.channel)
    return await stub.SendNotice(request, metadata=caller)


async def kept(world, recipient):
    rows = await world.owner.execute("select * from messages where recipient = %s", [recipient])
    return await rows.fetchall()


def written(world, recipient_of):
    lines = [json.loads(line) for line in world.log.read_text().splitlines() if line]
    return [line for line in lines if line["message"].endswith(str(recipient_of))]


async def test_a_code_reaches_the_person_and_stays_nowhere(world, auth):
    asked = notice()

    await send(world, asked, auth)
    await world.do_all("send", PLATFORM)

    (row,) = await kept(world, asked.recipient)
    (line,) = written(world, row.id)
    assert (row.organization, row.state, row.kind) == (PLATFORM, "sent", "password-code")
    assert (line["to"], line["subject"]) == ("ada@example.org", "Your code for a new password")
    assert "12345678" in line["body"]
    assert "15 minutes" in line["body"]
    assert row.sealed_body is None
    assert LEFT_OUT in row.body
    tables = await world.owner.execute(
        "select (select string_agg(m::text, '') from messages m where recipient = %s)"
        " || coalesce((select string_agg(encode(body, 'escape'), '') from outbox), '')"
        " || coalesce((select string_agg(encode(answer, 'escape'), '') from answered), '') as all",
        [asked.recipient],
    )
    assert "12345678" not in (await tables.fetchone()).all


async def test_a_number_gets_a_text_message_in_the_language_of_its_owner(world, auth):
    asked = notice(
        kind=Kind.KIND_PHONE_CODE, email="", phone="+491701234567", language_code="de-AT"
    )

    await send(world, asked, auth)
    await world.do_all("send", PLATFORM)

    (row,) = await kept(world, asked.recipient)
    (line,) = written(world, row.id)
    assert (line["channel"], line["to"]) == ("sms", "+491701234567")
    assert line["body"].startswith("Turnout: 12345678 zeigt")


async def test_a_retry_says_nothing_twice(world, auth):
    asked = notice()

    await asyncio.gather(*(send(world, asked, auth) for _ in range(4)))

    assert len(await kept(world, asked.recipient)) == 1


@pytest.mark.parametrize("kind", Kind.Kind.values()[1:])
async def test_every_kind_of_notice_is_written(world, auth, kind):
    asked = notice(kind=kind)

    await send(world, asked, auth)

    (row,) = await kept(world, asked.recipient)
    assert row.state == "queued"


async def test_who_cannot_be_reached_is_not_told(world, auth):
    asked = notice(email="")

    await send(world, asked, auth)

    (row,) = await kept(world, asked.recipient)
    assert row.state == "failed"


async def test_nobody_but_services_sends_notices(world):
    with refused(grpc.StatusCode.PERMISSION_DENIED, "WRONG_AUDIENCE"):
        await send(world, notice(), as_user())
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await send(world, notice(), NOBODY)


async def test_no_organization_sees_what_the_platform_says(world, auth, club):
    asked = notice()
    await send(world, asked, auth)

    assert await club.messages(recipient=asked.recipient) == []
    (row,) = await kept(world, asked.recipient)
    with within(club.id), acting(SYSTEM("messaging")):
        assert await world.db.run(store.message, Name(PLATFORM, row.id)) is None


async def test_who_is_gone_is_forgotten(world, auth):
    asked = notice()
    await send(world, asked, auth)

    await world.hear(auth_pb2.UserDeleted(user=asked.recipient), subject=asked.recipient)
    await world.do_all(actions.ERASE, PLATFORM)

    (row,) = await kept(world, asked.recipient)
    assert (row.address, row.to_name, row.sealed_body) == ("", "", None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": 0}, "kind"),
        ({"kind": 99}, "kind"),
        ({"recipient": ""}, "recipient"),
        ({"recipient": "users/nobody"}, "recipient"),
        ({"email": "nowhere"}, "email"),
        ({"phone": "911"}, "phone"),
        ({"language_code": "!"}, "language_code"),
        ({"code": "1" * 33}, "code"),
        ({"request_id": "again"}, "request_id"),
    ],
)
async def test_what_is_no_notice_is_pointed_at(world, auth, changes, field):
    with invalid(field):
        await send(world, notice(**changes), auth)
