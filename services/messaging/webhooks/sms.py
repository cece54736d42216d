"""What Twilio tells in forms, and others in JSON: what became of texts, and who wrote. Pure."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from services.messaging.channels.sms import number, twilio_failure
from services.messaging.messages.domain import Failure, State
from services.messaging.webhooks.domain import Media, Status, Told, Written, cleaned, form

TWILIO = {
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    "undelivered": State.FAILED,
    "failed": State.FAILED,
}
JSON = {
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    "failed": State.FAILED,
}
MOST_MEDIA = 10


def twilio(body: bytes, now: datetime) -> list[Told]:
    """Twilio says no time of its own: it is when we heard of it."""
    said = {name: cleaned(value) for name, value in form(body)}
    id = said.get("MessageSid") or said.get("SmsSid", "")
    state = said.get("MessageStatus") or said.get("SmsStatus", "")
    if not id:
        return []
    if state == "received" or (not state and "Body" in said):
        return _written(id, said, now)
    if state not in TWILIO:
        return []
    code = said.get("ErrorCode", "")
    failed = TWILIO[state] is State.FAILED
    known = code.isascii() and code.isdigit() and len(code) < 10
    failure = twilio_failure(int(code)) if known else Failure.REFUSED
    reason = f"error {code} of Twilio" if code else state
    return [
        Status(
            provider_message=cleaned(id, 256),
            message=None,
            state=TWILIO[state],
            time=now,
            failure=failure if failed else Failure.NONE,
            reason=cleaned(reason, 500) if failed else "",
        )
    ]


def _written(id: str, said: dict[str, str], now: datetime) -> list[Told]:
    sender = number(said.get("From", "").removeprefix("whatsapp:"))
    if sender is None:
        return []
    media = [
        Media(
            cleaned(said[f"MediaUrl{index}"], 500),
            cleaned(said.get(f"MediaContentType{index}", ""), 100),
        )
        for index in range(MOST_MEDIA)
        if said.get(f"MediaUrl{index}")
    ]
    return [
        Written(
            provider_message=cleaned(id, 256),
            sender=sender,
            time=now,
            sender_name=cleaned(said.get("ProfileName", ""), 100),
            text=said.get("Body", ""),
            button=cleaned(said.get("ButtonPayload", ""), 256),
            media=tuple(media),
            reply_to=cleaned(said.get("OriginalRepliedMessageSid", ""), 256),
        )
    ]


def generic(body: bytes, now: datetime) -> list[Told]:
    """One thing, or a list of them."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found = [_one(one, now) for one in (said if isinstance(said, list) else [said])]
    return [one for one in found if one is not None]


def _one(said: Any, now: datetime) -> Told | None:
    if not isinstance(said, dict):
        return None
    id, state = _text(said, "messageId", 256), _text(said, "status", 20).lower()
    if id and state in JSON:
        failed = JSON[state] is State.FAILED
        return Status(
            provider_message=id,
            message=None,
            state=JSON[state],
            time=now,
            failure=Failure.REFUSED if failed else Failure.NONE,
            reason=_text(said, "error", 500) if failed else "",
        )
    sender = number(_text(said, "from", 64))
    text = said.get("text")
    if state or sender is None or not isinstance(text, str):
        return None
    # Without an id the same words at the same time are the same message.
    id = id or hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    reply_to = _text(said, "replyTo", 256)
    return Written(id, sender, now, text=cleaned(text), reply_to=reply_to)


def _text(said: dict[str, Any], key: str, most: int) -> str:
    found = said.get(key)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return cleaned(found, most) if isinstance(found, str) else ""
