"""The rules of forms. Plain values in, plain values out: no clock, no chance, no SQL.

An answer keeps its kind beside its value, so that it can be told whether it still fits when the
question was changed after it was given.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from services.event.events.domain import EVENTS, Event, State, need
from services.kit import errors
from services.kit.names import Name, Singleton

FORMS = Singleton(EVENTS, "registrationForm")

# As many as fit into one booking, with the participant.
GUESTS = 9
LINE, TEXT = 200, 5000
DIGITS = 15
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


class Type(enum.Enum):
    """How a question is answered."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"


class Kind(enum.Enum):
    """What kind of value an answer has: the fields of `QuestionAnswer.value`."""

    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    DATE = "date"
    YES = "yes"


FITS = {
    Type.TEXT: Kind.TEXT,
    Type.LONG_TEXT: Kind.TEXT,
    Type.CHOICE: Kind.CHOICE,
    Type.CHOICES: Kind.CHOICES,
    Type.NUMBER: Kind.NUMBER,
    Type.DATE: Kind.DATE,
    Type.YES_NO: Kind.YES,
}
CHOOSING = frozenset({Type.CHOICE, Type.CHOICES})
# A number is kept as it is written, so that nothing of it is lost.
Value = str | tuple[str, ...] | date | bool


@dataclass(frozen=True)
class Question:
    id: str
    display_name: str
    type: Type
    required: bool = False
    help: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """What an event asks. Version 0: nothing, and it never did."""

    event: Name
    questions: tuple[Question, ...] = ()
    # None: as many as usual.
    max_guests: int | None = None
    update_time: datetime | None = None
    version: int = 0

    @property
    def guests(self) -> int:
        return GUESTS if self.max_guests is None else self.max_guests


@dataclass(frozen=True)
class QuestionAnswer:
    """What somebody answered to a question."""

    question: str
    kind: Kind
    value: Value


@dataclass(frozen=True)
class Said:
    """What is sent as an answer to a question; nothing takes the answer back."""

    question: str
    answer: QuestionAnswer | None


class BadForm(errors.Invalid):
    """A question that nobody can answer, or an answer that its question does not take."""


# --- what an organizer does


def revise(form: Form, plan: Form, event: Event, now: datetime) -> Form:
    """Changes what is asked by an event that was not called off."""
    need(event, State.DRAFT, State.PUBLISHED)
    check(plan.questions)
    return dataclasses.replace(
        form, questions=plan.questions, max_guests=plan.max_guests, update_time=now
    )


def check(questions: Iterable[Question]) -> None:
    """Refuses questions that cannot be, at the first thing that is wrong with one."""
    seen: set[str] = set()
    for index, each in enumerate(questions):
        at = f"registration_form.questions[{index}]"
        if each.id in seen:
            raise BadForm(f"{at}.id", f"is used twice: {each.id}")
        seen.add(each.id)
        _check_choices(each, f"{at}.choices")


def _check_choices(question: Question, at: str) -> None:
    if question.type not in CHOOSING:
        if question.choices:
            raise BadForm(at, "must be empty: there is nothing to choose")
        return
    if not question.choices:
        raise BadForm(at, "must have at least one")
    if any(not choice.strip() for choice in question.choices):
        raise BadForm(at, "must not be blank")
    if len(set(question.choices)) < len(question.choices):
        raise BadForm(at, "must have each choice once")


# --- what somebody answers


def answered(
    form: Form, known: tuple[QuestionAnswer, ...], said: Iterable[Said], *, at: str
) -> tuple[QuestionAnswer, ...]:
    """The answers after what was said: what it leaves out stays. `at` is the field it came in.

    In the order of the form; answers to what is asked no more come last, and are kept.
    """
    questions = {question.id: question for question in form.questions}
    answers = {answer.question: answer for answer in known}
    seen: set[str] = set()
    for index, each in enumerate(said):
        here = f"{at}[{index}]"
        question = questions.get(each.question)
        if question is None:
            raise BadForm(f"{here}.question", f"is not asked: {each.question}")
        if each.question in seen:
            raise BadForm(f"{here}.question", f"is answered twice: {each.question}")
        seen.add(each.question)
        answers.pop(each.question, None)
        if each.answer is not None:
            answers[each.question] = checked(question, each.answer, here)
    order = {id: place for place, id in enumerate(questions)}
    return tuple(
        sorted(answers.values(), key=lambda a: (order.get(a.question, len(order)), a.question))
    )


