"""Refusals: what a service says no with. No gRPC here; `kit.status` gives them codes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import ClassVar, dataclass_transform

Violations = tuple[tuple[str, str], ...]


@dataclass_transform(eq_default=False, kw_only_default=False)
class Refusal(Exception):
    """A request that was understood and declined.

    A subclass states its fields and one `message` template over them, and no more.
    The fields are the metadata a client reads, so a message cannot tell a person
    something that a program is not told.
    """

    message: ClassVar[str] = "refused"
    reason: ClassVar[str] = "REFUSED"

    def __init_subclass__(cls) -> None:
        if {"reason", "message"} & cls.__annotations__.keys():
            raise TypeError(f"{cls.__name__}: no field of a refusal is called reason or message")
        dataclasses.dataclass(eq=False)(cls)
        cls.reason = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).upper()

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys of the metadata of such a refusal."""
        return tuple(f.name for f in dataclasses.fields(cls))  # type: ignore[arg-type]

    @property
    def metadata(self) -> dict[str, str]:
        return {key: str(getattr(self, key)) for key in self.keys()}

    def __str__(self) -> str:
        return self.message.format(**self.metadata)


class NotFound(Refusal):
    """There is no such thing, or the caller may not know of it."""


class AlreadyExists(Refusal):
    """The thing is there already."""


class Unmet(Refusal):
    """The state of the world is against it; another try helps once that has changed."""


class Stale(Refusal):
    """Somebody else was faster; read again and decide again."""


class Forbidden(Refusal):
    """The caller is known, and may not."""


class Unauthenticated(Refusal):
    """Who calls could not be established."""


class Exhausted(Refusal):
    """More was asked for than can be done now. Not to be tried again at once."""

    retry_seconds: ClassVar[float] = 1


class Unreachable(Refusal):
    """Something needed is away for the moment. The same request may be tried again."""

    retry_seconds: ClassVar[float] = 1


class Late(Refusal):
    """The answer would come after the caller stopped waiting for it."""


class Fault(Refusal):
    """A mistake of ours, not of the caller's."""


class Invalid(Refusal):
    """A request no state of the world would make acceptable."""

    message = "{field} {problem}"
    field: str
    problem: str

    @property
    def violations(self) -> Violations:
        return ((self.field, self.problem),)


class InvalidFields(Refusal):
    """A request with one or more fields that no state of the world would make acceptable.

    The metadata names the first one; all of them are in `violations`.
    """

    message = "{field} {problem}"
    violations: Violations

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        return ("field", "problem", "more")

    @property
    def metadata(self) -> dict[str, str]:
        field, problem = self.violations[0]
        return {"field": field, "problem": problem, "more": str(len(self.violations) - 1)}

    def __str__(self) -> str:
        more = len(self.violations) - 1
        return super().__str__() + (f", and {more} more" if more else "")


KINDS: frozenset[type[Refusal]] = frozenset(
    {
        NotFound,
        AlreadyExists,
        Unmet,
        Stale,
        Forbidden,
        Unauthenticated,
        Exhausted,
        Unreachable,
        Late,
        Fault,
        Invalid,
    }
)


def all_refusals() -> frozenset[type[Refusal]]:
    """Every refusal that can be raised, of the modules imported so far; not the kinds."""
    return frozenset(_below(Refusal)) - KINDS


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for found in kind.__subclasses__():
        yield found
        yield from _below(found)
