"""Forms on the wire: messages to values and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from google.type import date_pb2, decimal_pb2

from services.event.forms.domain import (
    FORMS,
    BadForm,
    Form,
    Kind,
    Question,
    QuestionAnswer,
    Said,
    Type,
    Value,
)
from services.kit import masks
from services.kit.etags import etag
from services.kit.wire import timestamp
from turnout.event.v1 import form_pb2

TYPES = {
    Type.TEXT: form_pb2.Question.TYPE_TEXT,
    Type.LONG_TEXT: form_pb2.Question.TYPE_LONG_TEXT,
    Type.CHOICE: form_pb2.Question.TYPE_CHOICE,
    Type.CHOICES: form_pb2.Question.TYPE_CHOICES,
    Type.NUMBER: form_pb2.Question.TYPE_NUMBER,
    Type.DATE: form_pb2.Question.TYPE_DATE,
    Type.YES_NO: form_pb2.Question.TYPE_YES_NO,
}
READ = {number: type for type, number in TYPES.items()}
PATCHABLE = frozenset({"questions", "max_guests"})


def form(value: Form) -> form_pb2.RegistrationForm:
    return form_pb2.RegistrationForm(
        name=FORMS.format(value.event),
        questions=map(_question, value.questions),
        max_guests=value.max_guests,
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )


def revision(current: Form, sent: form_pb2.RegistrationForm, paths: frozenset[str]) -> Form:
    """The form with the fields at `paths` as they were sent."""
    merged = masks.merged(form(current), sent, paths)
    return Form(
        event=current.event,
        questions=tuple(_asked(each, index) for index, each in enumerate(merged.questions)),
        max_guests=merged.max_guests if merged.HasField("max_guests") else None,
    )


def _asked(message: form_pb2.Question, index: int) -> Question:
    type = READ.get(message.type)
    if type is None:
        raise BadForm(f"registration_form.questions[{index}].type", "must be given")
    return Question(
        id=message.id,
        display_name=message.display_name.strip(),
        type=type,
        required=message.required,
        help=message.help.strip(),
        choices=tuple(message.choices),
    )


def _question(value: Question) -> form_pb2.Question:
    return form_pb2.Question(
        id=value.id,
        display_name=value.display_name,
        type=TYPES[value.type],
        required=value.required,
        help=value.help,
        choices=value.choices,
    )


# --- answers


def said(messages: Iterable[form_pb2.QuestionAnswer], at: str) -> tuple[Said, ...]:
    """What is sent as answers; `at` is the field that it comes in."""
    return tuple(_said(each, f"{at}[{index}]") for index, each in enumerate(messages))


def _said(message: form_pb2.QuestionAnswer, at: str) -> Said:
    which = message.WhichOneof("value")
    if which is None:
        return Said(message.question, None)
    kind = Kind(which)
    return Said(message.question, QuestionAnswer(message.question, kind, _value(message, kind, at)))


def _value(message: form_pb2.QuestionAnswer, kind: Kind, at: str) -> Value:
    match kind:
        case Kind.TEXT:
            return message.text
        case Kind.CHOICE:
            return message.choice
        case Kind.CHOICES:
            return tuple(message.choices.choices)
        case Kind.NUMBER:
            return str(message.number.value)
        case Kind.DATE:
            return _day(message.date, f"{at}.date")
        case Kind.YES:
            return message.yes


def _day(message: date_pb2.Date, at: str) -> date:
    try:
        return date(message.year, message.month, message.day)
    except ValueError:
        raise BadForm(at, "must be a day of the calendar, with its year") from None


def answer(value: QuestionAnswer) -> form_pb2.QuestionAnswer:
    message = form_pb2.QuestionAnswer(question=value.question)
    match value.kind, value.value:
        case Kind.TEXT, str(text):
            message.text = text
        case Kind.CHOICE, str(choice):
            message.choice = choice
        case Kind.CHOICES, tuple(choices):
            message.choices.SetInParent()
            message.choices.choices.extend(choices)
        case Kind.NUMBER, str(number):
            message.number.CopyFrom(decimal_pb2.Decimal(value=number))
        case Kind.DATE, date() as day:
            message.date.CopyFrom(date_pb2.Date(year=day.year, month=day.month, day=day.day))
        case Kind.YES, bool(yes):
            message.yes = yes
    return message
