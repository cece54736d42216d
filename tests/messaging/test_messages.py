from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from services.kit import links
from services.kit.secrets import derive
from services.messaging.notices import domain
from services.messaging.templates.rendering import LEFT_OUT
from tests import estates
from tests.messaging.world import LINK
from tests.serving import NOBODY, SECRET, as_user, invalid, refused
from turnout.auth.v1 import auth_pb2, organization_pb2
from turnout.booking.v1 import booking_pb2, waitlist_pb2
from turnout.event.v1 import attendee_pb2, event_pb2, participant_pb2, task_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import messaging_pb2
from turnout.payment.v1 import invoice_pb2, payment_pb2, refund_pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message


@pytest.fixture
def clock(world):
    yield world.clock
    world.clock.ahead = timedelta()


def listing(club, **filters):
    return messaging_pb2.ListMessagesRequest(parent=club.name, **filters)


def arrived(club, traveler):
    journey = f"{club.name}/journeys/{uuid.uuid4()}"
    return location_pb2.JourneyArrived(journey=journey, event=club.event, traveler=traveler)


# --- what is written to whom


async def test_an_invited_person_gets_an_invitation(club):
    ada = await club.invite()

    (message,) = await club.messages()

    assert (message.recipient, message.address) == (ada, "ada@example.org")
    assert (message.kind, message.channel) == ("invitation", M.CHANNEL_EMAIL)
    assert message.state == M.STATE_QUEUED
    assert message.event == club.event
    assert message.subject == "Winter Gig: will you come?"
    assert "Alte Halle, Kastanienallee 1, Berlin" in message.body
    assert (message.provider, message.failure_reason, message.etag) == ("", "", '"1"')
    assert not message.HasField("send_time")


async def test_who_has_no_address_but_a_phone_gets_a_text_message(club):
    await club.invite(email="", phone="+491701234567", language_code="de")

    (message,) = await club.messages()

    assert (message.channel, message.address) == (M.CHANNEL_SMS, "+491701234567")
    assert message.subject == ""
    assert message.body.startswith("The Club lädt dich ein: Winter Gig")


async def test_the_link_is_sent_and_never_shown(world, club):
    ada = await club.invite()
    (queued,) = await club.messages()
    (sent,) = await club.send()

    for message in (queued, sent):
        assert LINK not in message.body
        assert LEFT_OUT in message.body
    assert LINK + ada[-36:] in world.written(club)[0]["body"]


async def test_no_link_and_no_code_is_in_the_database(world, club):
    buyer = await club.invite()
    await club.hear(club.confirmed(buyer, "the-code-at-the-door"))
    stranger = f"{club.name}/participants/{uuid.uuid4()}"
    await club.hear(club.confirmed(stranger, "the-code-at-the-door"))

    for table in ("messages", "participants", "waiting"):
        rows = await (await world.owner.execute(f"select t::text from {table} t")).fetchall()  # noqa: S608
        for secret in (LINK, "the-code-at-the-door"):
            assert not any(secret in row.t or secret.encode().hex() in row.t for row in rows)


async def test_being_invited_again_brings_another_message(club):
    ada = await club.invite()
    await club.hear(club.invitation(ada, email="new@example.org"), ada)

    first, second = await club.messages()

    assert (first.address, second.address) == ("ada@example.org", "new@example.org")


async def test_many_are_invited_in_one_transaction(world, club):
    names = [f"{club.name}/participants/{uuid.uuid4()}" for _ in range(6)]
    changes = [{"email": f"guest-{n}@example.org"} for n in range(4)]
    changes += [{"email": "", "phone": "+491701234567"}, {"email": ""}]
    facts = [
        (club.invitation(name, **change), name) for name, change in zip(names, changes, strict=True)
    ]

    await world.hear_together(facts)

    found = {message.recipient: message for message in await club.messages()}
    assert [found[name].address for name in names[:4]] == [c["email"] for c in changes[:4]]
    assert (found[names[4]].channel, found[names[5]].channel) == (M.CHANNEL_SMS, 0)
    assert [found[name].state for name in names] == [M.STATE_QUEUED] * 5 + [M.STATE_FAILED]
    await club.send()
    said = {line["to"]: line["body"] for line in world.written(club)}
    assert all(
        LINK + name[-36:] in said[c["email"]]
        for name, c in zip(names[:4], changes[:4], strict=True)
    )


