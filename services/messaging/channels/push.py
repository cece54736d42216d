"""Notifications: of apps by Firebase Cloud Messaging, of browsers by web push.

An address is `fcm:` and the registration token of an app, or `webpush:` and what a browser said of
its subscription, as JSON. The title of a notification is the subject of the message.
"""

from __future__ import annotations

import json
import os
import time
import urllib.parse
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.kit import links
from services.kit.clock import now
from services.messaging.accounts.domain import Account
from services.messaging.channels.limits import Limiter
from services.messaging.channels.provider import Claim
from services.messaging.channels.sms import by_status, handed, pause, slowed
from services.messaging.channels.web import Answer, NoAnswer, NotSent, Web
from services.messaging.devices.domain import FCM, WEB_PUSH
from services.messaging.dispatch.domain import Deferred, Outcome, Refused, Taken, Unknown
from services.messaging.messages.domain import Failure, Letter

UNSAID = "nobody can be asked what became of it"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GONE = Refused("the app is no longer there", Failure.NO_ADDRESS)
# What fits into a notification; both services take 4096 bytes, of which some are ours.
BODY = 1000
KEPT_SECONDS = 24 * 3600
TOO_FAST = "the project may not send that fast"


@dataclass
class Tokens:
    """What Google lets a service account in with, until it expires. Shared by a process."""

    _known: dict[str, tuple[float, str]] = field(default_factory=dict)

    async def token(self, web: Web, key: dict[str, str]) -> str:
        """Raises NotSent: nothing was sent to anybody with it yet."""
        known = self._known.get(key["private_key"])
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        said = await self._grant(web, key)
        token, seconds = said.get("access_token"), said.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int):
            raise NotSent("Google does not take the key of the service account")
        self._known[key["private_key"]] = (time.monotonic() + seconds - 60, token)
        return token

    async def _grant(self, web: Web, key: dict[str, str]) -> Any:
        at = int(time.time())
        claims = {"iss": key["client_email"], "scope": SCOPE, "aud": key["token_uri"]}
        times = {"iat": at, "exp": at + 3600}
        try:
            assertion = jwt.encode(claims | times, key["private_key"], "RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise NotSent("the key of the service account cannot be read") from None
        form = urllib.parse.urlencode({"grant_type": GRANT, "assertion": assertion}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        try:
            answer = await web.send("POST", key["token_uri"], headers, form)
        except NoAnswer as error:
            raise NotSent(f"Google {error}") from None
        return answer.said


@dataclass(frozen=True)
class Firebase:
    account: Account
    web: Web
    limiter: Limiter = field(repr=False)
    tokens: Tokens = field(repr=False)
    api: str = "https://fcm.googleapis.com"

    @property
    def name(self) -> str:
        return f"firebase:{self.account.name.id}"

    def takes(self, address: str) -> bool:
        return address.startswith(FCM)

    async def send(self, letter: Letter, claim: Claim) -> Outcome:
        if not letter.address.startswith(FCM):
            return Refused("it is no app", Failure.NO_ADDRESS)
        wait = await slowed(self.account, self.limiter)
        if wait:
            return Deferred(TOO_FAST, wait)
        try:
            headers = await self._headers()
        except NotSent as error:
            return Deferred(str(error))
        body = json.dumps({"message": firebase_message(letter)}, ensure_ascii=False).encode()
        await claim()
        uri = f"{self._project}/messages:send"
        return await handed(self.web.send("POST", uri, headers, body), firebase_outcome)

    async def find(self, letter: Letter) -> Outcome:
        return Unknown(UNSAID)

    async def check(self) -> str:
        """Validates a message to nobody, which sends nothing."""
        nobody = {"validate_only": True, "message": {"topic": "turnout"}}
        try:
            headers = await self._headers()
            uri, data = f"{self._project}/messages:send", json.dumps(nobody).encode()
            answer = await self.web.send("POST", uri, headers, data)
        except (NotSent, NoAnswer) as error:
            return str(error)
        if answer.good:
            return ""
        return firebase_problem(answer) or f"Firebase answered with status {answer.status}"

    @property
    def _project(self) -> str:
        return f"{self.api}/v1/projects/{self.account.plan.settings['project_id']}"

    async def _headers(self) -> dict[str, str]:
        key = json.loads(self.account.plan.credentials["service_account_key"])
        token = await self.tokens.token(self.web, key)
        return {"authorization": f"Bearer {token}", "content-type": "application/json"}


def firebase_message(letter: Letter) -> dict[str, Any]:
    return {
        "token": letter.address.removeprefix(FCM),
        "notification": {"title": letter.text.subject, "body": letter.text.body.strip()[:BODY]},
        "data": {"message": str(letter.name.id)} | _opens(letter),
        # One that is shown already is replaced and not shown twice.
        "android": {"collapse_key": str(letter.name.id), "priority": "high"},
        "apns": {"headers": {"apns-collapse-id": str(letter.name.id)}},
    }


def _opens(letter: Letter) -> dict[str, str]:
    """What the app opens when the notification is touched."""
    return {"link": letter.links[0].uri} if letter.links else {}


def firebase_outcome(answer: Answer) -> Outcome:
    if answer.good:
        name = answer.said.get("name")
        return Taken(name) if isinstance(name, str) and name else Unknown("Firebase gave no name")
    code, reason = firebase_code(answer), firebase_problem(answer)
    if code == "UNREGISTERED":
        return GONE
    if code in ("QUOTA_EXCEEDED", "UNAVAILABLE"):
        return Deferred(reason, pause(answer))
    if code == "INVALID_ARGUMENT":
        return Refused(reason, Failure.REJECTED_CONTENT)
    if code in ("SENDER_ID_MISMATCH", "THIRD_PARTY_AUTH_ERROR"):
        return Refused(reason, Failure.ACCOUNT)
    return by_status(answer, "Firebase")


def firebase_code(answer: Answer) -> str:
    """The code of FCM where there is one, else the status of Google's errors."""
    error = answer.said.get("error")
    if not isinstance(error, dict):
        return ""
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and isinstance(detail.get("errorCode"), str):
            return str(detail["errorCode"])
    return str(error.get("status") or "")


def firebase_problem(answer: Answer) -> str:
    error = answer.said.get("error")
    words = error.get("message") if isinstance(error, dict) else None
    return f"{firebase_code(answer)}: {words}"[:500] if words else ""


# --- browsers


@dataclass(frozen=True)
class Subscription:
    """What a browser says of where it is notified (PushSubscription.toJSON)."""

    endpoint: str
    # Its public key and its secret, in base64url.
    p256dh: str
    auth: str


def subscription(address: str) -> Subscription | None:
    """Reads an address of web push; None of what is none."""
    try:
        said = json.loads(address.removeprefix(WEB_PUSH))
        keys = said["keys"]
        found = Subscription(said["endpoint"], keys["p256dh"], keys["auth"])
    except (ValueError, KeyError, TypeError):
        return None
    texts = (found.endpoint, found.p256dh, found.auth)
    return found if all(isinstance(text, str) for text in texts) else None


@dataclass(frozen=True)
class WebPush:
    account: Account
    web: Web
    limiter: Limiter = field(repr=False)

    @property
    def name(self) -> str:
        return f"web_push:{self.account.name.id}"

    def takes(self, address: str) -> bool:
        return address.startswith(WEB_PUSH)

    async def send(self, letter: Letter, claim: Claim) -> Outcome:
        to = subscription(letter.address) if letter.address.startswith(WEB_PUSH) else None
        text = {"title": letter.text.subject, "body": letter.text.body.strip()[:BODY]}
        more = {"message": str(letter.name.id), **_opens(letter)}
        said = json.dumps({**text, **more}, ensure_ascii=False).encode()
        try:
            body = encrypted(said, to.p256dh, to.auth) if to is not None else None
        except ValueError:
            body = None
        if to is None or body is None:
            return Refused("it is no subscription of a browser", Failure.NO_ADDRESS)
        wait = await slowed(self.account, self.limiter)
        if wait:
            return Deferred(TOO_FAST, wait)
        headers = {
            "authorization": self._vapid(to.endpoint),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(KEPT_SECONDS),
            "urgency": "high",
            # One that waits for the browser is replaced and not shown twice.
            "topic": links.encode(letter.name.id.bytes),
        }
        await claim()
        return await handed(self.web.send("POST", to.endpoint, headers, body), web_push_outcome)

    async def find(self, letter: Letter) -> Outcome:
        return Unknown(UNSAID)

    async def check(self) -> str:
        """There is nobody to ask: the key is our own."""
        return ""

    def _vapid(self, endpoint: str) -> str:
        plan, parts = self.account.plan, urllib.parse.urlsplit(endpoint)
        until = now() + timedelta(hours=12)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(until.timestamp()),
            "sub": plan.settings["subject"],
        }
        token = jwt.encode(claims, plan.credentials["private_key"], "ES256")
        return f"vapid t={token}, k={plan.settings['public_key']}"


def web_push_outcome(answer: Answer) -> Outcome:
    if answer.good:
        # RFC 8030: the address of the message at the push service.
        return Taken(answer.headers.get("location", "")[:500])
    if answer.status in (404, 410):
        return GONE
    if answer.status in (400, 413):
        reason = f"the push service answered with status {answer.status}"
        return Refused(reason, Failure.REJECTED_CONTENT)
    return by_status(answer, "the push service")


RECORD = 4096


def encrypted(
    said: bytes,
    p256dh: str,
    auth: str,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """A message that one browser alone can read (RFC 8291). ValueError for keys that are none.

    `key` and `salt` are drawn unless given.
    """
    public, secret = _decoded(p256dh), _decoded(auth)
    if len(secret) != 16:
        raise ValueError("the secret of a subscription has 16 bytes")
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    key = key or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    ours = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    shared = key.exchange(ec.ECDH(), theirs)
    material = _derived(shared, secret, b"WebPush: info\0" + public + ours, 32)
    content = _derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(material, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(content).encrypt(nonce, said + b"\x02", None)
    return salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours + sealed


def _derived(material: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, salt=salt, info=info).derive(material)


def _decoded(text: str) -> bytes:
    found = links.decode(text.rstrip("="))
    if found is None:
        raise ValueError("it is no base64url")
    return found
