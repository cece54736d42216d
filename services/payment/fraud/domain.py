"""The rules of looking at payments. Plain values in, plain values out: no clock, no I/O."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.money import Money, scale
from services.kit.names import Collection, Name

FRAUD_CHECKS = Collection("fraudChecks", "turnout.app/FraudCheck")
LONGEST = timedelta(days=30)
# What people read whose payment was rejected: not which rule it was.
REJECTED = "rejected by a rule of the organization"


class Trait(enum.Enum):
    """What tries have in common that are counted."""

    CARD = "card"
    PAYER = "payer"
    ADDRESS = "address"
    DEVICE = "device"


class Action(enum.Enum):
    """What becomes of a payment that a rule speaks of."""

    REVIEW = "review"
    REJECT = "reject"


class State(enum.Enum):
    PASSED = "passed"
    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Rule:
    """One of the three: too many tries, too much money, or a region that is not served."""

    action: Action
    # Too many: more than `most` tries with the same trait within `window`.
    trait: Trait | None = None
    most: int = 0
    window: timedelta = timedelta()
    # Too much: more than this, in its currency.
    amount: Money | None = None
    # Only these regions; or, if `barred`, all but these.
    regions: tuple[str, ...] = ()
    barred: bool = False


@dataclass(frozen=True)
class Rules:
    organization: uuid.UUID
    rules: tuple[Rule, ...] = ()
    version: int = 1


@dataclass(frozen=True)
class Try:
    """What is known of somebody who wants to pay."""

    amount: Money
    traits: Mapping[Trait, str] = field(default_factory=dict)
    # Where the card is from, as who pays says. May be empty.
    region: str = ""


@dataclass(frozen=True)
class Finding:
    """What a rule had to say."""

    action: Action
    # In words.
    why: str


@dataclass(frozen=True)
class Check:
    """What was found of one try, and what was decided. Its id is that of the attempt."""

    name: Name
    payment: Name
    tried: Try
    state: State
    findings: tuple[Finding, ...]
    create_time: datetime
    # Who decided what had been held, when, and why.
    decider: str = ""
    decide_time: datetime | None = None
    note: str = ""
    # What tells the card from others, once the provider said so. May be empty.
    fingerprint: str = ""
    version: int = 1


class FraudCheckNotFound(errors.NotFound):
    message = "there is no check {fraud_check}"
    fraud_check: str


class WrongFraudCheckState(errors.Unmet):
    message = "{fraud_check} is {state}"
    fraud_check: str
    state: str


class BadFraudRule(errors.Invalid):
    """A rule that cannot be."""


def flaws(rule: Rule) -> Iterator[tuple[str, str]]:
    """What is wrong with a rule, by the names of its fields."""
    if sum((rule.trait is not None, rule.amount is not None, bool(rule.regions))) != 1:
        yield "velocity", "must be given, or max_amount, or region_codes, and one of them only"
    elif rule.trait is not None:
        if rule.most < 1:
            yield "velocity.max_tries", "must be at least 1"
        if not timedelta() < rule.window <= LONGEST:
            yield "velocity.window", f"must be longer than nothing, and at most {LONGEST.days} days"


def seen(rules: Iterable[Rule], tried: Try) -> Sequence[tuple[Trait, timedelta]]:
    """What the rules want counted of a try: a trait, and within which time."""
    wanted = [
        (rule.trait, rule.window) for rule in rules if rule.trait and tried.traits.get(rule.trait)
    ]
    return list(dict.fromkeys(wanted))


def judge(
    rules: Iterable[Rule], tried: Try, counts: Mapping[tuple[Trait, timedelta], int]
) -> tuple[Finding, ...]:
    """What the rules have to say of a try; `counts` are the tries before it."""
    found = (_finding(rule, tried, counts) for rule in rules)
    return tuple(each for each in found if each is not None)


def _finding(
    rule: Rule, tried: Try, counts: Mapping[tuple[Trait, timedelta], int]
) -> Finding | None:
    if rule.trait is not None:
        tries = counts.get((rule.trait, rule.window), 0) + 1
        if not tried.traits.get(rule.trait) or tries <= rule.most:
            return None
        times = f"{tries} tries with one {rule.trait.value} within {rule.window}"
        return Finding(rule.action, f"{times}, and {rule.most} are allowed")
    if rule.amount is not None:
        if tried.amount.currency != rule.amount.currency or tried.amount.minor <= rule.amount.minor:
            return None
        return Finding(rule.action, f"{_plain(tried.amount)} is more than {_plain(rule.amount)}")
    listed = tried.region in rule.regions
    if not tried.region or listed is not rule.barred:
        return None
    return Finding(rule.action, f"cards from {tried.region} are not wanted")


def _plain(amount: Money) -> str:
    return f"{amount.minor / scale(amount.currency):g} {amount.currency}"


def verdict(findings: Iterable[Finding]) -> State:
    """What becomes of a try: the worst that any rule says."""
    actions = {finding.action for finding in findings}
    if Action.REJECT in actions:
        return State.REJECTED
    return State.HELD if Action.REVIEW in actions else State.PASSED


def recognize(
    check: Check,
    fingerprint: str,
    rules: Iterable[Rule],
    counts: Mapping[tuple[Trait, timedelta], int],
    *,
    region: str = "",
) -> Check:
    """What a check becomes once it is known which card it was: rules about cards speak again.

    `counts` are the tries with that card before; `region` is where it is from, whatever who paid
    said, if that is known. What somebody decided stays decided.
    """
    seen = replace(check.tried, region=region or check.tried.region)
    tried = replace(seen, traits={Trait.CARD: fingerprint})
    told = [rule for rule in rules if rule.trait is Trait.CARD or rule.regions]
    found = [each for each in judge(told, tried, counts) if each not in check.findings]
    state = check.state if check.decider or not found else verdict([*check.findings, *found])
    return replace(
        check,
        tried=seen,
        fingerprint=fingerprint,
        findings=(*check.findings, *found),
        state=state,
        version=check.version + 1,
    )


def decide(check: Check, state: State, *, who: str, note: str, now: datetime) -> Check:
    """Decides what was held. Deciding the same again changes nothing."""
    if check.state is state and check.decider:
        return check
    if check.state is not State.HELD:
        raise WrongFraudCheckState(FRAUD_CHECKS.format(check.name), check.state.name)
    return replace(
        check, state=state, decider=who, decide_time=now, note=note, version=check.version + 1
    )
