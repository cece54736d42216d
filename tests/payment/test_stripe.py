"""Money by Stripe: taken once, given back once, and known in the end, whatever gets lost."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import timedelta

import grpc
import pytest

from services.kit.money import Money
from services.payment import actions
from services.payment.domain import Progress
from tests.payment.conftest import euros
from tests.payment.stripe_world import MerchantAccount, shop, signing, stub_of
from tests.serving import invalid, refused
from turnout.booking.v1 import booking_pb2
from turnout.payment.v1 import merchant_account_pb2, payment_pb2, refund_pb2

pytestmark = pytest.mark.server

State = payment_pb2.Payment.State
Type = payment_pb2.Payment.NextAction.Type


@pytest.fixture
async def store(payment, held):
    return await shop(payment, held)


@pytest.fixture
async def cautious(payment, held):
    """A shop that reserves money first."""
    return await shop(payment, held, capture=MerchantAccount.CAPTURE_MANUAL)


async def again(shop, kind):
    """Has the worker try once more what had failed."""
    for due in await shop.payment.world.due(kind, shop.organization):
        await shop.payment.world.do(due)


async def test_a_card_is_charged_and_the_booking_is_told(store):
    paid = await store.confirmed()

    assert (paid.state, paid.provider) == (State.STATE_SUCCEEDED, "stripe")
    assert paid.merchant_account == store.account.name
    assert await store.payment.told(store.organization) == ["PaymentCaptured"]
    intent = store.intent
    assert (intent["amount_received"], intent["currency"]) == (2500, "eur")
    assert intent["metadata"]["turnout_payment"] == paid.name


async def test_calls_bear_our_keys_the_accounts_key_and_the_version(store):
    await store.confirmed()

    attempt = store.intent["metadata"]["turnout_attempt"]
    posts = [headers for method, _, _, headers in store.stripe.calls if method == "POST"]
    keys = [headers["idempotency-key"] for headers in posts]
    assert keys == [attempt, f"{attempt}:confirm"]
    assert {headers["authorization"][-4:] for headers in posts} == {store.account.api_key_hint}
    assert {headers["stripe-version"] for headers in posts} == {"2026-10-28.endive"}


async def test_a_declined_card_may_be_followed_by_another(store):
    failed = await store.confirmed("pm_card_visa_chargeDeclined")

    assert (failed.state, failed.failure_reason) == (State.STATE_FAILED, "generic_decline")
    assert store.intent["status"] == "canceled"
    await store.payment.confirm(store.held, failed, "pm_card_visa")
    await store.payment.work(store.organization)
    assert (await store.payment.read(store.held, failed)).state == State.STATE_SUCCEEDED
    assert [one["status"] for one in store.intents] == ["canceled", "succeeded"]


@pytest.mark.parametrize("method", ["pm_nothing", "pm_1"])
async def test_a_method_that_stripe_does_not_know_fails_the_attempt(store, method):
    failed = await store.confirmed(method)

    assert (failed.state, failed.failure_reason) == (State.STATE_FAILED, "resource_missing")
    assert store.intent["status"] == "canceled"


async def test_an_amount_that_is_too_small_fails_and_makes_nothing(payment):
    store = await shop(payment, await payment.held(cents=10))

    failed = await store.confirmed()

    assert (failed.state, failed.failure_reason) == (State.STATE_FAILED, "amount_too_small")
    assert store.intents == []


@pytest.mark.parametrize("fault", ["lost", "unheard", 500, 429])
@pytest.mark.parametrize("call", [0, 1])
async def test_a_card_is_charged_once_whatever_gets_lost(store, fault, call):
    made = await store.payment.open(store.held)
    await store.payment.confirm(store.held, made)
    store.stripe.faults[:] = [*[""] * call, fault]

    [due] = await store.payment.world.due(actions.CHARGE, store.organization)
    with pytest.raises(Exception, match=r"did not answer|wrong"):
        await store.payment.world.do(due)
    waiting = await store.payment.read(store.held, made)
    await again(store, actions.CHARGE)

    assert waiting.state == State.STATE_PROCESSING
    assert (await store.payment.read(store.held, made)).state == State.STATE_SUCCEEDED
    assert [one["status"] for one in store.intents] == ["succeeded"]
    assert store.intent["amount_received"] == 2500


async def test_what_got_lost_is_found_without_charging(store):
    made = await store.payment.open(store.held)
    await store.payment.confirm(store.held, made)
    store.stripe.faults[:] = ["", "lost"]
    [due] = await store.payment.world.due(actions.CHARGE, store.organization)
    with pytest.raises(Exception, match="did not answer"):
        await store.payment.world.do(due)

    await again(store, actions.FIND)

    assert (await store.payment.read(store.held, made)).state == State.STATE_SUCCEEDED
    assert len(store.intents) == 1


async def test_what_got_lost_is_found_when_its_key_is_forgotten(store):
    made = await store.payment.open(store.held)
    await store.payment.confirm(store.held, made)
    store.stripe.faults[:] = ["", "lost"]
    [due] = await store.payment.world.due(actions.CHARGE, store.organization)
    with pytest.raises(Exception, match="did not answer"):
        await store.payment.world.do(due)
    store.stripe.forget_keys()
    store.payment.world.clock.ahead += timedelta(hours=23)

    await again(store, actions.FIND)

    assert (await store.payment.read(store.held, made)).state == State.STATE_SUCCEEDED
    assert len(store.intents) == 1


async def test_two_workers_charge_once(store):
    made = await store.payment.open(store.held)
    await store.payment.confirm(store.held, made)
    [due] = await store.payment.world.due(actions.CHARGE, store.organization)

    await asyncio.gather(*(store.payment.world.do(due) for _ in range(4)))

    assert (await store.payment.read(store.held, made)).state == State.STATE_SUCCEEDED
    assert [one["amount_received"] for one in store.intents] == [2500]


# --- what who pays has to do


async def test_who_pays_confirms_in_the_browser(store):
    waiting = await store.confirmed("")

    assert waiting.state == State.STATE_REQUIRES_ACTION
    action = waiting.next_action
    assert (action.type, action.publishable_key) == (Type.TYPE_CONFIRM, "pk_test_0123456789")
    assert action.client_secret == store.intent["client_secret"]
    store.stripe.pay(store.intent["id"], "pm_card_visa_chargeDeclined")
    await again(store, actions.FIND)
    declined = await store.payment.read(store.held, waiting)
    assert declined.state == State.STATE_REQUIRES_ACTION
    assert declined.failure_reason == "generic_decline"

    store.stripe.pay(store.intent["id"], "pm_card_visa")
    await store.hears(store.stripe.event("payment_intent.succeeded", store.intent))

    paid = await store.payment.read(store.held, waiting)
    assert (paid.state, paid.failure_reason) == (State.STATE_SUCCEEDED, "")
    assert not paid.HasField("next_action")
    assert len(store.intents) == 1


async def test_what_opens_a_payment_is_shown_to_who_pays_alone_and_kept_sealed(store):
    waiting = await store.confirmed("")
    secret = store.intent["client_secret"]
    request = payment_pb2.GetPaymentRequest(name=waiting.name)

    seen = await store.payment.stub.GetPayment(request, metadata=store.owner)

    assert (seen.state, seen.HasField("next_action")) == (State.STATE_REQUIRES_ACTION, False)
    rows = await store.payment.world.owner.execute(
        "select * from payments where organization = %s", [store.organization]
    )
    assert secret not in str(await rows.fetchall())


@pytest.mark.parametrize(
    ("back", "kind"), [("", Type.TYPE_AUTHENTICATE), ("https://a.example/b", Type.TYPE_REDIRECT)]
)
@pytest.mark.parametrize("well", [True, False])
async def test_who_pays_proves_who_they_are(store, back, kind, well):
    waiting = await store.confirmed("pm_card_authenticationRequired", return_uri=back)

    assert (waiting.state, waiting.next_action.type) == (State.STATE_REQUIRES_ACTION, kind)
    assert bool(waiting.next_action.redirect_uri) == bool(back)
    store.stripe.authenticate(store.intent["id"], well=well)
    await again(store, actions.FIND)

    after = await store.payment.read(store.held, waiting)
    if well:
        assert after.state == State.STATE_SUCCEEDED
    else:
        reason = "payment_intent_authentication_failure"
        assert (after.state, after.failure_reason) == (State.STATE_FAILED, reason)
        assert store.intent["status"] == "canceled"


# --- taking what is reserved


async def capture(store, made, cents=0):
    request = payment_pb2.CapturePaymentRequest(name=made.name)
    if cents:
        request.amount.CopyFrom(euros(cents))
    return await store.payment.stub.CapturePayment(request, metadata=store.owner)


@pytest.mark.parametrize("cents", [0, 2500, 1200])
async def test_money_is_reserved_and_taken(cautious, cents):
    reserved = await cautious.confirmed()

    assert reserved.state == State.STATE_AUTHORIZED
    assert await cautious.payment.told(cautious.organization) == []
    taking = await capture(cautious, reserved, cents)
    await cautious.payment.work(cautious.organization)

    assert taking.state == State.STATE_PROCESSING
    paid = await cautious.payment.read(cautious.held, reserved)
    assert (paid.state, paid.amount) == (State.STATE_SUCCEEDED, euros(cents or 2500))
    assert cautious.intent["amount_received"] == (cents or 2500)


async def test_money_is_taken_once_though_the_answer_got_lost(cautious):
    reserved = await cautious.confirmed()
    await capture(cautious, reserved, 2000)
    cautious.stripe.faults[:] = ["", "lost"]

    [due] = await cautious.payment.world.due(actions.CAPTURE, cautious.organization)
    with pytest.raises(Exception, match="did not answer"):
        await cautious.payment.world.do(due)
    await again(cautious, actions.CAPTURE)

    paid = await cautious.payment.read(cautious.held, reserved)
    assert (paid.state, paid.amount) == (State.STATE_SUCCEEDED, euros(2000))
    assert cautious.intent["amount_received"] == 2000


async def test_what_is_not_reserved_is_not_taken(store, cautious):
    reserved = await cautious.confirmed()

    for given in ({"units": 26, "currency_code": "EUR"}, {"currency_code": "EUR"}):
        with invalid("amount"):
            request = payment_pb2.CapturePaymentRequest(name=reserved.name, amount=given)
            await cautious.payment.stub.CapturePayment(request, metadata=cautious.owner)
    with invalid("amount.currency_code"):
        given = {"units": 1, "currency_code": "USD"}
        request = payment_pb2.CapturePaymentRequest(name=reserved.name, amount=given)
        await cautious.payment.stub.CapturePayment(request, metadata=cautious.owner)
    await capture(cautious, reserved)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_PAYMENT_STATE"):
        await capture(cautious, reserved)


# --- stopping


@pytest.mark.parametrize("method", ["", "pm_card_authenticationRequired", "pm_card_visa"])
async def test_a_hold_that_lapses_lets_go_of_what_is_under_way(cautious, method):
    waiting = await cautious.confirmed(method)

    await cautious.payment.tell(booking_pb2.BookingLapsed, cautious.held)
    await cautious.payment.work(cautious.organization)

    assert (await cautious.payment.read(cautious.held, waiting)).state == State.STATE_CANCELLED
    assert cautious.intent["status"] == "canceled"


async def test_what_nobody_knows_to_have_begun_never_begins(store):
    made = await store.payment.open(store.held)
    await store.payment.confirm(store.held, made)
    [charge] = await store.payment.world.due(actions.CHARGE, store.organization)
    store.stripe.faults[:] = ["lost"]
    with pytest.raises(Exception, match="did not answer"):
        await store.payment.world.do(charge)

    await store.payment.tell(booking_pb2.BookingLapsed, store.held)
    await store.payment.work(store.organization, actions.CANCEL)
    await store.payment.world.do(charge)

    assert (await store.payment.read(store.held, made)).state == State.STATE_CANCELLED
    assert [one["status"] for one in store.intents] == ["canceled"]


async def test_money_that_came_before_it_was_stopped_came(store):
    waiting = await store.confirmed("")
    store.stripe.pay(store.intent["id"], "pm_card_visa")
    request = payment_pb2.CancelPaymentRequest(name=waiting.name)

    await store.payment.stub.CancelPayment(request, metadata=store.held.buyer)
    await store.payment.work(store.organization)

    assert (await store.payment.read(store.held, waiting)).state == State.STATE_SUCCEEDED
    assert await store.payment.told(store.organization) == ["PaymentCaptured"]


# --- giving back


async def test_money_goes_back_in_parts_and_never_more_than_came(store):
    paid = await store.confirmed()
    for cents in (1000, 500):
        await store.payment.give_back(paid, store.owner, cents)
    await store.payment.work(store.organization)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "REFUND_TOO_LARGE"):
        await store.payment.give_back(paid, store.owner, 1001)

    assert (await store.payment.read(store.held, paid)).refunded_amount == euros(1500)
    mine = [
        one for one in store.stripe.refunds.values() if one["payment_intent"] == store.intent["id"]
    ]
    assert sorted(one["amount"] for one in mine) == [500, 1000]


@pytest.mark.parametrize("forgotten", [False, True])
async def test_money_goes_back_once_though_the_answer_got_lost(store, forgotten):
    paid = await store.confirmed()
    begun = await store.payment.give_back(paid, store.owner, 1000)
    store.stripe.faults[:] = ["lost"]
    [due] = await store.payment.world.due(actions.REFUND, store.organization)
    with pytest.raises(Exception, match="did not answer"):
        await store.payment.world.do(due)
    if forgotten:
        store.stripe.forget_keys()
        store.payment.world.clock.ahead += timedelta(hours=23)

    await again(store, actions.REFUND)

    request = refund_pb2.GetRefundRequest(name=begun.name)
    found = await store.payment.refund_stub.GetRefund(request, metadata=store.owner)
    assert found.state == refund_pb2.Refund.STATE_SUCCEEDED
    mine = [
        one for one in store.stripe.refunds.values() if one["payment_intent"] == store.intent["id"]
    ]
    assert [one["amount"] for one in mine] == [1000]


async def test_a_bank_that_takes_a_refund_back_reopens_the_debt(store):
    paid = await store.confirmed()
    await store.payment.give_back(paid, store.owner, 1000)
    await store.payment.work(store.organization)
    [refund] = store.refunds
    before = json.loads(json.dumps(refund))
    store.stripe.fail_refund(refund["id"])

    await store.hears(store.stripe.event("refund.failed", refund))
    # Told late, and what it was before that.
    await store.hears(store.stripe.event("refund.updated", before))

    assert (await store.payment.read(store.held, paid)).refunded_amount.units == 0
    told = await store.payment.told(store.organization)
    assert told == ["PaymentCaptured", "PaymentRefunded", "RefundFailed"]


# --- webhooks


@pytest.mark.parametrize("times", [1, 3])
async def test_webhooks_may_come_often_late_and_in_any_order(store, times):
    waiting = await store.confirmed("")
    early = json.loads(json.dumps(store.intent))
    store.stripe.pay(store.intent["id"], "pm_card_visa")
    succeeded = store.stripe.event("payment_intent.succeeded", store.intent)
    failed = early | {
        "status": "requires_payment_method",
        "last_payment_error": {"code": "card_declined"},
    }

    for _ in range(times):
        await store.hears(succeeded)
    store.payment.world.clock.ahead += timedelta(days=3)
    await store.hears(store.stripe.event("payment_intent.payment_failed", failed))
    await store.hears(store.stripe.event("payment_intent.canceled", early | {"status": "canceled"}))
    await store.hears(store.stripe.event("payment_intent.created", early))

    store.payment.world.clock.ahead = timedelta()
    assert (await store.payment.read(store.held, waiting)).state == State.STATE_SUCCEEDED
    assert await store.payment.told(store.organization) == ["PaymentCaptured"]


async def test_a_webhook_is_no_more_than_a_hint_to_ask(store):
    waiting = await store.confirmed("")
    lie = store.intent | {"status": "canceled"}

    await store.hears(store.stripe.event("payment_intent.canceled", lie))
    await again(store, actions.FIND)

    after = await store.payment.read(store.held, waiting)
    assert after.state == State.STATE_REQUIRES_ACTION


async def test_what_is_not_for_us_changes_nothing(store):
    await store.confirmed()
    stripe = store.stripe
    foreign = {"id": "pi_foreign", "object": "payment_intent", "status": "succeeded"}
    strange = foreign | {
        "metadata": {"turnout_attempt": str(uuid.uuid4())},
        "amount_received": 100,
        "currency": "eur",
    }

    for kind, what in [
        ("customer.created", {"id": "cus_1"}),
        ("payment_intent.succeeded", foreign),
        ("payment_intent.succeeded", strange),
        ("charge.updated", {"id": "ch_1", "metadata": {}}),
        ("no such type", {}),
        ("payment_intent.succeeded", {"metadata": 5}),
    ]:
        await store.hears(stripe.event(kind, what))

    assert await store.payment.told(store.organization) == ["PaymentCaptured"]
    rows = await store.payment.world.owner.execute(
        "select effect from notices where organization = %s order by id", [store.organization]
    )
    effects = [row.effect.partition(":")[0] for row in await rows.fetchall()]
    assert effects == [
        "not for us",
        "not for us",
        "unknown",
        "not for us",
        "not for us",
        "unreadable",
    ]


@pytest.mark.parametrize("seconds", [-290, 0, 290])
async def test_any_secret_that_is_good_will_do(store, seconds):
    new = signing()
    request = merchant_account_pb2.RotateMerchantAccountRequest(
        name=store.account.name, webhook_secret=new
    )
    await stub_of(store.payment).RotateMerchantAccount(request, metadata=store.owner)
    stamp = int(store.payment.world.clock.now().timestamp()) + seconds

    for secret in (store.secret, new):
        await store.posted(
            json.dumps(store.stripe.event("ping", {})).encode(), secret=secret, at=stamp
        )

    rows = await store.payment.world.owner.execute(
        "select provider from notices where organization = %s", [store.organization]
    )
    assert [row.provider for row in await rows.fetchall()] == ["stripe", "stripe"]


@pytest.mark.parametrize(
    ("secret", "seconds"), [("whsec_0123456789abcdef", 0), ("", -301), ("", 301)]
)
async def test_what_stripe_did_not_sign_or_not_now_is_refused(store, secret, seconds):
    stamp = int(store.payment.world.clock.now().timestamp()) + seconds

    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_SIGNATURE"):
        await store.posted(b'{"id": "evt_1"}', secret=secret, at=stamp)


async def test_a_secret_of_another_organization_signs_nothing_here(payment, store):
    other = await shop(payment, await payment.held())

    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_SIGNATURE"):
        await store.posted(b'{"id": "evt_1"}', secret=other.secret)


async def test_who_has_no_account_has_no_webhooks(payment, held, store):
    other = await payment.held()
    store.held = other

    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_SIGNATURE"):
        await store.posted(b'{"id": "evt_1"}')


# --- comparing


async def test_what_only_stripe_knows_is_found(store):
    provider = store.payment.world.parts.state.providers["stripe"]
    await store.confirmed()
    await store.payment.give_back(await store.payment.open(store.held), store.owner, 700)
    await store.payment.work(store.organization)
    now = store.payment.world.clock.now()

    found = await provider.movements(
        store.organization, now - timedelta(hours=1), now + timedelta(hours=1)
    )

    references = [one["id"] for one in (*store.intents, *store.refunds)]
    mine = [one for one in found if one.reference in references]
    amounts = {one.subject.value: (one.amount.minor, one.progress) for one in mine}
    assert amounts == {
        "charge": (2500, Progress.SUCCEEDED),
        "refund": (700, Progress.SUCCEEDED),
    }


async def test_a_dispute_that_nobody_told_us_of_is_found_and_heard_of(store):
    provider = store.payment.world.parts.state.providers["stripe"]
    await store.confirmed()
    dispute = store.stripe.dispute(store.intent)
    now = store.payment.world.clock.now()
    span = now - timedelta(hours=1), now + timedelta(hours=1)

    told = {one.reference: one for one in await provider.disputes(store.organization, *span)}

    found = told[dispute["id"]]
    assert (found.charge, found.amount) == (store.intent["id"], Money("EUR", 2500))
    assert found.withdrawn == Money("EUR", 4000)
    assert await provider.disputes(store.organization, span[1], span[1] + timedelta(hours=1)) == []
    # What is asked for is as new as it can be.
    assert found.time >= now


async def test_what_takes_long_is_asked_for_less_and_less_often(store):
    await store.confirmed("")
    pauses = []

    for hours in (0, 1, 100):
        store.payment.world.clock.ahead = timedelta(hours=hours)
        await again(store, actions.FIND)
        [due] = await store.payment.world.due(actions.FIND, store.organization)
        pauses.append(due.due_time - store.payment.world.clock.now())

    store.payment.world.clock.ahead = timedelta()
    assert pauses[0] < pauses[1] < pauses[2] <= timedelta(hours=6)
