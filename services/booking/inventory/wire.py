"""The inventory on the wire: values to messages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.booking import wire
from services.booking.domain import BOOKINGS, EVENTS, Excess, Offer, Pool, Stock, beyond
from services.booking.seating import Row
from services.kit.names import Name, Singleton
from services.kit.wire import timestamp
from turnout.booking.v1 import inventory_pb2

if TYPE_CHECKING:
    from services.booking.inventory.store import Movement

INVENTORIES = Singleton(EVENTS, "inventory")
SEAT_MAPS = Singleton(EVENTS, "seatMap")


def inventory(event: Name, stock: Stock) -> inventory_pb2.Inventory:
    return inventory_pb2.Inventory(
        name=INVENTORIES.format(event),
        ticket_types=[_type(kind, offer, stock) for kind, offer in stock.offers.items()],
        pools=[_pool(pool) for pool in stock.pools.values()],
    )


def _type(kind: str, offer: Offer, stock: Stock) -> inventory_pb2.Inventory.Count:
    return inventory_pb2.Inventory.Count(
        id=kind,
        capacity=offer.announced.capacity,
        held=offer.held,
        sold=offer.sold,
        free=stock.free(kind),
        excess=beyond(offer),
        pool=offer.announced.pool,
        hidden=offer.announced.hidden,
        withdrawn=not offer.listed,
    )


def _pool(pool: Pool) -> inventory_pb2.Inventory.Count:
    return inventory_pb2.Inventory.Count(
        id=pool.id,
        capacity=pool.capacity,
        held=pool.held,
        sold=pool.sold,
        free=pool.free,
        excess=beyond(pool),
    )


def excess(value: Excess) -> inventory_pb2.ListExcessBookingsResponse.Excess:
    return inventory_pb2.ListExcessBookingsResponse.Excess(
        booking=wire.booking(value.booking), ticket_type=value.ticket_type, seats=value.seats
    )


def movement(value: Movement) -> inventory_pb2.SeatMovement:
    return inventory_pb2.SeatMovement(
        booking=BOOKINGS.format(value.booking),
        ticket_type=value.ticket_type,
        held=value.held,
        sold=value.sold,
        create_time=timestamp(value.create_time),
    )


def seat_map(event: Name, stock: Stock) -> inventory_pb2.SeatMap:
    rows = [_row(row, stock) for row in stock.rows.values()]
    return inventory_pb2.SeatMap(name=SEAT_MAPS.format(event), rows=rows)


def _row(row: Row, stock: Stock) -> inventory_pb2.SeatMap.Row:
    return inventory_pb2.SeatMap.Row(
        section=row.section,
        row=row.id,
        seats=[
            inventory_pb2.SeatMap.Seat(
                seat=row.name(index),
                free=not seat.taken,
                accessible=seat.accessible,
                gap=seat.gap,
            )
            for index, seat in enumerate(row.seats)
        ],
        ticket_types=[
            kind
            for kind, offer in stock.offers.items()
            if row.section in offer.announced.sections
            and offer.listed
            and not offer.announced.hidden
        ],
    )
