"""Finding participants, changing and removing them, and making one of two."""

from __future__ import annotations

import asyncio
import uuid

import grpc
import pytest

from tests.event.world import invalid, refused
from turnout.event.v1 import event_pb2, participant_pb2

pytestmark = pytest.mark.server

Participant = participant_pb2.Participant
YES, NO, MAYBE = Participant.ANSWER_YES, Participant.ANSWER_NO, Participant.ANSWER_MAYBE


async def say(world, who, participant, value, **given):
    request = participant_pb2.AnswerInvitationRequest(name=participant.name, answer=value, **given)
    return await world.people.AnswerInvitation(request, metadata=who)


async def listed(world, house, **given):
    """The names of those that a list has, over all its pages."""
    request = participant_pb2.ListParticipantsRequest(parent=house.name, page_size=2, **given)
    names = []
    while True:
        page = await world.people.ListParticipants(request, metadata=house.organizer)
        names += [each.display_name for each in page.participants]
        request.page_token = page.next_page_token
        if not page.next_page_token:
            return names


async def crowd(house):
    """Ada said yes, Bob no and Cem nothing; Dai, on the phone, was not invited."""
    types = [{"id": each, "capacity": 5} for each in ("front", "back")]
    event = await house.published(ticket_types=types)
    people = {}
    for name in ("Cem", "Ada", "Bob"):
        people[name] = await house.enlist(event, display_name=name, email=f"{name}@Example.org")
        await house.invite(people[name])
        await asyncio.sleep(0.002)
    people["Dai"] = await house.enlist(event, display_name="Dai", email="", phone="+4915112345678")
    await say(house.world, house.organizer, people["Ada"], YES, ticket_type="back")
    await say(house.world, house.organizer, people["Bob"], NO)
    return event, people


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"states": [Participant.STATE_ACCEPTED]}, ["Ada"]),
        ({"states": [Participant.STATE_ACCEPTED, Participant.STATE_LISTED]}, ["Ada", "Dai"]),
        ({"answers": [YES, NO]}, ["Ada", "Bob"]),
        ({"answers": [Participant.ANSWER_UNSPECIFIED]}, ["Cem", "Dai"]),
        ({"answers": [Participant.ANSWER_UNSPECIFIED, NO]}, ["Bob", "Cem", "Dai"]),
        ({"channels": [Participant.CHANNEL_SMS]}, ["Dai"]),
        ({"channels": [Participant.CHANNEL_WHATSAPP]}, []),
        ({"query": "ADA@ex"}, ["Ada"]),
        ({"query": "  cE "}, ["Cem"]),
        ({"query": "+49151"}, ["Dai"]),
        ({"query": "%"}, []),
        ({"ticket_type": "back"}, ["Ada"]),
        ({"answers": [YES], "query": "bob"}, []),
    ],
)
async def test_a_list_has_those_that_are_asked_for(world, house, given, names):
    event, _ = await crowd(house)

    assert sorted(await listed(world, house, event=event.name, **given)) == names


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("", ["Cem", "Ada", "Bob", "Dai"]),
        ("create_time desc", ["Dai", "Bob", "Ada", "Cem"]),
        ("display_name", ["Ada", "Bob", "Cem", "Dai"]),
        ("display_name desc", ["Dai", "Cem", "Bob", "Ada"]),
        ("update_time", ["Cem", "Dai", "Ada", "Bob"]),
        ("update_time desc", ["Bob", "Ada", "Dai", "Cem"]),
    ],
)
async def test_a_list_is_in_the_order_that_is_asked_for(world, house, order, names):
    event, _ = await crowd(house)

    assert await listed(world, house, event=event.name, order_by=order) == names


async def test_a_list_in_no_order_is_refused(world, house):
    with invalid("order_by"):
        await listed(world, house, order_by="phone")
    for field in ("states", "channels"):
        with invalid(field):
            await listed(world, house, **{field: [0]})


# --- update


async def update(world, house, ada, *paths, **given):
    request = participant_pb2.UpdateParticipantRequest(
        participant=Participant(name=ada.name, **given), update_mask={"paths": paths}
    )
    return await world.people.UpdateParticipant(request, metadata=house.organizer)


