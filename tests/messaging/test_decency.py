"""Whom nobody writes to, when people sleep, and how much is too much."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta

import grpc
import pytest

from services.messaging.decency import actions, domain
from services.messaging.decency.domain import Candidate, Drop, Known, Policy, Reason, Wait
from services.messaging.messages.domain import Channel, Priority
from tests.serving import invalid, refused
from turnout.messaging.v1 import (
    consent_pb2,
    consent_pb2_grpc,
    messaging_pb2,
    sending_policy_pb2,
    sending_policy_pb2_grpc,
    suppression_pb2,
    suppression_pb2_grpc,
)

pytestmark = pytest.mark.server

M = messaging_pb2.Message
S = suppression_pb2.Suppression
NIGHT = Policy(uuid.uuid4(), time(22), time(8))
BERLIN = "Europe/Berlin"


def suppressions(world):
    return suppression_pb2_grpc.SuppressionServiceStub(world.channel)


def consents(world):
    return consent_pb2_grpc.ConsentServiceStub(world.channel)


def policies(world):
    return sending_policy_pb2_grpc.SendingPolicyServiceStub(world.channel)


async def listed(world, club, address, **more):
    owner = await world.member("OWNER", club.id)
    entry = S(address=address, **more)
    request = suppression_pb2.CreateSuppressionRequest(parent=club.name, suppression=entry)
    return await suppressions(world).CreateSuppression(request, metadata=owner)


async def policy(world, club, mask=(), **fields):
    owner = await world.member("OWNER", club.id)
    wanted = sending_policy_pb2.SendingPolicy(name=f"{club.name}/sendingPolicy", **fields)
    request = sending_policy_pb2.UpdateSendingPolicyRequest(sending_policy=wanted)
    request.update_mask.paths.extend(mask)
    return await policies(world).UpdateSendingPolicy(request, metadata=owner)


def candidate(priority=Priority.NORMAL, address="ada@example.org", zone=BERLIN):
    return Candidate(uuid.uuid4(), "users/ada", address, priority, zone)


def at(hour, minute=0, day=1):
    """A time in Berlin, in summer."""
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC) - timedelta(hours=2)


# --- the list


async def test_who_is_on_the_list_is_not_written_to(world, club):
    await listed(world, club, " Ada@Example.org ")

    await club.invite()
    (dropped,) = await club.send()

    assert (dropped.state, dropped.failure) == (M.STATE_FAILED, M.FAILURE_SUPPRESSED)
    assert world.written(club) == []
    (told,) = await world.facts(club.id, "MessageFailed")
    assert told.failure == M.FAILURE_SUPPRESSED


async def test_what_waits_fails_when_the_address_is_listed(world, club):
    await club.invite()

    entry = await listed(world, club, "ada@example.org", reason=S.REASON_BOUNCE, note="550")

    assert (entry.reason, entry.note) == (S.REASON_BOUNCE, "550")
    (dropped,) = await club.messages()
    assert dropped.state == M.STATE_FAILED
    assert dropped.failure_reason.endswith(": bounce")


async def test_a_channel_may_be_listed_alone(world, club):
    await listed(world, club, "ada@example.org", channel=M.CHANNEL_SMS)

    await club.invite()
    (sent,) = await club.send()

    assert sent.state == M.STATE_SENT


async def test_who_is_listed_again_keeps_the_first_reason(world, club):
    first = await listed(world, club, "ada@example.org", reason=S.REASON_COMPLAINT)

    second = await listed(world, club, "ADA@example.org")

    assert second == first


async def test_many_are_listed_at_once(world, club):
    owner = await world.member("OWNER", club.id)
    await listed(world, club, "ada@example.org")
    addresses = ["ada@example.org", "bob@example.org", "+49 30 123456", "BOB@example.org"]
    request = suppression_pb2.ImportSuppressionsRequest(
        parent=club.name, suppressions=[S(address=each) for each in addresses]
    )

    done = await suppressions(world).ImportSuppressions(request, metadata=owner)

    assert (done.created_count, done.known_count) == (2, 2)
    found, token = [], None
    while token != "":
        page = suppression_pb2.ListSuppressionsRequest(
            parent=club.name, page_size=2, page_token=token or ""
        )
        answer = await suppressions(world).ListSuppressions(page, metadata=owner)
        found += answer.suppressions
        token = answer.next_page_token
    assert {each.address for each in found} == {
        "ada@example.org",
        "bob@example.org",
        "+4930123456",
    }
    one = suppression_pb2.ListSuppressionsRequest(parent=club.name, address="Bob@example.org")
    (bob,) = (await suppressions(world).ListSuppressions(one, metadata=owner)).suppressions
    assert bob.reason == S.REASON_IMPORT


async def test_who_is_taken_off_is_written_to_again(world, club):
    owner = await world.member("OWNER", club.id)
    entry = await listed(world, club, "ada@example.org")
    request = suppression_pb2.DeleteSuppressionRequest(name=entry.name, etag='"7"')
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await suppressions(world).DeleteSuppression(request, metadata=owner)
    request.etag = entry.etag

    await suppressions(world).DeleteSuppression(request, metadata=owner)

    with refused(grpc.StatusCode.NOT_FOUND, "SUPPRESSION_NOT_FOUND"):
        await suppressions(world).DeleteSuppression(request, metadata=owner)
    await club.invite()
    (sent,) = await club.send()
    assert sent.state == M.STATE_SENT


async def test_nobody_but_the_person_takes_a_stop_back(world, club):
    owner = await world.member("OWNER", club.id)
    with world.at_work(club.id):
        now = world.clock.now()
        await world.db.run(actions.stop, club.id, ["Ada@example.org", ""], now)
    request = suppression_pb2.ListSuppressionsRequest(parent=club.name)
    (entry,) = (await suppressions(world).ListSuppressions(request, metadata=owner)).suppressions
    assert (entry.address, entry.reason) == ("ada@example.org", S.REASON_STOP)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "SUPPRESSION_STANDS"):
        await suppressions(world).DeleteSuppression(
            suppression_pb2.DeleteSuppressionRequest(name=entry.name), metadata=owner
        )

    with world.at_work(club.id):
        await world.db.run(actions.allow, club.id, ["ada@example.org"])
    await club.invite()
    (sent,) = await club.send()
    assert sent.state == M.STATE_SENT


@pytest.mark.parametrize("address", ["ada", "ada@", "030 123456", "+49", "a b@example.org"])
async def test_an_address_is_one(world, club, address):
    with invalid("suppression.address"):
        await listed(world, club, address)


# --- consent


async def test_where_one_has_to_agree_only_who_agreed_is_written_to(world, club):
    owner = await world.member("OWNER", club.id)
    await policy(world, club, consent_channels=[M.CHANNEL_EMAIL])
    await club.invite()
    await club.invite(email="bob@example.org")
    consent = consent_pb2.Consent(
        address="Bob@example.org", channel=M.CHANNEL_EMAIL, proof="ticked the box on the form"
    )

    given = await consents(world).CreateConsent(
        consent_pb2.CreateConsentRequest(parent=club.name, consent=consent), metadata=owner
    )

    sent = {m.address: m.state for m in await club.send()}
    assert sent == {"ada@example.org": M.STATE_FAILED, "bob@example.org": M.STATE_SENT}
    read = consent_pb2.GetConsentRequest(name=given.name)
    assert await consents(world).GetConsent(read, metadata=owner) == given
    withdrawal = consent_pb2.WithdrawConsentRequest(name=given.name, etag=given.etag)
    gone = await consents(world).WithdrawConsent(withdrawal, metadata=owner)
    again = consent_pb2.WithdrawConsentRequest(name=given.name)
    assert await consents(world).WithdrawConsent(again, metadata=owner) == gone
    assert gone.HasField("withdraw_time")
    await club.invite(email="bob@example.org")
    assert (await club.send())[-1].failure == M.FAILURE_SUPPRESSED
    page = consent_pb2.ListConsentsRequest(parent=club.name, address="bob@example.org")
    assert list((await consents(world).ListConsents(page, metadata=owner)).consents) == [gone]


async def test_a_consent_that_there_is_not_is_not_found(world, club):
    owner = await world.member("OWNER", club.id)
    name = f"{club.name}/consents/{uuid.uuid4()}"

    with refused(grpc.StatusCode.NOT_FOUND, "CONSENT_NOT_FOUND"):
        await consents(world).GetConsent(consent_pb2.GetConsentRequest(name=name), metadata=owner)


# --- quiet hours


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(21, 59), None),
        (at(22), at(8, day=2)),
        (at(23, 30), at(8, day=2)),
        (at(0, 30), at(8)),
        (at(7, 59), at(8)),
        (at(8), None),
    ],
)
def test_nobody_is_told_in_good_time_at_night(now, until):
    verdict = domain.judge(candidate(), Channel.EMAIL, Known(NIGHT), now)

    assert verdict == (Wait(until) if until else None)


@pytest.mark.parametrize("priority", [Priority.IMMEDIATE, Priority.HIGH])
def test_a_ticket_comes_at_night(priority):
    assert domain.judge(candidate(priority), Channel.EMAIL, Known(NIGHT), at(23)) is None


def test_night_is_where_the_number_is_from():
    somebody = candidate(address="+12125551234")

    verdict = domain.judge(somebody, Channel.SMS, Known(NIGHT), at(9))

    assert verdict == Wait(datetime(2026, 6, 1, 12, tzinfo=UTC))


def test_a_number_of_many_zones_says_nothing_of_the_hour():
    assert str(domain.zone_of(candidate(address="+18005551234"))) == BERLIN
    assert str(domain.zone_of(candidate(address="+18005551234", zone=""))) == "UTC"


async def test_what_comes_at_night_goes_in_the_morning(world, club):
    now = world.clock.now().astimezone(UTC)
    asleep, awake = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
    await world.owner.execute(
        "update events set time_zone = 'UTC' where organization = %s", [club.id]
    )
    await policy(
        world,
        club,
        quiet_start_time={"hours": asleep.hour, "minutes": asleep.minute},
        quiet_end_time={"hours": awake.hour, "minutes": awake.minute},
    )
    await club.invite()

    (waiting,) = await club.send()

    assert waiting.state == M.STATE_QUEUED
    (later,) = await world.due("send", club.id)
    assert timedelta(minutes=55) < later.due_time - now <= timedelta(hours=1)
    world.clock.ahead = timedelta(hours=1, minutes=1)
    (sent,) = await club.send()
    world.clock.ahead = timedelta()
    assert sent.state == M.STATE_SENT


# --- too much


async def test_nobody_gets_more_in_a_day_than_is_good_for_them(world, club):
    await policy(world, club, daily_cap=1)
    ada = await club.invite()
    await club.hear(club.confirmed(ada, "code-1"))
    again = club.invitation(ada)
    await club.hear(again, ada)

    found = await club.send()

    states = [(m.kind, m.state) for m in found]
    assert states.count(("invitation", M.STATE_SENT)) == 1
    assert states.count(("invitation", M.STATE_QUEUED)) == 1
    assert ("ticket", M.STATE_SENT) in states


def test_the_next_day_begins_where_the_person_is():
    full = Policy(uuid.uuid4(), daily_cap=1)
    known = Known(full, got={"users/ada": {uuid.uuid4(): at(12)}})

    assert domain.judge(candidate(), Channel.EMAIL, known, at(13)) == Wait(at(0, day=2))
    assert domain.judge(candidate(), Channel.EMAIL, known, at(0, day=2)) is None
    nights = Known(Policy(uuid.uuid4(), time(22), time(8), 1), got=known.got)
    assert domain.judge(candidate(), Channel.EMAIL, nights, at(13)) == Wait(at(8, day=2))


def test_what_somebody_may_have_already_is_found_out():
    known = Known(Policy(uuid.uuid4()), suppressed={"ada@example.org": Reason.STOP})
    open_one = Candidate(
        uuid.uuid4(), "users/ada", "ada@example.org", Priority.NORMAL, "", open_attempt=True
    )

    assert isinstance(domain.judge(candidate(), Channel.EMAIL, known, at(12)), Drop)
    assert domain.judge(open_one, Channel.EMAIL, known, at(12)) is None


# --- the policy


async def test_a_policy_is_read_as_it_was_written(world, club):
    owner = await world.member("OWNER", club.id)
    usual = await policies(world).GetSendingPolicy(
        sending_policy_pb2.GetSendingPolicyRequest(name=f"{club.name}/sendingPolicy"),
        metadata=owner,
    )
    assert list(usual.consent_channels) == [M.CHANNEL_WHATSAPP]
    assert not usual.HasField("quiet_start_time")

    night = {"quiet_start_time": {"hours": 22}, "quiet_end_time": {"hours": 7, "minutes": 30}}
    changed = await policy(world, club, daily_cap=3, **night)
    cleared = await policy(world, club, mask=["consent_channels", "daily_cap"])

    assert (changed.daily_cap, changed.quiet_end_time.minutes) == (3, 30)
    assert (cleared.daily_cap, list(cleared.consent_channels)) == (0, [])
    assert cleared.quiet_start_time.hours == 22
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await policy(world, club, daily_cap=2, etag=changed.etag)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("quiet_end_time", {"quiet_start_time": {"hours": 22}}),
        ("quiet_start_time", {"quiet_end_time": {"hours": 8}}),
        (
            "quiet_end_time",
            {"quiet_start_time": {"hours": 8}, "quiet_end_time": {"hours": 8}},
        ),
        (
            "quiet_start_time",
            {"quiet_start_time": {"hours": 25}, "quiet_end_time": {"hours": 8}},
        ),
        (
            "quiet_start_time",
            {"quiet_start_time": {"nanos": 1}, "quiet_end_time": {"hours": 8}},
        ),
        ("consent_channels", {"consent_channels": [M.CHANNEL_UNSPECIFIED]}),
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused(world, club, field, fields):
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await policy(world, club, **fields)

    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in str(error.value.details())
