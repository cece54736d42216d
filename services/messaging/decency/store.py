"""Suppressions, consents and policies. Each function is one statement, in a transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Statement, Tx, given, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.decency.domain import Candidate, Consent, Policy, Reason, Suppression
from services.messaging.digests.domain import CHANNELS
from services.messaging.messages.domain import Channel, Kind, Priority
from services.messaging.tables import consents, events, messages, sending_policies, suppressions

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_ID = sa.bindparam("id", type_=sa.Uuid)
_time = messages.c.create_time.type

_GIVEN = [column.name for column in suppressions.c]
_listed = given(**{name: suppressions.c[name].type for name in _GIVEN})
_SUPPRESS = sql(
    insert(suppressions)
    .from_select(_GIVEN, sa.select(*_listed.c))
    .on_conflict_do_nothing(index_elements=["organization", "address", "channel"])
    .returning(suppressions.c.id)
)
_this = (suppressions.c.organization == _ORGANIZATION, suppressions.c.id == _ID)
_SUPPRESSION = sql(sa.select(suppressions).where(*_this))
_KNOWN = sql(
    sa.select(suppressions).where(
        suppressions.c.organization == _ORGANIZATION,
        suppressions.c.address == sa.bindparam("address", type_=sa.Text),
        suppressions.c.channel == sa.bindparam("channel", type_=sa.Text),
    )
)
_ALLOW = sql(
    sa.delete(suppressions).where(
        suppressions.c.organization == _ORGANIZATION,
        suppressions.c.address == sa.bindparam("address", type_=sa.Text),
        suppressions.c.reason == sa.bindparam("reason", type_=sa.Text),
    )
)
_DELETE = sql(
    sa.delete(suppressions).where(
        *_this, suppressions.c.version == sa.bindparam("version", type_=sa.Integer)
    )
)
_SUPPRESSED = sql(
    sa.select(suppressions.c.address, suppressions.c.reason).where(
        suppressions.c.organization == _ORGANIZATION,
        suppressions.c.address == sa.any_(sa.bindparam("addresses", type_=ARRAY(sa.Text))),
        suppressions.c.channel.in_(
            [sa.literal_column("'none'"), sa.bindparam("channel", type_=sa.Text)]
        ),
    )
)

_CONSENT = sql(
    sa.select(consents).where(consents.c.organization == _ORGANIZATION, consents.c.id == _ID)
)
_AGREE = sql(sa.insert(consents))
_WITHDRAW = sql(
    sa.update(consents)
    .where(consents.c.organization == sa.bindparam("of"), consents.c.id == sa.bindparam("which"))
    .values(withdraw_time=sa.bindparam("at", type_=_time), version=consents.c.version + 1)
)
_AGREED = sql(
    sa.select(consents.c.address)
    .where(
        consents.c.organization == _ORGANIZATION,
        consents.c.address == sa.any_(sa.bindparam("addresses", type_=ARRAY(sa.Text))),
        consents.c.channel == sa.bindparam("channel", type_=sa.Text),
        consents.c.withdraw_time.is_(None),
    )
    .distinct()
)
_TAKE_BACK = sql(
    sa.update(consents)
    .where(
        consents.c.organization == _ORGANIZATION,
        consents.c.address == sa.bindparam("whose", type_=sa.Text),
        consents.c.withdraw_time.is_(None),
    )
    .values(withdraw_time=sa.bindparam("at", type_=_time), version=consents.c.version + 1)
)

_POLICY = sql(sa.select(sending_policies).where(sending_policies.c.organization == _ORGANIZATION))
_LOCK_POLICY = sql(
    sa.select(sending_policies)
    .where(sending_policies.c.organization == _ORGANIZATION)
    .with_for_update()
)
_usual = insert(sending_policies).values(organization=_ORGANIZATION)
_OPEN_POLICY = sql(_usual.on_conflict_do_nothing(index_elements=[sending_policies.c.organization]))
_CHANGE_POLICY = sql(
    sa.update(sending_policies)
    .where(sending_policies.c.organization == sa.bindparam("of", type_=sa.Uuid))
    .values(
        {
            name: sa.bindparam(f"new_{name}", type_=sending_policies.c[name].type)
            for name in (
                "quiet_start",
                "quiet_end",
                "daily_cap",
                "leave_notices",
                "late_seconds",
                "digest_seconds",
                "consent_channels",
            )
        }
        | {"version": sending_policies.c.version + 1}
    )
)

_CANDIDATES = sql(
    sa.select(
        messages.c.id,
        messages.c.recipient,
        messages.c.address,
        messages.c.priority,
        messages.c.open_attempt,
        messages.c.expire_time,
        messages.c.create_time,
        messages.c.channel,
        messages.c.kind,
        messages.c.attempts,
        messages.c.cascade,
        sa.func.coalesce(events.c.time_zone, "").label("time_zone"),
    )
    .select_from(
        messages.outerjoin(
            events,
            sa.and_(
                events.c.organization == messages.c.organization, events.c.id == messages.c.event
            ),
        )
    )
    .where(
        messages.c.organization == _ORGANIZATION,
        messages.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
    )
)
_pressing: sa.ColumnElement[int] = sa.literal_column(str(int(Priority.HIGH)))
_said = sa.func.coalesce(messages.c.cascade, messages.c.id)
_GOT = sql(
    sa.select(
        messages.c.recipient,
        _said.label("said"),
        sa.func.min(messages.c.send_time).label("send_time"),
    )
    .where(
        messages.c.organization == _ORGANIZATION,
        messages.c.recipient == sa.any_(sa.bindparam("recipients", type_=ARRAY(sa.Text))),
        messages.c.send_time >= sa.bindparam("since", type_=_time),
        sa.or_(messages.c.priority > _pressing, messages.c.expire_time.is_not(None)),
        # What went together counts once.
        messages.c.digest.is_(None),
    )
    .group_by(messages.c.recipient, _said)
)
_WAITING_FOR = sql(
    sa.select(messages.c.id).where(
        messages.c.organization == _ORGANIZATION,
        sa.func.lower(messages.c.address)
        == sa.any_(sa.bindparam("addresses", type_=ARRAY(sa.Text))),
        messages.c.state == sa.literal_column("'queued'"),
        messages.c.priority > sa.literal_column(str(int(Priority.IMMEDIATE))),
    )
)


def _list(table: sa.Table, *where: sa.ColumnElement[bool]) -> Statement:
    last = sa.bindparam("last", type_=sa.Uuid)
    return sql(
        sa.select(table)
        .where(table.c.organization == _ORGANIZATION, sa.or_(last.is_(None), table.c.id > last))
        .where(*where)
        .order_by(table.c.id)
        .limit(sa.bindparam("most"))
    )


_address = sa.bindparam("address", type_=sa.Text)
_LISTS = {
    (table, one): _list(table, *([table.c.address == _address] if one else []))
    for table in (suppressions, consents)
    for one in (False, True)
}


# --- suppressions


async def suppress(tx: Tx, listed: Sequence[Suppression]) -> list[uuid.UUID]:
    """Puts addresses on the list; gives the ids of those that were not there."""
    rows = [
        {
            "organization": each.name.organization,
            "id": each.name.id,
            "address": each.address,
            "channel": each.channel.value,
            "reason": each.reason.value,
            "note": each.note,
            "create_time": each.create_time,
            "version": each.version,
        }
        for each in listed
    ]
    given = {name: [row[name] for row in rows] for name in _GIVEN}
    return [row.id for row in await tx.all(_SUPPRESS, **given)]


async def suppression(tx: Tx, name: Name) -> Suppression | None:
    row = await tx.maybe(_SUPPRESSION, organization=name.organization, id=name.id)
    return None if row is None else _suppression(row)


async def known(tx: Tx, like: Suppression) -> Suppression | None:
    """The entry of the same address and channel."""
    key = {"organization": like.name.organization, "address": like.address}
    row = await tx.maybe(_KNOWN, **key, channel=like.channel.value)
    return None if row is None else _suppression(row)


async def allow(tx: Tx, organization: uuid.UUID, address: str, reason: Reason) -> None:
    key = {"organization": organization, "address": address}
    await tx.run(_ALLOW, **key, reason=reason.value)


async def delete(tx: Tx, suppression: Suppression) -> bool:
    """False if it has changed since, or has gone."""
    name = suppression.name
    key = {"organization": name.organization, "id": name.id}
    return await tx.run(_DELETE, **key, version=suppression.version) == 1


async def suppressions_of(
    tx: Tx, organization: uuid.UUID, page: Page, address: str
) -> list[Suppression]:
    return [_suppression(row) for row in await _page(tx, suppressions, organization, page, address)]


async def suppressed(
    tx: Tx, organization: uuid.UUID, channel: Channel, addresses: Iterable[str]
) -> dict[str, Reason]:
    rows = await tx.all(
        _SUPPRESSED, organization=organization, channel=channel.value, addresses=list(addresses)
    )
    return {row.address: Reason(row.reason) for row in rows}


def _suppression(row: Any) -> Suppression:
    return Suppression(
        name=Name(row.organization, row.id),
        address=row.address,
        channel=Channel(row.channel),
        reason=Reason(row.reason),
        note=row.note,
        create_time=row.create_time,
        version=row.version,
    )


async def _page(
    tx: Tx, table: sa.Table, organization: uuid.UUID, page: Page, address: str
) -> list[Any]:
    wanted = {"address": address} if address else {}
    statement = _LISTS[table, bool(address)]
    keys = page.keys("last")
    return await tx.all(statement, organization=organization, most=page.limit, **keys, **wanted)


# --- consents


async def agree(tx: Tx, consent: Consent) -> None:
    await tx.run(
        _AGREE,
        organization=consent.name.organization,
        id=consent.name.id,
        address=consent.address,
        channel=consent.channel.value,
        proof=consent.proof,
        agree_time=consent.agree_time,
        create_time=consent.create_time,
        withdraw_time=consent.withdraw_time,
        version=consent.version,
    )


async def consent(tx: Tx, name: Name) -> Consent | None:
    row = await tx.maybe(_CONSENT, organization=name.organization, id=name.id)
    return None if row is None else _consent(row)


async def consents_of(tx: Tx, organization: uuid.UUID, page: Page, address: str) -> list[Consent]:
    return [_consent(row) for row in await _page(tx, consents, organization, page, address)]


async def withdraw(tx: Tx, name: Name, at: datetime) -> None:
    await tx.run(_WITHDRAW, of=name.organization, which=name.id, at=at)


async def take_back(tx: Tx, organization: uuid.UUID, address: str, at: datetime) -> None:
    """Withdraws whatever was agreed to with an address."""
    await tx.run(_TAKE_BACK, organization=organization, whose=address, at=at)


async def agreed(
    tx: Tx, organization: uuid.UUID, channel: Channel, addresses: Iterable[str]
) -> frozenset[str]:
    rows = await tx.all(
        _AGREED, organization=organization, channel=channel.value, addresses=list(addresses)
    )
    return frozenset(row.address for row in rows)


def _consent(row: Any) -> Consent:
    return Consent(
        name=Name(row.organization, row.id),
        address=row.address,
        channel=Channel(row.channel),
        proof=row.proof,
        agree_time=row.agree_time,
        create_time=row.create_time,
        withdraw_time=row.withdraw_time,
        version=row.version,
    )


# --- policies


async def policy(tx: Tx, organization: uuid.UUID) -> Policy:
    row = await tx.maybe(_POLICY, organization=organization)
    return Policy(organization) if row is None else _policy(row)


async def lock_policy(tx: Tx, organization: uuid.UUID) -> Policy:
    await tx.run(_OPEN_POLICY, organization=organization)
    return _policy(await tx.one(_LOCK_POLICY, organization=organization))


async def change_policy(tx: Tx, policy: Policy) -> None:
    await tx.run(
        _CHANGE_POLICY,
        of=policy.organization,
        new_quiet_start=_seconds(policy.quiet_start),
        new_quiet_end=_seconds(policy.quiet_end),
        new_daily_cap=policy.daily_cap,
        new_leave_notices=policy.leave_notices,
        new_late_seconds=_long(policy.late_threshold),
        new_digest_seconds=_long(policy.digest_window),
        new_consent_channels=sorted(channel.value for channel in policy.consent_channels),
    )


def _policy(row: Any) -> Policy:
    return Policy(
        organization=row.organization,
        quiet_start=_clock(row.quiet_start),
        quiet_end=_clock(row.quiet_end),
        daily_cap=row.daily_cap,
        leave_notices=row.leave_notices,
        late_threshold=timedelta(seconds=row.late_seconds) if row.late_seconds else None,
        digest_window=timedelta(seconds=row.digest_seconds) if row.digest_seconds else None,
        consent_channels=frozenset(map(Channel, row.consent_channels)),
        version=row.version,
    )


def _long(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


def _seconds(clock: time | None) -> int | None:
    return None if clock is None else clock.hour * 3600 + clock.minute * 60 + clock.second


def _clock(seconds: int | None) -> time | None:
    return None if seconds is None else time(seconds // 3600, seconds // 60 % 60, seconds % 60)


# --- messages


async def candidates(tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID]) -> list[Candidate]:
    rows = await tx.all(_CANDIDATES, organization=organization, ids=list(ids))
    return [
        Candidate(
            id=row.id,
            recipient=row.recipient,
            address=row.address,
            priority=Priority(row.priority),
            time_zone=row.time_zone,
            open_attempt=row.open_attempt,
            expire_time=row.expire_time,
            since=row.create_time if _gathers(row) else None,
            cascade=row.cascade,
        )
        for row in rows
    ]


def _gathers(row: Any) -> bool:
    """Whether others may go with a message: nobody has tried to send it, and it is none of many."""
    alone = row.attempts or row.expire_time or row.kind == Kind.DIGEST.value
    can_wait = row.priority > Priority.HIGH and Channel(row.channel) in CHANNELS
    return can_wait and not alone


async def got(
    tx: Tx, organization: uuid.UUID, recipients: Iterable[str], since: datetime
) -> dict[str, dict[uuid.UUID, datetime]]:
    """What counts for the cap that people were told since then, and when first."""
    rows = await tx.all(_GOT, organization=organization, recipients=list(recipients), since=since)
    found: dict[str, dict[uuid.UUID, datetime]] = {}
    for row in rows:
        found.setdefault(row.recipient, {})[row.said] = row.send_time
    return found


async def waiting_for(tx: Tx, organization: uuid.UUID, addresses: Iterable[str]) -> list[uuid.UUID]:
    """The messages to addresses that nobody may have yet, and that can wait."""
    rows = await tx.all(_WAITING_FOR, organization=organization, addresses=list(addresses))
    return [row.id for row in rows]
