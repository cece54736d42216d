"""The rules of an organization's own words for what is told by itself. Plain values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from services.kit import errors
from services.kit.names import Name
from services.messaging.messages.domain import Kind
from services.messaging.templates.domain import GIVEN, Template, Type

# What of a kind may be said in words of one's own, and what it fills in beside `GIVEN`.
GIVES: Mapping[Kind, tuple[str, ...]] = {
    Kind.INVITATION: (),
    Kind.CONFIRMATION: (),
    Kind.REMINDER: (),
    Kind.THANKS: (),
    Kind.TICKET: ("codes",),
    Kind.LAPSED: (),
    Kind.SOLD_OUT: (),
    Kind.OFFER: ("until",),
    Kind.CANCELLED: ("called_off", "why"),
    Kind.MOVED: (),
    Kind.REFUND: ("amount",),
    Kind.FORFEITED: (),
    Kind.RECEIPT: ("amount", "number"),
    Kind.MEMBERSHIP: ("role",),
    Kind.LEAVE_NOW: ("leave", "late"),
    Kind.RUNNING_LATE: ("traveler", "late"),
    # To who wrote to us. An answer is `yes`, `no` or `maybe`; what it was refused for, if it was.
    Kind.ANSWER: ("answer", "guests", "refusal"),
    Kind.LATE_NOTED: ("late",),
    Kind.WHERE: (),
    Kind.HELP: (),
    Kind.STOPPED: (),
    Kind.STARTED: (),
    # That somebody wrote how late they are, to who waits for them.
    Kind.LATE: ("traveler", "late"),
}


@dataclass(frozen=True)
class Wording:
    """By which template messages of a kind are written; None by the words that are built in."""

    organization: uuid.UUID
    kind: Kind
    template: Name | None = None
    version: int = 1


class BadNoticeTemplate(errors.Invalid):
    """A template that a kind of messages cannot be written by."""


def need_fit(template: Template, kind: Kind, where: str) -> None:
    """Refuses a template that wants to be told what messages of the kind do not tell."""
    given = GIVES[kind]
    for variable in template.variables:
        if variable.name not in given and not variable.optional:
            told = ", ".join([*GIVEN, *given])
            problem = f"{variable.name} is not told by {kind.value}, which tells {told}"
            raise BadNoticeTemplate(where, problem)
        if variable.type is not Type.TEXT:
            raise BadNoticeTemplate(where, f"{variable.name} must be a text")
