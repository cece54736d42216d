"""Who may call what: every method, by every kind of caller that may not."""

from __future__ import annotations

import uuid

import grpc
import pytest

from tests.event.world import NOBODY, as_guest, as_user, gig, invalid, linked, refused
from turnout.event.v1 import event_pb2, form_pb2, import_pb2, participant_pb2, task_pb2

pytestmark = pytest.mark.server

Participant = participant_pb2.Participant


def of_members(world, house, event, ada):
    """Each method that only members may call, with a request it would answer."""
    person = Participant(event=event.name, display_name="Bob", email="bob@example.org")
    return {
        world.events.CreateEvent: event_pb2.CreateEventRequest(parent=house.name, event=gig()),
        world.events.UpdateEvent: event_pb2.UpdateEventRequest(event=event),
        world.events.PublishEvent: event_pb2.PublishEventRequest(name=event.name),
        world.events.CancelEvent: event_pb2.CancelEventRequest(name=event.name),
        world.people.CreateParticipant: participant_pb2.CreateParticipantRequest(
            parent=house.name, participant=person
        ),
        world.people.ListParticipants: participant_pb2.ListParticipantsRequest(parent=house.name),
        world.people.InviteParticipant: participant_pb2.InviteParticipantRequest(name=ada.name),
        world.people.UpdateParticipant: participant_pb2.UpdateParticipantRequest(participant=ada),
        world.people.DeleteParticipant: participant_pb2.DeleteParticipantRequest(name=ada.name),
        world.people.MergeParticipant: participant_pb2.MergeParticipantRequest(
            name=ada.name, duplicate=ada.name
        ),
        world.people.ListDuplicates: participant_pb2.ListDuplicatesRequest(
            parent=house.name, event=event.name
        ),
        world.imports.ImportParticipants: import_pb2.ImportParticipantsRequest(
            parent=house.name, event=event.name, file={"data": b"name,email\n"}
        ),
        world.tasks.CreateTask: task_pb2.CreateTaskRequest(
            parent=house.name,
            task={"event": event.name, "kind": 5, "anchor": 2, "offset": {"seconds": 60}},
        ),
        world.tasks.ListTasks: task_pb2.ListTasksRequest(parent=house.name),
        world.tasks.InviteParticipants: task_pb2.InviteParticipantsRequest(
            parent=house.name, event=event.name
        ),
        world.tasks.RemindParticipant: task_pb2.RemindParticipantRequest(name=ada.name),
        world.forms.UpdateRegistrationForm: form_pb2.UpdateRegistrationFormRequest(
            registration_form=form_pb2.RegistrationForm(name=f"{event.name}/registrationForm")
        ),
    }


def of_participants(world, ada):
    """Each method that a participant may call about themself, too."""
    return {
        world.people.GetParticipant: participant_pb2.GetParticipantRequest(name=ada.name),
        world.people.AnswerInvitation: participant_pb2.AnswerInvitationRequest(
            name=ada.name, answer=Participant.ANSWER_YES
        ),
    }


async def everything(world, house):
    event = await house.published()
    ada = await house.enlist(event)
    await house.invite(ada)
    return ada, of_members(world, house, event, ada), of_participants(world, ada)


async def test_nobody_calls_without_a_token(world, house):
    _, members, participants = await everything(world, house)
    invitation = {world.people.GetInvitation: participant_pb2.GetInvitationRequest()}

    for call, request in (members | participants | invitation).items():
        with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
            await call(request, metadata=NOBODY)
        with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED"):
            await call(request, metadata=as_user(ttl=-10))
        with refused(grpc.StatusCode.UNAUTHENTICATED, "LINK_INVALID"):
            await call(request, metadata=as_guest("forged"))


async def test_another_organization_gets_in_nowhere(world, house):
    other = await world.house()
    _, members, participants = await everything(world, house)

    for call, request in (members | participants).items():
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await call(request, metadata=other.organizer)


