"""Who calls, as `authorization` proves it: an access token, an API key, a link, or a service's own.

Knows what a credential says and not what its bearer may do; that is `access`.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
import json
import math
import time
import uuid
from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt

from services.kit import errors, links, log, names
from services.kit.api_keys import PREFIX, ApiKeys, digest, is_whole, mark, nobodys
from services.kit.caller import ANONYMOUS, SYSTEM, Caller, Kind
from turnout.access.v1 import access_pb2

ISSUER, AUDIENCE, TYPE, ALGORITHM = "https://turnout.app", "turnout", "at+jwt", "ES256"
CLAIMS = ("iss", "aud", "sub", "exp", "iat", "jti")
LONGEST = 8192

# The purpose of the links that one can call with.
PARTICIPANT = "participant"

# Clocks of different machines do not agree better than this, in seconds.
NO_PERMISSIONS: frozenset[int] = frozenset()
LEEWAY = 5

# Verified tokens that are remembered; the oldest is forgotten first.
REMEMBERED = 10_000

# The keys are asked for again at most once in a second, and at least every ten minutes, so
# that a key that was withdrawn is not trusted for long.
SOONEST, OLDEST = 1.0, 600.0

# How long a service's own token is good for, in seconds.
SERVICE_TOKEN = 300

Fetch = Callable[[], Awaitable[bytes]]


class TokenMissing(errors.Unauthenticated):
    message = "this needs `authorization: Bearer` with an access token, or `Link` with a link"


class TokenInvalid(errors.Unauthenticated):
    message = "the credential {problem}"
    problem: str


class TokenExpired(errors.Unauthenticated):
    message = "the token was good until {expire_time}; get another one"
    expire_time: str


class TokenRevoked(errors.Unauthenticated):
    message = "the token was ended before its time; log in again, or use another key"


class KeysAway(errors.Unreachable):
    message = "the keys to verify tokens with cannot be had; try again"


@dataclass
class Keys:
    """The public keys that access tokens are verified with, as `fetch` gives them (a JWKS)."""

    fetch: Fetch
    found: dict[str, Any] = field(default_factory=dict)
    fetched: float = -math.inf
    tried: float = -math.inf
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, kid: str) -> Any:
        """The key of that id, or None. Raises KeysAway when nobody can tell."""
        if kid not in self.found or time.monotonic() - self.fetched > OLDEST:
            await self._refresh(kid)
        return self.found.get(kid)

    async def _refresh(self, kid: str) -> None:
        before = self.fetched
        async with self.lock:
            if self.fetched == before and time.monotonic() - self.tried >= SOONEST:
                await self._fetch()
        if kid not in self.found and self.fetched < self.tried:
            raise KeysAway()

    async def _fetch(self) -> None:
        self.tried = time.monotonic()
        try:
            self.found = parse_keys(await self.fetch())
        except Exception as error:  # noqa: BLE001 - whatever it is, there are no newer keys
            log.logger.warning("there are no keys", error=repr(error))
        else:
            self.fetched = time.monotonic()


def parse_keys(jwks: bytes) -> dict[str, Any]:
    """The keys of a JSON Web Key Set that can verify our tokens, by their ids."""
    found = {}
    for entry in json.loads(jwks)["keys"]:
        if (entry.get("kty"), entry.get("crv")) == ("EC", "P-256") and entry.get("kid"):
            found[str(entry["kid"])] = jwt.PyJWK(entry, ALGORITHM).key
    return found


@dataclass
class Identity:
    """Makes callers of credentials."""

    keys: Keys
    links_key: bytes
    # What tokens of services are signed with; None where certificates say who they are.
    mesh_key: bytes | None
    now: Callable[[], datetime]
    # The sessions whose tokens are refused, however good they look; and so the secrets of keys.
    revoked: Container[uuid.UUID] = frozenset()
    api_keys: ApiKeys = field(default_factory=lambda: ApiKeys(nobodys))
    # By the hash of the token: until when, and who.
    verified: dict[bytes, tuple[float, Caller]] = field(default_factory=dict)

    async def caller(self, authorization: str | None) -> Caller:
        """Who that is; `ANONYMOUS` if nothing was sent.

        Raises TokenInvalid, TokenExpired, TokenRevoked, LinkInvalid, LinkExpired, KeysAway,
        and what asking for an API key raises.
        """
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if len(token) > LONGEST:
            raise TokenInvalid(f"is longer than {LONGEST} characters")
        match scheme.lower():
            case "bearer" if token.startswith(PREFIX):
                return await self._key(token.strip())
            case "bearer":
                return await self._user(token.strip())
            case "link":
                return self._guest(token.strip())
            case "service":
                return self._service(token.strip())
        raise TokenInvalid("must be `Bearer` with a token, or `Link` with a link")

    async def _user(self, token: str) -> Caller:
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self.verified.get(digest)
        if known is None:
            known = await self._verify(token)
            if len(self.verified) >= REMEMBERED:
                del self.verified[next(iter(self.verified))]
            self.verified[digest] = known
        expires, who = known
        if self.now().timestamp() >= expires:
            self.verified.pop(digest, None)
            raise TokenExpired(datetime.fromtimestamp(expires, UTC).isoformat())
        if who.session in self.revoked:
            raise TokenRevoked()
        return who

    async def _key(self, token: str) -> Caller:
        if not is_whole(token):
            raise TokenInvalid("is no API key, or was not copied whole")
        secret = digest(token)
        if mark(secret) in self.revoked:
            raise TokenRevoked()
        found = await self.api_keys.get(secret)
        if found is None:
            raise TokenInvalid("is no API key that is good")
        if self.now() >= found.expire_time:
            raise TokenExpired(found.expire_time.isoformat())
        return found.caller

    async def _verify(self, token: str) -> tuple[float, Caller]:
        key = await self.keys.get(_key_id(token.partition(".")[0]))
        if key is None:
            raise TokenInvalid("was signed with a key we do not know")
        claims = _claims(token, key)
        if self.now().timestamp() + LEEWAY < claims.get("nbf", claims["iat"]):
            raise TokenInvalid("is not good yet")
        try:
            names.USERS.parse(claims["sub"])
        except names.BadName:
            raise TokenInvalid("does not say which user it is for") from None
        who = Caller(
            claims["sub"],
            Kind.USER,
            session=_session(claims.get("sid")),
            platform=_platform(claims.get("permissions")),
            second_factor=_second(claims.get("amr")),
        )
        return float(claims["exp"]), who

    def _guest(self, token: str) -> Caller:
        link = links.verify(self.links_key, token, self.now())
        if link.purpose != PARTICIPANT:
            raise TokenInvalid("is a link for something else")
        return Caller(link.subject, Kind.GUEST, link.organization)

    def _service(self, token: str) -> Caller:
        if self.mesh_key is None:
            raise TokenInvalid("is not taken, for services show certificates here")
        name, _, rest = token.partition(".")
        until, _, signature = rest.partition(".")
        given = links.decode(signature) or b""
        if not hmac.compare_digest(links.mac(self.mesh_key, f"{name}.{until}".encode()), given):
            raise TokenInvalid("is not of a service of this mesh")
        if self.now().timestamp() >= int(until):
            raise TokenExpired(datetime.fromtimestamp(int(until), UTC).isoformat())
        return SYSTEM(name)


def service_token(mesh_key: bytes, name: str, now: datetime) -> str:
    """What a service shows to others: `<name>.<seconds since 1970>.<mac>`."""
    said = f"{name}.{int(now.timestamp()) + SERVICE_TOKEN}"
    return f"{said}.{links.encode(links.mac(mesh_key, said.encode()))}"


def _session(sid: Any) -> uuid.UUID | None:
    if sid is None:
        return None
    try:
        return uuid.UUID(sid)
    except (ValueError, AttributeError, TypeError):
        raise TokenInvalid("does not say which session it is of") from None


def _second(amr: Any) -> bool:
    """Whether more than a password was shown (RFC 8176)."""
    return isinstance(amr, list) and "otp" in amr


def _platform(permissions: Any) -> frozenset[int]:
    """What an administrator may do; words that a newer service made are of no use here."""
    if not isinstance(permissions, list):
        return NO_PERMISSIONS
    known = access_pb2.PlatformPermission
    names = {f"PLATFORM_PERMISSION_{word}" for word in permissions}
    return frozenset(known.Value(name) for name in known.keys()[1:] if name in names)


# Every token of a key begins alike.
@functools.lru_cache(maxsize=64)
def _key_id(head: str) -> str:
    """The id of the key in the first part of a token, if that is what it must be."""
    try:
        header = jwt.get_unverified_header(f"{head}.e30.")
    except (jwt.PyJWTError, ValueError):
        raise TokenInvalid("is not a JSON Web Token") from None
    if header.get("alg") != ALGORITHM:
        raise TokenInvalid(f"must be signed by {ALGORITHM}")
    if str(header.get("typ", "")).lower().removeprefix("application/") != TYPE:
        raise TokenInvalid(f"must be of the type {TYPE}")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise TokenInvalid("does not say which key it was signed with")
    return kid


def _claims(token: str, key: Any) -> dict[str, Any]:
    # Times are for us to compare: PyJWT asks the clock of the machine, and takes text for numbers.
    options: Any = {
        "require": list(CLAIMS),
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
    }
    try:
        claims = jwt.decode(
            token, key, [ALGORITHM], options=options, audience=AUDIENCE, issuer=ISSUER
        )
    except jwt.InvalidSignatureError:
        raise TokenInvalid("was not signed by us") from None
    except jwt.InvalidAudienceError:
        raise TokenInvalid("is for somebody else") from None
    except jwt.InvalidIssuerError:
        raise TokenInvalid("is of another issuer") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise TokenInvalid("lacks a claim, or has one that is malformed") from None
    times = [claims[name] for name in ("exp", "iat", "nbf") if name in claims]
    if not all(isinstance(value, (int, float)) and abs(value) < 1e11 for value in times):
        raise TokenInvalid("has a time that is no number")
    return claims
