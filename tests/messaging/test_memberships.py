"""Who is asked to become a member of an organization gets the link, and nobody else sees it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from services.kit import links
from services.kit.secrets import derive
from services.messaging.templates.rendering import LEFT_OUT
from tests.messaging.world import Club
from tests.serving import SECRET
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import invitation_pb2
from turnout.messaging.v1 import messaging_pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message
UNTIL = datetime(2040, 1, 1, tzinfo=UTC)


def invited(club, **to):
    said: dict[str, Any] = {
        "invitation": f"{club.name}/invitations/{uuid.uuid4()}",
        "role": access_pb2.ROLE_ORGANIZER,
        "email": "bob@example.org",
    }
    fact = invitation_pb2.MemberInvited(**said | to)
    fact.expire_time.FromDatetime(UNTIL)
    return fact


async def test_the_link_is_sent_and_shown_to_nobody(world, club):
    fact = invited(club)

    await club.hear(fact, fact.invitation)
    (shown,) = await club.send()

    assert (shown.recipient, shown.address) == (fact.invitation, "bob@example.org")
    assert (shown.kind, shown.channel, shown.event) == ("membership", M.CHANNEL_EMAIL, "")
    assert shown.subject == "The Club: you are asked to join the team"
    assert "Your part: organizer." in shown.body
    assert LEFT_OUT in shown.body
    [letter] = world.written(club)
    page, _, token = letter["body"].split()[-1].partition("/console/#")
    assert page == "http://127.0.0.1:8080"
    assert token not in shown.body
    link = links.verify(derive(SECRET, "links"), token, datetime.now(UTC))
    assert (link.subject, link.purpose) == (fact.invitation, "membership")
    assert link.expire_time == UNTIL


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("", "asks you to join the team (organizer)"),
        ("de", "ins Team ein (Organisation)"),
        ("pt-BR", "para a equipe (organização)"),
    ],
)
async def test_a_phone_gets_a_text_message_in_its_language(club, language, words):
    fact = invited(club, email="", phone="+491701234567", language_code=language)

    await club.hear(fact, fact.invitation)

    (message,) = await club.messages()
    assert (message.channel, message.address) == (M.CHANNEL_SMS, "+491701234567")
    assert words in message.body


async def test_it_waits_until_the_organization_is_known(world):
    club = Club(world)
    fact = invited(club)

    await club.hear(fact, fact.invitation)
    assert await club.messages() == []
    await club.introduce()
    await world.do_all("tell", club.id)

    (message,) = await club.messages()
    assert message.recipient == fact.invitation
