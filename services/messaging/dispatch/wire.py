"""Dispatchers and their rates on the wire. Pure."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from services.kit.etags import etag
from services.kit.masks import merged, paths
from services.kit.names import ORGANIZATIONS, BadName
from services.kit.wire import span, timestamp
from services.messaging.dispatch.domain import (
    BadRate,
    Dispatcher,
    Gate,
    Lane,
    Rate,
    need_rate,
)
from services.messaging.messages.domain import Channel
from services.messaging.messages.wire import CHANNELS
from turnout.messaging.v1 import dispatcher_pb2, rate_policy_pb2

GATES = {
    Gate.RUNNING: dispatcher_pb2.Dispatcher.STATE_RUNNING,
    Gate.PAUSED: dispatcher_pb2.Dispatcher.STATE_PAUSED,
    Gate.STOPPED: dispatcher_pb2.Dispatcher.STATE_STOPPED,
}
FIELDS = frozenset({"count", "interval"})
# The channels that have a policy, by their words.
POLICIES = sorted(set(Channel) - {Channel.NONE}, key=lambda channel: channel.value)


def dispatcher_name(organization: uuid.UUID) -> str:
    return f"{ORGANIZATIONS.format(organization)}/dispatcher"


def whose(text: str) -> uuid.UUID:
    """Whose dispatcher that is."""
    owner, _, word = text.rpartition("/")
    if word != "dispatcher":
        raise BadName("name", "must look like organizations/{uuid}/dispatcher")
    return ORGANIZATIONS.parse(owner)


def dispatcher(value: Dispatcher, oldest: datetime | None) -> dispatcher_pb2.Dispatcher:
    return dispatcher_pb2.Dispatcher(
        name=dispatcher_name(value.organization),
        state=GATES[value.state],
        resume_time=timestamp(value.resume_time),
        oldest_queue_time=timestamp(oldest),
        etag=etag(value.version),
    )


def policy_name(organization: uuid.UUID, channel: Channel) -> str:
    return f"{ORGANIZATIONS.format(organization)}/ratePolicies/{channel.value}"


def policy_of(text: str, field: str = "name") -> tuple[uuid.UUID, Channel]:
    """Whose policy that is, and for which channel."""
    owner, _, word = text.rpartition("/")
    owner, _, plural = owner.rpartition("/")
    found = next((channel for channel in POLICIES if channel.value == word), None)
    if found is None or plural != "ratePolicies":
        words = ", ".join(channel.value for channel in POLICIES)
        shape = f"must look like organizations/{{uuid}}/ratePolicies/{{channel}}, of {words}"
        raise BadName(field, shape)
    return ORGANIZATIONS.parse(owner, field), found


def policy(lane: Lane, usual: Rate, limit: int) -> rate_policy_pb2.RatePolicy:
    rate = lane.rate or usual
    found = rate_policy_pb2.RatePolicy(
        name=policy_name(lane.organization, lane.channel),
        channel=CHANNELS[lane.channel],
        count=rate.count,
        provider_limit=limit,
        etag=etag(lane.version),
    )
    found.interval.FromTimedelta(rate.interval)
    return found


def changed(
    lane: Lane, request: rate_policy_pb2.UpdateRatePolicyRequest, usual: Rate, limit: int
) -> Rate:
    """What a policy becomes."""
    sent = request.rate_policy
    touched = paths(request.update_mask, sent, FIELDS)
    wanted = merged(policy(lane, usual, limit), sent, touched)
    if not wanted.HasField("interval"):
        raise BadRate("rate_policy.interval", "must be given")
    interval: timedelta = span(wanted.interval)
    name = policy_name(lane.organization, lane.channel)
    return need_rate(Rate(wanted.count, interval), name=name, limit=limit)
