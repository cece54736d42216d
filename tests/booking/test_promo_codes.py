"""Codes that make seats cheaper, or sell those that are hidden."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from services.booking import domain
from services.booking.domain import EVENTS
from services.kit.ids import new_id
from services.kit.money import Money
from tests.booking.builders import NOW, create, offer, offers, order, price, ticket_type
from tests.serving import as_user, invalid, refused
from turnout.booking.v1 import booking_pb2, promo_pb2, promo_pb2_grpc

pytestmark = pytest.mark.server

UNMET = grpc.StatusCode.FAILED_PRECONDITION


@pytest.fixture
def promos(booking):
    return promo_pb2_grpc.PromoCodeServiceStub(booking.world.channel)


@pytest.fixture
async def event(booking):
    return await booking.on_sale(
        ticket_type(capacity=50, cents=1999),
        ticket_type("backstage", capacity=5, cents=5000, hidden=True),
    )


@pytest.fixture
async def organizer(booking, event):
    return await booking.world.member("ORGANIZER", event.organization)


@pytest.fixture
def make(promos, event, organizer):
    async def made(code="SUMMER", **given):
        request = promo_pb2.CreatePromoCodeRequest(
            parent=f"organizations/{event.organization}",
            promo_code=promo_pb2.PromoCode(event=EVENTS.format(event), code=code, **given),
            request_id=str(uuid.uuid4()),
        )
        return await promos.CreatePromoCode(request, metadata=organizer)

    return made


async def hold(booking, event, seats=1, kind="standard", *, who=None, **given):
    request = create(event, seats, kind, **given)
    return await booking.stub.CreateBooking(request, metadata=who or as_user())


async def uses(promos, organizer, made):
    request = promo_pb2.GetPromoCodeRequest(name=made.name)
    return (await promos.GetPromoCode(request, metadata=organizer)).uses


# --- what it does


async def test_percent_go_off_and_the_rest_of_a_cent_is_the_buyers(booking, event, make):
    await make("summer", percent=15)

    made = await hold(booking, event, 3, promo_code="Summer")

    # 15 % of 59.97 are 8.9955.
    assert (made.discount.units, made.discount.nanos) == (8, 990_000_000)
    assert (made.total.units, made.total.nanos) == (50, 980_000_000)
    assert made.promo_code == "SUMMER"


async def test_an_amount_goes_off_once_and_never_more_than_the_price(booking, event, make):
    await make("TEN", amount=price(1000))
    await make("HUNDRED", amount=price(10000))

    ten = await hold(booking, event, 2, promo_code="TEN")
    hundred = await hold(booking, event, 2, promo_code="HUNDRED")

    assert (ten.total.units, ten.total.nanos) == (29, 980_000_000)
    assert hundred.state == booking_pb2.Booking.STATE_CONFIRMED
    assert len(hundred.tickets) == 2


async def test_a_code_is_for_its_types(booking, make, event):
    await make(percent=50, ticket_types=["backstage"])

    with refused(UNMET, "PROMO_CODE_INVALID", promo_code="SUMMER"):
        await hold(booking, event, promo_code="SUMMER")


async def test_a_code_opens_hidden_types(booking, event, make):
    await make("FRIENDS", unlocks=True)
    await make("CHEAP", percent=5)

    made = await hold(booking, event, 1, "backstage", promo_code="FRIENDS")

    assert made.total.units == 50
    with refused(UNMET, "NOT_ON_SALE"):
        await hold(booking, event, 1, "backstage", promo_code="CHEAP")


async def test_a_code_is_good_for_a_while(booking, event, make):
    start, end = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, 2))
    await make(percent=50, start_time=start, end_time=end)

    with refused(UNMET, "PROMO_CODE_INVALID"):
        await hold(booking, event, promo_code="SUMMER")
    booking.world.clock.ahead += timedelta(minutes=90)
    await hold(booking, event, promo_code="SUMMER")
    booking.world.clock.ahead += timedelta(minutes=90)
    with refused(UNMET, "PROMO_CODE_INVALID"):
        await hold(booking, event, promo_code="SUMMER")


async def test_a_code_nobody_made_does_not_apply(booking, event):
    with refused(UNMET, "PROMO_CODE_INVALID", promo_code="WINTER"):
        await hold(booking, event, promo_code="WINTER")


async def test_an_amount_in_another_currency_does_not_apply():
    promo = domain.Promo(new_id(), "CHF", amount=Money("CHF", 100))
    wanted = domain.Order(order().event, order().buyer, order().items, "chf")

    with pytest.raises(domain.PromoCodeInvalid):
        domain.hold(new_id(), wanted, offers(offer(), promos={"CHF": promo}), NOW)


# --- how often


async def test_many_at_once_use_a_code_as_often_as_it_may_be(
    booking, event, make, promos, organizer
):
    made = await make(percent=50, max_uses=3)

    calls = [hold(booking, event, promo_code="SUMMER") for _ in range(10)]
    results = await asyncio.gather(*calls, return_exceptions=True)

    assert sum(isinstance(result, booking_pb2.Booking) for result in results) == 3
    assert await uses(promos, organizer, made) == 3
    with refused(UNMET, "PROMO_CODE_USED_UP"):
        await hold(booking, event, promo_code="SUMMER")


async def test_a_use_comes_back_with_its_booking(booking, event, make, promos, organizer):
    made = await make(percent=50, max_uses=1)
    await hold(booking, event, promo_code="SUMMER")

    await booking.lapse(event)

    assert await uses(promos, organizer, made) == 0
    await hold(booking, event, promo_code="SUMMER")


async def test_once_a_person(booking, event, make):
    await make(percent=50, max_uses_per_person=1)
    ada = as_user()

    calls = [hold(booking, event, promo_code="SUMMER", who=ada) for _ in range(4)]
    results = await asyncio.gather(*calls, return_exceptions=True)

    assert sum(isinstance(result, booking_pb2.Booking) for result in results) == 1
    await hold(booking, event, promo_code="SUMMER")


async def test_a_hold_that_changes_keeps_its_code(booking, event, make, promos, organizer):
    made = await make(percent=50, max_uses=1, max_uses_per_person=1)
    ada = as_user()
    held = await hold(booking, event, promo_code="SUMMER", who=ada)
    other = booking_pb2.Booking(name=held.name)
    other.items.add(ticket_type="standard", quantity=4)

    after = await booking.stub.UpdateBooking(
        booking_pb2.UpdateBookingRequest(booking=other), metadata=ada
    )

    assert (after.total.units, after.promo_code) == (39, "SUMMER")
    assert await uses(promos, organizer, made) == 1


async def test_the_database_itself_refuses_one_use_too_many(booking, event, make):
    await make(percent=50, max_uses=1)

    with pytest.raises(Exception, match="promos_uses_check"):
        await booking.world.owner.execute("update promos set uses = 2 where event = %s", [event.id])


# --- keeping them


async def test_codes_are_made_listed_changed_and_ended(booking, event, make, promos, organizer):
    one, two = await make("ONE", percent=10), await make("TWO", unlocks=True)
    parent = f"organizations/{event.organization}"

    request = promo_pb2.ListPromoCodesRequest(parent=parent, event=EVENTS.format(event))
    found = await promos.ListPromoCodes(request, metadata=organizer)
    assert list(found.promo_codes) == [one, two]

    one.percent, one.max_uses = 20, 5
    update = promo_pb2.UpdatePromoCodeRequest(promo_code=one, update_mask={"paths": ["percent"]})
    changed = await promos.UpdatePromoCode(update, metadata=organizer)
    assert (changed.percent, changed.max_uses, changed.etag) == (20, 0, '"2"')
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await promos.UpdatePromoCode(update, metadata=organizer)

    delete = promo_pb2.DeletePromoCodeRequest(name=one.name)
    await promos.DeletePromoCode(delete, metadata=organizer)
    with refused(grpc.StatusCode.NOT_FOUND, "PROMO_CODE_NOT_FOUND", promo_code=one.name):
        await promos.GetPromoCode(promo_pb2.GetPromoCodeRequest(name=one.name), metadata=organizer)
    with refused(UNMET, "PROMO_CODE_INVALID"):
        await hold(booking, event, promo_code="ONE")


async def test_an_event_has_a_code_once(make):
    await make("summer", percent=10)

    with refused(grpc.StatusCode.ALREADY_EXISTS, "PROMO_CODE_EXISTS", promo_code="SUMMER"):
        await make("Summer", percent=20)


async def test_fewer_uses_than_there_are_is_refused(booking, event, make, promos, organizer):
    made = await make(percent=10)
    for _ in range(3):
        await hold(booking, event, promo_code="SUMMER")
    made.max_uses = 2

    request = promo_pb2.UpdatePromoCodeRequest(
        promo_code=promo_pb2.PromoCode(name=made.name, max_uses=2),
        update_mask={"paths": ["max_uses"]},
    )
    with refused(UNMET, "PROMO_CODE_IN_USE", promo_code=made.name):
        await promos.UpdatePromoCode(request, metadata=organizer)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("promo_code.amount", {"percent": 10, "amount": price(100)}),
        ("promo_code.percent", {}),
        ("promo_code.percent", {"percent": 101}),
        ("promo_code.code", {"percent": 10, "code": "no spaces"}),
        ("promo_code.end_time", {"percent": 10, "start_time": NOW, "end_time": NOW}),
    ],
)
async def test_what_contradicts_itself_is_pointed_at(make, field, given):
    with invalid(field):
        await make(**given)


async def test_strangers_have_no_codes(promos, event, make):
    made = await make(percent=10)

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await promos.GetPromoCode(promo_pb2.GetPromoCodeRequest(name=made.name), metadata=as_user())
