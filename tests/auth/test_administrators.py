"""Who runs the platform is made one by another, or once by a secret; and nobody else."""

from __future__ import annotations

import asyncio
import uuid

import grpc
import jwt
import pytest

from services.auth.administrators import domain
from services.kit.secrets import derive
from tests.auth.world import BOOTSTRAP, PASSWORD, Person, registration, serving
from tests.serving import NOBODY, SECRET, as_administrator, invalid, refused
from turnout.auth.v1 import administrator_pb2, administrator_pb2_grpc, auth_pb2

pytestmark = pytest.mark.server

BAD = (grpc.StatusCode.UNAUTHENTICATED, "BAD_BOOTSTRAP")
WRONG = (grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS")


@pytest.fixture
async def platform(database, owner):
    """Auth in a database of its own, where there is no administrator yet."""
    async with database.lent("auth") as db, serving(db, await owner(db)) as found:
        yield found


@pytest.fixture
async def root(platform):
    """The first administrator."""
    return await made(platform, secret=BOOTSTRAP)


def stub(world):
    return administrator_pb2_grpc.AdministratorServiceStub(world.channel)


def email():
    return f"{uuid.uuid4()}@example.org"


def registering(address="", secret="", **more):
    return administrator_pb2.RegisterAdministratorRequest(
        user=auth_pb2.User(email=address or email(), display_name="Root"),
        password=more.pop("password", PASSWORD),
        bootstrap_secret=secret,
        **more,
    )


async def made(world, by=NOBODY, secret=""):
    """A new administrator, signed in as one."""
    one = await stub(world).RegisterAdministrator(registering(secret=secret), metadata=by)
    user = auth_pb2.User(name=one.user, email=one.email)
    return Person(user, await log_in(world, one.email))


async def log_in(world, address, password=PASSWORD):
    request = administrator_pb2.LoginAdministratorRequest(email=address, password=password)
    return await stub(world).LoginAdministrator(request)


async def listed(world, by, **page):
    request = administrator_pb2.ListAdministratorsRequest(**page)
    return await stub(world).ListAdministrators(request, metadata=by)


async def remove(world, user, by, request_id=""):
    request = administrator_pb2.RemoveAdministratorRequest(user=user, request_id=request_id)
    return await stub(world).RemoveAdministrator(request, metadata=by)


def claims(session):
    return jwt.decode(session.access_token, options={"verify_signature": False})


# --- the first one


async def test_the_secret_makes_the_first_administrator(platform):
    one = await stub(platform).RegisterAdministrator(registering(secret=BOOTSTRAP))

    assert (one.display_name, one.creator) == ("Root", "")
    session = await log_in(platform, one.email)
    assert claims(session)["role"] == "ADMINISTRATOR"
    assert claims(session)["permissions"] == ["READ", "WRITE", "ADMINISTRATORS"]


async def test_the_secret_is_good_once(platform, root):
    with refused(*BAD):
        await stub(platform).RegisterAdministrator(registering(secret=BOOTSTRAP))

    # Not even when the first one is gone.
    second = await made(platform, root.metadata)
    await remove(platform, root.name, second.metadata)
    await platform.owner.execute("delete from administrators")
    with refused(*BAD):
        await stub(platform).RegisterAdministrator(registering(secret=BOOTSTRAP))


async def test_of_many_who_know_the_secret_one_is_first(platform):
    tries = [stub(platform).RegisterAdministrator(registering(secret=BOOTSTRAP)) for _ in range(4)]
    found = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(isinstance(one, administrator_pb2.Administrator) for one in found) == 1


async def test_a_retry_is_answered(platform):
    request = registering(secret=BOOTSTRAP, request_id=str(uuid.uuid4()))

    first = await stub(platform).RegisterAdministrator(request)

    assert await stub(platform).RegisterAdministrator(request) == first


@pytest.mark.parametrize("secret", ["", "guessed", BOOTSTRAP.upper()])
async def test_nobody_guesses_the_secret(platform, secret):
    with refused(*BAD):
        await stub(platform).RegisterAdministrator(registering(secret=secret))
    ada = await platform.person()
    with refused(*BAD):
        await stub(platform).RegisterAdministrator(
            registering(secret=secret), metadata=ada.metadata
        )


def test_where_no_secret_is_set_none_is_right():
    with pytest.raises(domain.BadBootstrap):
        domain.shown(b"", "")


async def test_a_refused_secret_makes_no_account_and_stays_good(platform):
    taken = email()
    await platform.register(registration(taken))

    with refused(grpc.StatusCode.ALREADY_EXISTS, "EMAIL_TAKEN"):
        await stub(platform).RegisterAdministrator(registering(taken, secret=BOOTSTRAP))

    assert await made(platform, secret=BOOTSTRAP)


# --- the others


async def test_an_administrator_makes_others(platform, root):
    one = await stub(platform).RegisterAdministrator(registering(), metadata=root.metadata)

    assert one.creator == root.name
    assert (await log_in(platform, one.email)).user == one.user


async def test_a_user_makes_no_administrators(platform, root):
    ada = await platform.person()

    with refused(*BAD):
        await stub(platform).RegisterAdministrator(registering(), metadata=ada.metadata)


async def test_who_was_removed_a_moment_ago_makes_none(platform, root):
    second = await made(platform, root.metadata)
    await platform.owner.execute('delete from administrators where "user" = %s', [second.id])

    with refused(*BAD):
        await stub(platform).RegisterAdministrator(registering(), metadata=second.metadata)


async def test_an_ordinary_login_makes_no_administrator(platform, root):
    session = await platform.log_in(root.user.email)

    assert "permissions" not in claims(session)
    with refused(
        grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED", permission="PLATFORM_ADMINISTRATORS"
    ):
        await listed(platform, Person(root.user, session).metadata)


async def test_a_session_goes_on_as_what_it_began_as(platform, root):
    again = await platform.refresh(root.session.refresh_token)
    plain = await platform.log_in(root.user.email)

    assert claims(again)["role"] == "ADMINISTRATOR"
    assert "role" not in claims(await platform.refresh(plain.refresh_token))


async def test_nobody_but_administrators_logs_in_as_one(platform, root):
    ada = await platform.person()

    for address, password in (
        (ada.user.email, PASSWORD),
        (root.user.email, "a wrong guess"),
        (email(), PASSWORD),
    ):
        with refused(*WRONG):
            await log_in(platform, address, password)


async def test_administrators_are_listed_for_administrators(platform, root):
    second = await made(platform, root.metadata)

    first = await listed(platform, root.metadata, page_size=1)
    rest = await listed(platform, root.metadata, page_token=first.next_page_token)

    assert [one.user for one in (*first.administrators, *rest.administrators)] == [
        root.name,
        second.name,
    ]
    denied = (grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED")
    with refused(*denied, permission="PLATFORM_ADMINISTRATORS", organization="organizations/-"):
        await listed(platform, (await platform.person()).metadata)
    with pytest.raises(grpc.aio.AioRpcError, match="administrators of the platform have"):
        await listed(platform, (await platform.person()).metadata)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await listed(platform, NOBODY)
    with invalid("page_size"):
        await listed(platform, root.metadata, page_size=-1)


async def test_who_is_removed_is_signed_out_everywhere(platform, root):
    second = await made(platform, root.metadata)
    id = str(uuid.uuid4())

    await remove(platform, second.name, root.metadata, id)
    await remove(platform, second.name, root.metadata, id)

    await platform.revocations.look()
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REVOKED"):
        await listed(platform, second.metadata)
    with refused(*WRONG):
        await log_in(platform, second.user.email)
    assert (await platform.log_in(second.user.email)).user == second.name
    with refused(grpc.StatusCode.NOT_FOUND, "ADMINISTRATOR_NOT_FOUND", user=second.name):
        await remove(platform, second.name, root.metadata)


async def test_there_is_always_one_left(platform, root):
    second = await made(platform, root.metadata)

    found = await asyncio.gather(
        remove(platform, root.name, second.metadata),
        remove(platform, second.name, root.metadata),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Exception) for one in found) == 1
    left = root if isinstance(found[0], Exception) else second
    last = await log_in(platform, left.user.email)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "LAST_ADMINISTRATOR", user=left.name):
        await remove(platform, left.name, Person(left.user, last).metadata)


async def test_a_forged_claim_is_none(platform):
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"):
        await listed(platform, as_administrator())


async def test_an_administrator_who_leaves_is_none(platform, root):
    """An account that runs the platform is not deleted by the way."""
    second = await made(platform, root.metadata)
    request = auth_pb2.DeleteUserRequest(name="users/me")

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "RUNS_PLATFORM", user=second.name):
        await platform.accounts.DeleteUser(request, metadata=second.metadata)

    await remove(platform, second.name, root.metadata)
    plain = Person(second.user, await platform.log_in(second.user.email))
    await platform.accounts.DeleteUser(request, metadata=plain.metadata)


async def test_no_secret_is_in_the_database(platform):
    await stub(platform).RegisterAdministrator(
        registering(secret=BOOTSTRAP, request_id=str(uuid.uuid4()))
    )
    rows = await platform.owner.execute("select encode(digest, 'escape') as said from bootstraps")

    assert BOOTSTRAP not in (await rows.fetchone()).said
    assert derive(SECRET, "pepper")
