"""The rules of decency: who is left in peace, and until when. Pure."""

from __future__ import annotations

import enum
import re
import uuid
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import phonenumbers
from phonenumbers import timezone

from services.kit import errors
from services.kit.names import Collection, Name
from services.messaging.messages.domain import Channel, Failure, Priority

SUPPRESSIONS = Collection("suppressions", "turnout.app/Suppression")
CONSENTS = Collection("consents", "turnout.app/Consent")

# What a person needs to be told whatever the hour, and however much they got today.
PRESSING = {Priority.IMMEDIATE, Priority.HIGH}
# What phones without a place are said to be in.
NOWHERE = "Etc/Unknown"
SOON, A_DAY = timedelta(minutes=1), timedelta(days=1)

SUPPRESSED = "the address is on the suppression list: {reason}"
EXPIRED = "it is of no use any more"
NO_USE_THEN = "the person is left in peace until it is of no use any more"
NOT_AGREED = "the person has not agreed to be written to on this channel"


class Reason(enum.Enum):
    MANUAL = "manual"
    IMPORT = "import"
    STOP = "stop"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Suppression:
    name: Name
    # As `address_of` writes it.
    address: str
    # NONE: all of them.
    channel: Channel
    reason: Reason
    note: str
    create_time: datetime
    version: int = 1


@dataclass(frozen=True)
class Consent:
    name: Name
    address: str
    channel: Channel
    proof: str
    agree_time: datetime
    create_time: datetime
    withdraw_time: datetime | None = None
    version: int = 1


@dataclass(frozen=True)
class Policy:
    organization: uuid.UUID
    # Both or neither, by the clock of the person.
    quiet_start: time | None = None
    quiet_end: time | None = None
    # 0: as many as there are.
    daily_cap: int = 0
    # Whether people on their way are told when to leave, and how late is late; None: who waits
    # for them does not hear of it.
    leave_notices: bool = True
    late_threshold: timedelta | None = None
    # For how long what can wait does, to go together; None: not at all.
    digest_window: timedelta | None = None
    consent_channels: frozenset[Channel] = frozenset({Channel.WHATSAPP})
    version: int = 1


class SuppressionNotFound(errors.NotFound):
    message = "there is no {name}"
    name: str


class SuppressionStands(errors.Unmet):
    message = "{name}: the person wants no more messages, and alone can take that back"
    name: str


class ConsentNotFound(errors.NotFound):
    message = "there is no {name}"
    name: str


class BadAddress(errors.Invalid):
    """An address that none can be."""


class BadSendingPolicy(errors.Invalid):
    """Quiet hours that are none, or a channel that there is not."""


_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


def address_of(text: str, field: str) -> str:
    """An address as addresses are compared: e-mails in small letters, numbers without spaces."""
    text = text.strip()
    if _EMAIL.fullmatch(text):
        return text.lower()
    number = re.sub(r"[\s()./-]", "", text)
    if _PHONE.fullmatch(number):
        return number
    raise BadAddress(field, "must be an e-mail address, or a number such as +4930123456")


def can_delete(suppression: Suppression) -> None:
    if suppression.reason is Reason.STOP:
        raise SuppressionStands(SUPPRESSIONS.format(suppression.name))


def need_policy(policy: Policy) -> Policy:
    if (policy.quiet_start is None) != (policy.quiet_end is None):
        missing = "quiet_start_time" if policy.quiet_start is None else "quiet_end_time"
        raise BadSendingPolicy(f"sending_policy.{missing}", "must be given with the other one")
    if policy.quiet_start is not None and policy.quiet_start == policy.quiet_end:
        raise BadSendingPolicy("sending_policy.quiet_end_time", "must differ from the start")
    if Channel.NONE in policy.consent_channels:
        raise BadSendingPolicy("sending_policy.consent_channels", "must name channels")
    late = policy.late_threshold
    if late is not None and (late.microseconds or not SOON <= late <= A_DAY):
        problem = "must be whole seconds, from a minute to a day"
        raise BadSendingPolicy("sending_policy.late_threshold", problem)
    window = policy.digest_window
    if window is not None and (window.microseconds or not SOON <= window <= A_DAY):
        problem = "must be whole seconds, from a minute to a day"
        raise BadSendingPolicy("sending_policy.digest_window", problem)
    return policy


# --- judging


