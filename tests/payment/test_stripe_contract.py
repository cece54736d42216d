"""What we send to Stripe is what its own description of the interface allows."""

from __future__ import annotations

import json
import pathlib
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.payment.domain import Progress, Reason
from services.payment.merchants.domain import STRIPE, Capture, Credentials, Merchant, Plan, open
from services.payment.provider import (
    AccountChanged,
    BadNotice,
    Charge,
    Disputed,
    DisputeState,
    Notice,
    PaidOut,
    PayoutState,
    Return,
)
from services.payment.stripe import domain, wire
from services.payment.stripe.domain import Unpayable
from tests.contract import contract

# Beside the checkout, if at all: it is Stripe's, not ours.
DATA = contract.ROOT.parent / "shared" / "data"
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def described(name: str) -> Any:
    file: pathlib.Path = DATA / name
    if not file.exists():
        pytest.skip(f"{name} is not beside the checkout")
    return json.loads(file.read_text())


def merchant(**given: Any) -> Merchant:
    plan = Plan("Main", publishable_key="pk_test_0123456789", **given)
    return open(Name(new_id(), new_id()), STRIPE, plan, Credentials("sk_test_0123456789"), NOW)


def charge(**given: Any) -> Charge:
    fields = {"amount": Money("EUR", 2500), "method": "pm_card_visa", **given}
    payment = f"organizations/{new_id()}/payments/{new_id()}"
    return Charge(new_id(), new_id(), begin_time=NOW, payment=payment, **fields)


def back(**given: Any) -> Return:
    fields = {"amount": Money("EUR", 500), "charge_reference": "pi_1", **given}
    return Return(new_id(), new_id(), new_id(), begin_time=NOW, **fields)


SENT = [
    ("/v1/payment_intents", domain.to_create(charge(), merchant())),
    ("/v1/payment_intents", domain.to_create(charge(method=""), merchant())),
    (
        "/v1/payment_intents",
        domain.to_create(
            charge(return_uri="https://a.example/b"),
            merchant(capture=Capture.MANUAL, statement_suffix="SUMMER FAIR"),
        ),
    ),
    ("/v1/payment_intents", domain.to_create(charge(fee=Money("EUR", 93)), merchant())),
    ("/v1/payment_intents/{intent}/confirm", domain.to_confirm(charge())),
    (
        "/v1/payment_intents/{intent}/confirm",
        domain.to_confirm(charge(return_uri="https://a.example/b")),
    ),
    ("/v1/payment_intents/{intent}/capture", domain.to_capture(charge())),
    (
        "/v1/payment_intents/{intent}/capture",
        domain.to_capture(charge(capture=Money("EUR", 1))),
    ),
    (
        "/v1/payment_intents/{intent}/capture",
        domain.to_capture(charge(capture=Money("EUR", 100), fee=Money("EUR", 93))),
    ),
    ("/v1/refunds", domain.to_refund(back(fee=True))),
    ("/v1/payment_intents/{intent}/cancel", domain.to_cancel()),
    *(("/v1/refunds", domain.to_refund(back(reason=reason))) for reason in Reason),
]


@pytest.mark.parametrize(("path", "sent"), SENT)
def test_stripe_describes_what_we_send(path, sent):
    schema = _schema(described("stripe_openapi_subset.json"), path)

    jsonschema.validate(sent, schema, cls=jsonschema.Draft4Validator)


