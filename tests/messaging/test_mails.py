"""Mails as programs read them, and what comes back: bounces and answers."""

from __future__ import annotations

import email
import email.policy
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from services.kit.names import Name
from services.messaging.channels.email import compose
from services.messaging.messages.domain import Channel, Failure, Letter, State, Text
from services.messaging.webhooks import email as inbound
from services.messaging.webhooks.domain import Status, Written

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
SENDER = "The Club <club@example.org>"
ID = "018f0000-0000-7000-8000-00000000000a"


def letter(**changes: Any) -> Letter:
    given: dict[str, Any] = {
        "name": Name(uuid.uuid4(), uuid.UUID(ID)),
        "channel": Channel.EMAIL,
        "to_name": "Ada",
        "address": "ada@example.org",
        "text": Text("Gig", "Come at 7\n"),
    }
    return Letter(**given | changes)


def read(what: Letter, sender: str = SENDER) -> Any:
    """As the program of the recipient reads it."""
    return email.message_from_bytes(compose(what, sender).as_bytes(), policy=email.policy.default)


def test_a_mail_with_pages_has_the_text_as_well():
    mail = read(letter(html="<p>Come at <b>7</b> \U0001f600</p>"))

    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert "\U0001f600" in mail.get_body(("html",)).get_content()
    assert mail.get_body(("plain",)).get_content().strip() == "Come at 7"


def test_one_click_ends_it():
    mail = read(letter(unsubscribe_uri="https://turnout.example.org/u/abc"))

    assert mail["List-Unsubscribe"] == "<https://turnout.example.org/u/abc>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_an_answer_says_what_it_answers():
    mail = read(letter(reply_to="<a@b>"))

    assert mail["In-Reply-To"] == mail["References"] == "<a@b>"


@pytest.mark.parametrize(
    "evil", ["x\r\nBcc: all@example.org", "x\nX-Evil: 1\n\nbody", "x\u2028Cc: y"]
)
def test_nothing_that_is_filled_in_makes_a_header(evil):
    what = letter(text=Text(evil, evil), to_name=evil, reply_to=evil)

    mail = read(what)

    known = {"from", "to", "subject", "date", "message-id", "auto-submitted", "in-reply-to"}
    known |= {"references", "content-type", "content-transfer-encoding", "mime-version"}
    assert {name.lower() for name in mail} == known
    assert [one.addr_spec for one in mail["To"].addresses] == ["ada@example.org"]


@pytest.mark.parametrize("address", ["a@b\r\nBcc: c@d", "a\nb@c.d", "", "@c.d", "a@"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ValueError, match=r"\w"):
        compose(letter(address=address), SENDER)


def test_long_words_of_any_script_arrive():
    words = "\u05e9\u05dc\u05d5\u05dd \U0001f600 " * 1000

    mail = read(letter(text=Text(words, words)))

    assert mail.get_content().strip() == words.strip()


# --- what comes back

BOUNCE = """From: MAILER-DAEMON@mx.example.org
To: club@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
{envelope}Arrival-Date: Thu, 1 Oct 2026 12:00:00 +0000

Final-Recipient: rfc822; ada@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} User
 unknown

--b
Content-Type: text/rfc822-headers

From: club@example.org
Message-ID: <{message}@example.org>

--b--
"""


def bounce(action: str = "failed", status: str = "5.1.1", **said: str) -> bytes:
    given = {"envelope": f"Original-Envelope-Id: {ID}\n", "message": str(uuid.uuid4())} | said
    return BOUNCE.format(action=action, status=status, **given).encode()


@pytest.mark.parametrize(
    "said", [{}, {"envelope": "", "message": ID}, {"envelope": "X-Odd: 1\n", "message": ID}]
)
def test_a_bounce_says_which_letter_and_why(said):
    [status] = inbound.read(bounce(**said), NOW)

    assert isinstance(status, Status)
    assert status.message == uuid.UUID(ID)
    assert (status.state, status.failure) == (State.FAILED, Failure.NO_ADDRESS)
    assert status.reason == "5.1.1 550 5.1.1 User unknown"


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        ("5.1.1", Failure.NO_ADDRESS),
        ("5.2.2", Failure.REFUSED),
        ("5.6.1", Failure.REJECTED_CONTENT),
        ("5.7.1", Failure.ACCOUNT),
    ],
)
def test_a_bounce_is_classed_by_its_status(status, failure):
    [found] = inbound.read(bounce(status=status), NOW)

    assert isinstance(found, Status) and found.failure is failure


def test_what_is_only_late_or_of_nobody_says_nothing():
    assert inbound.read(bounce(action="delayed", status="4.4.1"), NOW) == []
    assert inbound.read(bounce(envelope="", message="not-ours"), NOW) == []


def test_what_was_delivered_is_known():
    [found] = inbound.read(bounce(action="delivered", status="2.0.0"), NOW)

    assert isinstance(found, Status) and found.state is State.DELIVERED
    assert found.failure is Failure.NONE


ANSWER = """From: Ada L <Ada@Example.org>
To: club@example.org
Subject: Re: Gig
Message-ID: <x@mail.example.org>
In-Reply-To: <{id}@example.org>
Date: Thu, 1 Oct 2026 09:00:00 +0200
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
{more}
ja, gerne – +2
"""


def test_an_answer_is_what_somebody_wrote():
    [found] = inbound.read(ANSWER.format(id=ID, more="").encode(), NOW)

    assert found == Written(
        provider_message="<x@mail.example.org>",
        sender="ada@example.org",
        time=datetime(2026, 10, 1, 7, tzinfo=UTC),
        sender_name="Ada L",
        text="ja, gerne – +2\n",
        reply_to=ID,
    )


def test_who_is_away_has_nothing_to_say():
    mail = ANSWER.format(id=ID, more="Auto-Submitted: auto-replied\n").encode()

    assert inbound.read(mail, NOW) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\x00",
        b"From: x\n\n",
        b"From: a@b\nContent-Type: multipart/report\n\n",
        b"From: a@b\nContent-Type: message/delivery-status\n\nx",
        b"From: a@b\nContent-Type: text/plain; charset=klingon\n\n\xff",
        b"From: a@b\nDate: never\nContent-Type: multipart/mixed; boundary=\n\n--\n",
        b"From: =?utf-8?q?=FF?= <a@b>\nMessage-ID: <\n\nx",
    ],
)
def test_mails_of_any_kind_are_read_as_far_as_they_can_be(body):
    for one in inbound.read(body, NOW):
        assert isinstance(one, (Written, Status))
