"""Searches what was logged for what must never be: passwords, tokens, keys, codes, coordinates.

Two ways, for each has its blind spot: values that really went through the edge are looked for
wherever the mesh logs, and shapes that only secrets have in what every single test prints.
"""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

# The fields, in JSON, whose values are nobody's business but the caller's.
SECRET = re.compile(
    r"(password|accessToken|refreshToken|token|secret|recoveryCodes?|code|otp|link|clientSecret)$",
    re.IGNORECASE,
)
WHERE = ("latitude", "longitude")
# Shorter ones are found in innocent words, and rounder places in innocent numbers; what tests
# send in place of a secret may be an innocent word itself.
SHORTEST, DECIMALS = 6, 5
TELLING = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z]).{8,}|.*[a-z] [a-z].*", re.DOTALL)

WORD = re.compile(r"[\w.~+/=-]{6,}")
SHAPES = re.compile(
    r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}"  # a JSON Web Token
    r"|\btk_[0-9a-f]{32}_[0-9a-f]{64}"  # an API key
    r"|(?i:bearer|link|service) [\w-]{20,}\.[\w-]{8,}"  # a credential as it is sent
    r"|\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}"  # what bcrypt makes of a password
)


@dataclass
class Seen:
    """The secrets that went through a client of the edge, in either direction."""

    values: set[str] = field(default_factory=set)

    async def request(self, request: httpx.Request) -> None:
        shown = request.headers.get("authorization", "").partition(" ")[2]
        if len(shown) >= SHORTEST:
            self.values.add(shown)
        self._body(request.content)

    async def response(self, response: httpx.Response) -> None:
        if "application/json" in response.headers.get("content-type", ""):
            self._body(await response.aread())

    def _body(self, body: bytes) -> None:
        try:
            said = json.loads(body or b"null")
        except ValueError:
            return
        self.values.update(secrets_in(said))


def secrets_in(said: Any) -> Iterator[str]:
    """The values in JSON that are secrets, by the names of their fields."""
    if isinstance(said, list):
        for one in said:
            yield from secrets_in(one)
    if not isinstance(said, dict):
        return
    for key, value in said.items():
        if isinstance(value, str) and SECRET.search(key) and len(value) >= SHORTEST:
            # Behind the # of an address is what makes it a key.
            yield value.rpartition("#")[2]
        elif key in WHERE and len(str(value).partition(".")[2]) >= DECIMALS:
            yield str(value)
        else:
            yield from secrets_in(value)


def is_place(value: str) -> bool:
    """Whether it is one of the coordinates."""
    return re.fullmatch(r"-?\d+\.\d+", value) is not None


def leaked(values: set[str], logs: Iterator[pathlib.Path]) -> list[str]:
    """The lines of logs in which one of the values stands, or something of a secret's shape."""
    # What is one word is found among the words; what is more is searched for, one after another.
    told_apart = {value for value in values if is_place(value) or TELLING.fullmatch(value)}
    words = {value for value in told_apart if WORD.fullmatch(value)}
    texts = told_apart - words
    found = []
    for path in logs:
        for line in path.read_text(errors="replace").splitlines():
            told = words.intersection(WORD.findall(line)) or SHAPES.search(line)
            if told or any(text in line for text in texts):
                found.append(f"{path.name}: {line[:300]}")
    return found