def test_what_stripe_does_not_describe_is_noticed():
    schema = _schema(described("stripe_openapi_subset.json"), "/v1/refunds")
    sent = domain.to_refund(back())

    for wrong in ({"reasons": "x"}, {"amount": "5"}, {"reason": "late"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(sent | wrong, schema, cls=jsonschema.Draft4Validator)


def _schema(document: Any, path: str) -> Any:
    content = document["paths"][path]["post"]["requestBody"]["content"]
    schema = content["application/x-www-form-urlencoded"]["schema"]
    return {**schema, "additionalProperties": False}


def test_stripes_own_samples_are_understood():
    samples = described("stripe_fixtures_subset.json")
    intent = _sample(samples, "payment_intent")

    assert domain.outcome(intent, by_client=True).reference == intent["id"]
    assert domain.charge_movement(intent).amount.minor == intent["amount"]


def _sample(samples: Any, name: str) -> Any:
    return samples.get("resources", samples)[name]


# --- amounts


@pytest.mark.parametrize(
    ("amount", "units"),
    [
        (Money("EUR", 2500), 2500),
        (Money("JPY", 2500), 2500),
        (Money("KWD", 2500), 2500),
        # Stripe counts these two in hundredths, and this one as a whole.
        (Money("ISK", 2500), 250_000),
        (Money("UGX", 2500), 250_000),
        (Money("MGA", 2500), 25),
    ],
)
def test_amounts_are_counted_as_stripe_counts(amount, units):
    assert domain.units(amount) == units
    said = {"currency": amount.currency.lower(), "amount": units}
    assert domain.amount(said, "amount") == amount


def test_a_part_that_stripe_does_not_count_is_not_sent():
    with pytest.raises(Unpayable):
        domain.units(Money("MGA", 2501))


@pytest.mark.parametrize(
    ("fee", "sent"),
    [
        (None, {}),
        (Money("EUR", 0), {}),
        (Money("EUR", 93), {"application_fee_amount": 93}),
        (Money("ISK", 93), {"application_fee_amount": 9300}),
        # The platform forgoes what Stripe does not count.
        (Money("MGA", 250), {"application_fee_amount": 2}),
        (Money("MGA", 99), {}),
    ],
)
def test_the_fee_is_sent_as_stripe_counts(fee, sent):
    currency = fee.currency if fee else "EUR"
    asked = domain.to_create(charge(amount=Money(currency, 10_000), fee=fee), merchant())

    assert {name: asked[name] for name in asked if name == "application_fee_amount"} == sent


# --- intents


@pytest.mark.parametrize(
    ("status", "error", "by_client", "progress"),
    [
        ("requires_payment_method", None, True, Progress.CHALLENGED),
        ("requires_payment_method", {"code": "x"}, True, Progress.CHALLENGED),
        ("requires_payment_method", {"code": "x"}, False, Progress.FAILED),
        ("requires_confirmation", None, False, Progress.PENDING),
        ("requires_action", None, False, Progress.CHALLENGED),
        ("processing", None, False, Progress.PENDING),
        ("requires_capture", None, False, Progress.AUTHORIZED),
        ("canceled", None, False, Progress.CANCELLED),
        ("canceled", {"code": "x"}, False, Progress.FAILED),
        ("canceled", {"code": "x"}, True, Progress.CANCELLED),
        ("succeeded", None, False, Progress.SUCCEEDED),
        ("something new", None, False, Progress.PENDING),
    ],
)
def test_every_status_means_something(status, error, by_client, progress):
    intent = {"id": "pi_1", "status": status, "last_payment_error": error}

    assert domain.outcome(intent, by_client=by_client).progress is progress


# --- webhooks


def event(kind, what):
    return json.dumps(
        {"id": "evt_1", "type": kind, "created": 5, "data": {"object": what}}
    ).encode()


DISPUTE = {
    "id": "dp_1",
    "amount": 2500,
    "balance_transactions": [{"currency": "eur", "net": -4000}],
    "charge": "ch_1",
    "created": 4,
    "currency": "eur",
    "evidence_details": {"due_by": 1_800_000_000},
    "payment_intent": "pi_1",
    "reason": "fraudulent",
}


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [
        ("charge.dispute.created", "needs_response", DisputeState.NEEDS_RESPONSE),
        ("charge.dispute.created", "warning_needs_response", DisputeState.NEEDS_RESPONSE),
        ("charge.dispute.updated", "under_review", DisputeState.UNDER_REVIEW),
        ("charge.dispute.closed", "warning_closed", DisputeState.WON),
        ("charge.dispute.closed", "won", DisputeState.WON),
        ("charge.dispute.closed", "lost", DisputeState.LOST),
        ("charge.dispute.funds_withdrawn", "needs_response", DisputeState.NEEDS_RESPONSE),
    ],
)
def test_disputes_are_heard(kind, status, state):
    heard = wire.heard(event(kind, {**DISPUTE, "status": status}))

    assert isinstance(heard, Disputed)
    assert (heard.reference, heard.charge, heard.state) == ("dp_1", "pi_1", state)
    assert (heard.amount, heard.withdrawn) == (Money("EUR", 2500), Money("EUR", 4000))
    assert heard.due_time == datetime.fromtimestamp(1_800_000_000, UTC)
    assert heard.time == datetime.fromtimestamp(5, UTC)


def test_what_a_dispute_took_and_gave_back_is_summed_up():
    moved = [{"currency": "eur", "net": -4000}, {"currency": "eur", "net": 4000}]
    won = {**DISPUTE, "status": "won", "balance_transactions": moved}

    heard = wire.heard(event("charge.dispute.funds_reinstated", won))

    assert isinstance(heard, Disputed)
    assert heard.withdrawn is None


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", PayoutState.PENDING),
        ("in_transit", PayoutState.PENDING),
        ("paid", PayoutState.PAID),
        ("failed", PayoutState.FAILED),
        ("canceled", PayoutState.CANCELLED),
    ],
)
def test_payouts_are_heard(status, state):
    what = {"id": "po_1", "amount": 900, "currency": "eur", "arrival_date": 7, "created": 1}

    heard = wire.heard(event(f"payout.{status}", {**what, "status": status}))

    assert isinstance(heard, PaidOut)
    assert (heard.reference, heard.amount, heard.state) == ("po_1", Money("EUR", 900), state)


