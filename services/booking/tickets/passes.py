"""Tickets for the wallets of phones. Pure, but slow: for threads.

Apple's are a signed archive (PassKit Package Format); Google's are a link with a signed token in
it (Google Wallet, "Save to Google Wallet"). Whoever runs the platform has the keys of both.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7
from cryptography.x509.oid import NameOID

from services.booking.tickets.domain import Gathering, Ticket

SAVE = "https://pay.google.com/gp/v/save/"
INK, PAPER = (29, 53, 87), "rgb(241, 250, 238)"
# The names and the sides in pixels of the pictures that Apple asks for.
ICONS = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87}
# No pass is without a name of what it is for.
UNNAMED = "Ticket"


@dataclass(frozen=True)
class Apple:
    """What passes for iPhones are signed with; Apple gives it to who has a pass type."""

    certificate: x509.Certificate
    key: RSAPrivateKey
    # What signed the certificate: Apple's intermediate.
    chain: Sequence[x509.Certificate]

    @classmethod
    def read(cls, pem: bytes) -> Apple:
        """From the key, its certificate, and those above it, in one file. Raises ValueError."""
        certificate, *chain = x509.load_pem_x509_certificates(pem)
        apple = cls(certificate, _rsa(pem), tuple(chain))
        if not (chain and apple.type and apple.team):
            raise ValueError("must have a pass type's certificate, and the one that signed it")
        return apple

    @property
    def type(self) -> str:
        return self._said(NameOID.USER_ID)

    @property
    def team(self) -> str:
        return self._said(NameOID.ORGANIZATIONAL_UNIT_NAME)

    @property
    def issuer(self) -> str:
        return self._said(NameOID.ORGANIZATION_NAME) or self.type

    def _said(self, what: x509.ObjectIdentifier) -> str:
        found = self.certificate.subject.get_attributes_for_oid(what)
        return str(found[0].value) if found else ""


@dataclass(frozen=True)
class Google:
    """What passes for Android are signed with: the key of a service account, for an issuer."""

    issuer: str
    email: str
    key: RSAPrivateKey

    @classmethod
    def read(cls, account: bytes, issuer: str) -> Google:
        """From the JSON of the account. Raises ValueError."""
        said = json.loads(account)
        try:
            return cls(issuer, str(said["client_email"]), _rsa(said["private_key"].encode()))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("must be the key of a service account, as JSON") from error


@dataclass(frozen=True)
class Wallets:
    """Those that passes can be made for."""

    apple: Apple | None = None
    google: Google | None = None


def _rsa(pem: bytes) -> RSAPrivateKey:
    key = load_pem_private_key(pem, None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("must have an RSA key")
    return key


# --- Apple


def pkpass(ticket: Ticket, gathering: Gathering | None, apple: Apple) -> bytes:
    """An archive that an iPhone puts into its wallet."""
    files = {"pass.json": json.dumps(_described(ticket, gathering, apple)).encode(), **_icons()}
    digests = {name: hashlib.sha1(data).hexdigest() for name, data in files.items()}  # noqa: S324
    manifest = json.dumps(digests).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        files |= {"manifest.json": manifest, "signature": _signature(manifest, apple)}
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _signature(manifest: bytes, apple: Apple) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(manifest)
    builder = builder.add_signer(apple.certificate, apple.key, SHA256())
    for certificate in apple.chain:
        builder = builder.add_certificate(certificate)
    detached = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    return builder.sign(Encoding.DER, detached)


def _described(ticket: Ticket, gathering: Gathering | None, apple: Apple) -> Mapping[str, Any]:
    title = gathering.display_name if gathering else UNNAMED
    times = _times(gathering)
    return {
        "formatVersion": 1,
        "passTypeIdentifier": apple.type,
        "teamIdentifier": apple.team,
        "organizationName": apple.issuer,
        # The same pass in place of the one before, when a ticket was issued anew.
        "serialNumber": str(ticket.name.id),
        "description": title,
        "foregroundColor": f"rgb{INK}",
        "backgroundColor": PAPER,
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": ticket.code,
                "messageEncoding": "iso-8859-1",
            }
        ],
        **({"relevantDate": times[0], "expirationDate": times[1]} if times else {}),
        "eventTicket": {
            "primaryFields": [_field("event", "", title)],
            "secondaryFields": _shown(place=("Where", gathering.place if gathering else "")),
            "auxiliaryFields": [
                *([_clock("start", "When", times[0])] if times else []),
                *_shown(type=("Ticket", ticket.ticket_type), seat=("Seat", ticket.seat)),
            ],
        },
    }


def _shown(**fields: tuple[str, str]) -> list[Mapping[str, str]]:
    """Those that say something."""
    return [_field(key, label, value) for key, (label, value) in fields.items() if value]


def _field(key: str, label: str, value: str) -> Mapping[str, str]:
    return {"key": key, "label": label, "value": value}


def _clock(key: str, label: str, value: str) -> Mapping[str, str]:
    styles = {"dateStyle": "PKDateStyleMedium", "timeStyle": "PKDateStyleShort"}
    return {**_field(key, label, value), **styles}


def _icons() -> Mapping[str, bytes]:
    # Few make passes, and it takes long to import.
    from PIL import Image  # noqa: PLC0415

    found = {}
    for name, side in ICONS.items():
        out = io.BytesIO()
        Image.new("RGB", (side, side), INK).save(out, "PNG")
        found[name] = out.getvalue()
    return found


# --- Google


def link(ticket: Ticket, gathering: Gathering | None, google: Google, now: datetime) -> bytes:
    """The address at which an Android phone puts a ticket into its wallet."""
    kind = f"{google.issuer}.{ticket.event.id}"
    title = gathering.display_name if gathering else UNNAMED
    times = _times(gathering)
    event: dict[str, Any] = {
        "id": kind,
        "issuerName": title,
        "eventName": _words(title),
        "reviewStatus": "UNDER_REVIEW",
    }
    if times:
        event["dateTime"] = {"start": times[0], "end": times[1]}
    if gathering and gathering.place:
        place = _words(gathering.place)
        event["venue"] = {"name": place, "address": place}
    thing: dict[str, Any] = {
        "id": f"{google.issuer}.{ticket.name.id}-{ticket.issue}",
        "classId": kind,
        "state": "ACTIVE",
        "barcode": {"type": "QR_CODE", "value": ticket.code},
        "ticketNumber": str(ticket.name.id),
        "ticketType": _words(ticket.ticket_type),
    }
    if ticket.seat:
        thing["seatInfo"] = {"seat": _words(ticket.seat)}
    claims = {
        "iss": google.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "payload": {"eventTicketClasses": [event], "eventTicketObjects": [thing]},
    }
    return (SAVE + jwt.encode(claims, google.key, "RS256")).encode()


def _words(text: str) -> Mapping[str, Any]:
    return {"defaultValue": {"language": "en", "value": text}}


def _times(gathering: Gathering | None) -> tuple[str, str] | None:
    """From when to when, as RFC 3339 writes it."""
    if gathering is None:
        return None
    begin, end = (at.replace(microsecond=0) for at in (gathering.start_time, gathering.end_time))
    return begin.isoformat(), end.isoformat()
