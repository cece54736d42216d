"""A code shows whose an address is, and helps who forgot the password; it helps nobody else."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest
from psycopg import sql

from services.auth.codes import actions, domain
from services.auth.codes.domain import TRIES, Subject
from services.auth.letters.actions import SEND
from services.auth.limits import Limits
from services.auth.work import STEPS, errands
from services.kit.clock import now
from services.kit.secrets import derive, open
from services.kit.work import Due
from tests.auth.world import CHEAP, PASSWORD, registration, serving
from tests.serving import NOBODY, SECRET, from_address, invalid, refused
from turnout.auth.v1 import auth_pb2, code_pb2, code_pb2_grpc
from turnout.messaging.v1 import notice_pb2

pytestmark = pytest.mark.server

NEW = "another long password"
BAD = (grpc.StatusCode.UNAUTHENTICATED, "BAD_CODE")
Notice = notice_pb2.SendNoticeRequest
SUBJECT = code_pb2.SendCodeRequest


@pytest.fixture
def clock(world):
    yield world.clock
    world.clock.ahead = timedelta()


def codes(world):
    return code_pb2_grpc.CodeServiceStub(world.channel)


async def letters(world, recipient=""):
    """The letters to somebody that wait to be sent, in the order of their writing."""
    rows = await world.owner.execute("select id, sealed from letters order by id")
    key = derive(SECRET, "letters")
    found = [Notice.FromString(open(key, row.sealed, str(row.id))) for row in await rows.fetchall()]
    return [notice for notice in found if notice.recipient == recipient]


async def forgot(world, email, metadata=NOBODY):
    request = code_pb2.ForgotPasswordRequest(email=email)
    return (await codes(world).ForgotPassword(request, metadata=metadata)).challenge


async def reset(world, challenge, code, password=NEW):
    request = code_pb2.ResetPasswordRequest(challenge=challenge, code=code, new_password=password)
    return await codes(world).ResetPassword(request)


async def asked(world, person):
    """A challenge for a new password, and the code to it."""
    challenge = await forgot(world, person.user.email)
    return challenge, (await letters(world, person.name))[-1].code


async def send_code(world, person, subject=SUBJECT.SUBJECT_EMAIL, **more):
    request = code_pb2.SendCodeRequest(name="users/me", subject=subject, **more)
    return await codes(world).SendCode(request, metadata=person.metadata)


async def verify(world, person, challenge, code, name="users/me", request_id=""):
    request = code_pb2.VerifyCodeRequest(
        name=name, challenge=challenge, code=code, request_id=request_id
    )
    return await codes(world).VerifyCode(request, metadata=person.metadata)


async def update(world, person, **changes):
    user = auth_pb2.User(name=person.name, **changes)
    request = auth_pb2.UpdateUserRequest(user=user)
    return await world.accounts.UpdateUser(request, metadata=person.metadata)


async def unverified(world, person):
    """As an account is that somebody else made: an administrator, or an issuer."""
    query = "update users set email_verify_time = null where id = %s"
    await world.owner.execute(query, [person.id])
    person.user.ClearField("email_verify_time")


def other(code):
    return f"{(int(code) + 1) % 10**8:08}"


# --- a forgotten password


async def test_who_forgot_the_password_gets_a_code_and_another_one(world, ada):
    challenge, code = await asked(world, ada)

    await reset(world, challenge, f" {code[:4]} {code[4:]} ")

    assert (await world.log_in(ada.user.email, NEW)).user == ada.name
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await world.log_in(ada.user.email, PASSWORD)


async def test_another_password_ends_all_sessions_and_is_told(world, ada, clock):
    second = await world.log_in(ada.user.email)
    challenge, code = await asked(world, ada)

    await reset(world, challenge, code)

    for session in (ada.session, second):
        with refused(grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED"):
            await world.refresh(session.refresh_token)
    facts = [fact.DESCRIPTOR.name for fact in await world.facts(ada.session.session)]
    assert facts == ["SessionRevoked"]
    told = (await letters(world, ada.name))[-1]
    assert (told.kind, told.email) == (Notice.KIND_PASSWORD_CHANGED, ada.user.email)


async def test_a_code_that_came_back_verifies_the_address(world, ada):
    await unverified(world, ada)
    challenge, code = await asked(world, ada)
    await reset(world, challenge, code)

    session = await world.log_in(ada.user.email, NEW)

    ada.session = session
    profile = await world.accounts.GetProfile(auth_pb2.GetProfileRequest(), metadata=ada.metadata)
    assert profile.HasField("email_verify_time")


async def test_a_code_is_good_once(world, ada):
    challenge, code = await asked(world, ada)
    await reset(world, challenge, code)

    with refused(*BAD):
        await reset(world, challenge, code, "yet another password")


async def test_of_two_who_answer_at_once_one_succeeds(world, ada):
    challenge, code = await asked(world, ada)

    tries = [reset(world, challenge, code, f"password number {i}") for i in range(4)]
    found = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(not isinstance(one, Exception) for one in found) == 1


async def test_after_a_new_password_older_codes_are_no_use(world, ada):
    earlier = await asked(world, ada)
    challenge, code = await asked(world, ada)
    await reset(world, challenge, code)

    with refused(*BAD):
        await reset(world, *earlier)


async def test_a_code_may_be_tried_a_few_times_only(world, ada):
    challenge, code = await asked(world, ada)
    for _ in range(TRIES):
        with refused(*BAD):
            await reset(world, challenge, other(code))

    with refused(*BAD):
        await reset(world, challenge, code)


async def test_tries_at_once_are_no_more_tries(world, ada):
    challenge, code = await asked(world, ada)
    wrong = [reset(world, challenge, other(code)) for _ in range(TRIES)]
    await asyncio.gather(*wrong, return_exceptions=True)

    with refused(*BAD):
        await reset(world, challenge, code)


async def test_nobody_uses_up_the_tries_of_somebody_else(world, ada):
    challenge, code = await asked(world, ada)
    stranger = await forgot(world, ada.user.email)
    for _ in range(TRIES + 1):
        with refused(*BAD):
            await reset(world, stranger, code)

    await reset(world, challenge, code)


async def test_a_code_is_good_for_a_quarter_of_an_hour(world, ada, clock):
    challenge, code = await asked(world, ada)
    clock.ahead = domain.LIFE

    with refused(*BAD):
        await reset(world, challenge, code)


async def test_a_code_is_no_good_once_the_address_is_another(world, ada):
    challenge, code = await asked(world, ada)
    elsewhere = f"{uuid.uuid4()}@example.org"
    waiting = await update(world, ada, email=elsewhere)
    await verify(world, ada, waiting.challenge, (await world.letters(elsewhere))[-1].code)

    with refused(*BAD):
        await reset(world, challenge, code)


async def test_a_code_for_something_else_opens_nothing(world, ada):
    sent = await send_code(world, ada)
    code = (await letters(world, ada.name))[-1].code

    with refused(*BAD):
        await reset(world, sent.challenge, code)


async def test_an_account_that_is_closed_stays_so(world, ada):
    await world.accounts.DeactivateUser(
        auth_pb2.DeactivateUserRequest(name="users/me"), metadata=ada.metadata
    )
    challenge, code = await asked(world, ada)
    await reset(world, challenge, code)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "USER_DEACTIVATED"):
        await world.log_in(ada.user.email, NEW)


async def test_a_new_password_is_held_to_the_same_rules(world, ada):
    challenge, code = await asked(world, ada)

    with invalid("new_password"):
        await reset(world, challenge, code, "password123")
    with invalid("new_password"):
        await reset(world, challenge, code, "short")

    await reset(world, challenge, code)


# --- nobody learns who has an account


async def test_an_unknown_address_gets_the_same_answer_and_no_letter(world, ada):
    known = await codes(world).ForgotPassword(code_pb2.ForgotPasswordRequest(email=ada.user.email))
    unknown = await codes(world).ForgotPassword(
        code_pb2.ForgotPasswordRequest(email=f"{uuid.uuid4()}@example.org")
    )

    assert len(known.challenge) == len(unknown.challenge)
    assert abs(known.expire_time.seconds - unknown.expire_time.seconds) < 60
    with refused(*BAD):
        await reset(world, unknown.challenge, "12345678")
    with refused(*BAD):
        await reset(world, str(uuid.uuid4()), "12345678")


async def test_an_unknown_address_makes_the_same_work(database, owner):
    """The same rows in every table, for both."""
    async with database.lent("auth") as db, serving(db, await owner(db)) as world:
        ada = await world.person()

        async def added(email):
            before = await counts(world)
            await forgot(world, email)
            after = await counts(world)
            return [now - then for now, then in zip(after, before, strict=True)]

        assert await added(ada.user.email) == await added("nobody@example.org") == [1, 1, 2, 0]


async def counts(world):
    tables = ("challenges", "letters", "due", "outbox")
    found = []
    for table in tables:
        query = sql.SQL("select count(*) as n from {}").format(sql.Identifier(table))
        rows = await world.owner.execute(query)
        found.append((await rows.fetchone()).n)
    return found


async def test_a_flood_of_codes_is_stopped_and_not_for_the_owner(database, owner):
    few = dataclasses.replace(CHEAP, limits=Limits(codes_per_account=2, codes_per_address=1000))
    home, away = from_address("192.0.2.1"), from_address("198.51.100.1")
    slow = (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_TRIES")
    async with database.lent("auth") as db, serving(db, await owner(db), few) as world:
        email = f"{uuid.uuid4()}@example.org"
        await world.register(registration(email))
        login = auth_pb2.LoginRequest(email=email, password=PASSWORD)
        await world.accounts.Login(login, metadata=home)

        for _ in range(3):
            await forgot(world, email, away)
            await forgot(world, "nobody@example.org", away)
        with refused(*slow, wait_seconds="10"):
            await forgot(world, email, away)
        with refused(*slow, wait_seconds="10"):
            await forgot(world, "nobody@example.org", away)

        assert await forgot(world, email, home)


# --- addresses and numbers


async def test_an_address_is_verified_by_a_code(world, ada):
    await unverified(world, ada)
    sent = await send_code(world, ada)
    letter = (await letters(world, ada.name))[-1]
    assert (letter.kind, letter.email) == (Notice.KIND_EMAIL_CODE, ada.user.email)

    user = await verify(world, ada, sent.challenge, letter.code)

    assert user.HasField("email_verify_time")
    assert user.etag == '"2"'


async def test_a_number_is_verified_by_a_code(world, ada):
    revised = await update(world, ada, phone="+491701234567")
    assert (revised.phone, revised.HasField("phone_verify_time")) == ("+491701234567", False)
    sent = await send_code(world, ada, SUBJECT.SUBJECT_PHONE)
    letter = (await letters(world, ada.name))[-1]
    assert (letter.kind, letter.phone, letter.email) == (
        Notice.KIND_PHONE_CODE,
        "+491701234567",
        "",
    )

    user = await verify(world, ada, sent.challenge, letter.code)

    assert user.HasField("phone_verify_time")
    assert user.email_verify_time == ada.user.email_verify_time


async def test_another_number_is_not_verified(world, ada):
    await update(world, ada, phone="+491701234567")
    sent = await send_code(world, ada, SUBJECT.SUBJECT_PHONE)
    await verify(world, ada, sent.challenge, (await letters(world, ada.name))[-1].code)

    revised = await update(world, ada, phone="+491701234568")

    assert revised.phone == "+491701234568"
    assert not revised.HasField("phone_verify_time")


async def test_another_address_counts_once_its_code_came_back(world, ada):
    elsewhere = f"{uuid.uuid4()}@example.org"

    waiting = await update(world, ada, email=elsewhere.upper(), display_name="Countess")
    assert (waiting.email, waiting.display_name) == (ada.user.email, "Countess")
    (sent,) = await world.letters(elsewhere)
    assert (sent.kind, sent.display_name) == (Notice.KIND_EMAIL_CODE, "")
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await world.log_in(elsewhere)
    moved = await verify(world, ada, waiting.challenge, sent.code)

    assert (moved.email, moved.display_name) == (elsewhere, "Countess")
    assert moved.HasField("email_verify_time")
    told = (await letters(world, ada.name))[-1]
    assert (told.kind, told.email) == (Notice.KIND_EMAIL_CHANGED, ada.user.email)
    assert (await world.facts(ada.name))[-1].email == elsewhere
    assert (await world.log_in(elsewhere)).user == ada.name
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await world.log_in(ada.user.email)


async def test_a_code_for_another_address_is_good_for_who_wants_it_only(world, ada, bob):
    elsewhere = f"{uuid.uuid4()}@example.org"
    waiting = await update(world, ada, email=elsewhere)
    (sent,) = await world.letters(elsewhere)

    with refused(*BAD):
        await verify(world, bob, waiting.challenge, sent.code)
    with refused(*BAD):
        await verify(world, ada, waiting.challenge, other(sent.code))
    with refused(*BAD):
        await reset(world, waiting.challenge, sent.code)

    assert (await verify(world, ada, waiting.challenge, sent.code)).email == elsewhere


async def test_the_same_address_stays_verified(world, ada):
    revised = await update(world, ada, email=ada.user.email, display_name="Countess")

    assert revised.HasField("email_verify_time")


async def test_whether_somebody_has_an_address_is_told_to_them_alone(world, ada, bob):
    free = await update(world, ada, email=f"{uuid.uuid4()}@example.org")
    taken = await update(world, ada, email=bob.user.email)

    assert shape(free) == shape(taken)
    assert free.email == taken.email == ada.user.email
    told = (await world.letters(bob.user.email))[-1]
    assert (told.kind, told.recipient, told.code) == (Notice.KIND_EMAIL_TAKEN, bob.name, "")
    with refused(*BAD):
        await verify(world, ada, taken.challenge, "12345678")


async def test_of_two_who_want_an_address_the_first_to_show_it_gets_it(world, ada, bob):
    """The other has shown it too, and may know."""
    wanted = f"{uuid.uuid4()}@example.org"
    asked = [await update(world, person, email=wanted) for person in (ada, bob)]
    sent = [letter.code for letter in await world.letters(wanted)]

    await verify(world, bob, asked[1].challenge, sent[1])

    with refused(grpc.StatusCode.ALREADY_EXISTS, "EMAIL_TAKEN", email=wanted):
        await verify(world, ada, asked[0].challenge, sent[0])


def shape(message):
    return [(field.name, len(str(value))) for field, value in message.ListFields()]


async def test_who_has_no_number_cannot_verify_it(world, ada):
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "NOTHING_TO_VERIFY", subject="phone"):
        await send_code(world, ada, SUBJECT.SUBJECT_PHONE)


async def test_a_code_verifies_nothing_of_another_account(world, ada, bob):
    sent = await send_code(world, ada)
    code = (await letters(world, ada.name))[-1].code

    with refused(*BAD):
        await verify(world, bob, sent.challenge, code)
    with refused(grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND"):
        await verify(world, bob, sent.challenge, code, name=ada.name)
    with refused(grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND"):
        request = code_pb2.SendCodeRequest(name=ada.name, subject=SUBJECT.SUBJECT_EMAIL)
        await codes(world).SendCode(request, metadata=bob.metadata)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await codes(world).SendCode(request)


async def test_a_wrong_code_verifies_nothing(world, ada):
    sent = await send_code(world, ada)
    code = (await letters(world, ada.name))[-1].code
    for _ in range(TRIES):
        with refused(*BAD):
            await verify(world, ada, sent.challenge, other(code))

    with refused(*BAD):
        await verify(world, ada, sent.challenge, code)


async def test_the_retry_of_a_verification_is_answered(world, ada):
    id = str(uuid.uuid4())
    sent = await send_code(world, ada, request_id=id)
    assert await send_code(world, ada, request_id=id) == sent
    code = (await letters(world, ada.name))[-1].code
    again = str(uuid.uuid4())

    first = await verify(world, ada, sent.challenge, code, request_id=again)

    assert await verify(world, ada, sent.challenge, code, request_id=again) == first


@pytest.mark.parametrize(
    ("request_of", "field"),
    [
        (code_pb2.ForgotPasswordRequest(), "email"),
        (code_pb2.ResetPasswordRequest(code="1", new_password=NEW), "challenge"),
        (
            code_pb2.ResetPasswordRequest(challenge="mine", code="1", new_password=NEW),
            "challenge",
        ),
        (code_pb2.SendCodeRequest(name="users/me"), "subject"),
        (code_pb2.VerifyCodeRequest(name="users/me", challenge=str(uuid.UUID(int=1))), "code"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
async def test_what_asks_for_nothing_is_pointed_at(world, ada, request_of, field):
    method = type(request_of).__name__.removesuffix("Request")

    with invalid(field):
        await getattr(codes(world), method)(request_of, metadata=ada.metadata)


# --- letters


async def test_no_code_is_in_the_database(world, ada):
    challenge, code = await asked(world, ada)
    tables = await world.owner.execute(
        "select table_name from information_schema.tables where table_schema = 'public'"
    )
    for (table,) in await tables.fetchall():
        query = sql.SQL("select t::text as said from {} t").format(sql.Identifier(table))
        rows = await world.owner.execute(query)
        said = [row.said for row in await rows.fetchall()]
        assert not any(code in one.replace(challenge, "") for one in said), table
        assert not any(code.encode().hex() in one for one in said), table


class Nowhere:
    """A mesh in which messaging takes everything."""

    def __init__(self):
        self.taken: list[Any] = []
        self.channel = self

    def unary_unary(self, *_, **__):
        async def take(notice, **__):
            self.taken.append(notice)

        return take


async def test_a_letter_is_handed_over_under_its_id_and_forgotten(world, ada):
    await forgot(world, ada.user.email)
    rows = await world.owner.execute("select id from letters order by id desc limit 1")
    id = (await rows.fetchone()).id
    mesh: Any = Nowhere()
    send = errands(world.parts.state.door.post, mesh, world.clock.now)[SEND]

    await send(world.db, Due(SEND, None, id, now(), 0))
    await send(world.db, Due(SEND, None, id, now(), 1))

    assert [notice.request_id for notice in mesh.taken] == [str(id)]
    assert mesh.taken[0].recipient == ada.name


@pytest.mark.parametrize("to", ["nobody", "late"])
async def test_a_letter_that_is_of_no_use_is_not_sent(world, ada, clock, to):
    await forgot(world, ada.user.email if to == "late" else "nobody@example.org")
    rows = await world.owner.execute("select id from letters order by id desc limit 1")
    id = (await rows.fetchone()).id
    clock.ahead = domain.LIFE
    mesh: Any = Nowhere()

    await errands(world.parts.state.door.post, mesh, world.clock.now)[SEND](
        world.db, Due(SEND, None, id, now(), 0)
    )

    assert mesh.taken == []
    assert await world.db.read(world.parts.state.door.post.read, id) is None


async def test_a_challenge_is_forgotten(world, ada):
    challenge = uuid.UUID(await forgot(world, ada.user.email))

    await world.db.run(STEPS[actions.FORGET], Due(actions.FORGET, None, challenge, now(), 0))

    rows = await world.owner.execute("select 1 from challenges where id = %s", [challenge])
    assert await rows.fetchone() is None


# --- rules


def test_a_code_has_eight_digits_and_is_another_each_time():
    drawn = {actions.new_code() for _ in range(200)}

    assert len(drawn) > 190
    assert all(len(code) == 8 and code.isdigit() for code in drawn)


def test_a_challenge_does_not_show_what_answers_it():
    asked = domain.challenge(uuid.uuid4(), Subject.PASSWORD, None, b"digest", now())

    assert "digest" not in repr(asked)
    assert not domain.answered(asked, Subject.PASSWORD, b"digest", now())
