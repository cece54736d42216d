"""Accounts that are connected to the platform's: made, led through forms, paid through."""

from __future__ import annotations

import json

import grpc
import pytest
import stripe
from google.api import httpbody_pb2
from stripe import params

from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.payment.merchants import domain
from services.payment.merchants.domain import Connection, Fees, NoPlatform, Plan, Platform
from services.payment.stripe import domain as asked
from tests.payment.builders import NOW
from tests.payment.conftest import PLATFORM
from tests.payment.stripe_world import created, stub_of
from tests.serving import invalid, refused
from turnout.payment.v1 import merchant_account_pb2 as pb
from turnout.payment.v1 import payment_pb2

RETURN = "https://shop.example.org/done"
REFRESH = "https://shop.example.org/again"


# --- the fee


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        (Money("EUR", 2500), 93),
        (Money("EUR", 20), 20),
        (Money("JPY", 1000), 25),
        (Money("EUR", 0), 0),
    ],
)
def test_the_platform_keeps_its_share_and_never_more_than_there_is(amount, fee):
    assert Fees(250, {"EUR": 30}).of(amount) == Money(amount.currency, fee)
    assert not Fees().of(amount)


def test_without_an_account_of_the_platform_nothing_is_connected():
    name = Name(new_id(), new_id())

    with pytest.raises(NoPlatform):
        domain.connect(name, Platform(), Plan("Ours"), region="DE", email="", now=NOW)


def described(params: object) -> set[str]:
    """The names of the parameters that Stripe's library has."""
    return set(getattr(params, "__annotations__", {}))


def test_stripe_describes_what_is_asked_for_accounts():
    name = Name(new_id(), new_id())
    account = asked.to_connect(name, Connection("DE", "shop@example.org"))
    link = asked.to_link("acct_1", return_uri=RETURN, refresh_uri=REFRESH)
    holder = account["controller"]

    assert set(account) <= described(params.AccountCreateParams)
    assert set(holder) <= described(params.AccountCreateParamsController)
    assert set(holder["fees"]) <= described(params.AccountCreateParamsControllerFees)
    assert set(holder["losses"]) <= described(params.AccountCreateParamsControllerLosses)
    board = params.AccountCreateParamsControllerStripeDashboard
    assert set(holder["stripe_dashboard"]) <= described(board)
    assert set(link) <= described(params.AccountLinkCreateParams)


# --- the calls


@pytest.fixture
async def boss(payment, held):
    return await payment.world.member("OWNER", held.organization)


async def connected(payment, held, boss, **given):
    parent = f"organizations/{held.organization}"
    request = pb.ConnectMerchantAccountRequest(parent=parent, display_name="Ours", **given)
    return await stub_of(payment).ConnectMerchantAccount(request, metadata=boss)


async def onboarded(payment, made, boss, **given):
    request = pb.OnboardMerchantAccountRequest(
        name=made.name, return_uri=RETURN, refresh_uri=REFRESH, **given
    )
    return await stub_of(payment).OnboardMerchantAccount(request, metadata=boss)


async def read(payment, made, boss):
    request = pb.GetMerchantAccountRequest(name=made.name)
    return await stub_of(payment).GetMerchantAccount(request, metadata=boss)


async def enabled(payment, made, boss):
    request = pb.EnableMerchantAccountRequest(name=made.name)
    return await stub_of(payment).EnableMerchantAccount(request, metadata=boss)


async def told(payment, event, *, secret=PLATFORM.secrets[0], endpoint="connect"):
    """Sends what Stripe tells the platform of a connected account."""
    body = json.dumps(event)
    stamp = int(payment.world.clock.now().timestamp())
    signature = stripe.WebhookSignature.generate_signature_header(body, secret, stamp)
    request = payment_pb2.ReceiveWebhookRequest(
        provider="stripe",
        endpoint=endpoint,
        body=httpbody_pb2.HttpBody(content_type="application/json", data=body.encode()),
    )
    await payment.stub.ReceiveWebhook(request, metadata=(("stripe-signature", signature),))


async def ready(payment, held, boss, **given):
    """A connected account that takes payments, as Stripe has it, and as it is here."""
    made = await connected(payment, held, boss, **given)
    await onboarded(payment, made, boss)
    reference = (await read(payment, made, boss)).connection.provider_account
    account = payment.stripe.fill_in(reference)
    await told(payment, payment.stripe.event("account.updated", account, account=reference))
    await payment.work(held.organization)
    return reference, await enabled(payment, made, boss)


