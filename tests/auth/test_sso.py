"""Signing on at a real provider of OpenID Connect, and at ones that cheat."""

from __future__ import annotations

import json
import urllib.parse
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from services.auth.accounts.domain import FRESH
from services.auth.sso import domain
from services.auth.sso.issuer import Issuers
from services.kit.names import Name
from services.kit.tenant import within
from tests.auth import test_codes as codes
from tests.auth import test_factors as factors
from tests.auth.world import Person, member
from tests.edge.standin import free_ports
from tests.issuers import consent, needs_provider, running
from tests.serving import invalid, refused
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import auth_pb2, identity_provider_pb2, organization_pb2

pytestmark = pytest.mark.server

P = identity_provider_pb2
REFUSED = (grpc.StatusCode.PERMISSION_DENIED, "SIGN_ON_REFUSED")
NEEDED = (grpc.StatusCode.PERMISSION_DENIED, "SECOND_FACTOR_NEEDED")
AWAY = (grpc.StatusCode.UNAVAILABLE, "ISSUER_AWAY")


@pytest.fixture(scope="module")
async def issuer():
    """The address of a provider in a process of its own."""
    async with running() as address:
        yield address


def somebody(domain="example.org"):
    return f"{uuid.uuid4()}@{domain}"


async def provide(world, by, organization, issuer, **given):
    said = {"display_name": "Login", "issuer": issuer, "client_id": "us", "client_secret": "hush"}
    request = P.CreateIdentityProviderRequest(
        parent=organization, identity_provider=P.IdentityProvider(**said | given)
    )
    return await world.sso.CreateIdentityProvider(request, metadata=by.metadata)


async def begin(world, provider, redirect_uri=""):
    request = P.BeginSignOnRequest(provider=provider.name, redirect_uri=redirect_uri)
    return await world.sso.BeginSignOn(request)


async def finish(world, begun, query, by=None, **changed):
    said = {
        "flow_token": begun.flow_token,
        "authorization_code": query["code"],
        "state": query["state"],
    }
    request = P.FinishSignOnRequest(**said | changed)
    return await world.sso.FinishSignOn(request, metadata=by.metadata if by else None)


async def sign_on(world, issuer, provider, subject, by=None, **claims):
    begun = await begin(world, provider)
    return await finish(
        world, begun, await consent(issuer, begun.authorization_uri, subject, **claims), by
    )


# --- providers


async def test_a_provider_is_kept_and_its_secret_sealed(world, ada, club):
    made = await provide(world, ada, club, "https://login.example.org", domains=["example.org"])

    assert (made.issuer, made.client_id, made.client_secret) == (
        "https://login.example.org",
        "us",
        "",
    )
    found = await world.sso.GetIdentityProvider(
        P.GetIdentityProviderRequest(name=made.name), metadata=ada.metadata
    )
    assert found == made
    listed = await world.sso.ListIdentityProviders(
        P.ListIdentityProvidersRequest(parent=club), metadata=ada.metadata
    )
    assert list(listed.identity_providers) == [made]
    rows = await world.owner.execute("select client_secret from identity_providers")
    assert all(b"hush" not in row.client_secret for row in await rows.fetchall())
    entries = await world.log(club, ada, "action = IDENTITY_PROVIDER_CREATE")
    assert [one.target for one in entries] == [made.name]


async def revise(world, by, made, *mask, etag="", **given):
    request = P.UpdateIdentityProviderRequest(
        identity_provider=P.IdentityProvider(name=made.name, etag=etag, **given),
        update_mask={"paths": mask},
    )
    return await world.sso.UpdateIdentityProvider(request, metadata=by.metadata)


@needs_provider
async def test_a_provider_is_changed_and_people_stay_who_they_are(world, issuer, ada, club):
    made = await provide(
        world, ada, club, issuer, domains=["example.org"], provision_role=access_pb2.ROLE_STAFF
    )
    somewhere, subject = ["https://app.example.org/back"], str(uuid.uuid4())
    claims = {"email": somebody(), "email_verified": True}
    first = await sign_on(world, issuer, made, subject, **claims)

    renamed = await revise(world, ada, made, display_name="Work")
    secret = await revise(world, ada, made, "client_secret", client_secret="other")
    after = await revise(world, ada, made, "domains", "redirect_uris", redirect_uris=somewhere)

    assert (renamed.display_name, renamed.client_id) == ("Work", "us")
    assert len({made.etag, renamed.etag, secret.etag, after.etag}) == 4
    assert (list(after.domains), list(after.redirect_uris)) == ([], somewhere)
    assert (after.display_name, after.issuer, after.client_secret) == ("Work", issuer, "")
    assert after.provision_role == access_pb2.ROLE_STAFF
    assert (await sign_on(world, issuer, after, subject, **claims)).user == first.user
    with refused(*REFUSED):
        await sign_on(world, issuer, after, "new", email=somebody(), email_verified=True)
    entries = await world.log(club, ada, "action = IDENTITY_PROVIDER_UPDATE")
    assert [one.target for one in entries] == [made.name] * 3


