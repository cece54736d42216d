"""Imports on the wire: rows of text to people who can be taken, and flaws. Pure.

What is checked of each of a hundred thousand rows is checked column by column: a value that
comes again is looked at once.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from services.event.events.domain import EVENTS
from services.event.forms import domain as forms
from services.event.forms.domain import Form, Question
from services.event.imports import files
from services.event.imports.domain import MOST_FLAWS, BadImport, Flaw, Outcome, People
from services.event.participants import domain as participants
from services.kit import errors, fields
from services.kit.names import Name, parent
from turnout.event.v1 import import_pb2, participant_pb2
from turnout.field.v1 import field_pb2

NAME, EMAIL, PHONE, LANGUAGE, ZONE = (
    "display_name",
    "email",
    "phone",
    "language_code",
    "time_zone",
)
OTHER_TITLES = {
    "name": NAME,
    "e_mail": EMAIL,
    "mail": EMAIL,
    "phone_number": PHONE,
    "language": LANGUAGE,
    "timezone": ZONE,
}
LONGEST = {NAME: 100, EMAIL: 254}
# Rows of text by the titles of their columns; all columns are of one length.
Columns = Mapping[str, Sequence[str]]
# What is wrong with rows, by their place.
Flaws = dict[int, tuple[str, str]]


def event_of(parent_: str, event: str, at: str = "") -> Name:
    """Whose list people are put on; the organization that is asked must own it."""
    found = EVENTS.parse(event, f"{at}event")
    if found.organization != parent(parent_, f"{at}parent"):
        raise BadImport(f"{at}event", "must be of the organization in parent")
    return found


# --- a table


def table(data: bytes, content_type: str, form: Form) -> tuple[People, list[Flaw], list[str]]:
    """Reads a table: the people in it, what is wrong with others, and titles that mean nothing."""
    sheet = files.read(data, content_type)
    known = {NAME, EMAIL, PHONE, LANGUAGE, ZONE} | {question.id for question in form.questions}
    columns: dict[str, Sequence[str]] = {}
    ignored = []
    for title, column in zip(sheet.titles, sheet.columns, strict=True):
        name = _title(title, known)
        if name not in known:
            ignored.append(title[:200])
        elif name in columns:
            raise BadImport(files.FILE, f"has two columns of the title {name}")
        else:
            columns[name] = column
    if NAME not in columns:
        raise BadImport(files.FILE, f"must have a column of the title {NAME}")
    if EMAIL not in columns and PHONE not in columns:
        raise BadImport(files.FILE, f"must have a column of the title {EMAIL} or {PHONE}")
    people, flaws = checked(columns, sheet.lines, form)
    return people, [*sheet.flaws, *flaws], ignored


def _title(title: str, known: Iterable[str]) -> str:
    """What a title means: by its own name, or one that people give to such a column."""
    if title in known:
        return title
    plain = title.strip().lower().replace(" ", "_").replace("-", "_")
    return OTHER_TITLES.get(plain, plain)


def rows(message: import_pb2.UploadParticipantsRequest.Rows, form: Form) -> tuple[Any, ...]:
    """The people in a frame, and what is wrong with others."""
    found = message.rows
    columns: dict[str, list[str]] = {
        NAME: [row.display_name for row in found],
        EMAIL: [row.email for row in found],
        PHONE: [row.phone for row in found],
        LANGUAGE: [row.language_code for row in found],
        ZONE: [row.time_zone for row in found],
    }
    unknown: Flaws = {}
    asked = {question.id for question in form.questions}
    for place, row in enumerate(found):
        for cell in row.answers:
            if cell.question in asked:
                columns.setdefault(cell.question, [""] * len(found))[place] = cell.text
            else:
                unknown.setdefault(place, (cell.question, "is not asked"))
    lines = list(range(message.first_row, message.first_row + len(found)))
    return checked(columns, lines, form, unknown)


# --- rows


def checked(
    columns: Columns, lines: list[int], form: Form, flaws: Flaws | None = None
) -> tuple[People, list[Flaw]]:
    """The people in some rows, and the first thing that is wrong with each of the others."""
    bad: Flaws = dict(flaws or {})
    blank = [""] * len(lines)

    def column(title: str) -> list[str]:
        return [value.strip() for value in columns.get(title, blank)]

    names, emails = column(NAME), column(EMAIL)
    people = People(
        lines=lines,
        names=names,
        emails=emails,
        email_keys=[_email_key(email) for email in emails],
        phones=_phones(column(PHONE), bad),
        languages=_each(LANGUAGE, column(LANGUAGE), _tag, bad),
        zones=_each(ZONE, column(ZONE), _zone, bad),
        answers=_answers(columns, form, len(lines), bad),
    )
    _check_names(names, bad)
    _check_emails(emails, bad)
    for place in range(len(lines)) if "" in emails else ():
        if not emails[place] and not people.phones[place]:
            bad.setdefault(place, (EMAIL, "must be given, or a phone must"))
    if not bad:
        return people, []
    told = [Flaw(lines[place], *bad[place]) for place in sorted(bad)]
    return people.rows(place for place in range(len(lines)) if place not in bad), told


def _check_names(names: list[str], bad: Flaws) -> None:
    longest = LONGEST[NAME]
    for place, name in enumerate(names):
        if not name:
            bad.setdefault(place, (NAME, "must not be blank"))
        elif len(name) > longest:
            bad.setdefault(place, (NAME, f"must have at most {longest} characters"))
        elif not name.isprintable() and fields.has_controls(name):
            bad.setdefault(place, (NAME, "must not have control characters"))


_is_email, _EMAIL = fields.FORMATS[field_pb2.Rules.FORMAT_EMAIL]
_is_language, _LANGUAGE = fields.FORMATS[field_pb2.Rules.FORMAT_LANGUAGE]
_is_zone, _ZONE = fields.FORMATS[field_pb2.Rules.FORMAT_TIME_ZONE]


def _check_emails(emails: list[str], bad: Flaws) -> None:
    longest = LONGEST[EMAIL]
    for place, email in enumerate(emails):
        if not email:
            continue
        fine = len(email) <= longest and _is_email(email)
        if not fine or (not email.isprintable() and fields.has_controls(email)):
            bad.setdefault(place, (EMAIL, f"must be {_EMAIL}"))


def _email_key(email: str) -> str:
    return email.lower() if email.isascii() else participants.email_key(email) or ""


def _phones(texts: list[str], bad: Flaws) -> list[str]:
    found = list(texts)
    for place, text in enumerate(texts):
        if not text:
            continue
        try:
            found[place] = participants.phone_number(text)
        except errors.Invalid as refusal:
            bad.setdefault(place, (PHONE, refusal.problem))
    return found


def _each(title: str, texts: list[str], read: Callable[[str], str | None], bad: Flaws) -> list[str]:
    """What `read` says of each text; None, with the problem in `bad`, of what is none."""
    values = {text: read(text) if text else "" for text in set(texts)}
    wrong = {text for text, value in values.items() if value is None}
    if wrong:
        problem = {LANGUAGE: _LANGUAGE, ZONE: _ZONE}[title]
        for place, text in enumerate(texts):
            if text in wrong:
                bad.setdefault(place, (title, f"must be {problem}"))
    return [values[text] or "" for text in texts]


def _tag(text: str) -> str | None:
    return text if len(text) <= 35 and _is_language(text) else None


def _zone(text: str) -> str | None:
    return text if len(text) <= 64 and _is_zone(text) else None


def _answers(columns: Columns, form: Form, count: int, bad: Flaws) -> list[str]:
    """What each answered, as JSON; empty for nothing."""
    asked = [question for question in form.questions if question.id in columns]
    if not asked:
        return [""] * count
    found: list[list[str]] = [[] for _ in range(count)]
    for question in asked:
        read = functools.cache(functools.partial(_answer, question))
        for place, text in enumerate(columns[question.id]):
            if not text.strip():
                continue
            answer, problem = read(text)
            if problem:
                bad.setdefault(place, (question.id, problem))
            else:
                found[place].append(answer)
    return [f"[{','.join(each)}]" if each else "" for each in found]


def _answer(question: Question, text: str) -> tuple[str, str]:
    """An answer as JSON, or what is wrong with it."""
    if fields.has_controls(text):
        return "", "must not have control characters"
    try:
        answer = forms.read(question, text, question.id)
    except errors.Invalid as refusal:
        return "", refusal.problem
    return json.dumps(forms.kept([answer])[0]), ""


# --- what became of them


def response(outcome: Outcome, ignored: Iterable[str]) -> import_pb2.ImportParticipantsResponse:
    return import_pb2.ImportParticipantsResponse(
        created_count=outcome.created,
        merged_count=outcome.merged,
        flawed_count=len(outcome.flaws),
        flaws=_flaws(outcome),
        ignored_columns=ignored,
    )


def frame(outcome: Outcome, kept_through: int) -> import_pb2.UploadParticipantsResponse:
    return import_pb2.UploadParticipantsResponse(
        created_count=outcome.created,
        merged_count=outcome.merged,
        flaws=_flaws(outcome),
        kept_through=kept_through,
    )


def changed(event: Name, name: Name, person: People) -> participant_pb2.ParticipantChanged:
    """What is told of somebody on the list; `person` is the only row."""
    return participant_pb2.ParticipantChanged(
        participant=participants.PARTICIPANTS.format(name),
        event=EVENTS.format(event),
        display_name=person.names[0],
        email=person.emails[0],
        phone=person.phones[0],
        language_code=person.languages[0],
    )


def _flaws(outcome: Outcome) -> Iterable[import_pb2.RowFlaw]:
    told = sorted(outcome.flaws, key=lambda flaw: flaw.line)[:MOST_FLAWS]
    return [
        import_pb2.RowFlaw(line=flaw.line, field=flaw.field, problem=flaw.problem) for flaw in told
    ]
