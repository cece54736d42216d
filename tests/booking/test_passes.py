"""Tickets for the wallets of phones, as Apple and Google read them."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import uuid
import zipfile
from datetime import UTC, datetime, timedelta

import grpc
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from services.booking.config import Config
from services.booking.tickets import passes
from services.booking.tickets.domain import Gathering, State, Ticket
from services.kit.config import Env, Misconfigured
from services.kit.names import Name
from tests.booking.builders import GIG, NOW, create, ticket_type
from tests.serving import as_user, refused
from turnout.booking.v1 import ticket_pb2, ticket_pb2_grpc

KNOWN = Gathering("Sommerfest \u2600", NOW, NOW + timedelta(hours=4), "Europe/Berlin", "Rathaus")
ISSUER = "3388000000000000001"


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate(subject, key, issuer, signing, *, ca=False):
    made = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(datetime.now(UTC) - timedelta(days=1))
    made = made.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return made.sign(signing, SHA256())


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """What Apple and Google would give: the files that the settings name."""
    place = tmp_path_factory.mktemp("wallets")
    root, own = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    apple = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Developer Relations")])
    ours = x509.Name(
        [
            x509.NameAttribute(NameOID.USER_ID, "pass.app.turnout.tickets"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "TEAM123456"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "The Platform"),
        ]
    )
    chain = [certificate(ours, own, apple, root), certificate(apple, root, apple, root, ca=True)]
    pems = [each.public_bytes(Encoding.PEM) for each in chain]
    (place / "pass.pem").write_bytes(b"".join([*pems, pem(own)]))
    (place / "root.pem").write_bytes(pems[1])
    account = {"client_email": "wallet@example.org", "private_key": pem(own).decode()}
    (place / "wallet.json").write_text(json.dumps(account))
    public = own.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (place / "public.pem").write_bytes(public)
    return place


@pytest.fixture(scope="module")
def wallets(keys):
    env = Env(
        {
            "TURNOUT_APPLE_PASS": str(keys / "pass.pem"),
            "TURNOUT_GOOGLE_WALLET": str(keys / "wallet.json"),
            "TURNOUT_GOOGLE_WALLET_ISSUER": ISSUER,
        }
    )
    found = Config.from_env(env).wallets
    env.check()
    return found


def ticket(**given):
    return Ticket(
        name=Name(GIG.organization, uuid.uuid4()),
        booking=Name(GIG.organization, uuid.uuid4()),
        event=GIG,
        ticket_type="standard",
        code="e30.e30.code",
        holder="users/ada",
        state=State.VALID,
        update_time=NOW,
        **given,
    )


def files(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_pass_of_apple_says_what_the_ticket_is_for(wallets):
    value = ticket(seat="A-7")

    made = files(passes.pkpass(value, KNOWN, wallets.apple))

    said = json.loads(made["pass.json"])
    assert (said["passTypeIdentifier"], said["teamIdentifier"]) == (
        "pass.app.turnout.tickets",
        "TEAM123456",
    )
    assert said["serialNumber"] == str(value.name.id)
    assert [one["message"] for one in said["barcodes"]] == [value.code]
    assert said["relevantDate"] == NOW.isoformat()
    fields = [field for part in said["eventTicket"].values() for field in part]
    assert {"Sommerfest \u2600", "Rathaus", "standard", "A-7"} <= {one["value"] for one in fields}
    manifest = json.loads(made["manifest.json"])
    content = {
        name: data for name, data in made.items() if name not in ("signature", "manifest.json")
    }
    assert manifest == {name: hashlib.sha1(data).hexdigest() for name, data in content.items()}  # noqa: S324
    assert {"icon.png", "icon@2x.png"} <= content.keys()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("changed", [False, True], ids=["as it is", "changed"])
def test_openssl_reads_the_signature_of_a_pass(wallets, keys, tmp_path, changed):
    made = files(passes.pkpass(ticket(), None, wallets.apple))
    (tmp_path / "signature").write_bytes(made["signature"])
    (tmp_path / "manifest").write_bytes(made["manifest.json"] + (b" " if changed else b""))

    verify = ["openssl", "smime", "-verify", "-binary", "-inform", "DER", "-purpose", "any"]
    known = ["-CAfile", str(keys / "root.pem"), "-content", str(tmp_path / "manifest")]
    done = subprocess.run(
        [*verify, "-in", str(tmp_path / "signature"), *known], check=False, capture_output=True
    )

    assert (done.returncode == 0) is not changed, done.stderr


def test_a_pass_of_google_is_a_link_with_a_signed_token(wallets, keys):
    value = ticket(seat="A-7")

    link = passes.link(value, KNOWN, wallets.google, NOW).decode()

    assert link.startswith(passes.SAVE)
    said = jwt.decode(
        link.removeprefix(passes.SAVE),
        (keys / "public.pem").read_bytes(),
        ["RS256"],
        audience="google",
        options={"verify_iat": False},
    )
    assert (said["iss"], said["typ"]) == ("wallet@example.org", "savetowallet")
    [kind], [thing] = (said["payload"][f"eventTicket{what}"] for what in ("Classes", "Objects"))
    assert thing["classId"] == kind["id"] == f"{ISSUER}.{GIG.id}"
    assert kind["eventName"]["defaultValue"]["value"] == KNOWN.display_name
    assert thing["barcode"] == {"type": "QR_CODE", "value": value.code}
    assert thing["seatInfo"]["seat"]["defaultValue"]["value"] == "A-7"


@pytest.mark.parametrize("name", ["TURNOUT_APPLE_PASS", "TURNOUT_GOOGLE_WALLET"])
@pytest.mark.parametrize("content", [b"", b"{}", b"no key", None])
def test_keys_that_cannot_be_read_are_said_at_the_start(name, content, tmp_path):
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    env = Env({name: str(tmp_path / "key")})
    Config.from_env(env)

    with pytest.raises(Misconfigured, match=f"{name} must be a file"):
        env.check()


def test_google_knows_passes_by_their_issuer(keys):
    env = Env({"TURNOUT_GOOGLE_WALLET": str(keys / "wallet.json")})
    Config.from_env(env)

    with pytest.raises(Misconfigured, match="TURNOUT_GOOGLE_WALLET_ISSUER is not set"):
        env.check()


@pytest.mark.server
@pytest.mark.parametrize("format", ["pkpass", "gwallet"])
async def test_without_keys_there_is_no_pass(booking, format):
    ada, event = as_user(), await booking.on_sale(ticket_type(cents=0))
    made = await booking.stub.CreateBooking(create(event), metadata=ada)
    tickets = ticket_pb2_grpc.TicketServiceStub(booking.world.channel)
    name = made.tickets[0].name

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "PASS_UNAVAILABLE", format=format):
        request = ticket_pb2.GetTicketDocumentRequest(name=name, format=format)
        await tickets.GetTicketDocument(request, metadata=ada)