def mine(payment, reference):
    ids = [id for id, account in payment.stripe.owners.items() if account == reference]
    return [payment.stripe.intents[id] for id in ids]


@pytest.mark.server
async def test_an_account_is_made_once_and_led_to_the_forms(payment, held, boss):
    made = await connected(payment, held, boss, region_code="DE", email="shop@example.org")
    assert (made.state, made.mode) == (pb.MerchantAccount.STATE_DISABLED, made.MODE_TEST)
    assert (made.connection.provider_account, made.webhook_uri) == ("", "")

    links = [await onboarded(payment, made, boss) for _ in range(2)]

    assert links[0].uri != links[1].uri
    assert all(link.HasField("expire_time") for link in links)
    known = (await read(payment, made, boss)).connection
    assert (known.charges_enabled, list(known.requirements)) == (
        False,
        ["business_type", "external_account"],
    )
    posts = [(path, form) for verb, path, form, _ in payment.stripe.calls if verb == "POST"]
    assert [path for path, _ in posts] == [
        "/v1/accounts",
        "/v1/account_links",
        "/v1/account_links",
    ]
    assert (posts[0][1]["country"], posts[0][1]["email"]) == ("DE", "shop@example.org")
    assert (posts[1][1]["return_url"], posts[1][1]["refresh_url"]) == (RETURN, REFRESH)


@pytest.mark.server
async def test_an_answer_that_was_lost_makes_no_second_account(payment, held, boss):
    made = await connected(payment, held, boss)
    payment.stripe.faults[:] = ["lost"]

    with refused(grpc.StatusCode.UNAVAILABLE, "PROVIDER_UNREACHABLE"):
        await onboarded(payment, made, boss)
    await onboarded(payment, made, boss)

    id = made.name.rpartition("/")[2]
    of_ours = [
        one
        for one in payment.stripe.accounts.values()
        if one["metadata"]["turnout_merchant_account"] == id
    ]
    assert len(of_ours) == 1


@pytest.mark.server
async def test_what_the_provider_refuses_is_said(payment, held, boss):
    made = await connected(payment, held, boss, region_code="AQ")

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "PROVIDER_REFUSED"):
        await onboarded(payment, made, boss)


@pytest.mark.server
async def test_an_account_is_enabled_when_it_takes_payments(payment, held, boss):
    made = await connected(payment, held, boss)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "MERCHANT_ACCOUNT_NOT_READY"):
        await enabled(payment, made, boss)

    reference, account = await ready(payment, held, boss)

    assert account.state == pb.MerchantAccount.STATE_ENABLED
    assert account.connection.charges_enabled
    # What it says is asked for, so that an old event changes nothing.
    old = {**payment.stripe.accounts[reference], "charges_enabled": False}
    await told(payment, payment.stripe.event("account.updated", old, account=reference))
    await payment.work(held.organization)
    assert (await read(payment, account, boss)).connection.charges_enabled


@pytest.mark.server
async def test_the_fee_is_kept_of_what_is_paid_and_given_back_with_it(payment, held, boss):
    reference, account = await ready(payment, held, boss)

    paid = await payment.pay(held)

    assert paid.state == payment_pb2.Payment.STATE_SUCCEEDED
    assert paid.merchant_account == account.name
    [intent] = mine(payment, reference)
    assert (intent["amount"], intent["application_fee_amount"]) == (2500, 93)
    await payment.give_back(paid, boss, 1000)
    await payment.work(held.organization)
    [refund] = [
        one for one in payment.stripe.refunds.values() if one["payment_intent"] == intent["id"]
    ]
    assert (refund["amount"], refund["refund_application_fee"]) == (1000, "true")
    keys = {call[3]["authorization"] for call in payment.stripe.calls}
    assert keys == {f"Bearer {PLATFORM.api_key}"}


