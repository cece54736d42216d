"""The RPCs of accounts. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import grpc
from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from services.auth.accounts import actions, domain, wire
from services.auth.accounts.renewal import Renewal
from services.auth.audit.actions import watched
from services.auth.audit.domain import Action
from services.auth.codes import actions as codes
from services.auth.codes import wire as codes_wire
from services.auth.codes.domain import BadCode, Subject
from services.auth.door import Door
from services.auth.factors.wire import proof
from services.auth.passwords import refuse_common
from services.auth.registrations import actions as registrations
from services.kit import etags
from services.kit.caller import Kind, caller
from services.kit.db import Tx
from services.kit.fields import ME
from services.kit.names import SESSIONS, USERS
from services.kit.once import once
from services.kit.origin import here, origin
from services.kit.pages import page
from turnout.auth.v1 import auth_pb2, auth_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class AuthServicer(auth_pb2_grpc.AuthServiceServicer):
    def __init__(
        self,
        door: Door,
        page_secret: bytes,
    ) -> None:
        self._db = door.db
        self._hasher = door.hasher
        self._signer = door.signer
        self._now = door.now
        self._door = door
        self._page_secret = page_secret
        self._renewal = Renewal(door.db, door.now)

    async def RegisterUser(
        self, request: auth_pb2.RegisterUserRequest, context: Context
    ) -> auth_pb2.User:
        refuse_common(request.password, "password")
        email = domain.normal(request.user.email)
        await self._door.throttle.take(*self._door.limits.registration(email, here().address))
        # Before the transaction: nobody waits for a row while we hash.
        hashed = await self._hasher.hash(request.password)

        async def register(tx: Tx) -> auth_pb2.User:
            asked = await registrations.ask(
                tx,
                email,
                request.user.display_name,
                password=hashed,
                post=self._door.post,
                now=self._now(),
            )
            return auth_pb2.User(challenge=str(asked.id))

        hidden = wire.unreadable(request, self._hasher.mark, "password")
        asked = await self._db.run(once(hidden, register))
        # Nobody's name and address are kept for a retry.
        return wire.asked(request, asked.challenge)

    async def ConfirmRegistration(
        self, request: auth_pb2.ConfirmRegistrationRequest, context: Context
    ) -> auth_pb2.User:
        await self._door.throttle.take(*self._door.limits.answer(here().address))
        made = await self._db.run(
            registrations.confirm,
            codes_wire.challenge_id(request.challenge),
            codes_wire.answer(request.code),
            post=self._door.post,
            now=self._now(),
        )
        if made is None:
            raise BadCode()
        return wire.user(made)

    async def Login(self, request: auth_pb2.LoginRequest, context: Context) -> auth_pb2.Tokens:
        return await self._door.let_in(Action.LOGIN, request, self._opening(request, context))

    async def ReactivateUser(
        self, request: auth_pb2.ReactivateUserRequest, context: Context
    ) -> auth_pb2.Tokens:
        opening = self._opening(request, context, reopen=True)
        return await self._door.let_in(Action.USER_REACTIVATE, request, opening)

    async def RefreshSession(
        self, request: auth_pb2.RefreshSessionRequest, context: Context
    ) -> auth_pb2.Tokens:
        opened = await self._renewal(domain.Shown(request.refresh_token, origin(context)))
        if opened is None:
            raise domain.SessionEnded()
        return await self._door.tokens(opened)

    async def Logout(self, request: auth_pb2.LogoutRequest, context: Context) -> empty_pb2.Empty:
        await self._db.run(actions.log_out, request.refresh_token, self._now())
        return empty_pb2.Empty()

    async def ChangePassword(
        self, request: auth_pb2.ChangePasswordRequest, context: Context
    ) -> empty_pb2.Empty:
        refuse_common(request.new_password, "new_password")
        user, who = USERS.parse(request.name), caller()
        before = await self._db.read(actions.password, user, who.name)
        tracks = self._door.limits.login(who.name, here().address, familiar=True)
        # Whoever found an open session must not find the password by it.
        await self._door.throttle.take(*tracks)
        same = await self._door.compared(request.old_password, before, *tracks)
        if same:
            await self._door.throttle.give_back(*tracks)
        after = await self._hasher.hash(request.new_password)

        async def change(tx: Tx) -> empty_pb2.Empty:
            await actions.change_password(
                tx,
                user,
                before=before if same else None,
                after=after,
                post=self._door.post,
                but=who.session,
                caller=who.name,
                now=self._now(),
            )
            return empty_pb2.Empty()

        hidden = wire.unreadable(request, self._hasher.mark, "old_password", "new_password")
        wrong = (domain.WrongPassword,)
        async with watched(self._db, Action.PASSWORD_CHANGE, who.name, telling=wrong):
            return await self._db.run(once(hidden, change))

    async def ListSessions(
        self, request: auth_pb2.ListSessionsRequest, context: Context
    ) -> auth_pb2.ListSessionsResponse:
        user, who = USERS.parse(request.parent, "parent"), caller()
        asked = page(request, self._page_secret)
        shown, token = await self._db.read(actions.sessions, user, asked, who.name, self._now())
        return auth_pb2.ListSessionsResponse(
            sessions=[wire.session(each, who.session) for each in shown], next_page_token=token
        )

    async def DeleteSession(
        self, request: auth_pb2.DeleteSessionRequest, context: Context
    ) -> empty_pb2.Empty:
        await self._db.run(
            actions.end_session,
            *SESSIONS.parse(request.name),
            caller=caller().name,
            expected=etags.expected(request.etag),
            now=self._now(),
        )
        return empty_pb2.Empty()

    async def RevokeSessions(
        self, request: auth_pb2.RevokeSessionsRequest, context: Context
    ) -> auth_pb2.RevokeSessionsResponse:
        user, who = USERS.parse(request.parent, "parent"), caller()

        async def revoke(tx: Tx) -> auth_pb2.RevokeSessionsResponse:
            but = who.session if request.keep_current else None
            ended = await actions.end_sessions(tx, user, but=but, caller=who.name, now=self._now())
            return auth_pb2.RevokeSessionsResponse(revoked_count=ended)

        return await self._db.run(once(request, revoke))

    async def UpdateUser(
        self, request: auth_pb2.UpdateUserRequest, context: Context
    ) -> auth_pb2.User:
        me = caller().name
        name = me if request.user.name == ME else request.user.name
        id = USERS.parse(name, "user.name")
        changes = wire.changes(request)
        before = await self._db.read(actions.user, id, me)
        email = domain.wanted(before, changes)
        if email:
            tracks = self._door.limits.code(email, here().address, familiar=False)
            await self._door.throttle.take(*tracks)

        async def revise(tx: Tx) -> auth_pb2.User:
            revised = await actions.revise(
                tx,
                id,
                changes,
                caller=me,
                expected=etags.expected(request.user.etag, "user.etag"),
                now=self._now(),
            )
            if not email:
                return wire.user(revised)
            asked = await codes.send_to(
                tx,
                Subject.NEXT_EMAIL,
                email,
                user=id,
                recipient=id,
                post=self._door.post,
                now=self._now(),
            )
            return wire.user(revised, str(asked.id))

        return await self._db.run(revise)

    async def GetProfile(
        self, request: auth_pb2.GetProfileRequest, context: Context
    ) -> auth_pb2.User:
        me = caller().name
        return wire.user(await self._db.read(actions.user, USERS.parse(me), me))

    async def ReplaceProfile(
        self, request: auth_pb2.ReplaceProfileRequest, context: Context
    ) -> auth_pb2.User:
        me = caller().name
        revised = await self._db.run(
            actions.revise,
            USERS.parse(me),
            {"display_name": request.display_name},
            caller=me,
            expected=etags.expected(request.etag),
            now=self._now(),
        )
        return wire.user(revised)

    async def DeactivateUser(
        self, request: auth_pb2.DeactivateUserRequest, context: Context
    ) -> auth_pb2.User:
        user, me = USERS.parse(request.name), caller().name

        async def deactivate(tx: Tx) -> auth_pb2.User:
            return wire.user(await actions.deactivate(tx, user, caller=me, now=self._now()))

        return await self._db.run(once(request, deactivate))

    async def DeleteUser(
        self, request: auth_pb2.DeleteUserRequest, context: Context
    ) -> empty_pb2.Empty:
        await self._db.run(
            actions.delete,
            USERS.parse(request.name),
            caller=caller().name,
            expected=etags.expected(request.etag),
            now=self._now(),
        )
        return empty_pb2.Empty()

    async def GetUser(self, request: auth_pb2.GetUserRequest, context: Context) -> auth_pb2.User:
        who = caller()
        # A service is let in for its own sake.
        by = None if who.kind is Kind.SERVICE else who.name
        return wire.user(await self._db.read(actions.user, USERS.parse(request.name), by))

    async def GetJwks(
        self, request: auth_pb2.GetJwksRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        return wire.key_set(await self._signer.jwks())

    def _opening(
        self,
        request: auth_pb2.LoginRequest | auth_pb2.ReactivateUserRequest,
        context: Context,
        *,
        reopen: bool = False,
    ) -> Callable[[Tx, domain.Credentials], Awaitable[domain.Opened]]:
        """What opens a session for who knew the password."""
        return functools.partial(
            actions.log_in,
            now=self._now(),
            origin=origin(context),
            factors=self._door.factors,
            proof=proof(request),
            reopen=reopen,
        )