def test_changes_of_an_account_are_heard():
    what = {
        "id": "acct_1",
        "charges_enabled": True,
        "payouts_enabled": False,
        "requirements": {"currently_due": ["external_account"]},
    }

    heard = wire.heard(event("account.updated", what))

    assert heard == AccountChanged("acct_1", True, False, ("external_account",))


def test_an_account_that_cuts_the_platform_off_is_heard_of():
    said = event("account.application.deauthorized", {"id": "ca_1", "object": "application"})

    heard = wire.heard(json.dumps(json.loads(said) | {"account": "acct_1"}).encode())

    assert heard == AccountChanged("acct_1", False, False, ())


@pytest.mark.parametrize("kind", ["refund.updated", "refund.failed", "charge.refund.updated"])
@pytest.mark.parametrize(
    ("status", "progress"),
    [
        ("pending", Progress.PENDING),
        ("requires_action", Progress.PENDING),
        ("succeeded", Progress.SUCCEEDED),
        ("failed", Progress.FAILED),
        ("canceled", Progress.CANCELLED),
    ],
)
def test_refunds_are_heard(kind, status, progress):
    key = new_id()
    what = {"id": "re_1", "status": status, "metadata": {"turnout_refund": str(key)}}

    heard = wire.heard(event(kind, what))

    assert isinstance(heard, Notice)
    assert heard.key == key
    assert heard.outcome is not None
    assert heard.outcome.progress is progress


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("charge.dispute.created", {}),
        ("charge.dispute.created", {**DISPUTE, "status": "something new"}),
        ("payout.paid", {"id": "po_1"}),
        ("payout.paid", {"amount": 10**30, "currency": "eur", "status": "paid"}),
        ("account.updated", {}),
        ("account.updated", {"id": "acct_1", "requirements": 5}),
        ("refund.updated", {"metadata": [1]}),
        ("payment_intent.succeeded", 5),
    ],
)
def test_what_cannot_be_read_is_said(kind, what):
    with pytest.raises(BadNotice):
        wire.heard(event(kind, what))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id": 5}', b'{"id": ""}', b"\xff", b"null"])
def test_what_is_no_event_has_no_id(body):
    with pytest.raises(BadNotice):
        wire.event_id(body)
