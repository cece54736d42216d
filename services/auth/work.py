"""What is due in auth: what is over, letters, and the next signing key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from services.auth.accounts import actions
from services.auth.api_keys import actions as api_keys
from services.auth.audit import actions as audit
from services.auth.codes import actions as codes
from services.auth.factors import actions as factors
from services.auth.invitations import actions as invitations
from services.auth.letters import actions as letters
from services.auth.letters.wire import late
from services.auth.registrations import actions as registrations
from services.auth.signer import Signer
from services.kit.channel import Mesh
from services.kit.db import Database, Tx
from services.kit.names import Name
from services.kit.work import HOUR, Chore, Due, Errand
from turnout.messaging.v1 import notice_pb2_grpc


async def forget_session(tx: Tx, due: Due) -> None:
    await actions.forget(tx, due.id)


async def forget_invitation(tx: Tx, due: Due) -> None:
    assert due.organization is not None
    await invitations.forget(tx, Name(due.organization, due.id))


async def forget_api_key(tx: Tx, due: Due) -> None:
    assert due.organization is not None
    await api_keys.forget(tx, Name(due.organization, due.id))


async def end_overlap(tx: Tx, due: Due) -> None:
    assert due.organization is not None
    await api_keys.end_overlap(tx, Name(due.organization, due.id), due.due_time)


# How often it is looked whether another key is due, in seconds.
LOOK = 60.0


def every(signer: Signer) -> Mapping[str, Chore]:
    async def rotate(_: Database) -> None:
        await signer.rotate()

    return {"signing keys": (LOOK, rotate), "failed logins": (HOUR, audit.forget_failures)}


async def forget_challenge(tx: Tx, due: Due) -> None:
    await registrations.forget(tx, due.id)


def errands(post: letters.Post, mesh: Mesh, now: Callable[[], datetime]) -> Mapping[str, Errand]:
    """Hands letters to messaging. One that was handed over twice is sent once, by its id."""

    async def send(db: Database, due: Due) -> None:
        found = await db.read(post.read, due.id)
        if found is None:
            return
        notice, written = found
        if notice.recipient and not late(notice, written, now()):
            notice.request_id = str(due.id)
            await notice_pb2_grpc.NoticeServiceStub(mesh.channel).SendNotice(notice)
        await db.run(letters.sent, due.id)

    return {letters.SEND: send}


async def forget_device(tx: Tx, due: Due) -> None:
    await factors.forget_device(tx, due.id)


STEPS = {
    factors.FORGET: forget_device,
    actions.FORGET: forget_session,
    codes.FORGET: forget_challenge,
    invitations.FORGET: forget_invitation,
    api_keys.FORGET: forget_api_key,
    api_keys.END_OVERLAP: end_overlap,
}
