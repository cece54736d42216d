"""Starts parts, and starts them again when they end."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from deploy.local.part import Part, Successive, how
from deploy.local.process import Process
from deploy.local.trouble import Trouble

T = TypeVar("T")

TICK = 0.05
# How often there is time for a chore, in seconds.
CHORE = 10.0
# The first restart comes at once: most crashes are single ones.
DELAYS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
# A part that held out this long starts again with the first delay.
CALM = 30.0

STARTING, UP, WAITING = "starting", "up", "restarting"


@dataclass
class Kept:
    """A part under watch. `moment` is when it was started, or when it is due to be."""

    part: Part
    state: str
    moment: float
    crashes: int = 0


class Keeper:
    """One thread that starts every process and looks after it.

    Linux takes the end of the thread that started a process for the death of its parent, so no
    caller's thread may start one. The thread never waits for a part longer than one look takes.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        changed: Callable[[], None],
        chore: Callable[[], object] = lambda: None,
    ) -> None:
        """`chore` is done now and then; it takes no time while there is nothing to do."""
        self._say = say
        self._changed = changed
        self._chore, self._next_chore = chore, time.monotonic() + CHORE
        self._kept: dict[str, Kept] = {}
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def launch(self, part: Part) -> None:
        """Starts a part; from `keep` on it is watched."""
        self._order(part.launch)

    def succeed(self, part: Successive) -> Process:
        """Starts another process of a part beside its own; gives the older one."""
        return self._order(part.succeed)

    def keep(self, part: Part) -> None:
        """Watches a part that is up."""
        self._order(lambda: self._kept.update({part.name: Kept(part, UP, time.monotonic())}))

    def leave(self, name: str) -> None:
        """Watches it no longer."""
        self._order(lambda: self._kept.pop(name, None))

    def leave_all(self) -> None:
        self._order(self._kept.clear)

    def state(self, name: str) -> str:
        kept = self._kept.get(name)
        return kept.state if kept else STARTING

    def close(self) -> None:
        """Ends the thread, after every process has ended."""
        self._ending.set()
        self._thread.join()

    def _order(self, what: Callable[[], T]) -> T:
        done: Future[T] = Future()

        def carry_out() -> None:
            try:
                done.set_result(what())
            except BaseException as error:  # noqa: BLE001 - the caller gets it
                done.set_exception(error)

        self._orders.put(carry_out)
        return done.result()

    def _run(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(queue.Empty):
                self._orders.get(timeout=TICK)()
            for kept in list(self._kept.values()):
                try:
                    self._look(kept)
                except Exception as error:  # noqa: BLE001 - who looks after all must not fall
                    self._say(f"cannot look after {kept.part.name}: {error!r}")
                    time.sleep(1)
            self._do_chore()

    def _do_chore(self) -> None:
        if time.monotonic() < self._next_chore:
            return
        self._next_chore = time.monotonic() + CHORE
        try:
            self._chore()
        except Exception as error:  # noqa: BLE001 - the next time comes
            self._say(f"cannot do a chore: {error!r}")

    def _look(self, kept: Kept) -> None:
        now = time.monotonic()
        before = kept.state
        if kept.state == WAITING:
            if now >= kept.moment:
                self._again(kept, now)
        elif kept.part.code is not None:
            self._ended(kept, now, f"ended ({how(kept.part.code)})")
        elif kept.state == STARTING:
            self._await(kept, now)
        elif kept.crashes and now - kept.moment > CALM:
            kept.crashes = 0
        if kept.state != before:
            self._changed()

    def _ended(self, kept: Kept, now: float, why: str) -> None:
        delay = DELAYS[min(kept.crashes, len(DELAYS) - 1)]
        kept.state, kept.moment, kept.crashes = WAITING, now + delay, kept.crashes + 1
        when = f"in {delay:g} s" if delay else "now"
        self._say(f"{kept.part.name} {why}; it starts again {when}, its log is {kept.part.log}")

    def _again(self, kept: Kept, now: float) -> None:
        try:
            kept.part.launch()
            kept.state, kept.moment = STARTING, now
        except (Trouble, OSError) as error:
            self._ended(kept, now, f"cannot be started: {error}")

    def _await(self, kept: Kept, now: float) -> None:
        if kept.part.ready():
            self._say(f"{kept.part.name} is back after {now - kept.moment:.1f} s")
            kept.state, kept.moment = UP, now
        elif now - kept.moment > kept.part.patience:
            kept.part.stop(grace=0)
            self._ended(kept, now, f"did not come up in {kept.part.patience:.0f} s")
