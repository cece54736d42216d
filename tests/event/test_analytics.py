"""What is told is counted once, and figures are what a recount of all rows comes to."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from services.event import inbox
from services.event.analytics import actions
from services.event.analytics.domain import EDGES, MOST_DAYS, days
from services.event.events.domain import EVENTS
from services.kit.ids import new_id
from services.kit.inbox import Heard
from services.kit.tenant import within
from services.kit.wire import civil, duration, timestamp
from tests.event.world import refused
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import analytics_pb2, event_pb2, participant_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import messaging_pb2
from turnout.payment.v1 import payment_pb2

pytestmark = pytest.mark.server

Message = messaging_pb2.Message
Participant = participant_pb2.Participant
NOON = datetime(2026, 10, 24, 12, tzinfo=UTC)


def euros(units: int) -> Any:
    return {"currency_code": "EUR", "units": units}


class Teller:
    """Tells event what the other services say of one organization."""

    def __init__(self, house: Any) -> None:
        self.house = house

    async def tell(self, fact: Any, at: datetime = NOON, id: uuid.UUID | None = None) -> None:
        heard = Heard(id or uuid.uuid4(), "", "", self.house.organization, at)
        with within(self.house.organization):
            await self.house.world.db.run(inbox.HEARS[type(fact)], fact, heard)

    async def announce(self, event: Any) -> None:
        """Has event hear its own last word of an event."""
        told = await self.house.world.facts(self.house.organization)
        kinds = (event_pb2.EventPublished, event_pb2.EventRevised)
        ours = [fact for fact in told if isinstance(fact, kinds)]
        await self.tell([f for f in ours if f.announcement.event == event.name][-1])

    async def figures(self, event: Any | None = None) -> Any:
        if event is None:
            return (await organization_analytics(self.house)).figures
        request = analytics_pb2.GetEventAnalyticsRequest(name=f"{event.name}/analytics")
        stub = self.house.world.analytics
        found = await stub.GetEventAnalytics(request, metadata=self.house.organizer)
        assert found.name == request.name
        return found.figures


async def organization_analytics(house: Any) -> Any:
    request = analytics_pb2.GetOrganizationAnalyticsRequest(name=f"{house.name}/analytics")
    return await house.world.analytics.GetOrganizationAnalytics(request, metadata=house.organizer)


@pytest.fixture
def teller(house):
    return Teller(house)


def booked(house: Any, event: Any, buyer: str, *, seats: int = 1) -> tuple[str, list[Any]]:
    """A booking, and what is told of it: held, then confirmed."""
    name = f"{house.name}/bookings/{new_id()}"
    same = {"booking": name, "event": event.name, "buyer": buyer}
    tickets = [booking_pb2.Ticket(ticket_type="standard") for _ in range(seats)]
    items = [booking_pb2.Booking.Item(ticket_type="standard", quantity=seats)]
    held = booking_pb2.BookingHeld(**same, items=items, total=euros(12 * seats))
    return name, [
        held,
        booking_pb2.BookingConfirmed(**same, tickets=tickets, total=euros(12 * seats)),
    ]


def message(house: Any, ada: Any, **given: Any) -> Any:
    values = {"recipient": ada.name, "event": ada.event, "kind": "invitation"}
    name = f"{house.name}/messages/{new_id()}"
    values |= {"message": name, "channel": Message.CHANNEL_EMAIL}
    return messaging_pb2.MessageSent(**(values | given))


def money(kind: Any, house: Any, booking: str, units: int) -> Any:
    name = f"{house.name}/payments/{new_id()}"
    return kind(payment=name, booking=booking, payer="", amount=euros(units))


async def test_the_figures_tell_what_became_of_an_event(world, house, teller):
    event = await house.published()
    ada, bob = await house.enlist(event), await house.enlist(event)
    await house.enlist(event)
    await teller.announce(event)
    for guest in (ada, bob):
        link = await house.invite(guest)
        await teller.tell(message(house, guest))
        await world.people.AnswerInvitation(
            participant_pb2.AnswerInvitationRequest(name=guest.name, answer=Participant.ANSWER_YES),
            metadata=link,
        )
    booking, (held, confirmed) = booked(house, event, ada.name)
    await teller.tell(held)
    await teller.tell(confirmed)
    await teller.tell(money(payment_pb2.PaymentCaptured, house, booking, 12))
    await teller.tell(booked(house, event, bob.name)[1][0])
    way = {"journey": f"{house.name}/journeys/{new_id()}", "event": event.name}
    way["traveler"] = ada.name
    await teller.tell(location_pb2.JourneyStarted(**way))
    there = location_pb2.JourneyArrived(
        **way,
        arrive_time=timestamp(NOON),
        lateness=duration(timedelta(minutes=6)),
        expected_time=timestamp(NOON - timedelta(minutes=2)),
    )
    await teller.tell(there)

    figures = await teller.figures(event)

    assert figures.funnel == analytics_pb2.Funnel(
        listed=3,
        invited=2,
        sent=2,
        delivered=2,
        answered=2,
        accepted=2,
        held=2,
        paid=1,
        under_way=1,
        arrived=1,
    )
    assert figures.bookings == analytics_pb2.Bookings(held=1, confirmed=1)
    entry = analytics_pb2.Capacity.Entry(ticket_type="standard", seats=5, held=1, sold=1)
    assert figures.capacity == analytics_pb2.Capacity(seats=5, held=1, sold=1, entries=[entry])
    (revenue,) = figures.revenue
    assert (revenue.captured.units, revenue.refunded.units, revenue.net.units) == (12, 0, 12)
    (day,) = figures.days
    assert (day.date.year, day.date.month, day.date.day) == (2026, 10, 24)
    assert (day.sold, day.returned, list(day.revenue)) == (1, 0, [revenue])
    (mail,) = figures.channels
    assert (mail.channel, mail.sent, mail.recipients, mail.answered) == (1, 2, 2, 2)
    late = figures.punctuality
    assert (late.arrived, late.on_time, late.estimated) == (1, 0, 1)
    assert (late.mean_lateness.seconds, late.mean_error.seconds) == (360, 120)
    (band,) = late.bands
    assert (band.at_least.seconds, band.less_than.seconds, band.arrived) == (300, 900, 1)
    whole = await organization_analytics(house)
    del figures.capacity.entries[:]
    assert (whole.figures, whole.published_events) == (figures, 1)


async def test_days_are_those_of_the_place(house, teller):
    event = await house.published()
    booking, (_, confirmed) = booked(house, event, "users/1", seats=2)
    gone = booking_pb2.BookingCancelled(booking=booking, event=event.name, buyer="users/1")
    # In Berlin it is past midnight already. The clocks are put back: the day has 25 hours.
    night = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    await teller.tell(confirmed, night)
    await teller.tell(money(payment_pb2.PaymentCaptured, house, booking, 24), night)
    await teller.tell(gone, night + timedelta(hours=24))
    refund = money(payment_pb2.PaymentRefunded, house, booking, 24)
    await teller.tell(refund, night + timedelta(hours=25))

    first, second = (await teller.figures(event)).days

    assert (first.date.day, first.sold, first.returned) == (25, 2, 2)
    assert [each.net.units for each in first.revenue] == [24]
    assert (second.date.day, second.sold, second.returned) == (26, 0, 0)
    assert [each.net.units for each in second.revenue] == [-24]


def test_no_more_than_the_last_days_are_shown():
    first = NOON.date()
    sold = [("sold on", str(first + timedelta(days=n)), 1) for n in range(MOST_DAYS + 5)]

    shown = days(reversed(sold))

    assert len(shown) == MOST_DAYS
    assert shown[-1].date == first + timedelta(days=MOST_DAYS + 4)


async def test_money_that_is_heard_of_before_its_booking_is_counted_with_it(house, teller):
    event = await house.published()
    booking, (held, confirmed) = booked(house, event, "users/1")
    await teller.tell(money(payment_pb2.PaymentCaptured, house, booking, 12))

    assert not (await teller.figures()).revenue
    await teller.tell(confirmed)
    await teller.tell(held)

    figures = await teller.figures(event)
    assert [each.captured.units for each in figures.revenue] == [12]
    assert figures.bookings == analytics_pb2.Bookings(confirmed=1)


async def test_a_fact_that_comes_again_counts_once(house, teller):
    event = await house.published()
    booking, told = booked(house, event, "users/1")
    id, captured = uuid.uuid4(), money(payment_pb2.PaymentCaptured, house, booking, 12)
    for _ in range(2):
        for fact in told:
            await teller.tell(fact)
        await teller.tell(captured, id=id)

    figures = await teller.figures(event)

    assert figures.bookings == analytics_pb2.Bookings(confirmed=1)
    assert [each.captured.units for each in figures.revenue] == [12]


async def test_a_message_that_came_back_reached_nobody(house, teller):
    event = await house.published()
    ada = await house.enlist(event)
    sent = message(house, ada)
    await teller.tell(sent)
    back = messaging_pb2.MessageFailed(
        message=sent.message,
        recipient=ada.name,
        event=event.name,
        kind="invitation",
        channel=Message.CHANNEL_EMAIL,
    )
    await teller.tell(back, NOON + timedelta(minutes=1))
    text = message(house, ada, channel=Message.CHANNEL_SMS)
    await teller.tell(text)

    figures = await teller.figures(event)

    # Of a text somebody would say that it arrived.
    assert (figures.funnel.sent, figures.funnel.delivered) == (1, 0)
    assert [(c.channel, c.sent, c.failed, c.recipients) for c in figures.channels] == [
        (Message.CHANNEL_EMAIL, 1, 1, 1),
        (Message.CHANNEL_SMS, 1, 0, 1),
    ]


async def test_who_read_a_message_is_counted_by_its_channel(house, teller):
    event = await house.published()
    ada, bob = await house.enlist(event), await house.enlist(event)
    for number, who in enumerate((ada, bob)):
        sent = message(house, who, channel=Message.CHANNEL_WHATSAPP)
        await teller.tell(sent)
        said = {"message": sent.message, "recipient": who.name, "event": event.name}
        said |= {"kind": "invitation", "channel": Message.CHANNEL_WHATSAPP}
        await teller.tell(messaging_pb2.MessageDelivered(**said), NOON + timedelta(minutes=1))
        if number == 0:
            for _ in range(2):
                await teller.tell(messaging_pb2.MessageRead(**said), NOON + timedelta(minutes=2))

    [found] = (await teller.figures(event)).channels

    assert (found.channel, found.sent, found.delivered, found.read) == (
        Message.CHANNEL_WHATSAPP,
        2,
        2,
        1,
    )


async def test_who_was_merged_was_reached_as_the_other(world, house, teller):
    event = await house.published()
    ada, twin = await house.enlist(event), await house.enlist(event)
    early, late = message(house, twin), message(house, twin, channel=Message.CHANNEL_SMS)
    await teller.tell(early)
    await world.people.MergeParticipant(
        participant_pb2.MergeParticipantRequest(name=ada.name, duplicate=twin.name),
        metadata=house.organizer,
    )
    (merged,) = await world.facts(house.organization, "ParticipantMerged")

    await teller.tell(merged)
    await teller.tell(late)

    figures = await teller.figures(event)
    assert (figures.funnel.listed, figures.funnel.sent) == (1, 1)
    assert [each.recipients for each in figures.channels] == [1, 1]


async def test_who_had_a_seat_and_did_not_come_is_absent_when_all_is_over(
    world, house, teller, clock
):
    event = await house.published()
    ada, bob, eve = [await house.enlist(event) for _ in range(3)]
    await teller.announce(event)
    for guest in (ada, bob, eve):
        await teller.tell(booked(house, event, guest.name)[1][1])
    way = {"journey": f"{house.name}/journeys/{new_id()}", "event": event.name}
    await teller.tell(location_pb2.JourneyArrived(**way, traveler=ada.name))

    async def close() -> Any:
        with within(house.organization):
            await world.db.run(actions.close, EVENTS.parse(event.name), world.clock.now())
        return (await teller.figures(event)).funnel

    assert (await close()).absent == 0
    clock.ahead = timedelta(days=40)
    assert (await close()).absent == 2
    late = {"journey": f"{house.name}/journeys/{new_id()}", "event": event.name}
    await teller.tell(location_pb2.JourneyArrived(**late, traveler=bob.name))
    funnel = (await teller.figures(event)).funnel
    assert (funnel.arrived, funnel.absent) == (2, 1)

    await teller.tell(event_pb2.EventCancelled(event=event.name))

    assert (await teller.figures(event)).funnel.absent == 0
    whole = await organization_analytics(house)
    assert (whole.published_events, whole.cancelled_events) == (0, 1)
    assert whole.figures.capacity.seats == 0


async def test_an_arrival_that_was_none_is_counted_no_more(house, teller):
    event = await house.published()
    ada = await house.enlist(event)
    await teller.announce(event)
    way = {"journey": f"{house.name}/journeys/{new_id()}", "event": event.name}
    way["traveler"] = ada.name
    early, late = (duration(timedelta(minutes=n)) for n in (-7, 7))

    async def counted(*facts: Any) -> tuple[int, list[tuple[int, int]]]:
        for fact in facts:
            await teller.tell(fact)
        figures = await teller.figures(event)
        bands = figures.punctuality.bands
        return figures.funnel.arrived, [(each.at_least.seconds, each.arrived) for each in bands]

    none = await counted(location_pb2.JourneyStarted(**way))
    arrived = await counted(location_pb2.JourneyArrived(**way, lateness=late))
    corrected = await counted(location_pb2.ArrivalCorrected(**way, lateness=early))
    retracted = await counted(location_pb2.ArrivalRetracted(**way))
    again = await counted(location_pb2.JourneyArrived(**way, lateness=late))

    assert (none[0], arrived[0], corrected[0], retracted[0], again[0]) == (0, 1, 1, 0, 1)
    assert none[1] == retracted[1]
    assert arrived[1] == again[1] != corrected[1]
    assert len(arrived[1]) == len(corrected[1]) == 1


async def test_what_is_taken_back_offers_no_seats(house, teller):
    event = await house.published()
    await teller.announce(event)
    assert (await organization_analytics(house)).published_events == 1

    await teller.tell(event_pb2.EventUnpublished(event=event.name))

    whole = await organization_analytics(house)
    assert (whole.published_events, whole.figures.capacity.seats) == (0, 0)


async def test_the_id_of_an_event_alone_will_do(world, house):
    event = await house.published()
    await house.enlist(event)
    short = f"events/{event.name.rpartition('/')[2]}/analytics"

    found = await world.analytics.GetEventAnalytics(
        analytics_pb2.GetEventAnalyticsRequest(name=short), metadata=house.organizer
    )

    assert (found.name, found.figures.funnel.listed) == (f"{event.name}/analytics", 1)


async def test_looking_who_is_absent_is_due_an_hour_after_the_end(world, house, teller):
    event = await house.published()
    await teller.announce(event)

    rows = await world.owner.execute(
        "select due_time from due where kind = %s and organization = %s",
        [actions.CLOSE, house.organization],
    )
    (due,) = await rows.fetchall()
    ends = civil(event.end_time, "end_time")
    assert due.due_time == ends + timedelta(hours=1)


async def test_there_are_no_figures_of_an_event_that_there_is_not(world, house, teller):
    nothing = f"{house.name}/events/{uuid.uuid4()}"

    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND", event=nothing):
        await teller.figures(event_pb2.Event(name=nothing))


async def test_another_organization_counts_for_itself(world, house, teller):
    await house.published()
    other = await world.house()
    await other.enlist(await other.published())

    figures = await teller.figures()

    assert figures.funnel.listed == 0


# --- a recount


async def test_figures_equal_a_recount_of_random_facts(world, house):
    chance = random.Random(7)
    events = [await house.published(days=20 + n) for n in range(3)]
    guests = [await house.enlist(chance.choice(events)) for _ in range(25)]
    told = [
        (fact, NOON + timedelta(minutes=chance.randrange(10_000)), uuid.uuid4())
        for guest in guests
        for fact in life(house, guest, chance)
    ]
    # All of it comes at least once, in any order, and several at a time.
    told += chance.choices(told, k=40)
    chance.shuffle(told)
    teller = Teller(house)
    for at in range(0, len(told), 4):
        await asyncio.gather(*(teller.tell(*each) for each in told[at : at + 4]))
    for guest in chance.sample(guests, 5):
        await world.owner.execute("delete from participants where id = %s", [id_of(guest.name)])

    for scope in (house.organization, *(id_of(event.name) for event in events)):
        assert await counted(world, scope) == await recount(world, house.organization, scope)


def life(house: Any, ada: Any, chance: random.Random) -> list[Any]:
    """Some of what may be told of somebody."""
    facts: list[Any] = []
    event = event_pb2.Event(name=ada.event)
    for _ in range(chance.randrange(3)):
        seats = chance.randrange(1, 4)
        booking, (held, confirmed) = booked(house, event, ada.name, seats=seats)
        same = {"booking": booking, "event": ada.event, "buyer": ada.name}
        facts += chance.choice(
            [
                [held],
                [held, booking_pb2.BookingLapsed(**same)],
                [held, confirmed, money(payment_pb2.PaymentCaptured, house, booking, 12 * seats)],
                [
                    held,
                    confirmed,
                    booking_pb2.BookingCancelled(**same),
                    money(payment_pb2.PaymentCaptured, house, booking, 12 * seats),
                    money(payment_pb2.PaymentRefunded, house, booking, 6 * seats),
                    money(payment_pb2.PaymentRefunded, house, booking, 6 * seats),
                ],
            ]
        )
    for _ in range(chance.randrange(3)):
        sent = message(
            house, ada, kind=chance.choice(["invitation", "ticket"]), channel=chance.randrange(1, 4)
        )
        facts.append(sent)
        if chance.random() < 0.3:
            failed = messaging_pb2.MessageFailed()
            for name in ("message", "recipient", "event", "kind", "channel"):
                setattr(failed, name, getattr(sent, name))
            facts.append(failed)
    if chance.random() < 0.7:
        way = {"journey": f"{house.name}/journeys/{new_id()}", "event": ada.event}
        way["traveler"] = ada.name
        facts.append(location_pb2.JourneyStarted(**way))
        late = timedelta(seconds=chance.randrange(-5000, 5000))
        expected = timestamp(NOON - timedelta(seconds=chance.randrange(900)))
        facts.append(
            location_pb2.JourneyArrived(
                **way,
                arrive_time=timestamp(NOON),
                lateness=duration(late),
                expected_time=chance.choice([None, expected]),
            )
        )
    return facts


def id_of(name: str) -> uuid.UUID:
    return uuid.UUID(name.rpartition("/")[2])


async def counted(world: Any, scope: uuid.UUID) -> dict[tuple[str, str], int]:
    rows = await world.owner.execute(
        "select measure, key, sum(amount)::bigint as amount from figures where scope = %s"
        " group by measure, key having sum(amount) <> 0",
        [scope],
    )
    return {(row.measure, row.key): row.amount for row in await rows.fetchall()}


async def recount(
    world: Any, organization: uuid.UUID, scope: uuid.UUID
) -> dict[tuple[str, str], int]:
    """Counts every row again, and the steps and messages that participants are read out of."""

    async def rows(table: str) -> list[Any]:
        found = await world.owner.execute(
            f"select * from {table} where organization = %s",  # noqa: S608
            [organization],
        )
        return list(await found.fetchall())

    marks: dict[uuid.UUID, set[str]] = {}
    for step in await rows("steps"):
        marks.setdefault(step.participant, set()).add(step.mark)
    messages = await rows("deliveries")
    found: Counter[tuple[str, str]] = Counter()
    for row in await rows("participants"):
        if scope in (organization, row.event):
            theirs = [each for each in messages if each.participant == row.id]
            found.update(worth_of_person(marks.get(row.id, set()), theirs))
    for table, worth in (
        ("sales", worth_of_sale),
        ("receipts", worth_of_receipt),
        ("deliveries", worth_of_delivery),
        ("arrivals", worth_of_arrival),
    ):
        for row in await rows(table):
            if row.event is not None and scope in (organization, row.event):
                found.update(worth(row))
    return {key: amount for key, amount in found.items() if amount}


def worth_of_person(marks: set[str], messages: list[Any]) -> Counter[tuple[str, str]]:
    sent = [each for each in messages if each.sent_time]
    invitations = [each for each in sent if each.kind == "invitation"]
    answered = bool(marks & {"accepted", "tentative", "declined"})
    stages = {
        "listed": True,
        "invited": "invited" in marks,
        "sent": bool(invitations),
        "delivered": any(e.channel == "email" and not e.fail_time for e in invitations),
        "answered": answered,
        "accepted": "accepted" in marks,
        "held": bool(marks & {"held", "confirmed"}),
        "paid": "confirmed" in marks,
        "under_way": "under_way" in marks,
        "arrived": "arrived" in marks,
    }
    found = Counter({("reached", stage): int(is_so) for stage, is_so in stages.items()})
    for channel in {each.channel for each in sent}:
        found["recipients", channel] += 1
        found["answered by", channel] += answered
    return found


def worth_of_sale(row: Any) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    states = {
        "cancelled": row.cancel_time,
        "confirmed": row.confirm_time,
        "lapsed": row.lapse_time,
        "held": row.hold_time,
    }
    state = next(state for state, time in states.items() if time)
    found["bookings", state] += 1
    for kind, quantity in zip(row.ticket_types, row.quantities, strict=True):
        if state in ("confirmed", "held"):
            found[{"confirmed": "sold"}.get(state, state), kind] += quantity
        if row.confirm_time:
            found["sold on", str(row.confirm_day)] += quantity
        if row.confirm_time and row.cancel_time:
            found["returned on", str(row.cancel_day)] += quantity
    return found


def worth_of_receipt(row: Any) -> Counter[tuple[str, str]]:
    day = f"{row.day} {row.currency}"
    amount = row.amount_minor
    return Counter({(row.kind, row.currency): amount, (f"{row.kind} on", day): amount})


def worth_of_delivery(row: Any) -> Counter[tuple[str, str]]:
    times = {"sent": row.sent_time, "failed": row.fail_time}
    return Counter({(what, row.channel): int(time is not None) for what, time in times.items()})


def worth_of_arrival(row: Any) -> Counter[tuple[str, str]]:
    found = Counter({("lateness", ""): row.lateness, ("on time", ""): int(row.lateness <= 0)})
    found["late", str(sum(row.lateness >= edge for edge in EDGES))] += 1
    if row.error is not None:
        found.update({("estimated", ""): 1, ("error", ""): abs(row.error), ("bias", ""): row.error})
    return found
