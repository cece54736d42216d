from __future__ import annotations

import dataclasses

import pytest

from services.event.events import domain as events
from services.event.forms.domain import Form
from services.event.participants import domain
from services.event.participants.domain import Answer, Channel, Mark, Reply
from tests.event.builders import (
    GIG,
    NOW,
    at,
    draft,
    id_at,
    person,
    published,
    seat,
    step,
)

A, B = id_at(1), id_at(5)
TRIP = id_at(50)


def say(participant, answer, minutes=0.0, ticket_type="", note="", event=None, guests=0):
    reply = Reply(answer, ticket_type, note, guests)
    form = Form(participant.event)
    of = event or published()
    return domain.answer(participant, of, reply, at(minutes), form=form, whole=True)


def test_somebody_new_is_on_the_list_and_knows_nothing_of_it():
    ada = person()

    assert ada.state is Mark.LISTED
    assert [each.mark for each in domain.line(ada)] == [Mark.LISTED]


def test_nobody_is_put_on_the_list_of_what_was_called_off():
    with pytest.raises(events.WrongEventState):
        person(event=events.cancel(published(), "", NOW))


def test_people_are_on_the_list_of_a_draft_but_invited_to_what_is_published():
    ada = person(event=draft())

    with pytest.raises(events.WrongEventState) as refused:
        domain.invite(ada, draft(), NOW)

    assert refused.value.metadata["needed"] == "PUBLISHED"
    assert domain.invite(ada, published(), NOW).state is Mark.INVITED


def test_nobody_is_invited_to_what_is_over():
    event = published()

    with pytest.raises(events.EventOver):
        domain.invite(person(), event, event.plan.span.end_time)


def test_an_invitation_that_comes_again_takes_nothing_back():
    confirmed = person(step(Mark.HELD, 1, A), step(Mark.CONFIRMED, 2, A))

    again = domain.invite(confirmed, published(), at(3))

    assert again.state is Mark.CONFIRMED
    assert domain.line(again)[-1].mark is Mark.INVITED


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer.YES, Mark.ACCEPTED),
        (Answer.NO, Mark.DECLINED),
        (Answer.MAYBE, Mark.TENTATIVE),
    ],
)
def test_an_answer_is_taken_and_told(answer, state):
    ada, news = say(person(), answer, 1, note="with a dog")

    assert news
    assert (ada.state, ada.answer, ada.note) == (state, answer, "with a dog")


def test_the_last_answer_counts():
    ada, _ = say(person(), Answer.YES, 1)
    ada, news = say(ada, Answer.NO, 2)

    assert news
    assert (ada.state, ada.answer) == (Mark.DECLINED, Answer.NO)


def test_the_same_answer_again_is_no_news():
    ada, _ = say(person(), Answer.YES, 1)

    assert say(ada, Answer.YES, 2) == (ada, False)


def test_a_note_may_follow_the_answer():
    ada, _ = say(person(), Answer.YES, 1)

    noted, news = say(ada, Answer.YES, 2, note="late")

    assert not news
    assert (noted.note, noted.steps) == ("late", ada.steps)


@pytest.mark.parametrize("end", [Mark.LAPSED, Mark.REFUSED, Mark.CANCELLED])
def test_another_yes_asks_for_another_seat_once_there_is_none(end):
    ada, _ = say(person(), Answer.YES, 1)
    lost = domain.advance(ada, step(end, 3, None if end is Mark.REFUSED else A), NOW)

    assert lost.state is end
    again, news = say(lost, Answer.YES, 4)
    assert news
    assert again.state is Mark.ACCEPTED


def test_another_ticket_type_is_another_answer():
    event = published(ticket_types=(seat("a"), seat("b")))
    ada, _ = say(person(), Answer.YES, 1, event=event)

    other, news = say(ada, Answer.YES, 2, "b", event=event)

    assert news
    assert (ada.ticket_type, other.ticket_type) == ("a", "b")


def test_a_ticket_type_that_the_event_does_not_have_is_refused():
    with pytest.raises(domain.BadTicketType) as refused:
        say(person(), Answer.YES, 1, "vip")

    assert (refused.value.field, refused.value.problem) == (
        "ticket_type",
        "must be one of standard",
    )


def test_nobody_answers_what_was_called_off_or_is_over():
    event = published()

    with pytest.raises(events.WrongEventState):
        say(person(), Answer.YES, event=events.cancel(event, "", NOW))
    with pytest.raises(events.EventOver):
        domain.answer(
            person(),
            event,
            Reply(Answer.YES, "", ""),
            event.plan.span.end_time,
            form=Form(GIG),
            whole=True,
        )


def test_the_way_from_invitation_to_arrival():
    ada = domain.invite(person(), published(), at(0.5))
    ada, _ = say(ada, Answer.YES, 1)
    seen = [ada.state]
    for each in (
        step(Mark.HELD, 2, A),
        step(Mark.CONFIRMED, 3, A),
        step(Mark.UNDER_WAY, 60, TRIP),
        step(Mark.ARRIVED, 90, TRIP),
    ):
        ada = domain.advance(ada, each, NOW)
        seen.append(ada.state)

    assert seen == [Mark.ACCEPTED, Mark.HELD, Mark.CONFIRMED, Mark.UNDER_WAY, Mark.ARRIVED]
    assert (ada.booking, ada.journey) == (A, TRIP)
    assert [each.mark for each in domain.line(ada)] == [Mark.LISTED, Mark.INVITED, *seen]


