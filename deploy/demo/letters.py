"""What the console provider has written, as those read it whom it is for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pathlib
import re

from deploy.demo.rest import until

_CODE = re.compile(r"\b\d{8}\b")
# On a mesh that is being hurt: a sender that is killed holds its messages for a minute.
SECONDS = 150.0


async def code(messages: pathlib.Path, address: str, seconds: float = SECONDS) -> str:
    """The code in the newest letter to an address that has one. Raises TimeoutError."""

    async def look() -> str:
        text = await asyncio.to_thread(_text, messages)
        return newest(text.splitlines(), address)

    found = await until(look, bool, seconds)
    if not found:
        raise TimeoutError(f"no code came to {address} in {seconds:g} s")
    return found


def newest(lines: list[str], address: str) -> str:
    """The code in the newest of the letters to an address; empty if there is none."""
    for line in reversed(lines):
        # A line that is being written, or was when the writer died, is no letter.
        with contextlib.suppress(ValueError):
            letter = json.loads(line)
            found = _CODE.search(letter["body"]) if letter["to"] == address else None
            if found:
                return found[0]
    return ""


def _text(file: pathlib.Path) -> str:
    return file.read_text(errors="replace") if file.exists() else ""
