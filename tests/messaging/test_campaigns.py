from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from services.kit.names import Name
from services.messaging.campaigns import domain as rules
from services.messaging.campaigns.actions import RUN
from services.messaging.dispatch.domain import Refused, Taken
from services.messaging.messages.actions import CASCADE
from services.messaging.messages.domain import Channel
from services.messaging.templates.rendering import LEFT_OUT
from tests.messaging.test_failover import Pigeons
from tests.messaging.world import LINK
from tests.serving import as_user, invalid, refused
from turnout.event.v1 import participant_pb2
from turnout.messaging.v1 import campaign_pb2 as pb2
from turnout.messaging.v1 import (
    campaign_pb2_grpc,
    cascade_plan_pb2,
    cascade_plan_pb2_grpc,
    consent_pb2,
    consent_pb2_grpc,
    messaging_pb2,
    suppression_pb2,
    suppression_pb2_grpc,
    template_pb2,
    template_pb2_grpc,
)

pytestmark = pytest.mark.server

M = messaging_pb2.Message
C = pb2.Campaign
Answer = participant_pb2.Participant.Answer


class Desk:
    """Somebody who writes to many."""

    def __init__(self, club, caller):
        self.club, self.caller = club, caller
        self.stub = campaign_pb2_grpc.CampaignServiceStub(club.world.channel)

    async def template(self):
        words = template_pb2.MessageTemplate.Translation
        made = template_pb2.MessageTemplate(
            display_name="News",
            variables=[template_pb2.MessageTemplate.Variable(name="news")],
            translations=[
                words(
                    language_code="en",
                    subject="{{ event }}",
                    body="{{ name }}: {{ news }} {{ link }}",
                ),
                words(
                    language_code="de", subject="{{ event }}", body="Hallo {{ name }}: {{ news }}"
                ),
            ],
        )
        stub = template_pb2_grpc.MessageTemplateServiceStub(self.club.world.channel)
        request = template_pb2.CreateMessageTemplateRequest(
            parent=self.club.name, message_template=made
        )
        return (await stub.CreateMessageTemplate(request, metadata=self.caller)).name

    async def create(self, news="Bring a towel", **more):
        variables = [template_pb2.VariableValue(name="news", value=news)] if news else []
        given = {
            "display_name": "Towels",
            "event": self.club.event,
            "template": await self.template(),
            "variables": variables,
        }
        request = pb2.CreateCampaignRequest(parent=self.club.name, campaign=C(**given | more))
        return await self.stub.CreateCampaign(request, metadata=self.caller)

    async def get(self, name):
        return await self.stub.GetCampaign(pb2.GetCampaignRequest(name=name), metadata=self.caller)

    async def preview(self, **more):
        request = pb2.PreviewCampaignRequest(parent=self.club.name, event=self.club.event, **more)
        return await self.stub.PreviewCampaign(request, metadata=self.caller)

    async def suppress(self, address):
        listed = suppression_pb2.Suppression(address=address)
        request = suppression_pb2.CreateSuppressionRequest(
            parent=self.club.name, suppression=listed
        )
        stub = suppression_pb2_grpc.SuppressionServiceStub(self.club.world.channel)
        await stub.CreateSuppression(request, metadata=self.caller)

    async def agree(self, address, channel):
        consent = consent_pb2.Consent(address=address, channel=channel, proof="a form")
        request = consent_pb2.CreateConsentRequest(parent=self.club.name, consent=consent)
        stub = consent_pb2_grpc.ConsentServiceStub(self.club.world.channel)
        await stub.CreateConsent(request, metadata=self.caller)

    async def plan(self, *channels, seconds=0):
        plan = cascade_plan_pb2.CascadePlan(name=f"{self.club.name}/cascadePlans/campaign")
        for channel in channels:
            step = plan.steps.add(channel=channel)
            if seconds:
                step.deadline.FromSeconds(seconds)
        request = cascade_plan_pb2.UpdateCascadePlanRequest(cascade_plan=plan)
        owner = await self.club.world.member("OWNER", self.club.id)
        stub = cascade_plan_pb2_grpc.CascadePlanServiceStub(self.club.world.channel)
        await stub.UpdateCascadePlan(request, metadata=owner)

    async def written(self):
        return [each for each in await self.club.messages() if each.kind == "campaign"]


