"""Accounts at those who carry messages: what may be one, and that nobody reads its secrets."""

from __future__ import annotations

import dataclasses
import json
import uuid
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2

from services.messaging.config import Config
from tests.messaging.outside import Reply, listening
from tests.messaging.world import opened
from tests.serving import refused
from turnout.messaging.v1 import channel_account_pb2 as pb2
from turnout.messaging.v1 import channel_account_pb2_grpc

pytestmark = pytest.mark.server

INVALID = grpc.StatusCode.INVALID_ARGUMENT
Account = pb2.ChannelAccount
NUMBER = "1122334455667"


def whatsapp(**changes: Any) -> Account:
    given: dict[str, Any] = {
        "phone_number_id": NUMBER,
        "access_token": "EAAG-secret",
        "app_secret": "shh",
    }
    return Account(display_name="The club", whatsapp=Account.WhatsApp(**given | changes))


def twilio(**changes: Any) -> Account:
    given: dict[str, Any] = {
        "account_sid": "AC" + "0" * 32,
        "auth_token": "shh",
        "sender": "+15005550006",
    }
    return Account(twilio=Account.Twilio(**given | changes))


def json_sms(**changes: Any) -> Account:
    given: dict[str, Any] = {
        "uri": "https://sms.example.org/send",
        "bearer_token": "shh",
        "sender": "Club",
    }
    return Account(json_sms=Account.JsonSms(**given | changes))


def smtp(**changes: Any) -> Account:
    given: dict[str, Any] = {"host": "mail.example.org", "sender": "club@example.org"}
    return Account(smtp=Account.Smtp(**given | changes))


class Office:
    """The owner of an organization, and its accounts."""

    def __init__(self, club: Any, owner: Any, peer: Any) -> None:
        self.club, self.owner, self.peer = club, owner, peer
        channel = club.world.channel
        self.stub: Any = channel_account_pb2_grpc.ChannelAccountServiceStub(channel)

    async def create(self, account: Account, **more: Any) -> Any:
        request = pb2.CreateChannelAccountRequest(
            parent=self.club.name, channel_account=account, **more
        )
        return await self.stub.CreateChannelAccount(request, metadata=self.owner)

    async def update(self, account: Account, *paths: str) -> Any:
        mask = field_mask_pb2.FieldMask(paths=paths)
        request = pb2.UpdateChannelAccountRequest(channel_account=account, update_mask=mask)
        return await self.stub.UpdateChannelAccount(request, metadata=self.owner)

    async def get(self, name: str) -> Any:
        request = pb2.GetChannelAccountRequest(name=name)
        return await self.stub.GetChannelAccount(request, metadata=self.owner)

    async def test(self, name: str) -> Any:
        request = pb2.TestChannelAccountRequest(name=name)
        return await self.stub.TestChannelAccount(request, metadata=self.owner)


@pytest.fixture(scope="module")
async def peer():
    async with listening() as found:
        yield found


@pytest.fixture(scope="module")
async def world(database, owner, tmp_path_factory, peer):
    db = await database("messaging")
    log = tmp_path_factory.mktemp("accounts") / "messages.jsonl"
    hosts = {"whatsapp": f"{peer.uri}/v26.0", "twilio": peer.uri}
    config = Config(messages_log=log, loopback=True, hosts=hosts)
    async with opened(db, await owner(db), log, config=config) as found:
        yield found


@pytest.fixture
async def office(world, peer):
    peer.requests.clear()
    peer.reply = lambda _: Reply()
    club = await world.club()
    return Office(club, await world.member("OWNER", club.id), peer)


async def test_credentials_are_sealed_and_never_shown(office):
    made = await office.create(whatsapp(verify_token="show me"))

    found = await office.get(made.name)

    assert found == made
    assert found.channel == found.channel.__class__(3)
    assert found.whatsapp == Account.WhatsApp(phone_number_id=NUMBER)
    assert found.webhook_uri.endswith(f"/api/v1/webhook/{made.name}")
    rows = await office.club.world.owner.execute(
        "select * from channel_accounts where id = %s", [made.name[-36:]]
    )
    [row] = await rows.fetchall()
    assert not any(secret in str(row) for secret in ("EAAG", "shh", "show me"))
    assert b"EAAG" not in bytes(row.credentials)


