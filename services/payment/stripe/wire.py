"""The webhooks of Stripe, and what we keep sealed for who pays. Pure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from services.kit.money import Money
from services.payment.domain import Progress
from services.payment.provider import (
    AccountChanged,
    Action,
    BadNotice,
    Disputed,
    DisputeState,
    Heard,
    Notice,
    PaidOut,
    PayoutState,
    Step,
    Subject,
)
from services.payment.stripe import domain
from services.payment.stripe.domain import ATTEMPT, REFUND, Object

DISPUTES = {
    "needs_response": DisputeState.NEEDS_RESPONSE,
    "under_review": DisputeState.UNDER_REVIEW,
    "closed": DisputeState.WON,
    "prevented": DisputeState.WON,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}
# Its owner does not let the platform act for an account any more.
CUT_OFF = "account.application.deauthorized"
Reader = Callable[[Object], Heard | None]
PAYOUTS = {
    "pending": PayoutState.PENDING,
    "in_transit": PayoutState.PENDING,
    "paid": PayoutState.PAID,
    "failed": PayoutState.FAILED,
    "canceled": PayoutState.CANCELLED,
}


def event_id(body: bytes) -> str:
    """The id of an event; refuses what has none."""
    id = _parsed(body).get("id")
    if not isinstance(id, str) or not id.isprintable() or not 1 <= len(id) <= 255:
        raise BadNotice("body.id", "must be the id of the event")
    return id


def account(body: bytes) -> str:
    """The connected account that an event is about. Empty: the platform's own."""
    return domain.text(_parsed(body).get("account") or "")


def heard(body: bytes) -> Heard | None:
    """What an event says, or None if it is of a type, or about something, not for us."""
    said = _parsed(body)
    kind = said.get("type")
    if kind == CUT_OFF:
        # It is about the platform's application; the account is named beside it.
        return AccountChanged(account(body), charges_enabled=False, payouts_enabled=False, due=())
    reader = _reader(kind) if isinstance(kind, str) else None
    if reader is None:
        return None
    data = said.get("data")
    found = data.get("object") if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise BadNotice("body.data.object", "must be an object")
    try:
        meant = reader(found)
        if isinstance(meant, (Disputed, PaidOut)):
            return dataclasses.replace(meant, time=domain.time(said["created"]))
        return meant
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadNotice("body.data.object", f"is no object of {kind}: {error!r:.200}") from None


def _reader(kind: str) -> Reader | None:
    known = (prefix for prefix in READERS if kind.startswith(prefix))
    longest = max(known, key=len, default="")
    return READERS.get(longest)


def _intent(intent: Object) -> Notice | None:
    """That money came is final. Anything else may be otherwise by now, so it is asked for."""
    key = domain.key(intent, ATTEMPT)
    if key is None:
        return None
    known = domain.outcome(intent, by_client=False)
    return Notice(Subject.CHARGE, key, known if known.progress is Progress.SUCCEEDED else None)


def _charge(charge: Object) -> Notice | None:
    """A charge has the metadata of its intent, which is what there is to be asked for."""
    key = domain.key(charge, ATTEMPT)
    return Notice(Subject.CHARGE, key, None) if key else None


def _refund(refund: Object) -> Notice | None:
    key = domain.key(refund, REFUND)
    return Notice(Subject.REFUND, key, domain.refunded(refund)) if key else None


def disputed(dispute: Object) -> Disputed:
    """What a dispute says, as if it were said when it was opened."""
    status = str(dispute["status"]).removeprefix("warning_")
    due = (dispute.get("evidence_details") or {}).get("due_by")
    return Disputed(
        reference=domain.text(dispute["id"]),
        charge=domain.text(dispute.get("payment_intent") or dispute["charge"]),
        amount=domain.amount(dispute, "amount"),
        state=DISPUTES[status],
        reason=domain.text(dispute.get("reason") or ""),
        due_time=domain.time(due) if due else None,
        withdrawn=_withdrawn(dispute),
        time=domain.time(dispute["created"]),
    )


def _withdrawn(dispute: Object) -> Money | None:
    """What is gone from the balance for a dispute: what was taken, less what came back."""
    moved = dispute.get("balance_transactions") or []
    nets = [domain.amount(one, "net") for one in moved]
    if not nets:
        return None
    total = -sum((one.minor for one in nets), 0)
    return Money(nets[0].currency, total) if total > 0 else None


def _payout(payout: Object) -> PaidOut:
    state = PAYOUTS[str(payout["status"])]
    return PaidOut(
        reference=domain.text(payout["id"]),
        amount=domain.amount(payout, "amount"),
        state=state,
        arrival_time=domain.time(payout["arrival_date"]),
        failure=domain.text(payout.get("failure_message") or payout.get("failure_code") or ""),
        time=domain.time(payout["created"]),
    )


def _account(account: Object) -> AccountChanged:
    known = domain.status(account)
    return AccountChanged(known.reference, known.charges_enabled, known.payouts_enabled, known.due)


# By how the type of an event begins; the longest counts.
READERS: dict[str, Reader] = {
    "payment_intent.": _intent,
    "charge.": _charge,
    "charge.refund.": _refund,
    "refund.": _refund,
    "charge.dispute.": disputed,
    "payout.": _payout,
    "account.updated": _account,
}


# --- what is sealed


def packed(action: Action) -> bytes:
    said = dataclasses.asdict(action) | {"step": action.step.value}
    return json.dumps(said).encode()


def unpacked(text: bytes) -> Action:
    said = json.loads(text)
    return Action(**said | {"step": Step(said["step"])})


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise BadNotice("body", "must be a JSON object")
    return said