async def test_a_provider_is_changed_by_who_saw_it_last_and_never_to_nonsense(world, ada, club):
    made = await provide(world, ada, club, "https://login.example.org")

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await revise(world, ada, made, etag='"7"', display_name="Work")
    with invalid("update_mask"):
        await revise(world, ada, made, "issuer", issuer="https://evil.example.org")
    with invalid("identity_provider.domains[0]"):
        await revise(world, ada, made, domains=["example"])
    with refused(grpc.StatusCode.NOT_FOUND, "IDENTITY_PROVIDER_NOT_FOUND"):
        gone = P.IdentityProvider(name=f"{club}/identityProviders/{uuid.uuid4()}")
        await revise(world, ada, gone, display_name="Work")
    assert await revise(world, ada, made, display_name=made.display_name) == made


async def test_a_provider_is_removed(world, ada, club):
    made = await provide(world, ada, club, "https://login.example.org")

    async def delete(etag=""):
        request = P.DeleteIdentityProviderRequest(name=made.name, etag=etag)
        await world.sso.DeleteIdentityProvider(request, metadata=ada.metadata)

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await delete('"7"')
    await delete()
    with refused(grpc.StatusCode.NOT_FOUND, "IDENTITY_PROVIDER_NOT_FOUND", provider=made.name):
        await delete()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"issuer": "http://login.example.org"}, "issuer"),
        ({"issuer": "ftp://127.0.0.1"}, "issuer"),
        ({"issuer": "https://login.example.org/?x"}, "issuer"),
        ({"domains": ["example"]}, "domains[0]"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris[0]"),
        ({"provision_role": access_pb2.ROLE_OWNER}, "provision_role"),
    ],
)
async def test_what_no_provider_can_have_is_pointed_at(world, ada, club, given, field):
    with invalid(f"identity_provider.{field}"):
        await provide(world, ada, club, **{"issuer": "https://login.example.org"} | given)


async def test_another_organization_sees_none(world, ada, bob, club):
    made = await provide(world, ada, club, "https://login.example.org")
    other = await world.organization(bob)
    grafted = f"{other}/identityProviders/{made.name.rpartition('/')[2]}"

    with refused(grpc.StatusCode.NOT_FOUND, "IDENTITY_PROVIDER_NOT_FOUND"):
        await world.sso.GetIdentityProvider(
            P.GetIdentityProviderRequest(name=grafted), metadata=bob.metadata
        )

    async def look(tx):
        rows = await tx.connection.execute("select from identity_providers")
        return await rows.fetchall()

    with within(uuid.UUID(other.partition("/")[2])):
        assert await world.db.read(look) == []


# --- signing on


@needs_provider
async def test_who_is_new_gets_an_account_and_signs_on_again(world, ada, club, issuer):
    provider = await provide(
        world, ada, club, issuer,
        domains=["example.org"], provision_role=access_pb2.ROLE_STAFF,
    )  # fmt: skip
    email, subject = somebody(), str(uuid.uuid4())
    claims = {"email": email, "email_verified": True, "name": "Grace"}

    first = await sign_on(world, issuer, provider, subject, **claims)
    second = await sign_on(world, issuer, provider, subject, **claims)

    assert first.user == second.user
    mine = (("authorization", f"Bearer {second.access_token}"),)
    profile = await world.accounts.GetProfile(auth_pb2.GetProfileRequest(), metadata=mine)
    assert (profile.email, profile.display_name) == (email, "Grace")
    name = f"{club}/members/{first.user.partition('/')[2]}"
    found = await world.organizations.GetMember(
        organization_pb2.GetMemberRequest(name=name), metadata=ada.metadata
    )
    assert found.role == access_pb2.ROLE_STAFF
    [entry] = await world.log(club, ada, "action = IDENTITY_LINK")
    assert (entry.actor, dict(entry.details)) == (first.user, {"provider": provider.name})


