"""What goes back by the terms of an event, and when it is called off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.money import Money
from services.payment import actions, domain
from services.payment.domain import Cause, Tier
from services.payment.event_refunds import actions as event_refunds
from services.payment.event_refunds import domain as running
from tests.payment.builders import NOW, SUCCEEDED, heard
from tests.payment.conftest import euros
from tests.serving import NOBODY, as_user, refused
from turnout.booking.v1 import booking_pb2, ticket_pb2
from turnout.event.v1 import event_pb2
from turnout.payment.v1 import event_refund_pb2, event_refund_pb2_grpc, payment_pb2, refund_pb2

Cancelled = booking_pb2.BookingCancelled
State = payment_pb2.Payment.State
Whole = event_refund_pb2.EventRefund
TIERS = (Tier(14, 10_000), Tier(3, 5_000), Tier(0, 1_000))


# --- the rule


@pytest.mark.parametrize(
    ("early", "share"),
    [
        (timedelta(days=30), 10_000),
        (timedelta(days=14), 10_000),
        (timedelta(days=14, seconds=-1), 5_000),
        (timedelta(days=3), 5_000),
        (timedelta(days=2, hours=23), 1_000),
        (timedelta(), 1_000),
        (timedelta(seconds=-1), 0),
    ],
)
def test_the_earlier_somebody_gives_seats_back_the_more_goes_back(early, share):
    paid = replace(heard(SUCCEEDED)[0], terms=TIERS)

    assert domain.share_due(paid, Cause.BUYER, NOW + early, NOW) == share


@pytest.mark.parametrize("cause", [Cause.ORGANIZER, Cause.EVENT])
def test_who_is_turned_away_gets_everything_back(cause):
    paid = replace(heard(SUCCEEDED)[0], terms=(Tier(0, 0),))

    assert domain.share_due(paid, cause, NOW + timedelta(days=1), NOW) == domain.WHOLE


def test_without_terms_everything_goes_back():
    paid, _ = heard(SUCCEEDED)

    assert domain.share_due(paid, Cause.BUYER, NOW, NOW) == domain.WHOLE


@pytest.mark.parametrize(("minor", "share", "given"), [(999, 5_000, 500), (1, 4_999, 0), (0, 1, 0)])
def test_a_share_is_rounded_to_the_nearest_cent(minor, share, given):
    assert domain.part(Money("EUR", minor), share) == Money("EUR", given)


@pytest.mark.parametrize(
    ("running_", "pending", "left", "state"),
    [
        (True, 0, 0, running.State.RUNNING),
        (False, 1, 0, running.State.RUNNING),
        (False, 0, 1, running.State.INCOMPLETE),
        (False, 0, 0, running.State.DONE),
    ],
)
def test_an_event_is_done_when_nothing_is_left(running_, pending, left, state):
    run = running.Run(heard(SUCCEEDED)[0].name, new_id(), running=running_, create_time=NOW)
    tally = running.Tally(3, pending, 0, left, (), ())

    assert running.state(run, tally) is state


# --- served


async def announce(payment, organization, *, days=7.0, tiers=((3, 5000),)):
    """An event that begins in so many days; gives its name."""
    event = f"organizations/{organization}/events/{new_id()}"
    said = event_pb2.Announcement(event=event, display_name="Gala")
    said.start_time.FromDatetime(datetime.now() + timedelta(days=days))  # noqa: DTZ005 - far off
    said.refund_policy.tiers.extend(
        event_pb2.RefundPolicy.Tier(days_before=before, refund_basis_points=share)
        for before, share in tiers
    )
    await payment.world.hear(event_pb2.EventPublished(announcement=said), subject=event)
    return event


async def sold(payment, event, *, cents=2500, method="pm_card_visa", organization=None):
    """A booking of the event that is paid."""
    held = await payment.held(organization, cents=cents, event=event)
    paid = await payment.pay(held, method)
    total = euros(cents)
    await payment.tell(booking_pb2.BookingConfirmed, held, event=event, total=total)
    return held, paid


async def gone(payment, organization):
    return sorted((row.amount_minor, row.progress) for row in await payment.refunds(organization))


@pytest.mark.server
@pytest.mark.parametrize(
    ("cause", "back"), [(Cancelled.CAUSE_BUYER, 1250), (Cancelled.CAUSE_ORGANIZER, 2500)]
)
async def test_a_cancelled_booking_goes_back_by_the_terms(payment, cause, back):
    organization = new_id()
    event = await announce(payment, organization)
    held, paid = await sold(payment, event, organization=organization)

    await payment.tell(Cancelled, held, event=event, cause=cause)
    await payment.work(organization)

    assert await gone(payment, organization) == [(back, "succeeded")]
    found = await payment.read(held, paid)
    assert found.refunded_amount == euros(back)
    assert found.state == (State.STATE_REFUNDED if back == 2500 else State.STATE_SUCCEEDED)


@pytest.mark.server
async def test_who_is_too_late_gets_nothing_back(payment):
    organization = new_id()
    event = await announce(payment, organization, days=2)
    held, paid = await sold(payment, event, organization=organization)

    await payment.tell(Cancelled, held, event=event, cause=Cancelled.CAUSE_BUYER)
    await payment.work(organization)

    assert await gone(payment, organization) == []
    assert (await payment.read(held, paid)).state == State.STATE_SUCCEEDED


@pytest.mark.server
async def test_terms_that_change_later_do_not_hold_for_who_paid_before(payment):
    organization = new_id()
    event = await announce(payment, organization, tiers=((0, 10_000),))
    held, _ = await sold(payment, event, organization=organization)
    said = event_pb2.Announcement(event=event, display_name="Gala")
    said.start_time.FromDatetime(datetime.now() + timedelta(days=7))  # noqa: DTZ005 - far off
    said.refund_policy.tiers.add(days_before=0, refund_basis_points=0)
    await payment.world.hear(event_pb2.EventRevised(announcement=said), subject=event)

    await payment.tell(Cancelled, held, event=event, cause=Cancelled.CAUSE_BUYER)
    await payment.work(organization)

    assert await gone(payment, organization) == [(2500, "succeeded")]


@pytest.mark.server
async def test_one_seat_and_then_the_others_go_back_by_the_terms(payment):
    organization = new_id()
    event = await announce(payment, organization)
    held, paid = await sold(payment, event, cents=5000, organization=organization)

    returned = ticket_pb2.TicketReturned(
        booking=held.name, payment=paid.name, amount=euros(2000), cause=Cancelled.CAUSE_BUYER
    )
    await payment.world.hear(returned, subject=held.name)
    await payment.tell(Cancelled, held, event=event, cause=Cancelled.CAUSE_BUYER)
    await payment.work(organization)

    assert await gone(payment, organization) == [(1000, "succeeded"), (1500, "succeeded")]


# --- an event that is called off


async def call_off(payment, event):
    await payment.world.hear(event_pb2.EventCancelled(event=event), subject=event)


def named(event):
    return event.replace("/events/", "/eventRefunds/")


@pytest.fixture
def stub(payment):
    return event_refund_pb2_grpc.EventRefundServiceStub(payment.world.channel)


async def read(payment, stub, event):
    organization = event.split("/")[1]
    finance = await payment.world.member("FINANCE", organization)
    request = event_refund_pb2.GetEventRefundRequest(name=named(event))
    return await stub.GetEventRefund(request, metadata=finance)


@pytest.mark.server
async def test_all_that_was_paid_for_an_event_goes_back_and_one_sees_how_far_it_is(payment, stub):
    organization = new_id()
    event = await announce(payment, organization, tiers=((0, 0),))
    paid = [await sold(payment, event, organization=organization) for _ in range(3)]
    other = await announce(payment, organization)
    await sold(payment, other, cents=700, organization=organization)

    await call_off(payment, event)
    begun = await read(payment, stub, event)
    await payment.work(organization, event_refunds.REFUND_EVENT)
    under_way = await read(payment, stub, event)
    for held, _ in paid:
        await payment.tell(Cancelled, held, event=event, cause=Cancelled.CAUSE_EVENT)
    await payment.work(organization)
    done = await read(payment, stub, event)

    assert (begun.state, begun.open_count) == (Whole.STATE_RUNNING, 3)
    assert (under_way.state, under_way.pending_count) == (Whole.STATE_RUNNING, 3)
    assert (done.state, done.payment_count, done.refunded_count) == (Whole.STATE_DONE, 3, 3)
    assert (list(done.paid_amounts), list(done.refunded_amounts)) == ([euros(7500)], [euros(7500)])
    assert done.event == event
    assert done.HasField("finish_time")
    assert await gone(payment, organization) == [(2500, "succeeded")] * 3


@pytest.mark.server
async def test_giving_back_goes_on_where_it_was(payment, stub):
    """However it is cut into transactions, and although the same work is done twice."""
    organization = new_id()
    event = await announce(payment, organization)
    for _ in range(3):
        await sold(payment, event, organization=organization)
    await call_off(payment, event)
    name = domain.EVENTS.parse(event, "event")

    for _ in range(3):
        with payment.world.at_work(organization):
            await payment.world.db.run(event_refunds.go_on, name, NOW, 2)
    await payment.work(organization, event_refunds.REFUND_EVENT)
    await payment.work(organization)

    assert (await read(payment, stub, event)).state == Whole.STATE_DONE
    assert await gone(payment, organization) == [(2500, "succeeded")] * 3


@pytest.mark.server
async def test_what_cannot_go_back_is_tried_again_when_somebody_asks(payment, stub):
    organization = new_id()
    event = await announce(payment, organization)
    method = "pm_card_visa_refundDeclined"
    await sold(payment, event, method=method, organization=organization)
    await call_off(payment, event)
    await payment.work(organization, event_refunds.REFUND_EVENT)
    await payment.work(organization)
    stuck = await read(payment, stub, event)
    finance = await payment.world.member("FINANCE", organization)

    request = event_refund_pb2.RetryEventRefundRequest(name=named(event))
    again = await stub.RetryEventRefund(request, metadata=finance)
    await payment.work(organization, event_refunds.REFUND_EVENT)
    await payment.work(organization, actions.REFUND)

    assert (stuck.state, stuck.open_count) == (Whole.STATE_INCOMPLETE, 1)
    assert again.state == Whole.STATE_RUNNING
    assert len(await payment.refunds(organization)) == 2


@pytest.mark.server
async def test_who_looks_after_the_money_lists_what_goes_back(payment, stub):
    organization = new_id()
    events = sorted([await announce(payment, organization) for _ in range(3)])
    for event in events:
        await call_off(payment, event)
    viewer = await payment.world.member("FINANCE", organization)
    parent = f"organizations/{organization}"

    request = event_refund_pb2.ListEventRefundsRequest(parent=parent, page_size=2)
    first = await stub.ListEventRefunds(request, metadata=viewer)
    request.page_token = first.next_page_token
    second = await stub.ListEventRefunds(request, metadata=viewer)

    found = [each.event for each in (*first.event_refunds, *second.event_refunds)]
    assert found == events
    assert second.next_page_token == ""


@pytest.mark.server
async def test_nobody_else_sees_or_touches_what_goes_back(payment, stub):
    organization = new_id()
    event = await announce(payment, organization)
    await call_off(payment, event)
    get = event_refund_pb2.GetEventRefundRequest(name=named(event))
    retry = event_refund_pb2.RetryEventRefundRequest(name=named(event))
    viewer = await payment.world.member("ORGANIZER", organization)

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await stub.GetEventRefund(get, metadata=as_user())
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await stub.RetryEventRefund(retry, metadata=viewer)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await stub.GetEventRefund(get, metadata=NOBODY)
    ghost = event_refund_pb2.GetEventRefundRequest(
        name=f"organizations/{organization}/eventRefunds/{new_id()}"
    )
    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_REFUND_NOT_FOUND"):
        await stub.GetEventRefund(ghost, metadata=viewer)


@pytest.mark.server
async def test_a_refund_says_that_the_event_was_called_off(payment, stub):
    organization = new_id()
    event = await announce(payment, organization)
    _, paid = await sold(payment, event, organization=organization)
    await call_off(payment, event)
    await payment.work(organization, event_refunds.REFUND_EVENT)
    finance = await payment.world.member("FINANCE", organization)

    request = refund_pb2.ListRefundsRequest(
        parent=f"organizations/{organization}", payment=paid.name
    )
    [refund] = (await payment.refund_stub.ListRefunds(request, metadata=finance)).refunds

    assert refund.reason == refund_pb2.Refund.REASON_EVENT_CANCELLED
