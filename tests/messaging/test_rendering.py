from __future__ import annotations

import itertools
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.kit.money import Money
from services.kit.names import Name
from services.messaging.messages.domain import Channel, Kind, Text
from services.messaging.notices.domain import Notice
from services.messaging.people.domain import Gathering, Host, Person
from services.messaging.templates.rendering import (
    LEFT_OUT,
    Subject,
    language,
    one_line,
    render,
)
from services.messaging.templates.words import LANGUAGES, TEMPLATES

CLUB = uuid.uuid4()
LINK = "http://127.0.0.1:8080/join/#token"
START = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
GIG = Gathering(
    Name(CLUB, uuid.uuid4()), "Winter Gig", "Alte Halle, Berlin", START, "Europe/Berlin"
)
ADA = Person(
    f"organizations/{CLUB}/participants/{uuid.uuid4()}", "Ada", "ada@example.org", link=LINK
)
HOST = Host(CLUB, "The Club", "club@example.org")
EVERYTHING = list(itertools.product(Kind, LANGUAGES, [Channel.EMAIL, Channel.SMS]))


def about(kind=Kind.INVITATION, **changes):
    known: dict[str, Any] = {"person": ADA, "event": GIG, "host": HOST}
    return Subject(**{"notice": Notice(kind, ADA.name, GIG.name)} | known | changes)


def test_an_invitation_says_who_what_when_and_where():
    text = render(about(), Channel.EMAIL)

    assert text.subject == "Winter Gig: will you come?"
    assert text.body.startswith("Hello Ada,\n\nThe Club invites you to Winter Gig.\n")
    assert "When: Sat 21 Nov 2026, 19:30\n" in text.body
    assert "Where: Alte Halle, Berlin\n" in text.body
    assert LINK in text.body


def test_a_text_message_has_no_subject_and_one_line():
    text = render(about(), Channel.SMS)

    assert text == Text(
        "",
        "The Club invites you to Winter Gig, Sat 21 Nov 2026, 19:30. Will you come? " + LINK,
    )


def test_people_are_written_to_in_their_language():
    german = render(about(person=replace(ADA, language="de-AT")), Channel.EMAIL)
    portuguese = render(about(person=replace(ADA, language="pt")), Channel.EMAIL)

    assert german.subject == "Winter Gig: Kommst du?"
    assert "Wann: 21.11.2026, 19:30 Uhr" in german.body
    assert portuguese.subject == "Winter Gig: você vem?"


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("", "en"),
        ("en-GB", "en"),
        ("DE", "de"),
        ("pt-br", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("fi", "en"),
    ],
)
def test_the_nearest_language_is_found(wanted, spoken):
    assert language(wanted) == spoken


@pytest.mark.parametrize(("kind", "tag", "channel"), EVERYTHING)
def test_every_message_can_be_written_however_little_is_known(kind, tag, channel):
    amount, codes = Money("EUR", 1250), ("12345678",)
    notice = Notice(kind, ADA.name, amount=amount, codes=codes, text="Behind the hall.")
    full = about(notice=notice, person=replace(ADA, language=tag), traveler=ADA)
    bare = Subject(notice, person=None, event=None, host=None)

    for text in (render(full, channel), render(bare, channel)):
        assert text.body.strip()
        assert bool(text.subject) == (channel is Channel.EMAIL)
        assert "None" not in text.body + text.subject
        assert "  " not in text.body


def test_every_language_has_every_message():
    assert set(TEMPLATES) == set(LANGUAGES)
    assert all(set(TEMPLATES[tag]) == set(Kind) for tag in ("en", "de", "pt-BR"))


def test_whoever_writes_is_answered_in_every_language():
    asked = {Kind.ANSWER, Kind.LATE_NOTED, Kind.WHERE, Kind.SHARING, Kind.HELP}
    asked |= {Kind.STOPPED, Kind.STARTED}

    assert all(set(words) >= asked for words in TEMPLATES.values())
    text = render(about(Kind.HELP, person=replace(ADA, language="he")), Channel.SMS)
    assert text.body.startswith("אפשר לכתוב")


def test_what_is_not_said_in_a_language_is_said_in_english():
    text = render(about(person=replace(ADA, language="fr")), Channel.EMAIL)

    assert text.subject == "Winter Gig: will you come?"


