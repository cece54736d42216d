"""The rules of accounts at providers. Plain values in, plain values out."""

from __future__ import annotations

import dataclasses
import enum
import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import phonenumbers

from services.kit import errors
from services.kit.addresses import is_public, literal_address
from services.kit.names import Collection, Name
from services.messaging.messages.domain import Channel

ACCOUNTS = Collection("channelAccounts", "turnout.app/ChannelAccount")
MOST = 50
# What WhatsApp says of a template that one may write by.
APPROVED = "APPROVED"


class Provider(enum.Enum):
    """Who carries messages, by the word of the contract for its settings."""

    WHATSAPP = "whatsapp"
    TWILIO = "twilio"
    JSON_SMS = "json_sms"
    SMTP = "smtp"
    FIREBASE = "firebase"
    WEB_PUSH = "web_push"


CHANNELS = {
    Provider.WHATSAPP: Channel.WHATSAPP,
    Provider.TWILIO: Channel.SMS,
    Provider.JSON_SMS: Channel.SMS,
    Provider.SMTP: Channel.EMAIL,
    Provider.FIREBASE: Channel.PUSH,
    Provider.WEB_PUSH: Channel.PUSH,
}
# What a provider takes in a second, as far as is known. Twilio's long numbers take one.
RATES = {Provider.WHATSAPP: 80, Provider.TWILIO: 1}
USUAL_RATE = 50
# What an account needs to send at all.
NEEDED = {
    Provider.WHATSAPP: ("access_token",),
    Provider.TWILIO: ("auth_token",),
    Provider.JSON_SMS: ("bearer_token",),
    Provider.FIREBASE: ("service_account_key",),
}
# Where credentials are shown to. Who changes that has to know them.
SHOWN_TO = {
    Provider.JSON_SMS: ("uri", "bearer_token"),
    Provider.SMTP: ("host", "password"),
}
# Where Google takes the key of a service account.
TOKEN_HOST = re.compile(r"([a-z0-9-]+\.)*googleapis\.com")
_WORD = re.compile(r"[A-Za-z0-9 ]{1,11}")
_HOST = re.compile(r"(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.?)+|[0-9a-f:.]+")

Settings = Mapping[str, Any]
Credentials = Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """What an organization says of an account. Credentials may be left out of a change."""

    display_name: str
    provider: Provider
    settings: Settings
    credentials: Credentials = field(repr=False)
    priority: int
    disabled: bool
    # 0 for what the provider is known to take.
    max_messages_per_second: int


@dataclass(frozen=True)
class Account:
    name: Name
    # With all that is sealed.
    plan: Plan
    create_time: datetime
    update_time: datetime
    # What WhatsApp says of templates, by their names and languages, and when it was asked last.
    templates: Mapping[tuple[str, str], str] = field(default_factory=dict)
    template_time: datetime | None = None
    # When the provider knew it, and why it did not when asked last.
    verify_time: datetime | None = None
    verify_problem: str = ""
    version: int = 1

    @property
    def channel(self) -> Channel:
        return CHANNELS[self.plan.provider]

    @property
    def rate(self) -> int:
        """The most messages in a second."""
        return self.plan.max_messages_per_second or RATES.get(self.plan.provider, USUAL_RATE)

    @property
    def sender(self) -> str:
        """What it is found by at an address that several share. Empty for the others."""
        found = self.plan.settings.get("phone_number_id", "")
        return str(found) if self.plan.provider is Provider.WHATSAPP else ""

    @property
    def business(self) -> str:
        """What its templates belong to at WhatsApp. Empty where that is not known."""
        found = self.plan.settings.get("business_account_id", "")
        return str(found) if self.plan.provider is Provider.WHATSAPP else ""

    def approved(self, name: str, language: str) -> bool:
        """Whether one may write by a template, as far as is known."""
        return self.template_time is None or self.templates.get((name, language)) == APPROVED

    def languages(self, name: str) -> list[str]:
        """The languages that a template is approved in."""
        return [
            tag for (each, tag), said in self.templates.items() if (each, said) == (name, APPROVED)
        ]


class ChannelAccountNotFound(errors.NotFound):
    message = "there is no {channel_account}"
    channel_account: str


class BadChannelAccount(errors.Invalid):
    """A value that no account of a channel has."""


class TooManyChannelAccounts(errors.Unmet):
    message = "{organization} has {most} accounts of channels, and may have no more"
    organization: str
    most: int


class SenderTaken(errors.Unmet):
    message = "another account hears for the number {sender} already"
    sender: str


def business_sender(business: str) -> str:
    """What the templates of a business account are told by at the address that all share."""
    return f"business:{business}"


