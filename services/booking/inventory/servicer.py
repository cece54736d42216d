"""The RPCs of the inventory. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.booking.domain import EVENTS
from services.booking.inventory import actions, wire
from services.kit.db import Database
from services.kit.pages import page
from turnout.booking.v1 import inventory_pb2, inventory_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class InventoryServicer(inventory_pb2_grpc.InventoryServiceServicer):
    def __init__(self, db: Database, *, page_key: bytes) -> None:
        self._db = db
        self._page_key = page_key

    async def GetInventory(
        self, request: inventory_pb2.GetInventoryRequest, context: Context
    ) -> inventory_pb2.Inventory:
        event = wire.INVENTORIES.parse(request.name)
        return wire.inventory(event, await self._db.read(actions.count, event))

    async def ListExcessBookings(
        self, request: inventory_pb2.ListExcessBookingsRequest, context: Context
    ) -> inventory_pb2.ListExcessBookingsResponse:
        event, asked = EVENTS.parse(request.parent, "parent"), page(request, self._page_key)
        after = (asked.after[0], asked.after[1]) if asked.after else None
        found = await self._db.read(actions.excess, event, after=after, size=asked.limit)
        shown, token = asked.cut(found, key=lambda one: one.place)
        return inventory_pb2.ListExcessBookingsResponse(
            excesses=[wire.excess(one) for one in shown], next_page_token=token
        )

    async def ListSeatMovements(
        self, request: inventory_pb2.ListSeatMovementsRequest, context: Context
    ) -> inventory_pb2.ListSeatMovementsResponse:
        event, asked = EVENTS.parse(request.parent, "parent"), page(request, self._page_key)
        (after,) = asked.after or (0,)
        found = await self._db.read(actions.movements, event, after=after, size=asked.limit)
        shown, token = asked.cut(found, key=lambda movement: (movement.position,))
        return inventory_pb2.ListSeatMovementsResponse(
            seat_movements=[wire.movement(one) for one in shown], next_page_token=token
        )

    async def GetSeatMap(
        self, request: inventory_pb2.GetSeatMapRequest, context: Context
    ) -> inventory_pb2.SeatMap:
        event = wire.SEAT_MAPS.parse(request.name)
        return wire.seat_map(event, await self._db.read(actions.seat_map, event))
