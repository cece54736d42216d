"""Where a call comes from: the address and the device, as far as anybody can tell.

A device says of itself what it likes. The address is what the edge saw, if the edge proves that
it is the edge: by its certificate (`peers`), or where there are none by a header that it writes
over whatever came with the request, and whose value only what is inside the mesh knows. Whoever
reaches a service otherwise is where they call from.
"""

from __future__ import annotations

import contextvars
import hmac
import ipaddress
import urllib.parse
from dataclasses import dataclass
from typing import Any

LONGEST = 256

# The edge writes these itself, over whatever came with the request.
REAL, PROOF = "x-real-ip", "x-turnout-edge"
# What the proof is derived from the secret for.
PURPOSE = "edge"


@dataclass(frozen=True)
class Origin:
    """An internet address, and what the program there calls itself; empty if unknown."""

    address: str = ""
    user_agent: str = ""


# What came with the call that is being answered. gRPC makes it anew whenever it is asked.
_metadata: contextvars.ContextVar[tuple[Any, Any]] = contextvars.ContextVar(
    "metadata", default=(None, ())
)

# What the method that runs was called with; `kit.origins` sets it.
context_of_call: contextvars.ContextVar[Any] = contextvars.ContextVar("context", default=None)
# Whether it came by the edge; so does that.
by_edge: contextvars.ContextVar[bool] = contextvars.ContextVar("by_edge", default=False)


def proven(context: Any, proof: str) -> bool:
    """Whether a call came by the edge, which knows what proves it."""
    shown = [value for key, value in metadata(context) if key == PROOF]
    return len(shown) == 1 and hmac.compare_digest(str(shown[0]).encode(), proof.encode())


def metadata(context: Any) -> Any:
    """The keys and values that a client sent with a call, read once."""
    known, found = _metadata.get()
    if known is not context:
        found = context.invocation_metadata() or ()
        _metadata.set((context, found))
    return found


def here() -> Origin:
    """The origin of the call that is being answered; nothing outside of a call."""
    context = context_of_call.get()
    return Origin() if context is None else origin(context)


def origin(context: Any) -> Origin:
    """The origin of the call that a method was given the context of."""
    said = {key: str(value) for key, value in metadata(context)}
    seen = _address(said.get(REAL, "")) if by_edge.get() else ""
    address = seen or _peer(context.peer())
    return Origin(address, _line(said.get("user-agent", "")))


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return ""


def _peer(peer: str) -> str:
    """Reads what gRPC says, such as `ipv4:127.0.0.1:5000` and `ipv6:%5B::1%5D:5000`."""
    host = urllib.parse.unquote(peer).partition(":")[2].rpartition(":")[0]
    return _address(host.strip("[]"))


def _line(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:LONGEST]
