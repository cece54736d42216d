"""Payments are looked at before they are charged, by the rules of the organization."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.money import Money
from services.payment.__main__ import SERVICE
from services.payment.fraud import actions, domain
from services.payment.fraud.domain import Action, Finding, Rule, State, Trait, Try
from tests import estates
from tests.serving import NOBODY, as_user, invalid, refused
from turnout.booking.v1 import booking_pb2
from turnout.payment.v1 import fraud_pb2, fraud_pb2_grpc, payment_pb2

R, V, C = fraud_pb2.FraudRules.Rule, fraud_pb2.FraudRules.Rule.Velocity, fraud_pb2.FraudCheck
Paid = payment_pb2.Payment.State
HOUR = timedelta(hours=1)
REVIEW, REJECT = Action.REVIEW, Action.REJECT


def tried(cents=2500, region="", **traits):
    return Try(Money("EUR", cents), {Trait(key): value for key, value in traits.items()}, region)


# --- the rules


@pytest.mark.parametrize(("before", "found"), [(0, False), (2, False), (3, True)])
def test_more_tries_than_are_well_are_spoken_of(before, found):
    rule = Rule(REVIEW, trait=Trait.CARD, most=3, window=HOUR)

    findings = domain.judge([rule], tried(card="pm_1"), {(Trait.CARD, HOUR): before})

    assert bool(findings) is found
    if findings:
        assert findings[0].why == "4 tries with one card within 1:00:00, and 3 are allowed"


def test_what_nobody_knows_is_not_counted():
    rule = Rule(REJECT, trait=Trait.ADDRESS, most=1, window=HOUR)

    assert domain.seen([rule], tried(address="")) == []
    assert domain.judge([rule], tried(address=""), {(Trait.ADDRESS, HOUR): 9}) == ()


@pytest.mark.parametrize(("cents", "found"), [(10_000, False), (10_001, True)])
def test_too_much_money_is_spoken_of(cents, found):
    rule = Rule(REVIEW, amount=Money("EUR", 10_000))

    findings = domain.judge([rule], tried(cents), {})

    assert [each.why for each in findings] == (["100.01 EUR is more than 100 EUR"] if found else [])
    assert domain.judge([rule], Try(Money("USD", 10**6)), {}) == ()


@pytest.mark.parametrize(
    ("region", "barred", "found"),
    [
        ("DE", False, False),
        ("US", False, True),
        ("", False, False),
        ("DE", True, True),
        ("US", True, False),
    ],
)
def test_cards_are_from_where_they_may_be_from(region, barred, found):
    rule = Rule(REJECT, regions=("DE", "AT"), barred=barred)

    assert bool(domain.judge([rule], tried(region=region), {})) is found


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        ([], State.PASSED),
        ([REVIEW], State.HELD),
        ([REVIEW, REJECT], State.REJECTED),
    ],
)
def test_the_strictest_rule_counts(actions, state):
    assert domain.verdict([Finding(action, "") for action in actions]) is state


# --- served


@pytest.fixture
def stub(payment):
    return fraud_pb2_grpc.FraudServiceStub(payment.world.channel)


def velocity(trait=V.TRAIT_PAYER, tries=1, action=R.ACTION_REVIEW):
    rule = R(action=action, velocity=V(trait=trait, max_tries=tries))
    rule.velocity.window.FromTimedelta(HOUR)
    return rule


def most(units, action=R.ACTION_REVIEW):
    return R(action=action, max_amount={"currency_code": "EUR", "units": units})


def changing(organization, *rules, etag=""):
    name = f"organizations/{organization}/fraudRules"
    changed = fraud_pb2.FraudRules(name=name, rules=rules, etag=etag)
    return fraud_pb2.UpdateFraudRulesRequest(fraud_rules=changed, update_mask={"paths": ["rules"]})


async def ruled(payment, stub, held, *rules):
    """Has the organization look at payments so; gives somebody who may decide."""
    finance = await payment.world.member("FINANCE", held.organization)
    await stub.UpdateFraudRules(changing(held.organization, *rules), metadata=finance)
    return finance


async def checks(pay, stub, held, finance, **asked):
    request = fraud_pb2.ListFraudChecksRequest(parent=f"organizations/{held.organization}", **asked)
    return list((await stub.ListFraudChecks(request, metadata=finance)).fraud_checks)


@pytest.mark.server
async def test_what_no_rule_speaks_of_passes_and_is_kept(payment, held, stub):
    finance = await ruled(payment, stub, held, most(100))

    paid = await payment.pay(held)

    assert paid.state == Paid.STATE_SUCCEEDED
    [check] = await checks(payment, stub, held, finance)
    assert (check.state, check.payment, check.amount) == (C.STATE_PASSED, paid.name, paid.amount)
    assert (check.payer, check.payment_method) == (paid.payer, "pm_card_visa")
    assert check.ip_address
    assert "grpc" in check.user_agent


@pytest.mark.server
async def test_what_is_held_is_charged_once_it_is_approved(payment, held, stub):
    finance = await ruled(payment, stub, held, most(20))
    made = await payment.pay(held)
    charged = await payment.charges(held.organization)
    [check] = await checks(payment, stub, held, finance, state=C.STATE_HELD)

    request = fraud_pb2.ApproveFraudCheckRequest(name=check.name, note="I know them")
    both = await asyncio.gather(*(stub.ApproveFraudCheck(request, metadata=finance) for _ in "ab"))
    await payment.work(held.organization)

    assert (made.state, charged) == (Paid.STATE_PROCESSING, [])
    assert [each.explanation for each in check.findings] == ["25 EUR is more than 20 EUR"]
    assert both[0] == both[1]
    assert (both[0].state, both[0].note) == (C.STATE_APPROVED, "I know them")
    assert both[0].decider.startswith("users/")
    assert (await payment.read(held, made)).state == Paid.STATE_SUCCEEDED
    assert len(await payment.charges(held.organization)) == 1
    [told] = await payment.world.facts(held.organization, "PaymentHeldForReview")
    assert (told.fraud_check, told.payment) == (check.name, made.name)


@pytest.mark.server
async def test_what_is_held_and_then_rejected_is_never_charged(payment, held, stub):
    finance = await ruled(payment, stub, held, most(20))
    made = await payment.pay(held)
    [check] = await checks(payment, stub, held, finance)

    rejecting = fraud_pb2.RejectFraudCheckRequest(name=check.name)
    after = await stub.RejectFraudCheck(rejecting, metadata=finance)
    await payment.work(held.organization)

    assert after.state == C.STATE_REJECTED
    found = await payment.read(held, made)
    assert (found.state, found.failure_reason) == (Paid.STATE_FAILED, domain.REJECTED)
    assert await payment.charges(held.organization) == []
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_FRAUD_CHECK_STATE", state="REJECTED"):
        approving = fraud_pb2.ApproveFraudCheckRequest(name=check.name)
        await stub.ApproveFraudCheck(approving, metadata=finance)


@pytest.mark.server
async def test_what_a_rule_rejects_fails_at_once_and_another_card_may_do(payment, held, stub):
    bar = R(action=R.ACTION_REJECT, region_codes=["KP"], barred=True)
    await ruled(payment, stub, held, bar)
    made = await payment.open(held)

    declined = await payment.confirm(held, made, region_code="KP")
    await payment.confirm(held, made, region_code="DE")
    await payment.work(held.organization)

    assert (declined.state, declined.failure_reason) == (Paid.STATE_FAILED, domain.REJECTED)
    assert (await payment.read(held, made)).state == Paid.STATE_SUCCEEDED
    assert len(await payment.charges(held.organization)) == 1


@pytest.mark.server
async def test_tries_are_counted_by_who_makes_them(payment, stub):
    organization, ada = new_id(), as_user()
    held = [await payment.held(organization, buyer=ada) for _ in range(3)]
    finance = await ruled(payment, stub, held[0], velocity(tries=2, action=R.ACTION_REJECT))

    states = [(await payment.pay(each)).state for each in held]
    other = await payment.pay(await payment.held(organization))

    assert states == [Paid.STATE_SUCCEEDED, Paid.STATE_SUCCEEDED, Paid.STATE_FAILED]
    assert other.state == Paid.STATE_SUCCEEDED
    kept = await checks(payment, stub, held[0], finance)
    assert [each.state for each in kept] == [
        C.STATE_PASSED,
        C.STATE_PASSED,
        C.STATE_REJECTED,
        C.STATE_PASSED,
    ]


@pytest.mark.server
async def test_of_many_tries_at_once_as_many_pass_as_may(payment, stub):
    organization, ada = new_id(), as_user()
    held = [await payment.held(organization, buyer=ada) for _ in range(5)]
    await ruled(payment, stub, held[0], velocity(tries=2, action=R.ACTION_REJECT))
    opened = [await payment.open(each) for each in held]

    found = await asyncio.gather(
        *(payment.confirm(each, one) for each, one in zip(held, opened, strict=True))
    )

    states = sorted(each.state for each in found)
    assert states == [Paid.STATE_PROCESSING] * 2 + [Paid.STATE_FAILED] * 3


@pytest.mark.server
async def test_what_is_held_ends_with_its_booking(payment, held, stub):
    finance = await ruled(payment, stub, held, most(20))
    made = await payment.pay(held)
    [check] = await checks(payment, stub, held, finance)

    await payment.tell(booking_pb2.BookingLapsed, held)
    await payment.work(held.organization)
    request = fraud_pb2.ApproveFraudCheckRequest(name=check.name)
    await stub.ApproveFraudCheck(request, metadata=finance)
    await payment.work(held.organization)

    assert (await payment.read(held, made)).state == Paid.STATE_CANCELLED
    assert [row.progress for row in await payment.charges(held.organization)] == ["cancelled"]


@pytest.mark.server
@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (R(), "fraud_rules.rules[0].action"),
        (R(action=R.ACTION_REVIEW), "fraud_rules.rules[0].velocity"),
        (
            R(action=R.ACTION_REVIEW, region_codes=["DE"], max_amount={"currency_code": "EUR"}),
            "fraud_rules.rules[0].velocity",
        ),
        (R(action=R.ACTION_REVIEW, velocity=V()), "fraud_rules.rules[0].velocity.trait"),
        (velocity(tries=0), "fraud_rules.rules[0].velocity.max_tries"),
        (
            R(action=R.ACTION_REVIEW, velocity=V(trait=V.TRAIT_CARD, max_tries=1)),
            "fraud_rules.rules[0].velocity.window",
        ),
        (R(action=R.ACTION_REVIEW, region_codes=["Germany"]), None),
    ],
)
async def test_a_rule_that_cannot_be_is_named(payment, held, stub, rule, field):
    finance = await payment.world.member("FINANCE", held.organization)

    with invalid(field or "fraud_rules.rules[0].region_codes[0]"):
        await stub.UpdateFraudRules(changing(held.organization, rule), metadata=finance)


@pytest.mark.server
async def test_rules_are_kept_and_not_written_over_unseen(payment, held, stub):
    finance = await payment.world.member("FINANCE", held.organization)
    bar = R(action=R.ACTION_REJECT, region_codes=["KP"], barred=True)
    rules = [velocity(), most(5), bar]
    first = await stub.UpdateFraudRules(changing(held.organization, *rules), metadata=finance)
    read = await stub.GetFraudRules(
        fraud_pb2.GetFraudRulesRequest(name=first.name), metadata=finance
    )
    await stub.UpdateFraudRules(changing(held.organization), metadata=finance)

    assert list(read.rules) == rules
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        request = changing(held.organization, most(1), etag=first.etag)
        await stub.UpdateFraudRules(request, metadata=finance)


@pytest.mark.server
async def test_who_does_not_look_after_the_money_neither_sees_nor_decides(payment, held, stub):
    finance = await ruled(payment, stub, held, most(20))
    await payment.pay(held)
    [check] = await checks(payment, stub, held, finance)
    organizer = await payment.world.member("ORGANIZER", held.organization)
    approving = fraud_pb2.ApproveFraudCheckRequest(name=check.name)

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await stub.ApproveFraudCheck(approving, metadata=organizer)
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await stub.GetFraudCheck(
            fraud_pb2.GetFraudCheckRequest(name=check.name), metadata=held.buyer
        )
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await stub.ApproveFraudCheck(approving, metadata=NOBODY)
    ghost = f"organizations/{held.organization}/fraudChecks/{new_id()}"
    with refused(grpc.StatusCode.NOT_FOUND, "FRAUD_CHECK_NOT_FOUND"):
        await stub.GetFraudCheck(fraud_pb2.GetFraudCheckRequest(name=ghost), metadata=finance)


@pytest.mark.server
async def test_cards_addresses_and_devices_are_forgotten_after_90_days(payment, held, stub):
    finance = await ruled(payment, stub, held, most(1))
    await payment.pay(held)
    await payment.pay(await payment.held(held.organization))
    old, young = await checks(payment, stub, held, finance)
    for check, days in ((old, 91), (young, 89)):
        await payment.world.owner.execute(
            "update fraud_checks set create_time = now() - %s * interval '1 day' where id = %s",
            [days, check.name.rpartition("/")[2]],
        )

    await actions.forget(payment.world.db)

    after, same = await checks(payment, stub, held, finance)
    assert (after.payment_method, after.ip_address, after.user_agent) == ("", "", "")
    assert (after.payer, after.findings, after.state) == (old.payer, old.findings, old.state)
    assert after.findings
    assert same.payment_method == "pm_card_visa"
    assert same.user_agent == young.user_agent != ""


@pytest.mark.server
async def test_of_a_deleted_organization_the_books_stay_and_no_address(payment, held, stub):
    await ruled(payment, stub, held, most(100))
    await payment.pay(held)
    world = payment.world
    before = await estates.rows(world.db, world.owner, held.organization)

    await estates.erase(world.db, held.organization, only=SERVICE.erases)

    after = await estates.rows(world.db, world.owner, held.organization)
    assert before.keys() - after.keys() == {"fraud_checks", "fraud_rules", "notices"}
    assert {name: before[name] for name in after} == after
    assert after.keys() >= {"payments", "ledger_entries"}
