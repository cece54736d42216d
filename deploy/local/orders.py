"""What another terminal wants of the mesh that runs: parts to be started anew.

An order is a file named after the part. It is gone when it was carried out; why it was not is
left in a file beside it.
"""

from __future__ import annotations

import pathlib
import time
from collections.abc import Callable

from deploy.local import state
from deploy.local.trouble import Trouble

FAILED = ".failed"
NAP = 0.05


def forget(folder: pathlib.Path) -> None:
    """Drops what was ordered of a launcher that has ended since."""
    for file in _folder(folder).glob("*"):
        file.unlink(missing_ok=True)


def obey(folder: pathlib.Path, renew: Callable[[str], None]) -> None:
    """Carries out what was ordered so far, with `renew`."""
    for file in sorted(_folder(folder).glob("*")):
        if file.suffix == FAILED:
            continue
        try:
            renew(file.name)
        except (Trouble, OSError) as error:
            file.with_suffix(FAILED).write_text(str(error))
        file.unlink(missing_ok=True)


def give(folder: pathlib.Path, part: str) -> None:
    """Has the launcher start a part anew, and waits until it did. Raises Trouble if it cannot."""
    pid = state.holder(folder)
    if pid is None:
        raise Trouble(f"no mesh runs on {folder}")
    _folder(folder).mkdir(mode=0o700, exist_ok=True)
    file = _folder(folder) / part
    file.with_suffix(FAILED).unlink(missing_ok=True)
    file.touch()
    while file.exists():
        if state.holder(folder) != pid:
            raise Trouble("the mesh stopped before it was done")
        time.sleep(NAP)
    why = file.with_suffix(FAILED)
    if why.exists():
        raise Trouble(why.read_text())


def _folder(folder: pathlib.Path) -> pathlib.Path:
    return folder / "orders"
