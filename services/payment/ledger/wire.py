"""The books on the wire: messages to values and back. Pure."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from google.api import httpbody_pb2

from services.kit.money import DIGITS, Money
from services.kit.names import ORGANIZATIONS, BadName
from services.kit.wire import instant, money, timestamp
from services.payment.domain import PAYMENTS
from services.payment.ledger import domain
from services.payment.ledger.domain import Entry, Kind, Period
from services.payment.payouts.domain import PAYOUTS
from turnout.payment.v1 import ledger_pb2

KINDS = {
    Kind.CAPTURE: ledger_pb2.Entry.KIND_CAPTURE,
    Kind.REFUND: ledger_pb2.Entry.KIND_REFUND,
    Kind.REFUND_REVERSAL: ledger_pb2.Entry.KIND_REFUND_REVERSAL,
    Kind.SURPLUS: ledger_pb2.Entry.KIND_SURPLUS,
    Kind.SURPLUS_REFUND: ledger_pb2.Entry.KIND_SURPLUS_REFUND,
    Kind.SURPLUS_REFUND_REVERSAL: ledger_pb2.Entry.KIND_SURPLUS_REFUND_REVERSAL,
    Kind.DISPUTE: ledger_pb2.Entry.KIND_DISPUTE,
    Kind.DISPUTE_REVERSAL: ledger_pb2.Entry.KIND_DISPUTE_REVERSAL,
    Kind.DISPUTE_LOSS: ledger_pb2.Entry.KIND_DISPUTE_LOSS,
    Kind.PROCESSING_FEE: ledger_pb2.Entry.KIND_PROCESSING_FEE,
    Kind.APPLICATION_FEE: ledger_pb2.Entry.KIND_APPLICATION_FEE,
    Kind.APPLICATION_FEE_REFUND: ledger_pb2.Entry.KIND_APPLICATION_FEE_REFUND,
    Kind.TAX: ledger_pb2.Entry.KIND_TAX,
    Kind.TAX_REFUND: ledger_pb2.Entry.KIND_TAX_REFUND,
    Kind.PAYOUT: ledger_pb2.Entry.KIND_PAYOUT,
    Kind.PAYOUT_REVERSAL: ledger_pb2.Entry.KIND_PAYOUT_REVERSAL,
}
COLUMNS = (
    "time",
    "transaction",
    "kind",
    "account",
    "debit",
    "credit",
    "currency",
    "payment",
    "payout",
)


def balance_name(text: str) -> tuple[uuid.UUID, str]:
    """The organization and the account in `organizations/{uuid}/balances/{account}`."""
    words = text.split("/")
    if len(words) != 4 or words[2] != "balances":
        raise BadName("name", "must look like organizations/{uuid}/balances/{account}")
    organization = ORGANIZATIONS.parse("/".join(words[:2]))
    return organization, domain.account(words[3], "name")


def balance(organization: uuid.UUID, account: str, amounts: Iterable[Money]) -> ledger_pb2.Balance:
    name = f"{ORGANIZATIONS.format(organization)}/balances/{account}"
    return ledger_pb2.Balance(name=name, amounts=[money(amount) for amount in amounts])


def asked(request: Any) -> tuple[str | None, Period]:
    """The account that is asked for, or None for all, and the period."""
    account = domain.account(request.account, "account") if request.account else None
    return account, domain.period(instant(request.start_time), instant(request.end_time))


def payment(request: ledger_pb2.ListEntriesRequest) -> uuid.UUID | None:
    return PAYMENTS.parse(request.payment, "payment").id if request.payment else None


def entry(value: Entry) -> ledger_pb2.Entry:
    return ledger_pb2.Entry(
        transaction_id=str(value.transaction),
        kind=KINDS[value.kind],
        account=value.account,
        amount=money(value.amount),
        payment=PAYMENTS.format(value.payment) if value.payment else "",
        payout=PAYOUTS.format(value.payout) if value.payout else "",
        create_time=timestamp(value.create_time),
    )


def table(entries: Sequence[Entry], *, head: bool) -> httpbody_pb2.HttpBody:
    """A part of a table of entries, the first with the names of the columns."""
    text = io.StringIO()
    writer = csv.writer(text)
    if head:
        writer.writerow(COLUMNS)
    writer.writerows(_row(value) for value in entries)
    return httpbody_pb2.HttpBody(
        content_type="text/csv; charset=utf-8", data=text.getvalue().encode()
    )


def _row(value: Entry) -> tuple[str, ...]:
    amount = value.amount
    return (
        value.create_time.isoformat(),
        str(value.transaction),
        value.kind.value,
        value.account,
        _decimal(amount) if amount.minor > 0 else "",
        _decimal(-amount) if amount.minor < 0 else "",
        amount.currency,
        PAYMENTS.format(value.payment) if value.payment else "",
        PAYOUTS.format(value.payout) if value.payout else "",
    )


def _decimal(amount: Money) -> str:
    digits = DIGITS.get(amount.currency, 2)
    if not digits:
        return str(amount.minor)
    whole, rest = divmod(amount.minor, 10**digits)
    return f"{whole}.{rest:0{digits}}"
