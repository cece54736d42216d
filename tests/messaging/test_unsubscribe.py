"""One click ends e-mails to an address, and reading the address of the click does not."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2

from services.kit import links
from services.kit.names import Name
from services.kit.secrets import derive
from services.messaging.messages.domain import MESSAGES, Channel, Kind, Message, Priority, Text
from services.messaging.unsubscribe.wire import PURPOSE, way_out
from tests.serving import SECRET, refused
from turnout.messaging.v1 import unsubscribe_pb2, unsubscribe_pb2_grpc

pytestmark = pytest.mark.server

KEY = derive(SECRET, "links")
NOT_FOUND = grpc.StatusCode.NOT_FOUND
CLICK = httpbody_pb2.HttpBody(
    content_type="application/x-www-form-urlencoded", data=b"List-Unsubscribe=One-Click"
)


def token_of(message: str, purpose: str = PURPOSE, days: int = 1) -> str:
    return links.sign(KEY, message, purpose, datetime.now(UTC) + timedelta(days=days))


@pytest.fixture
def stub(world) -> Any:
    return unsubscribe_pb2_grpc.UnsubscribeServiceStub(world.channel)


async def click(stub: Any, token: str) -> Any:
    return await stub.Unsubscribe(unsubscribe_pb2.UnsubscribeRequest(token=token, body=CLICK))


async def listed(club: Any) -> list[tuple[str, str, str]]:
    rows = await club.world.owner.execute(
        "select address, channel, reason from suppressions where organization = %s", [club.id]
    )
    return [tuple(row) for row in await rows.fetchall()]


async def test_one_click_ends_it(club, stub):
    await club.invite(email="Ada@Example.org")
    [message] = await club.messages()

    answers = [await click(stub, token_of(message.name)) for _ in range(2)]

    assert all(b"Ada@Example.org gets no more" in answer.data for answer in answers)
    assert await listed(club) == [("ada@example.org", "email", "stop")]
    [failed] = await club.messages()
    assert failed.state == failed.STATE_FAILED


async def test_reading_the_address_changes_nothing(club, stub):
    await club.invite()
    [message] = await club.messages()
    request = unsubscribe_pb2.GetUnsubscribePageRequest(token=token_of(message.name))

    page = await stub.GetUnsubscribePage(request)

    assert page.content_type.startswith("text/html") and b'<form method="post">' in page.data
    assert await listed(club) == []


async def test_a_link_that_we_did_not_make_ends_nothing(club, stub):
    await club.invite()
    [message] = await club.messages()
    good = token_of(message.name)
    for token in (
        "x",
        good[:-2],
        token_of(message.name, "participant"),
        token_of(message.name, days=-1),
    ):
        with refused(NOT_FOUND, "BAD_UNSUBSCRIBE_LINK"):
            await click(stub, token)
        with refused(NOT_FOUND, "BAD_UNSUBSCRIBE_LINK"):
            request = unsubscribe_pb2.GetUnsubscribePageRequest(token=token)
            await stub.GetUnsubscribePage(request)

    assert await listed(club) == []


async def test_a_message_that_is_no_more_ends_nothing(club, stub):
    gone = MESSAGES.format(Name(club.id, uuid.uuid4()))

    assert b"This address gets no more" in (await click(stub, token_of(gone))).data
    assert await listed(club) == []


@pytest.mark.parametrize(
    ("changes", "has"),
    [
        ({}, True),
        ({"priority": Priority.BULK}, True),
        ({"priority": Priority.HIGH}, False),
        ({"channel": Channel.SMS}, False),
        ({"recipient": "users/1"}, False),
    ],
)
def test_what_one_may_do_without_has_a_way_out(changes, has):
    name = Name(uuid.uuid4(), uuid.uuid4())
    given: dict[str, Any] = {
        "recipient": f"organizations/{name.organization}/participants/{uuid.uuid4()}",
        "address": "ada@example.org",
        "channel": Channel.EMAIL,
        "kind": Kind.INVITATION,
        "event": None,
        "shown": Text("", ""),
        "create_time": datetime.now(UTC),
    }

    uri = way_out("https://turnout.example.org", KEY)(Message(name, **given | changes))

    assert bool(uri) == has
    if has:
        token = uri.rpartition("/")[2]
        assert uri == f"https://turnout.example.org/api/v1/unsubscribe/{token}"
        assert links.verify(KEY, token, datetime.now(UTC)).subject == MESSAGES.format(name)
