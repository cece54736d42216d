"""What decency asks for, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import ORGANIZATIONS, Name
from services.kit.pages import Page
from services.messaging.decency import domain, store
from services.messaging.decency.domain import (
    CONSENTS,
    SUPPRESSIONS,
    Consent,
    Known,
    Policy,
    Reason,
    Suppression,
    Verdict,
)
from services.messaging.digests import store as digests
from services.messaging.messages import store as messages
from services.messaging.messages import wire as message_wire
from services.messaging.messages.actions import CASCADE
from services.messaging.messages.domain import (
    FINAL,
    MESSAGES,
    Channel,
    Event,
    Failure,
    Kind,
    Message,
    State,
    fail,
)

# However a day is reckoned where somebody is, it began within this time.
A_DAY = timedelta(days=2)


# --- judging


async def judge(
    tx: Tx, organization: uuid.UUID, channel: Channel, ids: Sequence[uuid.UUID], now: datetime
) -> dict[uuid.UUID, Verdict]:
    """Whether messages that are about to go out on a channel may, each by its id."""
    candidates = await store.candidates(tx, organization, ids)
    policy = await store.policy(tx, organization)
    addresses = {each.address.lower() for each in candidates}
    got: dict[str, dict[uuid.UUID, datetime]] = {}
    known = Known(policy, await store.suppressed(tx, organization, channel, addresses))
    if channel in policy.consent_channels:
        agreed = await store.agreed(tx, organization, channel, addresses)
        known = replace(known, agreed=agreed)
    if policy.daily_cap:
        recipients = {each.recipient for each in candidates}
        got = await store.got(tx, organization, recipients, now - A_DAY)
        known = replace(known, got=got)
    verdicts: dict[uuid.UUID, Verdict] = {}
    for each in sorted(candidates, key=lambda candidate: (candidate.priority, candidate.id)):
        verdict = domain.judge(each, channel, known, now)
        verdicts[each.id] = verdict
        if verdict is None and policy.daily_cap and not each.is_pressing:
            got.setdefault(each.recipient, {}).setdefault(each.said, now)
    return verdicts


# --- leaving people in peace


async def suppress(tx: Tx, listed: Sequence[Suppression], now: datetime) -> int:
    """Puts addresses on the list, and fails what waits for them. Says how many are new."""
    if not listed:
        return 0
    unique = {(each.address, each.channel): each for each in reversed(listed)}
    ordered = sorted(unique.values(), key=lambda each: (each.address, each.channel.value))
    new = await store.suppress(tx, ordered)
    organization = listed[0].name.organization
    await drop(tx, organization, ordered, now)
    return len(new)


async def drop(
    tx: Tx, organization: uuid.UUID, listed: Iterable[Suppression], now: datetime
) -> None:
    """Fails what waits to go to addresses on the list."""
    on: dict[str, list[Suppression]] = {}
    for each in listed:
        on.setdefault(each.address, []).append(each)
    ids = await store.waiting_for(tx, organization, on)
    for message in await messages.lock_all(tx, organization, ids):
        if message.state is State.QUEUED and not message.open_attempt:
            reasons = [
                each.reason
                for each in on.get(message.address.lower(), [])
                if each.channel in (Channel.NONE, message.channel)
            ]
            if reasons:
                why = domain.SUPPRESSED.format(reason=reasons[0].value)
                await fail_now(tx, message, Failure.SUPPRESSED, why, now=now)


async def fail_now(
    tx: Tx, message: Message, failure: Failure, reason: str, *, now: datetime
) -> Message:
    """Fails a message that is locked and that nobody may have, and tells of it."""
    assert message.state not in FINAL
    after = fail(message, failure, reason)
    await messages.keep(tx, message.name.organization, [(after, None)])
    event = Event(after.name, after.state, now, now, failure=failure, reason=reason)
    await messages.record(tx, [event])
    if message.kind is Kind.DIGEST:
        await digests.release(tx, message.name.organization, message.name.id)
    if failure is not Failure.SUPERSEDED:
        tx.publish(message_wire.failed(after), subject=MESSAGES.format(after.name))
        if after.cascade is not None:
            tx.schedule(CASCADE, after.name.organization, after.cascade, now)
    return after


async def stop(tx: Tx, organization: uuid.UUID, addresses: Iterable[str], now: datetime) -> None:
    """Somebody wants no more messages: from now on none, on no channel."""
    found = _compared(addresses)
    listed = [
        Suppression(Name(organization, new_id()), each, Channel.NONE, Reason.STOP, "", now)
        for each in found
    ]
    for address in found:
        await store.take_back(tx, organization, address, now)
    await suppress(tx, listed, now)


async def allow(tx: Tx, organization: uuid.UUID, addresses: Iterable[str]) -> None:
    """Somebody wants messages again, and says so themselves."""
    for address in _compared(addresses):
        await store.allow(tx, organization, address, Reason.STOP)


def _compared(addresses: Iterable[str]) -> list[str]:
    """Addresses as they are compared; WhatsApp leaves the plus of a number out."""
    return sorted({f"+{a}" if a.isdecimal() else a.lower() for a in addresses if a})


# --- the list


async def create(tx: Tx, suppression: Suppression, now: datetime) -> Suppression:
    await suppress(tx, [suppression], now)
    found = await store.known(tx, suppression)
    assert found is not None
    return found


async def suppression(tx: Tx, name: Name) -> Suppression:
    found = await store.suppression(tx, name)
    if found is None:
        raise domain.SuppressionNotFound(SUPPRESSIONS.format(name))
    return found


async def suppressions(
    tx: Tx, organization: uuid.UUID, page: Page, address: str
) -> tuple[Sequence[Suppression], str]:
    found = await store.suppressions_of(tx, organization, page, address)
    return page.cut(found, lambda each: (each.name.id,))


async def delete(tx: Tx, name: Name, version: int | None) -> None:
    found = await suppression(tx, name)
    domain.can_delete(found)
    if version not in (None, found.version) or not await store.delete(tx, found):
        raise StaleEtag(SUPPRESSIONS.format(name))


# --- consents


async def agree(tx: Tx, consent: Consent) -> Consent:
    await store.agree(tx, consent)
    return consent


async def consent(tx: Tx, name: Name) -> Consent:
    found = await store.consent(tx, name)
    if found is None:
        raise domain.ConsentNotFound(CONSENTS.format(name))
    return found


async def consents(
    tx: Tx, organization: uuid.UUID, page: Page, address: str
) -> tuple[Sequence[Consent], str]:
    found = await store.consents_of(tx, organization, page, address)
    return page.cut(found, lambda each: (each.name.id,))


async def withdraw(tx: Tx, name: Name, version: int | None, now: datetime) -> Consent:
    found = await consent(tx, name)
    if version not in (None, found.version):
        raise StaleEtag(CONSENTS.format(name))
    if found.withdraw_time is not None:
        return found
    await store.withdraw(tx, name, now)
    return replace(found, withdraw_time=now, version=found.version + 1)


# --- policies


async def policy(tx: Tx, organization: uuid.UUID) -> Policy:
    return await store.policy(tx, organization)


async def change_policy(
    tx: Tx, organization: uuid.UUID, rule: Callable[[Policy], Policy], version: int | None
) -> Policy:
    before = await store.lock_policy(tx, organization)
    if version not in (None, before.version):
        raise StaleEtag(f"{ORGANIZATIONS.format(organization)}/sendingPolicy")
    after = domain.need_policy(rule(before))
    await store.change_policy(tx, after)
    return replace(after, version=before.version + 1)
