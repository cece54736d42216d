"""Every way a call can fail has one status, and details that a program can read."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import psycopg
import psycopg_pool
import pytest
import redis
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.kit import db, errors, status

CODE = grpc.StatusCode


class SoldOut(errors.Unmet):
    message = "{event} has {left} seats left"
    event: str
    left: int


class Slow(errors.Exhausted):
    message = "slow down"
    retry_seconds = 2.5


def rendered(refusal):
    """The code, the message, and the details by type."""
    code, found = status.render(refusal, "kit.turnout.app")
    assert found.code == code.value[0]
    details: dict[Any, Any] = {}
    for packed in found.details:
        for kind in (
            error_details_pb2.ErrorInfo,
            error_details_pb2.BadRequest,
            error_details_pb2.RetryInfo,
        ):
            if packed.Is(kind.DESCRIPTOR):
                details[kind.DESCRIPTOR.name] = kind.FromString(packed.value)
    return code, found.message, details


@pytest.mark.parametrize("kind", sorted(errors.KINDS, key=str))
def test_every_kind_of_refusal_has_a_code(kind):
    assert kind in status.CODES


def test_a_refusal_keeps_its_reason_and_its_values():
    code, message, details = rendered(SoldOut("gig", 3))

    assert (code, message) == (CODE.FAILED_PRECONDITION, "gig has 3 seats left")
    info = details["ErrorInfo"]
    assert (info.reason, info.domain) == ("SOLD_OUT", "kit.turnout.app")
    assert dict(info.metadata) == {"event": "gig", "left": "3"}
    assert details.keys() == {"ErrorInfo"}


def test_invalid_fields_are_listed():
    refusal = errors.InvalidFields((("a.b", "is required"), ("c", "is too long")))

    code, message, details = rendered(refusal)

    assert (code, message) == (CODE.INVALID_ARGUMENT, "a.b is required, and 1 more")
    assert [(v.field, v.description) for v in details["BadRequest"].field_violations] == [
        ("a.b", "is required"),
        ("c", "is too long"),
    ]


def test_what_may_be_tried_again_says_when():
    code, _, details = rendered(Slow())

    assert code is CODE.RESOURCE_EXHAUSTED
    assert details["RetryInfo"].retry_delay.ToMilliseconds() == 2500
    assert rendered(db.DatabaseAway())[2]["RetryInfo"].retry_delay.seconds == 1


@given(st.lists(st.tuples(st.text(max_size=300), st.text(max_size=3000)), min_size=1, max_size=40))
def test_no_refusal_is_larger_than_a_header_may_be(violations):
    for refusal in (
        errors.InvalidFields(tuple(violations)),
        errors.Invalid(*violations[0]),
        SoldOut(violations[0][1] * 10, 1),
    ):
        _, found = status.render(refusal, "kit.turnout.app")

        assert len(found.SerializeToString()) * 4 / 3 < 8000


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SoldOut("gig", 1), SoldOut),
        (TimeoutError(), status.DeadlineExceeded),
        (psycopg.errors.QueryCanceled(), db.DatabaseSlow),
        (psycopg.OperationalError("gone"), db.DatabaseAway),
        (psycopg_pool.PoolTimeout(), db.DatabaseAway),
        (psycopg.InterfaceError("closed"), db.DatabaseAway),
        (redis.ConnectionError(), status.RedisAway),
        (redis.TimeoutError(), status.RedisAway),
        (DecodeError(), status.MalformedRequest),
        (ExceptionGroup("", [SoldOut("gig", 1), SoldOut("gig", 2)]), SoldOut),
    ],
)
def test_what_nobody_is_to_blame_for_is_told(error, kind):
    assert isinstance(status.refusal_of(error), kind)


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), KeyError("y"), psycopg.errors.UndefinedTable(),
     ExceptionGroup("", [SoldOut("gig", 1), ValueError()])],
)  # fmt: skip
def test_our_own_mistakes_are_not(error):
    assert status.refusal_of(error) is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (CODE.UNAVAILABLE, status.PeerAway),
        (CODE.RESOURCE_EXHAUSTED, status.PeerAway),
        (CODE.DEADLINE_EXCEEDED, status.DeadlineExceeded),
        (CODE.INVALID_ARGUMENT, type(None)),
    ],
)
def test_another_service_that_is_away_is_told(code, kind):
    error = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata())

    assert isinstance(status.refusal_of(error), kind)


async def test_streams_end_when_the_server_does():
    streams = status.Streams()

    async def stream():
        with streams.opened():
            await asyncio.sleep(60)

    async with asyncio.timeout(60):
        task = asyncio.create_task(stream())
        await asyncio.sleep(0)
        streams.end()
        with pytest.raises(status.ShuttingDown):
            await task
        with pytest.raises(status.ShuttingDown):
            await stream()


async def test_a_stream_that_the_client_leaves_is_only_cancelled():
    streams = status.Streams()

    async def stream():
        with streams.opened():
            await asyncio.sleep(60)

    task = asyncio.create_task(stream())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
