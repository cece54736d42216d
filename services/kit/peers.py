"""Who is at the other end of a connection, as its certificate says, and for whom it speaks.

Certificates of the mesh name their bearer by a URI (SPIFFE): `spiffe://turnout/booking`. Services
are called by Envoy, which says whose certificate it was shown (`x-forwarded-client-cert`) by who
reached it inside the mesh, and says nothing of who came by the edge; and by operators directly.
Nobody else is believed a word.
"""

from __future__ import annotations

import contextvars
import re
from typing import Any

from services.kit import errors
from services.kit.origin import metadata

ENVOY, OPERATOR = "envoy", "operator"
# The files of who has a certificate: it and what it was signed by, its key, whom to believe.
CERTIFICATE, KEY, TRUST = "tls.crt", "tls.key", "ca.crt"
FORWARDED = "x-forwarded-client-cert"
DOMAIN = re.compile(r"[a-z0-9]([a-z0-9._-]{0,252}[a-z0-9])?")
UNKNOWN = "unknown"

# Which service, or operator, proved to have sent the call that is answered; "" if none did.
certified: contextvars.ContextVar[str] = contextvars.ContextVar("certified", default="")


class WrongPeer(errors.Forbidden):
    message = "{peer} does not call this service directly; services are called through the mesh"
    peer: str


def uri(domain: str, name: str) -> str:
    """What a certificate names its bearer by."""
    return f"spiffe://{domain}/{name}"


class Peers:
    """Reads the names at the other ends of the connections of one server."""

    def __init__(self, domain: str) -> None:
        self._prefix = uri(domain, "")

    def caller(self, context: Any) -> tuple[str, bool]:
        """Who proved to call, "" if nobody of the mesh did, and whether it came by the edge.

        Raises WrongPeer.
        """
        peer = self._peer(context)
        if peer == OPERATOR:
            return peer, False
        if peer != ENVOY:
            raise WrongPeer(peer)
        said = [str(value) for key, value in metadata(context) if key == FORWARDED]
        if not said:
            return "", True
        name = self._forwarded(said)
        if name in (UNKNOWN, OPERATOR):
            raise WrongPeer(name)
        # Envoy itself asks for what is public.
        return "" if name == ENVOY else name, False

    def _peer(self, context: Any) -> str:
        """What the certificate says that the connection was opened with."""
        found = [name.decode() for name in context.peer_identities() or ()]
        return self._name([name for name in found if "://" in name])

    def _forwarded(self, said: list[str]) -> str:
        """Out of one element such as `By=spiffe://…;Hash=…;URI=spiffe://…`."""
        parts = ",".join(said).split(";")
        return self._name([part[4:] for part in parts if part.startswith("URI=")])

    def _name(self, uris: list[str]) -> str:
        """The one name of ours; UNKNOWN if it is not one."""
        if len(uris) != 1 or not uris[0].startswith(self._prefix):
            return UNKNOWN
        name = uris[0].removeprefix(self._prefix)
        return name if name.isascii() and name.isalpha() else UNKNOWN
