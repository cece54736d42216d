"""What is left of a way, by the trips that others made: a quadratic form per mode. Pure.

The coefficients lie in `eta.json`, which `tests/location/fit_eta.py` makes. They correct a plain
formula, the logarithm of distance over speed, and never by much.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Final

import numpy as np

VERSION: Final = 3  # of the features that the coefficients belong to
FAR_OUT: Final = 3.0  # deviations from the mean, beyond which all features are the same
ROOM: Final = 1.3  # log of how far the correction may lead from the plain formula


class Regression:
    """The coefficients of those whose mode is known, or of those whose mode is not.

    Raises ValueError when they were made for other features.
    """

    __slots__ = ("_forms", "_greatest", "_high", "_least", "_low")

    def __init__(self, known: Mapping[str, Any]) -> None:
        if known["version"] != VERSION:
            raise ValueError(f"coefficients of version {known['version']}; want {VERSION}")
        center, deviation = np.array(known["center"]), np.array(known["deviation"])
        # With a one at the end, so that one form holds the constant and the slopes too.
        self._least = np.append(center - FAR_OUT * deviation, 1.0)
        self._greatest = np.append(center + FAR_OUT * deviation, 1.0)
        upper = _upper(known["square"], len(center))
        self._forms = {
            mode or None: _form(np.array(row), upper, center, deviation)
            for mode, row in known["linear"].items()
        }
        self._low, self._high = tuple(known["low"]), tuple(known["high"])

    def left(self, features: Sequence[float], mode: str | None) -> float:
        """Log of the seconds that are left; the first two features are the plain formula's."""
        given = np.minimum(np.maximum((*features, 1.0), self._least), self._greatest)
        correction = float(given @ self._forms[mode] @ given)
        return features[0] - features[1] + min(ROOM, max(-ROOM, correction))

    def spread(self, gone: float, share: float, blur: float) -> tuple[float, float]:
        """Logs of the 10 % and the 90 % line over the middle.

        `gone` is the log of the seconds under way, `share` how much of the distance is left, and
        `blur` how little the newest position says, from 0 to 1.
        """
        low, high = self._low, self._high
        return (
            min(-0.05, low[0] + low[1] * gone + low[2] * share + low[3] * blur),
            max(0.05, high[0] + high[1] * gone + high[2] * share + high[3] * blur),
        )


def _upper(values: Sequence[float], size: int) -> Any:
    """The matrix of a quadratic form out of its upper triangle, row by row."""
    matrix = np.zeros((size, size))
    matrix[np.triu_indices(size)] = values
    return matrix


def _form(row: Any, upper: Any, center: Any, deviation: Any) -> Any:
    """One form of features as they are, out of the constant, slopes and products of features
    that were brought to a mean of 0 and a deviation of 1."""
    size = len(center)
    whole = np.zeros((size + 1, size + 1))
    whole[:size, :size] = upper
    whole[size, :size], whole[size, size] = row[1:], row[0]
    bring = np.zeros((size + 1, size + 1))
    bring[range(size), range(size)] = 1.0 / deviation
    bring[:size, size] = -center / deviation
    bring[size, size] = 1.0
    return bring.T @ whole @ bring


@functools.cache
def load() -> tuple[Regression, Regression]:
    """For a mode that is not known, and for one that is."""
    text = resources.files("services.location").joinpath("eta.json").read_text()
    known = json.loads(text)
    return Regression(known["hidden"]), Regression(known["given"])
