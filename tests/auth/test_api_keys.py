from __future__ import annotations

import asyncio
import re
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from psycopg import sql

from services.auth import work
from services.auth.api_keys import actions, domain
from services.kit import api_keys as kit
from services.kit.clock import now
from services.kit.identity import service_token
from services.kit.secrets import derive
from services.kit.tenant import within
from services.kit.work import Due
from tests.auth.world import member
from tests.serving import NOBODY, SECRET, invalid, refused
from tests.waiting import eventually
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import api_key_pb2, auth_pb2, organization_pb2

pytestmark = pytest.mark.server

K = api_key_pb2.ApiKey
BAD = (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")
REVOKED = (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REVOKED")
DENIED = (grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED")
NOT_FOUND = (grpc.StatusCode.NOT_FOUND, "API_KEY_NOT_FOUND")


@pytest.fixture
def clock(world):
    yield world.clock
    world.clock.ahead = timedelta()


def bearing(key):
    return (("authorization", f"Bearer {key.secret}"),)


def mesh(world):
    token = service_token(derive(SECRET, "mesh"), "booking", world.clock.now())
    return (("authorization", f"Service {token}"),)


def later(**span):
    found = Timestamp()
    found.FromDatetime(datetime.now(UTC) + timedelta(**span))
    return found


async def read(world, club, metadata):
    request = organization_pb2.GetOrganizationRequest(name=club)
    return await world.organizations.GetOrganization(request, metadata=metadata)


async def call(world, by, method, name, **more):
    kind = getattr(api_key_pb2, f"{method}ApiKeyRequest")
    metadata = by if isinstance(by, tuple) else by.metadata
    return await getattr(world.api_keys, f"{method}ApiKey")(
        kind(name=name, **more), metadata=metadata
    )


async def resolve(world, key, metadata=None):
    request = api_key_pb2.ResolveApiKeyRequest(digest=kit.digest(key.secret))
    return await world.api_keys.ResolveApiKey(request, metadata=metadata or mesh(world))


# --- making


async def test_a_key_is_made_and_its_secret_shown_once(world, ada, club):
    made = await world.api_key(club, ada, "ORGANIZATION_READ", "EVENTS_READ", display_name=" CI ")

    assert re.fullmatch(r"tk_[0-9a-f]{32}_[0-9a-f]{64}_[0-9a-f]{8}", made.secret)
    assert made.secret.split("_")[1] == made.name.rpartition("/")[2].replace("-", "")
    assert (made.display_name, made.creator, made.etag) == ("CI", ada.name, '"1"')
    assert list(made.permissions) == [
        access_pb2.PERMISSION_ORGANIZATION_READ,
        access_pb2.PERMISSION_EVENTS_READ,
    ]
    assert made.state == K.STATE_ACTIVE
    assert made.expire_time.seconds - made.create_time.seconds == 365 * 86400
    seen = await call(world, ada, "Get", made.name)
    made.secret = ""
    assert seen == made
    [entry] = await world.log(club, ada, "action = API_KEY_CREATE")
    assert (entry.actor, entry.target) == (ada.name, made.name)
    assert dict(entry.details) == {"permissions": "ORGANIZATION_READ, EVENTS_READ"}


async def test_no_table_holds_a_secret(world, ada, club):
    made = await world.api_key(club, ada, request_id=str(uuid.uuid4()))
    random = made.secret.split("_")[2]

    tables = await world.owner.execute(
        "select tablename from pg_tables where schemaname = 'public'"
    )
    for (table,) in await tables.fetchall():
        query = sql.SQL("select t::text as said from {} t").format(sql.Identifier(table))
        rows = await world.owner.execute(query)
        for row in await rows.fetchall():
            assert random not in row.said
            assert random.encode().hex() not in row.said


async def test_a_retry_makes_one_key_and_shows_no_secret(world, ada, club):
    used = str(uuid.uuid4())

    first = await world.api_key(club, ada, request_id=used)
    second = await world.api_key(club, ada, request_id=used)

    assert (first.name, second.secret) == (second.name, "")
    assert first.secret


@pytest.mark.parametrize("days", [-1, 731])
async def test_a_key_lasts_for_a_while(world, ada, club, days):
    made = await world.api_key(club, ada, expire_time=later(days=30))

    assert made.expire_time.seconds < later(days=31).seconds
    with invalid("api_key.expire_time"):
        await world.api_key(club, ada, expire_time=later(days=days))


@pytest.mark.parametrize("given", [{"display_name": " "}, {"permissions": [99]}])
async def test_what_is_no_key_is_pointed_at(world, ada, club, given):
    with pytest.raises(grpc.aio.AioRpcError) as found:
        await world.api_key(club, ada, **given)
    assert found.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_there_are_only_so_many(world, ada, club, monkeypatch):
    monkeypatch.setattr(domain, "MOST", 1)
    first = await world.api_key(club, ada)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "TOO_MANY_API_KEYS", most="1"):
        await world.api_key(club, ada)

    await call(world, ada, "Revoke", first.name)
    await world.api_key(club, ada)


@pytest.mark.parametrize("role", ["ORGANIZER", "FINANCE", "STAFF", "VIEWER"])
async def test_only_owners_and_admins_make_keys(world, ada, club, role):
    someone, admin = await asyncio.gather(
        world.join(club, ada, role), world.join(club, ada, "ADMIN")
    )

    await world.api_key(club, admin)
    with refused(*DENIED, permission="API_KEYS_WRITE"):
        await world.api_key(club, someone)


async def test_nobody_gives_more_than_they_have(world, ada, club):
    small = await world.api_key(club, ada, "API_KEYS_WRITE", "EVENTS_READ")
    large = await world.api_key(club, ada, "EVENTS_WRITE")

    child = await world.api_key(club, bearing(small), "EVENTS_READ")
    assert child.creator == small.name
    with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_TOO_WIDE", permission="EVENTS_WRITE"):
        await world.api_key(club, bearing(small), "EVENTS_READ", "EVENTS_WRITE")
    with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_TOO_WIDE"):
        await call(world, bearing(small), "Rotate", large.name)


# --- using


async def test_a_key_opens_what_it_may_and_nothing_else(world, ada, bob, club):
    key = await world.api_key(club, ada, "ORGANIZATION_READ")
    other = await world.organization(bob)

    assert (await read(world, club, bearing(key))).name == club
    listing = organization_pb2.ListMembersRequest(parent=club)
    with refused(*DENIED, permission="MEMBERS_READ", organization=club):
        await world.organizations.ListMembers(listing, metadata=bearing(key))
    with refused(*DENIED, permission="ORGANIZATION_READ", organization=other):
        await read(world, other, bearing(key))
    with refused(grpc.StatusCode.PERMISSION_DENIED, "WRONG_AUDIENCE", caller="key"):
        await world.accounts.GetProfile(auth_pb2.GetProfileRequest(), metadata=bearing(key))


async def test_what_a_key_did_is_recorded_as_the_keys_doing(world, ada, bob, club):
    key = await world.api_key(club, ada, "MEMBERS_WRITE")
    request = organization_pb2.CreateMemberRequest(
        parent=club,
        member=organization_pb2.Member(user=bob.name, role=access_pb2.ROLE_STAFF),
    )
    await world.organizations.CreateMember(request, metadata=bearing(key))

    [entry] = await world.log(club, ada, f'target = "{member(club, bob)}"')
    assert entry.actor == key.name


async def test_no_key_makes_an_owner(world, ada, bob, club):
    key = await world.api_key(club, ada, "MEMBERS_WRITE", "ORGANIZATION_WRITE", "ORGANIZATION_READ")
    request = organization_pb2.CreateMemberRequest(
        parent=club,
        member=organization_pb2.Member(user=bob.name, role=access_pb2.ROLE_OWNER),
    )

    with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNERS_ONLY"):
        await world.organizations.CreateMember(request, metadata=bearing(key))
    with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNER_NEEDED"):
        await world.organizations.DeleteOrganization(
            organization_pb2.DeleteOrganizationRequest(name=club), metadata=bearing(key)
        )
    with refused(grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND"):
        await world.organizations.LeaveOrganization(
            organization_pb2.LeaveOrganizationRequest(name=club), metadata=bearing(key)
        )


@pytest.mark.parametrize("wrong", ["torn", "mistyped", "of nobody", "no shape"])
async def test_what_is_no_key_lets_nobody_in(world, ada, club, wrong):
    secret = (await world.api_key(club, ada)).secret
    shown = {
        "torn": secret[:-3],
        "mistyped": secret[:50] + ("0" if secret[50] != "0" else "1") + secret[51:],
        "of nobody": kit.new_secret(uuid.uuid4()),
        "no shape": "tk_",
    }[wrong]

    with refused(*BAD):
        await read(world, club, (("authorization", f"Bearer {shown}"),))


async def test_a_key_ends_by_itself(world, ada, club, clock):
    key = await world.api_key(club, ada, expire_time=later(days=1))
    await read(world, club, bearing(key))

    clock.ahead = timedelta(days=1, minutes=1)

    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED"):
        await read(world, club, bearing(key))
    ada.session = await world.log_in(ada.user.email)
    assert (await call(world, ada, "Get", key.name)).state == K.STATE_EXPIRED
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "API_KEY_ENDED", state="EXPIRED"):
        await call(world, ada, "Rotate", key.name)


async def test_the_last_use_is_written_down_once_in_a_while(world, ada, club, clock):
    key = await world.api_key(club, ada)
    assert not (await call(world, ada, "Get", key.name)).HasField("use_time")

    await resolve(world, key)
    first = (await call(world, ada, "Get", key.name)).use_time
    await resolve(world, key)

    assert first.seconds
    assert (await call(world, ada, "Get", key.name)).use_time == first
    clock.ahead = domain.COARSE
    await resolve(world, key)
    assert (await call(world, ada, "Get", key.name)).use_time.seconds > first.seconds


# --- rotating and revoking


async def test_both_secrets_are_good_for_a_while(world, ada, club, clock):
    old = await world.api_key(club, ada)

    new = await call(world, ada, "Rotate", old.name, overlap=Duration(seconds=3600))

    assert new.name == old.name
    assert new.secret not in ("", old.secret)
    assert new.overlap_end_time.seconds - new.rotate_time.seconds == 3600
    for key in (old, new):
        await read(world, club, bearing(key))
    clock.ahead = timedelta(hours=1)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED"):
        await read(world, club, bearing(old))
    assert await resolve(world, new)
    with refused(grpc.StatusCode.NOT_FOUND, "API_KEY_UNKNOWN"):
        await resolve(world, old)


async def test_the_old_secret_ends_with_the_overlap_wherever_it_is_known(world, ada, club):
    old = await world.api_key(club, ada)
    await read(world, club, bearing(old))
    new = await call(world, ada, "Rotate", old.name, overlap=Duration(seconds=1))
    organization, id = (uuid.UUID(part) for part in old.name.split("/")[1::2])
    end = new.overlap_end_time.ToDatetime(UTC)
    rows = await world.owner.execute(
        "select due_time from due where kind = %s and id = %s", [actions.END_OVERLAP, id]
    )
    [row] = await rows.fetchall()
    assert row.due_time == end

    with within(organization):
        # The first, as if another rotation had made it later in between.
        for due_time in (end - timedelta(seconds=1), end):
            due = Due(actions.END_OVERLAP, organization, id, due_time, 0)
            await world.db.run(work.STEPS[actions.END_OVERLAP], due)
            ended = await world.facts(old.name)
            assert len(ended) == (due_time == end)

    await eventually(lambda: is_refused(world, club, old))
    await read(world, club, bearing(new))
    assert list(ended[0].secrets) == [str(kit.mark(kit.digest(old.secret)))]
    after = await call(world, ada, "Get", old.name)
    assert (after.overlap_end_time, after.etag) == (new.overlap_end_time, new.etag)


async def test_the_secret_before_the_last_ends_at_once(world, ada, club):
    first = await world.api_key(club, ada)
    await read(world, club, bearing(first))
    second = await call(world, ada, "Rotate", first.name)
    third = await call(world, ada, "Rotate", first.name)

    for key in (second, third):
        await read(world, club, bearing(key))
    await eventually(lambda: is_refused(world, club, first))
    [told] = await world.facts(first.name)
    assert list(told.secrets) == [str(kit.mark(kit.digest(first.secret)))]


async def is_refused(world, club, key):
    try:
        await read(world, club, bearing(key))
    except grpc.aio.AioRpcError as error:
        return error.code() is grpc.StatusCode.UNAUTHENTICATED
    return False


async def test_without_an_overlap_the_old_secret_ends_at_once(world, ada, club):
    old = await world.api_key(club, ada)
    await read(world, club, bearing(old))

    new = await call(world, ada, "Rotate", old.name, overlap=Duration())

    assert not new.HasField("overlap_end_time")
    await read(world, club, bearing(new))
    await eventually(lambda: is_refused(world, club, old))


@pytest.mark.parametrize("seconds", [-1, 8 * 86400])
async def test_an_overlap_has_an_end(world, ada, club, seconds):
    key = await world.api_key(club, ada)

    with invalid("overlap"):
        await call(world, ada, "Rotate", key.name, overlap=Duration(seconds=seconds))


async def test_a_retry_rotates_once_and_shows_no_secret(world, ada, club):
    key, used = await world.api_key(club, ada), str(uuid.uuid4())

    first = await call(world, ada, "Rotate", key.name, request_id=used)
    second = await call(world, ada, "Rotate", key.name, request_id=used)

    assert (first.etag, second.etag, second.secret) == ('"2"', '"2"', "")


async def test_a_revoked_key_is_refused_everywhere_and_all_are_told(world, ada, club):
    key = await world.api_key(club, ada)
    await read(world, club, bearing(key))

    revoked = await call(world, ada, "Revoke", key.name)

    assert revoked.state == K.STATE_REVOKED
    [told] = await world.facts(key.name)
    assert (told.api_key, list(told.secrets)) == (
        key.name,
        [str(kit.mark(kit.digest(key.secret)))],
    )
    assert told.expire_time.ToDatetime(UTC) > now() + timedelta(seconds=kit.BELIEVED)
    await eventually(lambda: kit.mark(kit.digest(key.secret)) in world.revocations)
    with refused(*REVOKED):
        await read(world, club, bearing(key))
    with refused(grpc.StatusCode.NOT_FOUND, "API_KEY_UNKNOWN"):
        await resolve(world, key)
    assert (await call(world, ada, "Revoke", key.name)).etag == revoked.etag
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "API_KEY_ENDED", state="REVOKED"):
        await call(world, ada, "Rotate", key.name)


async def test_the_keys_of_an_organization_end_with_it(world, ada, club):
    key = await world.api_key(club, ada)
    await read(world, club, bearing(key))
    request = organization_pb2.DeleteOrganizationRequest(name=club)
    await world.organizations.DeleteOrganization(request, metadata=ada.metadata)

    assert len(await world.facts(key.name)) == 1
    await eventually(lambda: is_refused(world, club, key))


async def test_a_key_is_forgotten_long_after_its_end(world, ada, club):
    key = await world.api_key(club, ada)
    organization, id = (uuid.UUID(part) for part in key.name.split("/")[1::2])
    rows = await world.owner.execute(
        "select due_time from due where kind = %s and id = %s", [actions.FORGET, id]
    )
    [row] = await rows.fetchall()
    assert row.due_time == key.expire_time.ToDatetime(UTC) + domain.KEPT

    with within(organization):
        due = Due(actions.FORGET, organization, id, row.due_time, 0)
        await world.db.run(work.STEPS[actions.FORGET], due)

    with refused(*NOT_FOUND, api_key=key.name):
        await call(world, ada, "Get", key.name)


# --- looking


async def test_keys_are_listed_without_secrets(world, ada, club):
    made = [await world.api_key(club, ada) for _ in range(3)]

    request = api_key_pb2.ListApiKeysRequest(parent=club, page_size=2)
    first = await world.api_keys.ListApiKeys(request, metadata=ada.metadata)
    request.page_token = first.next_page_token
    second = await world.api_keys.ListApiKeys(request, metadata=ada.metadata)

    shown = [*first.api_keys, *second.api_keys]
    assert [one.name for one in shown] == [one.name for one in made]
    assert {one.secret for one in shown} == {""}


async def test_another_organization_sees_none(world, ada, bob, club):
    key = await world.api_key(club, ada)
    other = await world.organization(bob)
    grafted = f"{other}/apiKeys/{key.name.rpartition('/')[2]}"

    for method in ("Get", "Rotate", "Revoke"):
        with refused(*NOT_FOUND, api_key=grafted):
            await call(world, bob, method, grafted)
        with refused(*DENIED):
            await call(world, bob, method, key.name)

    async def look(tx):
        rows = await tx.connection.execute("select from api_keys")
        return await rows.fetchall()

    with within(uuid.UUID(other.partition("/")[2])):
        assert await world.db.read(look) == []
    # Nor does who acts for no organization, unless it is a service.
    assert await world.db.read(look) == []


async def test_only_services_ask_whose_a_key_is(world, ada, club):
    key = await world.api_key(club, ada, "EVENTS_READ")

    found = await resolve(world, key)

    assert (found.api_key, list(found.permissions)) == (
        key.name,
        [access_pb2.PERMISSION_EVENTS_READ],
    )
    for somebody in (ada.metadata, bearing(key)):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "WRONG_AUDIENCE"):
            await resolve(world, key, somebody)
    request = api_key_pb2.ResolveApiKeyRequest(digest=b"x" * 32)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.api_keys.ResolveApiKey(request, metadata=NOBODY)
    with refused(grpc.StatusCode.NOT_FOUND, "API_KEY_UNKNOWN"):
        await world.api_keys.ResolveApiKey(request, metadata=mesh(world))
