"""What providers pay out to the bank of an organization."""

from __future__ import annotations

import csv
import itertools
from datetime import timedelta

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.payment.ledger import domain as books
from services.payment.payouts import domain
from services.payment.payouts.domain import Payout, Said, State
from tests.payment.builders import NOW
from tests.payment.stripe_world import shop
from tests.serving import refused
from turnout.payment.v1 import ledger_pb2, payout_pb2, payout_pb2_grpc

P = payout_pb2.Payout


def said(state, *, later=0, minor=9000):
    time = NOW + timedelta(minutes=later)
    return Said(
        state, Money("EUR", minor), NOW, "no_account" if state is State.FAILED else "", time
    )


def payout(state=State.PENDING, **given):
    name = Name(new_id(), new_id())
    return Payout(name, "stripe", "po_1", said(state, **given), NOW, NOW)


# --- the rules


ORDERS = list(itertools.permutations((State.PENDING, State.PAID, State.FAILED)))


@pytest.mark.parametrize("order", ORDERS)
def test_a_payout_that_failed_failed_in_whatever_order_it_is_told(order):
    times = {State.PENDING: 0, State.PAID: 1, State.FAILED: 2}
    known = payout(order[0], later=times[order[0]])
    booked = [books.payout(None, known)]

    for state in order[1:]:
        after = domain.hear(known, said(state, later=times[state]), NOW)
        booked.append(books.payout(known, after))
        known = after

    lines = [line for one in booked if one for line in one.postings]
    assert known.said.state is State.FAILED
    assert sum(line.amount.minor for line in lines if line.account == "payouts-stripe") == 0
    assert len({one.source for one in booked if one}) == len([one for one in booked if one])


def test_what_was_paid_is_booked_with_the_bank_whichever_way_it_went():
    for minor in (9000, -9000):
        booked = books.payout(None, payout(State.PAID, minor=minor))

        assert booked is not None
        amounts = {line.account: line.amount.minor for line in booked.postings}
        assert amounts == {"provider-stripe": -minor, "payouts-stripe": minor}


def test_nothing_new_changes_nothing():
    paid = payout(State.PAID, later=1)

    assert domain.hear(paid, said(State.PAID, later=5), NOW) is paid
    assert domain.hear(paid, said(State.PENDING, later=5), NOW) is paid


# --- the calls


def told(status, **given):
    return {
        "id": "po_1",
        "object": "payout",
        "amount": 2000,
        "arrival_date": 1_800_000_000,
        "created": 1_799_900_000,
        "currency": "eur",
        "status": status,
        **given,
    }


@pytest.fixture
async def paying(payment, held):
    return await shop(payment, held)


@pytest.fixture
async def finance(payment, held):
    return await payment.world.member("FINANCE", held.organization)


def stub_of(payment):
    return payout_pb2_grpc.PayoutServiceStub(payment.world.channel)


async def listed(payment, organization, who, **given):
    request = payout_pb2.ListPayoutsRequest(parent=f"organizations/{organization}", **given)
    return await stub_of(payment).ListPayouts(request, metadata=who)


@pytest.mark.server
async def test_what_was_paid_out_is_listed_booked_and_told_once(payment, held, paying, finance):
    await paying.confirmed()
    hears, event = paying.hears, paying.stripe.event

    await hears(event("payout.created", told("pending")))
    await hears(event("payout.paid", told("paid")))
    await hears(event("payout.paid", told("paid")))
    await hears(event("payout.updated", told("in_transit")))

    [found] = (await listed(payment, held.organization, finance)).payouts
    assert (found.state, found.amount.units, found.provider_reference) == (P.STATE_PAID, 20, "po_1")
    request = payout_pb2.GetPayoutRequest(name=found.name)
    assert await stub_of(payment).GetPayout(request, metadata=finance) == found
    balance = payment.balance
    assert await balance(held.organization, "provider-stripe", finance) == [500]
    assert await balance(held.organization, "payouts-stripe", finance) == [2000]
    assert (await payment.told(held.organization)).count("PayoutArrived") == 1


@pytest.mark.server
async def test_what_the_bank_returned_is_with_the_provider_again(payment, held, paying, finance):
    hears, event = paying.hears, paying.stripe.event

    await hears(event("payout.paid", told("paid")))
    await hears(event("payout.failed", told("failed", failure_message="No such account.")))

    [found] = (await listed(payment, held.organization, finance)).payouts
    assert (found.state, found.failure) == (P.STATE_FAILED, "No such account.")
    assert await payment.balance(held.organization, "provider-stripe", finance) == [0]
    entries = await payment.ledger_stub.ListEntries(
        ledger_pb2.ListEntriesRequest(parent=f"organizations/{held.organization}"), metadata=finance
    )
    assert {(one.kind, one.payout, one.payment) for one in entries.entries} == {
        (ledger_pb2.Entry.KIND_PAYOUT, found.name, ""),
        (ledger_pb2.Entry.KIND_PAYOUT_REVERSAL, found.name, ""),
    }
    assert await payment.told(held.organization) == ["PayoutArrived", "PayoutFailed"]


@pytest.mark.server
async def test_the_statement_names_the_payout(payment, held, paying, finance):
    await paying.hears(paying.stripe.event("payout.paid", told("paid")))

    request = ledger_pb2.ExportEntriesRequest(parent=f"organizations/{held.organization}")
    parts = [
        part.data async for part in payment.ledger_stub.ExportEntries(request, metadata=finance)
    ]

    rows = list(csv.DictReader(b"".join(parts).decode().splitlines()))
    [found] = (await listed(payment, held.organization, finance)).payouts
    assert {(row["kind"], row["account"], row["debit"], row["credit"]) for row in rows} == {
        ("payout", "provider-stripe", "", "20.00"),
        ("payout", "payouts-stripe", "20.00", ""),
    }
    assert {(row["payment"], row["payout"]) for row in rows} == {("", found.name)}


@pytest.mark.server
async def test_payouts_are_for_those_who_look_after_the_money(payment, held, paying, finance):
    for number in range(3):
        await paying.hears(paying.stripe.event("payout.paid", told("paid", id=f"po_{number}")))

    first = await listed(payment, held.organization, finance, page_size=2)
    rest = await listed(
        payment, held.organization, finance, page_size=2, page_token=first.next_page_token
    )

    names = [one.provider_reference for one in (*first.payouts, *rest.payouts)]
    assert names == ["po_0", "po_1", "po_2"]
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await listed(payment, held.organization, held.buyer)
    with refused(grpc.StatusCode.NOT_FOUND, "PAYOUT_NOT_FOUND"):
        name = f"organizations/{held.organization}/payouts/{new_id()}"
        await stub_of(payment).GetPayout(payout_pb2.GetPayoutRequest(name=name), metadata=finance)
    stranger = new_id()
    boss = await payment.world.member("OWNER", stranger)
    with refused(grpc.StatusCode.NOT_FOUND, "PAYOUT_NOT_FOUND"):
        name = first.payouts[0].name.replace(str(held.organization), str(stranger))
        await stub_of(payment).GetPayout(payout_pb2.GetPayoutRequest(name=name), metadata=boss)
