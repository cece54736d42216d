from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.kit.names import Name
from services.messaging.dispatch import domain
from services.messaging.dispatch.domain import Deferred, Refused, Taken, Unknown
from services.messaging.messages.domain import Channel, Kind, Letter, State, Text
from services.messaging.notices import domain as notices
from services.messaging.people.domain import Person

NOW = datetime(2026, 5, 1, tzinfo=UTC)
CLUB = uuid.uuid4()
GIG = Name(CLUB, uuid.uuid4())
ADA = Person(f"organizations/{CLUB}/participants/{uuid.uuid4()}", "Ada", "ada@example.org")


def notice(kind=Kind.INVITATION):
    return notices.Notice(kind, ADA.name, GIG)


def message(person=ADA):
    name = Name(CLUB, uuid.uuid4())
    shown = Text("Come", "Will you?")
    return notices.compose(
        name, notice(), way=notices.route(person), event=GIG, shown=shown, now=NOW
    )


def claimed():
    found = domain.claim(message(), "smtp")
    assert found is not None
    return found


def settle(before, outcome, now=NOW):
    return domain.settle(before, outcome, provider="smtp", now=now)


def test_people_are_reached_by_e_mail_rather_than_by_text():
    assert notices.route(replace(ADA, phone="+491701234567")) == (Channel.EMAIL, "ada@example.org")
    assert notices.route(replace(ADA, email="", phone="+491701234567")) == (
        Channel.SMS,
        "+491701234567",
    )


@pytest.mark.parametrize("person", [None, replace(ADA, email="")])
def test_a_message_to_somebody_out_of_reach_has_failed(person):
    lost = message(person)

    assert (lost.state, lost.channel) == (State.FAILED, Channel.NONE)
    assert lost.failure_reason == notices.NO_ADDRESS


def test_a_message_waits_then_is_sent():
    waiting = message()
    sending = claimed()
    sent = settle(sending, Taken("42"))

    assert (waiting.state, waiting.provider) == (State.QUEUED, "")
    assert (sending.state, sending.provider, sending.open_attempt) == (State.SENDING, "smtp", True)
    assert (sent.state, sent.provider_message, sent.send_time) == (State.SENT, "42", NOW)
    assert (sent.version, sent.attempts, sent.open_attempt) == (3, 1, False)


def test_nobody_sends_what_somebody_else_is_sending():
    assert domain.claim(claimed(), "smtp") is None


@pytest.mark.parametrize("outcome", [Taken(), Refused("no such user")])
def test_nobody_sends_what_is_at_its_end(outcome):
    assert domain.claim(settle(claimed(), outcome), "smtp") is None


def test_what_the_provider_has_not_is_tried_again():
    later = settle(claimed(), Deferred("451 greylisted"))

    assert later.state is State.SENDING
    assert domain.claim(later, "smtp") is not None
    assert not later.failure_reason


def test_what_was_put_off_before_it_was_handed_over_still_waits():
    assert settle(message(), Deferred("nobody answers")).state is State.QUEUED


def test_nobody_tries_for_more_than_a_day():
    late = settle(claimed(), Deferred("451 greylisted"), NOW + domain.GIVE_UP)

    assert late.state is State.FAILED
    assert late.failure_reason == "given up after 1 attempts: 451 greylisted"


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Refused("550 no such user"), "550 no such user"),
        (Unknown("the line broke"), "unknown outcome: the line broke"),
    ],
)
def test_what_cannot_be_sent_has_failed_for_a_reason(outcome, reason):
    failed = settle(claimed(), outcome)

    assert (failed.state, failed.failure_reason) == (State.FAILED, reason)


def test_a_message_never_goes_back():
    sent = settle(claimed(), Taken("42"))
    failed = settle(claimed(), Unknown("the line broke"))

    for outcome in (Deferred("x"), Refused("x"), Unknown("x")):
        assert settle(sent, outcome) == sent
        assert settle(failed, outcome) == failed


def test_what_the_provider_has_after_all_was_sent():
    failed = settle(claimed(), Unknown("the line broke"))

    found = settle(failed, Taken("42"))

    assert (found.state, found.failure_reason) == (State.SENT, "")


def test_pauses_grow_up_to_a_limit():
    pauses = [domain.pause(attempts) for attempts in range(1, 40)]

    assert pauses[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == domain.LONGEST_PAUSE


def test_what_is_personal_does_not_show():
    letter = Letter(GIG, Channel.EMAIL, "Ada", "ada@example.org", Text("", "the link"))
    codes = notices.Notice(Kind.TICKET, ADA.name, codes=("the code",))

    for shown in (repr(letter), repr(replace(ADA, link="the link")), repr(codes)):
        assert "the link" not in shown
        assert "the code" not in shown
