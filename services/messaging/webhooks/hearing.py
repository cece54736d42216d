"""What is done about each thing that a provider told: by whom it is read and counted."""

from __future__ import annotations

from datetime import datetime

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.messaging.accounts.domain import Account
from services.messaging.decency import actions as decency
from services.messaging.decency.domain import Reason, Suppression
from services.messaging.dispatch import actions as dispatch
from services.messaging.dispatch.domain import Report
from services.messaging.inbound import actions as inbound
from services.messaging.inbound.domain import Attachment, Inbound, Place
from services.messaging.inbound.domain import address as addressed
from services.messaging.messages.domain import Channel, Failure, Message
from services.messaging.webhooks.actions import Hearing
from services.messaging.webhooks.domain import Status, Written


async def status(tx: Tx, account: Name, provider: str, said: Status, now: datetime) -> None:
    report = Report(
        provider=provider,
        provider_message=said.provider_message,
        message=said.message,
        state=said.state,
        time=min(said.time, now),
        failure=said.failure,
        reason=said.reason,
    )
    message = await dispatch.report(tx, account.organization, report, now)
    if message is not None and message.address:
        await _leave_in_peace(tx, message, said, now)


async def _leave_in_peace(tx: Tx, message: Message, said: Status, now: datetime) -> None:
    """Writes no more to who wants nothing, nor mails to where nobody is: who goes on is blocked."""
    if said.failure is Failure.SUPPRESSED:
        reason = Reason.STOP
    elif said.failure is Failure.NO_ADDRESS and message.channel is Channel.EMAIL:
        reason = Reason.BOUNCE
    else:
        return
    name, address = Name(message.name.organization, new_id()), message.address.lower()
    left = Suppression(name, address, message.channel, reason, said.reason, now)
    await decency.suppress(tx, [left], now)


async def written(tx: Tx, account: Account, said: Written, now: datetime) -> None:
    organization = account.name.organization
    media = [Attachment(one.provider_id, one.content_type, one.filename) for one in said.media]
    message = Inbound(
        name=Name(organization, new_id()),
        channel=account.channel,
        sender=addressed(account.channel, said.sender),
        provider_message=said.provider_message,
        send_time=min(said.time, now),
        create_time=now,
        sender_name=said.sender_name,
        text=said.text,
        button=said.button,
        place=Place(*said.place) if said.place else None,
        attachments=tuple(media),
        reply_to=said.reply_to,
    )
    await inbound.take(tx, message, now)


HEARING = Hearing(status, written)