async def test_accounts_are_listed_a_page_at_a_time(office):
    names = [(await office.create(twilio())).name for _ in range(3)]

    request = pb2.ListChannelAccountsRequest(parent=office.club.name, page_size=2)
    first = await office.stub.ListChannelAccounts(request, metadata=office.owner)
    request.page_token = first.next_page_token
    second = await office.stub.ListChannelAccounts(request, metadata=office.owner)

    assert [one.name for one in (*first.channel_accounts, *second.channel_accounts)] == names
    assert not second.next_page_token


async def test_a_change_keeps_the_credentials_that_it_does_not_send(office):
    made = await office.create(json_sms(uri=f"{office.peer.uri}/send"))
    changed = await office.update(
        Account(name=made.name, json_sms=Account.JsonSms(sender="Gig"), priority=7),
        "json_sms.sender",
        "priority",
    )

    assert (changed.json_sms.sender, changed.priority) == ("Gig", 7)
    await office.test(made.name)
    assert office.peer.requests[-1].headers["authorization"] == "Bearer shh"


async def test_credentials_are_not_shown_to_another_server_by_who_does_not_know_them(office):
    made = await office.create(json_sms())
    elsewhere = Account(name=made.name, json_sms=Account.JsonSms(uri=f"{office.peer.uri}/evil"))

    with refused(INVALID, "BAD_CHANNEL_ACCOUNT", field="channel_account.json_sms.bearer_token"):
        await office.update(elsewhere, "json_sms.uri")

    elsewhere.json_sms.bearer_token = "mine"
    await office.update(elsewhere, "json_sms.uri", "json_sms.bearer_token")
    await office.test(made.name)
    assert [one.headers["authorization"] for one in office.peer.requests] == ["Bearer mine"]


async def test_a_stale_etag_is_refused(office):
    made = await office.create(twilio())
    await office.update(Account(name=made.name, priority=1, etag=made.etag), "priority")

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await office.update(Account(name=made.name, priority=2, etag=made.etag), "priority")
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        request = pb2.DeleteChannelAccountRequest(name=made.name, etag=made.etag)
        await office.stub.DeleteChannelAccount(request, metadata=office.owner)


async def test_what_is_removed_is_gone(office):
    made = await office.create(twilio())
    request = pb2.DeleteChannelAccountRequest(name=made.name)
    await office.stub.DeleteChannelAccount(request, metadata=office.owner)

    with refused(grpc.StatusCode.NOT_FOUND, "CHANNEL_ACCOUNT_NOT_FOUND"):
        await office.get(made.name)


async def test_a_retry_adds_one_account(office):
    id = str(uuid.uuid4())

    one, two = [await office.create(twilio(), request_id=id) for _ in range(2)]

    assert one == two


@pytest.mark.parametrize(
    ("account", "field"),
    [
        (Account(), "provider"),
        (whatsapp(access_token=""), "whatsapp.access_token"),
        (twilio(auth_token=""), "twilio.auth_token"),
        (twilio(sender=""), "twilio.sender"),
        (twilio(messaging_service_sid="MG" + "0" * 32), "twilio.sender"),
        (twilio(sender="+1"), "twilio.sender"),
        (twilio(sender="a word too long"), "twilio.sender"),
        (json_sms(uri="ftp://sms.example.org"), "json_sms.uri"),
        (json_sms(uri="https://10.0.0.1/send"), "json_sms.uri"),
        (json_sms(uri="https://u:p@sms.example.org"), "json_sms.uri"),
        (json_sms(bearer_token=""), "json_sms.bearer_token"),
        (smtp(host="mail example"), "smtp.host"),
        (smtp(host="169.254.169.254"), "smtp.host"),
        (smtp(username="u"), "smtp.password"),
        (smtp(password="p"), "smtp.password"),
        (
            smtp(username="u", password="p", security=Account.Smtp.SECURITY_OPPORTUNISTIC),
            "smtp.security",
        ),
        (
            Account(firebase={"project_id": "club", "service_account_key": "{}"}),
            "firebase.service_account_key",
        ),
        (
            Account(
                firebase={
                    "project_id": "club",
                    "service_account_key": json.dumps(
                        {
                            "client_email": "a@b.c",
                            "private_key": "k",
                            "token_uri": "https://evil.example.org/token",
                        }
                    ),
                }
            ),
            "firebase.service_account_key",
        ),
    ],
)
async def test_what_no_account_has_is_refused(office, account, field):
    with refused(INVALID, "BAD_CHANNEL_ACCOUNT", field=f"channel_account.{field}"):
        await office.create(account)


