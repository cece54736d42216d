"""The rules of searching: which words, which language, which part of the globe. Pure."""

from __future__ import annotations

import enum
import math
import re
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime

from services.kit import errors
from services.kit.money import Money
from services.kit.names import Name

# What Postgres calls the languages whose words it can take back to their stems, by ISO 639.
LANGUAGES = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
# Words as they are, for all other languages.
PLAIN = "simple"

MOST_WORDS = 12
LONGEST_WORD = 64
RADIUS = 50_000.0  # metres, unless the searcher says
# The least that makes a box: what is at the very place is found with a radius of nothing too.
LEAST = 1.0
EARTH = 6_371_008.8  # metres, mean radius
# How many candidates are weighed or counted: the soonest.
CAP = 2000
# What is counted, and how many values of it are told.
FACETS = ("city", "type", "mode", "category", "tag", "language_code", "free", "available")
MOST_VALUES = 20

_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u036f]")


class Order(enum.Enum):
    RELEVANCE = "relevance"
    START = "start"
    DISTANCE = "distance"


@dataclass(frozen=True)
class Near:
    """A circle on the globe: degrees (WGS84), metres."""

    latitude: float
    longitude: float
    radius: float


@dataclass(frozen=True)
class Wanted:
    """What is searched for. None: no matter what."""

    organization: uuid.UUID | None
    # Also what only members may see, of that organization.
    unlisted: bool
    words: tuple[str, ...]
    # What Postgres calls the language of the words; None for any.
    config: str | None
    city: str | None
    language: str | None
    type: str | None
    mode: str | None
    category: str | None
    # All of them.
    tags: tuple[str, ...]
    # Of who wants to come, in years.
    age: int | None
    after: datetime
    before: datetime | None
    least: Money | None
    most: Money | None
    available: bool
    near: Near | None
    order: Order
    facets: bool


@dataclass(frozen=True)
class Hit:
    """An event that was found.

    `mark` is what hits are sorted by before their start, the lowest first; `distance` (metres)
    is 0 where nobody asked.
    """

    name: Name
    start_time: datetime
    mark: int
    distance: int


@dataclass(frozen=True)
class Facet:
    """How often each value of a field was found, the most frequent first."""

    field: str
    counts: tuple[tuple[str, int], ...]
    capped: bool


class BadSearch(errors.Invalid):
    """Something that nobody can search for."""


def words(query: str) -> tuple[str, ...]:
    """The words of a query, in lower case. A query of nothing but signs is refused."""
    if not query.strip():
        return ()
    found = tuple(word for word in _WORD.findall(query.lower()) if len(word) <= LONGEST_WORD)
    if not found:
        raise BadSearch("query", "must have a word in it")
    return found[:MOST_WORDS]


def folded(word: str) -> str:
    """A word without accents, as it stands beside its stem in the index."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", word)).lower()


def config(language_code: str) -> str:
    """What Postgres calls a language, by its BCP 47 tag; `PLAIN` if it does not know it."""
    return LANGUAGES.get(language(language_code), PLAIN)


def language(language_code: str) -> str:
    """The language of a tag, without script and region: `pt` of `pt-BR`."""
    return language_code.partition("-")[0].lower()


def order(asked: Order | None, *, words: bool, near: bool) -> Order:
    """What comes first: as asked, or else what says most about what was found."""
    if asked is Order.RELEVANCE and not words:
        raise BadSearch("order", "needs a query to tell what is relevant")
    if asked is Order.DISTANCE and not near:
        raise BadSearch("order", "needs a near to tell what is close")
    if asked is not None:
        return asked
    return Order.RELEVANCE if words else Order.DISTANCE if near else Order.START


# A part of the map: west, south, east, north, in degrees.
Box = tuple[float, float, float, float]
# No place is in it.
NOWHERE: Box = (999.0, 999.0, 999.0, 999.0)


def boxes(near: Near) -> tuple[Box, Box]:
    """Two boxes that hold the whole circle: the second one is for what lies across 180°."""
    span = math.degrees(max(near.radius, LEAST) / EARTH)
    south, north = near.latitude - span, near.latitude + span
    if south <= -90 or north >= 90:
        # Around a pole every meridian is near.
        return (-180.0, max(south, -90.0), 180.0, min(north, 90.0)), NOWHERE
    # The circle is widest where the meridians that touch it do, which is towards the pole.
    ratio = math.sin(math.radians(span)) / math.cos(math.radians(near.latitude))
    width = math.degrees(math.asin(min(1.0, ratio)))
    west, east = near.longitude - width, near.longitude + width
    if width >= 180 or ratio >= 1:
        return (-180.0, south, 180.0, north), NOWHERE
    if west < -180:
        return (-180.0, south, east, north), (west + 360, south, 180.0, north)
    if east > 180:
        return (west, south, 180.0, north), (-180.0, south, east - 360, north)
    return (west, south, east, north), NOWHERE


def rings(radius: float) -> tuple[float, ...]:
    """Radii to look within, one after the other: near things are found without far ones."""
    return tuple(radius / 4**step for step in (3, 2, 1, 0))
