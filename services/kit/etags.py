"""Etags (AIP-154): the version of a resource, in quotes."""

from __future__ import annotations

import re

from services.kit import errors

_ETAG = re.compile(r'"([0-9]{1,18})"')


class BadEtag(errors.Invalid):
    """Text that was never an etag of ours."""


class StaleEtag(errors.Stale):
    message = "{name} has changed since that etag was given; read it again"
    name: str


def etag(version: int) -> str:
    return f'"{version}"'


def expected(text: str, field: str = "etag") -> int | None:
    """The version that a client says it has seen, or None if it does not say."""
    if not text:
        return None
    found = _ETAG.fullmatch(text)
    if found is None:
        raise BadEtag(field, "must be an etag as it was sent, with its quotes")
    return int(found[1])
