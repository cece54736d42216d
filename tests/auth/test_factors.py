"""A password alone does not open a guarded account, and what does opens it once."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import grpc
import jwt
import pytest

from services.auth.factors import actions, domain
from services.auth.factors.domain import DRIFT, REMEMBERED, STEP, Factor
from services.auth.limits import Limits
from services.auth.work import STEPS
from services.kit.clock import now
from services.kit.work import Due
from tests.auth import test_codes as codes
from tests.auth.world import BOOTSTRAP, CHEAP, PASSWORD, Person, World, serving
from tests.serving import NOBODY, invalid, refused
from turnout.auth.v1 import (
    administrator_pb2,
    administrator_pb2_grpc,
    auth_pb2,
    code_pb2,
    code_pb2_grpc,
    factor_pb2,
    factor_pb2_grpc,
    organization_pb2,
)

pytestmark = pytest.mark.server

REQUIRED = (grpc.StatusCode.UNAUTHENTICATED, "SECOND_FACTOR_REQUIRED")
BAD = (grpc.StatusCode.UNAUTHENTICATED, "BAD_SECOND_FACTOR")
# Those of RFC 6238, appendix B, of which six digits are shown.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.fixture(autouse=True)
def clock(world):
    yield world.clock
    world.clock.ahead = timedelta()


@dataclasses.dataclass
class Guarded:
    """Somebody whose account has a second factor, and the app that shows the codes."""

    world: World
    person: Person
    secret: str
    recovery: list[str]

    def code(self, steps=0):
        return domain.code_at(self.secret, domain.step_of(self.world.clock.now()) + steps)


def factors(world):
    return factor_pb2_grpc.SecondFactorServiceStub(world.channel)


async def enroll(world, person, password=PASSWORD):
    request = factor_pb2.EnrollSecondFactorRequest(password=password)
    return await factors(world).EnrollSecondFactor(request, metadata=person.metadata)


async def confirm(world, person, code):
    request = factor_pb2.ConfirmSecondFactorRequest(code=code)
    return await factors(world).ConfirmSecondFactor(request, metadata=person.metadata)


async def verify(world, person, code="", **more):
    request = factor_pb2.VerifySecondFactorRequest(code=code, **more)
    return await factors(world).VerifySecondFactor(request, metadata=person.metadata)


async def state(world, person):
    request = factor_pb2.GetSecondFactorRequest()
    return await factors(world).GetSecondFactor(request, metadata=person.metadata)


async def guard(world, person, password=PASSWORD):
    """Turns a second factor on, and lets the code of it become old."""
    secret = (await enroll(world, person, password)).secret
    code = domain.code_at(secret, domain.step_of(world.clock.now()))
    given = await confirm(world, person, code)
    world.clock.ahead += STEP * (DRIFT + 1)
    return Guarded(world, person, secret, list(given.codes))


@pytest.fixture
async def guarded(world, ada):
    return await guard(world, ada)


async def log_in(world, person, code="", password=PASSWORD, **more):
    request = auth_pb2.LoginRequest(
        email=person.user.email, password=password, second_factor_code=code, **more
    )
    return await world.accounts.Login(request)


def claims(session):
    return jwt.decode(session.access_token, options={"verify_signature": False})


# --- on


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_codes_are_those_of_the_standard(at, code):
    assert domain.code_at(SECRET, domain.step_of(datetime.fromtimestamp(at, UTC))) == code


async def test_an_app_gets_to_know_the_secret(world, ada):
    given = await enroll(world, ada)

    said = urlsplit(given.uri)
    assert (said.scheme, said.netloc) == ("otpauth", "totp")
    assert parse_qs(said.query)["secret"] == [given.secret]
    assert len(given.secret) == 32
    assert not (await state(world, ada)).HasField("confirm_time")


async def test_what_is_not_confirmed_guards_nothing(world, ada):
    await enroll(world, ada)

    assert await log_in(world, ada)


async def test_a_confirmed_one_guards_the_account(world, ada, guarded):
    with refused(*REQUIRED):
        await log_in(world, ada)
    with refused(*BAD):
        await log_in(world, ada, "000000" if guarded.code() != "000000" else "000001")
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await log_in(world, ada, guarded.code(), password="a wrong guess of mine")

    session = await log_in(world, ada, f"{guarded.code()[:3]} {guarded.code()[3:]}")

    assert claims(session)["amr"] == ["pwd", "otp"]
    assert claims(await world.refresh(session.refresh_token))["amr"] == ["pwd", "otp"]


async def test_the_session_that_turned_it_on_is_a_strong_one_from_now_on(world, ada, guarded):
    assert "amr" not in claims(ada.session)

    assert claims(await world.refresh(ada.session.refresh_token))["amr"] == ["pwd", "otp"]


async def test_only_who_knows_the_password_enrolls(world, ada):
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "WRONG_PASSWORD", field="password"):
        await enroll(world, ada, "a wrong guess of mine")
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "WRONG_PASSWORD", field="password"):
        await enroll(world, ada, "")
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await factors(world).EnrollSecondFactor(
            factor_pb2.EnrollSecondFactorRequest(password=PASSWORD), metadata=NOBODY
        )


async def test_a_guarded_account_is_not_enrolled_again(world, ada, guarded):
    on = (grpc.StatusCode.FAILED_PRECONDITION, "SECOND_FACTOR_ON")

    with refused(*on):
        await enroll(world, ada)
    with refused(*on):
        await confirm(world, ada, guarded.code())


async def test_the_last_enrollment_counts(world, ada):
    first = (await enroll(world, ada)).secret
    second = (await enroll(world, ada)).secret
    step = domain.step_of(world.clock.now())

    with refused(*BAD):
        await confirm(world, ada, domain.code_at(first, step))
    assert await confirm(world, ada, domain.code_at(second, step))


async def test_there_is_nothing_to_confirm_before(world, ada):
    none = (grpc.StatusCode.FAILED_PRECONDITION, "NO_SECOND_FACTOR")

    with refused(*none):
        await confirm(world, ada, "123456")
    with refused(*none):
        await replace(world, ada, "123456")
    with refused(*none):
        await remove(world, ada, "123456")
    await enroll(world, ada)
    with refused(*none):
        await replace(world, ada, "123456")


# --- once


async def test_a_code_is_good_once(world, ada, guarded):
    code = guarded.code()
    await log_in(world, ada, code)

    with refused(*BAD):
        await log_in(world, ada, code)


async def test_of_two_who_show_one_code_at_once_one_is_let_in(world, ada, guarded):
    tries = [log_in(world, ada, guarded.code()) for _ in range(4)]
    found = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(isinstance(one, auth_pb2.Tokens) for one in found) == 1


async def test_no_code_older_than_the_last_is_taken(world, ada, guarded):
    await log_in(world, ada, guarded.code(1))

    with refused(*BAD):
        await log_in(world, ada, guarded.code())


async def test_a_clock_may_be_a_little_off_and_no_more(world, ada, guarded):
    world.clock.ahead += STEP * 10
    with refused(*BAD):
        await log_in(world, ada, guarded.code(-DRIFT - 1))
    with refused(*BAD):
        await log_in(world, ada, guarded.code(DRIFT + 1))

    assert await log_in(world, ada, guarded.code(-DRIFT))
    assert await log_in(world, ada, guarded.code(DRIFT))


async def test_a_recovery_code_stands_in_once(world, ada, guarded):
    assert len(set(guarded.recovery)) == 10
    lost = guarded.recovery[3]

    session = await log_in(world, ada, lost.upper())

    assert claims(session)["amr"] == ["pwd", "otp"]
    assert (await state(world, ada)).recovery_code_count == 9
    with refused(*BAD):
        await log_in(world, ada, lost)


async def test_a_recovery_code_of_another_account_is_none(world, ada, bob, guarded):
    other = await guard(world, bob)

    with refused(*BAD):
        await log_in(world, ada, other.recovery[0])


async def replace(world, person, code):
    request = factor_pb2.ReplaceRecoveryCodesRequest(code=code)
    return await factors(world).ReplaceRecoveryCodes(request, metadata=person.metadata)


async def test_new_recovery_codes_replace_the_old_ones(world, ada, guarded):
    with refused(*BAD):
        await replace(world, ada, "not a code")

    fresh = list((await replace(world, ada, guarded.code())).codes)

    assert len(fresh) == 10
    with refused(*BAD):
        await log_in(world, ada, guarded.recovery[0])
    assert await log_in(world, ada, fresh[0])


# --- devices


async def test_a_remembered_device_is_not_asked_again(world, ada, guarded):
    first = await log_in(world, ada, guarded.code(), remember_device=True)
    assert first.device_token
    assert (await state(world, ada)).device_count == 1

    again = await log_in(world, ada, device_token=first.device_token)

    assert claims(again)["amr"] == ["pwd", "otp"]
    assert not again.device_token


async def test_a_device_is_remembered_for_thirty_days(world, ada, guarded, clock):
    token = (await log_in(world, ada, guarded.code(), remember_device=True)).device_token
    clock.ahead += REMEMBERED

    with refused(*REQUIRED):
        await log_in(world, ada, device_token=token)
    assert (await state(world, await again(world, guarded))).device_count == 0


async def again(world, guarded):
    """The same person, signed in now."""
    session = await log_in(world, guarded.person, guarded.code())
    return Person(guarded.person.user, session)


async def test_a_device_of_somebody_else_is_none(world, ada, bob, guarded):
    token = (await log_in(world, ada, guarded.code(), remember_device=True)).device_token
    await guard(world, bob)

    with refused(*REQUIRED):
        await log_in(world, bob, device_token=token)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await log_in(world, ada, device_token=token, password="a wrong guess of mine")


async def test_who_has_no_second_factor_is_remembered_nowhere(world, ada):
    assert not (await log_in(world, ada, remember_device=True)).device_token


async def test_another_password_forgets_the_devices(world, ada, guarded):
    token = (await log_in(world, ada, guarded.code(), remember_device=True)).device_token
    await world.accounts.ChangePassword(
        auth_pb2.ChangePasswordRequest(
            name="users/me", old_password=PASSWORD, new_password="another long password"
        ),
        metadata=ada.metadata,
    )

    with refused(*REQUIRED):
        await log_in(world, ada, password="another long password", device_token=token)


async def test_a_device_is_forgotten(world, ada, guarded):
    await log_in(world, ada, guarded.code(), remember_device=True)
    rows = await world.owner.execute('select id from devices where "user" = %s', [ada.id])
    (id,) = await rows.fetchone()

    await world.db.run(STEPS[actions.FORGET], Due(actions.FORGET, None, id, now(), 0))

    assert (await state(world, ada)).device_count == 0


# --- off


async def remove(world, person, code, password=PASSWORD):
    request = factor_pb2.RemoveSecondFactorRequest(password=password, code=code)
    return await factors(world).RemoveSecondFactor(request, metadata=person.metadata)


async def test_who_has_both_turns_it_off(world, ada, guarded):
    with refused(*BAD):
        await remove(world, ada, "not a code")
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "WRONG_PASSWORD"):
        await remove(world, ada, guarded.code(), "a wrong guess of mine")

    after = await remove(world, ada, guarded.code())

    assert after == factor_pb2.SecondFactor()
    assert await log_in(world, ada)


# --- no way around


async def test_reactivating_needs_it_too(world, ada, guarded):
    await world.accounts.DeactivateUser(
        auth_pb2.DeactivateUserRequest(name="users/me"), metadata=ada.metadata
    )
    request = auth_pb2.ReactivateUserRequest(email=ada.user.email, password=PASSWORD)

    with refused(*REQUIRED):
        await world.accounts.ReactivateUser(request)
    request.second_factor_code = guarded.code()
    assert await world.accounts.ReactivateUser(request)


# --- in a session that was opened without it


@pytest.fixture
async def weak(world, ada):
    """A session of Ada's from before she turned it on."""
    return Person(ada.user, await log_in(world, ada))


