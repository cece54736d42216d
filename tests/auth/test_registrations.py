"""Registering tells nobody who has an account, and gives nobody an address that is not theirs."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from datetime import timedelta

import grpc
import pytest
from google.rpc import error_details_pb2
from psycopg import sql

from services.auth.codes import actions as codes
from services.auth.codes.domain import TRIES
from services.auth.work import STEPS
from services.kit.clock import now
from services.kit.work import Due
from tests.auth.world import Notice, registration, serving
from tests.serving import detail, invalid, refused
from turnout.auth.v1 import auth_pb2

pytestmark = pytest.mark.server

BAD = (grpc.StatusCode.UNAUTHENTICATED, "BAD_CODE")
TAKEN = (grpc.StatusCode.ALREADY_EXISTS, "EMAIL_TAKEN")
WRONG = (grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS")
MINE, THEIRS = "the password of a stranger", "the password of the owner"


@pytest.fixture
def clock(world):
    yield world.clock
    world.clock.ahead = timedelta()


@dataclasses.dataclass
class Asked:
    """An account that was asked for, and what came to the address."""

    email: str
    challenge: str
    code: str


def email():
    return f"{uuid.uuid4()}@example.org"


async def ask(world, to="", **more):
    to = to or email()
    answer = await world.accounts.RegisterUser(registration(to, **more))
    return Asked(to, answer.challenge, (await world.letters(to))[-1].code)


async def confirm(world, challenge, code):
    request = auth_pb2.ConfirmRegistrationRequest(challenge=challenge, code=code)
    return await world.accounts.ConfirmRegistration(request)


def other(code):
    return f"{(int(code) + 1) % 10**8:08}"


def words(error):
    return detail(error, error_details_pb2.ErrorInfo).reason, error.details()


def shape(message):
    return [(field.name, len(str(value))) for field, value in message.ListFields()]


# --- what a stranger learns


async def test_a_taken_address_gets_the_answer_of_a_free_one(world, ada):
    free = await world.accounts.RegisterUser(registration(email(), MINE))
    taken = await world.accounts.RegisterUser(registration(ada.user.email, MINE))

    assert shape(free) == shape(taken)
    assert [field for field, _ in shape(free)] == ["email", "display_name", "challenge"]
    assert (taken.email, taken.display_name) == (ada.user.email, "Ada")


async def test_a_taken_address_makes_the_work_of_a_free_one(database, owner):
    """The same rows in every table, for both."""
    async with database.lent("auth") as db, serving(db, await owner(db)) as world:
        ada = await world.person()

        async def added(to):
            before = await counts(world)
            await world.accounts.RegisterUser(registration(to, MINE))
            after = await counts(world)
            return {
                name: after[name] - before[name] for name in after if after[name] > before[name]
            }

        expected = {"challenges": 1, "registrations": 1, "letters": 1, "due": 2}
        assert await added(ada.user.email) == await added(email()) == expected


async def counts(world):
    query = "select tablename from pg_tables where schemaname = 'public'"
    tables = [row.tablename for row in await (await world.owner.execute(query)).fetchall()]
    found = {}
    for table in tables:
        count = sql.SQL("select count(*) as n from {}").format(sql.Identifier(table))
        found[table] = (await (await world.owner.execute(count)).fetchone()).n
    return found


async def test_the_password_that_was_asked_with_opens_nothing_of_either(world, ada):
    free = await ask(world, password=MINE)
    await world.accounts.RegisterUser(registration(ada.user.email, MINE))
    said = []

    for to in (free.email, ada.user.email):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await world.log_in(to, MINE)
        said.append(
            (detail(error.value, error_details_pb2.ErrorInfo).reason, error.value.details())
        )

    assert said[0] == said[1]
    assert said[0][0] == "BAD_CREDENTIALS"


async def test_no_code_tells_them_apart_either(world, ada):
    free = await ask(world)
    taken = await world.accounts.RegisterUser(registration(ada.user.email, MINE))
    said = []

    for challenge in (free.challenge, taken.challenge, str(uuid.uuid4())):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await confirm(world, challenge, other(free.code))
        said.append(
            (detail(error.value, error_details_pb2.ErrorInfo).reason, error.value.details())
        )

    assert len(set(said)) == 1
    assert said[0][0] == "BAD_CODE"


async def test_the_owner_is_told_and_gets_no_code(world, ada):
    await world.accounts.RegisterUser(registration(ada.user.email, MINE, "Click here"))

    told = (await world.letters(ada.user.email))[-1]
    assert (told.kind, told.recipient, told.code) == (Notice.KIND_EMAIL_TAKEN, ada.name, "")
    assert told.display_name == ada.user.display_name
    assert (await world.log_in(ada.user.email)).user == ada.name


async def test_a_stranger_writes_nothing_into_the_letter_of_somebody_else(world):
    to = email()
    await world.accounts.RegisterUser(registration(to, MINE, "Win at http://example.net"))

    (told,) = await world.letters(to)
    assert told.kind == Notice.KIND_EMAIL_CODE
    assert "example.net" not in str(told)


# --- whose an address is


async def test_who_reads_the_letters_gets_the_account(world):
    """However many strangers asked for one before and after."""
    to = email()
    stranger = await ask(world, to, password=MINE)
    owner = await ask(world, to, password=THEIRS)
    await ask(world, to, password=MINE)

    user = await confirm(world, owner.challenge, f" {owner.code[:4]} {owner.code[4:]} ")

    assert (await world.log_in(to, THEIRS)).user == user.name
    with refused(*WRONG):
        await world.log_in(to, MINE)
    # The code shows whose the address is, so that they may know.
    with refused(*TAKEN, email=to):
        await confirm(world, stranger.challenge, stranger.code)


async def test_of_many_who_show_one_address_at_once_one_gets_it(world):
    to = email()
    asked = [await ask(world, to) for _ in range(6)]

    answers = await asyncio.gather(
        *(confirm(world, one.challenge, one.code) for one in asked), return_exceptions=True
    )

    made = [answer for answer in answers if isinstance(answer, auth_pb2.User)]
    refusals = [answer.code() for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert len(made) == 1
    assert refusals == [grpc.StatusCode.ALREADY_EXISTS] * 5


async def test_an_address_has_one_account_however_it_is_typed(world, ada):
    again = await world.accounts.RegisterUser(registration(f" {ada.user.email.upper()} ".strip()))

    assert again.email == ada.user.email
    assert (await world.letters(ada.user.email))[-1].kind == Notice.KIND_EMAIL_TAKEN


async def test_a_second_factor_keeps_nobody_out_of_their_address(world):
    """A stranger who asked for an account has no session to turn one on in."""
    asked = await ask(world, password=MINE)
    with refused(*WRONG):
        await world.log_in(asked.email, MINE)

    owner = await ask(world, asked.email, password=THEIRS)
    user = await confirm(world, owner.challenge, owner.code)

    assert (await world.log_in(asked.email, THEIRS)).user == user.name


# --- codes


async def test_a_code_is_good_for_its_own_challenge_only(world):
    mine, theirs = await ask(world), await ask(world)

    with refused(*BAD):
        await confirm(world, mine.challenge, theirs.code)
    with refused(*BAD):
        await confirm(world, str(uuid.uuid4()), mine.code)

    assert (await confirm(world, mine.challenge, mine.code)).email == mine.email


async def test_a_code_may_be_tried_a_few_times_only(world):
    asked = await ask(world)
    for _ in range(TRIES):
        with refused(*BAD):
            await confirm(world, asked.challenge, other(asked.code))

    with refused(*BAD):
        await confirm(world, asked.challenge, asked.code)


async def test_tries_at_once_are_no_more_tries(world):
    asked = await ask(world)
    wrong = [other(asked.code)] * (2 * TRIES)

    answers = await asyncio.gather(
        *(confirm(world, asked.challenge, code) for code in wrong), return_exceptions=True
    )

    refusals = [answer.code() for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert refusals == [grpc.StatusCode.UNAUTHENTICATED] * (2 * TRIES)
    with refused(*BAD):
        await confirm(world, asked.challenge, asked.code)


async def test_a_code_is_good_for_a_quarter_of_an_hour(world, clock):
    asked = await ask(world)
    clock.ahead = timedelta(minutes=15)

    with refused(*BAD):
        await confirm(world, asked.challenge, asked.code)


async def test_what_nobody_confirmed_is_forgotten(world):
    asked = await ask(world)
    due = Due(codes.FORGET, None, uuid.UUID(asked.challenge), now(), 0)

    await world.db.run(STEPS[codes.FORGET], due)

    rows = await world.owner.execute(
        "select from registrations where challenge = %s", [asked.challenge]
    )
    assert rows.rowcount == 0
    # Whoever was told the address by the letter forgets it.
    recipient = (await world.letters(asked.email))[-1].recipient
    assert await world.facts(recipient) == [auth_pb2.UserDeleted(user=recipient)]
    with refused(*BAD):
        await confirm(world, asked.challenge, asked.code)


async def test_a_code_that_is_forgotten_leaves_the_account_that_came_of_it(world):
    asked = await ask(world)
    user = await confirm(world, asked.challenge, asked.code)
    due = Due(codes.FORGET, None, uuid.UUID(asked.challenge), now(), 0)

    await world.db.run(STEPS[codes.FORGET], due)

    assert (await world.log_in(asked.email)).user == user.name
    assert [fact.DESCRIPTOR.name for fact in await world.facts(user.name)] == ["UserRegistered"]


# --- retries


async def test_a_retry_asks_once(world):
    request = registration(email(), request_id=str(uuid.uuid4()))

    first, second = await asyncio.gather(
        world.accounts.RegisterUser(request), world.accounts.RegisterUser(request)
    )

    assert first == second
    assert len(await world.letters(first.email)) == 1


async def test_a_retry_with_another_password_is_another_request(world):
    address, used = email(), str(uuid.uuid4())
    await world.accounts.RegisterUser(registration(address, request_id=used))

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED"):
        await world.accounts.RegisterUser(
            registration(address, password="another password", request_id=used)
        )


async def test_nobodys_address_is_kept_for_a_retry(world):
    request = registration(email(), request_id=str(uuid.uuid4()))
    await world.accounts.RegisterUser(request)

    rows = await world.owner.execute(
        "select answer from answered where request_id = %s", [request.request_id]
    )
    (kept,) = await rows.fetchall()
    assert request.user.email.encode() not in kept.answer


async def test_a_retry_of_the_code_gets_the_same_account(world):
    asked = await ask(world)

    first = await confirm(world, asked.challenge, asked.code)

    for _ in range(2 * TRIES):
        assert await confirm(world, asked.challenge, asked.code) == first
    assert len(await world.facts(first.name)) == 1


async def test_a_code_makes_no_deleted_account_anew(world):
    asked = await ask(world)
    user = await confirm(world, asked.challenge, asked.code)
    session = await world.log_in(asked.email)
    await world.accounts.DeleteUser(
        auth_pb2.DeleteUserRequest(name=user.name),
        metadata=(("authorization", f"Bearer {session.access_token}"),),
    )

    with refused(*BAD):
        await confirm(world, asked.challenge, asked.code)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"challenge": "mine", "code": "1"}, "challenge"),
        ({"code": "1"}, "challenge"),
        ({"challenge": str(uuid.UUID(int=1))}, "code"),
        ({"challenge": str(uuid.UUID(int=1)), "code": "1" * 33}, "code"),
    ],
)
async def test_what_confirms_nothing_is_pointed_at(world, given, field):
    with invalid(field):
        await world.accounts.ConfirmRegistration(auth_pb2.ConfirmRegistrationRequest(**given))