async def test_of_many_who_are_invited_the_latest_address_counts(world, club):
    ada = f"{club.name}/participants/{uuid.uuid4()}"
    elsewhere = club.invitation(ada, event=f"{club.name}/events/{uuid.uuid4()}")
    facts = [club.invitation(ada), elsewhere, club.invitation(ada, email="new@example.org")]

    await world.hear_together([(fact, ada) for fact in facts])

    # What speaks of an event that nobody has heard of waits.
    assert [each.event for each in await club.messages()] == [club.event] * 2
    await club.hear(club.confirmed(ada, "code"))
    assert (await club.messages())[-1].address == "new@example.org"
    assert len(await world.due("tell", club.id)) == 1


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (booking_pb2.BookingLapsed, "lapsed"),
        (booking_pb2.BookingCancelled, "cancelled"),
        (booking_pb2.BookingRefused, "sold-out"),
    ],
)
async def test_buyers_hear_what_becomes_of_their_seats(club, fact, kind):
    ada = await club.invite()

    await club.hear(fact(event=club.event, buyer=ada))

    message = (await club.messages())[-1]
    assert (message.kind, message.recipient, message.event) == (kind, ada, club.event)


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (attendee_pb2.AttendeeReleased, "cancelled"),
        (attendee_pb2.AttendeeMoved, "moved"),
    ],
)
async def test_who_is_coming_hears_what_becomes_of_the_event(club, fact, kind):
    ada = await club.invite()
    await club.hear(event_pb2.EventCancelled(event=club.event, reason="storm"))

    await club.hear(fact(event=club.event, attendee=ada))

    message = (await club.messages())[-1]
    assert (message.kind, message.recipient, message.event) == (kind, ada, club.event)
    if kind == "moved":
        assert "Alte Halle" in message.body
    else:
        assert "Winter Gig is called off: storm\n" in message.body


async def test_who_waits_hears_that_a_seat_is_held_for_them(world, club):
    ada = await club.invite()
    offered = waitlist_pb2.WaitlistSeatsOffered(event=club.event, person=ada)
    offered.expire_time.FromDatetime(datetime(2026, 12, 1, 17, 0, tzinfo=UTC))

    await club.hear(offered)

    message = (await club.messages())[-1]
    assert (message.kind, message.recipient, message.event) == ("offer", ada, club.event)
    assert "held for you until Tue 01 Dec 2026, 18:00." in message.body
    await club.send()
    assert LINK + ada[-36:] in world.written(club)[-1]["body"]


async def test_a_buyer_gets_the_ticket(world, club):
    ada = await club.invite()

    await club.hear(club.confirmed(ada, "code-1", "code-2"))

    await club.send()
    said = {line["subject"]: line for line in world.written(club)}
    ticket = said["Winter Gig: your tickets"]
    assert "code-1\ncode-2\n" in ticket["body"]
    assert LINK + ada[-36:] in ticket["body"]


async def test_a_user_who_buys_gets_the_ticket(world, club):
    bob = await world.register()

    await club.hear(club.confirmed(bob, "code-1"))

    (message,) = await club.messages()
    assert (message.recipient, message.address) == (bob, "bob@example.org")
    assert message.body.startswith("Hello Bob,")


