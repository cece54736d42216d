"""What providers say unasked: believed when signed, kept before the answer, acted on once."""

from __future__ import annotations

import asyncio
import random
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.api import httpbody_pb2

from services.kit.ids import new_id
from services.payment import actions, signatures
from tests.payment.conftest import KINDS
from tests.serving import refused
from turnout.booking.v1 import booking_pb2
from turnout.payment.v1 import payment_pb2

pytestmark = pytest.mark.server

State = payment_pb2.Payment.State
OK = grpc.StatusCode.OK
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def event(attempt, kind="charge.succeeded", id="", **data):
    return {
        "id": id or f"evt_{uuid.uuid4().hex}",
        "type": kind,
        "data": {"id": "ch_1", "idempotency_key": str(attempt), **data},
    }


@pytest.fixture
async def processing(payment, held):
    """A payment that waits for word from the provider, and its attempt."""
    made = await payment.confirm(held, await payment.open(held))
    [due] = await payment.world.due(actions.CHARGE, held.organization)
    return made, due.id


async def notices(payment, held):
    rows = await payment.world.owner.execute(
        "select reference, effect from notices where organization = %s order by id",
        [held.organization],
    )
    return [tuple(row) for row in await rows.fetchall()]


async def test_a_notice_is_kept_before_the_answer_and_acted_on_after_it(payment, held, processing):
    made, attempt = processing

    assert await payment.webhook(held.organization, event(attempt, id="evt_1")) is OK

    assert (await payment.read(held, made)).state == State.STATE_PROCESSING
    assert await notices(payment, held) == [("evt_1", "")]
    await payment.work(held.organization, actions.APPLY)
    assert (await payment.read(held, made)).state == State.STATE_SUCCEEDED
    assert await notices(payment, held) == [("evt_1", "succeeded: succeeded")]


async def test_the_same_notice_many_times_at_once_is_kept_and_acted_on_once(
    payment, held, processing
):
    said = event(processing[1])

    answers = await asyncio.gather(*(payment.webhook(held.organization, said) for _ in range(10)))
    await payment.work(held.organization, actions.APPLY)

    assert answers == [OK] * 10
    assert len(await notices(payment, held)) == 1
    assert await payment.told(held.organization) == ["PaymentCaptured"]


async def test_the_same_word_under_many_ids_counts_once(payment, held, processing):
    saying = [event(processing[1]) for _ in range(6)]

    await asyncio.gather(*(payment.webhook(held.organization, said) for said in saying))
    dues = await payment.world.due(actions.APPLY, held.organization)
    await asyncio.gather(*(payment.world.do(due) for due in dues))

    assert await payment.told(held.organization) == ["PaymentCaptured"]


async def test_any_order_of_notices_ends_the_same(payment):
    for _ in range(10):
        held = await payment.held()
        made = await payment.confirm(held, await payment.open(held))
        [due] = await payment.world.due(actions.CHARGE, held.organization)
        saying = [event(due.id, "charge.failed"), event(due.id), event(due.id, "charge.pending")]
        for said in random.sample(saying * 2, 6):
            await payment.webhook(held.organization, said)
            if random.random() < 0.5:
                await payment.work(held.organization, actions.APPLY)

        await payment.work(held.organization, actions.APPLY)

        assert (await payment.read(held, made)).state == State.STATE_SUCCEEDED
        assert (await payment.told(held.organization)).count("PaymentCaptured") == 1


async def test_success_after_a_refund_changes_nothing(payment, held):
    paid = await payment.pay(held)
    [row] = await payment.charges(held.organization)
    await payment.tell(booking_pb2.BookingCancelled, held)
    await payment.work(held.organization)
    assert (await payment.read(held, paid)).state == State.STATE_REFUNDED

    await payment.webhook(held.organization, event(row.key))
    await payment.webhook(held.organization, event(row.key, "charge.failed"))
    await payment.work(held.organization)

    assert (await payment.read(held, paid)).state == State.STATE_REFUNDED
    assert await payment.told(held.organization) == ["PaymentCaptured", "PaymentRefunded"]


async def test_a_notice_that_comes_days_late_counts(payment, held, processing):
    made, attempt = processing
    payment.world.clock.ahead = timedelta(days=3)

    later = datetime.now(UTC) + timedelta(days=3)
    assert await payment.webhook(held.organization, event(attempt), at=later) is OK
    await payment.work(held.organization, actions.APPLY)

    payment.world.clock.ahead = timedelta()
    assert (await payment.read(held, made)).state == State.STATE_SUCCEEDED


async def test_a_notice_of_another_kind_is_kept_and_left_alone(payment, held):
    said = event(new_id(), "payout.paid", id="evt_payout")

    assert await payment.webhook(held.organization, said) is OK
    await payment.work(held.organization, actions.APPLY)

    assert await notices(payment, held) == [("evt_payout", "not for us")]


async def test_a_notice_of_an_unknown_charge_or_refund_is_kept_and_left_alone(payment, held):
    for kind in ("charge.succeeded", "refund.succeeded"):
        assert await payment.webhook(held.organization, event(new_id(), kind)) is OK
    await payment.work(held.organization, actions.APPLY)

    assert [effect for _, effect in await notices(payment, held)] == ["unknown"] * 2


async def test_a_charge_of_another_organization_is_unknown(payment, held, processing):
    elsewhere = await payment.held()

    assert await payment.webhook(elsewhere.organization, event(processing[1])) is OK
    await payment.work(elsewhere.organization, actions.APPLY)

    assert [effect for _, effect in await notices(payment, elsewhere)] == ["unknown"]
    assert await payment.told(held.organization) == []


