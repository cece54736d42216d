"""What providers and the platform took of charges, and which card it was, as Stripe tells it."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta

import pytest

from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.payment import actions
from services.payment.costs import domain
from services.payment.costs.domain import Kept, Taken
from services.payment.fraud import domain as fraud
from services.payment.fraud.domain import Action, Rule, Trait
from services.payment.ledger import domain as books
from services.payment.stripe import domain as stripe
from tests.payment.builders import NOW, SUCCEEDED, heard
from tests.payment.stripe_world import shop
from tests.payment.test_connect import ready
from tests.payment.test_fraud import checks, ruled, velocity
from turnout.payment.v1 import fraud_pb2, fraud_pb2_grpc, ledger_pb2, payment_pb2

R, V, C = fraud_pb2.FraudRules.Rule, fraud_pb2.FraudRules.Rule.Velocity, fraud_pb2.FraudCheck
Paid = payment_pb2.Payment.State
HOUR = timedelta(hours=1)

# --- the rules


def test_what_was_taken_is_booked_once_and_what_comes_back_beside_it():
    payment, attempt = heard(SUCCEEDED)
    told = (Taken("EUR"), Taken("EUR", 62, 93), Taken("EUR", 62, 93), Taken("EUR", 62, 93, 37))
    known, lines, sources = None, [], []

    for taken in told:
        after = domain.hear(known, attempt.id, payment.name, taken)
        if after is not None:
            for one in books.costs(payment, known, after, "stripe"):
                assert sum(line.amount.minor for line in one.postings) == 0
                lines += [(line.account, line.amount.minor) for line in one.postings]
                sources.append((one.kind, one.source))
            known = after

    assert len(set(sources)) == len(sources) == 3
    assert sum(minor for account, minor in lines if account == "fees-stripe") == 62
    assert sum(minor for account, minor in lines if account == "fees-platform") == 93 - 37
    assert sum(minor for account, minor in lines if account == "provider-stripe") == -118


def test_a_charge_is_settled_in_one_currency():
    payment, attempt = heard(SUCCEEDED)
    known = Kept(Name(payment.name.organization, attempt.id), payment.name, Taken("EUR", 62))

    assert domain.hear(known, attempt.id, payment.name, Taken("USD", 70)) is None


CARD = {"payment_method_details": {"card": {"fingerprint": "fp_1", "country": "DE"}}}
BOOKED = {
    "currency": "isk",
    "fee_details": [
        {"type": "stripe_fee", "amount": 500},
        {"type": "tax", "amount": 100},
        {"type": "application_fee", "amount": 900},
    ],
}


@pytest.mark.parametrize(
    ("intent", "fee", "known"),
    [
        (
            {"status": "succeeded", "latest_charge": {**CARD, "balance_transaction": BOOKED}},
            {"amount": 900, "amount_refunded": 300},
            (Taken("ISK", 6, 9, 3), "fp_1", True),
        ),
        ({"status": "succeeded", "latest_charge": CARD}, None, (None, "fp_1", False)),
        ({"status": "requires_capture", "latest_charge": CARD}, None, (None, "fp_1", True)),
        (
            {
                "status": "canceled",
                "latest_charge": None,
                "last_payment_error": {"payment_method": {"card": {"fingerprint": "fp_2"}}},
            },
            None,
            (None, "fp_2", True),
        ),
        ({"status": "canceled", "latest_charge": "ch_1"}, None, (None, "", True)),
    ],
)
def test_what_stripe_knows_of_a_charge(intent, fee, known):
    costs = stripe.costs(intent, fee)

    assert (costs.taken, costs.card, costs.settled) == known
    assert costs.region == ("DE" if costs.card == "fp_1" else "")


def check(**given):
    name, payment = Name(new_id(), new_id()), Name(new_id(), new_id())
    tried = fraud.Try(Money("EUR", 2500), {Trait.CARD: "pm_1"})
    return fraud.Check(name, payment, tried, fraud.State.PASSED, (), NOW, **given)


@pytest.mark.parametrize(
    ("said", "known", "state"),
    [("", "KP", "REJECTED"), ("DE", "KP", "REJECTED"), ("", "DE", "PASSED"), ("DE", "", "PASSED")],
)
def test_where_a_card_is_from_the_provider_knows_better_than_who_pays(said, known, state):
    rules = [Rule(Action.REJECT, regions=("DE",))]
    tried = replace(check().tried, region=said)

    found = fraud.recognize(replace(check(), tried=tried), "fp_1", rules, {}, region=known)

    assert (found.state, found.tried.region) == (fraud.State[state], known or said)
    assert found.tried.traits == tried.traits


def test_a_card_that_is_recognized_is_judged_and_a_decision_stays():
    rules = [Rule(Action.REJECT, trait=Trait.CARD, most=1, window=HOUR)]
    counts = {(Trait.CARD, HOUR): 1}

    again = fraud.recognize(check(), "fp_1", rules, counts)
    decided = fraud.recognize(check(decider="users/1"), "fp_1", rules, counts)
    first = fraud.recognize(check(), "fp_1", rules, {})

    assert (again.state, again.fingerprint) == (fraud.State.REJECTED, "fp_1")
    assert [each.why for each in again.findings] == [
        "2 tries with one card within 1:00:00, and 1 are allowed"
    ]
    assert decided.state is fraud.State.PASSED
    assert (first.state, first.findings) == (fraud.State.PASSED, ())


# --- the calls


@pytest.fixture
async def boss(payment, held):
    return await payment.world.member("OWNER", held.organization)


@pytest.fixture
def stub(payment):
    return fraud_pb2_grpc.FraudServiceStub(payment.world.channel)


async def fees(payment, held, boss):
    accounts = ("provider-stripe", "fees-stripe", "fees-platform")
    found = [await payment.balance(held.organization, one, boss) for one in accounts]
    return [sum(one) for one in found]


@pytest.mark.server
async def test_the_books_know_what_stripe_and_the_platform_took(payment, held, boss):
    await ready(payment, held, boss)
    paid = await payment.pay(held)

    await payment.work(held.organization, actions.COSTS)

    assert await fees(payment, held, boss) == [2500 - 62 - 93, 62, 93]
    await payment.give_back(paid, boss, 1000)
    await payment.work(held.organization)
    await payment.work(held.organization, actions.COSTS)
    assert await fees(payment, held, boss) == [1500 - 62 - 56, 62, 56]
    request = ledger_pb2.ExportEntriesRequest(parent=f"organizations/{held.organization}")
    stream = payment.ledger_stub.ExportEntries(request, metadata=boss)
    text = b"".join([part.data async for part in stream]).decode()
    rows = [row for row in csv.DictReader(text.splitlines()) if row["account"] == "fees-platform"]
    assert [(row["kind"], row["debit"], row["credit"]) for row in rows] == [
        ("application_fee", "0.93", ""),
        ("application_fee_refund", "", "0.37"),
    ]


@pytest.mark.server
async def test_what_is_booked_late_is_asked_for_again(payment, held):
    world = await shop(payment, held)
    await world.confirmed()
    payment.stripe.unbooked = True
    try:
        [due] = await payment.world.due(actions.COSTS, held.organization)
        await payment.world.do(due)
    finally:
        payment.stripe.unbooked = False

    await payment.work(held.organization, actions.COSTS)

    assert await fees(payment, held, world.owner) == [2500 - 62, 62, 0]


@pytest.mark.server
async def test_a_card_that_is_typed_in_again_is_recognized(payment, held, stub):
    await shop(payment, held)
    rule = velocity(V.TRAIT_CARD, 1, R.ACTION_REJECT)
    finance = await ruled(payment, stub, held, rule)
    first, second = held, await payment.held(held.organization)
    await payment.pay(first, "pm_card_visa")
    await payment.work(held.organization, actions.COSTS)

    # Another name for the same card, which nobody knows before it was charged.
    paid = await payment.pay(second, "pm_card_visa_debit")
    assert paid.state == Paid.STATE_SUCCEEDED
    await payment.work(held.organization, actions.COSTS)
    await payment.work(held.organization)

    assert (await payment.read(second, paid)).state == Paid.STATE_REFUNDED
    of_first, of_second = await checks(payment, stub, held, finance)
    assert (of_first.state, of_second.state) == (C.STATE_PASSED, C.STATE_REJECTED)
    assert of_first.card_fingerprint == of_second.card_fingerprint == "fp_visa"
    assert of_first.region_code == of_second.region_code == "US"
    # Now both names are known to be the same card before anything is charged.
    third = await payment.held(held.organization)
    again = await payment.confirm(third, await payment.open(third), "pm_card_visa")
    assert again.state == Paid.STATE_FAILED


@pytest.mark.server
@pytest.mark.parametrize("verb", ["Approve", "Reject"])
async def test_what_is_held_after_it_was_charged_waits_for_somebody(payment, held, stub, verb):
    await shop(payment, held)
    finance = await ruled(payment, stub, held, velocity(V.TRAIT_CARD, 1))
    second = await payment.held(held.organization)
    await payment.pay(held, "pm_card_visa")
    paid = await payment.pay(second, "pm_card_visa_debit")
    await payment.work(held.organization, actions.COSTS)
    [waiting] = await checks(payment, stub, held, finance, state=C.STATE_HELD)
    assert (await payment.told(held.organization)).count("PaymentHeldForReview") == 1

    request = getattr(fraud_pb2, f"{verb}FraudCheckRequest")(name=waiting.name)
    await getattr(stub, f"{verb}FraudCheck")(request, metadata=finance)
    await payment.work(held.organization)

    state = (await payment.read(second, paid)).state
    assert state == (Paid.STATE_SUCCEEDED if verb == "Approve" else Paid.STATE_REFUNDED)


@pytest.mark.server
async def test_what_is_only_reserved_is_let_go(payment, held, stub):
    await shop(payment, held, capture="CAPTURE_MANUAL")
    await ruled(payment, stub, held, velocity(V.TRAIT_CARD, 1, R.ACTION_REJECT))
    second = await payment.held(held.organization)
    await payment.pay(held, "pm_card_visa")
    await payment.work(held.organization, actions.COSTS)
    reserved = await payment.pay(second, "pm_card_visa_debit")
    assert reserved.state == Paid.STATE_AUTHORIZED

    await payment.work(held.organization, actions.COSTS)
    await payment.work(held.organization)

    assert (await payment.read(second, reserved)).state == Paid.STATE_CANCELLED
