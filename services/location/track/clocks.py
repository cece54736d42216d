"""How far the clock of a device is off, seen from how old its reports are when they come. Pure.

A report that waited for the network is old once, and the next ones less so. A clock that is wrong
makes all of them as old, or from the future, however they came: phones were seen that were an
hour behind for hours, and some seconds ahead. Who tells what was buffered for hours is less and
less behind, however slowly that goes.
"""

from __future__ import annotations

from dataclasses import dataclass

SECOND = 1_000_000  # microseconds
# So many reports in a row, over so long, that are equally old but for the network.
ENOUGH, LONG, EQUAL = 5, 20 * SECOND, 90 * SECOND
# What is as young, or as old, is not the clock.
AHEAD, BEHIND = 2 * SECOND, 300 * SECOND
# Clocks are wrong by whole half hours more often than by nearly that.
STEP = 1800 * SECOND
# What is told otherwise by less than that is as before.
SAME = SECOND


@dataclass(slots=True)
class Lags:
    """How old reports were in a row. Times in microseconds since 1970."""

    count: int = 0
    since: int = 0
    least: int = 0
    most: int = 0

    def offset(self, captured: int, now: int, known: int) -> int:
        """By how much a clock is behind, after one more report; negative when it is ahead.

        `captured` is by that clock, and `known` is what was thought so far.
        """
        lag = now - captured
        least, most = min(self.least, lag), max(self.most, lag)
        if self.count and most - least <= EQUAL:
            self.count, self.least, self.most = self.count + 1, least, most
        else:
            self.count, self.since, self.least, self.most = 1, now, lag, lag
        if self.count < ENOUGH or now - self.since < LONG:
            return known
        found = 0 if -AHEAD <= self.least <= BEHIND else _rounded(self.least)
        return known if abs(found - known) < SAME else found


def _rounded(lag: int) -> int:
    near = round(lag / STEP) * STEP
    # What came through the network is older than it was sent.
    return near if near and 0 <= lag - near <= EQUAL else lag
