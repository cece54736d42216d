"""Takes bytes out of storage that nothing speaks of any more."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping

from services.event.media import actions, storage
from services.event.media.domain import SWEEP
from services.event.media.storage import Storage
from services.kit.db import Database
from services.kit.names import Name
from services.kit.work import Due, Errand


def errands(bytes_in: Storage) -> Mapping[str, Errand]:
    async def sweep(db: Database, due: Due) -> None:
        assert due.organization is not None
        name = Name(due.organization, due.id)
        kept = await db.run(actions.abandon, name)
        await bytes_in.delete(storage.incoming(name))
        if not kept:
            await bytes_in.delete_all(storage.folder(name))

    return {SWEEP: sweep}


def forgetting(bytes_in: Storage) -> Callable[[uuid.UUID], Awaitable[None]]:
    """Does away with every file of an organization."""

    async def forget(organization: uuid.UUID) -> None:
        for folder in storage.folders(organization):
            await bytes_in.delete_all(folder)

    return forget
