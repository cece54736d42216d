"""A service as `python -m services.<name>` runs it, but for whom it believes: the tokens of tests.

python -m tests.bench.served NAME serve
"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import replace

from services.kit import server

KEYS = "TURNOUT_BENCH_KEYS"


def main(name: str) -> None:
    keys = os.environ[KEYS].encode()

    async def fetch() -> bytes:
        return keys

    service = importlib.import_module(f"services.{name}.__main__").SERVICE
    if name != "auth":
        service = replace(service, keys=lambda _: fetch, ask=lambda _: None)
    server.main(service)


if __name__ == "__main__":
    main(sys.argv.pop(1))