async def test_who_paid_hears_of_the_refund(club):
    ada, booking = await club.invite(), club.booking()
    await club.hear(booking_pb2.BookingHeld(booking=booking, event=club.event, buyer=ada))
    refund = payment_pb2.PaymentRefunded(booking=booking, payer=ada)
    refund.amount.currency_code, refund.amount.units, refund.amount.nanos = "EUR", 12, 500_000_000

    await club.hear(refund)

    message = (await club.messages())[-1]
    assert (message.kind, message.event) == ("refund", club.event)
    assert "12.50 EUR for Winter Gig" in message.body


async def test_who_paid_hears_of_the_receipt(world, club):
    ada, booking = await club.invite(), club.booking()
    await club.hear(booking_pb2.BookingHeld(booking=booking, event=club.event, buyer=ada))
    invoice = f"{club.name}/invoices/{uuid.uuid4()}"
    told = invoice_pb2.InvoiceIssued(
        invoice=invoice,
        number="2026-000007",
        booking=booking,
        payer=ada,
        kind=invoice_pb2.Invoice.KIND_INVOICE,
    )
    told.total.currency_code, told.total.units = "EUR", 12
    until = datetime(2100, 1, 1, tzinfo=UTC)
    told.link_expire_time.FromDatetime(until)

    await club.hear(told)
    told.kind = invoice_pb2.Invoice.KIND_CREDIT_NOTE
    await club.hear(told)

    [message] = [each for each in await club.messages() if each.kind == "receipt"]
    assert (message.kind, message.subject) == ("receipt", "Winter Gig: your receipt 2026-000007")
    assert LEFT_OUT in message.body
    await club.send()
    [letter] = [each for each in world.written(club) if "receipt" in each["body"]]
    [token] = re.findall(r"/api/v1/receipts/(\S+)", letter["body"])
    assert token not in message.body
    link = links.verify(derive(SECRET, "links"), token, until - timedelta(seconds=1))
    assert (link.subject, link.purpose, link.expire_time) == (invoice, "receipt", until)


async def test_who_paid_too_late_hears_that_all_of_it_goes_back(club):
    ada = await club.invite()

    await club.hear(booking_pb2.BookingForfeited(event=club.event, buyer=ada))

    message = (await club.messages())[-1]
    assert (message.kind, message.recipient, message.event) == ("forfeited", ada, club.event)
    assert "You get all of it back" in message.body


@pytest.mark.parametrize(
    ("roles", "told"),
    [(["OWNER", "FINANCE", "FINANCE", "STAFF"], [1, 2]), (["OWNER", "ADMIN"], [0])],
)
async def test_who_looks_after_the_money_hears_of_a_refund_that_failed(world, club, roles, told):
    people = [await world.register() for _ in roles]
    for person, role in zip(people, roles, strict=True):
        await world.owner.execute(
            'insert into members (organization, "user", role) values (%s, %s, %s)',
            [club.id, uuid.UUID(person[6:]), f"ROLE_{role}"],
        )
    booking = club.booking()
    await club.hear(booking_pb2.BookingHeld(booking=booking, event=club.event, buyer=people[0]))
    failed = refund_pb2.RefundFailed(booking=booking, payer=people[0], reason="card expired")
    failed.amount.currency_code, failed.amount.units = "EUR", 12

    await club.hear(failed)

    found = [m for m in await club.messages() if m.kind == "refund-failed"]
    assert sorted(m.recipient for m in found) == sorted(people[i] for i in told)
    for message in found:
        assert "12.00 EUR for Winter Gig could not be given back (card expired)" in message.body


async def test_the_organization_hears_who_arrives(club):
    ada = await club.invite()
    arrival = arrived(club, ada)
    arrival.arrive_time.FromJsonString("2026-12-21T18:35:00Z")
    arrival.lateness.FromSeconds(300)

    await club.hear(arrival)

    message = (await club.messages())[-1]
    assert (message.kind, message.recipient) == ("arrival", club.name)
    assert message.address == "club@example.org"
    assert message.body == "Ada arrived at Winter Gig on Mon 21 Dec 2026, 19:35, 5 min late.\n"


