"""The door over the wire: one ticket lets in once, also where there was no network for a while."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.booking.check_in import domain
from services.booking.check_in.domain import Entry, Pass
from services.booking.codes import LASTING
from services.booking.domain import EVENTS
from services.booking.tickets.domain import State, Ticket
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import GIG, NOW, create, ticket_type
from tests.serving import PARTICIPANTS, as_guest, as_user, invalid, name_of, refused
from turnout.booking.v1 import (
    booking_pb2,
    check_in_pb2,
    check_in_pb2_grpc,
    ticket_pb2,
    ticket_pb2_grpc,
)
from turnout.location.v1 import location_pb2
from turnout.payment.v1 import dispute_pb2

pytestmark = pytest.mark.server

OUTCOME = check_in_pb2.Scan.Outcome
USED, VALID = booking_pb2.Ticket.STATE_USED, booking_pb2.Ticket.STATE_VALID
DENIED = grpc.StatusCode.FAILED_PRECONDITION


@pytest.fixture
def stub(booking):
    return check_in_pb2_grpc.CheckInServiceStub(booking.world.channel)


@pytest.fixture
def tickets(booking):
    return ticket_pb2_grpc.TicketServiceStub(booking.world.channel)


@pytest.fixture
async def free(booking):
    """Five seats that cost nothing."""
    return await booking.on_sale(ticket_type(cents=0))


@pytest.fixture
async def staff(booking, free):
    return await booking.world.member("STAFF", free.organization)


async def sold(booking, event, seats=1, who=None):
    """Tickets of somebody, as their booking has them."""
    made = await booking.stub.CreateBooking(create(event, seats), metadata=who or as_user())
    return list(made.tickets)


def entering(event, **shown):
    return check_in_pb2.CheckInTicketRequest(
        parent=f"organizations/{event.organization}", event=EVENTS.format(event), **shown
    )


def attendance(event):
    return check_in_pb2.GetAttendanceRequest(name=f"{EVENTS.format(event)}/attendance")


# --- one at a time


async def test_a_ticket_lets_in_by_its_code_once(booking, stub, free, staff):
    [ticket] = await sold(booking, free)

    used = await stub.CheckInTicket(entering(free, code=ticket.code, gate="North"), metadata=staff)

    assert (used.name, used.state, used.etag) == (ticket.name, USED, '"2"')
    assert used.HasField("check_in_time")
    told = {"ticket": ticket.name, "gate": "North"}
    with refused(DENIED, "ALREADY_CHECKED_IN", **told) as _:
        await stub.CheckInTicket(entering(free, code=ticket.code), metadata=staff)
    [fact] = await booking.world.facts(free.organization, "TicketCheckedIn")
    assert (fact.ticket, fact.event) == (ticket.name, EVENTS.format(free))


async def test_a_ticket_lets_in_by_its_name_out_of_a_list(booking, stub, free, staff):
    [ticket] = await sold(booking, free)

    used = await stub.CheckInTicket(entering(free, ticket=ticket.name), metadata=staff)

    assert used.state == USED


async def test_a_retry_lets_in_whom_the_first_try_let_in(booking, stub, free, staff):
    [ticket] = await sold(booking, free)
    request = entering(free, code=ticket.code, request_id=str(uuid.uuid4()))

    first = await stub.CheckInTicket(request, metadata=staff)

    assert await stub.CheckInTicket(request, metadata=staff) == first


async def test_of_many_doors_that_read_one_ticket_one_lets_in(booking, stub, free, staff):
    [ticket] = await sold(booking, free)

    async def enter():
        return await stub.CheckInTicket(entering(free, code=ticket.code), metadata=staff)

    outcomes = await asyncio.gather(*(enter() for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(one, booking_pb2.Ticket) for one in outcomes) == 1


@pytest.mark.parametrize("code", ["x", "a.b.c", "A" * 1000])
async def test_what_is_no_code_of_ours_lets_nobody_in(stub, free, staff, code):
    with refused(grpc.StatusCode.NOT_FOUND, "CODE_UNKNOWN"):
        await stub.CheckInTicket(entering(free, code=code), metadata=staff)


async def test_the_code_before_the_newest_lets_nobody_in(booking, stub, tickets, free, staff):
    ada = as_user()
    [ticket] = await sold(booking, free, who=ada)
    request = ticket_pb2.ReissueTicketRequest(name=ticket.name)
    anew = await tickets.ReissueTicket(request, metadata=ada)

    with refused(DENIED, "CODE_REPLACED", ticket=ticket.name):
        await stub.CheckInTicket(entering(free, code=ticket.code), metadata=staff)
    assert await stub.CheckInTicket(entering(free, code=anew.code), metadata=staff)


async def test_a_ticket_of_another_event_lets_nobody_in(booking, stub, free, staff):
    other = await booking.on_sale(ticket_type(cents=0), event=Name(free.organization, new_id()))
    [ticket] = await sold(booking, other)

    with refused(DENIED, "WRONG_EVENT", event=EVENTS.format(other)):
        await stub.CheckInTicket(entering(free, code=ticket.code), metadata=staff)


async def test_a_ticket_of_a_cancelled_booking_lets_nobody_in(booking, stub, free, staff):
    ada = as_user()
    made = await booking.stub.CreateBooking(create(free), metadata=ada)
    await booking.stub.CancelBooking(booking_pb2.CancelBookingRequest(name=made.name), metadata=ada)

    with refused(DENIED, "WRONG_TICKET_STATE", state="CANCELLED"):
        await stub.CheckInTicket(entering(free, code=made.tickets[0].code), metadata=staff)


async def test_a_ticket_whose_payment_is_disputed_lets_nobody_in_until_that_is_won(
    booking, stub, tickets, free, staff
):
    ada = as_user()
    [ticket] = await sold(booking, free, who=ada)
    about = {"booking": await whole(booking, ticket, ada), "payer": name_of(ada)}

    await booking.world.hear(dispute_pb2.DisputeOpened(**about), subject=about["booking"])
    with refused(DENIED, "TICKET_SUSPENDED", ticket=ticket.name):
        await stub.CheckInTicket(entering(free, code=ticket.code), metadata=staff)
    with refused(DENIED, "TICKET_SUSPENDED"):
        await tickets.TransferTicket(
            ticket_pb2.TransferTicketRequest(name=ticket.name), metadata=ada
        )
    shown = await tickets.GetTicket(ticket_pb2.GetTicketRequest(name=ticket.name), metadata=ada)
    await booking.world.hear(dispute_pb2.DisputeWon(**about), subject=about["booking"])

    entered = await stub.CheckInTicket(entering(free, code=ticket.code), metadata=staff)

    assert (shown.state, entered.state) == (booking_pb2.Ticket.STATE_SUSPENDED, USED)


async def whole(booking, ticket, who):
    """The booking of a ticket, by its name."""
    request = ticket_pb2.GetTicketRequest(name=ticket.name)
    stub = ticket_pb2_grpc.TicketServiceStub(booking.world.channel)
    return (await stub.GetTicket(request, metadata=who)).booking


async def test_who_came_in_can_neither_hand_on_nor_give_back(booking, stub, tickets, free, staff):
    ada = as_user()
    [ticket] = await sold(booking, free, who=ada)
    await stub.CheckInTicket(entering(free, code=ticket.code), metadata=staff)

    for verb in ("Transfer", "Return"):
        with refused(DENIED, "WRONG_TICKET_STATE", state="USED"):
            request = getattr(ticket_pb2, f"{verb}TicketRequest")(name=ticket.name)
            await getattr(tickets, f"{verb}Ticket")(request, metadata=ada)


async def test_either_a_code_is_shown_or_a_ticket(booking, stub, free, staff):
    [ticket] = await sold(booking, free)

    for shown in ({}, {"code": ticket.code, "ticket": ticket.name}):
        with invalid("code"):
            await stub.CheckInTicket(entering(free, **shown), metadata=staff)
    elsewhere = f"organizations/{new_id()}/tickets/{new_id()}"
    with invalid("ticket"):
        await stub.CheckInTicket(entering(free, ticket=elsewhere), metadata=staff)
    missing = f"organizations/{free.organization}/tickets/{new_id()}"
    with refused(grpc.StatusCode.NOT_FOUND, "TICKET_NOT_FOUND"):
        await stub.CheckInTicket(entering(free, ticket=missing), metadata=staff)


@pytest.mark.parametrize("role", ["FINANCE", "VIEWER", None])
async def test_who_does_not_keep_the_door_lets_nobody_in(booking, stub, free, role):
    who = await booking.world.member(role, free.organization) if role else as_user()

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await stub.CheckInTicket(entering(free, code="x"), metadata=who)


async def test_another_organization_has_no_door_here(booking, stub, free):
    elsewhere = new_id()
    owner = await booking.world.member("OWNER", elsewhere)
    request = entering(free, code="x")
    request.parent = f"organizations/{elsewhere}"

    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        await stub.CheckInTicket(request, metadata=owner)


# --- undoing


async def test_an_entry_can_be_taken_back_and_the_ticket_used_again(booking, stub, free, staff):
    [ticket] = await sold(booking, free)
    await stub.CheckInTicket(entering(free, code=ticket.code), metadata=staff)
    request = check_in_pb2.UndoCheckInRequest(name=ticket.name, etag='"2"')

    undone = await stub.UndoCheckIn(request, metadata=staff)

    assert (undone.state, undone.HasField("check_in_time")) == (VALID, False)
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await stub.UndoCheckIn(request, metadata=staff)
    with refused(DENIED, "NOT_CHECKED_IN", ticket=ticket.name):
        await stub.UndoCheckIn(check_in_pb2.UndoCheckInRequest(name=ticket.name), metadata=staff)
    again = await stub.CheckInTicket(entering(free, code=ticket.code), metadata=staff)
    assert again.state == USED


async def test_nothing_is_taken_back_of_a_ticket_that_is_not_there(stub, free, staff):
    name = f"organizations/{free.organization}/tickets/{new_id()}"

    with refused(grpc.StatusCode.NOT_FOUND, "TICKET_NOT_FOUND"):
        await stub.UndoCheckIn(check_in_pb2.UndoCheckInRequest(name=name), metadata=staff)


# --- without a network


def scan(minutes=0, *, id=None, gate="", **shown):
    """A scan of so many minutes ago."""
    made = check_in_pb2.UploadScansRequest.Scan(id=str(id or uuid.uuid4()), gate=gate, **shown)
    made.scan_time.FromDatetime(datetime.now(UTC) - timedelta(minutes=minutes))
    return made


def uploading(event, *scans, **more):
    return check_in_pb2.UploadScansRequest(
        parent=f"organizations/{event.organization}",
        event=EVENTS.format(event),
        scans=scans,
        **more,
    )


def outcomes(response):
    return [one.outcome for one in response.scans]


async def test_the_first_scan_lets_in_and_the_others_are_conflicts(booking, stub, free, staff):
    [one, two] = await sold(booking, free, 2)
    late = scan(1, code=one.code, gate="South")
    early, other = scan(5, code=one.code, gate="North"), scan(3, ticket=two.name)

    done = await stub.UploadScans(uploading(free, late, early, other), metadata=staff)

    assert outcomes(done) == [
        OUTCOME.OUTCOME_CONFLICT,
        OUTCOME.OUTCOME_ADMITTED,
        OUTCOME.OUTCOME_ADMITTED,
    ]
    assert done.scans[0].winner == done.scans[1].name
    assert (done.scans[1].gate, done.scans[1].creator) == ("North", name_of(staff))
    assert done.scans[1].scan_time.ToSeconds() == early.scan_time.ToSeconds()


async def test_an_earlier_scan_that_is_told_later_counts(booking, stub, free, staff):
    [ticket] = await sold(booking, free)
    late, early = scan(1, code=ticket.code), scan(5, code=ticket.code)
    first = await stub.UploadScans(uploading(free, late), metadata=staff)
    assert outcomes(first) == [OUTCOME.OUTCOME_ADMITTED]

    second = await stub.UploadScans(uploading(free, early), metadata=staff)

    assert outcomes(second) == [OUTCOME.OUTCOME_ADMITTED]
    request = check_in_pb2.ListScansRequest(
        parent=f"organizations/{free.organization}", ticket=ticket.name, conflicts=True
    )
    [conflict] = (await stub.ListScans(request, metadata=staff)).scans
    assert (conflict.name, conflict.winner) == (first.scans[0].name, second.scans[0].name)
    assert len(await booking.world.facts(free.organization, "TicketCheckedIn")) == 1


async def test_a_device_may_tell_the_same_scans_again(booking, stub, free, staff):
    [ticket] = await sold(booking, free)
    scans = [scan(2, code=ticket.code), scan(1, code=ticket.code), scan(1, code="x")]

    first = await stub.UploadScans(uploading(free, *scans), metadata=staff)
    again = await stub.UploadScans(uploading(free, *scans, *scans), metadata=staff)

    assert [*first.scans] * 2 == [*again.scans]
    counted = await stub.GetAttendance(attendance(free), metadata=staff)
    assert counted.checked_in == 1


async def test_what_lets_nobody_in_is_kept_with_its_reason(booking, stub, free, staff):
    other = await booking.on_sale(ticket_type(cents=0), event=Name(free.organization, new_id()))
    [elsewhere] = await sold(booking, other)
    missing = f"organizations/{free.organization}/tickets/{new_id()}"

    done = await stub.UploadScans(
        uploading(free, scan(code="x"), scan(code=elsewhere.code), scan(ticket=missing)),
        metadata=staff,
    )

    reasons = ["CODE_UNKNOWN", "WRONG_EVENT", "TICKET_NOT_FOUND"]
    assert [(one.outcome, one.reason) for one in done.scans] == [
        (OUTCOME.OUTCOME_REFUSED, reason) for reason in reasons
    ]
    request = check_in_pb2.GetScanRequest(name=done.scans[0].name)
    assert await stub.GetScan(request, metadata=staff) == done.scans[0]


async def test_a_scan_from_before_an_undoing_lets_nobody_in(booking, stub, free, staff):
    [ticket] = await sold(booking, free)
    await stub.CheckInTicket(entering(free, code=ticket.code), metadata=staff)
    await stub.UndoCheckIn(check_in_pb2.UndoCheckInRequest(name=ticket.name), metadata=staff)

    done = await stub.UploadScans(uploading(free, scan(5, code=ticket.code)), metadata=staff)

    assert [(one.outcome, one.reason) for one in done.scans] == [
        (OUTCOME.OUTCOME_REFUSED, "UNDONE")
    ]


async def test_a_clock_that_is_ahead_is_taken_for_now(booking, stub, free, staff):
    [ticket] = await sold(booking, free)

    done = await stub.UploadScans(uploading(free, scan(-600, code=ticket.code)), metadata=staff)

    assert done.scans[0].scan_time == done.scans[0].create_time


async def test_devices_that_tell_at_once_lose_nothing(booking, stub, free, staff):
    made = await sold(booking, free, 4)
    devices = [
        [scan(minutes, code=ticket.code) for ticket in order]
        for minutes, order in enumerate(itertools.permutations(made))
    ][:6]

    done = await asyncio.gather(
        *(stub.UploadScans(uploading(free, *scans), metadata=staff) for scans in devices)
    )

    told = sum(len(one.scans) for one in done)
    request = check_in_pb2.ListScansRequest(
        parent=f"organizations/{free.organization}", event=EVENTS.format(free), page_size=200
    )
    kept = (await stub.ListScans(request, metadata=staff)).scans
    assert (told, len(kept)) == (24, 24)
    admitted = [one for one in kept if one.outcome == OUTCOME.OUTCOME_ADMITTED]
    assert {one.ticket for one in admitted} == {ticket.name for ticket in made}
    first = {
        ticket.name: min(s.scan_time.ToMicroseconds() for s in kept if s.ticket == ticket.name)
        for ticket in made
    }
    assert {one.ticket: one.scan_time.ToMicroseconds() for one in admitted} == first


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("scans", {"scans": []}),
        ("scans[0].code", {"scans": [scan()]}),
        ("scans[0].ticket", {"scans": [scan(ticket=f"organizations/{GIG.id}/tickets/{GIG.id}")]}),
        ("event", {"event": "x"}),
    ],
)
async def test_what_is_wrong_with_scans_is_pointed_at(stub, free, staff, field, change):
    request = uploading(free, scan(code="x"))
    for name in change:
        request.ClearField(name)
    request.MergeFrom(check_in_pb2.UploadScansRequest(**change))

    with invalid(field):
        await stub.UploadScans(request, metadata=staff)


async def test_scans_come_in_pages(stub, free, staff):
    done = await stub.UploadScans(
        uploading(free, *(scan(code="x") for _ in range(3))), metadata=staff
    )
    request = check_in_pb2.ListScansRequest(
        parent=f"organizations/{free.organization}", page_size=2
    )
    first = await stub.ListScans(request, metadata=staff)
    request.page_token = first.next_page_token
    second = await stub.ListScans(request, metadata=staff)

    names = sorted(one.name for one in done.scans)
    assert [one.name for one in (*first.scans, *second.scans)] == names
    missing = f"organizations/{free.organization}/scans/{new_id()}"
    with refused(grpc.StatusCode.NOT_FOUND, "SCAN_NOT_FOUND"):
        await stub.GetScan(check_in_pb2.GetScanRequest(name=missing), metadata=staff)
    for field in ("event", "ticket"):
        named = f"organizations/{new_id()}/{field}s/{new_id()}"
        wrong = check_in_pb2.ListScansRequest(parent=request.parent)
        setattr(wrong, field, named)
        with invalid(field):
            await stub.ListScans(wrong, metadata=staff)


# --- counting


async def test_who_is_in_is_counted_while_one_watches(booking, stub, free, staff):
    [one, two] = await sold(booking, free, 2)
    watch = check_in_pb2.WatchAttendanceRequest(name=attendance(free).name)
    call = stub.WatchAttendance(watch, metadata=staff)
    async with asyncio.timeout(60):
        frame = await call.read()
        assert (frame.sold, frame.checked_in) == (2, 0)
        await stub.CheckInTicket(entering(free, code=one.code), metadata=staff)
        while frame.checked_in < 1:
            frame = await call.read()
        await stub.UploadScans(uploading(free, scan(code=two.code)), metadata=staff)
        while frame.checked_in < 2:
            frame = await call.read()
        await stub.UndoCheckIn(check_in_pb2.UndoCheckInRequest(name=one.name), metadata=staff)
        while frame.checked_in > 1:
            frame = await call.read()
    call.cancel()

    assert [(e.ticket_type, e.sold, e.checked_in) for e in frame.entries] == [("standard", 2, 1)]
    assert await stub.GetAttendance(attendance(free), metadata=staff) == frame


async def test_nobody_counts_at_an_event_that_is_not_there(stub, free, staff):
    other = Name(free.organization, new_id())

    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        await stub.GetAttendance(attendance(other), metadata=staff)
    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        watch = check_in_pb2.WatchAttendanceRequest(name=attendance(other).name)
        await stub.WatchAttendance(watch, metadata=staff).read()


# --- who arrives


def door(event):
    return f"{EVENTS.format(event)}/door"


async def arrive(booking, event, who):
    told = location_pb2.JourneyArrived(
        journey=f"organizations/{event.organization}/journeys/{new_id()}",
        event=EVENTS.format(event),
        traveler=who,
    )
    told.arrive_time.FromDatetime(datetime.now(UTC))
    await booking.world.hear(told, subject=told.journey)


async def test_who_arrives_is_in_where_the_door_works_that_way(booking, stub, free, staff):
    guest = Name(free.organization, new_id())
    await sold(booking, free, 2, who=as_guest(guest))
    await sold(booking, free)
    organizer = await booking.world.member("ORGANIZER", free.organization)

    await arrive(booking, free, PARTICIPANTS.format(guest))
    assert (await stub.GetAttendance(attendance(free), metadata=staff)).checked_in == 0
    made = check_in_pb2.Door(name=door(free), check_in_on_arrival=True)
    hung = await stub.UpdateDoor(check_in_pb2.UpdateDoorRequest(door=made), metadata=organizer)
    for _ in range(2):
        await arrive(booking, free, PARTICIPANTS.format(guest))

    assert (hung.check_in_on_arrival, hung.etag) == (True, '"1"')
    assert (await stub.GetAttendance(attendance(free), metadata=staff)).checked_in == 2
    request = check_in_pb2.GetDoorRequest(name=door(free))
    assert await stub.GetDoor(request, metadata=staff) == hung


async def retract(booking, event, who):
    told = location_pb2.ArrivalRetracted(
        journey=f"organizations/{event.organization}/journeys/{new_id()}",
        event=EVENTS.format(event),
        traveler=who,
    )
    await booking.world.hear(told, subject=told.journey)


async def hang(booking, stub, event):
    """Has the door let in who arrives."""
    made = check_in_pb2.Door(name=door(event), check_in_on_arrival=True)
    organizer = await booking.world.member("ORGANIZER", event.organization)
    await stub.UpdateDoor(check_in_pb2.UpdateDoorRequest(door=made), metadata=organizer)


async def test_who_did_not_arrive_after_all_is_not_in(booking, stub, free, staff):
    guest = Name(free.organization, new_id())
    who = PARTICIPANTS.format(guest)
    tickets = await sold(booking, free, 2, who=as_guest(guest))
    await hang(booking, stub, free)

    await arrive(booking, free, who)
    assert (await stub.GetAttendance(attendance(free), metadata=staff)).checked_in == 2
    for _ in range(2):
        await retract(booking, free, who)

    assert (await stub.GetAttendance(attendance(free), metadata=staff)).checked_in == 0
    entered = await booking.world.facts(free.organization, "TicketCheckedIn")
    left = await booking.world.facts(free.organization, "TicketCheckInReverted")
    assert {(one.ticket, one.scan_time.ToMicroseconds()) for one in left} == {
        (one.ticket, one.scan_time.ToMicroseconds()) for one in entered
    }
    assert len(left) == 2
    # They may still come, by the door or by themselves.
    await stub.CheckInTicket(entering(free, code=tickets[0].code), metadata=staff)
    await arrive(booking, free, who)
    assert (await stub.GetAttendance(attendance(free), metadata=staff)).checked_in == 2


async def test_whom_a_person_let_in_stays_in(booking, stub, free, staff):
    guest = Name(free.organization, new_id())
    who = PARTICIPANTS.format(guest)
    one, two = await sold(booking, free, 2, who=as_guest(guest))
    await hang(booking, stub, free)
    await stub.CheckInTicket(entering(free, code=one.code), metadata=staff)
    await arrive(booking, free, who)
    # At the door they were scanned after that, without a network.
    later = scan(code=two.code)
    told = await stub.UploadScans(uploading(free, later), metadata=staff)
    assert told.scans[0].outcome == OUTCOME.OUTCOME_CONFLICT

    await retract(booking, free, who)

    assert (await stub.GetAttendance(attendance(free), metadata=staff)).checked_in == 2
    name = f"organizations/{free.organization}/scans/{later.id}"
    counted = await stub.GetScan(check_in_pb2.GetScanRequest(name=name), metadata=staff)
    assert (counted.outcome, counted.winner) == (OUTCOME.OUTCOME_ADMITTED, "")
    assert await booking.world.facts(free.organization, "TicketCheckInReverted") == []


async def test_a_door_is_changed_by_its_newest_etag_and_only_where_there_is_one(
    booking, stub, free, staff
):
    organizer = await booking.world.member("ORGANIZER", free.organization)
    made = check_in_pb2.Door(name=door(free), check_in_on_arrival=True, etag='"4"')

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await stub.UpdateDoor(check_in_pb2.UpdateDoorRequest(door=made), metadata=organizer)
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await stub.UpdateDoor(check_in_pb2.UpdateDoorRequest(door=made), metadata=staff)
    nowhere = check_in_pb2.GetDoorRequest(name=door(Name(free.organization, new_id())))
    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        await stub.GetDoor(nowhere, metadata=staff)


# --- a door that wants fresh codes


async def want_fresh(booking, stub, event):
    made = check_in_pb2.Door(name=door(event), fresh_codes=True)
    organizer = await booking.world.member("ORGANIZER", event.organization)
    return await stub.UpdateDoor(check_in_pb2.UpdateDoorRequest(door=made), metadata=organizer)


@pytest.fixture
async def fresh(booking, stub, free):
    """An event whose door takes no code that does not end."""
    hung = await want_fresh(booking, stub, free)
    assert (hung.fresh_codes, hung.check_in_on_arrival) == (True, False)
    return free


async def code_of(booking, ticket, who):
    stub = ticket_pb2_grpc.TicketServiceStub(booking.world.channel)
    request = ticket_pb2.GetTicketCodeRequest(name=f"{ticket.name}/code")
    return await stub.GetTicketCode(request, metadata=who)


async def test_only_a_fresh_code_opens_a_door_that_wants_one(booking, stub, fresh, staff):
    buyer = as_user()
    [ticket] = await sold(booking, fresh, who=buyer)

    with refused(DENIED, "CODE_STALE", ticket=ticket.name):
        await stub.CheckInTicket(entering(fresh, code=ticket.code), metadata=staff)
    code, again = [await code_of(booking, ticket, buyer) for _ in range(2)]
    assert code.expire_time.ToDatetime(UTC) - datetime.now(UTC) <= LASTING
    entered = await stub.CheckInTicket(entering(fresh, code=code.code), metadata=staff)

    assert entered.name == ticket.name
    with refused(DENIED, "ALREADY_CHECKED_IN"):
        await stub.CheckInTicket(entering(fresh, code=again.code), metadata=staff)


async def test_a_fresh_code_is_over_in_a_minute_by_the_clock_of_the_scanner(
    booking, stub, fresh, staff
):
    buyer = as_user()
    one, two = await sold(booking, fresh, 2, who=buyer)
    old = [(await code_of(booking, ticket, buyer)).code for ticket in (one, two)]
    then = scan(code=old[0])

    booking.world.clock.ahead += timedelta(minutes=3)
    with refused(DENIED, "CODE_STALE"):
        await stub.CheckInTicket(entering(fresh, code=old[0]), metadata=staff)
    told = await stub.UploadScans(uploading(fresh, then, scan(-3, code=old[1])), metadata=staff)

    # Who was scanned in time, without a network, was let in.
    assert outcomes(told) == [OUTCOME.OUTCOME_ADMITTED, OUTCOME.OUTCOME_REFUSED]
    assert told.scans[1].reason == "CODE_STALE"


async def test_a_fresh_code_of_an_earlier_issue_opens_no_door(booking, stub, tickets, fresh, staff):
    buyer = as_user()
    [ticket] = await sold(booking, fresh, who=buyer)
    before = await code_of(booking, ticket, buyer)
    await tickets.ReissueTicket(ticket_pb2.ReissueTicketRequest(name=ticket.name), metadata=buyer)

    with refused(DENIED, "CODE_REPLACED"):
        await stub.CheckInTicket(entering(fresh, code=before.code), metadata=staff)
    after = await code_of(booking, ticket, buyer)
    await stub.CheckInTicket(entering(fresh, code=after.code), metadata=staff)


async def test_where_no_door_wants_fresh_codes_they_do_not_end(booking, stub, free, staff):
    buyer = as_user()
    [ticket] = await sold(booking, free, who=buyer)

    code = await code_of(booking, ticket, buyer)

    assert (code.code, code.HasField("expire_time")) == (ticket.code, False)
    with refused(grpc.StatusCode.NOT_FOUND, "TICKET_NOT_FOUND"):
        await code_of(booking, ticket, as_user())


async def test_what_is_printed_for_such_a_door_has_no_code(booking, stub, tickets, free):
    buyer = as_user()
    [ticket] = await sold(booking, free, who=buyer)

    async def drawn(format):
        request = ticket_pb2.GetTicketDocumentRequest(name=ticket.name, format=format)
        return (await tickets.GetTicketDocument(request, metadata=buyer)).data

    before = await drawn("pdf"), await drawn("svg")
    await want_fresh(booking, stub, free)
    after = await drawn("pdf"), await drawn("svg")

    assert (b"/Subtype /Image" in before[0], b"/Subtype /Image" in after[0]) == (True, False)
    assert b"<path" in after[1]
    assert before[1] != after[1]


# --- the rules


def shown(**given: Any) -> Pass:
    values: dict[str, Any] = {
        "name": Name(GIG.organization, uuid.uuid4()),
        "booking": Name(GIG.organization, uuid.uuid4()),
        "event": GIG,
        "ticket_type": "standard",
        "code": "code",
        "holder": "users/ada",
        "state": State.VALID,
        "update_time": NOW,
    }
    return Pass(Ticket(**values | given))


@given(st.lists(st.tuples(st.integers(0, 20), st.uuids()), min_size=1, max_size=8), st.randoms())
def test_in_whatever_order_scans_are_told_the_same_one_counts(told, random):
    entries = [Entry(id, NOW + timedelta(minutes=minutes)) for minutes, id in told]
    mixed = list(entries)
    random.shuffle(mixed)

    one = two = shown()
    for entry in entries:
        one = domain.merge(one, entry)
    for entry in mixed:
        two = domain.merge(two, entry)

    assert one.entry is not None
    assert two.entry is not None
    assert (one.entry.time, one.entry.scan) == (two.entry.time, two.entry.scan)
    assert (one.entry.time, one.entry.scan) == min((e.time, e.scan) for e in entries)
