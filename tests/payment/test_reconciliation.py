"""Our books against the provider's: whatever only one side knows is found, and named."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.kit.tenant import within
from services.kit.wire import timestamp
from services.payment import actions
from services.payment.domain import Progress
from services.payment.provider import Charge, Return
from services.payment.reconciliation import actions as comparing
from services.payment.reconciliation import domain
from services.payment.reconciliation.domain import Kind, Movement, Repair, Subject
from services.payment.sandbox import provider as sandbox
from tests.payment.conftest import euros
from tests.serving import as_user, refused
from turnout.payment.v1 import (
    dispute_pb2,
    dispute_pb2_grpc,
    payment_pb2,
    reconciliation_pb2,
    reconciliation_pb2_grpc,
)

Found = reconciliation_pb2.Reconciliation
Difference = Found.Difference

NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = uuid.uuid4()


# --- the rules


def span():
    return domain.begin(Name(new_id(), new_id()), "sandbox", NOW - DAY, NOW, NOW)


def movement(progress=Progress.SUCCEEDED, cents=2500, key=KEY, ago=timedelta(hours=2), **given):
    values = {"subject": Subject.CHARGE, "reference": "ch_1", **given}
    return Movement(
        key=key, amount=Money("EUR", cents), progress=progress, begin_time=NOW - ago, **values
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "kind", "repair"),
    [
        (None, movement(), Kind.UNKNOWN_HERE, Repair.BY_HAND),
        (None, movement(key=None), Kind.UNKNOWN_HERE, Repair.BY_HAND),
        (movement(), None, Kind.UNKNOWN_THERE, Repair.BY_HAND),
        (movement(Progress.PENDING), movement(), Kind.OUTCOME, Repair.ASK_AGAIN),
        (movement(Progress.FAILED), movement(), Kind.OUTCOME, Repair.ASK_AGAIN),
        (movement(), movement(Progress.FAILED), Kind.OUTCOME, Repair.BY_HAND),
        (movement(), movement(cents=2400), Kind.AMOUNT, Repair.BY_HAND),
    ],
)
def test_what_only_one_side_knows_is_a_difference(ours, theirs, kind, repair):
    [found] = domain.compare(span(), [ours] if ours else [], [theirs] if theirs else [])

    assert (found.kind, found.repair) == (kind, repair)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([movement()], [movement()]),
        ([movement(Progress.FAILED)], []),
        ([], [movement(Progress.FAILED)]),
        ([movement(Progress.PENDING)], []),
        # Begun just inside on one side and just outside on the other.
        ([movement(ago=timedelta(seconds=1))], [movement(ago=-timedelta(seconds=1))]),
        ([movement(ago=DAY + timedelta(seconds=1))], [movement(ago=DAY - timedelta(seconds=1))]),
        ([movement(ago=2 * DAY)], []),
    ],
)
def test_what_both_sides_know_or_moved_nothing_is_none(ours, theirs):
    assert domain.compare(span(), ours, theirs) == []


def quarrel(progress=Progress.PENDING, cents=2500):
    return movement(progress, cents, subject=Subject.DISPUTE, reference="dp_1")


@pytest.mark.parametrize(
    ("dispute", "kind", "repair"),
    [
        ((None, quarrel(), True), Kind.UNKNOWN_HERE, Repair.ASK_AGAIN),
        ((None, quarrel(), False), Kind.UNKNOWN_HERE, Repair.BY_HAND),
        ((quarrel(), quarrel(Progress.SUCCEEDED), True), Kind.OUTCOME, Repair.ASK_AGAIN),
        ((quarrel(), quarrel(cents=100), True), Kind.AMOUNT, Repair.ASK_AGAIN),
        ((quarrel(), quarrel(), True), None, None),
    ],
)
def test_of_disputes_the_provider_knows_better(dispute, kind, repair):
    found = [(one.kind, one.repair) for one in domain.quarrel([dispute])]

    assert found == ([] if kind is None else [(kind, repair)])


def test_a_charge_and_a_refund_of_one_key_are_two_things():
    ours, theirs = movement(subject=Subject.REFUND), movement()

    found = domain.compare(span(), [ours], [theirs])

    assert {one.kind for one in found} == {Kind.UNKNOWN_HERE, Kind.UNKNOWN_THERE}


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (datetime(2026, 5, 2, 2, 59, tzinfo=UTC), datetime(2026, 5, 2, 3, tzinfo=UTC)),
        (datetime(2026, 5, 2, 3, tzinfo=UTC), datetime(2026, 5, 3, 3, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 1, 3, tzinfo=UTC)),
    ],
)
def test_the_next_night_is_the_next_one(now, night):
    assert domain.next_night(now) == night


# --- the service


@pytest.fixture
async def finance(payment, held):
    return await payment.world.member("FINANCE", held.organization)


def stub(payment):
    return reconciliation_pb2_grpc.ReconciliationServiceStub(payment.world.channel)


def request(organization, **given):
    now = datetime.now(UTC)
    values = {"start_time": timestamp(now - DAY), "end_time": timestamp(now + DAY), **given}
    return reconciliation_pb2.CreateReconciliationRequest(
        parent=f"organizations/{organization}", reconciliation=Found(**values)
    )


async def read(payment, begun, who):
    asked = reconciliation_pb2.GetReconciliationRequest(name=begun.name)
    return await stub(payment).GetReconciliation(asked, metadata=who)


async def compared(payment, organization, who, **given):
    begun = await stub(payment).CreateReconciliation(request(organization, **given), metadata=who)
    assert begun.state == Found.STATE_RUNNING
    await payment.work(organization, comparing.COMPARE)
    return await read(payment, begun, who)


@pytest.mark.server
async def test_books_that_agree_have_no_difference(payment, held, finance):
    paid = await payment.pay(held)
    await payment.give_back(paid, finance, 500)
    await payment.work(held.organization)

    found = await compared(payment, held.organization, finance)

    assert (found.state, found.compared_count, found.difference_count) == (Found.STATE_DONE, 2, 0)
    assert found.finish_time.seconds


@pytest.mark.server
async def test_a_charge_that_nobody_told_us_of_is_found_and_made_good(payment, held, finance):
    made = await payment.confirm(held, await payment.open(held))
    payment.edge.down = True
    await payment.work(held.organization, actions.CHARGE)

    found = await compared(payment, held.organization, finance)

    [difference] = found.differences
    assert (difference.kind, difference.repair) == (
        Difference.KIND_OUTCOME,
        Difference.REPAIR_ASK_AGAIN,
    )
    assert (difference.our_outcome, difference.their_outcome) == ("pending", "succeeded")
    assert (difference.subject, difference.our_amount) == (made.name, euros(2500))
    repair = reconciliation_pb2.RepairReconciliationRequest(name=found.name)
    repaired = await stub(payment).RepairReconciliation(repair, metadata=finance)
    again = await stub(payment).RepairReconciliation(repair, metadata=finance)
    await payment.work(held.organization, actions.FIND)
    assert repaired.differences[0].repaired
    assert again == repaired
    paid = await payment.read(held, made)
    assert paid.state == payment_pb2.Payment.STATE_SUCCEEDED


@pytest.mark.server
async def test_a_dispute_that_nobody_told_us_of_is_found_and_made_good(payment, held, finance):
    paid = await payment.confirm(held, await payment.open(held), "pm_card_createDispute_lost")
    await payment.work(held.organization, actions.CHARGE, sandbox.DELIVER, actions.APPLY)
    await payment.work(held.organization, sandbox.DISPUTE)
    disputes = dispute_pb2_grpc.DisputeServiceStub(payment.world.channel)
    listing = dispute_pb2.ListDisputesRequest(
        parent=f"organizations/{held.organization}", payment=paid.name
    )

    found = await compared(payment, held.organization, finance)
    before = (await disputes.ListDisputes(listing, metadata=finance)).disputes
    repair = reconciliation_pb2.RepairReconciliationRequest(name=found.name)
    repaired = await stub(payment).RepairReconciliation(repair, metadata=finance)
    await payment.work(held.organization, comparing.HEAR)
    [dispute] = (await disputes.ListDisputes(listing, metadata=finance)).disputes
    await payment.work(held.organization, sandbox.DECIDE)
    # It was opened long before the time that is compared, and is decided in it.
    await payment.world.owner.execute(
        "update sandbox_disputes set due_time = due_time - interval '60 days'"
        " where organization = %s",
        [held.organization],
    )
    decided = await compared(payment, held.organization, finance)

    [difference] = found.differences
    assert (difference.kind, difference.repair) == (
        Difference.KIND_UNKNOWN_HERE,
        Difference.REPAIR_ASK_AGAIN,
    )
    assert (difference.subject, difference.their_outcome) == ("", "pending")
    assert (len(before), repaired.differences[0].repaired) == (0, True)
    assert dispute.provider_reference == difference.provider_reference
    [later] = decided.differences
    assert (later.kind, later.subject) == (Difference.KIND_OUTCOME, dispute.name)
    assert (later.our_outcome, later.their_outcome) == ("pending", "succeeded")


@pytest.mark.server
async def test_money_that_only_the_provider_moved_is_found(payment, held, finance):
    paid = await payment.pay(held)
    [charge] = await payment.charges(held.organization)
    played, key, now = payment.world.parts.state.sandbox, new_id(), payment.world.clock.now()
    await played.charge(Charge(held.organization, key, Money("EUR", 700), "pm_card_visa", now))
    await played.refund(Return(held.organization, new_id(), charge.key, Money("EUR", 100), now))

    found = await compared(payment, held.organization, finance)

    assert {(one.kind, one.their_amount.units, one.subject) for one in found.differences} == {
        (Difference.KIND_UNKNOWN_HERE, 7, ""),
        (Difference.KIND_UNKNOWN_HERE, 1, ""),
    }
    assert f"ch_{key.hex}" in {one.provider_reference for one in found.differences}
    assert (await payment.read(held, paid)).refunded_amount == euros(0)


@pytest.mark.server
async def test_money_that_only_we_believe_in_is_found(payment, held, finance):
    paid = await payment.pay(held)
    await payment.world.owner.execute(
        "delete from sandbox_charges where organization = %s", [held.organization]
    )

    [difference] = (await compared(payment, held.organization, finance)).differences

    assert difference.kind == Difference.KIND_UNKNOWN_THERE
    assert (difference.subject, difference.our_amount) == (paid.name, euros(2500))


@pytest.mark.server
async def test_every_night_the_books_are_compared(payment, held, finance):
    await payment.pay(held)
    [night] = await payment.world.due(comparing.NIGHT, held.organization)
    payment.world.clock.ahead = night.due_time - datetime.now(UTC) + timedelta(seconds=1)

    await payment.world.do(night)
    await payment.work(held.organization, comparing.COMPARE)

    [after] = await payment.world.due(comparing.NIGHT, held.organization)
    listed = await stub(payment).ListReconciliations(
        reconciliation_pb2.ListReconciliationsRequest(parent=f"organizations/{held.organization}"),
        metadata=finance,
    )
    assert after.due_time - night.due_time == DAY
    [found] = listed.reconciliations
    assert (found.provider, found.state, found.difference_count) == (
        "sandbox",
        Found.STATE_DONE,
        0,
    )


@pytest.mark.server
async def test_what_runs_is_not_repaired(payment, held, finance):
    begun = await stub(payment).CreateReconciliation(request(held.organization), metadata=finance)

    with refused(
        grpc.StatusCode.FAILED_PRECONDITION, "RECONCILIATION_RUNNING", reconciliation=begun.name
    ):
        await stub(payment).RepairReconciliation(
            reconciliation_pb2.RepairReconciliationRequest(name=begun.name), metadata=finance
        )


@pytest.mark.server
@pytest.mark.parametrize(
    "given",
    [
        {"end_time": timestamp(NOW - 40 * DAY)},
        {"start_time": timestamp(datetime.now(UTC) - 40 * DAY)},
        {"start_time": timestamp(datetime.now(UTC) + timedelta(hours=1))},
        {"provider": "nobody"},
        {"provider": "No"},
    ],
)
async def test_a_comparison_that_makes_no_sense_is_refused(payment, held, finance, given):
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await stub(payment).CreateReconciliation(
            request(held.organization, **given), metadata=finance
        )

    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "reconciliation." in str(error.value.trailing_metadata())


@pytest.mark.server
async def test_others_see_no_comparison(payment, held, finance):
    begun = await stub(payment).CreateReconciliation(request(held.organization), metadata=finance)
    elsewhere = new_id()
    stranger = await payment.world.member("OWNER", elsewhere)
    there = begun.name.replace(str(held.organization), str(elsewhere))

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await read(payment, begun, as_user())
    with refused(grpc.StatusCode.NOT_FOUND, "RECONCILIATION_NOT_FOUND", reconciliation=there):
        await read(payment, Found(name=there), stranger)


@pytest.mark.server
async def test_a_provider_that_cannot_be_asked_is_asked_again(payment, held, finance, monkeypatch):
    begun = await stub(payment).CreateReconciliation(request(held.organization), metadata=finance)
    [due] = await payment.world.due(comparing.COMPARE, held.organization)
    played = type(payment.world.parts.state.sandbox)

    async def away(*_args):
        raise TimeoutError

    with monkeypatch.context() as patched, within(held.organization):
        patched.setattr(played, "movements", away)
        with pytest.raises(TimeoutError):
            await payment.world.do(due)
    assert (await read(payment, begun, finance)).state == Found.STATE_RUNNING
    await payment.work(held.organization, comparing.COMPARE)
    assert (await read(payment, begun, finance)).state == Found.STATE_DONE
