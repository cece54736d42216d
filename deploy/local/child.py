"""Turns itself into a command that dies with its parent. A script: it starts in milliseconds.

    python -I -S child.py PARENT SIGNAL USER COMMAND…

PARENT is the pid whose death sends SIGNAL to the command. USER is the uid to become, or -1.

It is a program of its own because a `preexec_fn` is unsafe in a parent that has threads.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522

LOST_PARENT = 124
NO_SUCH_USER = 125
NO_SUCH_COMMAND = 126


def main(parent: int, death: int, user: int, command: list[str]) -> None:
    if user >= 0:
        _or_exit(NO_SUCH_USER, f"cannot become user {user}", lambda: become(user))
    # After the change of user, which would forget it.
    follow(parent, death)
    _or_exit(NO_SUCH_COMMAND, f"cannot run {command[0]}", lambda: os.execv(command[0], command))


def follow(parent: int, death: int) -> None:
    """Asks for `death` when the parent ends, and ends at once if it already has."""
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, death)
    if os.getppid() != parent:
        sys.exit(LOST_PARENT)


def become(user: int) -> None:
    """Becomes `user`, and where we may keeps the right to enter folders that only root may enter.

    Postgres refuses to run as root, but the checkout may lie in a folder such as /root. So the
    process changes its user and carries one capability over, into what it executes as well.
    Without SECBIT_NO_SETUID_FIXUP access(2) would ignore the capability, and Postgres asks it.
    Not every container lets us; then it simply becomes `user`.
    """
    may = _as_far_as_we_may(_prepare_to_carry)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    if may:
        _as_far_as_we_may(_carry)


def _prepare_to_carry() -> None:
    _prctl(PR_SET_KEEPCAPS, 1)
    _prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)


def _carry() -> None:
    sets = (_Sets * 2)(_Sets(*[1 << CAP_DAC_OVERRIDE] * 3))
    _call("capset", ctypes.byref(_Header(CAPABILITY_VERSION_3, 0)), sets)
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE)


def _as_far_as_we_may(action: Callable[[], object]) -> bool:
    try:
        action()
    except OSError:
        return False
    return True


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _prctl(option: int, *values: int) -> None:
    padded = [*values, 0, 0, 0, 0][:4]
    _call("prctl", option, *(ctypes.c_ulong(value) for value in padded))


def _call(function: str, *values: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*values) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _or_exit(code: int, what: str, action: Callable[[], object]) -> None:
    try:
        action()
    except OSError as error:
        print(f"{what}: {error.strerror}", file=sys.stderr)
        sys.exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
