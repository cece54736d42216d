"""Where a call comes from: the address and the device, as far as anybody can tell.

Neither proves anything. A device says of itself what it likes; the address is what the edge saw,
which only the edge and what is inside the mesh can tell us, for nobody else reaches a service.
"""

from __future__ import annotations

import contextvars
import ipaddress
import urllib.parse
from dataclasses import dataclass
from typing import Any

LONGEST = 256

# The edge writes the first one itself, over whatever came with the request.
REAL, FORWARDED = "x-real-ip", "x-forwarded-for"


@dataclass(frozen=True)
class Origin:
    """An internet address, and what the program there calls itself; empty if unknown."""

    address: str = ""
    user_agent: str = ""


# What the method that runs was called with; the access interceptor sets it.
context_of_call: contextvars.ContextVar[Any] = contextvars.ContextVar("context", default=None)


def here() -> Origin:
    """The origin of the call that is being answered; nothing outside of a call."""
    context = context_of_call.get()
    return Origin() if context is None else origin(context)


def origin(context: Any) -> Origin:
    """The origin of the call that a method was given the context of."""
    said = {key: str(value) for key, value in context.invocation_metadata() or ()}
    # The last one is the peer of our own proxy; those before it could be anybody's invention.
    forwarded = said.get(FORWARDED, "").rpartition(",")[2]
    address = _address(said.get(REAL, "")) or _address(forwarded) or _peer(context.peer())
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