def checked(question: Question, answer: QuestionAnswer, at: str) -> QuestionAnswer:
    """The answer as it is kept, or a refusal of one that the question does not take."""
    wanted = FITS[question.type]
    if answer.kind is not wanted:
        raise BadForm(f"{at}.{answer.kind.value}", f"must be {wanted.value} for {question.id}")
    value = _VALUES[question.type](question, answer.value, f"{at}.{wanted.value}")
    return dataclasses.replace(answer, value=value)


def _line(_question: Question, value: Value, at: str) -> Value:
    text = str(value).strip()
    if len(text) > LINE:
        raise BadForm(at, f"must have at most {LINE} characters")
    if "\n" in text or "\r" in text:
        raise BadForm(at, "must be one line")
    return _worded(text, at)


def _lines(_question: Question, value: Value, at: str) -> Value:
    text = str(value).strip()
    if len(text) > TEXT:
        raise BadForm(at, f"must have at most {TEXT} characters")
    return _worded(text, at)


def _worded(text: str, at: str) -> str:
    if not text:
        raise BadForm(at, "must not be blank")
    return text


def _choice(question: Question, value: Value, at: str) -> Value:
    if value not in question.choices:
        raise BadForm(at, f"must be one of {', '.join(question.choices)}")
    return value


def _choices(question: Question, value: Value, at: str) -> Value:
    assert isinstance(value, tuple)
    for each in value:
        _choice(question, each, at)
    if len(set(value)) < len(value):
        raise BadForm(at, "must have each choice once")
    return tuple(choice for choice in question.choices if choice in value)


def _number(_question: Question, value: Value, at: str) -> Value:
    text = str(value)
    if not _NUMBER.fullmatch(text) or sum(c.isdigit() for c in text) > DIGITS:
        raise BadForm(at, f"must be a number of at most {DIGITS} digits, such as -1.5")
    return str(Decimal(text))


def _kept(_question: Question, value: Value, _at: str) -> Value:
    return value


_VALUES = {
    Type.TEXT: _line,
    Type.LONG_TEXT: _lines,
    Type.CHOICE: _choice,
    Type.CHOICES: _choices,
    Type.NUMBER: _number,
    Type.DATE: _kept,
    Type.YES_NO: _kept,
}


def shown(form: Form, answers: Iterable[QuestionAnswer]) -> tuple[QuestionAnswer, ...]:
    """The answers that still fit the question they were given to."""
    kinds = {question.id: FITS[question.type] for question in form.questions}
    return tuple(each for each in answers if kinds.get(each.question) is each.kind)


def missing(form: Form, answers: Iterable[QuestionAnswer]) -> list[str]:
    """The questions that are required and not answered. No choice at all is no answer."""
    there = {each.question for each in shown(form, answers) if each.value != ()}
    return [each.id for each in form.questions if each.required and each.id not in there]


# --- answers as text, in a table of people


def read(question: Question, text: str, at: str) -> QuestionAnswer:
    """Reads an answer out of a cell of a table, which is not blank."""
    kind = FITS[question.type]
    value: Value = text.strip()
    if kind is Kind.CHOICES:
        value = tuple(part for part in (each.strip() for each in text.split(";")) if part)
    elif kind is Kind.YES:
        value = _yes(text, at)
    elif kind is Kind.DATE:
        value = _day(text, at)
    elif kind is Kind.NUMBER:
        value = _decimal(text, at)
    return checked(question, QuestionAnswer(question.id, kind, value), at)


_WORDS: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "y", "true", "1", "x"), True),
    **dict.fromkeys(("no", "n", "false", "0"), False),
}


def _yes(text: str, at: str) -> bool:
    found = _WORDS.get(text.strip().lower())
    if found is None:
        raise BadForm(at, "must be yes or no")
    return found


def _day(text: str, at: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadForm(at, "must be a day, such as 2027-06-19") from None


def _decimal(text: str, at: str) -> str:
    try:
        return format(Decimal(text.strip()), "f")
    except InvalidOperation:
        raise BadForm(at, "must be a number, such as -1.5") from None


# --- answers as JSON has them


def kept(answers: Iterable[QuestionAnswer]) -> list[dict[str, Any]]:
    """What is kept of answers."""
    return [
        {
            "question": each.question,
            "kind": each.kind.value,
            "value": each.value.isoformat() if isinstance(each.value, date) else each.value,
        }
        for each in answers
    ]


def given(kept: Iterable[Mapping[str, Any]]) -> tuple[QuestionAnswer, ...]:
    """The answers of which that was kept."""
    return tuple(
        QuestionAnswer(each["question"], kind := Kind(each["kind"]), _given(kind, each["value"]))
        for each in kept
    )


def _given(kind: Kind, value: Any) -> Value:
    if kind is Kind.CHOICES:
        return tuple(value)
    found: Value = date.fromisoformat(value) if kind is Kind.DATE else value
    return found
