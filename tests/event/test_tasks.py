"""What is done for an event at its time, over a real server and database."""

from __future__ import annotations

import asyncio
import sys
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from services.event.tasks import actions
from services.event.tasks.domain import TASKS
from services.event.work import steps
from services.kit.clock import now
from services.kit.tenant import within
from services.kit.work import Due, Worker
from tests.event.world import gig, invalid, opened, refused
from tests.waiting import eventually, running
from turnout.event.v1 import event_pb2, participant_pb2, task_pb2

pytestmark = pytest.mark.server

Task = task_pb2.Task
Participant = participant_pb2.Participant
YES = Participant.ANSWER_YES
NEVER = {"quiet_start": {"hours": 0}, "quiet_end": {"hours": 0}}


def link(name, until):
    return f"http://127.0.0.1:8080/join/#{name.id}"


async def create(world, house, event, request_id="", **given):
    values = {
        "event": event.name,
        "kind": Task.KIND_REMINDER,
        "anchor": Task.ANCHOR_START,
        "offset": {"seconds": -3600},
    } | NEVER
    request = task_pb2.CreateTaskRequest(
        parent=house.name, task=Task(**values | given), request_id=request_id
    )
    return await world.tasks.CreateTask(request, metadata=house.organizer)


async def listed(world, house, event):
    request = task_pb2.ListTasksRequest(parent=house.name, event=event.name)
    return list((await world.tasks.ListTasks(request, metadata=house.organizer)).tasks)


async def read(world, house, task):
    return await world.tasks.GetTask(
        task_pb2.GetTaskRequest(name=task.name), metadata=house.organizer
    )


async def turn(world, house, verb, task):
    call = getattr(world.tasks, f"{verb}Task")
    request = getattr(task_pb2, f"{verb}TaskRequest")(name=task.name)
    return await call(request, metadata=house.organizer)


async def work(world, house, rounds=20):
    """Does what is due by the clock of the service, as the worker would, until nothing is."""
    known = steps(world.clock.now, link)
    for _ in range(rounds):
        rows = await world.owner.execute(
            "select kind, organization, id, due_time from due where organization = %s"
            " and kind = any(%s) and due_time <= %s",
            [house.organization, [actions.TASK, actions.NOTICE], world.clock.now()],
        )
        found = await rows.fetchall()
        if not found:
            return
        for row in found:
            due = Due(row.kind, row.organization, row.id, row.due_time, 0)

            # Before what the step schedules is written.
            await world.owner.execute(
                "delete from due where kind = %s and id = %s", [due.kind, due.id]
            )
            with within(house.organization):
                await world.db.run(known[due.kind], due)


async def coming(world, house, event, count=1, **given):
    """People who said yes."""
    people = [await house.enlist(event, **given) for _ in range(count)]
    for each in people:
        await world.people.AnswerInvitation(
            participant_pb2.AnswerInvitationRequest(name=each.name, answer=YES),
            metadata=house.organizer,
        )
    return people


async def notified(world, house):
    facts = await world.facts(house.organization, "ParticipantNotified")
    return [fact.participant for fact in facts]


# --- making them


async def test_an_event_that_is_published_gets_the_usual_tasks(world, house):
    event = await house.published()

    tasks = await listed(world, house, event)

    assert [(task.kind, task.anchor, task.offset.seconds // 3600) for task in tasks] == [
        (Task.KIND_CONFIRMATION, Task.ANCHOR_START, -72),
        (Task.KIND_REMINDER, Task.ANCHOR_START, -24),
        (Task.KIND_REMINDER, Task.ANCHOR_START, -2),
        (Task.KIND_CLOSURE, Task.ANCHOR_END, 2),
        (Task.KIND_THANKS, Task.ANCHOR_END, 24),
    ]
    assert {task.state for task in tasks} == {Task.STATE_SCHEDULED}
    assert (tasks[0].quiet_start.hours, tasks[0].quiet_end.hours) == (21, 8)


async def test_an_event_with_tasks_of_its_own_gets_no_others(world, house):
    event = await house.draft()
    made = await create(world, house, event)

    await house.publish(event)

    assert await listed(world, house, event) == [made]
    assert await read(world, house, made) == made


async def test_a_task_moves_with_its_event(world, house):
    event = await house.published()
    before = await listed(world, house, event)
    later = gig(days=33)
    request = event_pb2.UpdateEventRequest(
        event={"name": event.name, "start_time": later.start_time, "end_time": later.end_time}
    )

    await world.events.UpdateEvent(request, metadata=house.organizer)

    for old, new in zip(before, await listed(world, house, event), strict=True):
        moved = new.due_time.ToDatetime() - old.due_time.ToDatetime()
        assert timedelta(days=2, hours=23) <= moved <= timedelta(days=3, hours=1)


async def test_a_retry_of_create_makes_one_task(world, house):
    event, id = await house.draft(), str(uuid.uuid4())

    first = await create(world, house, event, id)

    assert await create(world, house, event, id) == first


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": 0}, "task.kind"),
        ({"anchor": 0}, "task.anchor"),
        ({"offset": {"seconds": -40 * 86400}}, "task.offset"),
        ({"offset": {"seconds": 400 * 86400}}, "task.offset"),
        ({"quiet_start": {"hours": 24}}, "task.quiet_start"),
        ({"audience": {"states": [0]}}, "task.audience.states"),
        ({"audience": {"channels": [0]}}, "task.audience.channels"),
    ],
)
async def test_a_value_that_cannot_be_is_named(world, house, given, field):
    with invalid(field):
        await create(world, house, await house.draft(), **given)


