"""Speaks OpenID Connect with issuers, whose addresses strangers choose.

So every address is looked up first, must lead into the internet and not into our network, and
is then connected to as it was looked up: a name that means something else a moment later is of
no use. Nothing is followed elsewhere, nothing long is read, nobody is waited for.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ipaddress
import json
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import jwt

from services.auth.accounts.domain import normal
from services.auth.sso.domain import Claim, Flow, IssuerAway, Provider, SignOnRefused

CONFIGURATION = "/.well-known/openid-configuration"
SCOPE = "openid email profile"
SECONDS, MOST = 5.0, 256 * 1024
# How long what an issuer publishes is believed, in seconds; and how soon keys are asked for anew.
BELIEVED, SOONEST, REMEMBERED = 600.0, 10.0, 1000
LEEWAY = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]


@dataclass(frozen=True)
class Endpoints:
    authorization: str
    token: str
    keys: str


@dataclass
class Issuers:
    """`local` lets issuers be on this machine too, without TLS, for tests and development."""

    http: httpx.AsyncClient
    now: Callable[[], datetime]
    local: bool = False
    _known: dict[str, tuple[float, Any]] = field(default_factory=dict)

    async def page(self, provider: Provider, flow: Flow) -> str:
        """Where to send the browser."""
        endpoints = await self._endpoints(provider.issuer)
        challenge = hashlib.sha256(flow.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": flow.redirect_uri,
            "scope": SCOPE,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        joint = "&" if urllib.parse.urlsplit(endpoints.authorization).query else "?"
        return f"{endpoints.authorization}{joint}{urllib.parse.urlencode(query)}"

    async def claim(self, provider: Provider, flow: Flow, code: str, secret: str) -> Claim:
        """What the issuer says of who signed on. Raises SignOnRefused, IssuerAway."""
        endpoints = await self._endpoints(provider.issuer)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow.redirect_uri,
            "code_verifier": flow.verifier,
            "client_id": provider.client_id,
        }
        if secret:
            form["client_secret"] = secret
        status, said = await self._ask(provider.issuer, "POST", endpoints.token, form)
        token = said.get("id_token") if isinstance(said, dict) else None
        if status >= 400 or not isinstance(token, str):
            raise SignOnRefused("the issuer does not take the code")
        return _claim(await self._verified(provider, endpoints, token), flow)

    async def _verified(self, provider: Provider, endpoints: Endpoints, token: str) -> Any:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(provider.issuer, endpoints.keys, header)
            options: Any = {
                "require": ["iss", "aud", "sub", "exp", "iat", "nonce"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            }
            claims = jwt.decode(
                token,
                key,
                ALGORITHMS,
                options=options,
                audience=provider.client_id,
                issuer=provider.issuer,
            )
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            raise SignOnRefused("the issuer's token proves nothing") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        party = claims.get("azp", provider.client_id if not several else None)
        if party != provider.client_id:
            raise SignOnRefused("the issuer's token is for somebody else")
        end = claims["exp"]
        if not isinstance(end, (int, float)) or self.now().timestamp() - LEEWAY >= end:
            raise SignOnRefused("the issuer's token has expired")
        return claims

    async def _key(self, issuer: str, address: str, header: Any) -> Any:
        """The key that a token names, asked for anew once if it is not known."""
        if header.get("alg") not in ALGORITHMS:
            raise ValueError(header)
        for oldest in (BELIEVED, SOONEST):
            said = await self._published(issuer, address, oldest)
            keys = jwt.PyJWKSet.from_dict(said).keys
            fitting = [key for key in keys if key.key_id == header.get("kid")]
            if len(fitting) == 1 or (header.get("kid") is None and len(keys) == 1):
                return (fitting or keys)[0].key
        raise KeyError(header.get("kid"))

    async def _endpoints(self, issuer: str) -> Endpoints:
        said = await self._published(issuer, issuer.rstrip("/") + CONFIGURATION, BELIEVED)
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        found: list[Any] = [said.get(name) for name in names] if isinstance(said, dict) else []
        if not found or not all(isinstance(one, str) for one in found):
            raise IssuerAway(issuer, "has no configuration of OpenID Connect")
        if said.get("issuer") != issuer:
            raise IssuerAway(issuer, "says that it is another issuer")
        self._need_web(issuer, found[0])
        return Endpoints(*found)

    async def _published(self, issuer: str, address: str, oldest: float) -> Any:
        at, said = self._known.get(address, (float("-inf"), None))
        if time.monotonic() - at < oldest:
            return said
        status, said = await self._ask(issuer, "GET", address)
        if status != 200:
            raise IssuerAway(issuer, f"answers {status}")
        self._known.pop(address, None)
        while len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[address] = (time.monotonic(), said)
        return said

    async def _ask(
        self, issuer: str, method: str, address: str, form: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """The status and the JSON of an answer. Raises IssuerAway."""
        try:
            async with asyncio.timeout(SECONDS):
                request = self._request(method, address, await self._found(issuer, address), form)
                response = await self.http.send(request, stream=True)
                try:
                    return response.status_code, await _json(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, OSError, TimeoutError, ValueError):
            raise IssuerAway(issuer, "does not answer as an issuer does") from None

    def _request(
        self, method: str, address: str, ip: str, form: dict[str, str] | None
    ) -> httpx.Request:
        """A request to that very address, which still says whom it is for."""
        url = httpx.URL(address)
        return self.http.build_request(
            method,
            url.copy_with(host=ip),
            data=form,
            headers={"host": url.netloc.decode(), "accept": "application/json"},
            extensions={"sni_hostname": url.host},
        )

    async def _found(self, issuer: str, address: str) -> str:
        """An internet address of a host, all of whose addresses are of the internet."""
        parts = self._need_web(issuer, address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        found = [entry[4][0] for entry in await loop.getaddrinfo(parts.hostname, port)]
        if not found or not all(self._is_outside(str(one)) for one in found):
            raise IssuerAway(issuer, "is not in the internet")
        return str(found[0])

    def _need_web(self, issuer: str, address: str) -> urllib.parse.SplitResult:
        parts = urllib.parse.urlsplit(address)
        if not parts.hostname or parts.scheme not in ("https", "http" if self.local else "https"):
            raise IssuerAway(issuer, "names an address without TLS")
        return parts

    def _is_outside(self, text: str) -> bool:
        ip = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(ip, "ipv4_mapped", None) or ip
        return bool(mapped.is_global and not mapped.is_multicast) or (
            self.local and mapped.is_loopback
        )


async def _json(response: httpx.Response) -> Any:
    """Raises ValueError for what is long, or no JSON."""
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > MOST:
            raise ValueError("too long")
    return json.loads(body)


def _claim(claims: Any, flow: Flow) -> Claim:
    if claims["nonce"] != flow.nonce:
        raise SignOnRefused("the issuer's token is of another time")
    subject, email = claims["sub"], claims.get("email")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise SignOnRefused("the issuer does not say who it is")
    email = normal(email) if isinstance(email, str) and len(email) <= 254 else ""
    name = claims.get("name")
    called = name[:100] if isinstance(name, str) and name.strip() else email.partition("@")[0]
    return Claim(subject, email, claims.get("email_verified") is True, called or "Somebody")