@needs_provider
async def test_who_has_the_address_is_rid_of_whom_an_issuer_let_in_before(world, ada, club, issuer):
    provider = await provide(
        world, ada, club, issuer,
        domains=["example.org"], provision_role=access_pb2.ROLE_STAFF,
    )  # fmt: skip
    email, subject = somebody(), str(uuid.uuid4())
    claims = {"email": email, "email_verified": True}
    made = await sign_on(world, issuer, provider, subject, **claims)
    kept = await sign_on(world, issuer, provider, somebody(), email=somebody(), email_verified=True)

    async def reset_password():
        challenge = await codes.forgot(world, email)
        code = (await codes.letters(world, made.user))[-1].code
        await codes.reset(world, challenge, code)
        user = auth_pb2.User(name=made.user, email=email)
        return Person(user, await world.log_in(email, codes.NEW))

    owner = await reset_password()
    with refused(*REFUSED):
        await sign_on(world, issuer, provider, subject, **claims)
    linked = await sign_on(world, issuer, provider, subject, owner, **claims)
    await reset_password()
    again = await sign_on(world, issuer, provider, subject, **claims)

    assert made.user == owner.name == linked.user == again.user
    entries = await world.log(club, ada, "action = IDENTITY_UNLINK")
    assert [one.target for one in entries] == [made.user]
    rows = await world.owner.execute(
        'select from identities where "user" = %s', [kept.user.partition("/")[2]]
    )
    assert rows.rowcount == 1


@pytest.fixture
def clock(world):
    yield world.clock
    world.clock.ahead = timedelta()


@needs_provider
async def test_who_signs_on_shows_a_second_factor_where_one_is_wanted(
    world, ada, club, issuer, clock
):
    """Though the account never had a password."""
    provider = await provide(
        world, ada, club, issuer,
        domains=["example.org"], provision_role=access_pb2.ROLE_ADMIN,
    )  # fmt: skip
    email, subject = somebody(), str(uuid.uuid4())
    claims = {"email": email, "email_verified": True}
    guarded = await factors.guard(world, ada)
    strong = Person(ada.user, await factors.log_in(world, ada, guarded.code()))
    await factors.want(world, club, strong)

    async def signed_on():
        session = await sign_on(world, issuer, provider, subject, **claims)
        return Person(auth_pb2.User(name=session.user, email=email), session)

    async def let_in(person):
        person.session = await world.refresh(person.session.refresh_token)
        return await factors.look(world, club, person)

    first = await signed_on()
    with refused(*NEEDED, organization=club):
        await factors.look(world, club, first)
    theirs = await factors.guard(world, first, password="")
    assert await let_in(first)

    second = await signed_on()
    with refused(*NEEDED, organization=club):
        await let_in(second)
    await factors.verify(world, second, theirs.code())
    assert await let_in(second)


@needs_provider
async def test_who_has_no_password_signed_on_a_moment_ago(world, ada, club, issuer, clock):
    provider = await provide(
        world, ada, club, issuer,
        domains=["example.org"], provision_role=access_pb2.ROLE_STAFF,
    )  # fmt: skip
    email = somebody()
    session = await sign_on(
        world, issuer, provider, str(uuid.uuid4()), email=email, email_verified=True
    )
    person = Person(auth_pb2.User(name=session.user, email=email), session)

    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await world.log_in(email, "a guess of mine")
    clock.ahead = FRESH - timedelta(seconds=60)
    await factors.enroll(world, person, "")
    clock.ahead = FRESH + timedelta(seconds=1)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "SIGN_ON_AGAIN"):
        await factors.enroll(world, person, "")

    # Who gives the account a password shows that from then on.
    await codes.reset(
        world, await codes.forgot(world, email), (await world.letters(email))[-1].code
    )
    fresh = Person(person.user, await world.log_in(email, codes.NEW))
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "WRONG_PASSWORD", field="password"):
        await factors.enroll(world, fresh, "")
    assert await factors.enroll(world, fresh, codes.NEW)


@needs_provider
async def test_a_member_links_their_own_account(world, ada, club, issuer):
    provider = await provide(world, ada, club, issuer)
    subject = str(uuid.uuid4())
    claims = {"email": ada.user.email.upper(), "email_verified": True}

    with refused(*REFUSED):
        await sign_on(world, issuer, provider, subject, **claims)
    linked = await sign_on(world, issuer, provider, subject, ada, **claims)

    assert linked.user == ada.name
    # From now on the issuer is enough, whatever address it says.
    assert (await sign_on(world, issuer, provider, subject)).user == ada.name


