"""The live table in the terminal: who, state, distance, ETA, lateness."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from deploy.demo.rest import Json

ROWS = 24
COLORS = {"READY": "dim", "UNDER_WAY": "cyan", "ARRIVED": "green", "EXPIRED": "yellow"}


@dataclass
class Screen:
    """What the organizer sees: the newest word on each traveler."""

    console: Console
    rate: float
    names: dict[str, str] = field(default_factory=dict)
    travelers: dict[str, Json] = field(default_factory=dict)
    frames: int = 0

    def live(self) -> Live:
        return Live(
            console=self.console, get_renderable=self.render, refresh_per_second=4, transient=True
        )

    def show(self, frame: Json) -> None:
        self.frames += 1
        for traveler in frame.get("travelers", []):
            self.travelers[traveler["journey"]] = traveler

    def render(self) -> RenderableType:
        table = Table(expand=False, title=self._title())
        for heading in ("who", "state", "distance", "ETA", "lateness"):
            table.add_column(heading, justify="left" if heading in ("who", "state") else "right")
        for traveler in sorted(self.travelers.values(), key=_nearest)[:ROWS]:
            table.add_row(*self._row(traveler))
        left_out = len(self.travelers) - ROWS
        note = Text(f"… and {left_out} more", style="dim") if left_out > 0 else Text("")
        return Group(table, note)

    def _title(self) -> str:
        counts = Counter(_state(t) for t in self.travelers.values())
        counted = ", ".join(f"{n} {state.lower()}" for state, n in sorted(counts.items()))
        return f"arrivals, {self.rate:g}× life: {counted or 'nobody yet'}"

    def _row(self, traveler: Json) -> tuple[str | Text, ...]:
        arrival, state = traveler.get("arrival", {}), _state(traveler)
        who = self.names.get(traveler.get("traveler", ""), "?")
        style = COLORS.get(state, "")
        away = f"{arrival['distanceMeters'] / 1000:.2f} km" if "distanceMeters" in arrival else ""
        late = float(arrival.get("lateness", "0s").removesuffix("s")) * self.rate
        lateness = f"{late / 60:+.1f} min" if arrival else ""
        return (
            who,
            Text(state.lower().replace("_", " "), style=style),
            away,
            self._eta(traveler),
            lateness,
        )

    def _eta(self, traveler: Json) -> str:
        when = traveler.get("arrival", {}).get("p50Time")
        if not when:
            return ""
        if _state(traveler) == "ARRIVED":
            return "there"
        at = datetime.fromisoformat(when).timestamp()
        return f"in {max(0.0, at - time.time()) * self.rate / 60:.1f} min"


def _state(traveler: Json) -> str:
    return str(traveler.get("state", "STATE_READY")).removeprefix("STATE_")


def _nearest(traveler: Json) -> tuple[bool, float]:
    return _state(traveler) == "ARRIVED", traveler.get("arrival", {}).get("distanceMeters", 1e9)