def check(plan: Plan, *, loopback: bool) -> None:
    """Refuses what no account has. `loopback` lets servers be on this machine."""
    for key in NEEDED.get(plan.provider, ()):
        if not plan.credentials.get(key):
            raise BadChannelAccount(_at(plan, key), "must be there")
    match plan.provider:
        case Provider.TWILIO:
            _check_twilio(plan)
        case Provider.JSON_SMS:
            check_address(str(plan.settings["uri"]), _at(plan, "uri"), loopback=loopback)
        case Provider.SMTP:
            _check_smtp(plan, loopback=loopback)
        case Provider.FIREBASE:
            _check_firebase(plan, loopback=loopback)


def change(account: Account, plan: Plan, now: datetime) -> Account:
    """The account by another plan, which may leave credentials out that stay as they are."""
    before = account.plan
    if plan.provider is not before.provider:
        raise BadChannelAccount(f"channel_account.{plan.provider.value}", "is another provider")
    shown = SHOWN_TO.get(plan.provider)
    if shown is not None:
        where, proof = shown
        moved = plan.settings.get(where) != before.settings.get(where)
        if moved and before.credentials.get(proof) and proof not in plan.credentials:
            raise BadChannelAccount(_at(plan, proof), f"must be sent with another {where}")
    kept = {**before.credentials, **plan.credentials}
    made = {key: value for key, value in before.settings.items() if key in MADE_BY_US}
    after = dataclasses.replace(plan, credentials=kept, settings={**plan.settings, **made})
    same = _essence(after) == _essence(before)
    return dataclasses.replace(
        account,
        plan=after,
        update_time=now,
        verify_time=account.verify_time if same else None,
        verify_problem=account.verify_problem if same else "",
    )


# Settings that no client sends.
MADE_BY_US = frozenset({"public_key"})


def verified(account: Account, problem: str, now: datetime) -> Account:
    """The account once its provider was asked for it."""
    if problem:
        return dataclasses.replace(account, verify_problem=problem)
    return dataclasses.replace(account, verify_problem="", verify_time=now)


def check_address(text: str, where: str, *, loopback: bool) -> None:
    """Refuses what is no address of a public server, as far as it says itself."""
    try:
        parts = urllib.parse.urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadChannelAccount(where, "must be an address, such as https://example.org") from None
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise BadChannelAccount(where, "must begin with https://")
    if not host or not text.isascii() or not text.isprintable() or " " in text:
        raise BadChannelAccount(where, "must be an address, such as https://example.org")
    if parts.username is not None or parts.fragment or "\\" in text:
        raise BadChannelAccount(where, "must have no user and no fragment in it")
    _check_public(host, where, loopback=loopback)


def _check_public(host: str, where: str, *, loopback: bool) -> None:
    literal = literal_address(host)
    if literal is not None and not is_public(literal, loopback=loopback):
        raise BadChannelAccount(where, "must be a public server")


def _check_twilio(plan: Plan) -> None:
    sender, service = plan.settings.get("sender"), plan.settings.get("messaging_service_sid")
    if bool(sender) == bool(service):
        problem = "must be there, or else messaging_service_sid"
        raise BadChannelAccount(_at(plan, "sender"), problem)
    if sender and not (is_number(sender) or _WORD.fullmatch(sender)):
        raise BadChannelAccount(_at(plan, "sender"), "must be a number in E.164 or a short word")


def is_number(text: str) -> bool:
    """Whether that is a phone number as E.164 writes it, of a plan that there is."""
    try:
        found = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return False
    written = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    return bool(phonenumbers.is_possible_number(found)) and written == text


def _check_smtp(plan: Plan, *, loopback: bool) -> None:
    host, password = str(plan.settings["host"]), plan.credentials.get("password")
    if not _HOST.fullmatch(host):
        raise BadChannelAccount(_at(plan, "host"), "must be the name of a server")
    _check_public(host, _at(plan, "host"), loopback=loopback)
    if bool(plan.settings.get("username")) != bool(password):
        raise BadChannelAccount(_at(plan, "password"), "must be there with username, and only then")
    if password and plan.settings.get("security") == "opportunistic":
        raise BadChannelAccount(_at(plan, "security"), "must be another one with a password")


def _check_firebase(plan: Plan, *, loopback: bool) -> None:
    where = _at(plan, "service_account_key")
    try:
        key = json.loads(plan.credentials["service_account_key"])
        texts = [key[name] for name in ("client_email", "private_key", "token_uri")]
    except (ValueError, KeyError, TypeError):
        texts = [None]
    if not all(isinstance(text, str) and text for text in texts):
        raise BadChannelAccount(where, "must be the JSON of the key of a service account")
    uri = texts[2]
    check_address(uri, where, loopback=loopback)
    host = urllib.parse.urlsplit(uri).hostname or ""
    literal = literal_address(host)
    if not TOKEN_HOST.fullmatch(host) and not (loopback and literal and literal.is_loopback):
        raise BadChannelAccount(where, "must have a token_uri of googleapis.com")


def _essence(plan: Plan) -> tuple[Any, Any]:
    return dict(plan.settings), dict(plan.credentials)


def _at(plan: Plan, key: str) -> str:
    return f"channel_account.{plan.provider.value}.{key}"
