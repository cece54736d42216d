"""Writes `deploy/CONFIGURATION.md`: every variable that a service reads, by its config classes.

    python -m deploy.configuration

The classes are asked to read an environment that remembers what it is asked for; a test compares.
"""

from __future__ import annotations

import importlib
import pathlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from deploy.local.settings import SERVICES
from services.kit.config import Env, Settings

T = TypeVar("T")

FILE = pathlib.Path(__file__).parent / "CONFIGURATION.md"
HEAD = """# What a service is told by its environment

Written by `python -m deploy.configuration` out of the config classes; a test compares.
A variable without a default must be set, and one that cannot be read keeps the service from
starting, with all that is wrong said at once. `deploy/example.env` says what each is for.

| variable | read by | must be | default |
|---|---|---|---|
"""
# What has others read that are of no use alone.
LEADING = {
    "TURNOUT_MEDIA_BUCKET": "media",
    "TURNOUT_SMTP_HOST": "mail.example.org",
    "TURNOUT_SMTP_URL": "smtp://mail.example.org",
    "TURNOUT_BOOTSTRAP_SECRET": "b" * 32,
}

# What depends on the machine.
VARYING = {"TURNOUT_HASH_THREADS": "(as many as cores)"}


@dataclass
class Asked:
    """One variable, as one service reads it."""

    what: str
    default: str


@dataclass
class Listening(Env):
    """Gives what it has, and remembers what it is asked for."""

    asked: dict[str, Asked] = field(default_factory=dict)

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
        self.asked[name] = Asked(what, VARYING.get(name) or _default(default))
        return super()._read(name, default, fallback, read, what, quote=quote)


def _default(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    return f"`{value}`" if str(value).strip() and value != () else "(empty)"


def table() -> str:
    """All of it, as Markdown."""
    found: dict[str, dict[str, Asked]] = {}
    for service in SERVICES:
        for name, asked in _asked(service):
            found.setdefault(name, {})[service] = asked
    return HEAD + "".join(_line(name, found[name]) for name in sorted(found))


def _asked(service: str) -> Iterator[tuple[str, Asked]]:
    config = importlib.import_module(f"services.{service}.config").Config
    every: dict[str, Asked] = {}
    for values in (LEADING, {"TURNOUT_MEDIA_FOLDER": tempfile.gettempdir()}):
        env = Listening(values)
        Settings.from_env(env)
        config.from_env(env)
        every |= env.asked
    yield from every.items()


def _line(name: str, by: dict[str, Asked]) -> str:
    who = "all" if len(by) == len(SERVICES) else ", ".join(by)
    asked = next(iter(by.values()))
    return f"| `{name}` | {who} | {asked.what.replace('|', '/')} | {asked.default} |\n"


if __name__ == "__main__":
    FILE.write_text(table())
