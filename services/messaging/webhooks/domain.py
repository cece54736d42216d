"""What providers tell, whichever they are, and who is believed. Plain values, no I/O."""

from __future__ import annotations

import base64
import hashlib
import hmac
import urllib.parse
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.names import Name
from services.messaging.messages.domain import Failure, State

# How long it is known what came, so that it is not kept twice. WhatsApp tries for seven days.
KEPT = timedelta(days=10)
LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class Post:
    """What came, and whose it is: the account's, or nobody's yet."""

    organization: uuid.UUID
    account: uuid.UUID
    provider: str
    body: bytes = field(repr=False)

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.body).digest()


# --- what was told


@dataclass(frozen=True)
class Status:
    """What became of a message of ours."""

    provider_message: str
    # Our id, where the provider gives it back.
    message: uuid.UUID | None
    # SENT, DELIVERED, READ or FAILED.
    state: State
    time: datetime
    failure: Failure = Failure.NONE
    reason: str = ""


@dataclass(frozen=True)
class Media:
    provider_id: str
    content_type: str = ""
    filename: str = ""


@dataclass(frozen=True)
class Written:
    """What somebody wrote, said or showed."""

    provider_message: str
    # A phone number as E.164 has it, an e-mail address, or what the provider calls somebody.
    sender: str
    time: datetime
    sender_name: str = ""
    text: str = ""
    # What stands behind the button that was pressed.
    button: str = ""
    # Degrees north and east.
    place: tuple[float, float] | None = None
    media: tuple[Media, ...] = ()
    # What the provider calls the message that it answers.
    reply_to: str = ""


@dataclass(frozen=True)
class Known:
    """That somebody whom the provider calls `address` has a phone number."""

    address: str
    phone: str


@dataclass(frozen=True)
class Moved:
    """That somebody is reached by another address from now on."""

    old: str
    new: str


@dataclass(frozen=True)
class Reviewed:
    """What became of a template, by its name and language."""

    template: tuple[str, str]
    status: str


Told = Status | Written | Known | Moved | Reviewed


# --- who is believed


class BadChannelSignature(errors.Forbidden):
    # Nobody learns by it whether there is such an account, or what it is believed by.
    message = "there is no signature that fits the body"


class WrongVerifyToken(errors.Forbidden):
    message = "that is not the token of this address"


def need_token(tokens: Iterable[str], mode: str, shown: str) -> None:
    """Refuses who does not know the token of an address."""
    fits = [hmac.compare_digest(token.encode(), shown.encode()) for token in tokens if token]
    if mode != "subscribe" or not any(fits):
        raise WrongVerifyToken()


def need_sha256(secrets: Sequence[str], header: str, body: bytes) -> None:
    """Refuses what none of the secrets signed: `sha256=` and an HMAC in hexadecimal."""
    given = header.strip().lower().removeprefix("sha256=")
    macs = [hmac.digest(one.encode(), body, hashlib.sha256).hex() for one in secrets if one]
    fits = [hmac.compare_digest(mac.encode(), given.encode()) for mac in macs]
    if not any(fits):
        raise BadChannelSignature()


def need_twilio(token: str, header: str, uri: str, body: bytes) -> None:
    """Refuses what Twilio did not sign: the address, and the sorted fields of the form."""
    mac = hmac.digest(token.encode(), twilio_text(uri, body).encode(), hashlib.sha1)
    if not hmac.compare_digest(base64.b64encode(mac), header.strip().encode()):
        raise BadChannelSignature()


def twilio_text(uri: str, body: bytes) -> str:
    pairs = sorted(set(form(body)))
    return uri + "".join(name + value for name, value in pairs)


def form(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form; none of what is no form."""
    try:
        return urllib.parse.parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000
        )
    except ValueError:
        return []


def cleaned(text: str, most: int = LONGEST_TEXT) -> str:
    """Text as a database takes it: no zeros in it, no halves of characters, and not for ever."""
    whole = text[: most + 1].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")[:most]


def named(provider: str, account: Name) -> str:
    """What a provider is called in messages that went by an account."""
    return f"{provider}:{account.id}"
