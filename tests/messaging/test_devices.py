"""Apps and browsers that people register, and notifications that reach them."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kit import links
from services.messaging.channels.push import GONE, subscription
from services.messaging.devices import domain
from services.messaging.devices.actions import DROP
from services.messaging.dispatch.domain import Taken
from services.messaging.messages.actions import CASCADE
from services.messaging.messages.domain import Channel
from services.messaging.people.domain import PARTICIPANTS
from tests.messaging.test_inbound import PHONE, hand_in
from tests.serving import NOBODY, as_guest, as_user, invalid, refused
from turnout.auth.v1 import auth_pb2
from turnout.messaging.v1 import (
    cascade_plan_pb2,
    cascade_plan_pb2_grpc,
    messaging_pb2,
    push_device_pb2_grpc,
)
from turnout.messaging.v1 import channel_account_pb2 as accounts_pb2
from turnout.messaging.v1 import channel_account_pb2_grpc as accounts_grpc
from turnout.messaging.v1 import push_device_pb2 as pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message
Device = pb2.PushDevice


def browser(**changes: str) -> Device:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    public = point.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    given = {
        "endpoint": "https://push.example.org/send/abc",
        "p256dh": links.encode(public),
        "auth": links.encode(b"0123456789abcdef"),
    }
    return Device(web_push=Device.WebPush(**given | changes))


class Phone:
    """Somebody who has apps and browsers."""

    def __init__(self, club: Any, caller: Any) -> None:
        self.club, self.caller = club, caller
        self.stub: Any = push_device_pb2_grpc.PushDeviceServiceStub(club.world.channel)

    async def register(self, device: Device | str = "", **more: Any) -> Any:
        if not isinstance(device, Device):
            device = Device(fcm_token=device or uuid.uuid4().hex)
        request = pb2.CreatePushDeviceRequest(parent=self.club.name, push_device=device, **more)
        return await self.stub.CreatePushDevice(request, metadata=self.caller)

    async def listed(self, **more: Any) -> Any:
        request = pb2.ListPushDevicesRequest(parent=self.club.name, **more)
        return await self.stub.ListPushDevices(request, metadata=self.caller)

    async def names(self) -> list[str]:
        return [each.name for each in (await self.listed()).push_devices]

    async def delete(self, name: str, etag: str = "") -> None:
        request = pb2.DeletePushDeviceRequest(name=name, etag=etag)
        await self.stub.DeletePushDevice(request, metadata=self.caller)


@pytest.fixture(autouse=True)
def today(world):
    yield
    world.clock.ahead = timedelta()


async def goes_by(club: Any, *channels: Any, kind: str = "invitation") -> None:
    plan = cascade_plan_pb2.CascadePlan(name=f"{club.name}/cascadePlans/{kind}")
    for channel in channels:
        plan.steps.add(channel=channel)
    stub: Any = cascade_plan_pb2_grpc.CascadePlanServiceStub(club.world.channel)
    request = cascade_plan_pb2.UpdateCascadePlanRequest(cascade_plan=plan)
    await stub.UpdateCascadePlan(request, metadata=await club.world.member("OWNER", club.id))


async def invited(club: Any, **contact: str) -> tuple[str, Phone]:
    """Somebody who may register devices, and gets an invitation when `again` is called."""
    ada = await club.invite(**contact)
    return ada, Phone(club, as_guest(PARTICIPANTS.parse(ada)))


async def again(club: Any, person: str, **contact: str) -> None:
    await club.hear(club.invitation(person, **contact), person)


class Provider:
    """Notifies everybody but who is gone."""

    name = "fake"

    def __init__(self, *gone: str) -> None:
        self.gone, self.sent = gone, list[Any]()

    async def send(self, letter: Any, claim: Any) -> Any:
        await claim()
        self.sent.append(letter)
        return GONE if letter.address in self.gone else Taken(str(letter.name.id))

    async def find(self, letter: Any) -> Any:
        return Taken(str(letter.name.id))


async def test_a_device_is_kept_and_nobody_is_told_where_it_is(club):
    _, phone = await invited(club)

    made = await phone.register(Device(fcm_token="secret-token", display_name="Ada's phone"))

    assert made.display_name == "Ada's phone"
    assert made.WhichOneof("target") is None
    shown = await phone.listed()
    assert list(shown.push_devices) == [made] and not shown.next_page_token
    get = pb2.GetPushDeviceRequest(name=made.name)
    assert await phone.stub.GetPushDevice(get, metadata=phone.caller) == made
    rows = await club.world.owner.execute(
        "select p::text as row from push_devices p where organization = %s", [club.id]
    )
    assert "secret-token" not in str([row.row for row in await rows.fetchall()])


async def test_the_same_device_again_is_the_same_and_of_who_has_it_now(club):
    _, ada = await invited(club)
    _, bob = await invited(club)

    first = await ada.register("token")
    assert (await ada.register("token")).name == first.name
    second = await bob.register("token")

    assert await ada.names() == []
    assert await bob.names() == [second.name]


async def test_of_too_many_devices_the_oldest_goes(club):
    _, phone = await invited(club)
    names = []
    for number in range(12):
        club.world.clock.ahead += timedelta(seconds=1)
        names.append((await phone.register(f"token-{number}")).name)

    assert sorted(await phone.names()) == sorted(names[2:])
    page = await phone.listed(page_size=6)
    rest = await phone.listed(page_size=6, page_token=page.next_page_token)
    assert len(page.push_devices) == 6 and len(rest.push_devices) == 4


async def test_nobody_sees_or_removes_devices_of_others(club, world):
    _, ada = await invited(club)
    made = await ada.register()

    for caller in (
        as_user(),
        (await invited(club))[1].caller,
        await world.member("OWNER", club.id),
    ):
        other = Phone(club, caller)
        assert await other.names() == []
        with refused(grpc.StatusCode.NOT_FOUND, "PUSH_DEVICE_NOT_FOUND"):
            await other.delete(made.name)
        with refused(grpc.StatusCode.NOT_FOUND, "PARTICIPANT_NOT_FOUND"):
            await other.register(Device(fcm_token="mine", person=made.person))
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await Phone(club, NOBODY).register()
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await ada.delete(made.name, etag='"999"')
    await ada.delete(made.name, etag=made.etag)
    assert await ada.names() == []


@pytest.mark.parametrize(
    ("device", "field"),
    [
        (Device(), "push_device.target"),
        (Device(fcm_token="two words"), "push_device.fcm_token"),
        (browser(endpoint="http://push.example.org"), "push_device.web_push.endpoint"),
        (browser(endpoint="https://127.0.0.1/x"), "push_device.web_push.endpoint"),
        (browser(p256dh="AAAA"), "push_device.web_push.p256dh"),
        (browser(auth="!"), "push_device.web_push.auth"),
    ],
)
async def test_what_nothing_can_be_sent_to_is_refused(club, device, field):
    _, phone = await invited(club)

    with invalid(field):
        await phone.register(device)


async def test_browsers_learn_what_to_subscribe_with(club, world):
    _, phone = await invited(club)
    assert (await phone.listed()).web_push_public_key == ""
    stub: Any = accounts_grpc.ChannelAccountServiceStub(world.channel)
    account = accounts_pb2.ChannelAccount(web_push={"subject": "mailto:club@example.org"})
    request = accounts_pb2.CreateChannelAccountRequest(parent=club.name, channel_account=account)
    made = await stub.CreateChannelAccount(request, metadata=await world.member("OWNER", club.id))

    assert (await phone.listed()).web_push_public_key == made.web_push.public_key != ""
    await phone.register(browser())


async def test_a_message_reaches_all_devices_at_once_and_each_once(club, world):
    await goes_by(club, M.CHANNEL_PUSH, M.CHANNEL_EMAIL)
    ada, phone = await invited(club)
    devices = {(await phone.register(token)).name for token in ("phone", "tablet", "watch")}
    await again(club, ada)

    await club.send()
    await world.do_all(CASCADE, club.id)
    await club.send()

    mail, *notified = await club.messages()
    assert mail.channel == M.CHANNEL_EMAIL
    assert {each.address for each in notified} == devices
    for each in notified:
        assert (each.channel, each.state) == (M.CHANNEL_PUSH, M.STATE_SENT)
        assert (each.cascade, each.subject) == (notified[0].name, "Winter Gig: will you come?")
    told = sorted(line["to"] for line in world.written(club) if line["channel"] == "push")
    assert told == ["fcm:phone", "fcm:tablet", "fcm:watch"]


async def test_what_goes_to_all_devices_counts_once_for_the_cap(club, world):
    await goes_by(club, M.CHANNEL_PUSH)
    ada, phone = await invited(club)
    await club.send()
    await world.owner.execute("delete from messages where organization = %s", [club.id])
    for token in ("phone", "tablet"):
        await phone.register(token)
    await world.owner.execute(
        "insert into sending_policies (organization, daily_cap) values (%s, 1)", [club.id]
    )
    await again(club, ada)
    await again(club, ada)

    await club.send()

    states = sorted((each.cascade, each.state) for each in await club.messages())
    assert [state for _, state in states] == [M.STATE_SENT] * 2 + [M.STATE_QUEUED] * 2


async def test_when_no_device_is_left_the_next_channel_is_tried(club, world, monkeypatch):
    await goes_by(club, M.CHANNEL_PUSH, M.CHANNEL_EMAIL)
    ada, phone = await invited(club)
    for token in ("dead", "gone"):
        await phone.register(token)
    provider = Provider("fcm:dead", "fcm:gone")
    monkeypatch.setitem(world.parts.state.providers, Channel.PUSH, provider)
    await again(club, ada)

    await club.send()
    await world.do_all(CASCADE, club.id)
    await club.send()

    last = (await club.messages())[-1]
    assert (last.channel, last.state) == (M.CHANNEL_EMAIL, M.STATE_SENT)
    assert len(provider.sent) == 2


async def test_what_is_gone_is_forgotten_and_the_others_are_reached(club, world, monkeypatch):
    await goes_by(club, M.CHANNEL_PUSH, M.CHANNEL_EMAIL)
    ada, phone = await invited(club)
    alive = await phone.register("alive")
    world.clock.ahead += timedelta(seconds=1)
    await phone.register("dead")
    provider = Provider("fcm:dead")
    monkeypatch.setitem(world.parts.state.providers, Channel.PUSH, provider)
    await again(club, ada)

    await club.send()
    assert await world.do_all(DROP, club.id) == 1
    await world.do_all(CASCADE, club.id)
    await club.send()

    assert sorted(letter.address for letter in provider.sent) == ["fcm:alive", "fcm:dead"]
    assert provider.sent[0].links[0].title == "Answer"
    assert await phone.names() == [alive.name]
    _, *notified = await club.messages()
    states = {each.address: each.state for each in notified}
    assert len(states) == 2 and states[alive.name] == M.STATE_SENT


async def test_a_device_that_was_removed_meanwhile_gets_nothing(club, world):
    await goes_by(club, M.CHANNEL_PUSH, M.CHANNEL_EMAIL)
    ada, phone = await invited(club)
    made = await phone.register("gone")
    await again(club, ada)
    await phone.delete(made.name)

    await club.send()
    await world.do_all(CASCADE, club.id)
    await club.send()

    _, failed, mail = await club.messages()
    assert (failed.state, failed.failure) == (M.STATE_FAILED, M.FAILURE_NO_ADDRESS)
    assert (mail.channel, mail.state) == (M.CHANNEL_EMAIL, M.STATE_SENT)
    assert not [line for line in world.written(club) if line["channel"] == "push"]


async def test_who_wants_no_more_is_not_notified_either(club):
    await goes_by(club, M.CHANNEL_PUSH)
    ada, phone = await invited(club, email="", phone=PHONE)
    await phone.register()
    await hand_in(club, "stop")
    await again(club, ada, email="", phone=PHONE)

    await club.send()

    last = (await club.messages())[-1]
    assert (last.channel, last.failure) == (M.CHANNEL_PUSH, M.FAILURE_SUPPRESSED)


async def test_whose_account_is_gone_has_no_devices(club, world):
    user = uuid.uuid4()
    phone = Phone(club, as_user(user))
    await phone.register()

    await world.hear(auth_pb2.UserDeleted(user=f"users/{user}"), subject=f"users/{user}")
    await world.do_all(DROP, club.id)

    assert await phone.names() == []


def test_an_address_of_a_browser_is_what_carriers_read():
    sent = browser().web_push
    address = domain.browser(sent.endpoint, sent.p256dh, sent.auth, loopback=False)

    assert json.loads(address.removeprefix(domain.WEB_PUSH))["endpoint"] == sent.endpoint
    found = subscription(address)
    assert found is not None
    assert (found.endpoint, found.p256dh, found.auth) == (sent.endpoint, sent.p256dh, sent.auth)
