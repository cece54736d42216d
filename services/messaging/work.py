"""What messaging does when its time has come, beside sending."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from services.kit.db import Tx
from services.kit.names import Name
from services.kit.work import Due, Step
from services.messaging.campaigns import actions as campaigns
from services.messaging.cascades import actions as cascades
from services.messaging.conversations import store as conversations
from services.messaging.devices import store as devices
from services.messaging.devices.actions import DROP
from services.messaging.inbound import actions as inbound
from services.messaging.messages import actions as messages
from services.messaging.notices import actions as notices
from services.messaging.notices.wire import Link
from services.messaging.people import actions as people
from services.messaging.webhooks import actions as webhooks
from services.messaging.webhooks.hearing import HEARING


def steps(key: bytes, link: Link, now: Callable[[], datetime]) -> Mapping[str, Step]:
    async def erase(tx: Tx, due: Due) -> None:
        await messages.erase(tx, _name(due))

    async def look_again(tx: Tx, due: Due) -> None:
        await notices.look_again(tx, _name(due), key=key, link=link, now=now())

    async def act(tx: Tx, due: Due) -> None:
        await inbound.act(tx, _name(due), key=key, now=now())

    async def hear(tx: Tx, due: Due) -> None:
        await webhooks.hear(tx, _name(due), hearing=HEARING, now=now())

    async def forget_posts(tx: Tx, due: Due) -> None:
        await webhooks.forget(tx, due.id, now())

    async def advance(tx: Tx, due: Due) -> None:
        await cascades.advance(tx, _name(due), key=key, now=now())

    async def drop(tx: Tx, due: Due) -> None:
        await devices.drop(tx, _name(due))

    async def campaign(tx: Tx, due: Due) -> None:
        await campaigns.run(tx, _name(due), now=now())

    async def forget(tx: Tx, due: Due) -> None:
        await people.forget_participant(tx, _name(due), now())
        await inbound.forget(tx, _name(due))
        await conversations.forget(tx, _name(due))

    return {
        people.FORGET: forget,
        DROP: drop,
        campaigns.RUN: campaign,
        notices.TELL: look_again,
        messages.ERASE: erase,
        webhooks.HEAR: hear,
        webhooks.FORGET: forget_posts,
        messages.CASCADE: advance,
        inbound.ACT: act,
    }


def _name(due: Due) -> Name:
    assert due.organization is not None
    return Name(due.organization, due.id)