async def test_a_session_becomes_a_strong_one(world, ada, weak, club):
    guarded = await guard(world, ada)
    assert "amr" not in claims(await world.refresh(weak.session.refresh_token))

    assert await verify(world, weak, guarded.code()) == factor_pb2.VerifySecondFactorResponse()

    session = weak.session.session
    query = "select second_factor from sessions where id = %s"
    (row,) = await (await world.owner.execute(query, [session.rpartition("/")[2]])).fetchall()
    assert row.second_factor
    entries = await world.log(club, ada, "action = SECOND_FACTOR_VERIFY")
    assert [(one.actor, one.target) for one in entries] == [(ada.name, ada.name)]


async def test_a_code_shown_in_a_session_is_good_once_as_everywhere(world, weak, ada):
    guarded = await guard(world, ada)
    await verify(world, weak, guarded.code())

    with refused(*BAD):
        await verify(world, weak, guarded.code())
    with refused(*BAD):
        await log_in(world, ada, guarded.code())


async def test_what_shows_nothing_strengthens_nothing(world, weak, ada, bob):
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "NO_SECOND_FACTOR"):
        await verify(world, weak, "123456")
    guarded = await guard(world, ada)
    with refused(*REQUIRED):
        await verify(world, weak)
    with refused(*REQUIRED):
        await verify(world, weak, device_token="made up")
    with refused(*BAD):
        await verify(world, weak, "000000" if guarded.code() != "000000" else "000001")
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "NO_SECOND_FACTOR"):
        await verify(world, bob, guarded.code())
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        request = factor_pb2.VerifySecondFactorRequest(code=guarded.code())
        await factors(world).VerifySecondFactor(request)

    assert "amr" not in claims(await world.refresh(weak.session.refresh_token))


