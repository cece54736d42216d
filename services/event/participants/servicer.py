"""The RPCs about participants. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from google.protobuf import empty_pb2

from services.event.participants import actions, wire
from services.event.participants.actions import Links
from services.event.participants.domain import PARTICIPANTS, ParticipantNotFound
from services.kit import masks, pages
from services.kit.caller import Kind, caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import Name
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
        said = wire.said(request.participant)

        async def enlist(tx: Tx) -> participant_pb2.Participant:
            return wire.participant(*await actions.enlist(tx, event, contact, said, self._now()))

        return await self._db.run(once(request, enlist))

    async def GetParticipant(
        self, request: participant_pb2.GetParticipantRequest, context: Context
    ) -> participant_pb2.Participant:
        return wire.participant(*await self._db.read(actions.read, own(request.name)))

    async def ListParticipants(
        self, request: participant_pb2.ListParticipantsRequest, context: Context
    ) -> participant_pb2.ListParticipantsResponse:
        page, wanted = pages.page(request, self._secret), wire.wanted(request)
        found = await self._db.read(actions.page, wanted, page)
        key = wire.key(wanted.order)
        shown, token = page.cut(found, lambda seen: key(seen[0]))
        return participant_pb2.ListParticipantsResponse(
            participants=(wire.participant(*seen) for seen in shown), next_page_token=token
        )

    async def UpdateParticipant(
        self, request: participant_pb2.UpdateParticipantRequest, context: Context
    ) -> participant_pb2.Participant:
        sent = request.participant
        name = PARTICIPANTS.parse(sent.name, "participant.name")
        seen = expected(sent.etag, "participant.etag")
        paths = masks.paths(request.update_mask, sent, wire.PATCHABLE)
        revision = partial(wire.revision, sent=sent, paths=paths)
        return wire.participant(
            *await self._db.run(actions.update, name, revision, self._now(), seen=seen)
        )

    async def DeleteParticipant(
        self, request: participant_pb2.DeleteParticipantRequest, context: Context
    ) -> empty_pb2.Empty:
        name, seen = PARTICIPANTS.parse(request.name), expected(request.etag)
        await self._db.run(actions.remove, name, seen=seen)
        return empty_pb2.Empty()

    async def ListDuplicates(
        self, request: participant_pb2.ListDuplicatesRequest, context: Context
    ) -> participant_pb2.ListDuplicatesResponse:
        page, event = pages.page(request, self._secret), wire.duplicates_of(request)
        after = cast("tuple[str, str] | None", page.after)
        found, form = await self._db.read(actions.duplicates, event, after=after, most=page.limit)
        shown, token = page.cut(found, wire.alike_key)
        return participant_pb2.ListDuplicatesResponse(
            duplicates=(wire.alike(each, form) for each in shown), next_page_token=token
        )

    async def MergeParticipant(
        self, request: participant_pb2.MergeParticipantRequest, context: Context
    ) -> participant_pb2.Participant:
        name = PARTICIPANTS.parse(request.name)
        duplicate = wire.duplicate_of(request, name)

        async def merge(tx: Tx) -> participant_pb2.Participant:
            return wire.participant(*await actions.merge(tx, name, duplicate, self._now()))

        return await self._db.run(once(request, merge))

    async def InviteParticipant(
        self, request: participant_pb2.InviteParticipantRequest, context: Context
    ) -> participant_pb2.Participant:
        name = PARTICIPANTS.parse(request.name)

        async def invite(tx: Tx) -> participant_pb2.Participant:
            return wire.participant(*await actions.invite(tx, name, self._links, self._now()))

        return await self._db.run(once(request, invite))

    async def GetInvitation(
        self, request: participant_pb2.GetInvitationRequest, context: Context
    ) -> participant_pb2.Invitation:
        name = PARTICIPANTS.parse(caller().name)
        return wire.invitation(*await self._db.read(actions.invitation, name, self._links))

    async def AnswerInvitation(
        self, request: participant_pb2.AnswerInvitationRequest, context: Context
    ) -> participant_pb2.Participant:
        name, reply = own(request.name), wire.reply(request)
        # A member who answers for somebody cannot know everything.
        whole = caller().kind is Kind.GUEST

        async def answer(tx: Tx) -> participant_pb2.Participant:
            answered = await actions.answer(tx, name, reply, self._now(), whole=whole)
            return wire.participant(*answered)

        return await self._db.run(once(request, answer))


def own(name: str) -> Name:
    """Reads the name of a participant, which is the caller unless the caller may do more."""
    found = PARTICIPANTS.parse(name)
    if not caller().permitted and caller().name != name:
        raise ParticipantNotFound(name)
    return found
