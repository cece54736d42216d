"""Many people at once, as a table or as a stream, over a real server and database."""

from __future__ import annotations

import asyncio
import uuid

import grpc
import pytest

from services.event.imports import actions
from services.event.work import steps
from services.kit.tenant import within
from services.kit.work import Due
from tests.event.world import invalid, refused
from turnout.event.v1 import event_pb2, form_pb2, import_pb2, participant_pb2

pytestmark = pytest.mark.server

Participant = participant_pb2.Participant
CSV = (
    b"name,email,phone,language\n"
    b"Ada,ada@example.org,+491701234567,de\n"
    b"Bob,bob,,\n"
    b"Cem,cem@example.org,,tr\n"
)


async def take(world, house, event, data=CSV, request_id="", **given):
    request = import_pb2.ImportParticipantsRequest(
        parent=house.name,
        event=event.name,
        file={"content_type": "text/csv", "data": data},
        request_id=request_id,
        **given,
    )
    return await world.imports.ImportParticipants(request, metadata=house.organizer)


async def listed(world, house, event):
    request = participant_pb2.ListParticipantsRequest(parent=house.name, event=event.name)
    found = await world.people.ListParticipants(request, metadata=house.organizer)
    return list(found.participants)


async def test_the_good_rows_are_kept_and_the_bad_ones_told(world, house):
    event = await house.draft()

    told = await take(world, house, event)

    assert (told.created_count, told.merged_count, told.flawed_count) == (2, 0, 1)
    [flaw] = told.flaws
    assert (flaw.line, flaw.field, flaw.problem) == (3, "email", "must be an e-mail address")
    ada, cem = await listed(world, house, event)
    assert (ada.display_name, ada.email, ada.phone) == ("Ada", "ada@example.org", "+491701234567")
    assert (ada.language_code, ada.state) == ("de", Participant.STATE_LISTED)
    assert [step.state for step in cem.steps] == [Participant.STATE_LISTED]
    assert await world.facts(house.organization) == []


async def test_who_was_imported_is_like_anybody_else(world, house):
    event = await house.published()
    await take(world, house, event)
    _, cem = await listed(world, house, event)

    link = await house.invite(cem)
    answered = await world.people.AnswerInvitation(
        participant_pb2.AnswerInvitationRequest(name=cem.name, answer=Participant.ANSWER_YES),
        metadata=link,
    )

    assert answered.state == Participant.STATE_ACCEPTED
    assert len(answered.steps) == 3


async def test_a_retry_of_an_import_gets_the_first_answer(world, house):
    event, id = await house.draft(), str(uuid.uuid4())

    first = await take(world, house, event, request_id=id)

    assert await take(world, house, event, request_id=id) == first
    assert len(await listed(world, house, event)) == 2


async def test_an_import_again_adds_what_is_new_and_takes_nothing_away(world, house):
    event = await house.draft()
    question = {"id": "age", "display_name": "?", "type": form_pb2.Question.TYPE_NUMBER}
    await house.ask(event, question, question | {"id": "size"})
    await take(world, house, event, b"name,email,age\nAda,ada@example.org,42\nBob,bob@b.org,\n")

    told = await take(
        world,
        house,
        event,
        b"name,email,phone,age,size,time_zone\n"
        b"A.,ADA@example.org,+491701234567,7,39,Asia/Tokyo\nBob,bob@b.org,,,,\nCem,c@b.org,,,,\n",
    )

    assert (told.created_count, told.merged_count, told.flawed_count) == (1, 2, 0)
    ada, bob, _ = await listed(world, house, event)
    assert (ada.display_name, ada.email, ada.phone) == ("Ada", "ada@example.org", "+491701234567")
    assert [each.number.value for each in ada.question_answers] == ["42", "39"]
    assert (ada.time_zone, ada.etag, bob.etag) == ("Asia/Tokyo", '"2"', '"1"')
    (fact,) = await world.facts(house.organization, "ParticipantChanged")
    assert (fact.participant, fact.phone) == (ada.name, "+491701234567")


async def test_who_is_on_the_list_is_told_if_asked(world, house):
    event = await house.draft()
    await take(world, house, event)

    told = await take(world, house, event, report_duplicates=True)

    assert (told.created_count, told.merged_count) == (0, 0)
    assert [(flaw.line, flaw.problem) for flaw in told.flaws] == [
        (2, "is on the list already"),
        (3, "must be an e-mail address"),
        (4, "is on the list already"),
    ]


async def test_a_row_with_the_addresses_of_two_people_on_the_list_is_told(world, house):
    event = await house.draft()
    await take(world, house, event, b"name,email,phone\nAda,a@b.org,\nBob,,+491701234567\n")

    told = await take(world, house, event, b"name,email,phone\nC,a@b.org,+491701234567\n")

    assert [flaw.problem for flaw in told.flaws] == ["has the addresses of two people on the list"]


async def test_of_many_imports_at_once_everybody_is_on_the_list_once(world, house):
    event = await house.draft()
    rows = b"".join(b"P%d,p%d@example.org\n" % (n, n) for n in range(150))

    told = await asyncio.gather(
        *(take(world, house, event, b"name,email\n" + rows) for _ in range(4))
    )

    assert sum(each.created_count for each in told) == 150
    assert sum(each.merged_count for each in told) == 450


async def test_people_are_listed_in_the_order_of_their_rows(world, house):
    event = await house.draft()
    rows = b"".join(b"P%d,p%d@example.org\n" % (n, n) for n in range(60))
    await take(world, house, event, b"name,email\n" + rows)

    names = [each.display_name for each in await listed(world, house, event)]

    assert names == [f"P{n}" for n in range(50)]


