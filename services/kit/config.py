"""The environment, read once and in one place; everything that is wrong with it said at once."""

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from services.kit import secrets
from services.kit.peers import DOMAIN
from services.kit.secrets import Master

T = TypeVar("T")

WEB = re.compile(r"https?://(\[[0-9a-f:]+\]|[^\s/:@\[\]]+)(:\d{1,5})?(/\S*)?")
LEVELS = ("debug", "info", "warning", "error")


class Misconfigured(Exception):
    """The environment lacks something or has something we cannot read. One line each."""


@dataclass
class Env:
    """Reads values and remembers what is wrong with them until `check`.

    A reader that fails returns its fallback, so that the ones after it can fail too.
    """

    values: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of_process(cls) -> Env:
        return cls(os.environ)

    def text(self, name: str, default: str | None = None) -> str:
        return self._read(name, default, "", str)

    def integer(
        self, name: str, default: int | None = None, *, least: int = 0, most: int = 2**31
    ) -> int:
        def read(text: str) -> int:
            if not least <= (number := int(text)) <= most:
                raise ValueError
            return number

        return self._read(name, default, least, read, f"a whole number from {least} to {most}")

    def number(self, name: str, default: float | None = None, *, least: float = 0) -> float:
        def read(text: str) -> float:
            if not least <= (number := float(text)) < float("inf"):
                raise ValueError
            return number

        return self._read(name, default, least, read, f"a number not below {least:g}")

    def seconds(self, name: str, default: float | None = None) -> timedelta:
        return timedelta(seconds=self.number(name, default))

    def share(self, name: str, default: float) -> float:
        def read(text: str) -> float:
            if not 0 <= (found := float(text)) <= 1:
                raise ValueError
            return found

        return self._read(name, default, 0.0, read, "a number from 0 to 1")

    def flag(self, name: str, *, default: bool = False) -> bool:
        words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
        return self._read(name, default, False, lambda text: words[text.lower()], "yes or no")

    def choice(self, name: str, words: tuple[str, ...], default: str | None = None) -> str:
        def read(text: str) -> str:
            if text.lower() not in words:
                raise ValueError
            return text.lower()

        return self._read(name, default, words[0], read, f"one of {', '.join(words)}")

    def matching(self, name: str, pattern: re.Pattern[str], what: str, default: str = "") -> str:
        """Text of a form, or none. What is wrong is not repeated, for it may be secret."""

        def read(text: str) -> str:
            if not pattern.fullmatch(text):
                raise ValueError(name)
            return text

        return self._read(name, default, default, read, what, quote=False)

    def path(self, name: str, default: str | None = None) -> pathlib.Path:
        return self._read(
            name, pathlib.Path(default) if default else None, pathlib.Path(), pathlib.Path
        )

    def file(self, name: str, read: Callable[[bytes], T], what: str) -> T | None:
        """What is made of a file, if one is named."""

        def opened(text: str) -> tuple[T, ...]:
            try:
                return (read(pathlib.Path(text).read_bytes()),)
            except OSError as error:
                raise ValueError(text) from error

        found: tuple[T, ...] = self._read(name, (), (), opened, f"a file: {what}")
        return found[0] if found else None

    def address(self, name: str, default: str | None = None) -> str:
        """A `host:port` to connect to or to listen on."""

        def read(text: str) -> str:
            host, colon, port = text.rpartition(":")
            if not host or not colon or not 0 <= int(port) < 65536:
                raise ValueError
            return text

        return self._read(name, default, "", read, "host:port")

    def secret(self, name: str, *, least: int = 32) -> bytes:
        """Bytes that nobody may guess: the UTF-8 of the text itself."""

        def read(text: str) -> bytes:
            if len(found := text.encode()) < least:
                raise ValueError
            return found

        return self._read(name, None, b"", read, f"at least {least} bytes long", quote=False)

    def masters(self, name: str) -> Sequence[Master]:
        """Keys under their ids: `id:secret,id:secret`. None is fine."""
        what = "id:secret,id:secret, each secret at least 32 bytes long"
        return self._read(name, (), (), secrets.masters, what, quote=False)

    def check(self) -> None:
        if self.problems:
            raise Misconfigured("\n".join(dict.fromkeys(self.problems)))

    def _read(
        self,
        name: str,
        default: T | None,
        fallback: T,
        read: Callable[[str], T],
        what: str = "text",
        *,
        quote: bool = True,
    ) -> T:
        text = self.values.get(name, "")
        if not text:
            if default is None:
                self.problems.append(f"{name} is not set: it must be {what}")
                return fallback
            return default
        try:
            return read(text)
        except (ValueError, KeyError):
            said = f", not {text!r}" if quote else ""
            self.problems.append(f"{name} must be {what}{said}")
            return fallback


