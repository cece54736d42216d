"""An organization's own words for what is told by itself, in place of those that are built in."""

from __future__ import annotations

import uuid
from typing import Any

import grpc
import pytest

from services.messaging.messages.domain import Kind, Priority
from services.messaging.templates.words import TEMPLATES
from services.messaging.wordings.domain import GIVES
from tests.messaging.test_inbound import PHONE, Answer, hand_in, letters, phoned, taken
from tests.messaging.world import LINK
from tests.serving import as_user, invalid, refused
from turnout.booking.v1 import waitlist_pb2
from turnout.messaging.v1 import (
    cascade_plan_pb2,
    cascade_plan_pb2_grpc,
    messaging_pb2,
    notice_template_pb2_grpc,
    template_pb2,
    template_pb2_grpc,
)
from turnout.messaging.v1 import notice_template_pb2 as pb2

pytestmark = pytest.mark.server

T = template_pb2.MessageTemplate
M = messaging_pb2.Message
OURS = {
    "language_code": "en",
    "subject": "{{ host }}: {{ event }}",
    "body": "Dear {{ name }}, come! {{ link }}",
    "text": "{{ name }}, come! {{ link }}",
}


class Desk:
    """The owner of an organization, its templates, and what it writes by them."""

    def __init__(self, club: Any, owner: Any) -> None:
        self.club, self.owner = club, owner
        channel = club.world.channel
        self.stub: Any = notice_template_pb2_grpc.NoticeTemplateServiceStub(channel)
        self.templates: Any = template_pb2_grpc.MessageTemplateServiceStub(channel)

    async def create(self, *variables: dict[str, Any], **changes: Any) -> Any:
        made = T(
            display_name="Ours",
            variables=[T.Variable(**each) for each in variables],
            translations=[T.Translation(**OURS | changes)],
        )
        request = template_pb2.CreateMessageTemplateRequest(
            parent=self.club.name, message_template=made
        )
        return await self.templates.CreateMessageTemplate(request, metadata=self.owner)

    def named(self, kind: str) -> str:
        return f"{self.club.name}/noticeTemplates/{kind}"

    async def use(self, kind: str, template: str, **more: Any) -> Any:
        wanted = pb2.NoticeTemplate(name=self.named(kind), message_template=template, **more)
        request = pb2.UpdateNoticeTemplateRequest(
            notice_template=wanted, update_mask={"paths": ["message_template"]}
        )
        return await self.stub.UpdateNoticeTemplate(request, metadata=self.owner)

    async def get(self, kind: str) -> Any:
        request = pb2.GetNoticeTemplateRequest(name=self.named(kind))
        return await self.stub.GetNoticeTemplate(request, metadata=self.owner)

    async def goes_by(self, kind: str, channel: Any) -> None:
        plan = cascade_plan_pb2.CascadePlan(name=f"{self.club.name}/cascadePlans/{kind}")
        plan.steps.add(channel=channel)
        stub: Any = cascade_plan_pb2_grpc.CascadePlanServiceStub(self.club.world.channel)
        request = cascade_plan_pb2.UpdateCascadePlanRequest(cascade_plan=plan)
        await stub.UpdateCascadePlan(request, metadata=self.owner)


@pytest.fixture
async def desk(world, club):
    return Desk(club, await world.member("OWNER", club.id))


async def test_what_is_told_is_said_in_the_organizations_words(world, club, desk):
    made = await desk.create()
    used = await desk.use("invitation", made.name)
    ada = await club.invite()

    [message] = await club.send()

    assert (await desk.get("invitation")) == used
    assert (message.subject, message.kind) == ("The Club: Winter Gig", "invitation")
    assert message.body == "Dear Ada, come! […]\n"
    assert world.written(club)[-1]["body"] == f"Dear Ada, come! {LINK}{ada[-36:]}\n"


async def test_other_kinds_and_organizations_keep_the_words_that_are_built_in(world, club, desk):
    await desk.use("reminder", (await desk.create()).name)
    await club.invite()
    other = await world.club()
    await other.invite()

    for each in (club, other):
        [message] = await each.messages()
        assert message.subject == "Winter Gig: will you come?"


async def test_whatsapp_gets_words_that_it_has_approved_beside_ours(world, club, desk):
    asked = T.WhatsAppTemplate(
        name="gig_invitation",
        language_code="en_US",
        body_variables=["name", "event"],
        header_variable="host",
        link_button=True,
        quick_reply_count=3,
    )
    await desk.use("invitation", (await desk.create(whatsapp=asked)).name)
    await desk.goes_by("invitation", M.CHANNEL_WHATSAPP)
    ada = await club.invite(phone=PHONE)

    [letter] = await letters(world, club, await club.messages())

    assert letter.text.body == f"Ada, come! {LINK}{ada[-36:]}"
    assert [button.payload for button in letter.buttons] == ["yes", "no", "maybe"]
    assert (letter.template.name, letter.template.language) == ("gig_invitation", "en_US")
    assert letter.template.parameters == (("", "Ada"), ("", "Winter Gig"))
    assert (letter.template.header, letter.template.quick_replies) == ("The Club", 3)
    assert letter.template.link == "#token-of-" + ada[-36:]


async def test_what_a_kind_tells_can_be_filled_in(club, desk):
    made = await desk.create({"name": "until"}, body="Yours until {{ until }}")
    assert "until" in (await desk.use("offer", made.name)).variables
    ada = await club.invite()
    offered = waitlist_pb2.WaitlistSeatsOffered(person=ada, event=club.event)
    offered.expire_time.FromJsonString("2026-12-20T12:00:00Z")

    await club.hear(offered)

    message = (await club.messages())[-1]
    assert (message.kind, message.priority) == ("offer", int(Priority.HIGH))
    assert message.body == "Yours until Sun 20 Dec 2026, 13:00\n"


