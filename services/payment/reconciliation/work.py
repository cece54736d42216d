"""What comparing books does when its time has come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from services.kit.db import Database, Tx
from services.kit.names import Name
from services.payment.disputes import actions as disputes
from services.payment.provider import Provider
from services.payment.reconciliation import actions

Now = Callable[[], datetime]


def steps(
    providers: Mapping[str, Provider], now: Now
) -> Mapping[str, Callable[[Tx, Any], Awaitable[None]]]:
    async def night(tx: Tx, due: Any) -> None:
        await actions.tonight(tx, due.organization, providers, now())

    return {actions.NIGHT: night}


def errands(
    providers: Mapping[str, Provider], now: Now
) -> Mapping[str, Callable[[Database, Any], Awaitable[None]]]:
    async def compare(db: Database, due: Any) -> None:
        name = Name(due.organization, due.id)
        found = await db.read(actions.ours, name)
        if found is None:
            return
        value, mine = found
        # Asked after we looked at our own side: what ends in between is not taken for missing.
        provider = providers[value.provider]
        theirs = await provider.movements(due.organization, *value.wider)
        told = await provider.disputes(due.organization, *value.disputed)
        await db.run(actions.finish, name, mine, theirs, told, now())

    async def hear(db: Database, due: Any) -> None:
        value = await db.read(actions.find, Name(due.organization, due.id))
        provider = providers[value.provider]
        for told in await provider.disputes(due.organization, *value.disputed):
            await db.run(disputes.hear, due.organization, value.provider, told, now())

    return {actions.COMPARE: compare, actions.HEAR: hear}
