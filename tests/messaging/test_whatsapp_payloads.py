"""What WhatsApp sends and takes, as another program reads and writes it: pywa, and its payloads."""

from __future__ import annotations

import copy
import hashlib
import hmac
import importlib
import json
import pathlib
import uuid
from typing import Any

import pytest
from pywa.utils import webhook_updates_validator

from services.kit.names import Name
from services.messaging.channels.whatsapp import compose, failure, judge
from services.messaging.dispatch.domain import Deferred, Refused
from services.messaging.messages.domain import (
    Button,
    Channel,
    Failure,
    Letter,
    ProviderTemplate,
    State,
    Text,
)
from services.messaging.webhooks import domain, whatsapp
from services.messaging.webhooks.domain import Known, Moved, Status, Written

# It says of nothing that it is for others.
pywa: Any = importlib.import_module("pywa")
types: Any = importlib.import_module("pywa.types")

FOLDER = "shared/data/whatsapp"
# Beside the checkout, or beside the folder that it is one of.
PLACES = pathlib.Path(__file__).resolve().parents[3:5]
READERS = {
    "message": types.Message,
    "message_status": types.MessageStatus,
    "callback_button": types.CallbackButton,
    "system": types.IdentityChange,
    "phone_number_change": types.PhoneNumberChange,
}


def folder() -> pathlib.Path | None:
    return next((place / FOLDER for place in PLACES if (place / FOLDER).exists()), None)


def payloads():
    found = folder()
    if found is None:
        return [pytest.param("", "", {}, marks=pytest.mark.skip(reason=f"no {FOLDER} here"))]
    files = ("message", "message_status", "callback_button", "system")
    return [
        pytest.param(file, kind, payload, id=f"{file}-{kind}")
        for file in files
        for kind, payload in json.loads((found / f"{file}.json").read_text()).items()
    ]


def number_of(payload: Any) -> str:
    return str(payload["entry"][0]["changes"][-1]["value"]["metadata"]["phone_number_id"])


def ours(payload: Any) -> list[Any]:
    """What we read, without what is said of who wrote."""
    told = whatsapp.told(json.dumps(payload).encode(), number_of(payload))
    return [one for one in told if not isinstance(one, Known)]


@pytest.fixture(scope="module")
def reader():
    return pywa.WhatsApp(phone_id="1", token="x")


@pytest.mark.parametrize(("file", "kind", "payload"), payloads())
def test_a_payload_is_read_as_pywa_reads_it(reader, file, kind, payload):
    theirs = READERS.get(kind, READERS[file]).from_update(client=reader, update=payload)

    found = ours(payload)

    if file == "system":
        moves = kind == "phone_number_change"
        assert found == ([Moved(f"+{theirs.old_wa_id}", f"+{theirs.new_wa_id}")] if moves else [])
        return
    [mine] = found
    assert mine.provider_message == theirs.id
    assert mine.time == theirs.timestamp
    if isinstance(mine, Status):
        same_status(mine, theirs)
    else:
        same_message(mine, theirs)


def same_status(mine: Status, theirs: Any) -> None:
    heard = {"played": "read"}.get(theirs.status.value, theirs.status.value)
    assert mine.state is State(heard)
    assert bool(mine.reason) == bool(theirs.error)
    if theirs.error:
        assert mine.reason.startswith(f"{theirs.error.code}: ")


def same_message(mine: Written, theirs: Any) -> None:
    assert mine.sender == f"+{theirs.from_user.wa_id}"
    assert mine.sender_name == (theirs.from_user.name or "")
    reply = theirs.reply_to_message
    reaction = getattr(theirs, "reaction", None)
    assert mine.reply_to == (reply.id if reply else reaction.message_id if reaction else "")
    if isinstance(theirs, types.CallbackButton):
        assert (mine.text, mine.button) == (theirs.title, theirs.data)
        return
    if reaction is None and theirs.contacts is None and theirs.location is None:
        assert mine.text == (theirs.text or theirs.caption or "")
    place = theirs.location
    assert mine.place == ((place.latitude, place.longitude) if place else None)
    media = theirs.media
    assert [(one.provider_id, one.content_type) for one in mine.media] == (
        [(media.id, media.mime_type)] if media else []
    )


@pytest.mark.parametrize(("file", "kind", "payload"), payloads())
def test_unknown_fields_and_kinds_change_nothing(file, kind, payload):
    more = copy.deepcopy(payload)
    decorate(more)
    change = more["entry"][0]["changes"][0]
    for name in ("messages", "statuses"):
        if name in change["value"]:
            change["value"][name].insert(0, {"id": "x", "type": "hologram", "hologram": [1, {}]})
            change["value"][name].append(None)
    more["entry"][0]["changes"].insert(0, {"field": "history", "value": {"messages": [1]}})
    more["entry"].append({"changes": [{"field": "messages", "value": "x"}]})

    assert ours(more) == ours(payload)


def decorate(thing: Any) -> None:
    """Adds a field that nobody knows wherever there are some."""
    if isinstance(thing, dict):
        for inner in thing.values():
            decorate(inner)
        thing["invented_in_2031"] = {"a": [None, {"b": "c"}]}
    elif isinstance(thing, list):
        for inner in thing:
            decorate(inner)


