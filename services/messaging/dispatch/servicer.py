"""The RPCs of dispatchers and rates. A method parses, runs one action, and renders."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.kit.wire import instant
from services.messaging.dispatch import actions, domain, wire
from services.messaging.dispatch.domain import Rate
from services.messaging.messages.domain import Channel
from turnout.messaging.v1 import (
    dispatcher_pb2,
    dispatcher_pb2_grpc,
    rate_policy_pb2,
    rate_policy_pb2_grpc,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

Rule = Callable[[domain.Dispatcher], domain.Dispatcher]


class DispatcherServicer(dispatcher_pb2_grpc.DispatcherServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now

    async def GetDispatcher(
        self, request: dispatcher_pb2.GetDispatcherRequest, context: Context
    ) -> dispatcher_pb2.Dispatcher:
        organization = wire.whose(request.name)
        return wire.dispatcher(*await self._db.read(actions.dispatcher, organization, self._now()))

    async def StartDispatcher(
        self, request: dispatcher_pb2.StartDispatcherRequest, context: Context
    ) -> dispatcher_pb2.Dispatcher:
        return await self._move(request, domain.start)

    async def StopDispatcher(
        self, request: dispatcher_pb2.StopDispatcherRequest, context: Context
    ) -> dispatcher_pb2.Dispatcher:
        return await self._move(request, domain.stop)

    async def PauseDispatcher(
        self, request: dispatcher_pb2.PauseDispatcherRequest, context: Context
    ) -> dispatcher_pb2.Dispatcher:
        until = instant(request.resume_time) if request.HasField("resume_time") else None
        halt = functools.partial(domain.halt, until=until, name=request.name, now=self._now())
        return await self._move(request, halt)

    async def ResumeDispatcher(
        self, request: dispatcher_pb2.ResumeDispatcherRequest, context: Context
    ) -> dispatcher_pb2.Dispatcher:
        return await self._move(request, functools.partial(domain.resume, name=request.name))

    async def _move(self, request: Any, rule: Rule) -> dispatcher_pb2.Dispatcher:
        organization, version = wire.whose(request.name), expected(request.etag)

        async def move(tx: Tx) -> dispatcher_pb2.Dispatcher:
            moved = await actions.move(tx, organization, rule, version=version, now=self._now())
            return wire.dispatcher(*moved)

        return await self._db.run(once(request, move))


class RatePolicyServicer(rate_policy_pb2_grpc.RatePolicyServiceServicer):
    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        *,
        usual: Rate,
        limit: Callable[[Channel], int],
        pages_key: bytes,
    ) -> None:
        self._db = db
        self._now = now
        self._usual = usual
        self._limit = limit
        self._pages_key = pages_key

    async def GetRatePolicy(
        self, request: rate_policy_pb2.GetRatePolicyRequest, context: Context
    ) -> rate_policy_pb2.RatePolicy:
        organization, channel = wire.policy_of(request.name)
        return next(
            shown
            for lane, shown in await self._db.read(self._lanes, organization)
            if lane.channel is channel
        )

    async def ListRatePolicies(
        self, request: rate_policy_pb2.ListRatePoliciesRequest, context: Context
    ) -> rate_policy_pb2.ListRatePoliciesResponse:
        organization, asked = parent(request.parent), page(request, self._pages_key)
        (after,) = asked.after or ("",)
        found = await self._db.read(self._lanes, organization)
        rest = [each for each in found if each[0].channel.value > after][: asked.limit]
        shown, token = asked.cut(rest, lambda each: (each[0].channel.value,))
        return rate_policy_pb2.ListRatePoliciesResponse(
            rate_policies=(policy for _, policy in shown), next_page_token=token
        )

    async def UpdateRatePolicy(
        self, request: rate_policy_pb2.UpdateRatePolicyRequest, context: Context
    ) -> rate_policy_pb2.RatePolicy:
        sent = request.rate_policy
        organization, channel = wire.policy_of(sent.name, "rate_policy.name")
        version = expected(sent.etag, "rate_policy.etag")

        async def update(tx: Tx) -> rate_policy_pb2.RatePolicy:
            limit = (await actions.limits(tx, organization, self._limit))[channel]
            lane = await actions.change_rate(
                tx,
                organization,
                channel,
                lambda lane: wire.changed(lane, request, self._usual, limit),
                version=version,
                now=self._now(),
            )
            return wire.policy(lane, self._usual, limit)

        return await self._db.run(once(request, update))

    async def _lanes(
        self, tx: Tx, organization: uuid.UUID
    ) -> list[tuple[domain.Lane, rate_policy_pb2.RatePolicy]]:
        """All lanes, and how they are shown."""
        limits = await actions.limits(tx, organization, self._limit)
        lanes = await actions.lanes(tx, organization)
        return [(one, wire.policy(one, self._usual, limits[one.channel])) for one in lanes]
