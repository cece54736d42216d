"""Plans of cascades on the wire. Pure."""

from __future__ import annotations

import uuid
from dataclasses import replace

from services.kit.etags import etag
from services.kit.masks import merged, paths
from services.kit.names import ORGANIZATIONS, BadName
from services.kit.wire import span
from services.messaging.cascades.domain import PERSONAL, Plan, Step
from services.messaging.messages.domain import Channel, Kind
from services.messaging.messages.wire import CHANNELS
from turnout.messaging.v1 import cascade_plan_pb2

FIELDS = frozenset({"steps"})
# The kinds that follow a plan, by their words.
KINDS = sorted(set(Kind) - PERSONAL - {Kind.DIGEST}, key=lambda kind: kind.value)
_CHANNELS = {number: channel for channel, number in CHANNELS.items()}


def plan_name(organization: uuid.UUID, kind: Kind) -> str:
    return f"{ORGANIZATIONS.format(organization)}/cascadePlans/{kind.value}"


def plan_of(text: str, field: str = "name") -> tuple[uuid.UUID, Kind]:
    """Whose plan that is, and for which kind of messages."""
    owner, _, word = text.rpartition("/")
    owner, _, plural = owner.rpartition("/")
    found = next((kind for kind in KINDS if kind.value == word), None)
    if found is None or plural != "cascadePlans":
        words = ", ".join(kind.value for kind in KINDS)
        shape = f"must look like organizations/{{uuid}}/cascadePlans/{{kind}}, of {words}"
        raise BadName(field, shape)
    return ORGANIZATIONS.parse(owner, field), found


def plan(value: Plan) -> cascade_plan_pb2.CascadePlan:
    return cascade_plan_pb2.CascadePlan(
        name=plan_name(value.organization, value.kind),
        steps=map(_step, value.steps),
        etag=etag(value.version),
    )


def changed(before: Plan, request: cascade_plan_pb2.UpdateCascadePlanRequest) -> Plan:
    """What a plan becomes."""
    sent = request.cascade_plan
    wanted = merged(plan(before), sent, paths(request.update_mask, sent, FIELDS))
    return replace(before, steps=[_read(step) for step in wanted.steps])


def _step(value: Step) -> cascade_plan_pb2.CascadePlan.Step:
    step = cascade_plan_pb2.CascadePlan.Step(channel=CHANNELS[value.channel])
    if value.deadline is not None:
        step.deadline.FromTimedelta(value.deadline)
    return step


def _read(step: cascade_plan_pb2.CascadePlan.Step) -> Step:
    deadline = span(step.deadline) if step.HasField("deadline") else None
    return Step(_CHANNELS.get(step.channel, Channel.NONE), deadline)