async def test_who_writes_is_answered_in_the_organizations_words(world, club, desk):
    said = (
        "{% if refusal %}Too late, {{ name }}{% elif answer == 'no' %}Pity, {{ name }}{% else %}"
        "Hooray, {{ name }}{% if guests %} +{{ guests }}{% endif %}{% endif %}"
    )
    told = [{"name": name} for name in ("answer", "guests", "refusal")]
    await desk.use("answer", (await desk.create(*told, text=said)).name)
    await phoned(club)

    answers = []
    for words, came in (
        ("Yes +2", {"guests": 2}),
        ("no", {"answer": Answer.ANSWER_NO}),
        ("yes", {"refusal": "ANSWERS_CLOSED"}),
    ):
        inbound = await hand_in(club, words)
        await club.hear(taken(club, inbound, **came), inbound.participant)
        answers.append((await club.messages())[-1].body)

    assert answers == ["Hooray, Ada +2", "Pity, Ada", "Too late, Ada"]


@pytest.mark.parametrize(
    ("wrote", "kind", "told"),
    [
        ("late 10", "late-noted", ["late"]),
        ("where", "where", []),
        ("help", "help", []),
        ("stop", "stopped", []),
        ("start", "started", []),
    ],
)
async def test_commands_are_confirmed_in_the_organizations_words(club, desk, wrote, kind, told):
    ours = "Fine, {{ name }}" + "".join(f" {{{{ {each} }}}}" for each in told)
    made = await desk.create(*({"name": each} for each in told), text=ours)
    await desk.use(kind, made.name)
    await phoned(club)

    await hand_in(club, wrote)

    (message,) = [each for each in await club.messages() if each.kind == kind]
    assert message.body == ("Fine, Ada 10" if told else "Fine, Ada")


async def test_a_template_that_wants_to_know_more_is_refused(desk):
    wants = await desk.create({"name": "until"}, body="{{ until }}")
    typed = await desk.create({"name": "until", "type": T.Variable.TYPE_TIME}, body="x")
    maybe = await desk.create({"name": "until", "optional": True}, body="x{{ until }}")

    for kind, template in (("ticket", wants), ("offer", typed)):
        with invalid("notice_template.message_template"):
            await desk.use(kind, template.name)
    await desk.use("ticket", maybe.name)


async def test_a_template_that_is_used_goes_on_fitting(desk):
    made = await desk.create()
    await desk.use("ticket", made.name)
    more = T(name=made.name, variables=[T.Variable(name="weather")])
    request = template_pb2.UpdateMessageTemplateRequest(message_template=more)

    with invalid("message_template.variables"):
        await desk.templates.UpdateMessageTemplate(request, metadata=desk.owner)


async def test_without_its_template_a_kind_is_said_in_the_words_that_are_built_in(club, desk):
    made = await desk.create()
    await desk.use("invitation", made.name)
    removal = template_pb2.DeleteMessageTemplateRequest(name=made.name)
    await desk.templates.DeleteMessageTemplate(removal, metadata=desk.owner)
    await desk.use("reminder", (await desk.create()).name)
    await desk.use("reminder", "")

    await club.invite()

    [message] = await club.messages()
    assert message.subject == "Winter Gig: will you come?"
    for kind in ("invitation", "reminder"):
        assert (await desk.get(kind)).message_template == ""


async def test_nobody_writes_by_a_template_of_others(world, desk):
    other = await world.club()
    theirs = await Desk(other, await world.member("OWNER", other.id)).create()
    gone = f"{desk.club.name}/messageTemplates/{uuid.uuid4()}"

    for name in (theirs.name, gone):
        with refused(grpc.StatusCode.NOT_FOUND, "MESSAGE_TEMPLATE_NOT_FOUND"):
            await desk.use("invitation", name)


async def test_who_read_an_older_one_changes_nothing(desk):
    made = await desk.create()
    before = await desk.get("invitation")
    await desk.use("invitation", made.name, etag=before.etag)

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await desk.use("invitation", "", etag=before.etag)


async def test_all_kinds_are_listed_in_pages(desk):
    found, token = [], None
    while token != "":
        request = pb2.ListNoticeTemplatesRequest(
            parent=desk.club.name, page_size=5, page_token=token or ""
        )
        answer = await desk.stub.ListNoticeTemplates(request, metadata=desk.owner)
        found += [each.name.rpartition("/")[2] for each in answer.notice_templates]
        token = answer.next_page_token

    assert found == sorted(kind.value for kind in GIVES)


async def test_what_the_platform_says_and_strangers_say_stays(world, desk):
    with invalid("name"):
        await desk.get(Kind.PASSWORD_CODE.value)
    desk.owner = as_user()
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await desk.use("invitation", "")


@pytest.mark.parametrize("name", ["body_variables", "header_variable"])
async def test_what_whatsapp_is_to_be_told_has_to_be_declared(desk, name):
    value: Any = ["weather"] if name == "body_variables" else "weather"
    where = "[0]" if name == "body_variables" else ""

    with invalid(f"message_template.translations[0].whatsapp.{name}{where}"):
        await desk.create(whatsapp=T.WhatsAppTemplate(name="t", **{name: value}))


def test_what_may_be_said_in_other_words_is_said_in_some_by_itself():
    assert set(GIVES) <= set(TEMPLATES["en"])
