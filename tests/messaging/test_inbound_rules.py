from __future__ import annotations

import pytest

from services.messaging.inbound.commands import Command, command, first_words, pressed, written
from services.messaging.inbound.domain import address
from services.messaging.inbound.words import LANGUAGES, Intent
from services.messaging.messages.domain import Channel

YES, NO, MAYBE = (Command(intent) for intent in (Intent.YES, Intent.NO, Intent.MAYBE))


@pytest.mark.parametrize(
    ("text", "language", "meant"),
    [
        ("yes", "en", YES),
        ("  Yes!! ", "", YES),
        ("JA", "de-AT", YES),
        ("Oui.", "fr", YES),
        ("¡Sí!", "es", YES),
        ("sì", "it", YES),
        ("Sim", "pt-BR", YES),
        ("نعم", "ar", YES),
        ("כן", "he", YES),
        ("👍🏽", "en", YES),
        ("Count me in", "en", YES),
        ("i\u2019m in", "en", YES),
        ("nein, danke", "de", NO),
        ("nein danke", "de", NO),
        ("لا شكراً", "ar", NO),
        ("לא", "he", NO),
        ("não", "pt", NO),
        ("quizás", "es", MAYBE),
        ("peut-être", "fr", MAYBE),
        ("🤷‍♂️", "en", MAYBE),
        # Somebody writes in another language than we know them by.
        ("oui", "de", YES),
        ("vielleicht", "en", MAYBE),
    ],
)
def test_answers_are_understood_in_the_language_of_who_gives_them(text, language, meant):
    assert command(text, language) == meant


@pytest.mark.parametrize(
    ("text", "language", "guests"),
    [
        ("+2", "en", 2),
        ("+ 2", "en", 2),
        ("yes +1", "en", 1),
        ("Ja, +3", "de", 3),
        ("+٢", "ar", 2),
        ("כן +4", "he", 4),
        ("+0", "en", 0),
    ],
)
def test_guests_come_along_with_a_yes(text, language, guests):
    assert command(text, language) == Command(Intent.YES, guests=guests)


@pytest.mark.parametrize(
    ("text", "language", "minutes"),
    [
        ("late 10", "en", 10),
        ("Late: 10 min", "en", 10),
        ("10 min late", "en", 10),
        ("verspätet 15 Minuten", "de", 15),
        ("10 Minuten später", "de", 10),
        ("retard 20", "fr", 20),
        ("tarde 5", "es", 5),
        ("متأخر ١٠", "ar", 10),
        ("מאחר 10 דקות", "he", 10),
        ("late", "en", 0),
    ],
)
def test_being_late_has_minutes(text, language, minutes):
    assert command(text, language) == Command(Intent.LATE, minutes=minutes)


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("Where?", "en", Intent.WHERE),
        ("wo", "de", Intent.WHERE),
        ("OÙ", "fr", Intent.WHERE),
        ("dónde", "es", Intent.WHERE),
        ("أين", "ar", Intent.WHERE),
        ("איפה?", "he", Intent.WHERE),
        ("STOP", "he", Intent.STOP),
        ("Stop.", "ar", Intent.STOP),
        ("unsubscribe", "fr", Intent.STOP),
        ("Abmelden", "de", Intent.STOP),
        ("توقف", "ar", Intent.STOP),
        ("START", "it", Intent.START),
        ("help", "de", Intent.HELP),
        ("Hilfe!", "de", Intent.HELP),
        ("?", "en", Intent.HELP),
    ],
)
def test_other_commands_are_understood(text, language, intent):
    assert command(text, language) == Command(intent)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "no problem, see you there",
        "yes but only after eight",
        "don't stop",
        "maybe you could tell me who else comes?",
        "+10",
        "+ two",
        "no +2",
        "late 1000",
        "late 0",
        "yes 2",
        "x" * 100_000,
        "12",
        "{{ 7 * 7 }}",
        "\u202eyes\u202c and more",
    ],
)
def test_whatever_else_somebody_writes_is_for_a_person_to_read(text):
    assert command(text, "en") is None


def test_a_letter_means_something_only_in_the_language_of_who_writes_it():
    assert command("e", "tr") == YES
    assert command("e", "en") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_of_a_language_means_two_things_in_it(language):
    said = [phrase for phrases in LANGUAGES[language].values() for phrase in phrases]

    assert len(said) == len(set(said))
    for intent, phrases in LANGUAGES[language].items():
        for phrase in phrases:
            assert command(phrase, language) == Command(intent), phrase


@pytest.mark.parametrize(
    ("payload", "meant"),
    [
        ("yes", YES),
        ("NO", NO),
        ("yes:2", Command(Intent.YES, guests=2)),
        ("late:10", Command(Intent.LATE, minutes=10)),
        ("where", Command(Intent.WHERE)),
        ("", None),
        ("yes:many", None),
        ("late:", Command(Intent.LATE)),
        ("invitation-42", None),
    ],
)
def test_buttons_are_commands(payload, meant):
    assert pressed(payload) == meant


def test_of_an_e_mail_the_first_line_counts_and_not_what_it_answers_to():
    text = "\n Yes \n\nAda\n\nOn Mon, 5 Oct 2026, The Club wrote:\n> Will you come?\n> no"

    assert first_words(text) == "Yes"
    assert written(text) == "Yes\n\nAda"
    assert first_words("> quoted\nno") == ""


@pytest.mark.parametrize(
    ("channel", "sender", "written_as"),
    [
        (Channel.EMAIL, "Ada L <Ada@Example.ORG>", "ada@example.org"),
        (Channel.EMAIL, " ada@example.org ", "ada@example.org"),
        (Channel.SMS, "+49 170 1234567", "+491701234567"),
        (Channel.WHATSAPP, "491701234567", "+491701234567"),
        (Channel.WHATSAPP, "whatsapp:+491701234567", "+491701234567"),
        (Channel.WHATSAPP, "US.13491208655302741918", "US.13491208655302741918"),
        (Channel.SMS, "TURNOUT", "TURNOUT"),
    ],
)
def test_addresses_are_the_same_however_they_are_written(channel, sender, written_as):
    assert address(channel, sender) == written_as
