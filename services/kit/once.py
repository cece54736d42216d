"""Idempotency: the same `request_id` from the same caller gets the same answer, for a day."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from operator import itemgetter
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from google.protobuf import any_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from sqlalchemy.dialects.postgresql import insert

from services.kit import errors
from services.kit.caller import caller
from services.kit.clock import now
from services.kit.db import TYPES, Tx, given, sql
from services.kit.tables import answered

M = TypeVar("M", bound=Message)

KEPT = timedelta(hours=24)


class BadRequestId(errors.Invalid):
    """Not an id that can be told from another caller's."""


class RequestIdReused(errors.Invalid):
    """The id came back with a different request under it."""


_KEY = (
    answered.c.caller == sa.bindparam("caller"),
    answered.c.request_id == sa.bindparam("request_id"),
)
_CLAIM = sql(
    insert(answered)
    .values({c: sa.bindparam(c) for c in ("caller", "request_id", "digest")})
    .on_conflict_do_nothing()
    .returning(answered.c.request_id)
)
_EARLIER = sql(sa.select(answered.c.digest, answered.c.answer).where(*_KEY))
_ANSWER = sql(sa.update(answered).where(*_KEY).values(answer=sa.bindparam("answer")))
_asked = given(caller=sa.Text, request_id=sa.Uuid)
_ALL_EARLIER = sql(
    sa.select(answered.c.caller, answered.c.request_id, answered.c.digest, answered.c.answer).where(
        answered.c.caller == _asked.c.caller, answered.c.request_id == _asked.c.request_id
    )
)
_kept = given(caller=sa.Text, request_id=sa.Uuid, digest=sa.LargeBinary, answer=sa.LargeBinary)
_REMEMBER = sql(
    insert(answered).from_select(
        [c.name for c in _kept.c], sa.select(*_kept.c), include_defaults=False
    )
)
_PURGE = sql(sa.delete(answered).where(answered.c.create_time < sa.bindparam("before")))


def once(request: Any, action: Callable[[Tx], Awaitable[M]]) -> Callable[[Tx], Awaitable[M]]:
    """Wraps `action` so that a retry of `request` is answered and not run again.

    A refusal rolls the claim back with everything else, so only successes are remembered.
    """
    if not request.request_id:
        return action

    async def guarded(tx: Tx) -> M:
        key = {"caller": caller().name, "request_id": _request_id(request)}
        digest = _digest(request)
        # A second writer of the key waits here until the first one commits or rolls back.
        if await tx.maybe(_CLAIM, **key, digest=digest) is None:
            return cast(M, await _earlier(tx, key, digest))
        answer = await action(tx)
        await tx.run(_ANSWER, **key, answer=_pack(answer))
        return answer

    return guarded


class Call:
    """One of many requests that are answered together, and who made it."""

    __slots__ = ("caller", "digest", "id", "key", "request")

    def __init__(self, caller: str, request: Any) -> None:
        """Raises BadRequestId."""
        self.caller = caller
        self.request = request
        # What a retry is known by; None of a call that cannot be told from others.
        self.id: uuid.UUID | None = None
        self.key: tuple[str, int] | None = None
        self.digest = b""
        if request.request_id:
            self.id = _request_id(request)
            self.key = caller, self.id.int
            self.digest = _digest(request)


async def once_all(
    tx: Tx,
    calls: Sequence[Call],
    action: Callable[[list[int]], Awaitable[Sequence[M | errors.Refusal]]],
) -> list[M | errors.Refusal]:
    """`once` for many calls in one transaction: an answer or a refusal for each, in their order.

    `action` gets the positions of the calls to carry out, and answers them in that order; it
    keeps nothing of those that it refuses. Another transaction that carried out one of them
    meanwhile has all of this done again.
    """
    answers = await _answered(tx, calls)
    first = _firsts(calls)
    fresh = [i for i in range(len(calls)) if i not in answers and first[i] == i]
    done = dict(zip(fresh, await action(fresh), strict=True)) if fresh else {}
    _remember(tx, [(calls[i], answer) for i, answer in done.items()])
    both = {**answers, **done}
    return [
        cast("M | errors.Refusal", both[i] if i in both else _repeated(calls, i, first[i], both))
        for i in range(len(calls))
    ]


async def _answered(tx: Tx, calls: Sequence[Call]) -> dict[int, Any]:
    """The answers that were given before, by the positions of the calls."""
    asked = [call for call in calls if call.key is not None]
    if not asked:
        return {}
    rows = await tx.all(
        _ALL_EARLIER,
        caller=[call.caller for call in asked],
        request_id=[call.id for call in asked],
    )
    if not rows:
        return {}
    known = {(row.caller, row.request_id.int): row for row in rows}
    found = {}
    for position, call in enumerate(calls):
        row = known.get(call.key) if call.key is not None else None
        if row is not None:
            same = row.digest == call.digest
            found[position] = _unpack(row.answer) if same else _reused()
    return found


def _firsts(calls: Sequence[Call]) -> list[int]:
    """For each call the position of the first one with its key: mostly its own."""
    seen: dict[tuple[str, int], int] = {}
    return [
        seen.setdefault(call.key, position) if call.key is not None else position
        for position, call in enumerate(calls)
    ]


def _repeated(calls: Sequence[Call], position: int, first: int, answers: dict[int, Any]) -> Any:
    """The answer to a call whose key came before among the calls."""
    same = calls[position].digest == calls[first].digest
    return answers[first] if same else _reused()


def _remember(tx: Tx, answered: Sequence[tuple[Call, Any]]) -> None:
    """Keeps answers. If another transaction gave one meanwhile, all of this is done again."""
    kept = [
        (call.key, call.id, call.digest, _pack(answer))
        for call, answer in answered
        if call.key is not None and not isinstance(answer, errors.Refusal)
    ]
    if not kept:
        return
    # In one order, so that two transactions cannot wait for each other.
    kept.sort(key=itemgetter(0))
    keys, ids, digests, answers = (list(column) for column in zip(*kept, strict=True))
    callers = [caller for caller, _ in keys]
    tx.write(_REMEMBER, caller=callers, request_id=ids, digest=digests, answer=answers)


def _reused() -> RequestIdReused:
    return RequestIdReused("request_id", "was used for a different request")


async def purge(tx: Tx) -> int:
    """Forgets the answers that nobody may ask for any more."""
    return await tx.run(_PURGE, before=now() - KEPT)


def _request_id(request: Any) -> uuid.UUID:
    try:
        return uuid.UUID(request.request_id)
    except ValueError:
        raise BadRequestId("request_id", "must be a UUID") from None


async def _earlier(tx: Tx, key: dict[str, Any], digest: bytes) -> Any:
    row = await tx.one(_EARLIER, **key)
    if row.digest != digest:
        raise _reused()
    return _unpack(row.answer)


def _digest(request: Message) -> bytes:
    name = request.DESCRIPTOR.full_name.encode()
    return hashlib.sha256(name + request.SerializeToString(deterministic=True)).digest()


def _pack(answer: Message) -> bytes:
    url = TYPES + answer.DESCRIPTOR.full_name
    return any_pb2.Any(type_url=url, value=answer.SerializeToString()).SerializeToString()


def _unpack(body: bytes) -> Any:
    packed = any_pb2.Any.FromString(body)
    kind = descriptor_pool.Default().FindMessageTypeByName(packed.TypeName())
    return message_factory.GetMessageClass(kind).FromString(packed.value)
