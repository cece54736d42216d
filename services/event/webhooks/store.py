"""What is kept of webhooks: one statement per function, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
import functools
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert

from services.event.tables import webhook_deliveries, webhook_endpoints
from services.event.webhooks.domain import (
    DELIVERIES,
    ENDPOINTS,
    Delivery,
    Endpoint,
    Fate,
    Outcome,
    Plan,
    State,
    Told,
    WebhookDeliveryNotFound,
    WebhookEndpointNotFound,
)
from services.kit.db import Statement, Tx, sql
from services.kit.etags import StaleEtag
from services.kit.names import Name

_ends, _lots = webhook_endpoints.c, webhook_deliveries.c
_here = sa.bindparam("organization", type_=sa.Uuid)
_this = (_ends.organization == _here, _ends.id == sa.bindparam("id", type_=sa.Uuid))
_that = (_lots.organization == _here, _lots.id == sa.bindparam("id", type_=sa.Uuid))
_of = (_lots.organization == _here, _lots.endpoint == sa.bindparam("endpoint", type_=sa.Uuid))


def _columns(table: sa.Table, *but: str) -> dict[str, Any]:
    return {c.name: sa.bindparam(c.name, type_=c.type) for c in table.c if c.name not in but}


_FIND = sql(sa.select(webhook_endpoints).where(*_this))
_LOCK = sql(sa.select(webhook_endpoints).where(*_this).with_for_update())
_ADD = sql(sa.insert(webhook_endpoints).values(_columns(webhook_endpoints)))
_SAVE = sql(
    sa.update(webhook_endpoints)
    .where(*_this)
    .values(_columns(webhook_endpoints, "organization", "id", "create_time"))
)
_DROP = sql(sa.delete(webhook_endpoints).where(*_this))
# Whoever counts them waits for whoever adds one.
_ALL = sql(
    sa.select(_ends.id).where(_ends.organization == _here).order_by(_ends.id).with_for_update()
)
_ALONE = sql(
    sa.select(
        sa.func.pg_advisory_xact_lock(
            sa.func.hashtextextended(sa.bindparam("what", type_=sa.Text), 0)
        ).label("mine")
    )
)
_LISTENING = sql(
    sa.select(_ends.id, _ends.state).where(
        _ends.organization == _here,
        sa.or_(
            sa.func.cardinality(_ends.kinds) == 0,
            sa.bindparam("kind", type_=sa.Text) == sa.any_(_ends.kinds),
        ),
    )
)
_TELL = sql(
    insert(webhook_deliveries)
    .values(_columns(webhook_deliveries))
    .on_conflict_do_nothing()
    .returning(_lots.id)
)
_DELIVERY = sql(sa.select(webhook_deliveries).where(*_that))
_LOCK_DELIVERY = sql(sa.select(webhook_deliveries).where(*_that).with_for_update())
_CHANGING = (
    "fate",
    "attempts",
    "status",
    "response",
    "problem",
    "attempt_time",
    "next_time",
    "version",
)
_KEEP = sql(
    sa.update(webhook_deliveries)
    .where(*_that)
    .values({name: sa.bindparam(name, type_=_lots[name].type) for name in _CHANGING})
)
_pending = (*_of, _lots.fate == Fate.PENDING.value)
_about = (*_pending, _lots.subject == sa.bindparam("subject", type_=sa.Text))
_EARLIER = sql(sa.select(_lots.id).where(*_about, _lots.id < sa.bindparam("id")).limit(1))
_NEXT = sql(sa.select(_lots.id).where(*_about).order_by(_lots.id).limit(1))
_FIRSTS = sql(
    sa.select(_lots.id)
    .where(*_pending)
    .ext(distinct_on(_lots.subject))
    .order_by(_lots.subject, _lots.id)
)
_again = (
    sa.select(_lots.id)
    .where(
        *_of,
        _lots.fact_time >= sa.bindparam("since"),
        _lots.fact_time < sa.bindparam("before"),
        _lots.fate == sa.any_(sa.bindparam("fates", type_=ARRAY(sa.Text))),
    )
    .order_by(_lots.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_AGAIN = sql(
    sa.update(webhook_deliveries)
    .where(_lots.organization == _here, _lots.id.in_(_again))
    .values(fate=Fate.PENDING.value, attempts=0, next_time=None, version=_lots.version + 1)
)
_FORGET = sql(sa.delete(webhook_deliveries).where(*_of, _lots.fact_time < sa.bindparam("before")))


# --- endpoints


async def find(tx: Tx, name: Name) -> Endpoint:
    return await _endpoint_at(tx, _FIND, name)


async def lock_endpoint(tx: Tx, name: Name) -> Endpoint:
    return await _endpoint_at(tx, _LOCK, name)


async def lock_all(tx: Tx, organization: uuid.UUID) -> int:
    """How many endpoints an organization has; nobody adds one until the commit."""
    await tx.run(_ALONE, what=f"webhooks of {organization}")
    return len(await tx.all(_ALL, organization=organization))


async def add(tx: Tx, endpoint: Endpoint) -> None:
    await tx.run(_ADD, **_values(endpoint))


async def save(tx: Tx, endpoint: Endpoint, *, seen: int | None = None) -> Endpoint:
    """Writes the next version of an endpoint that was locked."""
    if seen is not None and seen != endpoint.version:
        raise StaleEtag(ENDPOINTS.format(endpoint.name))
    saved = dataclasses.replace(endpoint, version=endpoint.version + 1)
    await tx.run(_SAVE, **{k: v for k, v in _values(saved).items() if k != "create_time"})
    return saved


async def drop(tx: Tx, endpoint: Endpoint, *, seen: int | None) -> None:
    if seen is not None and seen != endpoint.version:
        raise StaleEtag(ENDPOINTS.format(endpoint.name))
    await tx.run(_DROP, organization=endpoint.name.organization, id=endpoint.name.id)


async def page(
    tx: Tx, organization: uuid.UUID, *, after: tuple[Any, ...] | None, most: int
) -> list[Endpoint]:
    last = {} if after is None else {"after": after[0]}
    rows = await tx.all(
        _page_of_endpoints(after is not None), organization=organization, most=most, **last
    )
    return [_endpoint(row) for row in rows]


@functools.cache
def _page_of_endpoints(later: bool) -> Statement:
    query = sa.select(webhook_endpoints).where(_ends.organization == _here)
    if later:
        query = query.where(_ends.id > sa.bindparam("after"))
    return sql(query.order_by(_ends.id).limit(sa.bindparam("most", type_=sa.Integer)))


async def _endpoint_at(tx: Tx, statement: Statement, name: Name) -> Endpoint:
    row = await tx.maybe(statement, organization=name.organization, id=name.id)
    if row is None:
        raise WebhookEndpointNotFound(ENDPOINTS.format(name))
    return _endpoint(row)


# --- deliveries


async def listening(tx: Tx, organization: uuid.UUID, kind: str) -> list[tuple[uuid.UUID, State]]:
    """Who is told facts of a kind, and whether just now."""
    rows = await tx.all(_LISTENING, organization=organization, kind=kind)
    return [(row.id, State(row.state)) for row in rows]


async def tell(tx: Tx, delivery: Delivery) -> bool:
    """Has an endpoint told, unless it has been; says whether that is new."""
    return await tx.maybe(_TELL, **_delivery_values(delivery)) is not None


async def delivery(tx: Tx, name: Name) -> Delivery:
    return await _delivery_at(tx, _DELIVERY, name)


async def lock_delivery(tx: Tx, name: Name) -> Delivery:
    return await _delivery_at(tx, _LOCK_DELIVERY, name)


async def keep(tx: Tx, delivery: Delivery) -> None:
    values = _delivery_values(delivery)
    await tx.run(_KEEP, **{k: values[k] for k in ("organization", "id", *_CHANGING)})


async def is_first(tx: Tx, delivery: Delivery) -> bool:
    """Whether nothing earlier is to be told of the same subject."""
    return await tx.maybe(_EARLIER, id=delivery.name.id, **_subject(delivery)) is None


async def next_of(tx: Tx, delivery: Delivery) -> uuid.UUID | None:
    """What is to be told next of the same subject."""
    row = await tx.maybe(_NEXT, **_subject(delivery))
    return row.id if row else None


async def firsts(tx: Tx, endpoint: Name) -> list[uuid.UUID]:
    """What is to be told next of each subject."""
    rows = await tx.all(_FIRSTS, organization=endpoint.organization, endpoint=endpoint.id)
    return [row.id for row in rows]


async def again(
    tx: Tx,
    endpoint: Name,
    *,
    since: datetime,
    before: datetime,
    fates: tuple[Fate, ...],
    most: int,
) -> int:
    """Makes what was told within a time pending, and says how much that is."""
    return await tx.run(
        _AGAIN,
        organization=endpoint.organization,
        endpoint=endpoint.id,
        since=since,
        before=before,
        fates=[fate.value for fate in fates],
        most=most,
    )


async def forget(tx: Tx, endpoint: Name, before: datetime) -> None:
    await tx.run(_FORGET, organization=endpoint.organization, endpoint=endpoint.id, before=before)


async def page_of_deliveries(
    tx: Tx,
    organization: uuid.UUID,
    *,
    endpoint: Name | None,
    fate: Fate | None,
    after: tuple[Any, ...] | None,
    most: int,
) -> list[Delivery]:
    given = {
        "endpoint": endpoint.id if endpoint else None,
        "fate": fate.value if fate else None,
        "after": after[0] if after else None,
    }
    present = {name: value for name, value in given.items() if value is not None}
    statement = _page_of_deliveries(frozenset(present))
    rows = await tx.all(statement, organization=organization, most=most, **present)
    return [_delivery(row) for row in rows]


@functools.cache
def _page_of_deliveries(given: frozenset[str]) -> Statement:
    query = sa.select(webhook_deliveries).where(_lots.organization == _here)
    for name in given - {"after"}:
        query = query.where(_lots[name] == sa.bindparam(name))
    if "after" in given:
        query = query.where(_lots.id < sa.bindparam("after"))
    return sql(query.order_by(_lots.id.desc()).limit(sa.bindparam("most", type_=sa.Integer)))


def _subject(delivery: Delivery) -> dict[str, Any]:
    return {
        "organization": delivery.name.organization,
        "endpoint": delivery.endpoint,
        "subject": delivery.told.subject,
    }


async def _delivery_at(tx: Tx, statement: Statement, name: Name) -> Delivery:
    row = await tx.maybe(statement, organization=name.organization, id=name.id)
    if row is None:
        raise WebhookDeliveryNotFound(DELIVERIES.format(name))
    return _delivery(row)


# --- rows to values and back


def _endpoint(row: Any) -> Endpoint:
    return Endpoint(
        name=Name(row.organization, row.id),
        plan=Plan(row.uri, tuple(row.kinds), row.description),
        create_time=row.create_time,
        update_time=row.update_time,
        state=State(row.state),
        pause_reason=row.pause_reason,
        generation=row.generation,
        overlap_end=row.overlap_end,
        failures=row.failures,
        version=row.version,
    )


def _values(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "organization": endpoint.name.organization,
        "id": endpoint.name.id,
        "uri": endpoint.plan.uri,
        "kinds": list(endpoint.plan.kinds),
        "description": endpoint.plan.description,
        "state": endpoint.state.value,
        "pause_reason": endpoint.pause_reason,
        "generation": endpoint.generation,
        "overlap_end": endpoint.overlap_end,
        "failures": endpoint.failures,
        "create_time": endpoint.create_time,
        "update_time": endpoint.update_time,
        "version": endpoint.version,
    }


def _delivery(row: Any) -> Delivery:
    return Delivery(
        name=Name(row.organization, row.id),
        endpoint=row.endpoint,
        told=Told(row.fact, row.kind, row.subject, row.body, row.fact_time),
        fate=Fate(row.fate),
        attempts=row.attempts,
        outcome=Outcome(row.status, row.response, row.problem),
        attempt_time=row.attempt_time,
        next_time=row.next_time,
        version=row.version,
    )


def _delivery_values(delivery: Delivery) -> dict[str, Any]:
    told, outcome = delivery.told, delivery.outcome
    return {
        "organization": delivery.name.organization,
        "id": delivery.name.id,
        "endpoint": delivery.endpoint,
        "fact": told.id,
        "kind": told.kind,
        "subject": told.subject,
        "body": told.body,
        "fact_time": told.time,
        "fate": delivery.fate.value,
        "attempts": delivery.attempts,
        "status": outcome.status,
        "response": outcome.body,
        "problem": outcome.problem,
        "attempt_time": delivery.attempt_time,
        "next_time": delivery.next_time,
        "version": delivery.version,
    }
