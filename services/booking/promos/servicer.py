"""The RPCs of codes. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from services.booking.domain import PROMO_CODES
from services.booking.promos import actions, wire
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.ids import new_id
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from turnout.booking.v1 import promo_pb2, promo_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class PromoCodeServicer(promo_pb2_grpc.PromoCodeServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime], *, page_key: bytes) -> None:
        self._db = db
        self._now = now
        self._page_key = page_key

    async def CreatePromoCode(
        self, request: promo_pb2.CreatePromoCodeRequest, context: Context
    ) -> promo_pb2.PromoCode:
        kept = wire.new(request, new_id(), self._now())

        async def create(tx: Tx) -> promo_pb2.PromoCode:
            return wire.promo_code(await actions.create(tx, kept))

        return await self._db.run(once(request, create))

    async def GetPromoCode(
        self, request: promo_pb2.GetPromoCodeRequest, context: Context
    ) -> promo_pb2.PromoCode:
        name = PROMO_CODES.parse(request.name)
        return wire.promo_code(await self._db.read(actions.get, name))

    async def ListPromoCodes(
        self, request: promo_pb2.ListPromoCodesRequest, context: Context
    ) -> promo_pb2.ListPromoCodesResponse:
        organization, event = parent(request.parent), wire.filter(request)
        asked = page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            actions.page, organization, event=event, after=after, size=asked.limit
        )
        shown, token = asked.cut(found, key=lambda kept: (kept.name.id,))
        return promo_pb2.ListPromoCodesResponse(
            promo_codes=[wire.promo_code(kept) for kept in shown], next_page_token=token
        )

    async def UpdatePromoCode(
        self, request: promo_pb2.UpdatePromoCodeRequest, context: Context
    ) -> promo_pb2.PromoCode:
        name = PROMO_CODES.parse(request.promo_code.name, "promo_code.name")
        version = expected(request.promo_code.etag, "promo_code.etag")

        async def update(tx: Tx) -> promo_pb2.PromoCode:
            kept = await actions.update(
                tx,
                name,
                lambda before: wire.changed(before, request),
                version=version,
                now=self._now(),
            )
            return wire.promo_code(kept)

        return await self._db.run(once(request, update))

    async def DeletePromoCode(
        self, request: promo_pb2.DeletePromoCodeRequest, context: Context
    ) -> empty_pb2.Empty:
        name, version = PROMO_CODES.parse(request.name), expected(request.etag)

        async def delete(tx: Tx) -> empty_pb2.Empty:
            await actions.delete(tx, name, version=version)
            return empty_pb2.Empty()

        return await self._db.run(once(request, delete))