@pytest.fixture
async def desk(world, club):
    return Desk(club, await world.member("ORGANIZER", club.id))


@pytest.fixture
def mail(world):
    """Carries e-mails, as a test says."""
    pigeons = Pigeons("pigeons", Taken("p-1"))
    providers = world.parts.state.providers
    world.parts.state.providers = {**providers, Channel.EMAIL: pigeons}
    yield pigeons
    world.parts.state.providers = providers


async def crowd(club):
    """Somebody by e-mail, somebody by phone, and somebody who wants nothing."""
    ada = await club.invite()
    bob = await club.invite(email="", phone="+491701234567", display_name="Bob", language_code="de")
    await club.invite(email="eve@example.org", display_name="Eve")
    await club.send()
    return ada, bob


async def test_everybody_is_told_in_their_language_but_who_wants_nothing(world, club, desk):
    ada, bob = await crowd(club)
    await desk.suppress("EVE@example.org")

    made = await desk.create()
    assert (made.state, made.progress.written) == (C.STATE_SCHEDULED, 0)
    await world.do_all(RUN, club.id)

    by_email, by_phone = sorted(await desk.written(), key=lambda each: each.channel)
    assert (by_email.recipient, by_email.subject) == (ada, "Winter Gig")
    assert by_email.body == f"Ada: Bring a towel {LEFT_OUT}\n"
    assert (by_phone.recipient, by_phone.channel) == (bob, M.CHANNEL_SMS)
    assert by_phone.body == "Hallo Bob: Bring a towel"
    after = await desk.get(made.name)
    assert after.state == C.STATE_QUEUED
    assert (after.progress.written, after.progress.waiting) == (2, 2)
    assert (after.progress.suppressed, after.progress.unreachable) == (1, 0)
    await club.send()
    assert (await desk.get(made.name)).progress.sent == 2
    assert any(LINK + ada[-36:] in said["body"] for said in world.written(club)[-2:])


async def test_a_preview_counts_and_sends_nothing(club, desk):
    await crowd(club)
    await desk.suppress("eve@example.org")

    everybody, phones = await desk.preview(), await desk.preview(channels=[M.CHANNEL_SMS])

    found = [(each.channel, each.recipients, each.suppressed) for each in everybody.reach]
    assert found == [(M.CHANNEL_EMAIL, 1, 1), (M.CHANNEL_SMS, 1, 0)]
    assert [each.channel for each in phones.reach] == [M.CHANNEL_SMS]
    assert not await desk.written()


SAYS = {"yes": Answer.ANSWER_YES, "no": Answer.ANSWER_NO}


@pytest.mark.parametrize(
    ("answers", "languages", "those"),
    [
        ([], [], {"yes pt-BR", "yes de", "no pt", "- pt", "- "}),
        ([Answer.ANSWER_YES], [], {"yes pt-BR", "yes de"}),
        ([Answer.ANSWER_UNSPECIFIED], [], {"- pt", "- "}),
        ([], ["PT"], {"yes pt-BR", "no pt", "- pt"}),
        ([], ["en"], {"- "}),
        ([Answer.ANSWER_YES, Answer.ANSWER_UNSPECIFIED], ["de"], {"yes de"}),
        ([Answer.ANSWER_MAYBE], [], set()),
    ],
)
async def test_only_those_of_an_audience_are_told(world, club, desk, answers, languages, those):
    people: dict[str, str] = {}
    for who in ("yes pt-BR", "yes de", "no pt", "- pt", "- "):
        said, _, language = who.partition(" ")
        contact = {"email": f"{len(people)}@example.org", "language_code": language}
        people[who] = name = await club.invite(**contact)
        if said in SAYS:
            fact = participant_pb2.ParticipantAnswered(participant=name, answer=SAYS[said])
            await club.hear(fact, name)
            # Who is invited again has answered all the same.
            await club.hear(club.invitation(name, **contact), name)

    audience = {"answers": answers, "language_codes": languages}
    preview = await desk.preview(audience=audience)
    made = await desk.create(audience=audience)
    await world.do_all(RUN, club.id)

    assert sum(each.recipients for each in preview.reach) == len(those)
    assert sorted(made.audience.answers) == sorted(answers)
    told = {each.recipient for each in await desk.written()}
    assert told == {people[who] for who in those}