async def test_a_device_that_was_remembered_in_a_session_is_enough_the_next_time(world, weak, ada):
    guarded = await guard(world, ada)
    token = (await verify(world, weak, guarded.code(), remember_device=True)).device_token
    assert token

    again = await verify(world, weak, device_token=token)

    assert again.device_token == ""
    assert claims(await world.refresh(weak.session.refresh_token))["amr"] == ["pwd", "otp"]


async def test_another_password_is_no_way_around(world, ada, guarded):
    codes = code_pb2_grpc.CodeServiceStub(world.channel)
    await codes.ForgotPassword(code_pb2.ForgotPasswordRequest(email=ada.user.email))
    rows = await world.owner.execute(
        "select id, sealed from letters order by create_time desc limit 1"
    )
    row = await rows.fetchone()
    post = world.parts.state.door.post
    found = await world.db.read(post.read, row.id)
    challenge = await world.owner.execute(
        'select id from challenges where "user" = %s order by expire_time desc limit 1', [ada.id]
    )
    (id,) = await challenge.fetchone()
    await codes.ResetPassword(
        code_pb2.ResetPasswordRequest(
            challenge=str(id), code=found[0].code, new_password="another long password"
        )
    )

    with refused(*REQUIRED):
        await log_in(world, ada, password="another long password")