@needs_provider
@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": True},
        {"email": "victim@elsewhere.org", "email_verified": True},
        {"email": "new@example.org", "email_verified": False},
        {"email": "new@example.org", "email_verified": "true"},
        {"email": "new@example.org"},
    ],
)
async def test_no_issuer_makes_accounts_of_others(world, ada, club, issuer, claims):
    provider = await provide(
        world, ada, club, issuer,
        domains=["example.org"], provision_role=access_pb2.ROLE_STAFF,
    )  # fmt: skip

    with refused(*REFUSED):
        await sign_on(world, issuer, provider, str(uuid.uuid4()), **claims)


@needs_provider
async def test_no_issuer_takes_over_an_account_that_there_is(world, ada, bob, club, issuer):
    provider = await provide(
        world, ada, club, issuer,
        domains=["example.org"], provision_role=access_pb2.ROLE_ADMIN,
    )  # fmt: skip
    claims = {"email": bob.user.email, "email_verified": True}

    with refused(*REFUSED, problem="the address has an account; sign in, and link it first"):
        await sign_on(world, issuer, provider, str(uuid.uuid4()), **claims)
    # Nor does Bob link it himself, who is no member.
    with refused(*REFUSED, problem="the account is no member of the organization"):
        await sign_on(world, issuer, provider, str(uuid.uuid4()), bob, **claims)
    # Nor does a member with the address of another.
    carol = await world.join(club, ada, "STAFF")
    with refused(*REFUSED):
        await sign_on(world, issuer, provider, str(uuid.uuid4()), carol, **claims)


@needs_provider
async def test_who_is_no_member_any_more_does_not_sign_on(world, ada, club, issuer):
    provider = await provide(world, ada, club, issuer)
    carol, subject = await world.join(club, ada, "STAFF"), str(uuid.uuid4())
    claims = {"email": carol.user.email, "email_verified": True}
    await sign_on(world, issuer, provider, subject, carol, **claims)
    request = organization_pb2.DeleteMemberRequest(name=member(club, carol))
    await world.organizations.DeleteMember(request, metadata=ada.metadata)

    with refused(*REFUSED):
        await sign_on(world, issuer, provider, subject, **claims)


@needs_provider
async def test_a_code_is_good_once_and_in_the_browser_that_began(world, ada, club, issuer):
    provider = await provide(world, ada, club, issuer)
    begun, other = await begin(world, provider), await begin(world, provider)
    claims = {"email": ada.user.email, "email_verified": True}
    query = await consent(issuer, begun.authorization_uri, str(uuid.uuid4()), **claims)

    for changed in (
        {"state": "another"},
        {"flow_token": other.flow_token},
        {"flow_token": begun.flow_token[:-4] + "AAAA"},
        {"flow_token": "garbage"},
        {"authorization_code": "garbage"},
        # PKCE: the code of one flow is of no use in another.
        {"flow_token": other.flow_token, "state": state_of(other)},
    ):
        with refused(*REFUSED):
            await finish(world, begun, query, ada, **changed)


def state_of(begun):
    return urllib.parse.parse_qs(urllib.parse.urlsplit(begun.authorization_uri).query)["state"][0]


@needs_provider
async def test_signing_on_takes_ten_minutes_at_the_most(world, ada, club, issuer):
    provider = await provide(world, ada, club, issuer)
    begun = await begin(world, provider)
    query = await consent(issuer, begun.authorization_uri, str(uuid.uuid4()), email="a@example.org")

    world.clock.ahead = domain.PATIENCE
    try:
        with refused(*REFUSED, problem="it took too long; begin again"):
            await finish(world, begun, query)
    finally:
        world.clock.ahead = timedelta()


@needs_provider
async def test_the_browser_goes_back_to_a_page_of_the_providers_only(world, ada, club, issuer):
    page = "https://app.example.org/back"
    provider = await provide(world, ada, club, issuer, redirect_uris=[page])

    asked = urllib.parse.parse_qs(
        urllib.parse.urlsplit((await begin(world, provider, page)).authorization_uri).query
    )

    assert asked["redirect_uri"] == [page]
    assert asked["code_challenge_method"] == ["S256"]
    with invalid("redirect_uri"):
        await begin(world, provider, "https://evil.example.org/back")


async def test_an_issuer_that_is_not_there_is_said_to_be_away(world, ada, club):
    [port] = free_ports(1)
    provider = await provide(world, ada, club, f"http://127.0.0.1:{port}")

    with refused(*AWAY):
        await begin(world, provider)


# --- issuers that cheat, without a network


