"""What is due in auth: sessions and invitations that are over, and the next signing key."""

from __future__ import annotations

from collections.abc import Mapping

from services.auth.accounts import actions
from services.auth.api_keys import actions as api_keys
from services.auth.invitations import actions as invitations
from services.auth.signer import Signer
from services.kit.db import Database, Tx
from services.kit.names import Name
from services.kit.work import Chore, Due


async def forget_session(tx: Tx, due: Due) -> None:
    await actions.forget(tx, due.id)


async def forget_invitation(tx: Tx, due: Due) -> None:
    assert due.organization is not None
    await invitations.forget(tx, Name(due.organization, due.id))


async def forget_api_key(tx: Tx, due: Due) -> None:
    assert due.organization is not None
    await api_keys.forget(tx, Name(due.organization, due.id))


# How often it is looked whether another key is due, in seconds.
LOOK = 60.0


def every(signer: Signer) -> Mapping[str, Chore]:
    async def rotate(_: Database) -> None:
        await signer.rotate()

    return {"signing keys": (LOOK, rotate)}


STEPS = {
    actions.FORGET: forget_session,
    invitations.FORGET: forget_invitation,
    api_keys.FORGET: forget_api_key,
}