async def test_the_organization_hears_who_is_not_there_after_all(club):
    ada = await club.invite()
    told = arrived(club, ada)
    await club.hear(told)

    await club.hear(
        location_pb2.ArrivalRetracted(journey=told.journey, event=club.event, traveler=ada)
    )

    message = (await club.messages())[-1]
    assert (message.kind, message.recipient) == ("no-arrival", club.name)
    assert message.subject == "Winter Gig: Ada has not arrived yet"


async def test_an_organization_that_wants_to_hear_nothing_hears_nothing(world, club):
    ada = await club.invite()
    await club.hear(
        organization_pb2.OrganizationChanged(organization=club.name, display_name="The Club")
    )

    await club.hear(arrived(club, ada))

    assert [message.kind for message in await club.messages()] == ["invitation"]


async def test_messages_speak_of_the_event_as_it_is_now(club):
    ada = await club.invite()
    revised = event_pb2.Announcement(event=club.event, display_name="Summer Gig")
    revised.start_time.GetCurrentTime()
    await club.hear(event_pb2.EventRevised(announcement=revised))
    await club.hear(event_pb2.EventCancelled(event=club.event, reason="storm"))

    await club.hear(booking_pb2.BookingCancelled(event=club.event, buyer=ada))

    message = (await club.messages())[-1]
    assert message.subject == "Summer Gig is called off"
    assert "Summer Gig is called off: storm\n" in message.body


# --- facts in any order


async def test_a_message_waits_for_the_event_and_the_person_it_speaks_of(world):
    late = await world.club()
    late.event_id = uuid.uuid4()
    buyer = f"{late.name}/participants/{uuid.uuid4()}"
    await late.hear(late.confirmed(buyer, "code-1"))
    assert await late.messages() == []

    await world.do_all("tell", late.id)
    assert await late.messages() == []
    await late.publish("Late Gig")
    await late.hear(late.invitation(buyer), buyer)
    await world.do_all("tell", late.id)

    assert {message.subject for message in await late.messages()} == {
        "Late Gig: will you come?",
        "Late Gig: your ticket",
    }
    assert await world.due("tell", late.id) == []


async def test_a_message_to_nobody_fails_after_a_while_and_says_so(world, club, clock):
    stranger = f"{club.name}/participants/{uuid.uuid4()}"
    await club.hear(club.confirmed(stranger, "code-1"))
    clock.ahead = domain.PATIENCE

    await world.do_all("tell", club.id)

    (message,) = await club.messages()
    assert (message.state, message.channel) == (M.STATE_FAILED, M.CHANNEL_UNSPECIFIED)
    assert message.failure_reason == domain.NO_ADDRESS
    (told,) = await world.facts(club.id, "MessageFailed")
    assert (told.message, told.recipient, told.reason) == (
        message.name,
        stranger,
        domain.NO_ADDRESS,
    )
    assert await world.due("send", club.id) == []


async def test_what_is_never_heard_of_is_called_what_it_is(world, club, clock):
    stranger = f"{club.name}/participants/{uuid.uuid4()}"
    arrival = arrived(club, stranger)
    arrival.arrive_time.FromJsonString("2026-12-21T18:30:00Z")
    await club.hear(arrival)
    clock.ahead = domain.PATIENCE

    await world.do_all("tell", club.id)

    (message,) = await club.messages()
    assert message.subject == "Winter Gig: Somebody has arrived"


# --- reading


async def test_a_message_is_read_by_who_may(world, club):
    await club.invite()
    (message,) = await club.messages()
    request = messaging_pb2.GetMessageRequest(name=message.name)

    for role in ("OWNER", "ADMIN", "ORGANIZER"):
        member = await world.member(role, club.id)
        assert await world.stub.GetMessage(request, metadata=member) == message
    for role in ("FINANCE", "STAFF", "VIEWER"):
        member = await world.member(role, club.id)
        with refused(
            grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED", permission="MESSAGES_READ"
        ):
            await world.stub.GetMessage(request, metadata=member)
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await world.stub.ListMessages(listing(club), metadata=member)