async def test_a_participant_is_changed_and_those_who_write_to_them_hear_of_it(world, house):
    ada = await house.enlist(await house.published())

    changed = await update(
        world, house, ada, display_name="Ada L.", phone="+491701234567", time_zone="Asia/Tokyo"
    )

    (fact,) = await world.facts(house.organization, "ParticipantChanged")
    assert (changed.display_name, changed.email) == ("Ada L.", ada.email)
    assert (changed.phone, changed.time_zone) == ("+491701234567", "Asia/Tokyo")
    assert changed.etag == '"2"'
    assert (fact.participant, fact.display_name, fact.phone) == (
        ada.name,
        "Ada L.",
        "+491701234567",
    )
    assert await house.read(ada) == changed


async def test_a_change_of_nothing_changes_nothing(world, house):
    ada = await house.enlist(await house.published())

    assert await update(world, house, ada, display_name=ada.display_name) == ada
    assert await world.facts(house.organization, "ParticipantChanged") == []


async def test_a_mask_clears_what_it_names(world, house):
    ada = await house.enlist(await house.published(), phone="+491701234567")

    assert (await update(world, house, ada, "email")).email == ""
    with invalid("participant.email"):
        await update(world, house, ada, "phone")


async def test_a_participant_stays_at_the_event(world, house):
    ada, other = await house.enlist(await house.published()), await house.published()

    with invalid("participant.event"):
        await update(world, house, ada, event=other.name)


async def test_an_address_of_somebody_else_is_refused(world, house):
    event = await house.published()
    ada, bob = await house.enlist(event), await house.enlist(event)

    with refused(grpc.StatusCode.ALREADY_EXISTS, "PARTICIPANT_EXISTS", address=bob.email):
        await update(world, house, ada, email=bob.email)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"display_name": "x" * 101}, "participant.display_name"),
        ({"email": "ada"}, "participant.email"),
        ({"phone": "0170"}, "participant.phone"),
        ({"time_zone": "Mars/Olympus"}, "participant.time_zone"),
    ],
)
async def test_a_value_that_cannot_be_is_named(world, house, given, field):
    ada = await house.enlist(await house.published())

    with invalid(field):
        await update(world, house, ada, **given)


async def test_who_saw_an_older_one_changes_nothing(world, house):
    ada = await house.enlist(await house.published())
    await update(world, house, ada, display_name="Ada L.")

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await update(world, house, ada, display_name="Ada", etag=ada.etag)
    ada.name = f"{house.name}/participants/{uuid.uuid4()}"
    with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND"):
        await update(world, house, ada, display_name="Ada")


# --- remove


async def remove(world, house, ada, etag=""):
    request = participant_pb2.DeleteParticipantRequest(name=ada.name, etag=etag)
    return await world.people.DeleteParticipant(request, metadata=house.organizer)


async def test_who_is_removed_is_gone_and_the_others_hear_of_it(world, house):
    ada, link = await house.guest()

    await remove(world, house, ada, (await house.read(ada)).etag)

    (fact,) = await world.facts(house.organization, "ParticipantRemoved")
    assert (fact.participant, fact.event) == (ada.name, ada.event)
    assert await listed(world, house, event=ada.event) == []
    with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND"):
        await world.people.GetInvitation(participant_pb2.GetInvitationRequest(), metadata=link)
    with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND"):
        await remove(world, house, ada)


async def test_nobody_is_removed_by_who_saw_an_older_one(world, house):
    ada, _ = await house.guest()

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await remove(world, house, ada, ada.etag)


# --- duplicates


async def duplicates(world, house, event, **given):
    request = participant_pb2.ListDuplicatesRequest(parent=house.name, event=event.name, **given)
    found = await world.people.ListDuplicates(request, metadata=house.organizer)
    groups = [
        (each.likeness, [one.display_name for one in each.participants])
        for each in found.duplicates
    ]
    return groups, found.next_page_token


async def test_those_of_one_name_or_one_mailbox_may_be_one_person(world, house):
    event = await house.published()
    for name, email in [
        ("Ada Lovelace", "ada@example.org"),
        ("lovelace, ADA", "lovelace@example.org"),
        ("Grace", "grace+news@example.org"),
        ("Amazing Grace", "Grace@example.org"),
        ("Al", "a.l@gmail.com"),
        ("Alan", "al+x@googlemail.com"),
        ("Bob", "bob@example.org"),
    ]:
        await house.enlist(event, display_name=name, email=email)
        await asyncio.sleep(0.002)

    first, token = await duplicates(world, house, event, page_size=2)
    rest, end = await duplicates(world, house, event, page_size=2, page_token=token)

    assert first + rest == [
        ("display_name", ["Ada Lovelace", "lovelace, ADA"]),
        ("email", ["Al", "Alan"]),
        ("email", ["Grace", "Amazing Grace"]),
    ]
    assert end == ""


