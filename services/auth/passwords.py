"""Passwords: hashed at a cost, compared at the same cost, never kept.

What is stored is `v1$` and a bcrypt hash of base64(HMAC-SHA384(pepper, password)). The pre-hash
makes 64 characters of any password, so bcrypt's limit of 72 bytes cuts nothing off; the pepper
is not in the database, so who reads the hashes cannot even begin to guess.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import hashlib
import hmac
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import bcrypt
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from services.auth.config import MOST_COST
from services.kit import errors, log

T = TypeVar("T")

VERSION = "v1"
SHORTEST = 8
# Stored where there is no password, and nobody logs in by one.
NONE = ""
# How much less urgent hashing is than answering, from 0 to 19.
NICE = 10


class TooManyLogins(errors.Exhausted):
    message = "too many passwords wait to be checked; try again in a moment"
    retry_seconds = 2


class CommonPassword(errors.Invalid):
    """One of the passwords that everybody tries first."""


class Hasher:
    """Hashes in threads of its own, and refuses when too many wait.

    bcrypt lets go of the interpreter while it works, so the event loop goes on. Its threads step
    back where the loop wants a core: a hash takes a fifth of a second, and a call a millisecond.
    """

    def __init__(self, pepper: bytes, cost: int, *, threads: int, queue: int) -> None:
        self._pepper = pepper
        self._cost = cost
        self._threads = ThreadPoolExecutor(
            threads, thread_name_prefix="bcrypt", initializer=_step_back
        )
        self._room = threading.BoundedSemaphore(threads + queue)
        # Takes as long to compare with as a real one, and nothing hashes to it.
        self._nobody = bcrypt.gensalt(cost) + b"." * 31

    async def hash(self, password: str) -> str:
        """What to store for a password. Raises TooManyLogins."""
        hashed = await self._do(lambda: self._hash(password))
        return f"{VERSION}{hashed.decode()}"

    async def check(self, password: str, stored: str | None) -> bool:
        """Whether it is the password of `stored`; the same work for None and NONE, and never true.

        Raises TooManyLogins.
        """
        hashed = self._readable(stored)
        same = await self._do(lambda: bcrypt.checkpw(self.mark(password), hashed or self._nobody))
        return same and hashed is not None

    def stale(self, stored: str) -> bool:
        """Whether a password would be hashed otherwise today."""
        version, _, cost, _ = stored.split("$")
        return version != VERSION or int(cost) != self._cost

    def mark(self, password: str) -> bytes:
        """Stands for a password where it must not be written: the same for the same one."""
        digest = hmac.digest(self._pepper, password.encode(), hashlib.sha384)
        return base64.b64encode(digest)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _hash(self, password: str) -> bytes:
        return bcrypt.hashpw(self.mark(password), bcrypt.gensalt(self._cost))

    def _readable(self, stored: str | None) -> bytes | None:
        """The bcrypt part of what is stored; None if there is none that may be computed."""
        if stored is None or stored == NONE:
            return None
        version, _, cost, _ = stored.split("$")
        # A cost of 31, by mistake or malice, would keep a thread busy for more than a day.
        if version != VERSION or int(cost) > MOST_COST:
            log.logger.warning("stored password not computed", version=version, cost=cost)
            return None
        return stored.removeprefix(VERSION).encode()

    async def _do(self, work: Callable[[], T]) -> T:
        if not self._room.acquire(blocking=False):
            raise TooManyLogins()
        future: Future[T] = self._threads.submit(work)
        # Whatever becomes of the caller, the place is taken until the thread is done with it.
        future.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(future)


def _step_back() -> None:
    """Gives this thread less of a core that others want; Linux has a priority for each thread."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def refuse_common(password: str, field: str) -> None:
    if password.lower() in _common():
        raise CommonPassword(field, "is one of the passwords that everybody tries first")


@functools.cache
def _common() -> frozenset[str]:
    """Some ten thousand, the most frequent of several leaks, as the zxcvbn package keeps them."""
    return frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST)