async def test_an_audience_reads_languages(desk):
    with invalid("campaign.audience.language_codes[0]"):
        await desk.create(audience={"language_codes": ["not a language"]})


async def test_only_those_of_a_channel_are_told(world, club, desk):
    _, bob = await crowd(club)

    await desk.create(channels=[M.CHANNEL_SMS])
    await world.do_all(RUN, club.id)

    assert [each.recipient for each in await desk.written()] == [bob]


async def test_each_goes_by_the_first_channel_of_the_plan_that_they_want(world, club, desk):
    both = [await club.invite(email=f"{n}@example.org", phone=f"+493012345{n}") for n in (1, 2, 3)]
    await club.send()
    await desk.suppress("2@example.org")
    for address in ("3@example.org", "+4930123453"):
        await desk.suppress(address)
    await desk.agree("+4930123451", M.CHANNEL_WHATSAPP)
    await desk.plan(M.CHANNEL_WHATSAPP, M.CHANNEL_EMAIL, M.CHANNEL_SMS)

    everybody = await desk.preview()
    made = await desk.create()
    await world.do_all(RUN, club.id)

    found = {each.recipient: each.channel for each in await desk.written()}
    assert found == {both[0]: M.CHANNEL_WHATSAPP, both[1]: M.CHANNEL_SMS}
    reach = {each.channel: (each.recipients, each.suppressed) for each in everybody.reach}
    assert reach == {M.CHANNEL_WHATSAPP: (1, 1), M.CHANNEL_SMS: (1, 0)}
    progress = (await desk.get(made.name)).progress
    assert (progress.written, progress.suppressed, progress.without_consent) == (2, 1, 0)


async def test_who_has_not_agreed_is_left_out_where_one_has_to(world, club, desk):
    await crowd(club)

    phones = await desk.preview(channels=[M.CHANNEL_WHATSAPP])
    made = await desk.create(channels=[M.CHANNEL_WHATSAPP])
    await world.do_all(RUN, club.id)

    (reach,) = phones.reach
    assert (reach.channel, reach.recipients, reach.without_consent) == (M.CHANNEL_WHATSAPP, 0, 1)
    assert phones.unreachable == 2
    assert not await desk.written()
    progress = (await desk.get(made.name)).progress
    assert (progress.without_consent, progress.unreachable) == (1, 2)


async def test_what_fails_by_one_channel_goes_by_the_next_and_is_still_one_person(
    world, club, desk, mail
):
    await club.invite(phone="+4930123451")
    await club.send()
    mail.outcome = Refused("no such mailbox")
    made = await desk.create()
    await world.do_all(RUN, club.id)
    await club.send()

    paused = await desk.stub.PauseCampaign(
        pb2.PauseCampaignRequest(name=made.name), metadata=desk.caller
    )
    await world.do_all(CASCADE, club.id)
    assert [each.channel for each in await desk.written()] == [M.CHANNEL_EMAIL]
    assert (paused.progress.written, paused.progress.failed) == (1, 1)

    await desk.stub.ResumeCampaign(pb2.ResumeCampaignRequest(name=made.name), metadata=desk.caller)
    await world.do_all(CASCADE, club.id)
    waiting = (await desk.get(made.name)).progress
    await club.send()

    assert [each.channel for each in await desk.written()] == [M.CHANNEL_EMAIL, M.CHANNEL_SMS]
    assert (waiting.waiting, waiting.failed) == (1, 0)
    after = (await desk.get(made.name)).progress
    assert (after.written, after.sent, after.failed) == (1, 1, 0)


