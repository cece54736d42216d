"""What WhatsApp tells: one POST of many entries, changes and things, of whatever numbers. Pure.

Whatever is not understood is passed over: kinds and fields come without notice, and a thing that
cannot be read must not keep the others from being.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from services.messaging.accounts.domain import business_sender
from services.messaging.channels.whatsapp import USER_ID, explained, failure
from services.messaging.messages.domain import Failure, State
from services.messaging.webhooks.domain import (
    Known,
    Media,
    Moved,
    Reviewed,
    Status,
    Told,
    Written,
    cleaned,
)

# So many things at most are acted on in one transaction.
CHUNK = 100
STATES = {
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    # Of a voice message: it was heard.
    "played": State.READ,
    "failed": State.FAILED,
}
MEDIA = frozenset({"image", "video", "audio", "document", "sticker"})
LISTS = ("messages", "statuses")
REVIEWED = "message_template_status_update"
_DIGITS = re.compile(r"[0-9]{7,15}")
# The last second of the year 9999.
LATEST = 253_402_300_799

Json = dict[str, Any]


def parts(body: bytes) -> list[tuple[str, bytes]]:
    """What a POST has for each number, in pieces of no more than `CHUNK` things."""
    found: list[tuple[str, bytes]] = []
    for value in _values(body):
        number = _text(_object(value, "metadata"), "phone_number_id")
        if number:
            found += [(number, json.dumps(piece).encode()) for piece in _pieces(value)]
    for entry, change in _changes(body, REVIEWED):
        piece = {"entry": [{"id": entry, "changes": [change]}]}
        found.append((business_sender(entry), json.dumps(piece).encode()))
    return found


def told(body: bytes, number: str, business: str = "") -> list[Told]:
    """All that a POST, or a piece of one, tells of a number, and of the templates of a business."""
    found: list[Told] = []
    for value in _values(body):
        if _text(_object(value, "metadata"), "phone_number_id") == number:
            found += _of_value(value)
    for entry, change in _changes(body, REVIEWED):
        reviewed = _reviewed(_object(change, "value")) if entry == business else None
        if reviewed is not None:
            found.append(reviewed)
    return found


def _reviewed(value: Json) -> Reviewed | None:
    name = _text(value, "message_template_name")
    language, status = _text(value, "message_template_language"), _text(value, "event")
    if not (name and language and status):
        return None
    return Reviewed((cleaned(name, 512), cleaned(language, 20)), cleaned(status, 100))


def _values(body: bytes) -> Iterator[Json]:
    for _, change in _changes(body, "messages"):
        yield _object(change, "value")


def _changes(body: bytes, kind: str) -> Iterator[tuple[str, Json]]:
    """What has changed of a kind, and in which business account."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return
    for entry in _objects(said, "entry"):
        for change in _objects(entry, "changes"):
            if change.get("field") == kind:
                yield _text(entry, "id"), change


def _pieces(value: Json) -> Iterator[Json]:
    """The same as POSTs of their own, which tell of less each."""
    things = [(name, thing) for name in LISTS for thing in _objects(value, name)]
    rest = {name: kept for name, kept in value.items() if name not in LISTS}
    for start in range(0, len(things), CHUNK):
        piece = dict(rest)
        for name, thing in things[start : start + CHUNK]:
            piece.setdefault(name, []).append(thing)
        yield {"entry": [{"changes": [{"field": "messages", "value": piece}]}]}


def _of_value(value: Json) -> Iterator[Told]:
    contacts = _objects(value, "contacts")
    for contact in contacts:
        user, phone = _text(contact, "user_id"), _phone(_text(contact, "wa_id"))
        if USER_ID.fullmatch(user) and phone:
            yield Known(user, phone)
    for message in _objects(value, "messages"):
        moved = _moved(message)
        if moved is not None:
            yield moved
        written = None if message.get("type") == "system" else _written(message, contacts)
        if written is not None:
            yield written
    for status in _objects(value, "statuses"):
        found = _status(status)
        if found is not None:
            yield found


# --- what became of ours


def _status(said: Json) -> Status | None:
    id, state = _text(said, "id"), STATES.get(_text(said, "status"))
    time = _time(said)
    if not id or state is None or time is None:
        return None
    problem: Json = next(iter(_objects(said, "errors")), {})
    code = problem.get("code")
    return Status(
        provider_message=id,
        message=_uuid(_text(said, "biz_opaque_callback_data")),
        state=state,
        time=time,
        failure=_failure(code) if state is State.FAILED else Failure.NONE,
        reason=cleaned(explained(problem), 500) if problem else "",
    )


def _failure(code: Any) -> Failure:
    return failure(code) if isinstance(code, int) else Failure.REFUSED


