"""What an organizer sees: every seat, how it moved, and whom a cut capacity hits."""

from __future__ import annotations

import grpc
import pytest

from services.booking.domain import EVENTS
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import create, ticket_type
from tests.serving import as_user, refused
from turnout.booking.v1 import booking_pb2, inventory_pb2, inventory_pb2_grpc

pytestmark = pytest.mark.server


@pytest.fixture
def inventory(booking):
    return inventory_pb2_grpc.InventoryServiceStub(booking.world.channel)


async def hold(booking, event, seats=1, kind="standard"):
    return await booking.stub.CreateBooking(create(event, seats, kind), metadata=as_user())


async def staff(booking, event):
    return await booking.world.member("STAFF", event.organization)


async def read(booking, inventory, event):
    request = inventory_pb2.GetInventoryRequest(name=f"{EVENTS.format(event)}/inventory")
    return await inventory.GetInventory(request, metadata=await staff(booking, event))


async def excess(booking, inventory, event, **given):
    request = inventory_pb2.ListExcessBookingsRequest(parent=EVENTS.format(event), **given)
    found = await inventory.ListExcessBookings(request, metadata=await staff(booking, event))
    return [(one.booking.name, one.ticket_type, one.seats) for one in found.excesses]


async def test_the_inventory_counts_hidden_types_and_pools_too(booking, inventory):
    event = await booking.on_sale(
        ticket_type("floor", pool="house"),
        ticket_type("backstage", hidden=True, pool="house"),
        pools={"house": 7},
    )
    await booking.pay(await hold(booking, event, 2, "floor"))
    await hold(booking, event, 1, "floor")

    found = await read(booking, inventory, event)

    floor, backstage = found.ticket_types
    assert (floor.id, floor.held, floor.sold, floor.free) == ("floor", 1, 2, 2)
    assert (backstage.id, backstage.hidden, backstage.free) == ("backstage", True, 4)
    [house] = found.pools
    assert (house.capacity, house.held, house.sold, house.free) == (7, 1, 2, 4)


async def test_a_capacity_that_was_cut_lists_whom_it_hits_the_last_ones_first(booking, inventory):
    event = await booking.on_sale(ticket_type(capacity=10))
    first, second, third = [await hold(booking, event, n) for n in (2, 3, 2)]
    assert await excess(booking, inventory, event) == []

    await booking.revise(event, ticket_type(capacity=3))

    assert await excess(booking, inventory, event) == [
        (third.name, "standard", 2),
        (second.name, "standard", 2),
    ]
    [count] = (await read(booking, inventory, event)).ticket_types
    assert (count.excess, count.free, count.held) == (4, 0, 7)
    assert first.state == booking_pb2.Booking.STATE_HELD


async def test_a_long_list_of_whom_a_cut_hits_comes_in_pages(booking, inventory):
    kinds = ("floor", "balcony")
    event = await booking.on_sale(*(ticket_type(kind, capacity=10) for kind in kinds))
    for _ in range(3):
        who = as_user()
        both = create(event, 2, "floor", more={"balcony": 1})
        await booking.stub.CreateBooking(both, metadata=who)
    await booking.revise(event, *(ticket_type(kind, capacity=0) for kind in kinds))
    whole = await excess(booking, inventory, event)

    found, token = [], ""
    while True:
        request = inventory_pb2.ListExcessBookingsRequest(
            parent=EVENTS.format(event), page_size=2, page_token=token
        )
        part = await inventory.ListExcessBookings(request, metadata=await staff(booking, event))
        found.append([(one.booking.name, one.ticket_type, one.seats) for one in part.excesses])
        token = part.next_page_token
        if not token:
            break

    assert [len(part) for part in found] == [2, 2, 2]
    assert [one for part in found for one in part] == whole
    assert len(set(whole)) == 6


async def test_a_pool_that_was_cut_lists_whom_it_hits(booking, inventory):
    types = [ticket_type(kind, pool="house") for kind in ("floor", "balcony")]
    event = await booking.on_sale(*types, pools={"house": 8})
    await hold(booking, event, 4, "floor")
    last = await hold(booking, event, 3, "balcony")

    await booking.revise(event, *types, pools={"house": 5})

    assert await excess(booking, inventory, event) == [(last.name, "balcony", 2)]


async def test_the_ledger_has_every_seat_that_moved(booking, inventory, event):
    one, two = await hold(booking, event, 2), await hold(booking, event, 1)
    await booking.pay(one)
    await booking.lapse(event)

    moved, token = [], ""
    while True:
        request = inventory_pb2.ListSeatMovementsRequest(
            parent=EVENTS.format(event), page_size=3, page_token=token
        )
        found = await inventory.ListSeatMovements(request, metadata=await staff(booking, event))
        moved += [(one.booking, one.held, one.sold) for one in found.seat_movements]
        token = found.next_page_token
        if not token:
            break

    assert moved == [(one.name, 2, 0), (two.name, 1, 0), (one.name, -2, 2), (two.name, -1, 0)]


async def test_nobody_counts_what_was_never_announced(booking, inventory, event):
    nowhere = Name(event.organization, new_id())

    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        await read(booking, inventory, nowhere)


async def test_only_members_look_behind_the_counter(booking, inventory, event):
    request = inventory_pb2.GetInventoryRequest(name=f"{EVENTS.format(event)}/inventory")

    for who in (as_user(), await booking.world.member("OWNER", new_id())):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await inventory.GetInventory(request, metadata=who)
