"""The books: double entry, only added to, and right at every time."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import grpc
import psycopg
import pytest

from services.kit.ids import new_id
from services.kit.tenant import within
from services.payment import actions
from services.payment.domain import Outcome, Progress
from tests.payment.conftest import euros
from tests.serving import as_user, refused
from turnout.payment.v1 import ledger_pb2

pytestmark = pytest.mark.server

Kind = ledger_pb2.Entry.Kind


@pytest.fixture
async def finance(payment, held):
    return await payment.world.member("FINANCE", held.organization)


async def entries(served, organization, who, **given):
    request = ledger_pb2.ListEntriesRequest(parent=f"organizations/{organization}", **given)
    return await served.ledger_stub.ListEntries(request, metadata=who)


async def accounts(payment, organization, who, **given):
    request = ledger_pb2.ListBalancesRequest(parent=f"organizations/{organization}", **given)
    found = await payment.ledger_stub.ListBalances(request, metadata=who)
    return {
        balance.name.rsplit("/", 1)[1]: [
            amount.units * 100 + amount.nanos // 10**7 for amount in balance.amounts
        ]
        for balance in found.balances
    }


async def event_of(payment, held):
    [row] = await (
        await payment.world.owner.execute(
            "select event from claims where booking = %s", [held.booking.id]
        )
    ).fetchall()
    return f"event-{row.event}"


async def test_what_is_paid_is_with_the_provider_and_the_event_brought_it(payment, held, finance):
    paid = await payment.pay(held)

    found = (await entries(payment, held.organization, finance)).entries
    event = await event_of(payment, held)
    assert {(one.account, one.amount.units, one.kind) for one in found} == {
        ("provider-sandbox", 25, Kind.KIND_CAPTURE),
        (event, -25, Kind.KIND_CAPTURE),
    }
    assert {one.payment for one in found} == {paid.name}
    assert len({one.transaction_id for one in found}) == 1


async def test_what_goes_back_is_booked_when_it_went_and_again_when_it_bounced(
    payment, held, finance
):
    paid = await payment.pay(held, "pm_card_refundFail")
    event = await event_of(payment, held)
    await payment.give_back(paid, finance, 1000)
    assert await payment.balance(held.organization, event, finance) == [-2500]

    await payment.work(held.organization)

    found = (await entries(payment, held.organization, finance, account=event)).entries
    assert [(one.kind, one.amount) for one in found] == [
        (Kind.KIND_CAPTURE, minus(euros(2500))),
        (Kind.KIND_REFUND, euros(1000)),
        (Kind.KIND_REFUND_REVERSAL, minus(euros(1000))),
    ]
    assert await payment.balance(held.organization, "provider-sandbox", finance) == [2500]


def minus(amount):
    return type(amount)(
        currency_code=amount.currency_code, units=-amount.units, nanos=-amount.nanos
    )


async def test_what_was_paid_twice_is_owed_until_it_went_back(payment, held, finance):
    first = await payment.confirm(held, await payment.open(held))
    [charge] = await payment.world.due(actions.CHARGE, held.organization)
    failed = Outcome(Progress.FAILED, "ch_1", "card_declined")
    with within(held.organization):
        await hear(payment, charge, failed)
    await payment.confirm(held, first)
    await payment.work(held.organization)
    with within(held.organization):
        await hear(payment, charge, Outcome(Progress.SUCCEEDED, "ch_1"))

    assert await payment.balance(held.organization, "owed", finance) == [-2500]
    assert await payment.balance(held.organization, "provider-sandbox", finance) == [5000]
    [refund] = await payment.world.due(actions.REFUND, held.organization)
    with within(held.organization):
        await payment.world.db.run(
            actions.hear_refund,
            held.organization,
            refund.id,
            Outcome(Progress.SUCCEEDED, "re_1"),
            now=datetime.now(UTC),
        )

    assert await payment.balance(held.organization, "owed", finance) == [0]
    assert await payment.told(held.organization) == ["PaymentFailed", "PaymentCaptured"]


async def hear(payment, charge, outcome):
    await payment.world.db.run(
        actions.hear_charge, charge.organization, charge.id, outcome, now=datetime.now(UTC)
    )


async def test_a_balance_is_what_it_was_at_any_time(payment, held, finance):
    before = datetime.now(UTC)
    paid = await payment.pay(held)
    between = datetime.now(UTC)
    payment.world.clock.ahead = timedelta(hours=1)
    await payment.give_back(paid, finance, 500)
    await payment.work(held.organization)

    async def at(time):
        return await payment.balance(held.organization, "provider-sandbox", finance, read_time=time)

    assert await at(before) == []
    assert await at(between) == [2500]
    assert await at(between + timedelta(hours=2)) == [2000]
    assert await payment.balance(held.organization, "provider-sandbox", finance) == [2000]
    assert (
        sum(
            sum(await_amounts)
            for await_amounts in (await accounts(payment, held.organization, finance)).values()
        )
        == 0
    )


async def test_balances_are_listed_by_account_and_in_pages(payment, held, finance):
    for _ in range(3):
        await payment.pay(await payment.held(held.organization))

    found = await accounts(payment, held.organization, finance)
    names, token = [], ""
    while True:
        request = ledger_pb2.ListBalancesRequest(
            parent=f"organizations/{held.organization}", page_size=3, page_token=token
        )
        page = await payment.ledger_stub.ListBalances(request, metadata=finance)
        names += [balance.name.rsplit("/", 1)[1] for balance in page.balances]
        token = page.next_page_token
        if not token:
            break

    assert names == sorted(found)
    assert len(names) == 4
    assert found["provider-sandbox"] == [7500]


async def test_entries_are_filtered_and_go_on_where_they_ended(payment, held, finance):
    paid = await payment.pay(held)
    await payment.pay(await payment.held(held.organization))
    seen, token = [], ""
    while True:
        page = await entries(
            payment, held.organization, finance, page_size=1, page_token=token, payment=paid.name
        )
        seen += page.entries
        token = page.next_page_token
        if not token:
            break

    assert len(seen) == 2
    assert {one.payment for one in seen} == {paid.name}
    assert len((await entries(payment, held.organization, finance)).entries) == 4
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert not (await entries(payment, held.organization, finance, start_time=later)).entries
    assert len((await entries(payment, held.organization, finance, end_time=later)).entries) == 4


async def test_the_books_are_exported_as_a_table(payment, held, finance, monkeypatch):
    monkeypatch.setattr("services.payment.ledger.actions.PART", 3)
    paid = await payment.pay(held)
    await payment.give_back(paid, finance, 1050)
    await payment.work(held.organization)

    request = ledger_pb2.ExportEntriesRequest(parent=f"organizations/{held.organization}")
    parts = [part async for part in payment.ledger_stub.ExportEntries(request, metadata=finance)]

    assert {part.content_type for part in parts} == {"text/csv; charset=utf-8"}
    rows = list(csv.DictReader(io.StringIO("".join(part.data.decode() for part in parts))))
    assert len(parts) == 2
    assert [(row["account"][:8], row["debit"], row["credit"]) for row in rows if row["debit"]] == [
        ("provider", "25.00", ""),
        ("event-" + (await event_of(payment, held))[6:8], "10.50", ""),
    ]
    assert {row["payment"] for row in rows} == {paid.name}


async def test_a_table_of_nothing_has_its_columns(payment, held, finance):
    request = ledger_pb2.ExportEntriesRequest(parent=f"organizations/{held.organization}")

    [part] = [part async for part in payment.ledger_stub.ExportEntries(request, metadata=finance)]

    assert part.data.decode().startswith("time,transaction,kind,account,debit,credit")


# --- what the database itself keeps


async def test_the_database_takes_no_transaction_that_does_not_sum_to_zero(payment, held):
    await payment.pay(held)
    with pytest.raises(psycopg.errors.CheckViolation, match="do not sum to zero"):
        await payment.world.owner.execute(
            "insert into ledger_entries select organization, transaction, 'owed', currency,"
            " amount_minor, create_time from ledger_entries where organization = %s"
            " and account = 'provider-sandbox'",
            [held.organization],
        )


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_entries set amount_minor = 1",
        "delete from ledger_entries",
        "update ledger_transactions set kind = 'refund'",
        "delete from ledger_transactions",
    ],
)
async def test_nobody_changes_the_books(payment, held, statement):
    await payment.pay(held)

    async def change(tx):
        await tx.connection.execute(statement)

    with within(held.organization), pytest.raises(psycopg.errors.InsufficientPrivilege):
        await payment.world.db.run(change)
    with pytest.raises(psycopg.errors.RestrictViolation):
        await payment.world.owner.execute(statement)


# --- who may look


@pytest.mark.parametrize("role", ["STAFF", "VIEWER", None])
async def test_who_does_not_see_payments_does_not_see_the_books(payment, held, role):
    who = await payment.world.member(role, held.organization) if role else as_user()

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await payment.balance(held.organization, "owed", who)
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await entries(payment, held.organization, who)


async def test_another_organization_has_books_of_its_own(payment, held):
    await payment.pay(held)
    elsewhere = new_id()
    stranger = await payment.world.member("OWNER", elsewhere)

    assert await accounts(payment, elsewhere, stranger) == {}
    assert await payment.balance(elsewhere, "provider-sandbox", stranger) == []
    assert not (await entries(payment, elsewhere, stranger)).entries


@pytest.mark.parametrize(
    ("account", "reason"), [("event-1", "BAD_ACCOUNT"), ("Owed", "BAD_ACCOUNT"), ("", "BAD_NAME")]
)
async def test_what_is_no_account_is_pointed_at(payment, held, finance, account, reason):
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await payment.balance(held.organization, account, finance)
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_period_ends_after_it_begins(payment, held, finance):
    now = datetime.now(UTC)

    with pytest.raises(grpc.aio.AioRpcError) as error:
        await entries(payment, held.organization, finance, start_time=now, end_time=now)

    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
