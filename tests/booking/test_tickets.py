"""Tickets over the wire: shown, drawn, issued anew, handed on, given back."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import jwt
import pytest

from deploy.local.service import FONT
from services.booking import domain as sale
from services.booking.domain import EVENTS
from services.booking.tickets import documents, domain
from services.booking.tickets.domain import Gathering, State, Ticket
from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from tests.booking.builders import GIG, NOW, create, offer, offers, order, ticket_type
from tests.serving import NOBODY, PARTICIPANTS, as_guest, as_user, invalid, name_of, refused
from turnout.booking.v1 import booking_pb2, ticket_pb2, ticket_pb2_grpc

pytestmark = pytest.mark.server

STATE = booking_pb2.Ticket.State
DENIED = grpc.StatusCode.FAILED_PRECONDITION


@pytest.fixture
def stub(booking):
    return ticket_pb2_grpc.TicketServiceStub(booking.world.channel)


@pytest.fixture
async def free(booking):
    """Five seats that cost nothing."""
    return await booking.on_sale(ticket_type(cents=0))


@pytest.fixture
def ada():
    return as_user()


@pytest.fixture
def bob():
    return as_user()


async def bought(booking, stub, event, who, seats=1, **given):
    """The tickets of somebody who books seats that cost nothing."""
    await booking.stub.CreateBooking(create(event, seats, **given), metadata=who)
    return list((await stub.ListTickets(listing(event), metadata=who)).tickets)


def listing(at, **given):
    return ticket_pb2.ListTicketsRequest(parent=f"organizations/{at.organization}", **given)


def get(ticket):
    return ticket_pb2.GetTicketRequest(name=ticket.name)


# --- reading


async def test_there_is_one_ticket_for_each_seat_which_its_buyer_has(booking, stub, free, ada):
    tickets = await bought(booking, stub, free, ada, 2)

    assert len({ticket.code for ticket in tickets}) == 2
    for ticket in tickets:
        assert (ticket.holder, ticket.state) == (name_of(ada), STATE.STATE_VALID)
        assert (ticket.event, ticket.ticket_type) == (EVENTS.format(free), "standard")
        assert (ticket.etag, ticket.HasField("transfer")) == ('"1"', False)
        assert await stub.GetTicket(get(ticket), metadata=ada) == ticket
    request = booking_pb2.GetBookingRequest(name=tickets[0].booking)
    whole = await booking.stub.GetBooking(request, metadata=ada)
    assert {t.code for t in whole.tickets} == {t.code for t in tickets}


async def test_a_stranger_sees_no_ticket_and_staff_sees_all(booking, stub, free, ada, bob):
    [ticket] = await bought(booking, stub, free, ada)
    staff = await booking.world.member("STAFF", free.organization)

    with refused(grpc.StatusCode.NOT_FOUND, "TICKET_NOT_FOUND", ticket=ticket.name):
        await stub.GetTicket(get(ticket), metadata=bob)
    assert not (await stub.ListTickets(listing(free), metadata=bob)).tickets
    assert await stub.GetTicket(get(ticket), metadata=staff) == ticket
    assert list((await stub.ListTickets(listing(free), metadata=staff)).tickets) == [ticket]


async def test_another_organization_sees_none(booking, stub, free, ada):
    [ticket] = await bought(booking, stub, free, ada)
    elsewhere = new_id()
    owner = await booking.world.member("OWNER", elsewhere)
    other = f"organizations/{elsewhere}/tickets/{ticket.name.rpartition('/')[2]}"

    for name in (ticket.name, other):
        with refused(grpc.StatusCode.NOT_FOUND, "TICKET_NOT_FOUND"):
            await stub.GetTicket(ticket_pb2.GetTicketRequest(name=name), metadata=owner)


async def test_lists_are_of_an_event_and_come_in_pages(booking, stub, free, ada):
    mine = await bought(booking, stub, free, ada, 3)
    other = await booking.on_sale(ticket_type(cents=0), event=Name(free.organization, new_id()))
    await booking.stub.CreateBooking(create(other), metadata=ada)

    request = listing(free, event=EVENTS.format(free), page_size=2)
    first = await stub.ListTickets(request, metadata=ada)
    request.page_token = first.next_page_token
    second = await stub.ListTickets(request, metadata=ada)

    assert [*first.tickets, *second.tickets] == mine
    assert not second.next_page_token
    with invalid("event"):
        await stub.ListTickets(listing(free, event=EVENTS.format(GIG)), metadata=ada)


# --- documents


@pytest.mark.parametrize(
    ("format", "kind", "begin"),
    [
        ("", "application/pdf", b"%PDF-"),
        ("pdf", "application/pdf", b"%PDF-"),
        ("svg", "image/svg+xml", b"<?xml"),
        ("png", "image/png", b"\x89PNG"),
    ],
)
async def test_a_ticket_can_be_drawn(booking, stub, free, ada, format, kind, begin):
    [ticket] = await bought(booking, stub, free, ada)

    request = ticket_pb2.GetTicketDocumentRequest(name=ticket.name, format=format)
    body = await stub.GetTicketDocument(request, metadata=ada)

    assert body.content_type == kind
    assert body.data.startswith(begin)


async def test_a_ticket_that_is_good_no_more_is_not_drawn(booking, stub, free, ada):
    [ticket] = await bought(booking, stub, free, ada)
    request = booking_pb2.CancelBookingRequest(name=ticket.booking)
    await booking.stub.CancelBooking(request, metadata=ada)

    with refused(DENIED, "WRONG_TICKET_STATE", state="CANCELLED"):
        drawing = ticket_pb2.GetTicketDocumentRequest(name=ticket.name)
        await stub.GetTicketDocument(drawing, metadata=ada)
    assert not (await stub.GetTicket(get(ticket), metadata=ada)).code


@pytest.mark.parametrize("font", ["", FONT], ids=["without", "with"])
def test_a_page_takes_every_name_of_an_event(font):
    value = ticket(code="x" * 300)
    for name in ("Ball", "Œuvre €", "Žižkov", "夏祭り", "🎉", ""):
        known = Gathering(name, NOW, NOW, "Europe/Berlin", "Rathaus")
        assert documents.pdf(value, known, font).startswith(b"%PDF-")
    assert documents.pdf(value, None, font).startswith(b"%PDF-")


# --- codes


async def test_the_keys_are_public_and_read_the_codes(booking, stub, free, ada):
    [ticket] = await bought(booking, stub, free, ada)

    body = await stub.GetTicketKeys(ticket_pb2.GetTicketKeysRequest(), metadata=NOBODY)

    [entry] = json.loads(body.data)["keys"]
    read = jwt.api_jws.decode(ticket.code, jwt.PyJWK(entry).key, algorithms=["EdDSA"])
    assert uuid.UUID(json.loads(read)["sub"]) == uuid.UUID(ticket.name.rpartition("/")[2])


async def test_a_ticket_that_is_issued_anew_has_another_code(booking, stub, free, ada):
    [ticket] = await bought(booking, stub, free, ada)

    request = ticket_pb2.ReissueTicketRequest(name=ticket.name, request_id=str(uuid.uuid4()))
    anew = await stub.ReissueTicket(request, metadata=ada)
    again = await stub.ReissueTicket(request, metadata=ada)

    assert again == anew
    assert anew.code != ticket.code
    assert anew.etag == '"2"'


async def test_an_organizer_issues_tickets_anew_and_staff_does_not(booking, stub, free, ada):
    [ticket] = await bought(booking, stub, free, ada)
    organizer = await booking.world.member("ORGANIZER", free.organization)
    staff = await booking.world.member("STAFF", free.organization)
    request = ticket_pb2.ReissueTicketRequest(name=ticket.name)

    assert (await stub.ReissueTicket(request, metadata=organizer)).code != ticket.code
    with refused(grpc.StatusCode.NOT_FOUND, "TICKET_NOT_FOUND"):
        await stub.ReissueTicket(request, metadata=staff)


@pytest.mark.parametrize("verb", ["Reissue", "Transfer", "Recall", "Return"])
async def test_an_old_etag_changes_nothing(booking, stub, free, ada, verb):
    [ticket] = await bought(booking, stub, free, ada)
    request = getattr(ticket_pb2, f"{verb}TicketRequest")(name=ticket.name, etag='"7"')

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await getattr(stub, f"{verb}Ticket")(request, metadata=ada)


@pytest.mark.parametrize("verb", ["Reissue", "Transfer", "Return"])
async def test_a_ticket_that_is_good_no_more_stays_as_it_is(booking, stub, free, ada, verb):
    [ticket] = await bought(booking, stub, free, ada)
    request = booking_pb2.CancelBookingRequest(name=ticket.booking)
    await booking.stub.CancelBooking(request, metadata=ada)

    with refused(DENIED, "WRONG_TICKET_STATE", ticket=ticket.name, state="CANCELLED"):
        request = getattr(ticket_pb2, f"{verb}TicketRequest")(name=ticket.name)
        await getattr(stub, f"{verb}Ticket")(request, metadata=ada)


# --- handing on


async def handed(stub, ticket, who, **given):
    """The token of an offer."""
    request = ticket_pb2.TransferTicketRequest(name=ticket.name, **given)
    offered = await stub.TransferTicket(request, metadata=who)
    return offered.transfer.token


def taking(ticket, token, **given):
    return ticket_pb2.AcceptTicketRequest(name=ticket.name, token=token, **given)


async def test_a_ticket_changes_hands_when_the_other_takes_it(booking, stub, free, ada, bob):
    [ticket] = await bought(booking, stub, free, ada)

    token = await handed(stub, ticket, ada)
    assert (await stub.GetTicket(get(ticket), metadata=ada)).holder == name_of(ada)
    taken = await stub.AcceptTicket(taking(ticket, token), metadata=bob)

    assert taken.holder == name_of(bob)
    assert taken.code != ticket.code
    assert not taken.HasField("transfer")
    assert await stub.GetTicket(get(ticket), metadata=bob) == taken
    with refused(grpc.StatusCode.NOT_FOUND, "TICKET_NOT_FOUND"):
        await stub.GetTicket(get(ticket), metadata=ada)
    [told] = await booking.world.facts(free.organization, "TicketTransferred")
    assert (told.ticket, told.giver, told.holder) == (ticket.name, name_of(ada), name_of(bob))


async def test_who_handed_a_ticket_on_sees_its_code_no_more(booking, stub, free, ada, bob):
    [ticket, kept] = await bought(booking, stub, free, ada, 2)
    await stub.AcceptTicket(taking(ticket, await handed(stub, ticket, ada)), metadata=bob)

    request = booking_pb2.GetBookingRequest(name=ticket.booking)
    seen = await booking.stub.GetBooking(request, metadata=ada)

    assert {t.name: (t.code, t.holder) for t in seen.tickets} == {
        ticket.name: ("", name_of(bob)),
        kept.name: (kept.code, name_of(ada)),
    }


async def test_a_buyer_cannot_cancel_what_others_have_and_an_organizer_can(
    booking, stub, free, ada, bob
):
    [ticket, _] = await bought(booking, stub, free, ada, 2)
    await stub.AcceptTicket(taking(ticket, await handed(stub, ticket, ada)), metadata=bob)
    request = booking_pb2.CancelBookingRequest(name=ticket.booking)

    with refused(DENIED, "TICKET_TRANSFERRED", ticket=ticket.name):
        await booking.stub.CancelBooking(request, metadata=ada)
    organizer = await booking.world.member("ORGANIZER", free.organization)
    await booking.stub.CancelBooking(request, metadata=organizer)
    assert (await stub.GetTicket(get(ticket), metadata=bob)).state == STATE.STATE_CANCELLED


async def test_an_offer_may_be_for_one_person_alone(booking, stub, free, ada, bob):
    [ticket] = await bought(booking, stub, free, ada)
    guest = Name(free.organization, new_id())
    token = await handed(stub, ticket, ada, recipient=PARTICIPANTS.format(guest))

    with refused(grpc.StatusCode.NOT_FOUND, "TRANSFER_NOT_FOUND"):
        await stub.AcceptTicket(taking(ticket, token), metadata=bob)
    taken = await stub.AcceptTicket(taking(ticket, token), metadata=as_guest(guest))
    assert taken.holder == PARTICIPANTS.format(guest)


@pytest.mark.parametrize("recipient", ["bob", "users/bob", f"organizations/{uuid.uuid4()}"])
async def test_a_recipient_is_somebody(booking, stub, free, ada, recipient):
    [ticket] = await bought(booking, stub, free, ada)

    with invalid("recipient"):
        await handed(stub, ticket, ada, recipient=recipient)


async def test_an_offer_that_is_taken_back_or_made_again_is_good_no_more(
    booking, stub, free, ada, bob
):
    [ticket] = await bought(booking, stub, free, ada)
    first = await handed(stub, ticket, ada)
    second = await handed(stub, ticket, ada)
    recalled = await stub.RecallTicket(
        ticket_pb2.RecallTicketRequest(name=ticket.name), metadata=ada
    )

    assert not recalled.HasField("transfer")
    for token in (first, second):
        with refused(grpc.StatusCode.NOT_FOUND, "TRANSFER_NOT_FOUND"):
            await stub.AcceptTicket(taking(ticket, token), metadata=bob)
    request = ticket_pb2.RecallTicketRequest(name=ticket.name)
    assert await stub.RecallTicket(request, metadata=ada) == recalled


async def test_an_offer_ends_when_the_ticket_is_issued_anew(booking, stub, free, ada, bob):
    [ticket] = await bought(booking, stub, free, ada)
    token = await handed(stub, ticket, ada)
    await stub.ReissueTicket(ticket_pb2.ReissueTicketRequest(name=ticket.name), metadata=ada)

    with refused(grpc.StatusCode.NOT_FOUND, "TRANSFER_NOT_FOUND"):
        await stub.AcceptTicket(taking(ticket, token), metadata=bob)


async def test_an_offer_ends_after_a_week(booking, stub, free, ada, bob):
    [ticket] = await bought(booking, stub, free, ada)
    token = await handed(stub, ticket, ada)
    booking.world.clock.ahead = timedelta(days=7)

    with refused(grpc.StatusCode.NOT_FOUND, "TRANSFER_NOT_FOUND"):
        await stub.AcceptTicket(taking(ticket, token), metadata=as_user(ttl=30 * 86400))


@pytest.mark.parametrize("token", ["x", "a.b", "ä"])
async def test_a_token_is_not_made_up(booking, stub, free, ada, bob, token):
    [ticket] = await bought(booking, stub, free, ada)

    with refused(grpc.StatusCode.NOT_FOUND, "TRANSFER_NOT_FOUND"):
        await stub.AcceptTicket(taking(ticket, token), metadata=bob)


async def test_a_token_is_of_one_ticket_of_one_organization(booking, stub, free, ada, bob):
    [one, two] = await bought(booking, stub, free, ada, 2)
    token = await handed(stub, one, ada)
    elsewhere = ticket_pb2.AcceptTicketRequest(
        name=f"organizations/{new_id()}/tickets/{one.name.rpartition('/')[2]}", token=token
    )

    for request in (taking(two, token), elsewhere):
        with refused(grpc.StatusCode.NOT_FOUND, "TRANSFER_NOT_FOUND"):
            await stub.AcceptTicket(request, metadata=bob)


async def test_of_many_who_take_one_ticket_one_gets_it(booking, stub, free, ada):
    [ticket] = await bought(booking, stub, free, ada)
    token = await handed(stub, ticket, ada)

    async def take():
        return await stub.AcceptTicket(taking(ticket, token), metadata=as_user())

    outcomes = await asyncio.gather(*(take() for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(one, booking_pb2.Ticket) for one in outcomes) == 1


# --- giving back


def returning(ticket):
    return ticket_pb2.ReturnTicketRequest(name=ticket.name, request_id=str(uuid.uuid4()))


async def test_one_seat_goes_back_on_sale_and_its_part_of_the_money_is_told(booking, stub, ada):
    event = await booking.on_sale(ticket_type(), ticket_type("vip", cents=10000))
    made = await booking.stub.CreateBooking(create(event, 2, more={"vip": 1}), metadata=ada)
    payment = await booking.pay(made)
    tickets = (await stub.ListTickets(listing(event), metadata=ada)).tickets
    request = returning(next(one for one in tickets if one.ticket_type == "standard"))

    after = await stub.ReturnTicket(request, metadata=ada)
    again = await stub.ReturnTicket(request, metadata=ada)

    assert again == after
    assert (after.state, after.code) == (STATE.STATE_RETURNED, "")
    assert await booking.seats(event) == (4, 0, 1)
    assert await booking.seats(event, "vip") == (4, 0, 1)
    [told] = await booking.world.facts(event.organization, "TicketReturned")
    assert (told.ticket, told.payment) == (after.name, payment)
    assert (told.amount.units, told.amount.nanos) == (12, 500_000_000)
    left = await booking.stub.GetBooking(
        booking_pb2.GetBookingRequest(name=made.name), metadata=ada
    )
    assert [(i.ticket_type, i.quantity) for i in left.items] == [("standard", 1), ("vip", 1)]
    assert left.total.units == 112
    assert len(left.tickets) == 2


async def test_a_seat_that_was_given_back_can_be_sold_again(booking, stub, free, ada, bob):
    [ticket, *_] = await bought(booking, stub, free, ada, 5)
    with refused(DENIED, "SOLD_OUT"):
        await booking.stub.CreateBooking(create(free), metadata=bob)

    await stub.ReturnTicket(returning(ticket), metadata=ada)

    assert await bought(booking, stub, free, bob)
    assert await booking.seats(free) == (0, 0, 5)


async def test_the_last_ticket_takes_its_booking_with_it(booking, stub, free, ada):
    [one, two] = await bought(booking, stub, free, ada, 2)
    await stub.ReturnTicket(returning(one), metadata=ada)

    after = await stub.ReturnTicket(returning(two), metadata=ada)

    assert after.state == STATE.STATE_RETURNED
    request = booking_pb2.GetBookingRequest(name=one.booking)
    whole = await booking.stub.GetBooking(request, metadata=ada)
    assert whole.state == booking_pb2.Booking.STATE_CANCELLED
    assert await booking.seats(free) == (5, 0, 0)
    [returned] = await booking.world.facts(free.organization, "TicketReturned")
    [cancelled] = await booking.world.facts(free.organization, "BookingCancelled")
    buyer = booking_pb2.BookingCancelled.CAUSE_BUYER
    assert (returned.cause, cancelled.cause) == (buyer, buyer)


async def test_who_was_handed_a_ticket_may_give_it_back(booking, stub, free, ada, bob):
    [ticket, _] = await bought(booking, stub, free, ada, 2)
    await stub.AcceptTicket(taking(ticket, await handed(stub, ticket, ada)), metadata=bob)

    with refused(grpc.StatusCode.NOT_FOUND, "TICKET_NOT_FOUND"):
        await stub.ReturnTicket(returning(ticket), metadata=ada)
    await stub.ReturnTicket(returning(ticket), metadata=bob)

    assert await booking.seats(free) == (4, 0, 1)


async def test_a_ticket_is_given_back_once(booking, stub, free, ada):
    [ticket, *_] = await bought(booking, stub, free, ada, 3)

    async def give():
        return await stub.ReturnTicket(returning(ticket), metadata=ada)

    outcomes = await asyncio.gather(*(give() for _ in range(6)), return_exceptions=True)

    assert sum(isinstance(one, booking_pb2.Ticket) for one in outcomes) == 1
    assert await booking.seats(free) == (3, 0, 2)


# --- the rules


def ticket(**given):
    values: dict[str, Any] = {
        "name": Name(GIG.organization, uuid.uuid4()),
        "booking": Name(GIG.organization, uuid.uuid4()),
        "event": GIG,
        "ticket_type": "standard",
        "code": "code",
        "holder": "users/ada",
        "state": State.VALID,
        "update_time": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Ticket(**values | given)


@pytest.mark.parametrize(("cents", "vip"), [(1250, 9900), (333, 1000), (0, 700), (0, 0)])
def test_the_parts_of_a_total_never_sum_to_more_than_it(cents, vip):
    market = offers(offer(price=Money("EUR", cents)), offer("vip", price=Money("EUR", vip)))
    booking = sale.hold(uuid.uuid4(), order(2, vip=2), market, NOW)
    given = 0
    for kind in ("standard", "vip", "standard"):
        left = domain.without(booking, kind, NOW)
        given += booking.total.minor - left.total.minor
        assert left.total.minor >= 0
        booking = left
    assert given + booking.total.minor == 2 * cents + 2 * vip
    assert [(i.ticket_type, i.quantity) for i in booking.items] == [("vip", 1)]