async def test_nothing_is_done_for_what_was_called_off_or_is_others(world, house):
    off = await house.cancel(await house.published())
    theirs = await (await world.house()).draft()
    nothing = event_pb2.Event(name=f"{house.name}/events/{uuid.uuid4()}")

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE"):
        await create(world, house, off)
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_TASK", field="task.event"):
        await create(world, house, theirs)
    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
        await create(world, house, nothing)


async def test_a_task_is_changed_and_removed(world, house):
    task = await create(world, house, await house.draft())
    request = task_pb2.UpdateTaskRequest(
        task={"name": task.name, "offset": {"seconds": -7200}, "etag": task.etag},
        update_mask={"paths": ["offset"]},
    )

    changed = await world.tasks.UpdateTask(request, metadata=house.organizer)

    assert task.due_time.seconds - changed.due_time.seconds == 3600
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await world.tasks.UpdateTask(request, metadata=house.organizer)
    gone = task_pb2.DeleteTaskRequest(name=task.name, etag=changed.etag)
    await world.tasks.DeleteTask(gone, metadata=house.organizer)
    with refused(grpc.StatusCode.NOT_FOUND, "TASK_NOT_FOUND", task=task.name):
        await read(world, house, task)


# --- doing them


async def test_those_who_come_are_reminded_in_time_and_once(world, house, clock):
    event = await house.draft()
    task = await create(world, house, event)
    await house.publish(event)
    [ada] = await coming(world, house, event)
    await house.enlist(event)

    await work(world, house)
    early = await notified(world, house)
    clock.ahead = task.due_time.ToDatetime(UTC) - datetime.now(UTC) + timedelta(seconds=1)
    await work(world, house)
    await work(world, house)

    assert (early, await notified(world, house)) == ([], [ada.name])
    (fact,) = await world.facts(house.organization, "ParticipantNotified")
    assert (fact.kind, fact.email) == (Task.KIND_REMINDER, ada.email)
    assert fact.link.startswith("http://127.0.0.1:8080/join/#")
    done = await read(world, house, task)
    assert (done.state, done.told_count) == (Task.STATE_DONE, 1)


async def test_many_are_told_in_batches(world, house):
    event = await house.published()
    people = await coming(world, house, event, 7)
    task = await create(world, house, event)
    await turn(world, house, "Run", task)

    for _ in range(4):
        with within(house.organization):
            name = TASKS.parse(task.name)
            await world.db.run(actions.go_on, name, link, world.clock.now(), 2)

    assert sorted(await notified(world, house)) == sorted(each.name for each in people)
    assert (await read(world, house, task)).told_count == 7


async def test_who_sleeps_is_told_in_the_morning_if_still_meant(world, house, clock):
    event = await house.published()
    ada, bob = await coming(world, house, event, 2)
    here = world.clock.now()
    quiet = {
        "quiet_start": {"hours": (here - timedelta(hours=1)).hour},
        "quiet_end": {"hours": (here + timedelta(hours=3)).hour},
    }
    for each in (ada, bob):
        request = participant_pb2.UpdateParticipantRequest(
            participant={"name": each.name, "time_zone": "Etc/UTC"}
        )
        await world.people.UpdateParticipant(request, metadata=house.organizer)
    task = await create(world, house, event, **quiet)
    await turn(world, house, "Run", task)

    await work(world, house)
    asleep = await notified(world, house)
    await world.people.AnswerInvitation(
        participant_pb2.AnswerInvitationRequest(name=bob.name, answer=Participant.ANSWER_NO),
        metadata=house.organizer,
    )
    clock.ahead = timedelta(hours=4)
    await work(world, house)

    assert (asleep, await notified(world, house)) == ([], [ada.name])
    assert (await read(world, house, task)).told_count == 1