@pytest.mark.parametrize(("file", "kind", "payload"), payloads())
def test_any_field_may_be_of_any_type(file, kind, payload):
    for path in paths(payload):
        for strange in (None, 0, -1.5, True, "", "x", [], [None], {}, {"x": 1}):
            changed = copy.deepcopy(payload)
            put(changed, path, strange)
            body = json.dumps(changed).encode()
            for number, piece in whatsapp.parts(body):
                whatsapp.told(piece, number)


def paths(thing: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(thing, dict):
        inner = [(key, value) for key, value in thing.items()]
    elif isinstance(thing, list):
        inner = list(enumerate(thing))
    else:
        return []
    here = [(*above, key) for key, _ in inner]
    return here + [path for key, value in inner for path in paths(value, (*above, key))]


def put(thing: Any, path: tuple[Any, ...], value: Any) -> None:
    *above, last = path
    for key in above:
        thing = thing[key]
    thing[last] = value


@pytest.mark.parametrize("secret", ["the app's", "ключ"])
def test_signatures_are_those_that_pywa_believes(secret):
    body = '{"words": "Grüße"}'.encode()
    header = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    assert webhook_updates_validator(secret, body, header)
    domain.need_sha256([secret], header, body)
    with pytest.raises(domain.BadChannelSignature):
        domain.need_sha256([secret], header, body + b" ")


# --- what we send


def letter(**changes: Any) -> Letter:
    given: dict[str, Any] = {
        "name": Name(uuid.uuid4(), uuid.uuid4()),
        "channel": Channel.WHATSAPP,
        "to_name": "Ada",
        "address": "+16505551234",
        "text": Text("", "Hello"),
    }
    return Letter(**given | changes)


YES, NO = Button("Yes", "rsvp:yes"), Button("No", "rsvp:no")
NAMED = (("name", "Ada"), ("event", "Gala"))
POSITIONS = (("", "Ada"), ("", "Gala"), ("", "19:00"))
SENT = {
    "text": letter(),
    "text_reply": letter(reply_to="wamid.IN"),
    "location_request": letter(text=Text("", "Where are you?"), asks_location=True),
    "buttons": letter(text=Text("", "Confirm?"), buttons=(YES, NO)),
    "template_positional": letter(
        template=ProviderTemplate("event_reminder", "en-US", POSITIONS, quick_replies=1),
        buttons=(YES,),
    ),
    "template_named": letter(template=ProviderTemplate("event_reminder", "en-US", NAMED)),
    "bsuid": letter(address="US.13491208655302741918"),
}


def recorded() -> dict[str, Any]:
    found = folder()
    if found is None:
        return {}
    cases = json.loads((found / "whatsapp_send_bodies_by_pywa_4.5.0.json").read_text())
    return {case["case"]: case["body"] for case in cases}


@pytest.mark.skipif(folder() is None, reason=f"no {FOLDER} here")
@pytest.mark.parametrize("case", SENT)
def test_what_is_sent_is_what_pywa_sends(case):
    mine, theirs = compose(SENT[case]), recorded()[case]

    assert mine.pop("biz_opaque_callback_data") == str(SENT[case].name.id)
    assert lowered(mine) == lowered(theirs)


def lowered(thing: Any) -> Any:
    """The API does not care about the case of the kinds of components."""
    if isinstance(thing, list):
        return [lowered(one) for one in thing]
    if not isinstance(thing, dict):
        return thing
    kinds = ("type", "sub_type")
    return {
        key: one.lower() if key in kinds and isinstance(one, str) else lowered(one)
        for key, one in thing.items()
    }


def test_what_is_too_long_is_cut_to_what_the_api_takes():
    long = "ñ" * 10_000

    assert len(compose(letter(text=Text("", long)))["text"]["body"]) == 4096
    asked = compose(letter(text=Text("", long[:1024]), buttons=(Button(long, "a"),) * 4))
    assert len(asked["interactive"]["body"]["text"]) == 1024
    buttons = asked["interactive"]["action"]["buttons"]
    assert [len(one["reply"]["title"]) for one in buttons] == [20] * 3


def test_a_parameter_of_a_template_is_one_line_and_never_empty():
    template = ProviderTemplate("t", "pt-BR", (("", "a\nb\t c    d"), ("", "")))

    [body] = compose(letter(template=template))["template"]["components"]

    assert [one["text"] for one in body["parameters"]] == ["a b c d", "-"]


@pytest.mark.parametrize("code", [4, 80007, 130429, 131016, 131000, 131057, 133016, 1, 2, 131056])
def test_what_passes_is_tried_again(code):
    assert isinstance(judge(code, "why"), Deferred)


@pytest.mark.parametrize(
    ("code", "failure_"),
    [
        (131047, Failure.REJECTED_CONTENT),
        (132000, Failure.REJECTED_CONTENT),
        (132015, Failure.REJECTED_CONTENT),
        (131026, Failure.REFUSED),
        (131049, Failure.REFUSED),
        (131050, Failure.SUPPRESSED),
        (190, Failure.ACCOUNT),
        (131031, Failure.ACCOUNT),
        (250, Failure.ACCOUNT),
        (987654, Failure.REFUSED),
    ],
)
def test_what_does_not_pass_is_not_tried_again(code, failure_):
    assert judge(code, "why") == Refused("why", failure_)
    assert failure(code) is failure_
