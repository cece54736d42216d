"""The RPCs of administrators. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2

from services.auth.accounts import wire as people
from services.auth.administrators import actions, domain, wire
from services.auth.audit.domain import Action
from services.auth.door import Door
from services.auth.factors.wire import proof
from services.auth.passwords import refuse_common
from services.kit.caller import caller
from services.kit.db import Tx
from services.kit.names import USERS
from services.kit.once import once
from services.kit.origin import here, origin
from services.kit.pages import page
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import administrator_pb2, administrator_pb2_grpc, auth_pb2

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

HIDDEN = ("password", "bootstrap_secret")


class AdministratorServicer(administrator_pb2_grpc.AdministratorServiceServicer):
    def __init__(self, door: Door, bootstrap: bytes, page_secret: bytes) -> None:
        self._door = door
        self._db = door.db
        self._bootstrap = bootstrap
        self._page_secret = page_secret

    async def RegisterAdministrator(
        self, request: administrator_pb2.RegisterAdministratorRequest, context: Context
    ) -> administrator_pb2.Administrator:
        refuse_common(request.password, "password")
        creator, bootstrap = await self._creator(request)
        hashed = await self._door.hasher.hash(request.password)

        async def register(tx: Tx) -> administrator_pb2.Administrator:
            made = await actions.register(
                tx,
                request.user.email,
                request.user.display_name,
                password=hashed,
                creator=creator,
                bootstrap=bootstrap,
                now=self._door.now(),
            )
            return wire.administrator(made)

        hidden = people.unreadable(request, self._door.hasher.mark, *HIDDEN)
        return await self._db.run(once(hidden, register))

    async def LoginAdministrator(
        self, request: administrator_pb2.LoginAdministratorRequest, context: Context
    ) -> auth_pb2.Tokens:
        opening = functools.partial(
            actions.log_in,
            now=self._door.now(),
            origin=origin(context),
            factors=self._door.factors,
            proof=proof(request),
        )
        return await self._door.let_in(Action.LOGIN, request, opening)

    async def ListAdministrators(
        self, request: administrator_pb2.ListAdministratorsRequest, context: Context
    ) -> administrator_pb2.ListAdministratorsResponse:
        asked = page(request, self._page_secret)
        shown, token = await self._db.read(actions.administrators, asked)
        return administrator_pb2.ListAdministratorsResponse(
            administrators=map(wire.administrator, shown), next_page_token=token
        )

    async def RemoveAdministrator(
        self, request: administrator_pb2.RemoveAdministratorRequest, context: Context
    ) -> empty_pb2.Empty:
        user, me = USERS.parse(request.user, "user"), caller().name

        async def remove(tx: Tx) -> empty_pb2.Empty:
            await actions.remove(tx, user, caller=me, now=self._door.now())
            return empty_pb2.Empty()

        return await self._db.run(once(request, remove))

    async def _creator(
        self, request: administrator_pb2.RegisterAdministratorRequest
    ) -> tuple[Any, bytes | None]:
        """The administrator who calls, or the digest of the bootstrap secret."""
        who = caller()
        if access_pb2.PLATFORM_PERMISSION_ADMINISTRATORS in who.platform:
            return USERS.parse(who.name), None
        await self._door.throttle.take(*self._door.limits.answer(here().address))
        secret = domain.shown(self._bootstrap, request.bootstrap_secret)
        return None, self._door.hasher.mark(secret.decode())
