from __future__ import annotations

import uuid

import grpc
import pytest

from tests.serving import as_user, invalid, refused
from turnout.messaging.v1 import messaging_pb2, template_pb2_grpc
from turnout.messaging.v1 import template_pb2 as pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message
T = pb2.MessageTemplate


def words(language="en", body="Hello {{ name }}, row {{ row }}.", **more):
    said = {"subject": "{{ event }}: row {{ row }}", "text": "Row {{ row }}"}
    return T.Translation(language_code=language, body=body, **said | more)


def welcome(**changes):
    given = {
        "display_name": "Welcome",
        "variables": [T.Variable(name="row", type=T.Variable.TYPE_NUMBER)],
        "translations": [words(), words("de", "Hallo {{ name }}, Reihe {{ row }}.")],
    }
    return T(**given | changes)


def values(**given):
    return [pb2.VariableValue(name=name, value=value) for name, value in given.items()]


class Shelf:
    """The templates of a club, and somebody who may write them."""

    def __init__(self, club, caller):
        self.club, self.caller = club, caller
        self.stub = template_pb2_grpc.MessageTemplateServiceStub(club.world.channel)

    async def create(self, template=None, **more):
        request = pb2.CreateMessageTemplateRequest(
            parent=self.club.name, message_template=template or welcome(), **more
        )
        return await self.stub.CreateMessageTemplate(request, metadata=self.caller)

    async def update(self, name, *paths, **changes):
        request = pb2.UpdateMessageTemplateRequest(message_template=T(name=name, **changes))
        request.update_mask.paths.extend(paths)
        return await self.stub.UpdateMessageTemplate(request, metadata=self.caller)

    async def get(self, name, **more):
        request = pb2.GetMessageTemplateRequest(name=name, **more)
        return await self.stub.GetMessageTemplate(request, metadata=self.caller)

    async def preview(self, name, **more):
        request = pb2.PreviewMessageTemplateRequest(name=name, **more)
        return await self.stub.PreviewMessageTemplate(request, metadata=self.caller)

    async def test(self, name, **more):
        request = pb2.SendTestMessageRequest(name=name, **more)
        return await self.stub.SendTestMessage(request, metadata=self.caller)


@pytest.fixture
async def shelf(world, club):
    return Shelf(club, await world.member("ORGANIZER", club.id))


async def test_a_template_is_kept_as_it_was_written(shelf):
    made = await shelf.create(request_id=str(uuid.uuid4()))

    assert made.translations == welcome().translations
    assert made.variables == welcome().variables
    assert (made.display_name, made.version, made.etag) == ("Welcome", 1, '"1"')
    assert await shelf.get(made.name) == made


async def test_every_version_is_kept(shelf):
    made = await shelf.create()

    after = await shelf.update(made.name, "translations", translations=[words(body="Hi {{ row }}")])
    same = await shelf.update(made.name, "display_name", display_name="Welcome")

    assert (after.version, same.version) == (2, 2)
    assert (await shelf.get(made.name)).translations[0].body == "Hi {{ row }}"
    assert (await shelf.get(made.name, version=1)).translations == made.translations
    with refused(grpc.StatusCode.NOT_FOUND, "MESSAGE_TEMPLATE_NOT_FOUND"):
        await shelf.get(made.name, version=3)
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await shelf.update(made.name, "display_name", display_name="Hi", etag=made.etag)


async def test_templates_can_be_listed_and_removed(shelf):
    first, second = await shelf.create(), await shelf.create()
    request = pb2.ListMessageTemplatesRequest(parent=shelf.club.name, page_size=1)

    page = await shelf.stub.ListMessageTemplates(request, metadata=shelf.caller)
    assert list(page.message_templates) == [first]
    request.page_token = page.next_page_token
    page = await shelf.stub.ListMessageTemplates(request, metadata=shelf.caller)
    assert list(page.message_templates) == [second]
    remove = pb2.DeleteMessageTemplateRequest(name=first.name)
    await shelf.stub.DeleteMessageTemplate(remove, metadata=shelf.caller)
    with refused(grpc.StatusCode.NOT_FOUND, "MESSAGE_TEMPLATE_NOT_FOUND"):
        await shelf.get(first.name)


async def test_a_preview_shows_what_would_be_said(shelf):
    name = (await shelf.create()).name

    english = await shelf.preview(name, variables=values(row="12.5"))
    german = await shelf.preview(
        name, language_code="de-AT", channel=M.CHANNEL_SMS, variables=values(row="12.5")
    )

    assert (english.language_code, english.subject) == ("en", "Summer party: row 12.5")
    assert english.body == "Hello Ada, row 12.5.\n"
    assert (german.language_code, german.subject, german.body) == ("de", "", "Row 12,5")


async def test_what_is_missing_or_wrong_is_refused_when_the_template_is_used(shelf):
    name = (await shelf.create()).name

    with invalid("variables"):
        await shelf.preview(name)
    with invalid("variables"):
        await shelf.test(name, address="ada@example.org", variables=values(row="many"))
    with invalid("variables"):
        await shelf.preview(name, variables=values(row="1", other="2"))
    assert not await shelf.club.messages()


async def test_a_test_goes_to_one_address(world, shelf):
    name = (await shelf.create()).name

    sent = await shelf.test(
        name,
        address="+491701234567",
        channel=M.CHANNEL_SMS,
        variables=values(row="7"),
        request_id=str(uuid.uuid4()),
    )

    assert (sent.kind, sent.recipient, sent.address) == ("test", shelf.club.name, "+491701234567")
    await shelf.club.send()
    assert world.written(shelf.club)[-1]["body"] == "Row 7"
    with invalid("address"):
        await shelf.test(
            name, address="ada@example.org", channel=M.CHANNEL_SMS, variables=values(row="7")
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"translations": [words(body="{{ ''.__class__ }}")]}, "translations[0].body"),
        ({"translations": [words(), words("fr", "{{ nobody }}")]}, "translations[1].body"),
        ({"translations": []}, "translations"),
        ({"variables": []}, "translations[0].subject"),
    ],
)
async def test_what_nobody_can_write_with_is_refused(shelf, changes, field):
    made = await shelf.create()

    with invalid(f"message_template.{field}"):
        await shelf.create(welcome(**changes))
    with invalid(f"message_template.{field}"):
        await shelf.update(made.name, *changes, **changes)


async def test_strangers_have_no_templates(world, shelf):
    made = await shelf.create()
    request = pb2.GetMessageTemplateRequest(name=made.name)

    for caller in (as_user(), await world.member("STAFF", shelf.club.id)):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await shelf.stub.GetMessageTemplate(request, metadata=caller)