async def test_what_goes_by_the_next_channel_says_it_all_to_where_somebody_is_now(
    world, club, desk, mail
):
    ada = await club.invite(phone="+4930123451")
    await club.send()
    mail.outcome = Refused("no such mailbox")
    await desk.create()
    await world.do_all(RUN, club.id)
    await club.send()
    await club.change(ada, phone="+4930123459")

    await world.do_all(CASCADE, club.id)
    await club.send()

    first, second = await desk.written()
    assert (second.channel, second.address) == (M.CHANNEL_SMS, "+4930123459")
    assert (first.subject, second.subject) == ("Winter Gig", "")
    assert second.body == f"Ada: Bring a towel {LEFT_OUT}"
    assert world.written(club)[-1]["body"] == f"Ada: Bring a towel {LINK}{ada[-36:]}"


async def test_what_is_queued_goes_as_it_was_though_everything_has_changed(world, club, desk):
    ada = await club.invite()
    await club.send()
    made = await desk.create()
    await world.do_all(RUN, club.id)
    await club.publish(display_name="Summer Gig")
    await club.change(ada, display_name="Countess")
    stub = template_pb2_grpc.MessageTemplateServiceStub(world.channel)
    request = template_pb2.DeleteMessageTemplateRequest(name=made.template)
    await stub.DeleteMessageTemplate(request, metadata=desk.caller)

    await club.send()

    (written,) = await desk.written()
    said = world.written(club)[-1]
    assert (written.state, written.subject) == (M.STATE_SENT, "Winter Gig")
    assert said["subject"] == "Winter Gig"
    assert said["body"] == f"Ada: Bring a towel {LINK}{ada[-36:]}\n"


async def test_what_is_cancelled_is_tried_by_no_other_channel(world, club, desk, mail):
    await club.invite(phone="+4930123451")
    await club.send()
    made = await desk.create()
    await world.do_all(RUN, club.id)
    request = pb2.CancelCampaignRequest(name=made.name)

    await desk.stub.CancelCampaign(request, metadata=desk.caller)
    await world.do_all(CASCADE, club.id)
    await club.send()

    (only,) = await desk.written()
    assert (only.channel, only.state) == (M.CHANNEL_EMAIL, M.STATE_FAILED)


async def test_a_pause_keeps_what_is_left_of_a_deadline(world, club, desk):
    await desk.plan(M.CHANNEL_EMAIL, M.CHANNEL_SMS, seconds=600)
    await club.invite(phone="+4930123451")
    made = await desk.create()
    await world.do_all(RUN, club.id)
    (before,) = await world.due(CASCADE, club.id)

    request = pb2.PauseCampaignRequest(name=made.name)
    await desk.stub.PauseCampaign(request, metadata=desk.caller)
    world.clock.ahead = timedelta(hours=1)
    await world.do_all(CASCADE, club.id)
    assert len(await desk.written()) == 1
    await desk.stub.ResumeCampaign(pb2.ResumeCampaignRequest(name=made.name), metadata=desk.caller)
    (after,) = await world.due(CASCADE, club.id)
    world.clock.ahead = timedelta()

    # The time in between is as long as the pause, which is an hour by the clock and the moment
    # that the calls took.
    assert after.due_time - before.due_time >= timedelta(hours=1)


async def test_a_batch_goes_on_where_the_one_before_ended(world, club, desk, monkeypatch):
    monkeypatch.setattr(rules, "BATCH", 2)
    people = {await club.invite(email=f"guest-{n}@example.org") for n in range(5)}

    made = await desk.create()
    rounds = 0
    while await world.do_all(RUN, club.id):
        rounds += 1

    assert rounds == 3
    assert {each.recipient for each in await desk.written()} == people
    assert (await desk.get(made.name)).progress.written == 5


