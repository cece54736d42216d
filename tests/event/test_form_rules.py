"""What may be asked, and what an answer must be; no server, no database."""

from __future__ import annotations

from datetime import date

import pytest

from services.event.events import domain as events
from services.event.forms import domain
from services.event.forms.domain import (
    BadForm,
    Form,
    Kind,
    Question,
    QuestionAnswer,
    Said,
    Type,
)
from tests.event.builders import GIG, NOW, published

DIET = Question("diet", "What do you eat?", Type.CHOICE, True, "", ("all", "vegan"))
DAYS = Question("days", "When?", Type.CHOICES, True, "", ("fri", "sat", "sun"))
AGE = Question("age", "How old are you?", Type.NUMBER)
BORN = Question("born", "Born on", Type.DATE)
CAR = Question("car", "By car?", Type.YES_NO, True)
WHO = Question("who", "Who are you?", Type.TEXT)
WHY = Question("why", "Why?", Type.LONG_TEXT)
FORM = Form(GIG, (DIET, DAYS, AGE, BORN, CAR, WHO, WHY))


def said(question, kind, value):
    return Said(question, QuestionAnswer(question, kind, value))


def answered(*what, known=(), form=FORM):
    return domain.answered(form, known, what, at="answers")


def test_answers_are_kept_in_the_order_of_the_form():
    answers = answered(said("car", Kind.YES, False), said("diet", Kind.CHOICE, "vegan"))

    assert [answer.question for answer in answers] == ["diet", "car"]


def test_what_is_left_out_stays_and_nothing_takes_an_answer_back():
    known = answered(said("age", Kind.NUMBER, "7"), said("diet", Kind.CHOICE, "all"))

    answers = answered(Said("age", None), known=known)

    assert [answer.question for answer in answers] == ["diet"]


@pytest.mark.parametrize(
    ("question", "kind", "value", "kept"),
    [
        ("days", Kind.CHOICES, ("sun", "fri"), ("fri", "sun")),
        ("days", Kind.CHOICES, (), ()),
        ("age", Kind.NUMBER, "-007.50", "-7.50"),
        ("born", Kind.DATE, date(2000, 2, 29), date(2000, 2, 29)),
        ("who", Kind.TEXT, "  Ada ", "Ada"),
        ("why", Kind.TEXT, "one\ntwo", "one\ntwo"),
    ],
)
def test_an_answer_is_kept_as_its_question_means_it(question, kind, value, kept):
    [answer] = answered(said(question, kind, value))

    assert answer.value == kept


@pytest.mark.parametrize(
    ("question", "kind", "value", "field"),
    [
        ("size", Kind.TEXT, "L", "answers[0].question"),
        ("diet", Kind.TEXT, "vegan", "answers[0].text"),
        ("diet", Kind.CHOICE, "meat", "answers[0].choice"),
        ("days", Kind.CHOICES, ("mon",), "answers[0].choices"),
        ("days", Kind.CHOICES, ("fri", "fri"), "answers[0].choices"),
        ("age", Kind.NUMBER, "seven", "answers[0].number"),
        ("age", Kind.NUMBER, "1e5", "answers[0].number"),
        ("age", Kind.NUMBER, "1" * 16, "answers[0].number"),
        ("who", Kind.TEXT, " ", "answers[0].text"),
        ("who", Kind.TEXT, "two\nlines", "answers[0].text"),
        ("who", Kind.TEXT, "x" * 201, "answers[0].text"),
        ("why", Kind.TEXT, "x" * 5001, "answers[0].text"),
    ],
)
def test_an_answer_that_its_question_does_not_take_is_named(question, kind, value, field):
    with pytest.raises(BadForm) as refused:
        answered(said(question, kind, value))

    assert refused.value.field == field


def test_one_question_is_answered_once():
    with pytest.raises(BadForm, match="twice"):
        answered(said("age", Kind.NUMBER, "7"), said("age", Kind.NUMBER, "8"))


def test_what_is_required_and_not_answered_is_told():
    answers = answered(said("days", Kind.CHOICES, ()), said("car", Kind.YES, False))

    assert domain.missing(FORM, answers) == ["diet", "days"]


def test_an_answer_to_a_question_that_changed_its_type_is_not_shown_and_not_lost():
    answers = answered(said("age", Kind.NUMBER, "7"), said("who", Kind.TEXT, "Ada"))
    other = Form(GIG, (Question("age", "Age?", Type.TEXT), Question("who", "?", Type.LONG_TEXT)))

    assert [a.question for a in domain.shown(other, answers)] == ["who"]
    assert set(answered(known=answers, form=other)) == set(answers)


@pytest.mark.parametrize(
    ("questions", "field"),
    [
        ((AGE, AGE), "questions[1].id"),
        ((Question("q", "?", Type.CHOICE),), "questions[0].choices"),
        ((Question("q", "?", Type.CHOICES, choices=("a", "a")),), "questions[0].choices"),
        ((Question("q", "?", Type.CHOICES, choices=("a", " ")),), "questions[0].choices"),
        ((Question("q", "?", Type.TEXT, choices=("a",)),), "questions[0].choices"),
    ],
)
def test_a_question_that_nobody_can_answer_is_named(questions, field):
    with pytest.raises(BadForm) as refused:
        domain.revise(Form(GIG), Form(GIG, questions), published(), NOW)

    assert refused.value.field == f"registration_form.{field}"


def test_what_was_called_off_asks_nothing_new():
    with pytest.raises(events.WrongEventState):
        domain.revise(Form(GIG), FORM, events.cancel(published(), "", NOW), NOW)


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        (DIET, " vegan ", "vegan"),
        (DAYS, "sat; fri;", ("fri", "sat")),
        (AGE, "1E2", "100"),
        (BORN, "2000-02-29", date(2000, 2, 29)),
        (CAR, "Yes", True),
        (CAR, "0", False),
        (WHY, "two\nlines", "two\nlines"),
    ],
)
def test_a_cell_of_a_table_is_read_as_its_question_means_it(question, text, value):
    assert domain.read(question, text, "cell").value == value


@pytest.mark.parametrize(
    ("question", "text"), [(DIET, "meat"), (AGE, "old"), (BORN, "29.2.2000"), (CAR, "perhaps")]
)
def test_a_cell_that_is_no_answer_is_refused(question, text):
    with pytest.raises(BadForm):
        domain.read(question, text, "cell")
