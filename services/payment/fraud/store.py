"""What is kept of rules and checks. Each function is one statement, inside the transaction."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.money import Money
from services.kit.names import Name
from services.payment.fraud.domain import (
    Action,
    Check,
    Finding,
    Rule,
    Rules,
    State,
    Trait,
    Try,
)
from services.payment.fraud.tables import TIME, checks, rules

_organization = sa.bindparam("organization", type_=sa.Uuid)
_RULES = sa.select(rules).where(rules.c.organization == _organization)
_READ_RULES, _LOCK_RULES = sql(_RULES), sql(_RULES.with_for_update())
_keep = insert(rules).values({c.name: sa.bindparam(c.name, type_=c.type) for c in rules.c})
_KEEP = sql(
    _keep.on_conflict_do_update(
        index_elements=[rules.c.organization],
        set_={"rules": _keep.excluded["rules"], "version": _keep.excluded.version},
        where=rules.c.version == _keep.excluded.version - sa.literal_column("1"),
    )
)
_HERE = checks.c.organization == _organization
_since = sa.bindparam("since", type_=TIME)
_COUNT = {
    trait: sql(
        sa.select(sa.func.count().label("tries")).where(
            _HERE,
            checks.c[trait.value] == sa.bindparam("value"),
            checks.c.create_time > _since,
        )
    )
    for trait in Trait
}
# A card that was shown under one name before may have been shown under others.
_named = sa.select(checks.c.fingerprint).where(
    _HERE, checks.c.card == sa.bindparam("value"), checks.c.fingerprint != ""
)
_COUNT[Trait.CARD] = sql(
    sa.select(sa.func.count().label("tries")).where(
        _HERE,
        sa.or_(checks.c.card == sa.bindparam("value"), checks.c.fingerprint.in_(_named)),
        checks.c.create_time > _since,
    )
)
_COUNT_CARD = sql(
    sa.select(sa.func.count().label("tries")).where(
        _HERE,
        checks.c.fingerprint == sa.bindparam("fingerprint"),
        checks.c.id != sa.bindparam("but", type_=sa.Uuid),
        checks.c.create_time > _since,
        checks.c.create_time <= sa.bindparam("until", type_=TIME),
    )
)
_ADD = sql(sa.insert(checks).values({c.name: sa.bindparam(c.name, type_=c.type) for c in checks.c}))
_NAMED = sa.select(checks).where(_HERE, checks.c.id == sa.bindparam("id"))
_READ, _LOCK = sql(_NAMED), sql(_NAMED.with_for_update())
_DECIDED = (
    "state",
    "decider",
    "decide_time",
    "note",
    "fingerprint",
    "region",
    "findings",
    "version",
)
_SAVE = sql(
    sa.update(checks)
    .where(
        checks.c.organization == sa.bindparam("of", type_=sa.Uuid),
        checks.c.id == sa.bindparam("check", type_=sa.Uuid),
    )
    .values({name: sa.bindparam(f"new_{name}", type_=checks.c[name].type) for name in _DECIDED})
)
_FORGET = sql(sa.select(sa.func.forget_fraud_traits().label("gone")))
_payment = sa.bindparam("payment", type_=sa.Uuid)
_state = sa.bindparam("state", type_=sa.Text)
_PAGE = sql(
    sa.select(checks)
    .where(
        _HERE,
        sa.or_(_payment.is_(None), checks.c.payment == _payment),
        sa.or_(_state.is_(None), checks.c.state == _state),
        checks.c.id > sa.bindparam("after", type_=sa.Uuid),
    )
    .order_by(checks.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
)


async def read_rules(tx: Tx, organization: uuid.UUID) -> Rules:
    return _rules(organization, await tx.maybe(_READ_RULES, organization=organization))


async def lock_rules(tx: Tx, organization: uuid.UUID) -> Rules:
    """The rules; who judges by them next waits for the commit, so that tries are counted once."""
    return _rules(organization, await tx.maybe(_LOCK_RULES, organization=organization))


async def keep_rules(tx: Tx, value: Rules) -> int:
    """Writes the next version over the one before; says whether that was the latest."""
    kept = [_kept(rule) for rule in value.rules]
    return await tx.run(_KEEP, organization=value.organization, rules=kept, version=value.version)


async def count(tx: Tx, organization: uuid.UUID, trait: Trait, value: str, since: datetime) -> int:
    """How many tries with a trait there were since a time."""
    row = await tx.one(_COUNT[trait], organization=organization, value=value, since=since)
    return int(row.tries)


async def count_card(tx: Tx, check: Check, fingerprint: str, since: datetime) -> int:
    """How many other tries with a card there were since a time, up to that of a check."""
    row = await tx.one(
        _COUNT_CARD,
        organization=check.name.organization,
        fingerprint=fingerprint,
        but=check.name.id,
        since=since,
        until=check.create_time,
    )
    return int(row.tries)


async def add(tx: Tx, check: Check) -> None:
    tried = check.tried
    await tx.run(
        _ADD,
        organization=check.name.organization,
        id=check.name.id,
        payment=check.payment.id,
        currency=tried.amount.currency,
        amount_minor=tried.amount.minor,
        **{trait.value: tried.traits.get(trait, "") for trait in Trait},
        create_time=check.create_time,
        **_decided(check),
    )


async def forget(tx: Tx) -> int:
    """Has the owner empty some checks that are old of what is personal; says how many."""
    return int((await tx.one(_FORGET)).gone)


async def read(tx: Tx, name: Name) -> Check | None:
    row = await tx.maybe(_READ, organization=name.organization, id=name.id)
    return _check(row) if row else None


async def lock(tx: Tx, name: Name) -> Check | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return _check(row) if row else None


async def save(tx: Tx, check: Check) -> None:
    changed = {f"new_{name}": value for name, value in _decided(check).items()}
    await tx.run(_SAVE, of=check.name.organization, check=check.name.id, **changed)


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    payment: uuid.UUID | None,
    state: State | None,
    after: uuid.UUID,
    size: int,
) -> list[Check]:
    """Checks by their ids, which is oldest first."""
    rows = await tx.all(
        _PAGE,
        organization=organization,
        payment=payment,
        state=state.value if state else None,
        after=after,
        size=size,
    )
    return [_check(row) for row in rows]


def _decided(check: Check) -> dict[str, Any]:
    return {
        "state": check.state.value,
        "decider": check.decider,
        "decide_time": check.decide_time,
        "note": check.note,
        "fingerprint": check.fingerprint,
        "region": check.tried.region,
        "findings": [[each.action.value, each.why] for each in check.findings],
        "version": check.version,
    }


def _check(row: Any) -> Check:
    return Check(
        name=Name(row.organization, row.id),
        payment=Name(row.organization, row.payment),
        tried=Try(
            amount=Money(row.currency, row.amount_minor),
            traits={trait: getattr(row, trait.value) for trait in Trait},
            region=row.region,
        ),
        state=State(row.state),
        findings=tuple(Finding(Action(action), why) for action, why in row.findings),
        create_time=row.create_time,
        decider=row.decider,
        decide_time=row.decide_time,
        note=row.note,
        fingerprint=row.fingerprint,
        version=row.version,
    )


def _rules(organization: uuid.UUID, row: Any) -> Rules:
    if row is None:
        return Rules(organization)
    return Rules(organization, tuple(map(_rule, row.rules)), row.version)


def _kept(rule: Rule) -> dict[str, Any]:
    return {
        "action": rule.action.value,
        "trait": rule.trait.value if rule.trait else None,
        "most": rule.most,
        "window": rule.window.total_seconds(),
        "amount": [rule.amount.currency, rule.amount.minor] if rule.amount is not None else None,
        "regions": list(rule.regions),
        "barred": rule.barred,
    }


def _rule(kept: dict[str, Any]) -> Rule:
    return Rule(
        action=Action(kept["action"]),
        trait=Trait(kept["trait"]) if kept["trait"] else None,
        most=kept["most"],
        window=timedelta(seconds=kept["window"]),
        amount=Money(*kept["amount"]) if kept["amount"] else None,
        regions=tuple(kept["regions"]),
        barred=kept["barred"],
    )
