"""Resource names (AIP-122): text on the wire, ids inside. The tenant is part of the name."""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass
from typing import Literal, overload

from services.kit import errors

ANY = "organizations/-"


class BadName(errors.Invalid):
    """A string that is not the name of the kind of resource asked for."""


@dataclass(frozen=True)
class Name:
    organization: uuid.UUID
    id: uuid.UUID

    def __hash__(self) -> int:
        # Ids are unique among organizations, and half of a hash is made in half of the time.
        return hash(self.id.int)


@dataclass(frozen=True)
class Root:
    """Resources of one kind that nobody owns: `users` and `organizations`."""

    plural: str

    def format(self, id: uuid.UUID) -> str:
        return f"{self.plural}/{id}"

    def parse(self, text: str, field: str = "name") -> uuid.UUID:
        plural, _, id = text.partition("/")
        found = _uuid(id)
        if plural != self.plural or found is None:
            raise BadName(field, f"must look like {self.plural}/{{uuid}}")
        return found


@dataclass(frozen=True)
class Branch:
    """Resources of one kind that hang on one of nobody's, such as the `sessions` of a user."""

    of: Root
    plural: str

    def format(self, owner: uuid.UUID, id: uuid.UUID) -> str:
        return f"{self.of.format(owner)}/{self.plural}/{id}"

    def parse(self, text: str, field: str = "name") -> tuple[uuid.UUID, uuid.UUID]:
        """The id of what it hangs on, and its own."""
        words = text.split("/")
        if len(words) == 4 and (words[0], words[2]) == (self.of.plural, self.plural):
            owner, id = _uuid(words[1]), _uuid(words[3])
            if owner is not None and id is not None:
                return owner, id
        shape = f"{self.of.plural}/{{uuid}}/{self.plural}/{{uuid}}"
        raise BadName(field, f"must look like {shape}")


@dataclass(frozen=True)
class Collection:
    """The resources of one kind that organizations own, such as `events`."""

    plural: str
    type: str = ""

    def format(self, name: Name) -> str:
        return f"organizations/{name.organization}/{self.plural}/{name.id}"

    def parse(self, text: str, field: str = "name") -> Name:
        found = _owned(text.split("/"), self.plural)
        if found is None:
            raise BadName(field, f"must look like organizations/{{uuid}}/{self.plural}/{{uuid}}")
        return found


@dataclass(frozen=True)
class Singleton:
    """The one resource of its kind below another, such as the `availability` of an event.

    It has the ids of what it hangs on (AIP-156).
    """

    of: Collection
    word: str

    def format(self, name: Name) -> str:
        return f"{self.of.format(name)}/{self.word}"

    def parse(self, text: str, field: str = "name") -> Name:
        *words, word = text.split("/")
        found = _owned(words, self.of.plural)
        if found is None or word != self.word:
            shape = f"organizations/{{uuid}}/{self.of.plural}/{{uuid}}/{self.word}"
            raise BadName(field, f"must look like {shape}")
        return found


ORGANIZATIONS = Root("organizations")
USERS = Root("users")
SESSIONS = Branch(USERS, "sessions")


@overload
def parent(text: str, field: str = ..., *, allowed: Literal[False] = ...) -> uuid.UUID: ...


@overload
def parent(text: str, field: str = ..., *, allowed: bool) -> uuid.UUID | None: ...


def parent(text: str, field: str = "parent", *, allowed: bool = False) -> uuid.UUID | None:
    """The organization that a `parent` names.

    None for `organizations/-` and for nothing at all, "all that I may see", where that
    is allowed (AIP-159).
    """
    if allowed and text in ("", ANY):
        return None
    return ORGANIZATIONS.parse(text, field)


def _owned(words: list[str], plural: str) -> Name | None:
    if len(words) != 4 or words[0] != "organizations" or words[2] != plural:
        return None
    organization, id = _uuid(words[1]), _uuid(words[3])
    return Name(organization, id) if organization and id else None


def _uuid(text: str) -> uuid.UUID | None:
    """Reads an id written the one way we write it: 36 characters, lower case."""
    return _read(text) if len(text) == 36 else None


# The same few organizations and events are named again and again.
@functools.lru_cache(maxsize=10_000)
def _read(text: str) -> uuid.UUID | None:
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
