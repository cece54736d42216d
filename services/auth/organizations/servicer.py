"""The RPCs of organizations. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2

from services.auth.api_keys import actions as api_keys
from services.auth.audit.actions import watched
from services.auth.audit.domain import Action
from services.auth.organizations import actions, wire
from services.auth.organizations.domain import MEMBERS
from services.kit import etags
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.kit.names import ORGANIZATIONS, USERS
from services.kit.once import once
from services.kit.pages import page
from services.kit.tenant import within
from turnout.auth.v1 import organization_pb2, organization_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class OrganizationServicer(organization_pb2_grpc.OrganizationServiceServicer):
    def __init__(self, db: Database, page_secret: bytes, now: Callable[[], datetime]) -> None:
        self._db = db
        self._page_secret = page_secret
        self._now = now

    async def CreateOrganization(
        self, request: organization_pb2.CreateOrganizationRequest, context: Context
    ) -> organization_pb2.Organization:
        id, creator = new_id(), USERS.parse(caller().name)

        async def create(tx: Tx) -> organization_pb2.Organization:
            made = await actions.create(
                tx,
                id,
                creator,
                display_name=request.organization.display_name,
                contact_email=request.organization.contact_email,
                now=self._now(),
            )
            return wire.organization(made)

        # The request names no organization: the one it is about begins here.
        with within(id):
            return await self._db.run(once(request, create))

    async def GetOrganization(
        self, request: organization_pb2.GetOrganizationRequest, context: Context
    ) -> organization_pb2.Organization:
        id = ORGANIZATIONS.parse(request.name)
        return wire.organization(await self._db.read(actions.organization, id))

    async def ListOrganizations(
        self, request: organization_pb2.ListOrganizationsRequest, context: Context
    ) -> organization_pb2.ListOrganizationsResponse:
        user = USERS.parse(caller().name)
        shown, token = await self._db.read(actions.joined, user, page(request, self._page_secret))
        return organization_pb2.ListOrganizationsResponse(
            organizations=map(wire.organization, shown), next_page_token=token
        )

    async def UpdateOrganization(
        self, request: organization_pb2.UpdateOrganizationRequest, context: Context
    ) -> organization_pb2.Organization:
        revised = await self._db.run(
            actions.revise,
            ORGANIZATIONS.parse(request.organization.name, "organization.name"),
            wire.changes(request),
            second_factor=caller().second_factor,
            expected=etags.expected(request.organization.etag, "organization.etag"),
            now=self._now(),
        )
        return wire.organization(revised)

    async def DeleteOrganization(
        self, request: organization_pb2.DeleteOrganizationRequest, context: Context
    ) -> empty_pb2.Empty:
        id, expected = ORGANIZATIONS.parse(request.name), etags.expected(request.etag)
        me, now = caller().name, self._now()

        async def delete(tx: Tx) -> None:
            # First of all, so that no key is made meanwhile.
            await actions.locked(tx, id)
            await api_keys.revoke_all(tx, id, now)
            await actions.delete(tx, id, caller=me, expected=expected, now=now)

        async with watched(self._db, Action.ORGANIZATION_DELETE, request.name):
            await self._db.run(delete)
        return empty_pb2.Empty()

    async def LeaveOrganization(
        self, request: organization_pb2.LeaveOrganizationRequest, context: Context
    ) -> empty_pb2.Empty:
        id, me = ORGANIZATIONS.parse(request.name), caller().name

        async def leave(tx: Tx) -> empty_pb2.Empty:
            await actions.leave(tx, id, me)
            return empty_pb2.Empty()

        async with watched(self._db, Action.MEMBER_DELETE, wire.member_of(id, me)):
            return await self._db.run(once(request, leave))

    async def TransferOrganization(
        self, request: organization_pb2.TransferOrganizationRequest, context: Context
    ) -> organization_pb2.Organization:
        id, to = ORGANIZATIONS.parse(request.name), MEMBERS.parse(request.member, "member")
        me = caller().name

        async def transfer(tx: Tx) -> organization_pb2.Organization:
            return wire.organization(await actions.hand_over(tx, id, to, caller=me))

        async with watched(self._db, Action.MEMBER_UPDATE, request.member):
            return await self._db.run(once(request, transfer))

    async def CreateMember(
        self, request: organization_pb2.CreateMemberRequest, context: Context
    ) -> organization_pb2.Member:
        name, role = wire.new_member(request)

        async def admit(tx: Tx) -> organization_pb2.Member:
            member = await actions.admit(tx, name, role, caller=caller().name, now=self._now())
            return wire.member(member)

        async with watched(self._db, Action.MEMBER_CREATE, MEMBERS.format(name)):
            return await self._db.run(once(request, admit))

    async def GetMember(
        self, request: organization_pb2.GetMemberRequest, context: Context
    ) -> organization_pb2.Member:
        return wire.member(await self._db.read(actions.member, MEMBERS.parse(request.name)))

    async def ListMembers(
        self, request: organization_pb2.ListMembersRequest, context: Context
    ) -> organization_pb2.ListMembersResponse:
        organization = ORGANIZATIONS.parse(request.parent, "parent")
        asked = page(request, self._page_secret)
        shown, token = await self._db.read(actions.members, organization, asked)
        return organization_pb2.ListMembersResponse(
            members=map(wire.member, shown), next_page_token=token
        )

    async def UpdateMember(
        self, request: organization_pb2.UpdateMemberRequest, context: Context
    ) -> organization_pb2.Member:
        name = MEMBERS.parse(request.member.name, "member.name")
        async with watched(self._db, Action.MEMBER_UPDATE, MEMBERS.format(name)):
            member = await self._db.run(
                actions.assign,
                name,
                wire.new_role(request),
                caller=caller().name,
                expected=etags.expected(request.member.etag, "member.etag"),
            )
        return wire.member(member)

    async def DeleteMember(
        self, request: organization_pb2.DeleteMemberRequest, context: Context
    ) -> empty_pb2.Empty:
        name, expected = MEMBERS.parse(request.name), etags.expected(request.etag)
        async with watched(self._db, Action.MEMBER_DELETE, MEMBERS.format(name)):
            await self._db.run(actions.dismiss, name, caller=caller().name, expected=expected)
        return empty_pb2.Empty()
