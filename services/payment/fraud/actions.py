"""What looking at payments does, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit.db import Database, Tx
from services.kit.etags import StaleEtag
from services.kit.names import ORGANIZATIONS, Name
from services.payment.costs.domain import Costs
from services.payment.fraud import domain, store
from services.payment.fraud.domain import FRAUD_CHECKS, Check, Rule, Rules, State, Trait, Try


async def look(tx: Tx, attempt: uuid.UUID, payment: Name, tried: Try, now: datetime) -> Check:
    """Judges a try by the rules, and writes down why."""
    organization = payment.organization
    rules = (await store.lock_rules(tx, organization)).rules
    counts = {
        (trait, window): await store.count(
            tx, organization, trait, tried.traits[trait], now - window
        )
        for trait, window in domain.seen(rules, tried)
    }
    findings = domain.judge(rules, tried, counts)
    state = domain.verdict(findings)
    check = Check(Name(organization, attempt), payment, tried, state, findings, now)
    await store.add(tx, check)
    return check


async def recognize(tx: Tx, attempt: Name, known: Costs) -> tuple[Check, bool] | None:
    """Judges a try anew by the card that it was with; says whether that changes what becomes of it.

    None when that is known, or nobody looked at it.
    """
    rules = (await store.lock_rules(tx, attempt.organization)).rules
    before = await store.lock(tx, attempt)
    if before is None or before.fingerprint:
        return None
    windows = {rule.window for rule in rules if rule.trait is Trait.CARD}
    counts = {
        (Trait.CARD, window): await store.count_card(
            tx, before, known.card, before.create_time - window
        )
        for window in windows
    }
    after = domain.recognize(before, known.card, rules, counts, region=known.region)
    await store.save(tx, after)
    return after, after.state is not before.state


async def decide(
    tx: Tx, name: Name, state: State, *, who: str, note: str, now: datetime
) -> tuple[Check, bool]:
    """Decides what was held; says whether that is new."""
    before = _found(await store.lock(tx, name), name)
    after = domain.decide(before, state, who=who, note=note, now=now)
    if after is not before:
        await store.save(tx, after)
    return after, after is not before


async def forget(db: Database) -> None:
    """Forgets cards, addresses and devices of long ago; how long, the database itself says."""
    while await db.run(store.forget):
        pass


async def get(tx: Tx, name: Name) -> Check:
    return _found(await store.read(tx, name), name)


async def change(
    tx: Tx, organization: uuid.UUID, rules: tuple[Rule, ...] | None, version: int | None
) -> Rules:
    """Has payments judged otherwise from now on; None leaves the rules as they are."""
    before = await store.lock_rules(tx, organization)
    name = f"{ORGANIZATIONS.format(organization)}/fraudRules"
    if version not in (None, before.version):
        raise StaleEtag(name)
    if rules is None or rules == before.rules:
        return before
    after = Rules(organization, rules, before.version + 1)
    if await store.keep_rules(tx, after) != 1:
        raise StaleEtag(name)
    return after


def _found(check: Check | None, name: Name) -> Check:
    if check is None:
        raise domain.FraudCheckNotFound(FRAUD_CHECKS.format(name))
    return check
