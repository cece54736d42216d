"""Asking people things, and their answers, over a real server and database."""

from __future__ import annotations

import uuid
from typing import Any

import grpc
import pytest

from tests.event.world import NOBODY, invalid, refused
from turnout.event.v1 import form_pb2, participant_pb2

pytestmark = pytest.mark.server

Participant = participant_pb2.Participant
YES, MAYBE = Participant.ANSWER_YES, Participant.ANSWER_MAYBE
DIET = {
    "id": "diet",
    "display_name": "What do you eat?",
    "type": form_pb2.Question.TYPE_CHOICE,
    "required": True,
    "choices": ["all", "vegan"],
}
AGE = {"id": "age", "display_name": "Your age?", "type": form_pb2.Question.TYPE_NUMBER}
DAYS = {
    "id": "days",
    "display_name": "When?",
    "type": form_pb2.Question.TYPE_CHOICES,
    "choices": ["fri", "sat"],
}
BORN = {"id": "born", "display_name": "Born?", "type": form_pb2.Question.TYPE_DATE}
CAR = {"id": "car", "display_name": "By car?", "type": form_pb2.Question.TYPE_YES_NO}
WHY = {"id": "why", "display_name": "Why?", "type": form_pb2.Question.TYPE_LONG_TEXT}
ALL: list[Any] = [
    {"question": "diet", "choice": "vegan"},
    {"question": "age", "number": {"value": "42"}},
    {"question": "days", "choices": {"choices": ["fri"]}},
    {"question": "born", "date": {"year": 2000, "month": 2, "day": 29}},
    {"question": "car", "yes": False},
    {"question": "why", "text": "because\nof you"},
]


def form_of(event):
    return form_pb2.GetRegistrationFormRequest(name=f"{event.name}/registrationForm")


async def asking(house, *questions, **given):
    """An event that asks, and somebody invited to it."""
    event = await house.published()
    await house.ask(event, *questions, **given)
    ada = await house.enlist(event)
    return event, ada, await house.invite(ada)


async def say(world, who, ada, answer=YES, answers=(), **given):
    request = participant_pb2.AnswerInvitationRequest(
        name=ada.name, answer=answer, question_answers=answers, **given
    )
    return await world.people.AnswerInvitation(request, metadata=who)


async def test_an_event_asks_nothing_until_it_does(world, house):
    event = await house.published()

    empty = await world.forms.GetRegistrationForm(form_of(event), metadata=house.organizer)
    asked = await house.ask(event, DIET, AGE, max_guests=2)

    assert (list(empty.questions), empty.HasField("max_guests")) == ([], False)
    assert [question.id for question in asked.questions] == ["diet", "age"]
    assert asked.max_guests == 2
    assert await world.forms.GetRegistrationForm(form_of(event), metadata=NOBODY) == asked


async def test_the_form_of_a_draft_is_only_for_members(world, house):
    event = await house.draft()
    await house.ask(event, DIET)

    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND", event=event.name):
        await world.forms.GetRegistrationForm(form_of(event), metadata=NOBODY)


async def test_a_form_is_changed_by_who_saw_the_latest(world, house):
    event = await house.published()
    first = await house.ask(event, DIET)
    second = await house.ask(event, DIET, AGE, etag=first.etag)

    assert len(second.questions) == 2
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await house.ask(event, AGE, etag=first.etag)
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await house.ask(await house.published(), AGE, etag='"3"')


async def test_a_mask_changes_what_it_names(world, house):
    event = await house.published()
    await house.ask(event, DIET, max_guests=1)
    request = form_pb2.UpdateRegistrationFormRequest(
        registration_form={"name": f"{event.name}/registrationForm"},
        update_mask={"paths": ["max_guests"]},
    )

    changed = await world.forms.UpdateRegistrationForm(request, metadata=house.organizer)

    assert len(changed.questions) == 1
    assert not changed.HasField("max_guests")


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (DIET | {"id": "Diet!"}, "registration_form.questions[0].id"),
        (DIET | {"display_name": ""}, "registration_form.questions[0].display_name"),
        (DIET | {"type": 0}, "registration_form.questions[0].type"),
        (DIET | {"choices": []}, "registration_form.questions[0].choices"),
        (AGE | {"choices": ["old"]}, "registration_form.questions[0].choices"),
    ],
)
async def test_a_question_that_cannot_be_is_named(house, question, field):
    with invalid(field):
        await house.ask(await house.published(), question)