async def test_who_shows_the_address_first_is_rid_of_what_a_stranger_turned_on(world, ada, guarded):
    """As of an account that an administrator made, or an issuer, with somebody else's address."""
    await log_in(world, ada, guarded.code(), remember_device=True)
    query = "update users set email_verify_time = null where id = %s"
    await world.owner.execute(query, [ada.id])

    challenge = await codes.forgot(world, ada.user.email)
    code = (await codes.letters(world, ada.name))[-1].code
    await codes.reset(world, challenge, code)

    owner = Person(ada.user, await log_in(world, ada, password=codes.NEW))
    assert await state(world, owner) == factor_pb2.SecondFactor()
    assert (await enroll(world, owner, codes.NEW)).secret != guarded.secret


async def test_administrators_need_it_too(database, owner):
    async with database.lent("auth") as db, serving(db, await owner(db)) as world:
        stub = administrator_pb2_grpc.AdministratorServiceStub(world.channel)
        email = f"{uuid.uuid4()}@example.org"
        user = auth_pb2.User(email=email, display_name="Root")
        made = await stub.RegisterAdministrator(
            administrator_pb2.RegisterAdministratorRequest(
                user=user, password=PASSWORD, bootstrap_secret=BOOTSTRAP
            )
        )
        root = Person(auth_pb2.User(name=made.user, email=email), await world.log_in(email))
        guarded = await guard(world, root)
        request = administrator_pb2.LoginAdministratorRequest(email=email, password=PASSWORD)

        with refused(*REQUIRED):
            await stub.LoginAdministrator(request)
        request.second_factor_code = guarded.code()
        assert claims(await stub.LoginAdministrator(request))["role"] == "ADMINISTRATOR"


