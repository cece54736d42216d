"""Keys from one root secret, and values that are of no use to who reads the disk."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


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
