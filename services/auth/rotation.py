"""When which key signs. Plain values in, plain values out: no clock, no chance."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.auth.tokens import LIFE

# How long a key signs before the next one does.
TERM = timedelta(days=30)
# How long a key is published before it signs. Envoy and the services know it long before then:
# the one asks every ten seconds, the others as soon as they meet it.
NOTICE = timedelta(minutes=5)
# How long a key is published after the last token that it signed may have been made: as long as
# that is good, and a little for processes that notice late that there is a next one.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Key:
    """A key that signs from a time on, by its name and its sealed private half."""

    id: str
    sealed: bytes = field(repr=False)
    sign_time: datetime


def current(keys: Sequence[Key], now: datetime) -> Key:
    """The key to sign with, of at least one, in the order in which they begin to sign."""
    begun = [key for key in keys if key.sign_time <= now]
    # The clock of who made the first one may be ahead of ours.
    return begun[-1] if begun else keys[0]


def next_due(keys: Sequence[Key], now: datetime, *, at_once: bool) -> datetime | None:
    """When another key shall begin to sign; None if none is needed, or one waits already."""
    newest = keys[-1].sign_time
    if newest > now:
        return None
    if at_once or now >= newest + TERM - NOTICE:
        return now + NOTICE
    return None


def over(keys: Sequence[Key], now: datetime) -> list[Key]:
    """The keys whose last token has expired."""
    return [key for key, after in itertools.pairwise(keys) if after.sign_time + SKEW + LIFE <= now]