async def test_a_task_that_is_paused_waits_until_it_is_resumed(world, house, clock):
    event = await house.draft()
    task = await create(world, house, event)
    await house.publish(event)
    [ada] = await coming(world, house, event)

    paused = await turn(world, house, "Pause", task)
    clock.ahead = task.due_time.ToDatetime(UTC) - datetime.now(UTC) + timedelta(seconds=1)
    await work(world, house)
    before = await notified(world, house)
    resumed = await turn(world, house, "Resume", task)
    await work(world, house)

    assert (paused.state, resumed.state) == (Task.STATE_PAUSED, Task.STATE_SCHEDULED)
    assert ada.name not in before
    assert ada.name in await notified(world, house)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_TASK_STATE", state="DONE"):
        await turn(world, house, "Pause", task)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_TASK_STATE", needed="PAUSED"):
        await turn(world, house, "Resume", task)


async def test_a_task_is_done_now_and_once_more(world, house):
    event = await house.published()
    [ada] = await coming(world, house, event)
    task = await create(world, house, event)

    for _ in range(2):
        await turn(world, house, "Run", task)
        await work(world, house)

    assert await notified(world, house) == [ada.name] * 2
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE"):
        await turn(world, house, "Run", await create(world, house, await house.draft()))


async def test_what_has_not_begun_is_not_closed(world, house):
    event = await house.published()
    closure = (await listed(world, house, event))[3]

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "EVENT_AHEAD", event=event.name):
        await turn(world, house, "Run", closure)
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_TASK", field="task.offset"):
        await create(world, house, event, kind=Task.KIND_CLOSURE)


async def test_an_event_is_completed_after_its_end_and_those_who_came_are_thanked(
    world, house, clock
):
    event = await house.published(days=2)
    tasks = await listed(world, house, event)
    clock.ahead = timedelta(days=5)

    await work(world, house)

    found = await world.events.GetEvent(
        event_pb2.GetEventRequest(name=event.name), metadata=house.organizer
    )
    assert found.state == event_pb2.Event.STATE_COMPLETED
    done = {each.state for each in await listed(world, house, event)}
    assert (len(tasks), done) == (4, {Task.STATE_DONE})


async def test_nobody_is_told_of_what_was_called_off(world, house, clock):
    event = await house.published()
    await coming(world, house, event)
    await house.cancel(event)
    clock.ahead = timedelta(days=40)

    await work(world, house)

    assert await notified(world, house) == []


# --- many at once, and one


async def test_many_are_invited_at_once(world, house):
    event = await house.published()
    people = [await house.enlist(event, display_name=f"Person {n}") for n in range(3)]
    other = await house.enlist(event, display_name="Other")
    request = task_pb2.InviteParticipantsRequest(
        parent=house.name,
        event=event.name,
        filter={"query": "person"},
        request_id=str(uuid.uuid4()),
    )

    first = await world.tasks.InviteParticipants(request, metadata=house.organizer)
    again = await world.tasks.InviteParticipants(request, metadata=house.organizer)
    await work(world, house)

    facts = await world.facts(house.organization, "ParticipantInvited")
    assert first == again
    assert sorted(fact.participant for fact in facts) == sorted(each.name for each in people)
    assert (await house.read(other)).state == Participant.STATE_LISTED
    assert (await read(world, house, first)).told_count == 3
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_EVENT_STATE"):
        request.event, request.request_id = (await house.draft()).name, ""
        await world.tasks.InviteParticipants(request, metadata=house.organizer)


async def test_one_is_reminded(world, house, clock):
    ada, _ = await house.guest()
    request = task_pb2.RemindParticipantRequest(name=ada.name, request_id=str(uuid.uuid4()))

    for _ in range(2):
        await world.tasks.RemindParticipant(request, metadata=house.organizer)

    assert await notified(world, house) == [ada.name]
    request.request_id = ""
    clock.ahead = timedelta(days=40)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "EVENT_OVER"):
        await world.tasks.RemindParticipant(request, metadata=house.organizer)
    request.name = f"{house.name}/participants/{uuid.uuid4()}"
    with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND"):
        await world.tasks.RemindParticipant(request, metadata=house.organizer)


# --- two workers, and one that is killed


async def test_everybody_is_told_once_by_two_workers_although_one_was_killed(database, redis_url):
    async with (
        database.lent("event") as db,
        opened(db, await database.owner(db), redis_url) as world,
    ):
        house = await world.house()
        event = await house.published()
        people = await coming(world, house, event, 12)
        task = await create(world, house, event)
        await turn(world, house, "Run", task)
        victim = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.event.victim", str(db.pool.conninfo)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert victim.stdout is not None
        assert await victim.stdout.readline() == b"at it\n"
        victim.kill()
        await victim.wait()
        known = steps(now, link)

        async def done():
            return (await read(world, house, task)).state == Task.STATE_DONE

        async with running(Worker(db, known).run(), Worker(db, known).run()):
            await eventually(done)

        told = await notified(world, house)
        assert sorted(told) == sorted(each.name for each in people)
