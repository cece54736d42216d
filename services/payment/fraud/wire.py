"""Rules and checks on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from services.kit.etags import etag
from services.kit.names import ORGANIZATIONS, BadName
from services.kit.wire import duration, money, parse_money, span, timestamp
from services.payment.domain import BOOKINGS, PAYMENTS, Payment
from services.payment.fraud import domain
from services.payment.fraud.domain import (
    FRAUD_CHECKS,
    Action,
    BadFraudRule,
    Check,
    Rule,
    Rules,
    State,
    Trait,
)
from turnout.payment.v1 import fraud_pb2

PATCHABLE = frozenset({"rules"})
WORD = "/fraudRules"
ACTIONS = {
    Action.REVIEW: fraud_pb2.FraudRules.Rule.ACTION_REVIEW,
    Action.REJECT: fraud_pb2.FraudRules.Rule.ACTION_REJECT,
}
TRAITS = {
    Trait.CARD: fraud_pb2.FraudRules.Rule.Velocity.TRAIT_CARD,
    Trait.PAYER: fraud_pb2.FraudRules.Rule.Velocity.TRAIT_PAYER,
    Trait.ADDRESS: fraud_pb2.FraudRules.Rule.Velocity.TRAIT_ADDRESS,
    Trait.DEVICE: fraud_pb2.FraudRules.Rule.Velocity.TRAIT_DEVICE,
}
STATES = {
    State.PASSED: fraud_pb2.FraudCheck.STATE_PASSED,
    State.HELD: fraud_pb2.FraudCheck.STATE_HELD,
    State.APPROVED: fraud_pb2.FraudCheck.STATE_APPROVED,
    State.REJECTED: fraud_pb2.FraudCheck.STATE_REJECTED,
}
STATE_OF = {number: state for state, number in STATES.items()}
ACTION_OF = {number: action for action, number in ACTIONS.items()}
TRAIT_OF = {number: trait for trait, number in TRAITS.items()}


def organization(name: str, field: str = "name") -> uuid.UUID:
    """The organization in `organizations/{uuid}/fraudRules`."""
    if not name.endswith(WORD):
        raise BadName(field, "must look like organizations/{uuid}/fraudRules")
    return ORGANIZATIONS.parse(name.removesuffix(WORD))


def rules(sent: Iterable[fraud_pb2.FraudRules.Rule]) -> tuple[Rule, ...]:
    return tuple(_rule(each, f"fraud_rules.rules[{index}]") for index, each in enumerate(sent))


def _rule(sent: fraud_pb2.FraudRules.Rule, at: str) -> Rule:
    amount = None
    if sent.HasField("max_amount"):
        amount = parse_money(sent.max_amount, f"{at}.max_amount")
    action = ACTION_OF.get(sent.action)
    if action is None:
        raise BadFraudRule(f"{at}.action", "must be REVIEW or REJECT")
    velocity = sent.velocity
    trait = TRAIT_OF.get(velocity.trait)
    if sent.HasField("velocity") and trait is None:
        raise BadFraudRule(f"{at}.velocity.trait", "must be given")
    made = Rule(
        action=action,
        trait=trait,
        most=velocity.max_tries,
        window=span(velocity.window),
        amount=amount,
        regions=tuple(dict.fromkeys(sent.region_codes)),
        barred=sent.barred,
    )
    for path, problem in domain.flaws(made):
        raise BadFraudRule(f"{at}.{path}", problem)
    return made


def fraud_rules(value: Rules) -> fraud_pb2.FraudRules:
    return fraud_pb2.FraudRules(
        name=ORGANIZATIONS.format(value.organization) + WORD,
        rules=map(_shown, value.rules),
        etag=etag(value.version),
    )


def _shown(value: Rule) -> fraud_pb2.FraudRules.Rule:
    velocity = None
    if value.trait is not None:
        velocity = fraud_pb2.FraudRules.Rule.Velocity(
            trait=TRAITS[value.trait], max_tries=value.most, window=duration(value.window)
        )
    return fraud_pb2.FraudRules.Rule(
        action=ACTIONS[value.action],
        velocity=velocity,
        max_amount=money(value.amount) if value.amount is not None else None,
        region_codes=value.regions,
        barred=value.barred,
    )


def check(value: Check) -> fraud_pb2.FraudCheck:
    tried = value.tried
    return fraud_pb2.FraudCheck(
        name=FRAUD_CHECKS.format(value.name),
        payment=PAYMENTS.format(value.payment),
        state=STATES[value.state],
        findings=[
            fraud_pb2.FraudCheck.Finding(action=ACTIONS[each.action], explanation=each.why)
            for each in value.findings
        ],
        amount=money(tried.amount),
        payment_method=tried.traits[Trait.CARD],
        payer=tried.traits[Trait.PAYER],
        ip_address=tried.traits[Trait.ADDRESS],
        user_agent=tried.traits[Trait.DEVICE],
        region_code=tried.region,
        card_fingerprint=value.fingerprint,
        create_time=timestamp(value.create_time),
        decider=value.decider,
        decide_time=timestamp(value.decide_time),
        note=value.note,
        etag=etag(value.version),
    )


def held(value: Check, payment: Payment) -> fraud_pb2.PaymentHeldForReview:
    return fraud_pb2.PaymentHeldForReview(
        fraud_check=FRAUD_CHECKS.format(value.name),
        payment=PAYMENTS.format(value.payment),
        booking=BOOKINGS.format(payment.booking),
        amount=money(value.tried.amount),
        reason="; ".join(each.why for each in value.findings),
    )


def filters(request: fraud_pb2.ListFraudChecksRequest) -> tuple[uuid.UUID | None, State | None]:
    """Of which payment and in which state checks are asked for; None for all."""
    payment = PAYMENTS.parse(request.payment, "payment").id if request.payment else None
    return payment, STATE_OF.get(request.state)
