"""What goes back to who gives a seat back: less, the later they do. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from services.event.events.places import Flaw


@dataclass(frozen=True)
class Tier:
    """A share, in hundredths of a percent, for who is at least so many days early."""

    days: int
    share: int


def flaws(tiers: tuple[Tier, ...] | None) -> Iterator[Flaw]:
    """What is wrong with a policy, by the paths within the event; None is the usual one."""
    if tiers is None:
        return
    if not tiers:
        yield "refund_policy.tiers", "must have at least one"
    for index, (above, tier) in enumerate(itertools.pairwise(tiers), 1):
        at = f"refund_policy.tiers[{index}]"
        if tier.days >= above.days:
            yield f"{at}.days_before", "must be fewer than in the tier above"
        if tier.share > above.share:
            yield f"{at}.refund_basis_points", "must not be more than in the tier above"
