"""The webhooks of the sandbox: JSON that says what became of a charge or a refund. Pure."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from services.kit.money import Money
from services.payment.domain import Outcome, Progress
from services.payment.provider import BadNotice, Disputed, DisputeState, Heard, Notice, Subject
from services.payment.sandbox.domain import Charge, Dispute, Refund

TYPES = {
    (Subject.CHARGE, Progress.SUCCEEDED): "charge.succeeded",
    (Subject.CHARGE, Progress.FAILED): "charge.failed",
    (Subject.CHARGE, Progress.CHALLENGED): "charge.action_required",
    (Subject.CHARGE, Progress.AUTHORIZED): "charge.authorized",
    (Subject.REFUND, Progress.SUCCEEDED): "refund.succeeded",
    (Subject.REFUND, Progress.FAILED): "refund.failed",
}
DISPUTES = ("dispute.opened", "dispute.closed")
VERDICTS = (DisputeState.WON, DisputeState.LOST)
MEANINGS = {word: meaning for meaning, word in TYPES.items()}


def event(id: uuid.UUID, what: Charge | Refund, at: datetime) -> bytes:
    subject = Subject.CHARGE if isinstance(what, Charge) else Subject.REFUND
    said = {
        "id": f"evt_{id.hex}",
        "type": TYPES[subject, what.progress],
        "created": int(at.timestamp()),
        "data": {
            "id": what.reference,
            "idempotency_key": str(what.key),
            "amount": what.amount.minor,
            "currency": what.amount.currency,
            "failure_reason": what.failure,
        },
    }
    return json.dumps(said).encode()


def dispute_event(id: uuid.UUID, what: Dispute, at: datetime) -> bytes:
    said = {
        "id": f"evt_{id.hex}",
        "type": "dispute.closed" if what.state in VERDICTS else "dispute.opened",
        "created": at.timestamp(),
        "data": {
            "id": what.reference,
            "charge": f"ch_{what.key.hex}",
            "amount": what.amount.minor,
            "currency": what.amount.currency,
            "reason": "fraudulent",
            "status": what.state.value,
            "evidence_due_by": None if what.state in VERDICTS else what.due_time.timestamp(),
            "withdrawn": what.withdrawn,
        },
    }
    return json.dumps(said).encode()


def disputed(what: Dispute, at: datetime) -> Disputed:
    """The same, for who asks."""
    return _disputed(json.loads(dispute_event(what.key, what, at)))


def event_id(body: bytes) -> str:
    """The id of an event; refuses what has none."""
    id = _parsed(body).get("id")
    if not isinstance(id, str) or not id.isprintable() or not 1 <= len(id) <= 255:
        raise BadNotice("body.id", "must be the id of the event")
    return id


def notice(body: bytes) -> Heard | None:
    """What an event says, or None if it is of a type that does not concern us."""
    said = _parsed(body)
    kind = said.get("type")
    if kind in DISPUTES:
        return _disputed(said)
    if not isinstance(kind, str) or kind not in MEANINGS:
        return None
    data = said.get("data")
    if not isinstance(data, dict):
        raise BadNotice("body.data", "must be an object")
    subject, progress = MEANINGS[kind]
    if progress is Progress.CHALLENGED:
        # It may have been answered by now.
        return Notice(subject, _key(data), None)
    outcome = Outcome(progress, _text(data, "id"), _text(data, "failure_reason"))
    return Notice(subject, _key(data), outcome)


def _disputed(said: dict[str, Any]) -> Disputed:
    try:
        data, due = said["data"], said["data"]["evidence_due_by"]
        amount = Money(str(data["currency"]), int(data["amount"]))
        withdrawn = int(data["withdrawn"])
        return Disputed(
            reference=_text(data, "id"),
            charge=_text(data, "charge"),
            amount=amount,
            state=DisputeState(data["status"]),
            reason=_text(data, "reason"),
            due_time=None if due is None else datetime.fromtimestamp(due, UTC),
            withdrawn=Money(amount.currency, withdrawn) if withdrawn else None,
            time=datetime.fromtimestamp(said["created"], UTC),
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise BadNotice("body.data", "must be a dispute") from None


def _text(data: dict[str, Any], key: str) -> str:
    """A value for people to read, as far as it is text that a database takes."""
    return str(data.get(key, "")).replace("\0", "")[:500]


def _key(data: dict[str, Any]) -> uuid.UUID:
    try:
        return uuid.UUID(data["idempotency_key"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise BadNotice("body.data.idempotency_key", "must be a UUID") from None


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise BadNotice("body", "must be a JSON object")
    return said
