"""What a process proves with who it is inside the mesh: files, which are replaced while it runs.

A folder has `tls.crt` (our certificate, and what it was signed by), `tls.key` and `ca.crt` (whose
signatures we take), as a Secret of Kubernetes is mounted. What is new there counts from the next
connection on; those that there are stay as they are.
"""

from __future__ import annotations

import pathlib
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from services.kit import log, metrics
from services.kit.peers import CERTIFICATE, KEY, TRUST

# How long gRPC may take to begin a connection after it asked what to show, in seconds.
CALM = 0.05


class BadCertificates(Exception):
    """The files are not there, or do not belong together. One line that says which and why."""


@dataclass(frozen=True)
class Pems:
    """The contents of the three files, and how one sees that they were replaced."""

    chain: bytes
    key: bytes = field(repr=False)
    trust: bytes = field(repr=False)
    version: tuple[tuple[int, int], ...] = ()


class Certificates:
    """The files of one folder, as they are now; while they are unreadable, as they were.

    gRPC asks for them from threads of its own.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        """Raises BadCertificates."""
        self._folder = folder
        self._lock = threading.Lock()
        self._seen = _version(folder)
        self._pems = _read(folder)

    def now(self) -> Pems:
        """What is there now. Takes a few microseconds while nothing is new."""
        with self._lock:
            self._look()
            return self._pems

    def _look(self) -> None:
        try:
            found = _version(self._folder)
            if found != self._seen:
                self._pems = _read(self._folder)
                self._seen = found
        except BadCertificates as error:
            # Whoever replaces them one after the other is not through yet.
            log.logger.warning("the certificates cannot be read", error=str(error))

    def channel_credentials(self) -> grpc.ChannelCredentials:
        """What a client shows, and by whom it wants its server to be signed."""
        found = self.now()
        return grpc.ssl_channel_credentials(found.trust, found.key, found.chain)

    def server_credentials(self) -> grpc.ServerCredentials:
        """What a server shows, and by whom it wants all its clients to be signed."""

        shown, calm = self.now(), 0.0
        turn = threading.Lock()

        def connecting() -> grpc.ServerCertificateConfiguration | None:
            """None while nothing is new: gRPC drops what it had when it is given anything, and
            crashes when another connection is just being begun with that. So nobody else begins
            one shortly before it is given something, nor shortly after."""
            nonlocal shown, calm
            metrics.HANDSHAKES.inc()
            with turn:
                time.sleep(max(0.0, calm - time.monotonic()))
                found = self.now()
                if found is shown:
                    return None
                time.sleep(CALM)
                shown, calm = found, time.monotonic() + CALM
            return _configuration(found)

        return grpc.dynamic_ssl_server_credentials(
            _configuration(shown),
            connecting,  # type: ignore[arg-type] # None is among what its documentation allows
            require_client_authentication=True,
        )


def _configuration(pems: Pems) -> grpc.ServerCertificateConfiguration:
    pair = (pems.key, pems.chain)
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=pems.trust)


def _version(folder: pathlib.Path) -> tuple[tuple[int, int], ...]:
    try:
        found = [(folder / name).stat() for name in (CERTIFICATE, KEY, TRUST)]
    except OSError as error:
        raise BadCertificates(f"{error.filename}: {error.strerror}") from error
    return tuple((each.st_ino, each.st_mtime_ns) for each in found)


def _read(folder: pathlib.Path) -> Pems:
    version = _version(folder)
    try:
        chain, key, trust = ((folder / name).read_bytes() for name in (CERTIFICATE, KEY, TRUST))
    except OSError as error:
        raise BadCertificates(f"{error.filename}: {error.strerror}") from error
    metrics.CERTIFICATE_END.set(_checked(folder, chain, key, trust).timestamp())
    return Pems(chain, key, trust, version)


def _checked(folder: pathlib.Path, chain: bytes, key: bytes, trust: bytes) -> datetime:
    """Until when they are good that belong together."""
    try:
        own = x509.load_pem_x509_certificate(chain)
        private = serialization.load_pem_private_key(key, None)
        x509.load_pem_x509_certificates(trust)
    except ValueError as error:
        raise BadCertificates(f"{folder} has a file that is not PEM: {error}") from error
    if own.public_key() != private.public_key():
        raise BadCertificates(f"{folder / KEY} is not the key of {folder / CERTIFICATE}")
    return own.not_valid_after_utc