@pytest.mark.server
async def test_of_a_part_that_is_taken_the_platform_takes_its_part(payment, held, boss):
    reference, account = await ready(payment, held, boss)
    account.capture = pb.MerchantAccount.CAPTURE_MANUAL
    request = pb.UpdateMerchantAccountRequest(merchant_account=account)
    await stub_of(payment).UpdateMerchantAccount(request, metadata=boss)
    reserved = await payment.pay(held)

    amount = {"currency_code": "EUR", "units": 10}
    take = payment_pb2.CapturePaymentRequest(name=reserved.name, amount=amount)
    await payment.stub.CapturePayment(take, metadata=boss)
    await payment.work(held.organization)

    [intent] = mine(payment, reference)
    assert (intent["amount_received"], intent["application_fee_amount"]) == (1000, 37)


@pytest.mark.server
async def test_who_pays_in_the_browser_is_told_which_account(payment, held, boss):
    reference, _ = await ready(payment, held, boss)

    waiting = await payment.pay(held, "")

    action = waiting.next_action
    assert action.provider_account == reference
    assert action.publishable_key == PLATFORM.publishable_key
    [intent] = mine(payment, reference)
    payment.stripe.pay(intent["id"], "pm_card_visa")
    event = payment.stripe.event("payment_intent.succeeded", intent, account=reference)
    await told(payment, event)
    await told(payment, event)
    await payment.work(held.organization)
    assert (await payment.read(held, waiting)).state == payment_pb2.Payment.STATE_SUCCEEDED


@pytest.mark.server
async def test_what_is_of_nobody_here_is_taken_and_forgotten(payment, held, boss):
    reference, _ = await ready(payment, held, boss)
    before = await notices(payment, held)

    await told(payment, payment.stripe.event("payout.paid", {}, account="acct_other"))
    await told(payment, payment.stripe.event("payout.paid", {}))
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_SIGNATURE"):
        event = payment.stripe.event("account.updated", {}, account=reference)
        await told(payment, event, secret="whsec_0123456789abcdef")
    # What the platform's secret signs says nothing of an organization's own account.
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_SIGNATURE"):
        event = payment.stripe.event("account.updated", {}, account=reference)
        await told(payment, event, endpoint=str(held.organization))

    assert await notices(payment, held) == before


async def notices(payment, held):
    rows = await payment.world.owner.execute(
        "select count(*) as many from notices where organization = %s", [held.organization]
    )
    return (await rows.fetchone()).many


@pytest.mark.server
async def test_an_account_that_was_cut_off_takes_no_payments(payment, held, boss):
    reference, account = await ready(payment, held, boss)
    # Stripe lets nobody look who may not any more.
    payment.stripe.faults[:] = [403]
    application = {"id": "ca_1", "object": "application"}
    kind = "account.application.deauthorized"
    await told(payment, payment.stripe.event(kind, application, account=reference))
    await payment.work(held.organization)

    known = (await read(payment, account, boss)).connection
    assert (known.charges_enabled, list(known.requirements)) == (False, ["deauthorized"])


@pytest.mark.server
async def test_an_account_has_keys_of_its_own_or_is_connected(payment, held, boss):
    own = await created(payment, held.organization, boss)
    connected_ = await connected(payment, held, boss)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "MERCHANT_ACCOUNT_NOT_CONNECTED"):
        await onboarded(payment, own, boss)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "MERCHANT_ACCOUNT_CONNECTED"):
        request = pb.RotateMerchantAccountRequest(
            name=connected_.name, webhook_secret="whsec_0123456789abcdef"
        )
        await stub_of(payment).RotateMerchantAccount(request, metadata=boss)
    delete = pb.DeleteMerchantAccountRequest(name=connected_.name)
    await stub_of(payment).DeleteMerchantAccount(delete, metadata=boss)
    with refused(grpc.StatusCode.NOT_FOUND, "MERCHANT_ACCOUNT_NOT_FOUND"):
        await onboarded(payment, connected_, boss)


@pytest.mark.server
async def test_who_may_not_connects_nothing(payment, held, boss):
    made = await connected(payment, held, boss)
    finance = await payment.world.member("FINANCE", held.organization)
    stranger = await payment.world.member("OWNER", new_id())

    for who in (finance, stranger):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await connected(payment, held, who)
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await onboarded(payment, made, who)
    with invalid("region_code"):
        await connected(payment, held, boss, region_code="Germany")
    with invalid("return_uri"):
        request = pb.OnboardMerchantAccountRequest(
            name=made.name, return_uri="shop", refresh_uri=REFRESH
        )
        await stub_of(payment).OnboardMerchantAccount(request, metadata=boss)