def test_an_older_booking_that_lapses_late_does_not_undo_a_newer_one():
    ada = person(step(Mark.HELD, 1, A), step(Mark.CONFIRMED, 6, B), step(Mark.LAPSED, 9, A))

    assert (ada.state, ada.booking) == (Mark.CONFIRMED, B)


def test_who_gets_no_second_seat_keeps_the_first():
    ada = person(step(Mark.CONFIRMED, 2, A))

    for more in ([step(Mark.REFUSED, 9)], [step(Mark.HELD, 6, B), step(Mark.LAPSED, 9, B)]):
        found = ada
        for each in more:
            found = domain.advance(found, each, NOW)
            assert found.state is Mark.CONFIRMED
        assert found.booking == A


def test_a_second_seat_that_is_held_is_the_one_to_pay():
    ada = person(step(Mark.CONFIRMED, 2, A), step(Mark.HELD, 6, B))

    assert (ada.state, ada.booking) == (Mark.CONFIRMED, B)


def test_a_hold_that_took_the_place_of_another_counts():
    ada = person(step(Mark.HELD, 1, A), step(Mark.CANCELLED, 5, A), step(Mark.HELD, 5, B))

    assert (ada.state, ada.booking) == (Mark.HELD, B)


def test_a_booking_that_was_paid_after_it_lapsed_is_confirmed():
    ada = person(step(Mark.HELD, 1, A), step(Mark.LAPSED, 4, A), step(Mark.CONFIRMED, 5, A))

    assert ada.state is Mark.CONFIRMED


def test_who_said_no_is_declined_and_cancelled_when_the_seat_is_given_back():
    ada = person(step(Mark.HELD, 1, A))
    ada, _ = say(ada, Answer.NO, 2)
    given_back = domain.advance(ada, step(Mark.CANCELLED, 3, A), NOW)

    assert (ada.state, given_back.state) == (Mark.DECLINED, Mark.CANCELLED)


def test_who_said_no_after_the_seat_was_lost_is_declined():
    ada = person(step(Mark.HELD, 1, A))
    ada, _ = say(ada, Answer.NO, 6)

    assert domain.advance(ada, step(Mark.LAPSED, 5, A), NOW).state is Mark.DECLINED


def test_a_seat_taken_after_a_no_counts():
    ada, _ = say(person(), Answer.NO, 1)

    assert domain.advance(ada, step(Mark.HELD, 2, A), NOW).state is Mark.HELD


def test_maybe_leaves_the_seat_alone():
    ada = person(step(Mark.HELD, 1, A), step(Mark.CONFIRMED, 2, A))
    ada, _ = say(ada, Answer.MAYBE, 3)

    assert (ada.state, ada.answer) == (Mark.CONFIRMED, Answer.MAYBE)


def test_a_way_that_is_no_longer_shared_leaves_the_ticket():
    ada = person(
        step(Mark.HELD, 1, A),
        step(Mark.CONFIRMED, 2, A),
        step(Mark.UNDER_WAY, 60, TRIP),
        step(Mark.ENDED, 70, TRIP),
    )

    assert ada.state is Mark.CONFIRMED
    assert Mark.ENDED not in [each.mark for each in domain.line(ada)]


def test_who_gave_the_seat_back_on_the_way_is_not_under_way():
    ada = person(
        step(Mark.CONFIRMED, 2, A), step(Mark.UNDER_WAY, 60, TRIP), step(Mark.CANCELLED, 61, A)
    )

    assert ada.state is Mark.CANCELLED


def test_of_several_deliveries_the_last_is_kept():
    ada = domain.send(person(), at(2), Channel.EMAIL, at(3))

    assert domain.send(ada, at(1), None, at(4)) == ada
    assert domain.send(ada, at(5), None, at(6)).send_time == at(5)


@pytest.mark.parametrize(
    ("text", "number"),
    [("+491701234567", "+491701234567"), ("+49 170 123-4567", "+491701234567")],
)
def test_a_phone_number_is_kept_in_one_way(text, number):
    assert domain.contact("Ada", "", text, "").phone == number


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("Ada", "", "", ""), "participant.email"),
        ((" ", "ada@example.org", "", ""), "participant.display_name"),
        (("Ada", "", "0170 1234567", ""), "participant.phone"),
        (("Ada", "", "+1", ""), "participant.phone"),
        (("Ada", "", "+99999999999999", ""), "participant.phone"),
    ],
)
def test_somebody_who_cannot_be_reached_is_refused(given, field):
    with pytest.raises(domain.BadParticipant) as refused:
        domain.contact(*given)

    assert refused.value.field == field


def test_the_link_opens_for_a_week_after_the_event():
    event = published()

    assert domain.link_expiry(event) - event.plan.span.end_time == domain.LINK_AFTER


def test_what_is_heard_again_changes_nothing():
    ada = person(step(Mark.HELD, 1, A))

    assert domain.advance(ada, step(Mark.HELD, 1, A), at(9)) is ada


def test_a_participant_is_of_one_event():
    assert person().event == GIG
    assert dataclasses.replace(person(), note="x") != person()


def test_who_says_nothing_of_guests_brings_those_they_spoke_of():
    coming, _ = say(person(), Answer.YES, guests=2)

    again, news = say(coming, Answer.YES, 1.0, guests=None)
    fewer, _ = say(coming, Answer.YES, 1.0, guests=0)
    away, _ = say(coming, Answer.NO, 1.0, guests=None)
    back, _ = say(away, Answer.YES, 2.0, guests=None)

    assert (again.guests, news) == (2, False)
    assert (fewer.guests, away.guests, back.guests) == (0, 0, 0)
