"""What Stripe's objects mean to us, and what we send. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.kit.money import Money
from services.kit.names import Name
from services.payment.costs.domain import Costs, Taken
from services.payment.domain import Outcome, Progress, Reason
from services.payment.merchants.domain import Capture, Connection, Merchant, Status
from services.payment.provider import Action, Charge, Return, Step
from services.payment.reconciliation.domain import Movement, Subject

# What our things are called in the metadata of Stripe's.
ATTEMPT, PAYMENT, REFUND = "turnout_attempt", "turnout_payment", "turnout_refund"
ACCOUNT = "turnout_merchant_account"
# Stripe forgets keys after a day. What is older than this is looked for, and not made again.
KEPT = timedelta(hours=20)
# How much later than we Stripe may say that it began something, and how much earlier.
SKEW = timedelta(minutes=10)

STATUSES = {
    "requires_confirmation": Progress.PENDING,
    "processing": Progress.PENDING,
    "requires_action": Progress.CHALLENGED,
    "requires_capture": Progress.AUTHORIZED,
    "succeeded": Progress.SUCCEEDED,
    "canceled": Progress.CANCELLED,
}
REFUND_STATUSES = {
    "pending": Progress.PENDING,
    "requires_action": Progress.PENDING,
    "succeeded": Progress.SUCCEEDED,
    "failed": Progress.FAILED,
    "canceled": Progress.CANCELLED,
}
REASONS = {Reason.DUPLICATE: "duplicate", Reason.FRAUDULENT: "fraudulent"}

# Currencies that Stripe counts in hundredths and ISO 4217 does not, and the other way round.
FINER, COARSER = frozenset({"ISK", "UGX"}), frozenset({"MGA"})
HUNDRED = 100

Object = Mapping[str, Any]


class Unpayable(Exception):
    """An amount that Stripe cannot move."""


# --- what we send


def to_create(charge: Charge, merchant: Merchant) -> dict[str, Any]:
    """An intent that moves nothing before it is confirmed."""
    asked: dict[str, Any] = {
        "amount": units(charge.amount),
        "currency": charge.amount.currency.lower(),
        "metadata": {ATTEMPT: str(charge.key), PAYMENT: charge.payment},
        "automatic_payment_methods": {"enabled": True, "allow_redirects": _redirects(charge)},
    }
    if merchant.plan.capture is Capture.MANUAL:
        asked["capture_method"] = "manual"
    if merchant.plan.statement_suffix:
        asked["statement_descriptor_suffix"] = merchant.plan.statement_suffix
    return asked | _fee(charge.fee)


def to_confirm(charge: Charge) -> dict[str, Any]:
    asked: dict[str, Any] = {"payment_method": charge.method}
    if charge.return_uri:
        asked["return_url"] = charge.return_uri
    return asked


def to_capture(charge: Charge) -> dict[str, Any]:
    taken = charge.capture or charge.amount
    # Of a part the platform has its part.
    fee = charge.fee and Money(
        taken.currency, charge.fee.minor * taken.minor // charge.amount.minor
    )
    return {"amount_to_capture": units(taken)} | _fee(fee)


def _fee(fee: Money | None) -> dict[str, Any]:
    """What the platform keeps, in whole units of Stripe's."""
    if not fee:
        return {}
    rest = fee.minor % HUNDRED if fee.currency in COARSER else 0
    sent = units(Money(fee.currency, fee.minor - rest))
    return {"application_fee_amount": sent} if sent else {}


def to_cancel() -> dict[str, Any]:
    return {"cancellation_reason": "abandoned"}


def to_refund(refund: Return) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "payment_intent": refund.charge_reference,
        "amount": units(refund.amount),
        "reason": REASONS.get(refund.reason, "requested_by_customer"),
        "metadata": {REFUND: str(refund.key), ATTEMPT: str(refund.charge)},
    }
    # The platform keeps nothing of what goes back.
    return asked | ({"refund_application_fee": True} if refund.fee else {})


def to_connect(name: Name, connection: Connection) -> dict[str, Any]:
    """An account that belongs to the organization: Stripe asks it for what it wants to know, it
    pays Stripe itself, and answers for its own losses."""
    asked: dict[str, Any] = {
        "controller": {
            "fees": {"payer": "account"},
            "losses": {"payments": "stripe"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "full"},
        },
        "metadata": {ACCOUNT: str(name.id)},
    }
    if connection.region:
        asked["country"] = connection.region
    if connection.email:
        asked["email"] = connection.email
    return asked


def to_link(reference: str, *, return_uri: str, refresh_uri: str) -> dict[str, Any]:
    return {
        "account": reference,
        "type": "account_onboarding",
        "return_url": return_uri,
        "refresh_url": refresh_uri,
    }


def between(start: datetime, end: datetime) -> dict[str, int]:
    """A span of time, from its beginning on and before its end, in whole seconds."""
    return {"gte": int(start.timestamp()), "lt": int(end.timestamp()) + 1}


def around(time: datetime) -> dict[str, int]:
    """When Stripe may have begun what we began at a time, or tried to for as long as keys last."""
    return between(time - SKEW, time + KEPT + SKEW)


def _redirects(charge: Charge) -> str:
    # Without somewhere to come back to, nobody can be sent away. Who confirms in the browser
    # says there where to come back to.
    return "always" if charge.return_uri or not charge.method else "never"


# --- what Stripe says


