"""What an endpoint may be, what becomes of a delivery, and how requests are signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
import uuid
from datetime import timedelta

import pytest

from services.event.webhooks import domain
from services.event.webhooks.domain import Delivery, Endpoint, Fate, Outcome, Plan, State, Told
from services.event.webhooks.inbox import KINDS
from services.event.webhooks.outside import Poster
from services.kit.addresses import is_public
from services.kit.names import Name
from services.kit.outside import Guard, NotPublic
from tests.contract import contract
from tests.event.builders import ACME, NOW, id_at
from tests.event.receiver import receiving

KNOWN = frozenset(KINDS)
TOLD = Told(uuid.UUID(int=7), "BookingConfirmed", "organizations/1", '{"a":"ä"}', NOW)
GOOD, BAD = Outcome(204), Outcome(500, "oops", "HTTP status 500")


def plan(uri="https://example.org/hooks", kinds=()):
    return Plan(uri, tuple(kinds), "")


def endpoint(**given):
    values = {"name": Name(ACME, id_at(0)), "plan": plan(), "create_time": NOW, "update_time": NOW}
    return Endpoint(**(values | given))


def delivery(**given):
    return Delivery(Name(ACME, id_at(1)), id_at(0), TOLD, **given)


@pytest.mark.parametrize(
    "uri",
    [
        "http://example.org/hooks",
        "ftp://example.org",
        "https://",
        "https:///path",
        "not a uri",
        "https://user:secret@example.org/",
        "https://example.org/#part",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org\\@127.0.0.1/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://0.0.0.0/",
    ],
)
def test_an_address_that_nobody_may_be_led_to_is_refused(uri):
    with pytest.raises(domain.BadWebhook) as refused:
        domain.check(plan(uri), KNOWN, loopback=False)

    assert refused.value.field == "webhook_endpoint.uri"


@pytest.mark.parametrize(
    "uri", ["https://example.org", "https://example.org:8443/a?b=c", "https://[2606:4700::1]/"]
)
def test_a_public_address_will_do(uri):
    domain.check(plan(uri, ["BookingConfirmed"]), KNOWN, loopback=False)


def test_what_is_no_fact_is_refused():
    with pytest.raises(domain.BadWebhook) as refused:
        domain.check(plan(kinds=["BookingHeld", "Booking"]), KNOWN, loopback=False)

    assert refused.value.field == "webhook_endpoint.kinds[1]"


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("::", False),
        ("::1", False),
        ("fc00::1", False),
        ("fe80::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("fd00:ec2::254", False),
    ],
)
def test_only_addresses_of_the_internet_at_large_are_public(text, public):
    assert is_public(ipaddress.ip_address(text), loopback=False) is public


def test_this_machine_is_public_where_that_is_switched_on():
    assert is_public(ipaddress.ip_address("127.0.0.1"), loopback=True)
    assert is_public(ipaddress.ip_address("::1"), loopback=True)
    assert not is_public(ipaddress.ip_address("10.0.0.1"), loopback=True)
    domain.check(plan("http://127.0.0.1:8000/"), KNOWN, loopback=True)


# --- attempts


def test_a_delivery_is_tried_less_and_less_often_and_then_given_up():
    found, waits = delivery(), []
    while found.fate is Fate.PENDING:
        found = domain.settle(found, BAD, NOW, chance=0.5)
        if found.next_time:
            waits.append(found.next_time - NOW)

    assert waits == list(domain.PAUSES)
    assert (found.fate, found.attempts) == (Fate.FAILED, len(domain.PAUSES) + 1)
    assert found.outcome == BAD


@pytest.mark.parametrize(("chance", "factor"), [(0, 0.8), (0.5, 1.0), (1, 1.2)])
def test_attempts_spread(chance, factor):
    tried = domain.settle(delivery(attempts=2), BAD, NOW, chance=chance)

    assert tried.next_time == NOW + domain.PAUSES[2] * factor


def test_an_answer_that_is_good_ends_it():
    done = domain.settle(delivery(attempts=3), GOOD, NOW, chance=0.5)

    assert (done.fate, done.attempts, done.next_time) == (Fate.DELIVERED, 4, None)


def test_an_endpoint_that_fails_and_fails_is_paused_with_the_reason():
    found = endpoint()
    for _ in range(domain.PATIENCE):
        assert found.state is State.ENABLED
        found = domain.judge(found, BAD, NOW)

    assert found.state is State.PAUSED
    assert "HTTP status 500" in found.pause_reason
    assert domain.resume(found, NOW).failures == 0


def test_one_good_answer_makes_up_for_the_failures_before():
    found = domain.judge(endpoint(failures=domain.PATIENCE - 1), GOOD, NOW)

    assert (found.failures, found.state) == (0, State.ENABLED)


def test_an_endpoint_that_says_it_is_gone_is_paused_at_once():
    assert domain.judge(endpoint(), Outcome(410), NOW).state is State.PAUSED


# --- signatures


def test_a_request_is_signed_as_standard_webhooks_says():
    secret = b"0123456789abcdef0123456789abcdef"

    headers = domain.headers(TOLD, (secret,), NOW)

    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{TOLD.body}".encode()
    expected = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == str(TOLD.id)
    assert int(headers["webhook-timestamp"]) == int(NOW.timestamp())


def test_while_a_secret_is_replaced_both_sign():
    rotated = domain.rotate(endpoint(), NOW)

    assert domain.generations(endpoint(), NOW) == (1,)
    assert domain.generations(rotated, NOW + timedelta(hours=23)) == (2, 1)
    assert domain.generations(rotated, NOW + domain.OVERLAP) == (2,)
    two = domain.headers(TOLD, (b"new", b"old"), NOW)["webhook-signature"].split(" ")
    assert [one[:3] for one in two] == ["v1,", "v1,"]
    assert two[0] != two[1]


# --- the guard


def resolving(*answers):
    """A name server that says one thing after the other."""
    said = list(answers)

    async def resolve(_host, _port):
        return said.pop(0) if len(said) > 1 else said[0]

    return resolve


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:192.168.0.1"], ["fe80::1"]]
)
async def test_a_name_that_leads_inside_is_not_followed(addresses):
    poster = Poster(loopback=False, resolve=resolving(addresses))

    outcome = await poster.post("https://evil.example/", {}, "{}")

    assert outcome.status == 0
    assert "not a public address" in outcome.problem


async def test_a_name_that_changes_its_mind_is_looked_at_when_it_is_called():
    resolve = resolving(["93.184.216.34"], ["127.0.0.1"])
    assert await Guard(loopback=False, resolve=resolve).addresses("evil.example", 443)

    outcome = await Poster(loopback=False, resolve=resolve).post("https://evil.example/", {}, "")

    assert "not a public address" in outcome.problem


async def test_a_socket_of_this_machine_is_no_address():
    with pytest.raises(NotPublic):
        await Guard(loopback=True, resolve=resolving([])).connect_unix_socket("/run/docker.sock")


async def test_a_redirect_is_an_answer_and_not_a_way():
    async with receiving() as receiver:
        receiver.will_answer(302, "", "location: http://169.254.169.254/")

        outcome = await Poster(loopback=True).post(receiver.uri, {}, "{}")

    assert (outcome.status, outcome.good) == (302, False)
    assert len(receiver.requests) == 1


async def test_of_a_long_answer_only_the_beginning_is_read():
    async with receiving() as receiver:
        receiver.will_answer(500, "no\0" + "x" * 100_000)

        outcome = await Poster(loopback=True).post(receiver.uri, {}, "{}")

    assert outcome.status == 500
    assert outcome.body.startswith("no\ufffdx")
    assert len(outcome.body) == 1000


async def test_nobody_there_is_a_reason():
    async with receiving() as receiver:
        uri = receiver.uri

    outcome = await Poster(loopback=True).post(uri, {}, "{}")

    assert outcome.status == 0
    assert outcome.problem


async def test_the_request_says_which_host_it_is_for():
    async with receiving() as receiver:
        resolve = resolving(["127.0.0.1"])
        uri = f"http://hooks.example:{receiver.port}/a?b=c"

        outcome = await Poster(loopback=True, resolve=resolve).post(uri, {"x": "y"}, "ä")

    (request,) = receiver.requests
    assert outcome == Outcome(200, "thanks")
    assert request.line == "POST /a?b=c HTTP/1.1"
    assert request.headers["host"] == f"hooks.example:{receiver.port}"
    assert (request.headers["x"], request.body) == ("y", "ä") or request.body


# --- kinds


def test_every_fact_of_a_gathering_can_be_asked_for():
    text = "\n".join(
        path.read_text()
        for path in (contract.ROOT / "protos" / "turnout").rglob("*.proto")
        if path.parts[-3] not in ("auth", *contract.SHARED)
    )
    told = re.findall(r"((?:^//[^\n]*\n)+)message (\w+)", text, re.MULTILINE)

    facts = {name for comment, name in told if " subject is " in comment.replace("\n//", "")}

    assert facts == set(KINDS)
