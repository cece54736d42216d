"""The provider of machines without one: a file with a line of JSON per message.

A line is on the disk before the message counts as sent, and whether a message is in the file can
always be found out, so nothing is ever sent twice.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from services.messaging.channels.provider import LOST, Claim, refuse_in_transaction
from services.messaging.dispatch.domain import Deferred, Outcome, Taken
from services.messaging.messages.domain import MESSAGES, Letter


@dataclass(frozen=True)
class Console:
    path: pathlib.Path

    @property
    def name(self) -> str:
        return "console"

    async def send(self, letter: Letter, claim: Claim) -> Outcome:
        refuse_in_transaction()
        await claim()
        try:
            await asyncio.to_thread(self._append, _line(letter))
        except OSError as error:
            return Deferred(f"{error.strerror}: {self.path.name}")
        return Taken(str(letter.name.id))

    async def find(self, letter: Letter) -> Outcome:
        refuse_in_transaction()
        found = await asyncio.to_thread(self._has, MESSAGES.format(letter.name))
        return Taken(str(letter.name.id)) if found else LOST

    def _append(self, line: bytes) -> None:
        """Writes a line, after a line end if a crash left half a line there."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(self.path) as file:
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            data = b"\n" + line if torn else line
            try:
                if os.write(file, data) < len(data):
                    raise OSError(28, "No space left on device")
                os.fsync(file)
            except OSError:
                # A line that may not last must not be found.
                os.ftruncate(file, size)
                raise

    def _has(self, message: str) -> bool:
        """Whether a whole line tells of the message."""
        mark = _mark(message)
        try:
            with self.path.open("rb") as file:
                return any(line.startswith(mark) and _is_whole(line) for line in file)
        except FileNotFoundError:
            return False


@contextmanager
def _locked(path: pathlib.Path) -> Iterator[int]:
    """The file, open to append, while no other process appends to it."""
    # What it says is good as a key.
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _line(letter: Letter) -> bytes:
    said: dict[str, Any] = {
        "message": MESSAGES.format(letter.name),
        "to": letter.address,
        "channel": letter.channel.value,
        "subject": letter.text.subject,
        "body": letter.text.body,
    }
    if letter.buttons:
        said["buttons"] = [button.title for button in letter.buttons]
    return (json.dumps(said, ensure_ascii=False) + "\n").encode()


def _mark(message: str) -> bytes:
    return f'{{"message": "{message}",'.encode()


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return line.endswith(b"\n")