async def test_an_event_that_there_is_not_asks_nothing(world, house):
    event = await house.draft()
    event.name = f"{house.name}/events/{uuid.uuid4()}"

    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
        await house.ask(event, DIET)
    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
        await world.forms.GetRegistrationForm(form_of(event), metadata=house.organizer)


async def test_what_was_called_off_asks_nothing_new(house):
    event = await house.cancel(await house.published())

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE"):
        await house.ask(event, DIET)


# --- answers


async def test_answers_of_every_type_are_kept(world, house):
    _, ada, link = await asking(house, DIET, AGE, DAYS, BORN, CAR, WHY)

    answered = await say(world, link, ada, answers=ALL)

    assert list(answered.question_answers) == [form_pb2.QuestionAnswer(**each) for each in ALL]
    assert await house.read(ada) == answered


async def test_a_yes_by_link_answers_what_is_required(world, house):
    _, ada, link = await asking(house, DIET)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_FORM", field="question_answers"):
        await say(world, link, ada)
    maybe = await say(world, link, ada, MAYBE)
    by_phone = await say(world, house.organizer, ada)

    assert (maybe.answer, by_phone.answer) == (MAYBE, YES)


async def test_answers_may_be_added_after_the_yes(world, house):
    _, ada, link = await asking(house, DIET, AGE)
    await say(world, link, ada, answers=ALL[:1])

    again = await say(world, link, ada, answers=ALL[1:2])

    assert [each.question for each in again.question_answers] == ["diet", "age"]
    assert len(await world.facts(house.organization, "ParticipantAnswered")) == 1


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"question": "size", "text": "L"}, "question_answers[0].question"),
        ({"question": "diet", "text": "vegan"}, "question_answers[0].text"),
        ({"question": "diet", "choice": "meat"}, "question_answers[0].choice"),
        (
            {"question": "born", "date": {"year": 2001, "month": 2, "day": 29}},
            "question_answers[0].date",
        ),
    ],
)
async def test_an_answer_that_its_question_does_not_take_is_named(world, house, answer, field):
    _, ada, link = await asking(house, DIET, BORN)

    with invalid(field):
        await say(world, link, ada, answers=[answer])


async def test_guests_come_along_as_far_as_they_may(world, house):
    _, ada, link = await asking(house, max_guests=2)

    answered = await say(world, link, ada, guests=2)

    (fact,) = await world.facts(house.organization, "ParticipantAnswered")
    assert (answered.guests, fact.guests) == (2, 2)
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_PARTICIPANT", field="guests"):
        await say(world, link, ada, guests=3)


async def test_another_number_of_guests_is_news_and_a_no_brings_none(world, house):
    _, ada, link = await asking(house)

    await say(world, link, ada, guests=1)
    await say(world, link, ada, guests=1)
    await say(world, link, ada, guests=3)
    no = await say(world, link, ada, Participant.ANSWER_NO, guests=3)

    facts = await world.facts(house.organization, "ParticipantAnswered")
    assert [fact.guests for fact in facts] == [1, 3, 0]
    assert (no.guests, no.ticket_type) == (0, "")


async def test_the_invitation_shows_what_is_asked(world, house):
    event, _, link = await asking(house, DIET)

    found = await world.people.GetInvitation(participant_pb2.GetInvitationRequest(), metadata=link)

    assert found.registration_form.name == f"{event.name}/registrationForm"
    assert [question.id for question in found.registration_form.questions] == ["diet"]
    assert found.link == ""


async def test_an_organizer_writes_answers_down(world, house):
    event, _, _ = await asking(house, DIET, AGE)

    bob = await house.enlist(event, question_answers=ALL[:2])
    request = participant_pb2.UpdateParticipantRequest(
        participant={"name": bob.name, "question_answers": ALL[1:2]}
    )
    changed = await world.people.UpdateParticipant(request, metadata=house.organizer)

    assert len(bob.question_answers) == 2
    assert [each.question for each in changed.question_answers] == ["age"]
    with invalid("participant.question_answers[0].question"):
        await house.enlist(event, question_answers=[{"question": "size", "text": "L"}])