async def test_codes_are_not_guessed_for_long(database, owner):
    limits = Limits(logins_per_account=3, logins_per_address=1000, accounts_per_address=1000)
    few = dataclasses.replace(CHEAP, limits=limits)
    slow = (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_TRIES")
    async with database.lent("auth") as db, serving(db, await owner(db), few) as world:
        ada = await world.person()
        await guard(world, ada)

        for _ in range(3):
            for _ in range(3):
                # The right password first is no guess.
                with refused(*REQUIRED):
                    await log_in(world, ada)
            with refused(*BAD):
                await log_in(world, ada, "not it")
        with refused(*BAD):
            await log_in(world, ada, "not it")
        with refused(*slow):
            await log_in(world, ada, "not it")
        for _ in range(4):
            with refused(*BAD):
                await replace(world, ada, "not it")
        with refused(*slow):
            await replace(world, ada, "not it")


async def test_neither_secrets_nor_codes_are_in_the_database(world, ada, guarded):
    token = (await log_in(world, ada, guarded.code(), remember_device=True)).device_token
    plain = [guarded.secret, token, *(code.replace("-", "") for code in guarded.recovery)]
    for query in (
        "select encode(sealed, 'escape') || encode(sealed, 'hex') as said from second_factors",
        "select encode(digest, 'escape') || encode(digest, 'hex') as said from recovery_codes",
        "select encode(digest, 'escape') || encode(digest, 'hex') as said from devices",
        "select encode(answer, 'escape') as said from answered where answer is not null",
    ):
        rows = await world.owner.execute(query)
        said = " ".join(row.said for row in await rows.fetchall())
        assert not any(one in said or one.encode().hex() in said for one in plain)


@pytest.mark.parametrize(
    ("request_of", "field"),
    [
        (factor_pb2.EnrollSecondFactorRequest(password="p" * 129), "password"),
        (factor_pb2.ConfirmSecondFactorRequest(), "code"),
        (factor_pb2.ReplaceRecoveryCodesRequest(code="1" * 33), "code"),
        (factor_pb2.RemoveSecondFactorRequest(password=PASSWORD), "code"),
        (factor_pb2.VerifySecondFactorRequest(code="1" * 33), "code"),
        (factor_pb2.VerifySecondFactorRequest(device_token="1" * 257), "device_token"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
async def test_what_asks_for_nothing_is_pointed_at(world, ada, request_of, field):
    method = type(request_of).__name__.removesuffix("Request")

    with invalid(field):
        await getattr(factors(world), method)(request_of, metadata=ada.metadata)


def test_a_factor_does_not_show_its_secret():
    assert SECRET not in repr(Factor(uuid.uuid4(), SECRET, None, 0))


# --- organizations that want one


async def want(world, club, person, wanted=True):
    """Has an organization want a second factor of its members, or not any more."""
    request = organization_pb2.UpdateOrganizationRequest()
    request.organization.name = club
    request.organization.second_factor_required = wanted
    request.update_mask.paths.append("second_factor_required")
    return await world.organizations.UpdateOrganization(request, metadata=person.metadata)


async def look(world, club, person):
    """What a member may do and nobody else; whatever was believed before is forgotten."""
    world.members.beliefs.clear()
    request = organization_pb2.ListMembersRequest(parent=club)
    return await world.organizations.ListMembers(request, metadata=person.metadata)


async def test_an_organization_can_want_it_of_its_members(world, ada, club, guarded):
    staff = await world.join(club, ada, "ADMIN")
    strong = Person(ada.user, await log_in(world, ada, guarded.code()))

    made = await want(world, club, strong)

    assert made.second_factor_required
    assert await look(world, club, strong)
    needed = (grpc.StatusCode.PERMISSION_DENIED, "SECOND_FACTOR_NEEDED")
    for weak in (staff, ada):
        with refused(*needed, organization=club):
            await look(world, club, weak)
    assert (await world.facts(club))[-1].second_factor_required
    # Other organizations want nothing of them.
    assert await look(world, await world.organization(staff), staff)


async def test_a_member_who_turns_it_on_is_let_in_again(world, ada, bob, club, guarded):
    strong = Person(ada.user, await log_in(world, ada, guarded.code()))
    staff = await world.join(club, ada, "ADMIN")
    await want(world, club, strong)
    theirs = await guard(world, staff)

    session = await log_in(world, staff, theirs.code())

    assert await look(world, club, Person(staff.user, session))


async def test_an_organization_can_stop_wanting_it(world, ada, club, guarded):
    staff = await world.join(club, ada, "ADMIN")
    strong = Person(ada.user, await log_in(world, ada, guarded.code()))
    await want(world, club, strong)

    await want(world, club, strong, wanted=False)

    assert await look(world, club, staff)


async def test_nobody_shuts_themselves_out(world, ada, club):
    with refused(grpc.StatusCode.PERMISSION_DENIED, "SECOND_FACTOR_NEEDED", organization=club):
        await want(world, club, ada)

    assert await look(world, club, ada)


async def test_who_may_not_is_told_that_first(world, ada, club, guarded):
    viewer = await world.join(club, ada, "VIEWER")
    strong = Person(ada.user, await log_in(world, ada, guarded.code()))
    await want(world, club, strong)

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await look(world, club, viewer)