# --- what somebody wrote


def _written(said: Json, contacts: list[Json]) -> Written | None:
    id, time = _text(said, "id"), _time(said)
    contact = _contact(said, contacts)
    sender = _sender(said, contact)
    if not id or time is None or not sender:
        return None
    kind = _text(said, "type")
    body = _object(said, kind)
    text, button = _words(kind, body, said)
    return Written(
        provider_message=id,
        sender=sender,
        time=time,
        sender_name=cleaned(_text(_object(contact, "profile"), "name"), 100),
        text=cleaned(text),
        button=cleaned(button, 256),
        place=_place(body) if kind == "location" else None,
        media=_media(body) if kind in MEDIA else (),
        reply_to=_reply_to(kind, body, said),
    )


def _contact(said: Json, contacts: list[Json]) -> Json:
    """Who wrote, of those whom the POST speaks of."""
    names = {_text(said, key) for key in ("from", "from_user_id")} - {""}
    for contact in contacts:
        if names & {_text(contact, "wa_id"), _text(contact, "user_id")}:
            return contact
    return contacts[0] if len(contacts) == 1 else {}


def _sender(said: Json, contact: Json) -> str:
    """A phone number if one is shown, else what WhatsApp calls who wrote."""
    phone = _phone(_text(said, "from")) or _phone(_text(contact, "wa_id"))
    users = (_text(said, "from_user_id"), _text(contact, "user_id"), _text(said, "from"))
    return phone or next((user for user in users if USER_ID.fullmatch(user)), "")


def _words(kind: str, body: Json, said: Json) -> tuple[str, str]:
    """What was written, and what stands behind the button that was pressed."""
    match kind:
        case "text":
            return _text(body, "body"), ""
        case "button":
            return _text(body, "text"), _text(body, "payload")
        case "interactive":
            answer = _object(body, _text(body, "type"))
            return _text(answer, "title"), _text(answer, "id")
        case "reaction":
            return _text(body, "emoji"), ""
        case "location":
            return ", ".join(filter(None, (_text(body, "name"), _text(body, "address")))), ""
        case "contacts":
            names = [_text(_object(one, "name"), "formatted_name") for one in _objects(said, kind)]
            return ", ".join(filter(None, names)), ""
        case "order":
            return _text(body, "text"), ""
    return _text(body, "caption"), ""


def _reply_to(kind: str, body: Json, said: Json) -> str:
    if kind == "reaction":
        return _text(body, "message_id")
    return _text(_object(said, "context"), "id")


def _media(body: Json) -> tuple[Media, ...]:
    id = _text(body, "id")
    if not id:
        return ()
    kind, name = _text(body, "mime_type"), _text(body, "filename")
    return (Media(cleaned(id, 256), cleaned(kind, 100), cleaned(name, 200)),)


def _place(body: Json) -> tuple[float, float] | None:
    latitude, longitude = _degrees(body, "latitude", 90), _degrees(body, "longitude", 180)
    return None if latitude is None or longitude is None else (latitude, longitude)


def _degrees(body: Json, key: str, most: int) -> float | None:
    found = body.get(key)
    if not isinstance(found, (int, float)) or isinstance(found, bool):
        return None
    return float(found) if -most <= found <= most else None


def _moved(said: Json) -> Moved | None:
    system = _object(said, "system")
    kind = _text(system, "type")
    if kind == "user_changed_number":
        old, new = _phone(_text(said, "from")), _phone(_text(system, "wa_id"))
    elif kind == "user_changed_user_id":
        old = _user(said, "from_user_id", "from")
        new = _user(system, "user_id", "new_user_id")
    else:
        return None
    return Moved(old, new) if old and new else None


def _user(said: Json, *keys: str) -> str:
    found = (_text(said, key) for key in keys)
    return next((text for text in found if USER_ID.fullmatch(text)), "")


# --- reading what may be anything


def _objects(said: Any, key: str) -> list[Json]:
    found = said.get(key) if isinstance(said, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _object(said: Json, key: str) -> Json:
    found = said.get(key)
    return found if isinstance(found, dict) else {}


def _text(said: Json, key: str) -> str:
    found = said.get(key)
    return cleaned(found) if isinstance(found, str) else ""


def _phone(digits: str) -> str:
    digits = digits.removeprefix("+")
    return f"+{digits}" if _DIGITS.fullmatch(digits) else ""


def _time(said: Json) -> datetime | None:
    text = str(said.get("timestamp", ""))
    if not (text.isascii() and text.isdigit() and len(text) <= 12) or int(text) > LATEST:
        return None
    return datetime.fromtimestamp(int(text), UTC)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