async def test_nobody_is_twice_at_an_event_of_others(world, house):
    other = await world.house()

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_PARTICIPANT", field="event"):
        await duplicates(world, house, await other.published())


async def merge(world, house, kept, duplicate, request_id=""):
    request = participant_pb2.MergeParticipantRequest(
        name=kept.name, duplicate=duplicate.name, request_id=request_id
    )
    return await world.people.MergeParticipant(request, metadata=house.organizer)


async def twins(house):
    event = await house.published()
    one = await house.enlist(event, display_name="Ada", email="ada@example.org")
    await asyncio.sleep(0.002)
    other = await house.enlist(
        event, display_name="A. L.", email="", phone="+491701234567", language_code="pt"
    )
    return one, other


async def test_of_two_one_is_made_with_all_that_is_known_of_both(world, house):
    one, other = await twins(house)
    await house.invite(one)
    link = await house.invite(other)
    await say(world, house.organizer, one, NO)
    await say(world, link, other, YES, guests=2, note="with a dog")

    merged = await merge(world, house, one, other)

    assert (merged.name, merged.display_name) == (one.name, "Ada")
    assert (merged.email, merged.phone, merged.language_code) == (one.email, other.phone, "pt")
    assert (merged.answer, merged.guests, merged.note) == (YES, 2, "with a dog")
    assert merged.ticket_type == "standard"
    states = [step.state for step in merged.steps]
    assert states.count(Participant.STATE_INVITED) == 2
    assert states.count(Participant.STATE_LISTED) == 1
    (fact,) = await world.facts(house.organization, "ParticipantMerged")
    assert (fact.participant, fact.duplicate, fact.event) == (one.name, other.name, one.event)
    assert await house.read(one) == merged
    assert await listed(world, house, event=one.event) == ["Ada"]


async def test_the_link_of_a_duplicate_opens_the_one_that_stays(world, house):
    one, other = await twins(house)
    link = await house.invite(other)
    third = await house.enlist(await house.published())
    await merge(world, house, one, other)

    found = await world.people.GetInvitation(participant_pb2.GetInvitationRequest(), metadata=link)
    answered = await say(world, link, other, YES)

    assert found.participant.name == one.name
    assert found.link.partition("#")[0].endswith("/join/")
    assert answered.name == one.name
    assert await house.read(other) == answered
    with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND"):
        await say(world, link, third, YES)


async def test_a_link_follows_every_merge(world, house):
    one, other = await twins(house)
    third = await house.enlist(house_event(one), display_name="Ada III")
    await merge(world, house, other, third)
    await merge(world, house, one, other)

    assert (await house.read(third)).name == one.name
    with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND"):
        await remove(world, house, other)
    await remove(world, house, one)
    with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND"):
        await house.read(third)


def house_event(participant):

    return event_pb2.Event(name=participant.event)


async def test_a_retry_of_a_merge_gets_the_first_answer(world, house):
    one, other = await twins(house)
    id = str(uuid.uuid4())

    first = await merge(world, house, one, other, id)

    assert await merge(world, house, one, other, id) == first
    assert len(await world.facts(house.organization, "ParticipantMerged")) == 1


async def test_only_two_at_one_event_are_merged(world, house):
    one, _ = await twins(house)
    elsewhere = await house.enlist(await house.published())
    stranger, _ = await (await world.house()).guest()
    nobody = Participant(name=f"{house.name}/participants/{uuid.uuid4()}")

    for other in (one, elsewhere, stranger):
        with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_PARTICIPANT", field="duplicate"):
            await merge(world, house, one, other)
    with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND", participant=nobody.name):
        await merge(world, house, one, nobody)


async def test_of_many_who_merge_the_same_two_one_does(world, house):
    one, other = await twins(house)

    results = await asyncio.gather(
        *(merge(world, house, *pair) for pair in [(one, other), (other, one)] * 3),
        return_exceptions=True,
    )

    assert sum(isinstance(result, Participant) for result in results) == 1
    assert len(await listed(world, house, event=one.event)) == 1
