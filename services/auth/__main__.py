"""Wires auth together: `python -m services.auth serve | work | run | migrate | rotate`."""

from __future__ import annotations

import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import httpx

from services.auth import work
from services.auth.accounts.servicer import AuthServicer
from services.auth.administrators.servicer import AdministratorServicer
from services.auth.api_keys.resolving import resolver
from services.auth.api_keys.servicer import ApiKeyServicer
from services.auth.audit.servicer import AuditServicer
from services.auth.codes.servicer import CodeServicer
from services.auth.config import Config
from services.auth.door import Door
from services.auth.factors.actions import Factors
from services.auth.factors.servicer import SecondFactorServicer
from services.auth.invitations.servicer import InvitationServicer
from services.auth.letters.actions import Post
from services.auth.organizations import actions
from services.auth.organizations.servicer import OrganizationServicer
from services.auth.passwords import Hasher
from services.auth.signer import Signer
from services.auth.sso.issuer import Issuers
from services.auth.sso.servicer import IdentityProviderServicer, SignOn
from services.auth.verification.servicer import TokenServicer
from services.kit.access import Ask
from services.kit.identity import Fetch, Identity, Keys
from services.kit.names import Name
from services.kit.secrets import derive
from services.kit.server import Parts, Service, Servicers, main
from services.kit.tenant import within
from turnout.auth.v1 import (
    administrator_pb2_grpc,
    api_key_pb2_grpc,
    audit_pb2_grpc,
    auth_pb2_grpc,
    code_pb2_grpc,
    factor_pb2_grpc,
    identity_provider_pb2_grpc,
    invitation_pb2_grpc,
    organization_pb2_grpc,
    token_pb2_grpc,
)


@dataclass(frozen=True)
class State:
    hasher: Hasher
    signer: Signer
    door: Door


def state(parts: Parts[Config, Any]) -> State:
    config, secret = parts.config, parts.settings.secret
    hasher = Hasher(
        derive(secret, "pepper"),
        config.bcrypt_cost,
        threads=config.hash_threads,
        queue=config.hash_queue,
    )
    signer = Signer(parts.db, derive(secret, "signing keys"), parts.now)
    door = Door(
        parts.db,
        hasher,
        signer,
        parts.throttle,
        config.limits,
        Post(derive(secret, "letters")),
        Factors(derive(secret, "second factors")),
        parts.now,
    )
    return State(hasher, signer, door)


def servicers(parts: Parts[Config, State]) -> Servicers:
    accounts = AuthServicer(parts.state.door, parts.pages_key)
    organizations = OrganizationServicer(parts.db, parts.pages_key, parts.now)
    api_keys = ApiKeyServicer(parts.db, parts.pages_key, parts.now)
    audit = AuditServicer(parts.db, parts.pages_key)
    tokens = TokenServicer(parts.db, identity(parts), parts.now)
    invitations = InvitationServicer(parts.db, parts.links_key, parts.pages_key, parts.now)
    codes = CodeServicer(parts.state.door)
    administrators = AdministratorServicer(
        parts.state.door, parts.config.bootstrap_secret, parts.pages_key
    )
    factors = SecondFactorServicer(parts.state.door)
    return [
        (factor_pb2_grpc.add_SecondFactorServiceServicer_to_server, factors),
        (administrator_pb2_grpc.add_AdministratorServiceServicer_to_server, administrators),
        (code_pb2_grpc.add_CodeServiceServicer_to_server, codes),
        (auth_pb2_grpc.add_AuthServiceServicer_to_server, accounts),
        (organization_pb2_grpc.add_OrganizationServiceServicer_to_server, organizations),
        (token_pb2_grpc.add_TokenServiceServicer_to_server, tokens),
        (api_key_pb2_grpc.add_ApiKeyServiceServicer_to_server, api_keys),
        (audit_pb2_grpc.add_AuditServiceServicer_to_server, audit),
        (
            identity_provider_pb2_grpc.add_IdentityProviderServiceServicer_to_server,
            IdentityProviderServicer(parts.db, sign_on(parts), parts.pages_key, parts.now),
        ),
        (invitation_pb2_grpc.add_InvitationServiceServicer_to_server, invitations),
    ]


def sign_on(parts: Parts[Config, State]) -> SignOn:
    """Connections to strangers are not kept."""
    once_each = httpx.Limits(max_connections=50, max_keepalive_connections=0)
    client = httpx.AsyncClient(limits=once_each, trust_env=False, follow_redirects=False)
    return SignOn(
        door=parts.state.door,
        issuers=Issuers(client, parts.now, parts.config.local_issuers),
        secrets_key=derive(parts.settings.secret, "client secrets"),
        flows_key=derive(parts.settings.secret, "sign-on flows"),
        console=f"{parts.settings.edge_url}/console/",
    )


def identity(parts: Parts[Config, State]) -> Identity:
    """What takes access tokens for what they say; whether they still hold is for us to look up."""
    nothing = b""
    return Identity(Keys(parts.state.signer.jwks), nothing, nothing, parts.now)


def background(parts: Parts[Config, State]) -> list[Coroutine[Any, Any, object]]:
    return [parts.state.signer.prepare()]


def keys(parts: Parts[Config, State]) -> Fetch:
    return parts.state.signer.jwks


async def rotate(parts: Parts[Config, State]) -> str:
    """What an operator does when a key may have been seen: the next one signs in minutes."""
    begins = await parts.state.signer.rotate(at_once=True)
    return f"another key signs from {begins.isoformat()} on" if begins else "the first key signs"


def ask(parts: Parts[Config, State]) -> Ask:
    """What a user is, from the table that everybody else's is a copy of."""

    async def read(organization: uuid.UUID, user: uuid.UUID) -> int:
        with within(organization):
            return await parts.db.read(actions.role, Name(organization, user))

    return read


SERVICE = Service(
    name="auth",
    config=Config.from_env,
    state=state,
    servicers=servicers,
    steps=work.STEPS,
    errands=lambda parts: work.errands(parts.state.door.post, parts.mesh, parts.now),
    every=lambda parts: work.every(parts.state.signer),
    verbs={"rotate": rotate},
    background=background,
    keys=keys,
    ask=ask,
    resolve=lambda parts: resolver(parts.db, parts.now),
)

if __name__ == "__main__":
    main(SERVICE)