NOW = datetime(2026, 5, 1, tzinfo=UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER = "https://8.8.8.8"
FLOW = domain.Flow(
    Name(uuid.uuid4(), uuid.uuid4()), "state", "nonce", "verifier", "https://app/", NOW
)
CLAIMS = {
    "iss": ISSUER,
    "aud": "us",
    "sub": "1",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 60,
    "nonce": "nonce",
    "email": "Ada@Example.org",
    "email_verified": True,
}


def provider_at(issuer):
    return domain.Provider(FLOW.provider, "Login", issuer, "us", b"", (), None, (), NOW)


def published(token, **changes):
    """Answers as an issuer does."""
    config = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/keys",
    }
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    answers = {
        "/.well-known/openid-configuration": config | changes,
        "/keys": {"keys": [jwk | {"kid": "1", "use": "sig", "alg": "RS256"}]},
        "/token": {"id_token": token},
    }
    return httpx.MockTransport(lambda request: httpx.Response(200, json=answers[request.url.path]))


def issuers(transport, local=False):
    return Issuers(httpx.AsyncClient(transport=transport), lambda: NOW, local)


def signed(key=KEY, alg="RS256", kid="1", **changes):
    claims = {k: v for k, v in (CLAIMS | changes).items() if v is not None}
    return jwt.encode(claims, key, algorithm=alg, headers={"kid": kid} if kid else None)


async def test_a_good_token_says_who_it_is():
    claim = await issuers(published(signed())).claim(provider_at(ISSUER), FLOW, "code", "hush")

    assert claim == domain.Claim("1", "ada@example.org", True, "ada")


@pytest.mark.parametrize(
    "token",
    [
        lambda: signed(OTHER),
        lambda: signed(kid="2"),
        lambda: signed(iss="https://evil.example.org"),
        lambda: signed(aud="them"),
        lambda: signed(aud=["us", "them"]),
        lambda: signed(aud=["us", "them"], azp="them"),
        lambda: signed(nonce="another"),
        lambda: signed(nonce=None),
        lambda: signed(sub=None),
        lambda: signed(sub=""),
        lambda: signed(exp=int(NOW.timestamp()) - 61),
        lambda: signed(exp="9999999999"),
        lambda: jwt.encode(CLAIMS, "", algorithm="none"),
        lambda: signed(b"a secret of thirty-two bytes, long", alg="HS256"),
        lambda: "garbage",
    ],
)
async def test_a_token_that_proves_nothing_signs_nobody_on(token):
    with pytest.raises(domain.SignOnRefused):
        await issuers(published(token())).claim(provider_at(ISSUER), FLOW, "code", "hush")


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example.org"},
        {"token_endpoint": None},
        {"jwks_uri": 5},
        {"authorization_endpoint": "http://8.8.8.8/"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_an_issuer_that_says_nonsense_is_away(changes):
    with pytest.raises(domain.IssuerAway):
        await issuers(published("", **changes)).page(provider_at(ISSUER), FLOW)


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1",
        "https://localhost",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://192.168.1.1",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[fd00::1]",
        "https://0.0.0.0",
        "https://2130706433",
        "http://8.8.8.8",
        "file:///etc/passwd",
    ],
)
async def test_no_address_leads_into_our_network(address):
    asked = []

    def answer(request):
        asked.append(request.url)
        return httpx.Response(200, json={})

    with pytest.raises(domain.IssuerAway):
        await issuers(httpx.MockTransport(answer)).page(provider_at(address), FLOW)
    assert asked == []


async def test_nothing_is_followed_elsewhere_and_nothing_long_is_read():
    for answer in (
        httpx.Response(302, headers={"location": "https://127.0.0.1/"}),
        httpx.Response(200, content=b'"' + b"x" * 300_000 + b'"'),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json=[]),
    ):
        with pytest.raises(domain.IssuerAway):
            found = issuers(httpx.MockTransport(lambda _, answer=answer: answer))
            await found.page(provider_at(ISSUER), FLOW)


async def test_a_name_is_connected_to_as_it_was_looked_up():
    seen = []

    def answer(request):
        seen.append((request.url.host, request.headers["host"], request.extensions))
        return httpx.Response(404, json={})

    with pytest.raises(domain.IssuerAway):
        await issuers(httpx.MockTransport(answer), local=True).page(
            provider_at("https://localhost:8443"), FLOW
        )
    [(address, host, extensions)] = seen
    assert address in ("127.0.0.1", "::1")
    assert host == "localhost:8443"
    assert extensions["sni_hostname"] == "localhost"
