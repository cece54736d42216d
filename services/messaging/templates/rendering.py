"""Turns what a message is about into words. Pure, and safe whatever the values say.

Values come from strangers: they are filled in as text and never read as a template, and each is
one line, so that nobody writes paragraphs or headers into somebody else's message.
"""

from __future__ import annotations

import functools
import unicodedata
import zoneinfo
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from services.kit.money import DIGITS, Money, scale
from services.messaging.messages.content import Content
from services.messaging.messages.domain import Channel, Kind, Text
from services.messaging.notices.domain import Notice
from services.messaging.people.domain import Gathering, Host, Person
from services.messaging.templates import buttons
from services.messaging.templates.words import ENGLISH, LANGUAGES, TEMPLATES, Language

# Stands where something personal was left out.
LEFT_OUT = "[…]"

# Where there is no subject, and every word costs.
SHORT = frozenset({Channel.SMS, Channel.WHATSAPP})

# Characters that turn the direction of what follows, out of the name that they stand in.
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Subject:
    """All that a message can speak of. What is not known is None."""

    notice: Notice
    person: Person | None
    event: Gathering | None
    host: Host | None
    traveler: Person | None = None

    def without_secrets(self) -> Subject:
        """The same, without what is good as a key."""
        person = self.person
        if person is not None and person.link:
            person = replace(person, link=LEFT_OUT)
        codes = tuple(LEFT_OUT for _ in self.notice.codes)
        path = self.notice.path and LEFT_OUT
        return replace(self, person=person, notice=replace(self.notice, codes=codes, path=path))


@dataclass(frozen=True)
class _Words:
    subject: jinja2.Template
    body: jinja2.Template
    text: jinja2.Template


def render(about: Subject, channel: Channel) -> Text:
    """Writes the message in the recipient's language, or the nearest we have, or English."""
    kind = about.notice.kind
    tag = language(about.person.language if about.person else "", _speaking(kind))
    words = _words(tag, kind)
    known = values(about, LANGUAGES[tag])
    if channel in SHORT:
        return Text("", words.text.render(known).strip())
    return Text(one_line(words.subject.render(known)), words.body.render(known).strip() + "\n")


def content(about: Subject, channel: Channel, spoken: str = "") -> Content:
    """All that the message says on a channel; its buttons in the language `spoken`, if given."""
    kind, notice = about.notice.kind, about.notice
    tag = spoken or language(about.person.language if about.person else "", _speaking(kind))
    return Content(
        render(about, channel).body,
        language=tag,
        links=buttons.links(kind, tag, about.person.link if about.person else ""),
        buttons=buttons.answers(kind, tag),
        template=notice.template if channel is Channel.WHATSAPP else None,
        asks_location=notice.asks_location,
        reply_to=notice.reply_to,
    )


def language(wanted: str, spoken: tuple[str, ...] = tuple(LANGUAGES)) -> str:
    """The language of those that is nearest to a tag of BCP 47."""
    known = {tag.lower(): tag for tag in spoken}
    if wanted.lower() in known:
        return known[wanted.lower()]
    primary = wanted.lower().partition("-")[0]
    return next((tag for tag in spoken if tag.lower().partition("-")[0] == primary), ENGLISH)


def one_line(text: str) -> str:
    """Leaves out what ends a line, and what makes a line read other than it is written."""
    if text.isprintable():  # there is none of either, as ever
        return " ".join(text.split())
    return " ".join("".join(" " if _ends(c) else c for c in text if c not in TURNS).split())


def _ends(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Zl", "Zp"}


def values(about: Subject, language: Language) -> dict[str, Any]:
    """Every variable that a template may use: text, but for `called_off`, `codes` and numbers."""
    notice, event = about.notice, about.event
    time = notice.arrive_time or (event.start_time if event else None)
    return {
        "name": one_line(about.person.display_name) if about.person else "",
        "host": one_line(about.host.display_name) if about.host else "",
        "event": one_line(event.display_name) if event else language.event,
        "place": one_line(event.place) if event else "",
        "when": _clock(time, event.time_zone if event else "UTC", language) if time else "",
        "until": _clock(notice.until, event.time_zone if event else "UTC", language)
        if notice.until
        else "",
        "called_off": event is not None and event.called_off,
        "why": one_line(event.cancel_reason) if event else "",
        "link": about.person.link if about.person else "",
        "codes": list(notice.codes),
        "amount": _amount(notice.amount, language) if notice.amount else "",
        "number": notice.number,
        "path": notice.path,
        "due": _clock(notice.due_time, "UTC", language) if notice.due_time else "",
        "detail": one_line(notice.detail),
        "traveler": one_line(about.traveler.display_name) if about.traveler else language.somebody,
        "late": notice.late_minutes,
        "leave": _hour(notice.leave_time, event),
        "role": language.roles.get(notice.role, notice.role),
        "minutes": notice.code_minutes,
        "answer": notice.answer,
        "guests": notice.guests,
        "refusal": notice.refusal,
        "text": notice.text,
        "subject": one_line(notice.subject),
    }


def known(event: Gathering | None, host: Host | None, wanted: str) -> dict[str, str]:
    """What a message can say of an event and its host, in the language nearest to that."""
    spoken = LANGUAGES[language(wanted)]
    return {
        "host": one_line(host.display_name) if host else "",
        "event": one_line(event.display_name) if event else spoken.event,
        "place": one_line(event.place) if event else "",
        "when": _clock(event.start_time, event.time_zone, spoken) if event else "",
    }


def _clock(time: datetime, zone: str, language: Language) -> str:
    """A time by the clock of the place."""
    return time.astimezone(zoneinfo.ZoneInfo(zone)).strftime(language.time)


def _hour(time: datetime | None, event: Gathering | None) -> str:
    """A time of this day by the clock of the place; empty where there is none."""
    if time is None:
        return ""
    return time.astimezone(zoneinfo.ZoneInfo(event.time_zone if event else "UTC")).strftime("%H:%M")


def _amount(money: Money, language: Language) -> str:
    whole, rest = divmod(money.minor, scale(money.currency))
    digits = DIGITS.get(money.currency, 2)
    fraction = f"{language.decimal}{rest:0{digits}}" if digits else ""
    return f"{whole}{fraction} {money.currency}"


@functools.cache
def _speaking(kind: Kind) -> tuple[str, ...]:
    """The languages that a kind of message is there in."""
    return tuple(tag for tag in LANGUAGES if kind in TEMPLATES[tag])


@functools.cache
def _words(tag: str, kind: Kind) -> _Words:
    # Plain text: escaping it for HTML would garble it.
    environment = SandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)
    template = TEMPLATES[tag][kind]
    return _Words(
        environment.from_string(template.subject),
        environment.from_string(template.body),
        environment.from_string(template.text),
    )
