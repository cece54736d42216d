"""Filters (AIP-160): which rows of a list a client wants, as comparisons joined by AND.

Of the language this is the part that one statement with a parameter for each comparison can
answer: no OR, no NOT, no parentheses, and each comparison once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from services.kit import errors

FIELD = "filter"

# What is compared, how, and the value it is compared with.
Comparisons = Mapping[tuple[str, str], str]

_TERM = re.compile(
    r"""\s*(?P<field>[a-z][a-z0-9_.]*)\s*(?P<op>!=|<=|>=|=|<|>|:)\s*"""
    r"""(?:"(?P<quoted>(?:[^"\\]|\\["\\])*)"|(?P<bare>[^\s"'()\\=<>!]+))(?=\s|$)"""
)
_AND = re.compile(r"\s+(?:AND\s+)?(?=\S)")


class BadFilter(errors.Invalid):
    """Text that is no filter of the list it was sent to."""


def parse(text: str, allowed: Mapping[str, Collection[str]]) -> Comparisons:
    """Reads `field = "value" AND field < value …`; an empty text compares nothing.

    `allowed` has the fields of the list, and how each may be compared. Raises BadFilter.
    """
    found: dict[tuple[str, str], str] = {}
    at, text = 0, text.strip()
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None:
            raise _bad(f"cannot be read from character {at + 1} on: {_shape(allowed)}")
        key = (term["field"], term["op"])
        if term["op"] not in allowed.get(term["field"], ()):
            raise _bad(f"compares {key[0]} by {key[1]}: {_shape(allowed)}")
        if key in found:
            raise _bad(f"compares {key[0]} by {key[1]} twice")
        found[key] = term["bare"] or re.sub(r"\\(.)", r"\1", term["quoted"] or "")
        joint = _AND.match(text, term.end())
        at = joint.end() if joint else term.end()
    return found


def time(text: str, field: str) -> datetime:
    """A value that is a time by RFC 3339, such as `2027-06-19T18:00:00Z`. Raises BadFilter."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _bad(f"compares {field} with what is no time such as 2027-06-19T18:00:00Z")
    return found.astimezone(UTC)


def one_of(text: str, field: str, words: Collection[str]) -> str:
    """A value out of a few. Raises BadFilter, which names them."""
    if text not in words:
        raise _bad(f"compares {field} with what is none of {', '.join(words)}")
    return text


def _shape(allowed: Mapping[str, Collection[str]]) -> str:
    known = ", ".join(f"{field} {' '.join(ops)}" for field, ops in allowed.items())
    return f'it must be comparisons such as {next(iter(allowed))} = "…" joined by AND, of {known}'


def _bad(problem: str) -> BadFilter:
    return BadFilter(FIELD, problem)
