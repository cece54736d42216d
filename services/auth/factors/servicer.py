"""The RPCs of second factors. A method parses, runs one action, and renders; nothing else.

None of them takes a `request_id`: what they give is shown once and kept nowhere.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import grpc

from services.auth.accounts import actions as accounts
from services.auth.audit.actions import record, watched
from services.auth.audit.domain import Action
from services.auth.door import Door
from services.auth.factors import actions, domain, wire
from services.kit.caller import caller
from services.kit.db import Tx
from services.kit.names import USERS
from turnout.auth.v1 import factor_pb2, factor_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class SecondFactorServicer(factor_pb2_grpc.SecondFactorServiceServicer):
    def __init__(self, door: Door) -> None:
        self._door = door
        self._db = door.db
        self._factors = door.factors

    async def GetSecondFactor(
        self, request: factor_pb2.GetSecondFactorRequest, context: Context
    ) -> factor_pb2.SecondFactor:
        return await self._state(_me())

    async def EnrollSecondFactor(
        self, request: factor_pb2.EnrollSecondFactorRequest, context: Context
    ) -> factor_pb2.Enrollment:
        me = _me()
        async with self._door.owned(me, request.password, "password"):
            user = await self._db.read(accounts.user, me, caller().name)
            secret = await self._db.run(self._factors.enroll, me)
        return wire.enrollment(secret, user.email)

    async def ConfirmSecondFactor(
        self, request: factor_pb2.ConfirmSecondFactorRequest, context: Context
    ) -> factor_pb2.RecoveryCodes:
        me, who = _me(), caller()
        async with self._guessing(me, Action.SECOND_FACTOR_ADD):
            codes = await self._db.run(self._factors.confirm, me, request.code, self._door.now())
            await self._db.run(accounts.strengthen, who.session)
        return factor_pb2.RecoveryCodes(codes=codes)

    async def VerifySecondFactor(
        self, request: factor_pb2.VerifySecondFactorRequest, context: Context
    ) -> factor_pb2.VerifySecondFactorResponse:
        me, who, proof = _me(), caller(), wire.shown(request)

        async def show(tx: Tx) -> str:
            given = await self._factors.prove(tx, me, proof, self._door.now())
            if not given.proved:
                raise domain.NoSecondFactor()
            await accounts.strengthen(tx, who.session)
            record(tx, Action.SECOND_FACTOR_VERIFY, who.name)
            return given.device_token

        async with self._guessing(me, Action.SECOND_FACTOR_VERIFY):
            token = await self._db.run(show)
        return factor_pb2.VerifySecondFactorResponse(device_token=token)

    async def ReplaceRecoveryCodes(
        self, request: factor_pb2.ReplaceRecoveryCodesRequest, context: Context
    ) -> factor_pb2.RecoveryCodes:
        me = _me()
        async with self._guessing(me, Action.SECOND_FACTOR_ADD):
            codes = await self._db.run(
                self._factors.replace_codes, me, request.code, self._door.now()
            )
        return factor_pb2.RecoveryCodes(codes=codes)

    async def RemoveSecondFactor(
        self, request: factor_pb2.RemoveSecondFactorRequest, context: Context
    ) -> factor_pb2.SecondFactor:
        me = _me()
        async with (
            self._door.owned(me, request.password, "password"),
            self._guessing(me, Action.SECOND_FACTOR_REMOVE),
        ):
            await self._db.run(self._factors.remove, me, request.code, self._door.now())
        return await self._state(me)

    async def _state(self, me: uuid.UUID) -> factor_pb2.SecondFactor:
        return wire.state(await self._db.read(actions.state, me, self._door.now()))

    @contextlib.asynccontextmanager
    async def _guessing(self, me: uuid.UUID, action: Action) -> AsyncIterator[None]:
        """Around what takes a code, which nobody may guess for long."""
        tracks = self._door.limits.second_factor(str(me))
        await self._door.throttle.take(*tracks)
        name, wrong = USERS.format(me), (domain.BadSecondFactor,)
        async with watched(self._db, action, name, telling=wrong):
            yield
        await self._door.throttle.give_back(*tracks)


def _me() -> uuid.UUID:
    return USERS.parse(caller().name)