@dataclass(frozen=True)
class Candidate:
    """A message that is about to go out."""

    id: uuid.UUID
    recipient: str
    address: str
    priority: Priority
    # Of the event it is about; empty where there is none.
    time_zone: str
    # Whether somebody may have it already; then that has to be found out.
    open_attempt: bool = False
    # From when on it is of no use.
    expire_time: datetime | None = None
    # When it was queued, if others may go with it; None if it goes alone.
    since: datetime | None = None
    # What it says, where others say the same: by another channel, or on another device.
    cascade: uuid.UUID | None = None

    @property
    def said(self) -> uuid.UUID:
        """What counts once for the cap, however often it goes."""
        return self.cascade or self.id

    @property
    def is_pressing(self) -> bool:
        """Whether it comes at any hour. What is of no use later is not worth waking anybody."""
        return self.priority in PRESSING and self.expire_time is None


@dataclass(frozen=True)
class Known:
    """What has to be known of those whom messages are about to go to."""

    policy: Policy
    # Why, by address.
    suppressed: Mapping[str, Reason] = field(default_factory=dict)
    # The addresses that agreed on the channel.
    agreed: frozenset[str] = frozenset()
    # When each recipient was told what of late, of what counts.
    got: Mapping[str, Mapping[uuid.UUID, datetime]] = field(default_factory=dict)


@dataclass(frozen=True)
class Drop:
    """It is never to go out."""

    reason: str
    failure: Failure = Failure.SUPPRESSED


@dataclass(frozen=True)
class Wait:
    """It is not to go out before."""

    until: datetime


Verdict = Drop | Wait | None


def judge(candidate: Candidate, channel: Channel, known: Known, now: datetime) -> Verdict:
    """Whether a message may go out now; None if it may."""
    if candidate.priority is Priority.IMMEDIATE or candidate.open_attempt:
        return None
    if _is_useless(candidate, now):
        return Drop(EXPIRED, Failure.EXPIRED)
    address = candidate.address.lower()
    if address in known.suppressed:
        return Drop(SUPPRESSED.format(reason=known.suppressed[address].value))
    if channel in known.policy.consent_channels and address not in known.agreed:
        return Drop(NOT_AGREED)
    if candidate.is_pressing:
        return None
    clock = now.astimezone(zone_of(candidate))
    until = _awake(known.policy, clock) if _quiet(known.policy, clock) else None
    if until is None and _full(known, candidate, clock):
        until = _awake_after(known.policy, clock.date() + timedelta(days=1), clock)
    gathered = _gathered(known.policy, candidate)
    if gathered is not None and gathered > now:
        until = gathered if until is None else max(until, gathered)
    if until is not None and _is_useless(candidate, until):
        return Drop(NO_USE_THEN, Failure.EXPIRED)
    return Wait(until.astimezone(UTC)) if until is not None else None


def _gathered(policy: Policy, candidate: Candidate) -> datetime | None:
    """Until when a message waits for others; None if it waits for none."""
    if policy.digest_window is None or candidate.since is None:
        return None
    return candidate.since + policy.digest_window


def _is_useless(candidate: Candidate, time: datetime) -> bool:
    return candidate.expire_time is not None and time >= candidate.expire_time


def zone_of(candidate: Candidate) -> zoneinfo.ZoneInfo:
    """Where the person is, as far as one can tell: where the number is from, or the event is."""
    for name in (_zone_of_number(candidate.address), candidate.time_zone):
        if name:
            return zoneinfo.ZoneInfo(name)
    return zoneinfo.ZoneInfo("UTC")


def _zone_of_number(address: str) -> str:
    """The one zone that a number is from; empty if there are several, or it is no number."""
    if not address.startswith("+"):
        return ""
    try:
        zones = timezone.time_zones_for_number(phonenumbers.parse(address))
    except phonenumbers.NumberParseException:
        return ""
    return str(zones[0]) if len(zones) == 1 and zones[0] != NOWHERE else ""


def _quiet(policy: Policy, clock: datetime) -> bool:
    start, end, local = policy.quiet_start, policy.quiet_end, clock.time()
    if start is None or end is None:
        return False
    return start <= local < end if start < end else local >= start or local < end


def _awake(policy: Policy, clock: datetime) -> datetime:
    """When the quiet hours end that it is now."""
    assert policy.quiet_end is not None
    over = clock.time() >= policy.quiet_end
    day = clock.date() + timedelta(days=1) if over else clock.date()
    return datetime.combine(day, policy.quiet_end, clock.tzinfo)


def _awake_after(policy: Policy, day: date, clock: datetime) -> datetime:
    """The first moment of a day that is not quiet."""
    begin = datetime.combine(day, time(), clock.tzinfo)
    return _awake(policy, begin) if _quiet(policy, begin) else begin


def _full(known: Known, candidate: Candidate, clock: datetime) -> bool:
    """Whether the person got as many today as are good for them."""
    if not known.policy.daily_cap:
        return False
    got = known.got.get(candidate.recipient, {})
    if candidate.said in got:
        return False
    today = sum(at.astimezone(clock.tzinfo).date() == clock.date() for at in got.values())
    return today >= known.policy.daily_cap