async def test_messages_are_for_who_is_signed_in(world, club):
    request = messaging_pb2.GetMessageRequest(name=f"{club.name}/messages/{uuid.uuid4()}")

    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.stub.GetMessage(request, metadata=NOBODY)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED"):
        await world.stub.GetMessage(request, metadata=as_user(ttl=-1))
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.stub.ListMessages(listing(club), metadata=NOBODY)


async def test_another_organization_sees_no_message(world, club):
    await club.invite()
    (message,) = await club.messages()
    other = await world.club()
    stranger = await world.member("OWNER", other.id)
    id = message.name.rpartition("/")[2]

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await world.stub.GetMessage(
            messaging_pb2.GetMessageRequest(name=message.name), metadata=stranger
        )
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await world.stub.ListMessages(listing(club), metadata=stranger)
    mixed = f"{other.name}/messages/{id}"
    with refused(grpc.StatusCode.NOT_FOUND, "MESSAGE_NOT_FOUND", name=mixed):
        await world.stub.GetMessage(messaging_pb2.GetMessageRequest(name=mixed), metadata=stranger)
    assert await other.messages(event=club.event) == []
    assert await other.messages(recipient=message.recipient) == []


async def test_messages_are_listed_by_event_and_by_recipient(club):
    ada, bob = await club.invite(), await club.invite(display_name="Bob")
    first_event, club.event_id = club.event, uuid.uuid4()
    await club.publish()
    await club.hear(club.invitation(ada), ada)

    assert [m.recipient for m in await club.messages(event=first_event)] == [ada, bob]
    assert [m.event for m in await club.messages(recipient=ada)] == [first_event, club.event]
    assert len(await club.messages(recipient=ada, event=club.event)) == 1
    assert await club.messages(recipient=bob, event=club.event) == []
    assert len(await club.messages()) == 3


async def test_a_list_goes_on_where_it_ended(world, club):
    people = [await club.invite() for _ in range(5)]
    member = await world.member("OWNER", club.id)

    found, token = [], ""
    for _ in range(3):
        page = await world.stub.ListMessages(
            listing(club, page_size=2, page_token=token), metadata=member
        )
        found += [message.recipient for message in page.messages]
        token = page.next_page_token

    assert found == people
    assert not token
    page = await world.stub.ListMessages(listing(club, page_size=2), metadata=member)
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH", field="page_token"):
        await world.stub.ListMessages(
            listing(club, page_token=page.next_page_token, recipient=people[0]), metadata=member
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"parent": "clubs/1"}, "parent"),
        ({"parent": ""}, "parent"),
        ({"event": "gigs/1"}, "event"),
        ({"recipient": "r" * 201}, "recipient"),
        ({"page_token": "made up"}, "page_token"),
        ({"page_size": -1}, "page_size"),
    ],
)
async def test_a_malformed_list_is_pointed_at(world, club, changes, field):
    member = await world.member("OWNER", club.id)
    request = messaging_pb2.ListMessagesRequest(**{"parent": club.name} | changes)

    with invalid(field):
        await world.stub.ListMessages(request, metadata=member)


@pytest.mark.parametrize("name", ["", "messages/1", "organizations/1/messages/1"])
async def test_a_malformed_name_is_pointed_at(world, club, name):
    member = await world.member("OWNER", club.id)

    with invalid("name"):
        await world.stub.GetMessage(messaging_pb2.GetMessageRequest(name=name), metadata=member)


async def test_an_unknown_message_is_not_found(world, club):
    member = await world.member("OWNER", club.id)
    name = f"{club.name}/messages/{uuid.uuid4()}"

    with refused(grpc.StatusCode.NOT_FOUND, "MESSAGE_NOT_FOUND", name=name):
        await world.stub.GetMessage(messaging_pb2.GetMessageRequest(name=name), metadata=member)


