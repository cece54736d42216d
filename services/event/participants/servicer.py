"""The RPCs about participants. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.event.participants import actions, store, wire
from services.event.participants.actions import Links
from services.event.participants.domain import PARTICIPANTS, ParticipantNotFound
from services.kit import pages
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.names import Name, parent
from services.kit.once import once
from turnout.event.v1 import participant_pb2, participant_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class ParticipantServicer(participant_pb2_grpc.ParticipantServiceServicer):
    """`links` makes what invitations carry; `secret` is what page tokens are signed with."""

    def __init__(
        self, db: Database, now: Callable[[], datetime], links: Links, secret: bytes
    ) -> None:
        self._db = db
        self._now = now
        self._links = links
        self._secret = secret

    async def CreateParticipant(
        self, request: participant_pb2.CreateParticipantRequest, context: Context
    ) -> participant_pb2.Participant:
        event, contact = wire.event_of(request), wire.contact(request.participant)

        async def enlist(tx: Tx) -> participant_pb2.Participant:
            return wire.participant(await actions.enlist(tx, event, contact, self._now()))

        return await self._db.run(once(request, enlist))

    async def GetParticipant(
        self, request: participant_pb2.GetParticipantRequest, context: Context
    ) -> participant_pb2.Participant:
        return wire.participant(await self._db.read(store.find, own(request.name)))

    async def ListParticipants(
        self, request: participant_pb2.ListParticipantsRequest, context: Context
    ) -> participant_pb2.ListParticipantsResponse:
        page, organization = pages.page(request, self._secret), parent(request.parent)
        found = await self._db.read(
            store.page,
            organization,
            event=wire.event_asked(request),
            after=page.after,
            most=page.limit,
        )
        shown, token = page.cut(found, wire.key)
        return participant_pb2.ListParticipantsResponse(
            participants=map(wire.participant, shown), next_page_token=token
        )

    async def InviteParticipant(
        self, request: participant_pb2.InviteParticipantRequest, context: Context
    ) -> participant_pb2.Participant:
        name = PARTICIPANTS.parse(request.name)

        async def invite(tx: Tx) -> participant_pb2.Participant:
            return wire.participant(await actions.invite(tx, name, self._links, self._now()))

        return await self._db.run(once(request, invite))

    async def GetInvitation(
        self, request: participant_pb2.GetInvitationRequest, context: Context
    ) -> participant_pb2.Invitation:
        name = PARTICIPANTS.parse(caller().name)
        return wire.invitation(*await self._db.read(actions.invitation, name))

    async def AnswerInvitation(
        self, request: participant_pb2.AnswerInvitationRequest, context: Context
    ) -> participant_pb2.Participant:
        name, reply = own(request.name), wire.reply(request)

        async def answer(tx: Tx) -> participant_pb2.Participant:
            return wire.participant(await actions.answer(tx, name, reply, self._now()))

        return await self._db.run(once(request, answer))


def own(name: str) -> Name:
    """Reads the name of a participant, which is the caller unless the caller may do more."""
    found = PARTICIPANTS.parse(name)
    if not caller().permitted and caller().name != name:
        raise ParticipantNotFound(name)
    return found
