"""What is kept to be told or answered once more says nothing of who is no more."""

from __future__ import annotations

import uuid

from services.kit import erasure
from services.kit.inbox import OF_AUTH
from turnout.auth.v1 import auth_pb2
from turnout.bus.v1 import bus_pb2

LAID_ASIDE = (
    "insert into dead_facts (id, source, subject, type, body, error, tries)"
    " values (%s, 'auth', %s, 'turnout.auth.v1.UserRegistered', '', 'Oops: no', 8)"
)
ANSWERED = "insert into answered (caller, request_id, digest, answer) values (%s, %s, '', '')"


def someone():
    return f"users/{uuid.uuid4()}"


def registered(user):
    return auth_pb2.UserRegistered(user=user, display_name="Ada", email="ada@example.org")


def said(fact):
    return auth_pb2.UserRegistered.FromString(fact.body.value)


async def told(owner, user):
    cursor = await owner.execute(
        "select body from outbox where subject = %s order by position", [user]
    )
    return [bus_pb2.Fact.FromString(row.body) for row in await cursor.fetchall()]


async def test_facts_that_are_kept_lose_what_is_personal_and_stay_facts(database):
    gone, other = someone(), someone()
    async with database.lent("kit", name="auth") as db:
        owner = await database.owner(db)

        async def tell(tx):
            for user in (gone, other):
                tx.publish(registered(user), subject=user)
                tx.publish(auth_pb2.UserDeleted(user=user), subject=user)

        await db.run(tell)
        # One was told, and one was not.
        await owner.execute("update outbox set told_time = now() where subject = %s", [gone])
        before = await told(owner, gone)

        async def redact(tx):
            await erasure.redact(tx, gone, auth_pb2.UserRegistered, "display_name", "email")

        await db.run(redact)
        first, last = await told(owner, gone)
        kept, _ = await told(owner, other)

    assert auth_pb2.UserRegistered.FromString(first.body.value) == auth_pb2.UserRegistered(
        user=gone
    )
    first.body.value = before[0].body.value
    assert [first, last] == before
    assert said(kept) == registered(other)


async def test_a_service_drops_what_was_laid_aside_and_answered_of_who_is_no_more(database):
    gone, other = someone(), someone()
    async with database.lent("kit", name="event") as db:
        owner = await database.owner(db)
        for user in (gone, other):
            await owner.execute(LAID_ASIDE, [str(uuid.uuid4()), user])
            await owner.execute(ANSWERED, [user, uuid.uuid4()])

        for _ in range(2):
            await db.run(OF_AUTH[auth_pb2.UserDeleted], auth_pb2.UserDeleted(user=gone), None)

        dead = await (await owner.execute("select subject from dead_facts")).fetchall()
        answers = await (await owner.execute("select caller from answered")).fetchall()

    assert [row.subject for row in dead] == [other]
    assert [row.caller for row in answers] == [other]
