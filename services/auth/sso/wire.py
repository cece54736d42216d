"""Identity providers on the wire: messages to values and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.auth.organizations.domain import Role, one_line
from services.auth.organizations.wire import ROLE_OF, ROLES
from services.auth.sso import domain
from services.auth.sso.domain import PROVIDERS, BadProvider, Flow, Provider, SignOnRefused
from services.kit import links, masks
from services.kit.etags import etag
from services.kit.names import Name
from services.kit.secrets import Unreadable, open, seal
from services.kit.wire import timestamp
from turnout.auth.v1 import identity_provider_pb2

AT = "identity_provider"
PATCHABLE = frozenset(
    ("display_name", "client_id", "client_secret", "domains", "provision_role", "redirect_uris")
)
FLOW = "sign-on"


def new_provider(
    request: identity_provider_pb2.CreateIdentityProviderRequest,
    name: Name,
    *,
    key: bytes,
    local: bool,
    now: datetime,
) -> Provider:
    """Raises BadProvider."""
    sent = request.identity_provider
    made = Provider(
        name=name,
        display_name="",
        issuer=sent.issuer,
        client_id="",
        client_secret=b"",
        domains=(),
        provision_role=None,
        redirect_uris=(),
        create_time=now,
    )
    return _with(made, sent, _sealed(sent.client_secret, name, key), local=local)


def revision(
    request: identity_provider_pb2.UpdateIdentityProviderRequest, *, key: bytes, local: bool
) -> Callable[[Provider], Provider]:
    """What makes of a provider the one that is asked for. It raises BadProvider."""
    sent = request.identity_provider
    changes = masks.paths(request.update_mask, sent, PATCHABLE)

    def revise(current: Provider) -> Provider:
        wanted = masks.merged(provider(current), sent, changes)
        if "client_secret" in changes:
            secret = _sealed(sent.client_secret, current.name, key)
        else:
            secret = current.client_secret
        return _with(current, wanted, secret, local=local)

    return revise


def _sealed(secret: str, name: Name, key: bytes) -> bytes:
    return seal(key, secret.encode(), PROVIDERS.format(name))


def _with(
    current: Provider, sent: identity_provider_pb2.IdentityProvider, secret: bytes, *, local: bool
) -> Provider:
    domain.need_address(sent.issuer, f"{AT}.issuer", local=local)
    for number, text in enumerate(sent.domains):
        domain.need_domain(text, f"{AT}.domains[{number}]")
    for number, text in enumerate(sent.redirect_uris):
        domain.need_address(text, f"{AT}.redirect_uris[{number}]", local=local)
    role = ROLE_OF.get(sent.provision_role)
    if role is Role.OWNER:
        raise BadProvider(f"{AT}.provision_role", "must not be that of an owner")
    return replace(
        current,
        display_name=one_line(sent.display_name),
        client_id=sent.client_id,
        client_secret=secret,
        domains=tuple(sent.domains),
        provision_role=role,
        redirect_uris=tuple(sent.redirect_uris),
    )


def secret_of(provider: Provider, key: bytes) -> str:
    return open(key, provider.client_secret, PROVIDERS.format(provider.name)).decode()


def provider(value: Provider) -> identity_provider_pb2.IdentityProvider:
    return identity_provider_pb2.IdentityProvider(
        name=PROVIDERS.format(value.name),
        display_name=value.display_name,
        issuer=value.issuer,
        client_id=value.client_id,
        domains=value.domains,
        provision_role=ROLES[value.provision_role] if value.provision_role else None,
        redirect_uris=value.redirect_uris,
        create_time=timestamp(value.create_time),
        etag=etag(value.version),
    )


def flow_token(flow: Flow, key: bytes) -> str:
    """What only we can read, so that we need not keep it."""
    said = {
        "provider": PROVIDERS.format(flow.provider),
        "state": flow.state,
        "nonce": flow.nonce,
        "verifier": flow.verifier,
        "redirect_uri": flow.redirect_uri,
        "expire_time": flow.expire_time.timestamp(),
    }
    return links.encode(seal(key, json.dumps(said).encode(), FLOW))


def flow(token: str, state: str, key: bytes, now: datetime) -> Flow:
    """Raises SignOnRefused for what we did not begin, or not with this state, or not lately."""
    try:
        said: Any = json.loads(open(key, links.decode(token) or b"", FLOW))
    except Unreadable:
        raise SignOnRefused("it did not begin here") from None
    if said["state"] != state:
        raise SignOnRefused("it did not begin in this browser")
    expire_time = datetime.fromtimestamp(said.pop("expire_time"), UTC)
    if now >= expire_time:
        raise SignOnRefused("it took too long; begin again")
    name = PROVIDERS.parse(said.pop("provider"))
    return Flow(provider=name, expire_time=expire_time, **said)
