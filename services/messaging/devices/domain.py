"""The rules of apps and browsers that show notifications. Plain values in, plain values out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from services.kit import errors, links
from services.kit.names import Collection, Name
from services.messaging.accounts.domain import BadChannelAccount, check_address

DEVICES = Collection("pushDevices", "turnout.app/PushDevice")
# How an address begins that is an app, or a browser.
FCM, WEB_PUSH = "fcm:", "webpush:"
# Of one person with one organization; a new one takes the place of the oldest.
MOST = 10
KEY_SIZE, SECRET_SIZE = 65, 16


@dataclass(frozen=True)
class Device:
    """`address` is what push carriers send to, and good as a key."""

    name: Name
    # The resource name of who registered it.
    person: str
    display_name: str
    address: str = field(repr=False)
    create_time: datetime
    version: int = 1

    @property
    def digest(self) -> bytes:
        """What it is known by without being told."""
        return hashlib.sha256(self.address.encode()).digest()


class PushDeviceNotFound(errors.NotFound):
    message = "there is no {push_device}"
    push_device: str


class BadPushDevice(errors.Invalid):
    """What nothing can be sent to."""


def app(token: str) -> str:
    """The address of an app, by its registration token."""
    if not token.isascii() or not token.isprintable() or " " in token:
        raise BadPushDevice("push_device.fcm_token", "must be a token of Firebase")
    return FCM + token


def browser(endpoint: str, p256dh: str, auth: str, *, loopback: bool) -> str:
    """The address of a browser, by what it says of its subscription."""
    at = "push_device.web_push"
    try:
        check_address(endpoint, f"{at}.endpoint", loopback=loopback)
    except BadChannelAccount as error:
        raise BadPushDevice(error.field, error.problem) from None
    for name, text, size in (("p256dh", p256dh, KEY_SIZE), ("auth", auth, SECRET_SIZE)):
        found = links.decode(text.rstrip("="))
        if found is None or len(found) != size:
            raise BadPushDevice(f"{at}.{name}", f"must be {size} bytes in base64url")
    said = {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}
    return WEB_PUSH + json.dumps(said)
