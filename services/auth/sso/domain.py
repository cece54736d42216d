"""The rules of signing on elsewhere. Plain values in, plain values out: no clock, no chance."""

from __future__ import annotations

import ipaddress
import re
import urllib.parse
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.auth.organizations.domain import Role
from services.kit import errors
from services.kit.names import Collection, Name

PROVIDERS = Collection("identityProviders", "turnout.app/IdentityProvider")

# How long somebody may take to sign on.
PATIENCE = timedelta(minutes=10)
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@dataclass(frozen=True)
class Provider:
    name: Name
    display_name: str
    issuer: str
    client_id: str
    client_secret: bytes = field(repr=False)
    domains: tuple[str, ...]
    # None when nobody gets an account by it.
    provision_role: Role | None
    redirect_uris: tuple[str, ...]
    create_time: datetime
    version: int = 1


@dataclass(frozen=True)
class Flow:
    """What has to be the same at the end of signing on as at its beginning."""

    provider: Name
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    expire_time: datetime


@dataclass(frozen=True)
class Claim:
    """What an issuer says of somebody."""

    subject: str
    email: str
    verified: bool
    display_name: str


class IdentityProviderNotFound(errors.NotFound):
    message = "there is no {provider}"
    provider: str


class IssuerAway(errors.Unreachable):
    message = "{issuer} {problem}"
    issuer: str
    problem: str


class SignOnRefused(errors.Forbidden):
    message = "this does not sign anybody on: {problem}"
    problem: str


class BadProvider(errors.Invalid):
    """What no identity provider can have."""


def need_address(text: str, where: str, *, local: bool) -> None:
    """Refuses what is no address of the web with TLS; without, on this machine, if `local`."""
    parts = urllib.parse.urlsplit(text)
    plain = parts.scheme == "http" and local and is_local(parts.hostname or "")
    if not (parts.scheme == "https" or plain) or not parts.hostname:
        raise BadProvider(where, "must be an address that begins with https://")
    if parts.username or parts.query or parts.fragment:
        raise BadProvider(where, "must have no user, no ? and no #")


def need_domain(text: str, where: str) -> None:
    if not _DOMAIN.fullmatch(text):
        raise BadProvider(where, "must be a domain such as example.org")


def is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def may_be_new(provider: Provider, claim: Claim) -> Role:
    """What somebody without an account becomes. Raises SignOnRefused."""
    need_verified(claim)
    domain = claim.email.rpartition("@")[2]
    if provider.provision_role is None or domain not in provider.domains:
        raise SignOnRefused("the account is not linked; sign in, and link it first")
    return provider.provision_role


def need_verified(claim: Claim) -> None:
    if not claim.verified or not claim.email:
        raise SignOnRefused("the issuer has not verified the e-mail address")


def may_link(claim: Claim, email: str, *, member: bool, linked: uuid.UUID | None) -> None:
    """Refuses to link an account of that address. `linked` is whose the identity is."""
    need_verified(claim)
    if claim.email != email:
        raise SignOnRefused("the issuer has verified another e-mail address than the account has")
    if not member:
        raise SignOnRefused("the account is no member of the organization")
    if linked is not None:
        raise SignOnRefused("the identity is linked to another account")