async def test_an_account_stays_with_its_provider(office):
    made = await office.create(twilio())

    with refused(INVALID, "BAD_CHANNEL_ACCOUNT", field="channel_account.smtp"):
        await office.update(Account(name=made.name, smtp=smtp().smtp), "smtp")


async def test_there_is_an_end_to_accounts(office):
    for _ in range(50):
        await office.create(twilio())

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "TOO_MANY_CHANNEL_ACCOUNTS", most="50"):
        await office.create(twilio())


async def test_browsers_get_a_key_to_subscribe_with(office):
    made = await office.create(Account(web_push={"subject": "mailto:club@example.org"}))
    changed = await office.update(
        Account(name=made.name, web_push={"subject": "https://example.org"}), "web_push.subject"
    )

    assert len(made.web_push.public_key) == 87
    assert changed.web_push.public_key == made.web_push.public_key
    assert (await office.test(made.name)).verify_time.seconds


# --- asking the provider


async def test_a_number_that_the_token_opens_is_verified(office):
    made = await office.create(whatsapp(phone_number_id="555"))
    office.peer.reply = lambda _: Reply.of({"id": "555", "verified_name": "The club"})

    tested = await office.test(made.name)

    [asked] = office.peer.requests
    assert asked.method == "GET" and asked.path.startswith("/v26.0/555?")
    assert asked.headers["authorization"] == "Bearer EAAG-secret"
    assert tested.verify_time.seconds and not tested.verify_problem


@pytest.mark.parametrize(
    "reply",
    [
        Reply.of({"id": "another"}),
        Reply.of({"error": {"code": 190, "message": "Invalid OAuth access token"}}, 401),
        Reply(500, b"<html>"),
        Reply(200, b"{" * 5000),
        Reply(-1),
    ],
)
async def test_a_number_that_the_provider_does_not_know_is_not_verified(office, reply):
    made = await office.create(whatsapp())
    office.peer.reply = lambda _: reply

    tested = await office.test(made.name)

    assert tested.verify_problem and not tested.HasField("verify_time")


async def test_a_number_is_heard_by_the_first_account_that_proves_it_is_theirs(office):
    number = str(uuid.uuid4().int)[:20]
    office.peer.reply = lambda _: Reply.of({"id": number})
    first = await office.create(whatsapp(phone_number_id=number))
    second = await office.create(whatsapp(phone_number_id=number))
    await office.test(first.name)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "SENDER_TAKEN", sender=number):
        await office.test(second.name)

    request = pb2.DeleteChannelAccountRequest(name=first.name)
    await office.stub.DeleteChannelAccount(request, metadata=office.owner)
    assert (await office.test(second.name)).verify_time.seconds


async def test_other_credentials_have_to_be_verified_anew(office):
    made = await office.create(twilio())
    assert (await office.test(made.name)).verify_time.seconds

    same = await office.update(Account(name=made.name, priority=3), "priority")
    other = await office.update(
        Account(name=made.name, twilio={"auth_token": "new"}), "twilio.auth_token"
    )

    assert same.verify_time.seconds and not other.HasField("verify_time")


async def test_organizations_have_their_own_keys(office):
    first = await office.create(twilio())
    other = dataclasses.replace(office.club, id=uuid.uuid4())
    owner = await office.club.world.member("OWNER", other.id)
    elsewhere = Office(other, owner, office.peer)
    await elsewhere.create(twilio())

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await elsewhere.get(first.name)
    rows = await office.club.world.owner.execute(
        "select sealed from vault_keys where organization = any(%s)", [[office.club.id, other.id]]
    )
    assert len({bytes(row.sealed) for row in await rows.fetchall()}) == 2