def outcome(intent: Object, *, by_client: bool) -> Outcome:
    """How a charge stands, without what who pays has to do.

    `by_client`: who pays chooses the method, and another one after that was declined, so that
    nothing has failed before the intent is cancelled.
    """
    status = str(intent.get("status", ""))
    if status == "requires_payment_method":
        progress = Progress.CHALLENGED if by_client else Progress.FAILED
    elif status == "canceled" and intent.get("last_payment_error") and not by_client:
        # We stopped it because it was declined.
        progress = Progress.FAILED
    else:
        progress = STATUSES.get(status, Progress.PENDING)
    over = progress in (Progress.SUCCEEDED, Progress.AUTHORIZED, Progress.PENDING)
    return Outcome(
        progress,
        str(intent.get("id", "")),
        "" if over else failure(intent.get("last_payment_error")),
        taken=_received(intent) if progress is Progress.SUCCEEDED else None,
    )


def tried(intent: Object) -> bool:
    """Whether an intent was confirmed, however that ended."""
    untried = ("requires_payment_method", "requires_confirmation")
    return intent.get("status") not in untried or bool(intent.get("last_payment_error"))


def action(intent: Object, publishable_key: str, account: str) -> Action:
    """What an intent that is `CHALLENGED` waits for, of who pays."""
    wanted = intent.get("next_action") or {}
    step, uri = Step.CONFIRM, ""
    if intent.get("status") == "requires_action":
        step = Step.AUTHENTICATE
        if wanted.get("type") == "redirect_to_url":
            step = Step.REDIRECT
            uri = str((wanted.get("redirect_to_url") or {}).get("url") or "")
    return Action(
        step=step,
        redirect_uri=uri,
        client_secret=str(intent.get("client_secret") or ""),
        publishable_key=publishable_key,
        provider_account=account,
    )


def refunded(refund: Object) -> Outcome:
    progress = REFUND_STATUSES.get(str(refund.get("status")), Progress.PENDING)
    failed = progress in (Progress.FAILED, Progress.CANCELLED)
    why = text(refund.get("failure_reason") or progress.value) if failed else ""
    return Outcome(progress, str(refund.get("id", "")), why)


def status(account: Object) -> Status:
    """How a connected account stands."""
    wanted = account.get("requirements") or {}
    return Status(
        reference=text(account["id"]),
        charges_enabled=bool(account.get("charges_enabled")),
        payouts_enabled=bool(account.get("payouts_enabled")),
        due=tuple(text(one) for one in wanted.get("currently_due") or ()),
    )


def costs(intent: Object, fee: Object | None) -> Costs:
    """What was taken of a charge. `fee` is what the platform kept, if it kept something."""
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, Mapping) else {}
    booked = charge.get("balance_transaction")
    if not isinstance(booked, Mapping):
        # It is booked in a while; what failed is never.
        fingerprint, region = card(intent, charge)
        return Costs(None, fingerprint, intent.get("status") != "succeeded", region)
    currency = str(booked["currency"])
    kept, cost = 0, 0
    for one in booked.get("fee_details") or ():
        ours = one.get("type") == "application_fee"
        kept, cost = (kept + one["amount"], cost) if ours else (kept, cost + one["amount"])
    back = kept * fee["amount_refunded"] // fee["amount"] if fee and fee.get("amount") else 0
    minor = [amount({"currency": currency, "n": n}, "n").minor for n in (cost, kept, back)]
    fingerprint, region = card(intent, charge)
    return Costs(Taken(currency.upper(), *minor), fingerprint, region=region)


def card(intent: Object, charge: Object) -> tuple[str, str]:
    """What tells the card of a charge from others, charged or declined, and where it is from."""
    declined = (intent.get("last_payment_error") or {}).get("payment_method") or {}
    shown = charge.get("payment_method_details") or declined
    found = shown.get("card") or {}
    return text(found.get("fingerprint") or ""), text(found.get("country") or "")


def failure(error: Any) -> str:
    """Why a charge was declined, as short as Stripe says it."""
    if not isinstance(error, Mapping):
        return ""
    return text(error.get("decline_code") or error.get("code") or error.get("message") or "")


def charge_movement(intent: Object) -> Movement:
    progress = outcome(intent, by_client=False).progress
    return Movement(
        Subject.CHARGE,
        key(intent, ATTEMPT),
        _received(intent) or amount(intent, "amount"),
        Progress.PENDING if progress is Progress.FAILED else progress,
        time(intent["created"]),
        str(intent["id"]),
    )


def refund_movement(refund: Object) -> Movement:
    progress = REFUND_STATUSES.get(str(refund.get("status")), Progress.PENDING)
    return Movement(
        Subject.REFUND,
        key(refund, REFUND),
        amount(refund, "amount"),
        progress,
        time(refund["created"]),
        str(refund["id"]),
    )


def made_by(found: Sequence[Object], name: str, key_: uuid.UUID) -> Object | None:
    """The object with our key in its metadata."""
    return next((one for one in found if key(one, name) == key_), None)


def key(value: Object, name: str) -> uuid.UUID | None:
    """Our key in the metadata of an object; None in those that we did not make."""
    try:
        return uuid.UUID(str((value.get("metadata") or {}).get(name, "")))
    except ValueError:
        return None


def amount(value: Object, field: str) -> Money:
    currency, given = str(value["currency"]).upper(), int(value[field])
    if currency in FINER:
        return Money(currency, given // HUNDRED)
    return Money(currency, given * HUNDRED if currency in COARSER else given)


def units(amount: Money) -> int:
    """An amount in the smallest unit that Stripe has for its currency."""
    if amount.currency in FINER:
        return amount.minor * HUNDRED
    if amount.currency not in COARSER:
        return amount.minor
    whole, rest = divmod(amount.minor, HUNDRED)
    if rest:
        raise Unpayable(f"Stripe moves whole {amount.currency} only")
    return whole


def time(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def text(value: Any) -> str:
    """A value for people to read, as far as it is text that a database takes."""
    return str(value).replace("\0", "")[:500]


def _received(intent: Object) -> Money | None:
    received = intent.get("amount_received")
    return amount(intent, "amount_received") if received else None
