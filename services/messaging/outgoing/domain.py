"""Who cannot be written to."""

from __future__ import annotations

from services.kit import errors


class ParticipantNotFound(errors.NotFound):
    message = "there is no {name}, or nobody has invited them yet"
    name: str


class NoAddress(errors.Unmet):
    message = "{name} has neither an e-mail address nor a phone number"
    name: str