async def test_what_was_said_long_ago_is_forgotten_and_known_all_the_same(payment, held):
    said = event(new_id(), id="evt_old")
    for one in (said, event(new_id(), id="evt_young")):
        await payment.webhook(held.organization, one)
    await payment.work(held.organization, actions.APPLY)
    await payment.webhook(held.organization, event(new_id(), id="evt_waiting"))
    await payment.world.owner.execute(
        "update notices set create_time = now() - interval '91 days'"
        " where organization = %s and reference <> 'evt_young'",
        [held.organization],
    )

    await actions.forget_notices(payment.world.db)
    await payment.webhook(held.organization, said)

    rows = await payment.world.owner.execute(
        "select reference from notices where organization = %s and body = ''::bytea",
        [held.organization],
    )
    assert [row.reference for row in await rows.fetchall()] == ["evt_old"]
    assert len(await notices(payment, held)) == 3


# --- who is not believed


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_what_was_signed_too_long_ago_or_in_the_future_is_not_taken(payment, held, seconds):
    at = datetime.now(UTC) + timedelta(seconds=seconds + (seconds > 0) * 5)

    answer = await payment.webhook(held.organization, event(new_id()), at=at)

    assert answer is grpc.StatusCode.UNAUTHENTICATED
    assert await notices(payment, held) == []


def request(provider="sandbox", endpoint=None, body=b"{}"):
    return payment_pb2.ReceiveWebhookRequest(
        provider=provider,
        endpoint=str(endpoint or new_id()),
        body=httpbody_pb2.HttpBody(content_type="application/json", data=body),
    )


@pytest.mark.parametrize("header", [(), (("turnout-signature", "t=1,v1=00"),)])
async def test_what_nobody_signed_is_not_taken(payment, held, header):
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_SIGNATURE"):
        await payment.stub.ReceiveWebhook(request(endpoint=held.organization), metadata=header)


async def test_a_signature_is_good_for_one_organization(payment, held):
    body = b'{"id": "evt_1", "type": "charge.succeeded"}'
    secret = payment.world.parts.state.sandbox.secret(held.organization)
    header = ("turnout-signature", signatures.header(secret, body, datetime.now(UTC)))

    await payment.stub.ReceiveWebhook(
        request(endpoint=held.organization, body=body), metadata=(header,)
    )
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_SIGNATURE", problem="does not fit its body"):
        await payment.stub.ReceiveWebhook(request(endpoint=new_id(), body=body), metadata=(header,))


@pytest.mark.parametrize(
    ("provider", "endpoint"), [("paypal", None), ("sandbox", "x"), ("sandbox", "a" * 32)]
)
async def test_an_endpoint_that_we_do_not_have_is_not_there(payment, provider, endpoint):
    with refused(grpc.StatusCode.NOT_FOUND, "ENDPOINT_NOT_FOUND", provider=provider):
        await payment.stub.ReceiveWebhook(request(provider, endpoint))


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"\xff", b"[]", b"null", b"{}", b'{"id": 1}', b'{"id": ""}', b'{"id": "a\\u0000"}'],
)
async def test_what_is_signed_and_says_nothing_is_refused(payment, held, body):
    assert await payment.webhook(held.organization, body) is INVALID
    assert await notices(payment, held) == []


@pytest.mark.parametrize("data", [None, "x", {}, {"idempotency_key": "x"}, {"idempotency_key": 1}])
async def test_what_is_signed_and_kept_and_cannot_be_read_does_not_stop_the_others(
    payment, held, processing, data
):
    made, attempt = processing
    broken = {"id": "evt_broken", "type": "charge.succeeded", "data": data}
    assert await payment.webhook(held.organization, broken) is OK
    assert await payment.webhook(held.organization, event(attempt)) is OK

    await payment.work(held.organization, actions.APPLY)

    assert (await payment.read(held, made)).state == State.STATE_SUCCEEDED
    effects = dict(await notices(payment, held))
    assert effects["evt_broken"].startswith("unreadable: ")


# --- the way there


async def test_a_webhook_that_nobody_takes_is_sent_again(payment, held):
    made = await payment.confirm(held, await payment.open(held))
    payment.edge.down = True
    await payment.work(held.organization, actions.CHARGE)
    [delivery] = await payment.world.due("sandbox-deliver", held.organization)

    with pytest.raises(Exception, match="503"):
        await payment.world.do(delivery)
    payment.edge.down = False
    await payment.world.do(delivery)
    await payment.world.do(delivery)
    await payment.work(held.organization, *KINDS)

    assert len(payment.edge.seen) == 1
    assert (await payment.read(held, made)).state == State.STATE_SUCCEEDED


async def test_what_comes_together_for_many_is_kept_for_each(payment):
    helds = [await payment.held() for _ in range(12)]
    said = []
    for each in helds:
        await payment.confirm(each, await payment.open(each))
        [due] = await payment.world.due(actions.CHARGE, each.organization)
        said.append(event(due.id))

    answers = await asyncio.gather(
        *(
            payment.webhook(each.organization, one)
            for each, one in zip(helds, said, strict=True)
            for _ in range(3)
        )
    )

    assert set(answers) == {OK}
    for each in helds:
        assert len(await notices(payment, each)) == 1
        await payment.work(each.organization, actions.APPLY)
        assert await payment.told(each.organization) == ["PaymentCaptured"]
