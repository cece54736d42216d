"""Listing people, inviting them and taking their answers, over a real server and database."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, timedelta

import grpc
import pytest
from obstore.store import MemoryStore

from services.event.media import storage, work
from services.event.media.storage import Storage
from services.event.participants.domain import LINK_AFTER
from services.kit import links
from services.kit.wire import civil
from tests import estates
from tests.event.world import LINKS, PAGE, invalid, linked, refused
from turnout.event.v1 import event_pb2, participant_pb2

pytestmark = pytest.mark.server

Participant = participant_pb2.Participant
YES, NO, MAYBE = Participant.ANSWER_YES, Participant.ANSWER_NO, Participant.ANSWER_MAYBE


async def create(world, house, of, request_id="", **given):
    values = {"event": of.name, "display_name": "Ada", "email": "ada@example.org"} | given
    request = participant_pb2.CreateParticipantRequest(
        parent=house.name, participant=Participant(**values), request_id=request_id
    )
    return await world.people.CreateParticipant(request, metadata=house.organizer)


async def answer(world, who, participant, value, **given):
    request = participant_pb2.AnswerInvitationRequest(name=participant.name, answer=value, **given)
    return await world.people.AnswerInvitation(request, metadata=who)


async def invite(world, house, participant, request_id=""):
    request = participant_pb2.InviteParticipantRequest(name=participant.name, request_id=request_id)
    return await world.people.InviteParticipant(request, metadata=house.organizer)


def reached(participant):
    return [step.state for step in participant.steps]


# --- create


async def test_a_person_is_put_on_the_list_and_nobody_is_told(world, house):
    event = await house.draft()

    ada = await create(world, house, event, phone="+491701234567", language_code="pt-BR")

    assert (ada.event, ada.display_name, ada.email) == (event.name, "Ada", "ada@example.org")
    assert (ada.phone, ada.language_code) == ("+491701234567", "pt-BR")
    assert ada.state == Participant.STATE_LISTED
    assert reached(ada) == [Participant.STATE_LISTED]
    assert ada.etag == '"1"'
    assert await house.read(ada) == ada
    assert await world.facts(house.organization) == []


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"email": "ADA@Example.org"}, "ADA@Example.org"),
        ({"email": "", "phone": "+491701234567"}, "+491701234567"),
        ({"email": "eve@example.org", "phone": "+491701234567"}, "+491701234567"),
    ],
)
async def test_nobody_is_on_the_list_twice(world, house, given, address):
    event = await house.draft()
    await create(world, house, event, phone="+491701234567")

    with refused(
        grpc.StatusCode.ALREADY_EXISTS, "PARTICIPANT_EXISTS", event=event.name, address=address
    ):
        await create(world, house, event, **given)


async def test_one_may_be_on_the_list_of_two_events(world, house):
    for event in (await house.draft(), await house.draft()):
        await create(world, house, event)


async def test_people_without_an_address_of_one_kind_do_not_get_in_each_others_way(world, house):
    event = await house.draft()

    for number in range(2):
        await create(world, house, event, email=f"{number}@example.org")
        await create(world, house, event, email="", phone=f"+49170123456{number}")


async def test_of_many_who_add_the_same_person_at_once_one_does(world, house):
    event = await house.draft()

    results = await asyncio.gather(
        *(create(world, house, event) for _ in range(5)), return_exceptions=True
    )

    assert sum(isinstance(result, Participant) for result in results) == 1


async def test_a_retry_of_create_adds_one_person(world, house):
    event, id = await house.draft(), str(uuid.uuid4())

    first = await create(world, house, event, id)

    assert await create(world, house, event, id) == first


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"display_name": ""}, "participant.display_name"),
        ({"display_name": "x" * 101}, "participant.display_name"),
        ({"email": ""}, "participant.email"),
        ({"email": "ada"}, "participant.email"),
        ({"phone": "0170 1234567"}, "participant.phone"),
        ({"phone": "+99999999999"}, "participant.phone"),
        ({"language_code": "!"}, "participant.language_code"),
        ({"event": ""}, "participant.event"),
        ({"event": "events/1"}, "participant.event"),
    ],
)
async def test_a_value_that_cannot_be_is_named(world, house, given, field):
    event = await house.draft()

    with invalid(field):
        await create(world, house, event, **given)


async def test_a_list_is_of_an_event_that_there_is(world, house):
    event = await house.draft()
    event.name = f"{house.name}/events/{uuid.uuid4()}"

    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND", event=event.name):
        await create(world, house, event)


async def test_the_event_of_another_organization_has_a_list_of_its_own(world, house):
    other = await world.house()

    for event in (await other.draft(), await other.published()):
        with refused(
            grpc.StatusCode.INVALID_ARGUMENT, "BAD_PARTICIPANT", field="participant.event"
        ):
            await create(world, house, event)


async def test_nobody_is_put_on_the_list_of_what_was_called_off(world, house):
    event = await house.cancel(await house.published())

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE", state="CANCELLED"):
        await create(world, house, event)


# --- list


async def listed(world, house, **given):
    request = participant_pb2.ListParticipantsRequest(parent=house.name, **given)
    response = await world.people.ListParticipants(request, metadata=house.organizer)
    return [each.name for each in response.participants], response.next_page_token


async def test_participants_are_listed_in_the_order_they_came(world, house):
    first, second = await house.draft(), await house.draft()
    ada = await house.enlist(first)
    await asyncio.sleep(0.002)
    bob = await house.enlist(second)

    assert await listed(world, house) == ([ada.name, bob.name], "")
    assert await listed(world, house, event=second.name) == ([bob.name], "")


async def test_pages_show_everybody_once_with_all_their_steps(world, house):
    event = await house.published()
    people = [await house.enlist(event) for _ in range(5)]
    for each in people:
        await house.invite(each)

    request = participant_pb2.ListParticipantsRequest(
        parent=house.name, event=event.name, page_size=2
    )
    seen = []
    while True:
        page = await world.people.ListParticipants(request, metadata=house.organizer)
        seen += page.participants
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break

    assert {each.name for each in seen} == {each.name for each in people}
    assert len(seen) == len(people)
    assert all(
        reached(each) == [Participant.STATE_LISTED, Participant.STATE_INVITED] for each in seen
    )


async def test_a_page_token_belongs_to_its_list(world, house):
    event = await house.published()
    for _ in range(2):
        await house.enlist(event)
    _, token = await listed(world, house, page_size=1)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH"):
        await listed(world, house, page_size=1, page_token=token, event=event.name)
    with invalid("event"):
        await listed(world, house, event="events/1")


async def test_the_participants_of_another_organization_are_not_listed(world, house):
    other = await world.house()
    theirs = await other.published()
    await other.enlist(theirs)

    assert await listed(world, house, event=theirs.name) == ([], "")


# --- invite


async def test_an_invitation_is_told_with_a_link_that_opens_for_the_participant(world, house):
    event = await house.published()
    listed = await house.enlist(event, phone="+491701234567", language_code="de")

    ada = await invite(world, house, listed)

    (fact,) = await world.facts(house.organization, "ParticipantInvited")
    assert ada.state == Participant.STATE_INVITED
    assert (fact.participant, fact.event) == (ada.name, event.name)
    assert (fact.display_name, fact.email, fact.phone) == ("Ada", ada.email, ada.phone)
    assert fact.language_code == "de"
    page, _, token = fact.link.partition("#")
    link = links.verify(LINKS, token, civil(event.end_time, "").astimezone(UTC))
    assert (page, link.subject, link.purpose) == (PAGE, ada.name, "participant")
    assert link.expire_time == civil(event.end_time, "") + LINK_AFTER


async def test_inviting_again_sends_it_again_and_a_retry_does_not(world, house):
    ada, id = await house.enlist(await house.published()), str(uuid.uuid4())

    first = await invite(world, house, ada, id)
    assert await invite(world, house, ada, id) == first
    again = await invite(world, house, ada)

    assert reached(again).count(Participant.STATE_INVITED) == 2
    assert len(await world.facts(house.organization, "ParticipantInvited")) == 2


async def test_nobody_is_invited_to_a_draft_or_what_was_called_off(world, house):
    draft, off = await house.draft(), await house.published()
    people = [await house.enlist(draft), await house.enlist(off)]
    await house.cancel(off)

    for each, state in zip(people, ("DRAFT", "CANCELLED"), strict=True):
        with refused(
            grpc.StatusCode.FAILED_PRECONDITION,
            "WRONG_EVENT_STATE",
            state=state,
            needed="PUBLISHED",
        ):
            await invite(world, house, each)
    assert await world.facts(house.organization, "ParticipantInvited") == []


async def test_nobody_is_invited_to_what_is_over(world, house, clock):
    ada = await house.enlist(await house.published())

    clock.ahead = timedelta(days=32)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "EVENT_OVER", event=ada.event):
        await invite(world, house, ada)


# --- the link


async def test_the_link_shows_who_is_invited_and_to_what(world, house):
    ada, link = await house.guest()

    invitation = await world.people.GetInvitation(
        participant_pb2.GetInvitationRequest(), metadata=link
    )

    assert invitation.participant == await house.read(ada)
    assert invitation.event.name == ada.event
    assert invitation.event.display_name == "Concert"


async def test_a_user_has_no_invitation_to_read(world, house):
    with refused(grpc.StatusCode.PERMISSION_DENIED, "WRONG_AUDIENCE"):
        await world.people.GetInvitation(
            participant_pb2.GetInvitationRequest(), metadata=house.organizer
        )


async def test_a_link_to_somebody_who_is_gone_opens_nothing(world, house):
    name = f"{house.name}/participants/{uuid.uuid4()}"

    with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND", participant=name):
        await world.people.GetInvitation(
            participant_pb2.GetInvitationRequest(), metadata=linked(name)
        )


async def test_a_participant_reads_themself(world, house):
    ada, link = await house.guest()

    found = await world.people.GetParticipant(
        participant_pb2.GetParticipantRequest(name=ada.name), metadata=link
    )

    assert found == await house.read(ada)


# --- answer


async def test_a_yes_is_taken_and_told(world, house):
    ada, link = await house.guest()

    answered = await answer(world, link, ada, YES, note="with a dog")

    (fact,) = await world.facts(house.organization, "ParticipantAnswered")
    assert answered.state == Participant.STATE_ACCEPTED
    assert (answered.answer, answered.note) == (YES, "with a dog")
    assert (fact.participant, fact.event, fact.answer) == (ada.name, ada.event, YES)
    assert fact.ticket_type == "standard"
    assert await house.read(ada) == answered


async def test_the_last_answer_counts(world, house):
    ada, link = await house.guest()

    for value in (YES, MAYBE, NO):
        answered = await answer(world, link, ada, value)

    facts = await world.facts(house.organization, "ParticipantAnswered")
    assert [fact.answer for fact in facts] == [YES, MAYBE, NO]
    assert [fact.ticket_type for fact in facts] == ["standard", "", ""]
    assert (answered.state, answered.answer) == (Participant.STATE_DECLINED, NO)


async def test_the_same_answer_again_is_no_news(world, house):
    ada, link = await house.guest()

    first = await answer(world, link, ada, YES)

    assert await answer(world, link, ada, YES) == first
    assert len(await world.facts(house.organization, "ParticipantAnswered")) == 1


async def test_a_retry_of_an_answer_gets_the_first_answer(world, house):
    ada, link = await house.guest()
    id = str(uuid.uuid4())

    first = await answer(world, link, ada, YES, request_id=id)
    await answer(world, link, ada, NO)

    assert await answer(world, link, ada, YES, request_id=id) == first
    assert (await house.read(ada)).answer == NO


async def test_answers_at_once_are_taken_one_after_the_other(world, house):
    ada, link = await house.guest()

    await asyncio.gather(*(answer(world, link, ada, value) for value in (YES, NO) * 4))

    facts = await world.facts(house.organization, "ParticipantAnswered")
    found = await house.read(ada)
    assert found.answer == facts[-1].answer
    assert len(found.steps) == len(facts) + 2


async def test_one_chooses_among_the_ticket_types_of_the_event(world, house):
    types = [{"id": id, "capacity": 1} for id in ("front", "back")]
    ada, link = await house.guest(ticket_types=types)

    await answer(world, link, ada, YES, ticket_type="back")

    (fact,) = await world.facts(house.organization, "ParticipantAnswered")
    assert fact.ticket_type == "back"
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_TICKET_TYPE", field="ticket_type"):
        await answer(world, link, ada, YES, ticket_type="vip")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"value": Participant.ANSWER_UNSPECIFIED}, "answer"),
        ({"value": 99}, "answer"),
        ({"value": YES, "note": "x" * 501}, "note"),
        ({"value": YES, "request_id": "1"}, "request_id"),
    ],
)
async def test_an_answer_that_is_none_is_named(world, house, given, field):
    ada, link = await house.guest()

    with invalid(field):
        await answer(world, link, ada, **given)


async def test_an_organizer_answers_for_somebody_on_the_phone(world, house):
    ada = await house.enlist(await house.published())

    answered = await answer(world, house.organizer, ada, YES)

    assert answered.state == Participant.STATE_ACCEPTED


async def test_nobody_answers_what_was_called_off(world, house):
    ada, link = await house.guest()
    await world.events.CancelEvent(
        event_pb2.CancelEventRequest(name=ada.event), metadata=house.organizer
    )

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE", state="CANCELLED"):
        await answer(world, link, ada, YES)


async def test_nobody_answers_when_all_is_over(world, house, clock):
    ada, link = await house.guest()

    clock.ahead = timedelta(days=32)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "EVENT_OVER", event=ada.event):
        await answer(world, link, ada, NO)


async def test_of_a_deleted_organization_nobody_stays(world, house):
    other = await world.house()
    for each in (house, other):
        ada, _ = await each.guest()
        assert ada.display_name == "Ada"
    before = await estates.rows(world.db, world.owner, other.organization)
    media = Storage(MemoryStore(), signs=False)
    for each in (house, other):
        for folder in storage.folders(each.organization):
            await media.put(f"{folder}/one", b"bytes")

    await estates.erase(world.db, house.organization, forget=work.forgetting(media))

    assert await estates.rows(world.db, world.owner, house.organization) == {}
    assert await estates.rows(world.db, world.owner, other.organization) == before
    for each, kept in ((house, None), (other, b"bytes")):
        for folder in storage.folders(each.organization):
            assert await media.get(f"{folder}/one", most=9) == kept
