"""What tests of the kit refuse with."""

from __future__ import annotations

from services.kit import errors


class Declined(errors.Unmet):
    message = "not today"