async def test_what_is_paused_waits_and_what_is_cancelled_never_goes(world, club, desk):
    await crowd(club)
    made = await desk.create()
    await world.do_all(RUN, club.id)

    request = pb2.PauseCampaignRequest(name=made.name, request_id=str(uuid.uuid4()))
    paused = await desk.stub.PauseCampaign(request, metadata=desk.caller)
    # Not by `club.send`, which lets go whatever waits.
    await world.do_all("send", club.id)
    assert paused.state == C.STATE_PAUSED
    assert {each.state for each in await desk.written()} == {M.STATE_QUEUED}

    resumed = await desk.stub.ResumeCampaign(
        pb2.ResumeCampaignRequest(name=made.name), metadata=desk.caller
    )
    assert resumed.state == C.STATE_QUEUED
    await world.do_all("send", club.id)
    assert {each.state for each in await desk.written()} == {M.STATE_SENT}

    second = await desk.create()
    await world.do_all(RUN, club.id)
    cancelled = await desk.stub.CancelCampaign(
        pb2.CancelCampaignRequest(name=second.name), metadata=desk.caller
    )
    assert (cancelled.state, cancelled.progress.failed) == (C.STATE_CANCELLED, 3)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_CAMPAIGN_STATE"):
        await desk.stub.PauseCampaign(
            pb2.PauseCampaignRequest(name=second.name), metadata=desk.caller
        )


async def test_a_campaign_that_is_cancelled_in_time_writes_nothing(world, club, desk):
    await crowd(club)
    later = datetime.now(UTC) + timedelta(days=1)
    made = await desk.create(start_time=later)
    (due,) = await world.due(RUN, club.id)
    assert due.due_time > datetime.now(UTC) + timedelta(hours=23)

    await desk.stub.CancelCampaign(pb2.CancelCampaignRequest(name=made.name), metadata=desk.caller)
    await world.do_all(RUN, club.id)

    assert not await desk.written()


async def test_who_watches_sees_how_far_it_is(world, club, desk):
    await crowd(club)
    made = await desk.create()
    call = desk.stub.WatchCampaign(pb2.WatchCampaignRequest(name=made.name), metadata=desk.caller)

    assert (await call.read()).state == C.STATE_SCHEDULED
    await world.do_all(RUN, club.id)
    await club.send()
    while (frame := await call.read()) is not grpc.aio.EOF:
        last = frame

    assert (last.state, last.progress.sent) == (C.STATE_QUEUED, 3)


async def test_what_the_template_lacks_is_refused_at_once(world, club, desk):
    with invalid("variables"):
        await desk.create(news="")
    ghost = f"{club.name}/messageTemplates/{uuid.uuid4()}"
    with refused(grpc.StatusCode.NOT_FOUND, "MESSAGE_TEMPLATE_NOT_FOUND"):
        await desk.create(template=ghost)
    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
        await desk.create(event=f"{club.name}/events/{uuid.uuid4()}")
    assert not await world.due(RUN, club.id)


async def test_campaigns_can_be_listed_and_strangers_see_none(world, club, desk):
    made = await desk.create()
    listed = await desk.stub.ListCampaigns(
        pb2.ListCampaignsRequest(parent=club.name), metadata=desk.caller
    )

    assert [each.name for each in listed.campaigns] == [made.name]
    for caller in (as_user(), await world.member("STAFF", club.id)):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await desk.stub.GetCampaign(pb2.GetCampaignRequest(name=made.name), metadata=caller)
    with refused(grpc.StatusCode.NOT_FOUND, "CAMPAIGN_NOT_FOUND"):
        await desk.get(f"{club.name}/campaigns/{uuid.uuid4()}")


def test_nothing_brings_a_cancelled_campaign_back():
    name, now = Name(uuid.uuid4(), uuid.uuid4()), datetime.now(UTC)
    made = rules.Campaign(name, "x", name, name, 1, {}, frozenset(), now, now)
    gone = rules.cancel(made)

    assert rules.cancel(gone) == gone
    assert not rules.runs(gone)
    for change in (rules.pause, rules.resume):
        with pytest.raises(rules.WrongCampaignState):
            change(gone)
    assert rules.resume(rules.pause(made)).state is rules.State.RUNNING
