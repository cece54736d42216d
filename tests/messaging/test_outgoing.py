"""What somebody of an organization writes to one person."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import grpc
import pytest

from tests.serving import refused
from turnout.messaging.v1 import messaging_pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message


async def said(world, club, participant, *, by=None, **more):
    owner = by or await world.member("OWNER", club.id)
    fields = {"subject": "Doors", "text": "They open\nat seven. {{ 7 * 7 }}", **more}
    request = messaging_pb2.SendMessageRequest(parent=club.name, participant=participant, **fields)
    return await world.stub.SendMessage(request, metadata=owner)


async def test_a_note_goes_out_as_it_was_written(world, club):
    ada = await club.invite()
    await club.send()

    queued = await said(world, club, ada, subject="Doors \u2028open")

    assert (queued.state, queued.kind) == (M.STATE_QUEUED, "note")
    await club.send()
    line = world.written(club)[-1]
    assert (line["message"], line["subject"]) == (queued.name, "Doors open")
    assert line["body"] == "They open\nat seven. {{ 7 * 7 }}"


async def test_many_who_write_at_once_are_each_heard_once(world, club):
    people = [await club.invite() for _ in range(3)]
    owner = await world.member("OWNER", club.id)
    stranger = f"{club.name}/participants/{uuid.uuid4()}"
    id = str(uuid.uuid4())

    done: list[Any] = await asyncio.gather(
        *(said(world, club, each, by=owner) for each in people * 5),
        said(world, club, people[0], by=owner, request_id=id),
        said(world, club, people[0], by=owner, request_id=id),
        said(world, club, stranger, by=owner),
        return_exceptions=True,
    )

    *sent, twice, again, nobody = done
    assert len({each.name for each in sent}) == 15
    assert twice == again
    assert nobody.code() is grpc.StatusCode.NOT_FOUND
    notes = [m for m in await club.messages() if m.kind == "note"]
    assert len(notes) == 16


async def test_who_is_of_another_organization_is_nobody_here(world, club):
    other = await world.club()
    ada = await other.invite()

    with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND"):
        await said(world, club, ada)


async def test_who_has_no_address_cannot_be_written_to(world, club):
    ada = await club.invite(email="")

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "NO_ADDRESS"):
        await said(world, club, ada)
