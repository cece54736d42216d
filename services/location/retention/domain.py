"""The rules of keeping positions. Pure."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from services.kit import errors
from services.kit.etags import StaleEtag
from services.location.segments.columns import Report

# The work that compresses and deletes what an organization has kept for long; its id is the
# organization's.
TIDY = "tidy"
# Nobody keeps positions for longer; the partitions of older days are dropped.
MOST_DAYS = 90
COMPRESS_AFTER, DELETE_AFTER = 7, MOST_DAYS
# Positions in one merged segment.
LARGEST = 5000
# When nights are quiet, in UTC.
QUIET = time(3)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long an organization keeps positions, in days."""

    organization: uuid.UUID
    compress_after: int = COMPRESS_AFTER
    delete_after: int = DELETE_AFTER
    version: int = 0


class BadRetention(errors.Invalid):
    """Positions cannot be kept like that."""


def change(
    before: Retention,
    compress_after: int,
    delete_after: int,
    *,
    name: str,
    version: int | None,
) -> Retention:
    """Keeps positions for longer or shorter."""
    if version is not None and version != before.version:
        raise StaleEtag(name)
    if compress_after > delete_after:
        raise BadRetention(
            "retention.compress_after_days", "must not be more than delete_after_days"
        )
    return dataclasses.replace(
        before,
        compress_after=compress_after,
        delete_after=delete_after,
        version=before.version + 1,
    )


def first_kept(retention: Retention, now: datetime) -> date:
    """The first day whose positions are kept."""
    return now.astimezone(UTC).date() - timedelta(days=retention.delete_after)


def first_loose(retention: Retention, now: datetime) -> date:
    """The first day whose positions stay as they came."""
    return now.astimezone(UTC).date() - timedelta(days=retention.compress_after)


def next_night(now: datetime) -> datetime:
    """When to look again."""
    tonight = datetime.combine(now.astimezone(UTC).date(), QUIET, UTC)
    return tonight if tonight > now else tonight + timedelta(days=1)


def bundles(reports: Sequence[Report]) -> Iterator[list[Report]]:
    """Reports that follow each other, in parts that are not too large."""
    part: list[Report] = []
    for report in reports:
        size = sum(len(one) for one in part)
        if part and (size + len(report) > LARGEST or part[-1].last + 1 != report.first):
            yield part
            part = []
        part.append(report)
    if part:
        yield part