async def test_who_looks_on_changes_nothing_and_sees_no_addresses(world, house):
    viewer = await house.member("VIEWER")
    _, members, participants = await everything(world, house)

    for call, request in (members | participants).items():
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await call(request, metadata=viewer)


async def test_who_works_at_the_event_sees_participants_and_changes_nothing(world, house):
    staff = await house.member("STAFF")
    _, members, participants = await everything(world, house)
    readable = {
        world.people.ListParticipants,
        world.people.GetParticipant,
        world.people.ListDuplicates,
        world.tasks.ListTasks,
    }

    for call, request in (members | participants).items():
        if call in readable:
            await call(request, metadata=staff)
        else:
            with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
                await call(request, metadata=staff)


async def test_a_participant_organizes_nothing(world, house):
    ada, members, _ = await everything(world, house)

    for call, request in members.items():
        with refused(grpc.StatusCode.PERMISSION_DENIED, "WRONG_AUDIENCE"):
            await call(request, metadata=linked(ada.name))


async def test_a_participant_is_nobody_else(world, house):
    ada, _, participants = await everything(world, house)
    bob, link = await house.guest()

    for call, request in participants.items():
        with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND", participant=ada.name):
            await call(request, metadata=link)
    assert (await house.read(bob)).answer == Participant.ANSWER_UNSPECIFIED


async def test_a_link_of_another_organization_opens_nothing(world, house):
    other = await world.house()
    _, link = await other.guest()
    _, _, participants = await everything(world, house)

    for call, request in participants.items():
        with refused(grpc.StatusCode.PERMISSION_DENIED, "OTHER_ORGANIZATION"):
            await call(request, metadata=link)


async def test_a_link_for_something_else_or_from_yesterday_opens_nothing(world, house):
    ada, _, participants = await everything(world, house)

    for call, request in participants.items():
        with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"):
            await call(request, metadata=linked(ada.name, purpose="calendar"))
        with refused(grpc.StatusCode.UNAUTHENTICATED, "LINK_EXPIRED"):
            await call(request, metadata=linked(ada.name, ttl=-1))


async def test_names_of_another_kind_are_pointed_at(world, house):
    wrong = f"{house.name}/bookings/{uuid.uuid4()}"

    for call, request in {
        world.events.GetEvent: event_pb2.GetEventRequest(name=wrong),
        world.events.PublishEvent: event_pb2.PublishEventRequest(name=wrong),
        world.events.CancelEvent: event_pb2.CancelEventRequest(name=wrong),
        world.people.GetParticipant: participant_pb2.GetParticipantRequest(name=wrong),
        world.people.InviteParticipant: participant_pb2.InviteParticipantRequest(name=wrong),
        world.people.AnswerInvitation: participant_pb2.AnswerInvitationRequest(
            name=wrong, answer=Participant.ANSWER_NO
        ),
    }.items():
        with invalid("name"):
            await call(request, metadata=house.organizer)


async def test_what_is_not_there_is_not_found(world, house):
    event, person = (f"{house.name}/{kind}/{uuid.uuid4()}" for kind in ("events", "participants"))

    for call, request in {
        world.events.GetEvent: event_pb2.GetEventRequest(name=event),
        world.events.PublishEvent: event_pb2.PublishEventRequest(name=event),
        world.events.CancelEvent: event_pb2.CancelEventRequest(name=event),
        world.events.UpdateEvent: event_pb2.UpdateEventRequest(
            event=event_pb2.Event(name=event, display_name="x")
        ),
    }.items():
        with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND", event=event):
            await call(request, metadata=house.organizer)
    for call, request in {
        world.people.GetParticipant: participant_pb2.GetParticipantRequest(name=person),
        world.people.InviteParticipant: participant_pb2.InviteParticipantRequest(name=person),
        world.people.AnswerInvitation: participant_pb2.AnswerInvitationRequest(
            name=person, answer=Participant.ANSWER_NO
        ),
    }.items():
        with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND", participant=person):
            await call(request, metadata=house.organizer)