# --- people


async def test_a_person_is_written_to_by_the_name_they_have_now(world, club):
    bob = await world.register()
    changed = auth_pb2.UserChanged(user=bob, display_name="Robert", email="bob@example.org")
    await world.hear(changed, subject=bob)

    await club.hear(club.confirmed(bob))

    (message,) = await club.messages()
    assert message.body.startswith("Hello Robert,")


async def test_who_deleted_their_account_is_forgotten(world):
    bob = await world.register()

    for _ in range(2):
        await world.hear(auth_pb2.UserDeleted(user=bob), subject=bob)

    id = uuid.UUID(bob.removeprefix("users/"))
    rows = await world.owner.execute("select * from users where id = %s", [id])
    assert await rows.fetchall() == []


async def test_a_guest_is_written_to_where_they_are_reached_now(club):
    ada = await club.invite()
    changed = participant_pb2.ParticipantChanged(
        participant=ada, event=club.event, display_name="Ada L.", phone="+491701234567"
    )
    stranger = participant_pb2.ParticipantChanged(
        participant=f"{club.name}/participants/{uuid.uuid4()}", display_name="Bob"
    )
    for fact in (changed, stranger):
        await club.hear(fact, fact.participant)

    await club.hear(club.confirmed(ada))

    message = (await club.messages())[-1]
    assert (message.address, message.channel) == ("+491701234567", M.CHANNEL_SMS)


async def test_what_was_written_to_a_deleted_account_is_forgotten_everywhere(world, club):
    bob, carol = await world.register(), await world.register("Carol")
    other = await world.club()
    for each in (club, other):
        await each.hear(each.confirmed(bob, "code-1"))
        await each.hear(each.confirmed(carol, "code-2"))
    await club.send()

    await world.hear(auth_pb2.UserDeleted(user=bob), subject=bob)
    for each in (club, other):
        await world.do_all("erase", each.id)

    sent, kept = {m.recipient: m for m in await club.messages()}, await other.messages()
    waiting = {m.recipient: m for m in kept}
    assert (sent[bob].address, sent[bob].subject, sent[bob].body) == ("", "", "")
    assert sent[bob].state == messaging_pb2.Message.STATE_SENT
    assert waiting[bob].state == messaging_pb2.Message.STATE_FAILED
    assert waiting[bob].failure_reason == "the account of the recipient was deleted"
    assert {m.address for m in (sent[carol], waiting[carol])} == {"bob@example.org"}
    await other.send()
    assert [line["message"] for line in world.written(other)] == [waiting[carol].name]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("CONFIRMATION", "heard yet"), ("REMINDER", "remind you"), ("THANKS", "thank you")],
)
async def test_who_is_to_be_told_something_of_an_event_is_told(club, kind, words):
    name = f"{club.name}/participants/{uuid.uuid4()}"
    fact = task_pb2.ParticipantNotified(
        participant=name,
        event=club.event,
        kind=f"KIND_{kind}",
        display_name="Ada",
        email="ada@example.org",
        link=LINK,
    )

    await club.hear(fact, name)

    (message,) = await club.messages(recipient=name)
    assert (message.kind, message.address) == (kind.lower(), "ada@example.org")
    assert words in message.body
    assert LINK not in message.body


async def test_of_a_deleted_organization_no_message_stays(world):
    clubs = [await world.club() for _ in range(2)]
    for each in clubs:
        await each.hear(each.confirmed(await each.invite()))
        await each.send()
    gone, kept = [each.id for each in clubs]
    before = await estates.rows(world.db, world.owner, kept)

    await estates.erase(world.db, gone)

    assert before.keys() >= {"messages", "participants"}
    assert await estates.rows(world.db, world.owner, gone) == {}
    assert await estates.rows(world.db, world.owner, kept) == before
