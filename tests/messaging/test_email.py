from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import ssl
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kit.clock import now
from services.kit.config import Env
from services.kit.names import Name
from services.messaging.channels.email import Smtp, compose
from services.messaging.config import Config
from services.messaging.dispatch import domain
from services.messaging.dispatch.domain import Deferred, Refused, Taken, Unknown
from services.messaging.messages.domain import Channel, Letter, Text
from tests.messaging.world import opened
from turnout.messaging.v1 import messaging_pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message
SENDER = "Turnout <no-reply@turnout.app>"


class Server:
    """A mail server that does what its addresses say."""

    smtp: Smtp

    def __init__(self):
        self.mails = []
        self.recipients = []
        self.tries = 0

    async def handle_RCPT(  # noqa: N802
        self, server, session, envelope, address, options
    ):
        self.tries += 1
        if address.startswith("nobody"):
            return "550 no such user"
        if address.startswith("busy"):
            return "451 come back later"
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server, session, envelope
    ):
        (address,) = envelope.rcpt_tos
        if address.startswith("spam"):
            return "554 we do not like what it says"
        if address.startswith("full"):
            return "452 no room"
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.SMTPUTF8))
        if address.startswith("broken"):
            server.transport.abort()
        if address.startswith("silent"):
            await asyncio.sleep(30)
        return "250 it is mail 42"


@contextlib.asynccontextmanager
async def listening(server, **options):
    """The address of a server that listens."""
    loop = asyncio.get_running_loop()
    protocols: list[Any] = []

    def accept():
        protocols.append(SMTP(server, hostname="mail", loop=loop, **options))
        return protocols[-1]

    listener = await loop.create_server(accept, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for protocol in protocols:
            if protocol.transport is not None:
                protocol.transport.abort()
            if protocol._handler_coroutine is not None:
                protocol._handler_coroutine.cancel()
        await listener.wait_closed()
        await asyncio.sleep(0)


@pytest.fixture
async def mail():
    server = Server()
    async with listening(server, enable_SMTPUTF8=True) as port:
        server.smtp = Smtp("127.0.0.1", port, SENDER, patience_for_text=0.5)
        yield server


def letter(address="ada@example.org", name="Ada", subject="Come", body="Will you?\n.\nReally?\n"):
    id = Name(uuid.uuid4(), uuid.uuid4())
    return Letter(id, Channel.EMAIL, name, address, Text(subject, body))


async def claim():
    """Whoever asks may go on."""


async def send(mail, *args, **kwargs):
    return await mail.smtp.send(letter(*args, **kwargs), claim)


# --- the provider


async def test_a_letter_arrives_as_it_was_written(mail):
    sent = letter(name="Zoë Ünï", subject="Größe 🐘")

    outcome = await mail.smtp.send(sent, claim)

    assert outcome == Taken("it is mail 42")
    (found,) = mail.mails
    assert found["From"] == SENDER
    assert found["To"].addresses[0].display_name == "Zoë Ünï"
    assert found["To"].addresses[0].addr_spec == "ada@example.org"
    assert found["Subject"] == "Größe 🐘"
    assert found["Message-ID"] == f"<{sent.name.id}@turnout.app>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found.get_content().replace("\r\n", "\n") == "Will you?\n.\nReally?\n"


@pytest.mark.parametrize("text", ["أهلاً وسهلاً", "שלום", "👩‍👩‍👧", "x" * 10_000, "From here\n.\n"])
async def test_every_text_arrives_whole(mail, text):
    await send(mail, body=text + "\n")

    assert mail.mails[0].get_content().replace("\r\n", "\n") == text + "\n"


@pytest.mark.parametrize("field", ["name", "subject"])
async def test_nobody_adds_a_header(mail, field):
    await send(mail, **{field: "Ada\r\nBcc: everybody@example.org\r\n\r\nhello"})

    (found,) = mail.mails
    assert found["Bcc"] is None
    assert [address.addr_spec for address in found["To"].addresses] == ["ada@example.org"]
    assert len(found.get_all("Subject")) == 1


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("nobody@example.org", Refused("550 no such user")),
        ("spam@example.org", Refused("554 we do not like what it says")),
        ("busy@example.org", Deferred("451 come back later")),
        ("full@example.org", Deferred("452 no room")),
    ],
)
async def test_what_the_server_says_no_to_is_kept(mail, address, outcome):
    assert await send(mail, address) == outcome
    assert mail.mails == []


@pytest.mark.parametrize("address", ["broken@example.org", "silent@example.org"])
async def test_a_server_that_falls_silent_with_the_text_may_have_it(mail, address):
    outcome = await send(mail, address)

    assert isinstance(outcome, Unknown)
    assert len(mail.mails) == 1


async def test_a_server_that_is_away_has_nothing(mail):
    nowhere = replace(mail.smtp, port=1)

    assert isinstance(await nowhere.send(letter(), claim), Deferred)


async def test_a_server_that_never_says_hello_has_nothing(mail):
    async def accept(reader, writer):
        await reader.read()
        writer.close()

    mute = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = mute.sockets[0].getsockname()[1]
    async with mute:
        outcome = await replace(mail.smtp, port=port, patience=0.2).send(letter(), claim)

    assert isinstance(outcome, Deferred)


async def test_addresses_beyond_ascii_need_a_server_that_takes_them(mail):
    async with listening(Server()) as port:
        narrow = replace(mail.smtp, port=port)

        assert isinstance(await narrow.send(letter("zoë@example.org"), claim), Refused)
        assert isinstance(await narrow.send(letter("zoe@exämple.org"), claim), Taken)
    assert isinstance(await send(mail, "zoë@example.org"), Taken)
    assert mail.recipients == ["zoë@example.org"]


