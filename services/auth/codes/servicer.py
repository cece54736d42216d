"""The RPCs of codes. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2

from services.auth.accounts import actions as accounts
from services.auth.accounts import wire as people
from services.auth.accounts.domain import normal
from services.auth.codes import actions, domain, wire
from services.auth.codes.domain import Subject
from services.auth.door import Door
from services.auth.passwords import refuse_common
from services.kit.caller import caller
from services.kit.db import Tx
from services.kit.names import USERS
from services.kit.once import once
from services.kit.origin import here
from turnout.auth.v1 import auth_pb2, code_pb2, code_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class CodeServicer(code_pb2_grpc.CodeServiceServicer):
    def __init__(self, door: Door) -> None:
        self._door = door
        self._db = door.db

    async def ForgotPassword(
        self, request: code_pb2.ForgotPasswordRequest, context: Context
    ) -> code_pb2.Challenge:
        email, address = normal(request.email), here().address
        user, familiar = await self._db.read(actions.account, email, address)
        await self._door.throttle.take(*self._door.limits.code(email, address, familiar=familiar))
        sent = await self._db.run(
            actions.send, Subject.PASSWORD, user, post=self._door.post, now=self._door.now()
        )
        return wire.challenge(sent)

    async def ResetPassword(
        self, request: code_pb2.ResetPasswordRequest, context: Context
    ) -> empty_pb2.Empty:
        refuse_common(request.new_password, "new_password")
        await self._door.throttle.take(*self._door.limits.answer(here().address))
        id = wire.challenge_id(request.challenge)
        await self._db.run(actions.count_try, id)
        # Before the transaction, and before anybody knows whether it is of use.
        hashed = await self._door.hasher.hash(request.new_password)
        await self._db.run(
            actions.reset_password,
            id,
            wire.answer(request.code),
            hashed=hashed,
            post=self._door.post,
            now=self._door.now(),
        )
        return empty_pb2.Empty()

    async def SendCode(
        self, request: code_pb2.SendCodeRequest, context: Context
    ) -> code_pb2.Challenge:
        subject = wire.SUBJECTS[request.subject]
        user = await self._db.read(accounts.user, USERS.parse(request.name), caller().name)
        to = domain.require(user, subject)
        await self._door.throttle.take(*self._door.limits.code(to, here().address, familiar=False))

        async def send(tx: Tx) -> code_pb2.Challenge:
            asked = await actions.send(
                tx, subject, user, post=self._door.post, now=self._door.now()
            )
            return wire.challenge(asked)

        return await self._db.run(once(request, send))

    async def VerifyCode(
        self, request: code_pb2.VerifyCodeRequest, context: Context
    ) -> auth_pb2.User:
        user, me = USERS.parse(request.name), caller().name
        id, code = wire.challenge_id(request.challenge), wire.answer(request.code)
        await self._db.run(actions.count_try, id)

        async def verify(tx: Tx) -> auth_pb2.User:
            verified = await actions.verify(
                tx, user, id, code, caller=me, post=self._door.post, now=self._door.now()
            )
            return people.user(verified)

        hidden = people.unreadable(request, self._door.hasher.mark, "code")
        return await self._db.run(once(hidden, verify))