async def test_only_so_many_flaws_are_told_and_all_are_counted(world, house):
    event = await house.draft()

    told = await take(world, house, event, b"name,email\n" + b"Ada,ada\n" * 1200)

    assert (told.flawed_count, len(told.flaws)) == (1200, 1000)


async def test_what_is_no_table_is_refused(world, house):
    event = await house.draft()

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_IMPORT", field="file"):
        await take(world, house, event, "name,email\nAdrián,a@b.org".encode("latin-1"))
    with invalid("file"):
        await take(world, house, event, b"nothing")


async def test_nobody_is_put_on_the_list_of_what_was_called_off_or_is_not(world, house):
    off = await house.cancel(await house.published())
    nothing = event_pb2.Event(name=f"{house.name}/events/{uuid.uuid4()}")
    theirs = await (await world.house()).draft()

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE"):
        await take(world, house, off)
    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
        await take(world, house, nothing)
    with invalid("event"):
        await take(world, house, theirs)


# --- streams


def nowhere(name, until):
    return ""


def opening(house, event, **given):
    opened = {"parent": house.name, "event": event.name} | given
    return import_pb2.UploadParticipantsRequest(open=opened)


def rows(first, *people):
    found = [
        {"display_name": each, "email": f"{each}@example.org"} if isinstance(each, str) else each
        for each in people
    ]
    return import_pb2.UploadParticipantsRequest(rows={"first_row": first, "rows": found})


async def upload(world, who, *frames):
    async def sent():
        for frame in frames:
            yield frame

    return [each async for each in world.imports.UploadParticipants(sent(), metadata=who)]


async def test_people_come_as_a_stream(world, house):
    event = await house.draft()
    await house.ask(event, {"id": "age", "display_name": "?", "type": 5})
    ada = {"display_name": "Ada", "email": "ada@b.org"}
    frames = [
        rows(1, ada | {"answers": [{"question": "age", "text": "42"}]}, "Bob"),
        rows(3, "Cem", {"display_name": "Dai"}, {"answers": [{"question": "size", "text": "L"}]}),
        rows(6, "bob"),
    ]

    begun, first, second, third = await upload(
        world, house.organizer, opening(house, event), *frames
    )

    assert begun.kept_through == 0
    assert (first.created_count, first.kept_through) == (2, 2)
    assert (second.created_count, second.kept_through) == (1, 5)
    assert [(flaw.line, flaw.field) for flaw in second.flaws] == [(4, "email"), (5, "size")]
    assert (third.created_count, third.merged_count, third.kept_through) == (0, 1, 6)
    people = await listed(world, house, event)
    assert [each.display_name for each in people] == ["Ada", "Bob", "Cem"]
    assert people[0].question_answers[0].number.value == "42"


async def test_a_stream_that_was_cut_is_gone_on_with(world, house):
    event, id = await house.draft(), str(uuid.uuid4())
    begin = opening(house, event, request_id=id, report_duplicates=True)
    await upload(world, house.organizer, begin, rows(1, "Ada", "Bob"))

    begun, again, more = await upload(
        world, house.organizer, begin, rows(1, "Ada", "Bob"), rows(2, "Bob", "Cem")
    )

    assert begun.kept_through == 2
    assert (again.created_count, again.kept_through, list(again.flaws)) == (0, 2, [])
    assert (more.created_count, more.kept_through, list(more.flaws)) == (1, 3, [])


async def test_a_stream_is_of_one_event_and_is_forgotten(world, house):
    event, id = await house.draft(), str(uuid.uuid4())
    await upload(world, house.organizer, opening(house, event, request_id=id), rows(1, "Ada"))
    rows_ = await world.owner.execute(
        "select id from due where kind = %s and organization = %s",
        [actions.FORGET, house.organization],
    )
    [row] = await rows_.fetchall()

    with invalid("open.request_id"):
        await upload(world, house.organizer, opening(house, await house.draft(), request_id=id))
    with within(house.organization):
        due = Due(actions.FORGET, house.organization, row.id, world.clock.now(), 0)
        await world.db.run(steps(world.clock.now, nowhere)[actions.FORGET], due)
    [begun] = await upload(world, house.organizer, opening(house, event, request_id=id))
    assert begun.kept_through == 0


async def test_a_stream_begins_with_what_it_is_about(world, house):
    # Before that nobody knows whose list it is.
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await upload(world, house.organizer, rows(1, "Ada"))


@pytest.mark.parametrize(
    ("frames", "field"),
    [
        ([None, None], "rows"),
        ([None, rows(2, "Ada")], "rows.first_row"),
        ([None, rows(1, "Ada"), rows(3, "Bob")], "rows.first_row"),
    ],
)
async def test_frames_that_are_no_stream_are_refused(world, house, frames, field):
    event = await house.draft()
    begin = opening(house, event)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_IMPORT", field=field):
        await upload(world, house.organizer, *(frame or begin for frame in frames))


async def test_nobody_streams_to_what_was_called_off_or_is_others(world, house):
    off = await house.cancel(await house.published())
    theirs = await (await world.house()).draft()

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE"):
        await upload(world, house.organizer, opening(house, off))
    with invalid("open.event"):
        await upload(world, house.organizer, opening(house, theirs))
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await upload(world, (await world.house()).organizer, opening(house, await house.draft()))
