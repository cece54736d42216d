"""Suppressions, consents and policies on the wire. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from google.type import timeofday_pb2

from services.kit.etags import etag
from services.kit.ids import new_id
from services.kit.masks import merged, paths
from services.kit.names import ORGANIZATIONS, BadName, Name, parent
from services.kit.wire import duration, instant, span, timestamp
from services.messaging.decency.domain import (
    CONSENTS,
    SUPPRESSIONS,
    BadSendingPolicy,
    Consent,
    Policy,
    Reason,
    Suppression,
    address_of,
)
from services.messaging.messages.wire import CHANNELS
from turnout.messaging.v1 import consent_pb2, sending_policy_pb2, suppression_pb2

OF_WIRE = {number: channel for channel, number in CHANNELS.items()}
REASONS = {
    Reason.MANUAL: suppression_pb2.Suppression.REASON_MANUAL,
    Reason.IMPORT: suppression_pb2.Suppression.REASON_IMPORT,
    Reason.STOP: suppression_pb2.Suppression.REASON_STOP,
    Reason.BOUNCE: suppression_pb2.Suppression.REASON_BOUNCE,
    Reason.COMPLAINT: suppression_pb2.Suppression.REASON_COMPLAINT,
}
_REASONS = {number: reason for reason, number in REASONS.items()}
FIELDS = frozenset(
    {
        "quiet_start_time",
        "quiet_end_time",
        "daily_cap",
        "consent_channels",
        "leave_notices",
        "late_threshold",
        "digest_window",
    }
)


# --- suppressions


def new_suppression(
    request: suppression_pb2.CreateSuppressionRequest, now: datetime
) -> Suppression:
    sent = request.suppression
    return _listed(parent(request.parent), sent, "suppression", Reason.MANUAL, now)


def imported(
    request: suppression_pb2.ImportSuppressionsRequest, now: datetime
) -> Sequence[Suppression]:
    organization = parent(request.parent)
    return [
        _listed(organization, each, f"suppressions[{number}]", Reason.IMPORT, now)
        for number, each in enumerate(request.suppressions)
    ]


def _listed(
    organization: uuid.UUID,
    sent: suppression_pb2.Suppression,
    field: str,
    usual: Reason,
    now: datetime,
) -> Suppression:
    return Suppression(
        name=Name(organization, new_id()),
        address=address_of(sent.address, f"{field}.address"),
        channel=OF_WIRE[sent.channel],
        reason=_REASONS.get(sent.reason, usual),
        note=sent.note,
        create_time=now,
    )


def suppression(value: Suppression) -> suppression_pb2.Suppression:
    return suppression_pb2.Suppression(
        name=SUPPRESSIONS.format(value.name),
        address=value.address,
        channel=CHANNELS[value.channel],
        reason=REASONS[value.reason],
        note=value.note,
        create_time=timestamp(value.create_time),
        etag=etag(value.version),
    )


def wanted(address: str) -> str:
    """The address that a list is asked for; empty for all of them."""
    return address_of(address, "address") if address else ""


# --- consents


def new_consent(request: consent_pb2.CreateConsentRequest, now: datetime) -> Consent:
    sent = request.consent
    agreed = instant(sent.agree_time) if sent.HasField("agree_time") else None
    return Consent(
        name=Name(parent(request.parent), new_id()),
        address=address_of(sent.address, "consent.address"),
        channel=OF_WIRE[sent.channel],
        proof=sent.proof,
        agree_time=agreed or now,
        create_time=now,
    )


def consent(value: Consent) -> consent_pb2.Consent:
    return consent_pb2.Consent(
        name=CONSENTS.format(value.name),
        address=value.address,
        channel=CHANNELS[value.channel],
        proof=value.proof,
        agree_time=timestamp(value.agree_time),
        create_time=timestamp(value.create_time),
        withdraw_time=timestamp(value.withdraw_time),
        etag=etag(value.version),
    )


# --- policies


def policy_name(organization: uuid.UUID) -> str:
    return f"{ORGANIZATIONS.format(organization)}/sendingPolicy"


def whose(text: str, field: str = "name") -> uuid.UUID:
    owner, _, word = text.rpartition("/")
    if word != "sendingPolicy":
        raise BadName(field, "must look like organizations/{uuid}/sendingPolicy")
    return ORGANIZATIONS.parse(owner, field)


def policy(value: Policy) -> sending_policy_pb2.SendingPolicy:
    return sending_policy_pb2.SendingPolicy(
        name=policy_name(value.organization),
        quiet_start_time=_of_day(value.quiet_start),
        quiet_end_time=_of_day(value.quiet_end),
        daily_cap=value.daily_cap,
        consent_channels=sorted(CHANNELS[channel] for channel in value.consent_channels),
        leave_notices=value.leave_notices,
        late_threshold=duration(value.late_threshold) if value.late_threshold else None,
        digest_window=duration(value.digest_window) if value.digest_window else None,
        etag=etag(value.version),
    )


def changed(before: Policy, request: sending_policy_pb2.UpdateSendingPolicyRequest) -> Policy:
    """What a policy becomes."""
    sent = request.sending_policy
    touched = paths(request.update_mask, sent, FIELDS)
    wanted = merged(policy(before), sent, touched)
    return replace(
        before,
        quiet_start=_clock(wanted, "quiet_start_time"),
        quiet_end=_clock(wanted, "quiet_end_time"),
        daily_cap=wanted.daily_cap,
        consent_channels=frozenset(OF_WIRE[each] for each in wanted.consent_channels),
        leave_notices=wanted.leave_notices if wanted.HasField("leave_notices") else True,
        late_threshold=_span(wanted, "late_threshold"),
        digest_window=_span(wanted, "digest_window"),
    )


def _of_day(clock: time | None) -> timeofday_pb2.TimeOfDay | None:
    if clock is None:
        return None
    return timeofday_pb2.TimeOfDay(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


def _span(sent: sending_policy_pb2.SendingPolicy, field: str) -> timedelta | None:
    return span(getattr(sent, field)) if sent.HasField(field) else None


def _clock(sent: sending_policy_pb2.SendingPolicy, field: str) -> time | None:
    if not sent.HasField(field):
        return None
    found: timeofday_pb2.TimeOfDay = getattr(sent, field)
    if found.nanos:
        raise BadSendingPolicy(f"sending_policy.{field}", "must be whole seconds")
    try:
        return time(found.hours, found.minutes, found.seconds)
    except ValueError:
        raise BadSendingPolicy(f"sending_policy.{field}", "must be a time of day") from None
