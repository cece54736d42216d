"""What comes back by e-mail: bounces (RFC 3464), and what people answer. Pure.

A bounce says which letter it is about by the envelope id that we gave it (RFC 3461), or by the
`Message-ID` of the letter, whose beginning or end comes with it.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import hashlib
import re
import uuid
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from typing import Any

from services.messaging.messages.domain import Failure, State
from services.messaging.webhooks.domain import Media, Status, Told, Written, cleaned

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MESSAGE_ID = re.compile(rf"<({_UUID})@[^<>\s]+>")
# What a mail server calls what it does, and what that is to us. `delayed` says nothing yet.
ACTIONS = {
    "failed": State.FAILED,
    "delivered": State.DELIVERED,
    "relayed": State.SENT,
    "expanded": State.SENT,
}
# Enhanced status codes (RFC 3463): nobody is there; what it says; who sends it.
GONE = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
CONTENT = ("5.6.", "5.3.4", "5.7.28")
SENDER = ("5.7.",)


def read(body: bytes, now: datetime) -> list[Told]:
    """What a mail says: what became of ours, or what somebody wrote."""
    try:
        mail: Any = email.message_from_bytes(body, policy=email.policy.default)
        kind = mail.get_content_type()
        if kind == "multipart/report" or _report(mail) is not None:
            return _bounces(mail, now)
        return _written(mail, body, now)
    except (ValueError, LookupError, AttributeError, TypeError, IndexError, RecursionError):
        # The library stumbles over some of what there is.
        return []


# --- bounces


def _report(mail: Message) -> Message | None:
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            return part
    return None


def _bounces(mail: Message, now: datetime) -> list[Told]:
    report = _report(mail)
    blocks = report.get_payload() if report is not None else []
    if not isinstance(blocks, list) or not blocks:
        return []
    head: Any = blocks[0]
    message = _envelope(head) or _original(mail)
    if message is None:
        return []
    # The first block is of the whole mail; each other one is of a recipient.
    found = [_status(block, message, now) for block in blocks]
    return [one for one in found if one is not None]


def _status(block: Any, message: uuid.UUID, now: datetime) -> Status | None:
    action = str(block.get("Action", "")).strip().lower()
    state = ACTIONS.get(action)
    if state is None:
        return None
    code = str(block.get("Status", "")).strip().split(" ")[0]
    words = str(block.get("Diagnostic-Code", "")).partition(";")[2].strip()
    failed = state is State.FAILED
    return Status(
        provider_message="",
        message=message,
        state=state,
        time=now,
        failure=failure(code) if failed else Failure.NONE,
        reason=cleaned(" ".join(f"{code} {words}".split()), 500) if failed else "",
    )


def failure(code: str) -> Failure:
    """Why a mail bounced, by its enhanced status code."""
    if code in GONE:
        return Failure.NO_ADDRESS
    if code.startswith(CONTENT):
        return Failure.REJECTED_CONTENT
    return Failure.ACCOUNT if code.startswith(SENDER) else Failure.REFUSED


def _envelope(block: Any) -> uuid.UUID | None:
    return _uuid(str(block.get("Original-Envelope-Id", "")).strip())


def _original(mail: Message) -> uuid.UUID | None:
    """The letter that bounced, by what came with the report of it."""
    for part in mail.walk():
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            inner = part.get_payload()
            first: Any = inner[0] if isinstance(inner, list) and inner else part
            text = str(first.get("Message-ID", "")) or str(inner)
            found = _MESSAGE_ID.search(text)
            if found is not None:
                return _uuid(found[1])
    return None


# --- what somebody wrote


def _written(mail: EmailMessage, body: bytes, now: datetime) -> list[Told]:
    name, sender = email.utils.parseaddr(str(mail.get("From", "")))
    automatic = str(mail.get("Auto-Submitted", "no")).strip().lower() != "no"
    # Who is away or bounces by hand has nothing to say to anybody.
    if "@" not in sender or automatic or not str(mail.get("Return-Path", "x")).strip("<> "):
        return []
    id = str(mail.get("Message-ID", "")).strip() or hashlib.sha256(body).hexdigest()
    part = mail.get_body(("plain", "html"))
    return [
        Written(
            provider_message=cleaned(id, 256),
            sender=cleaned(sender.lower(), 254),
            time=min(_date(mail) or now, now),
            sender_name=cleaned(name, 100),
            text=cleaned(str(part.get_content())) if part is not None else "",
            media=tuple(_attached(mail)),
            reply_to=cleaned(_answered(mail), 256),
        )
    ]


def _attached(mail: EmailMessage) -> list[Media]:
    parts = [(part.get_filename() or "", part) for part in mail.iter_attachments()]
    return [
        Media(cleaned(name or str(number), 256), part.get_content_type(), cleaned(name, 200))
        for number, (name, part) in enumerate(parts)
    ]


def _answered(mail: EmailMessage) -> str:
    """The id of the letter of ours that it answers, or what it says that it answers."""
    text = f"{mail.get('In-Reply-To', '')} {mail.get('References', '')}"
    found = _MESSAGE_ID.search(text)
    return found[1] if found is not None else str(mail.get("In-Reply-To", "")).strip()


def _date(mail: EmailMessage) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(str(mail.get("Date", "")))
    except (ValueError, TypeError):
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
