"""What Envoy is told from outside: addresses and files. Everything else is in the contract."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

Address = tuple[str, int]

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A page that is served from the developer's own machine, whatever its port.
LOCAL_ORIGINS = (r"https?://localhost(:[0-9]+)?", r"https?://127\.0\.0\.1(:[0-9]+)?")


# Answered one after the other, about as many as are answered in a moment.
UNDER_WAY = 128


class BadContract(Exception):
    """The descriptors describe something that Envoy cannot be told to serve."""


@dataclass(frozen=True)
class Tls:
    """PEM files: the certificate with its chain, and its private key."""

    certificate: pathlib.Path
    key: pathlib.Path


class Traced(TypedDict):
    otlp: str
    sampled: float


@dataclass(frozen=True)
class Mesh:
    """What Envoy proves with inside the mesh who it is: a folder as `services.kit.certificates`
    has it; and the domain that all names in certificates begin with."""

    folder: pathlib.Path
    domain: str = "turnout"


@dataclass(frozen=True)
class Settings:
    """One Envoy: where it listens, where the services are, and what it serves from disk.

    `edge` is public; `mesh` and `admin` belong on the loopback interface. Each service has
    one endpoint or more; an endpoint whose host is a name is looked up in DNS. `origins` are
    regular expressions (RE2) of the origins whose pages may call the edge. `trusted_hops` is
    how many proxies of our own stand in front. The access log goes to stdout if it is None.
    `console`, `join` and `explorer` are folders of pages, for organizers, for who is invited and
    for who writes programs; the last one reads `openapi`.
    """

    edge: Address
    mesh: Address
    admin: Address
    services: Mapping[str, Sequence[Address]]
    access_log: pathlib.Path | None = None
    descriptors: pathlib.Path = ROOT / "gen" / "turnout" / "turnout.binpb"
    console: pathlib.Path = ROOT / "envoy" / "console"
    join: pathlib.Path = ROOT / "envoy" / "join"
    explorer: pathlib.Path = ROOT / "envoy" / "explorer"
    openapi: pathlib.Path = ROOT / "gen" / "turnout" / "openapi.json"
    origins: Sequence[str] = LOCAL_ORIGINS
    # How long a REST request with a body may take in all, in seconds, from its first byte to the
    # last one of its answer; a file has five times as long. Who sends slower than that is let go.
    slowest: float = 120.0
    # How many calls of a service may be under way at once before more are sent away, streams and
    # what the contract calls critical left out.
    under_way: int = UNDER_WAY
    tls: Tls | None = None
    # Without it nobody inside the mesh proves anything, and nothing there is encrypted.
    mesh_tls: Mesh | None = None
    # What the edge shows services to prove itself (`services.kit.origin`), where certificates do
    # not; "" proves nothing.
    proof: str = field(default="", repr=False)
    trusted_hops: int = 0
    # Where a collector of OpenTelemetry is told of requests, by OTLP over HTTP; "" tells nobody.
    otlp: str = ""
    # Which share of the traces that begin here it is told of.
    sampled: float = 1.0


def limited(env: Mapping[str, str]) -> int:
    """How many calls of a service may be under way, as the environment says it."""
    text = env.get("TURNOUT_CALLS_UNDER_WAY") or str(UNDER_WAY)
    if not (text.isdecimal() and 0 < int(text) < 2**31):
        raise BadContract(f"TURNOUT_CALLS_UNDER_WAY must be a number above 0, not {text!r}")
    return int(text)


def traced(env: Mapping[str, str]) -> Traced:
    """What the environment says of traces, in the words that OpenTelemetry has for it."""
    share = env.get("OTEL_TRACES_SAMPLER_ARG") or "1"
    try:
        found = Traced(otlp=env.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""), sampled=float(share))
    except ValueError:
        raise BadContract(f"OTEL_TRACES_SAMPLER_ARG must be a number, not {share!r}") from None
    return found