def test_a_ticket_shows_its_codes():
    ticket = Notice(Kind.TICKET, ADA.name, GIG.name, codes=("code-1", "code-2"))

    text = render(about(notice=ticket), Channel.EMAIL)

    assert text.subject == "Winter Gig: your tickets"
    assert "code-1\ncode-2\n" in text.body


@pytest.mark.parametrize("kind", Kind)
def test_what_is_good_as_a_key_can_be_left_out(kind):
    notice = Notice(kind, ADA.name, GIG.name, codes=("code-1",))

    for channel in (Channel.EMAIL, Channel.SMS):
        shown = render(about(notice=notice).without_secrets(), channel)
        assert LINK not in shown.body
        assert "code-1" not in shown.body
    invitation = about(notice=Notice(Kind.INVITATION, ADA.name)).without_secrets()
    assert LEFT_OUT in render(invitation, Channel.EMAIL).body


@pytest.mark.parametrize(
    ("money", "tag", "written"),
    [
        (Money("EUR", 1250), "en", "12.50 EUR"),
        (Money("EUR", 1205), "de", "12,05 EUR"),
        (Money("JPY", 1250), "en", "1250 JPY"),
        (Money("KWD", 1005), "pt-BR", "1,005 KWD"),
    ],
)
def test_amounts_are_written_as_people_write_them(money, tag, written):
    refund = Notice(Kind.REFUND, ADA.name, amount=money)

    text = render(about(notice=refund, person=replace(ADA, language=tag)), Channel.EMAIL)

    assert written in text.body


@pytest.mark.parametrize(
    ("minutes", "said"), [(12, ", 12 min late"), (-3, ", 3 min early"), (0, ", in time")]
)
def test_an_arrival_says_who_when_and_how_late(minutes, said):
    arrival = Notice(
        Kind.ARRIVAL,
        f"organizations/{CLUB}",
        GIG.name,
        traveler=ADA.name,
        arrive_time=START,
        late_minutes=minutes,
    )

    text = render(about(notice=arrival, traveler=ADA), Channel.EMAIL)

    assert text.subject == "Winter Gig: Ada has arrived"
    assert text.body == f"Ada arrived at Winter Gig on Sat 21 Nov 2026, 19:30{said}.\n"


def test_a_called_off_event_says_why():
    off = replace(GIG, called_off=True, cancel_reason="storm")

    assert (
        "Winter Gig is called off: storm\n"
        in render(about(Kind.CANCELLED, event=off), Channel.EMAIL).body
    )
    silent = replace(off, cancel_reason="")
    assert (
        "Winter Gig is called off.\n"
        in render(about(Kind.CANCELLED, event=silent), Channel.EMAIL).body
    )
    assert "is cancelled" in render(about(Kind.CANCELLED), Channel.EMAIL).body


# --- strangers' words


@pytest.mark.parametrize(
    "name",
    [
        "Ada\r\nBcc: everybody@example.org",
        "Ada\n\nYou have won",
        "Ada\u2028Line",
        "Ada\x00\x1b[2J",
        "Ada\x85Next",
    ],
)
def test_nobody_writes_lines_into_the_message_of_another(name):
    text = render(
        about(person=replace(ADA, display_name=name), event=replace(GIG, display_name=name)),
        Channel.EMAIL,
    )

    assert "\n" not in text.subject and "\r" not in text.subject
    assert text.subject.isprintable()
    assert text.body.splitlines()[0] == f"Hello {one_line(name)},"


@pytest.mark.parametrize(
    "name",
    ["{{ 7 * 7 }}", "{% for x in y %}", "{{ link.__class__.__mro__ }}", "{# hidden #}", "${7*7}"],
)
def test_words_are_never_read_as_a_template(name):
    text = render(about(person=replace(ADA, display_name=name)), Channel.EMAIL)

    assert text.body.startswith(f"Hello {name},\n")


@pytest.mark.parametrize(
    "name",
    ["👩‍👩‍👧 Família", "أحمد", "שרה", "李小龍", "Zoë & <Co>", "n" * 10_000],
)
def test_every_name_is_written_as_it_is(name):
    assert name in render(about(person=replace(ADA, display_name=name)), Channel.EMAIL).body


def test_nobody_turns_the_words_around_a_name():
    assert one_line("Ada\u202egnp.exe") == "Adagnp.exe"
