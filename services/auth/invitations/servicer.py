"""The RPCs of invitations. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc

from services.auth.audit.actions import watched
from services.auth.audit.domain import Action
from services.auth.invitations import actions, wire
from services.auth.invitations.domain import INVITATIONS
from services.auth.organizations.wire import member
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.names import ORGANIZATIONS, USERS
from services.kit.once import once
from services.kit.pages import page
from services.kit.tenant import within
from turnout.auth.v1 import invitation_pb2, invitation_pb2_grpc, organization_pb2

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class InvitationServicer(invitation_pb2_grpc.InvitationServiceServicer):
    def __init__(
        self,
        db: Database,
        links_key: bytes,
        page_secret: bytes,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._links_key = links_key
        self._page_secret = page_secret
        self._now = now

    async def CreateInvitation(
        self, request: invitation_pb2.CreateInvitationRequest, context: Context
    ) -> invitation_pb2.Invitation:
        organization = ORGANIZATIONS.parse(request.parent, "parent")
        invitee, role = wire.asked(request)
        me, now = caller().name, self._now()

        async def invite(tx: Tx) -> invitation_pb2.Invitation:
            made = await actions.invite(tx, organization, invitee, role, caller=me, now=now)
            return wire.invitation(made, now)

        async with watched(self._db, Action.INVITATION_CREATE, request.parent):
            return await self._db.run(once(request, invite))

    async def GetInvitation(
        self, request: invitation_pb2.GetInvitationRequest, context: Context
    ) -> invitation_pb2.Invitation:
        found = await self._db.read(actions.invitation, INVITATIONS.parse(request.name))
        return wire.invitation(found, self._now())

    async def ListInvitations(
        self, request: invitation_pb2.ListInvitationsRequest, context: Context
    ) -> invitation_pb2.ListInvitationsResponse:
        organization = ORGANIZATIONS.parse(request.parent, "parent")
        asked = page(request, self._page_secret)
        shown, token = await self._db.read(actions.invitations, organization, asked)
        now = self._now()
        return invitation_pb2.ListInvitationsResponse(
            invitations=[wire.invitation(one, now) for one in shown], next_page_token=token
        )

    async def ResendInvitation(
        self, request: invitation_pb2.ResendInvitationRequest, context: Context
    ) -> invitation_pb2.Invitation:
        name, me, now = INVITATIONS.parse(request.name), caller().name, self._now()

        async def resend(tx: Tx) -> invitation_pb2.Invitation:
            return wire.invitation(await actions.resend(tx, name, caller=me, now=now), now)

        async with watched(self._db, Action.INVITATION_RESEND, request.name):
            return await self._db.run(once(request, resend))

    async def RevokeInvitation(
        self, request: invitation_pb2.RevokeInvitationRequest, context: Context
    ) -> invitation_pb2.Invitation:
        name = INVITATIONS.parse(request.name)

        async def revoke(tx: Tx) -> invitation_pb2.Invitation:
            return wire.invitation(await actions.revoke(tx, name), self._now())

        async with watched(self._db, Action.INVITATION_REVOKE, request.name):
            return await self._db.run(once(request, revoke))

    async def AcceptInvitation(
        self, request: invitation_pb2.AcceptInvitationRequest, context: Context
    ) -> organization_pb2.Member:
        name = wire.meant(request.token, self._links_key)
        user = USERS.parse(caller().name)

        async def accept(tx: Tx) -> organization_pb2.Member:
            return member(await actions.accept(tx, name, user, self._now()))

        # The request names no organization: the token does.
        with within(name.organization):
            async with watched(self._db, Action.INVITATION_ACCEPT, INVITATIONS.format(name)):
                return await self._db.run(once(request, accept))