async def test_a_server_that_cannot_prove_who_it_is_has_nothing(mail, tmp_path):
    server = Server()
    async with listening(server, tls_context=self_signed(tmp_path)) as port:
        outcome = await replace(mail.smtp, port=port).send(letter(), claim)

    assert isinstance(outcome, Deferred)
    assert "certificate" in outcome.reason
    assert server.tries == 0


async def test_a_password_is_not_sent_in_the_clear(mail):
    known = replace(mail.smtp, user="me", password="secret")

    assert isinstance(await known.send(letter(), claim), Deferred)
    assert mail.tries == 0


def self_signed(folder):
    """What a server shows that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now()).not_valid_after(now() + timedelta(days=1))
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "server.pem").write_bytes(pem + certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    return context


async def test_the_claim_comes_before_the_text_and_after_all_else(mail):
    claims = []

    async def note():
        claims.append(mail.tries)

    await mail.smtp.send(letter(), note)
    await mail.smtp.send(letter("nobody@example.org"), note)

    assert claims == [1]


async def test_nobody_can_say_what_became_of_a_letter_that_was_cut_short(mail):
    assert isinstance(await mail.smtp.find(letter()), Unknown)


@pytest.mark.parametrize("address", ["no address", "ada@" + "ä" * 70 + ".org", "@", "ada@"])
async def test_what_is_no_address_is_refused(mail, address):
    assert isinstance(await send(mail, address), Refused)


# --- with the dispatcher


@contextlib.asynccontextmanager
async def posting(database, owner, tmp_path, smtp):
    db = await database("messaging")
    async with opened(db, await owner(db), tmp_path / "log.jsonl", smtp=smtp) as world:
        yield await world.club()


async def test_of_three_who_are_invited_one_is_refused(mail, database, owner, tmp_path):
    async with posting(database, owner, tmp_path, mail.smtp) as club:
        for name in ("ada", "nobody", "bob"):
            await club.invite(email=f"{name}@example.org")

        states = {message.address: message for message in await club.send()}

    assert states["ada@example.org"].state == states["bob@example.org"].state == M.STATE_SENT
    assert states["nobody@example.org"].state == M.STATE_FAILED
    assert states["nobody@example.org"].failure_reason == "550 no such user"
    assert states["ada@example.org"].provider == "smtp"
    assert len(mail.mails) == 2


async def test_who_has_a_phone_is_not_written_to_by_mail(mail, database, owner, tmp_path):
    async with posting(database, owner, tmp_path, mail.smtp) as club:
        await club.invite(email="", phone="+491701234567")

        (message,) = await club.send()

    assert (message.state, message.provider) == (M.STATE_SENT, "console")
    assert mail.mails == []


async def test_a_busy_server_is_asked_again_later(mail, database, owner, tmp_path):
    async with posting(database, owner, tmp_path, mail.smtp) as club:
        await club.invite(email="busy@example.org")

        (first,) = await club.send()
        (later,) = await club.world.due("send", club.id)
        (second,) = await club.send()
        (latest,) = await club.world.due("send", club.id)

    assert first.state == second.state == M.STATE_QUEUED
    assert mail.tries == 2
    assert latest.due_time - later.due_time >= domain.FIRST_PAUSE


async def test_a_server_that_was_away_gets_the_message_when_it_is_back(
    mail, database, owner, tmp_path
):
    away = Server()
    async with listening(away) as port:
        pass
    async with posting(database, owner, tmp_path, replace(mail.smtp, port=port)) as club:
        await club.invite()
        (waiting,) = await club.send()
        assert waiting.state == M.STATE_QUEUED

        club.world.parts.state.providers[Channel.EMAIL] = mail.smtp
        (sent,) = await club.send()

    assert sent.state == M.STATE_SENT
    assert len(mail.mails) == 1


async def test_a_letter_in_doubt_is_never_sent_again(mail, database, owner, tmp_path):
    async with posting(database, owner, tmp_path, mail.smtp) as club:
        await club.invite(email="broken@example.org")

        (message,) = await club.send()
        (again,) = await club.send()

    assert message == again
    assert message.state == M.STATE_FAILED
    assert message.failure_reason.startswith("unknown outcome: ")
    assert len(mail.mails) == 1


# --- the configuration


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 587, None, None, False)),
        ("smtp://me:p%40ss@mail.example.org:25", ("mail.example.org", 25, "me", "p@ss", False)),
        ("smtps://mail.example.org", ("mail.example.org", 465, None, None, True)),
    ],
)
def test_a_mail_server_is_named_by_its_url(url, expected):
    smtp = Smtp.of(url, SENDER)

    assert (smtp.host, smtp.port, smtp.user, smtp.password, smtp.tls) == expected
    assert "p@ss" not in repr(smtp)


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail", "smtp://", "smtp://mail:x"])
def test_what_names_no_mail_server_is_said_at_the_start(url):
    env = Env({"TURNOUT_SMTP_URL": url})

    Config.from_env(env)

    assert len(env.problems) == 1
    assert "TURNOUT_SMTP_URL" in env.problems[0]


def test_without_a_mail_server_everything_goes_to_the_console():
    assert Config.from_env(Env({})).smtp is None


def test_a_letter_to_the_same_person_has_the_same_id_each_time():
    sent = letter()

    assert compose(sent, SENDER)["Message-ID"] == compose(sent, SENDER)["Message-ID"]
