"""Reads what somebody wrote as a command. Pure: words in, a command or nothing out.

Only what is a command as a whole is one: "no" is an answer, and "no problem, see you there" is
for a person to read. Whoever writes in a language that we do not know them by is understood
too, as long as the words mean the same in all that have them.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from services.messaging.inbound.words import EVERYWHERE, LANGUAGES, MINUTES, Intent

ENGLISH = "en"
MOST_GUESTS = 9
LATEST = 600  # minutes
LONGEST = 80  # characters that a command may have, with all that stands around it


@dataclass(frozen=True)
class Command:
    """What somebody asks for. `guests` come with a yes, `minutes` with being late."""

    intent: Intent
    # None: they said nothing of guests.
    guests: int | None = None
    minutes: int = 0


def command(text: str, language: str) -> Command | None:
    """The command that a text is, of somebody who reads that language. None: it is none."""
    words = folded(text)
    if not words:
        return None
    return _plain(words, language) or _with_number(words, language)


def pressed(payload: str) -> Command | None:
    """The command behind a button of ours: `yes`, `no`, `late:10`, `yes:2` and so on."""
    word, _, number = payload.strip().lower().partition(":")
    intent = _INTENTS.get(word)
    if intent is None or (number and not _SMALL.fullmatch(number)):
        return None
    return _with(intent, int(number)) if number else Command(intent)


def first_words(text: str) -> str:
    """What of an e-mail somebody wrote on top: its first line that says anything.

    Below it stand greetings and what they answer to.
    """
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line), "")
    return "" if first.startswith(">") else first


def written(text: str) -> str:
    """What of an e-mail somebody wrote, without what they answer to."""
    kept: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith(">") or _QUOTES.match(line):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()


def folded(text: str) -> str:
    """What two ways to write the same words have in common. Empty for what is too long for a
    command."""
    if len(text) > LONGEST:
        return ""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    spoken = "".join(map(_spoken, plain))
    words = " ".join(spoken.replace(",", " ").replace("،", " ").split())
    return words.strip(" .,;:!¡¿。،…'\"*_") or spoken.strip()


def _spoken(character: str) -> str:
    """A digit of any script as one of ours; nothing for what only turns or colours others."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    # Turners of direction, joiners, the points of Hebrew and Arabic, the tones of emoji.
    if unicodedata.category(character) in ("Cf", "Mn", "Sk"):
        return ""
    return character


_INTENTS = {intent.value: intent for intent in Intent}
_SMALL = re.compile(r"[0-9]{1,3}")
_QUOTES = re.compile(
    r"\s*(-{2,}\s*(original|ursprüngliche|forwarded)|_{10,}|-- ?$"
    r"|(on|am|le|el|il|em)\b.{5,200}:\s*$)",
    re.IGNORECASE,
)
_GUESTS = re.compile(r"(?:(?P<yes>.+?)[ ,]*)?\+ ?(?P<guests>[0-9]{1,2})")
_AFTER = re.compile(r"(?P<words>[^0-9]+?)[ :,]*(?P<number>[0-9]{1,3}) ?(?P<unit>\D*)")
_BEFORE = re.compile(r"(?P<number>[0-9]{1,3}) ?(?P<unit>\D*?) (?P<words>\D+)")


def _plain(words: str, language: str) -> Command | None:
    intent = _intent(words, language)
    return Command(intent) if intent else None


def _with_number(words: str, language: str) -> Command | None:
    """`+2`, `yes +2`, `late 10`, `10 min late`."""
    guests = _GUESTS.fullmatch(words)
    if guests:
        coming = guests["yes"] is None or _intent(guests["yes"], language) is Intent.YES
        return _with(Intent.YES, int(guests["guests"])) if coming else None
    for found in (_AFTER.fullmatch(words), _BEFORE.fullmatch(words)):
        if found and _is_unit(found["unit"]) and _intent(found["words"], language) is Intent.LATE:
            return _with(Intent.LATE, int(found["number"]))
    return None


def _with(intent: Intent, number: int) -> Command | None:
    """None where the number makes no sense: a person should look at it."""
    if intent is Intent.YES:
        return Command(intent, guests=number) if number <= MOST_GUESTS else None
    if intent is Intent.LATE:
        return Command(intent, minutes=number) if 0 < number <= LATEST else None
    return None


def _is_unit(text: str) -> bool:
    return not text or text.strip(" .") in MINUTES


def _intent(words: str, language: str) -> Intent | None:
    """What the words mean to who reads that language, or else to everybody who has them."""
    words = words.strip(" .,;:!?¿¡؟") or words
    primary = language.lower().partition("-")[0]
    for table in (_TABLES.get(primary, {}), _TABLES[""], _TABLES[ENGLISH]):
        if words in table:
            return table[words]
    anywhere = _anywhere().get(words, frozenset())
    return next(iter(anywhere)) if len(anywhere) == 1 else None


def _folded(phrases: dict[Intent, tuple[str, ...]]) -> Iterator[tuple[str, Intent]]:
    for intent, said in phrases.items():
        for phrase in said:
            yield folded(phrase), intent


_TABLES: dict[str, dict[str, Intent]] = {
    tag: dict(_folded(dict(phrases))) for tag, phrases in {"": EVERYWHERE, **LANGUAGES}.items()
}


@functools.cache
def _anywhere() -> dict[str, frozenset[Intent]]:
    """What the words of all languages mean in any of them."""
    found: dict[str, frozenset[Intent]] = {}
    for table in _TABLES.values():
        for words, intent in table.items():
            # A letter says little about who writes it.
            if len(words) == 1 and words.isalpha():
                continue
            found[words] = found.get(words, frozenset()) | {intent}
    return found
