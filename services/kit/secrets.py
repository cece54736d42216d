"""Keys from one root secret, and values that are of no use to who reads the disk."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
SHORTEST = 32
MASTER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
# The id of the master key that is made from the root secret.
ROOT = "root"


class Unreadable(Exception):
    """A sealed value that was made with another key, for another purpose, or was changed."""


def derive(root: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose. It tells nothing of the root or of other keys."""
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"turnout/{purpose}".encode()).derive(root)


def seal(key: bytes, value: bytes, context: str = "") -> bytes:
    """Encrypts a value so that it opens only with the same key and context (AES-256-GCM)."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, value, context.encode())


def open(key: bytes, sealed: bytes, context: str = "") -> bytes:
    """What `seal` hid. Raises Unreadable."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], context.encode())
    except (InvalidTag, ValueError):
        raise Unreadable("a sealed value does not open with this key") from None


# --- what other keys are sealed with


@dataclass(frozen=True)
class Master:
    """A key that seals other keys, and the id that tells which one did."""

    id: str
    key: bytes = field(repr=False)


def masters(text: str) -> tuple[Master, ...]:
    """Reads `id:secret,id:secret`, each secret of at least 32 bytes. Raises ValueError."""
    found = tuple(_master(part.strip()) for part in text.split(","))
    if len({master.id for master in found}) != len(found):
        raise ValueError("an id is there twice")
    return found


def _master(part: str) -> Master:
    id, _, secret = part.partition(":")
    if not MASTER_ID.fullmatch(id) or id == ROOT or len(secret.encode()) < SHORTEST:
        raise ValueError("not an id and a secret")
    return Master(id, hashlib.sha256(b"turnout/vault/" + secret.encode()).digest())