@dataclass(frozen=True)
class Settings:
    """What every process of a service is told."""

    # Postgres as the service's own, lesser role. May hold a password.
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    # Where to serve; port 0 takes any that is free.
    listen: str
    # Envoy's internal listener, where every service is reached by its gRPC name.
    mesh: str
    # What links, page tokens and service tokens are signed with, through `secrets.derive`.
    secret: bytes = field(repr=False)
    # What the secrets of organizations are sealed with, for `kit.vault`; the first one seals.
    masters: Sequence[Master] = field(default=(), repr=False)
    # What proves inside the mesh who we are, for `kit.certificates`; without it nobody is asked.
    tls: pathlib.Path | None = None
    # Whose names certificates have: `spiffe://<trust domain>/<service>`.
    trust_domain: str = "turnout"
    # Where to tell of health in the clear, to who has no certificate; "" does not.
    probes: str = ""
    # The public address of Envoy, without a slash at the end.
    edge_url: str = "http://127.0.0.1:8080"
    log: str = "info"
    # Connections to Postgres.
    pool: int = 8
    # Where to answer what Prometheus asks; "" does not.
    metrics: str = ""
    # Calls a minute of one internet address, user and organization; 0 lets any number in.
    calls_per_address: int = 0
    calls_per_user: int = 0
    calls_per_organization: int = 0
    # How many milliseconds calls may wait before others are sent away; 0 sends nobody away.
    shed_after: int = 0
    # Where a collector of OpenTelemetry is told what is done, by OTLP over HTTP; "" tells nobody.
    otlp: str = ""
    # Which share of the traces that begin here it is told of.
    sampled: float = 1.0
    # Several processes may listen on the same port.
    reuse_port: bool = False
    # What reflection tells of: `own` services, or `all` of the contract, for the edge.
    reflect: str = "own"
    # What was built, such as a commit; operators are told.
    build: str = ""

    @classmethod
    def from_env(cls, env: Env) -> Settings:
        return cls(
            database_url=env.text("TURNOUT_DATABASE_URL"),
            redis_url=env.text("TURNOUT_REDIS_URL"),
            listen=env.address("TURNOUT_LISTEN"),
            mesh=env.address("TURNOUT_MESH", "127.0.0.1:8081"),
            secret=env.secret("TURNOUT_SECRET"),
            masters=env.masters("TURNOUT_VAULT_KEYS"),
            tls=_folder(env.text("TURNOUT_TLS_DIR", "")),
            trust_domain=env.matching(
                "TURNOUT_TRUST_DOMAIN",
                DOMAIN,
                "the name of a domain",
                "turnout",
            ),
            probes=env.address("TURNOUT_PROBES", ""),
            edge_url=env.text("TURNOUT_EDGE_URL", "http://127.0.0.1:8080").rstrip("/"),
            log=env.choice("TURNOUT_LOG", LEVELS, "info"),
            pool=env.integer("TURNOUT_DATABASE_POOL", 8, least=1, most=200),
            metrics=env.address("TURNOUT_METRICS", ""),
            calls_per_address=env.integer("TURNOUT_CALLS_PER_ADDRESS", 60_000),
            calls_per_user=env.integer("TURNOUT_CALLS_PER_USER", 12_000),
            calls_per_organization=env.integer("TURNOUT_CALLS_PER_ORGANIZATION", 300_000),
            shed_after=env.integer("TURNOUT_SHED_AFTER_MS", 0),
            otlp=env.matching("OTEL_EXPORTER_OTLP_ENDPOINT", WEB, "such as http://localhost:4318"),
            sampled=env.share("OTEL_TRACES_SAMPLER_ARG", 1.0),
            reuse_port=env.flag("TURNOUT_REUSE_PORT"),
            reflect=env.choice("TURNOUT_REFLECT", ("own", "all"), "own"),
            build=env.text("TURNOUT_BUILD", ""),
        )


def _folder(text: str) -> pathlib.Path | None:
    return pathlib.Path(text) if text else None
