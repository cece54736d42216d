"""What one does with the mesh on this machine: run, stop, status, restart, migrate and so on."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

from deploy.local import folders, orders, process, state, status
from deploy.local.authority import Authority
from deploy.local.job import Migration
from deploy.local.mesh import Interrupted, Mesh
from deploy.local.part import start
from deploy.local.service import Service
from deploy.local.settings import ROOT, SERVICES, Settings
from deploy.local.stores import postgres_of, stores
from deploy.local.trouble import Trouble
from services.kit.peers import ENVOY

BUILT = (
    "build",
    "dist",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".import_linter_cache",
)
# The launcher ends within ten seconds; a little more before we do it for him.
STOPPED = 15.0


def main(words: list[str]) -> None:
    verbs = {"run": run, "stop": stop, "status": show, "clean": clean}
    several = {"migrate": migrate, "restart": restart, "rotate": rotate}
    verb, *rest = words or [""]
    settings = Settings.from_env(os.environ)
    if verb in several:
        several[verb](settings, rest)
    elif verb in verbs:
        verbs[verb](settings)
    else:
        raise Trouble(
            f"usage: python -m deploy.local {'|'.join(verbs)}"
            "|migrate [SERVICE…]|restart [SERVICE…]|rotate [KEY]"
        )


def plainly(action: Callable[[], None]) -> None:
    """Tells trouble in the words of the user, not in those of Python."""
    try:
        action()
    except Trouble as trouble:
        sys.exit(f"turnout: {trouble}")
    except PermissionError as error:
        sys.exit(f"turnout: you may not use {error.filename}; see who owns it")
    except OSError as error:
        sys.exit(f"turnout: {error}")


def run(settings: Settings) -> None:
    """Starts the mesh and stays until Ctrl-C."""
    mesh = Mesh(settings, say)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        mesh.interrupt()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    say(f"state in {settings.state}")
    with contextlib.suppress(Interrupted):
        mesh.run(lambda: say(addresses(settings)))
    say("stopped")


def addresses(settings: Settings) -> str:
    others = range(2, settings.hosts + 1)
    lines = {
        "REST, gRPC, gRPC-Web": settings.edge_url,
        "console": f"{settings.edge_url}/console/",
        "Envoy's admin": f"http://{settings.address('admin')}",
        **{name: f"{settings.address(name)} (gRPC, past Envoy)" for name in SERVICES},
        **{f"host {n}": f"http://{settings.address('edge', n)}" for n in others},
        "messages sent": str(settings.messages),
        **_play_money(settings),
        "first administrator": f"made with {settings.state / 'bootstrap'} (README.md)",
        "logs": str(settings.logs),
    }
    listed = "\n".join(f"  {name:<21} {where}" for name, where in lines.items())
    return f"\n{listed}\n\nCtrl-C stops it, `make status` shows it"


def _play_money(settings: Settings) -> dict[str, str]:
    """Who takes the money of organizations without an account, if that is nobody's real money."""
    provider = settings.env.get("TURNOUT_PAYMENT_PROVIDER") or "sandbox"
    said = "PLAY MONEY, by the sandbox; TURNOUT_PAYMENT_PROVIDER=offline takes none"
    return {"payments": said} if provider == "sandbox" else {}


def stop(settings: Settings) -> None:
    """Stops the mesh of another terminal, or what is left of one that was killed."""
    pid = state.holder(settings.state)
    if pid is None:
        left = [file for file in (settings.state / "run").glob("*.pid") if _cleared(file)]
        say(f"ended {len(left)} left over" if left else "no mesh runs here")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOPPED
    while state.holder(settings.state) == pid and time.monotonic() < deadline:
        time.sleep(0.05)
    if state.holder(settings.state) == pid:
        os.kill(pid, signal.SIGKILL)
        raise Trouble(f"the launcher (pid {pid}) did not end in {STOPPED:g} s and was killed")
    say("stopped")


def show(settings: Settings) -> None:
    """Prints the table; the exit code says whether a mesh runs."""
    found = status.rows(settings)
    if not found:
        raise Trouble(f"no mesh runs on {settings.state}")
    say(status.table(found))


def restart(settings: Settings, services: list[str]) -> None:
    """Starts services of the running mesh anew, one after the other; all if none is named.

    Envoy is one as well if it is named. Who calls them meanwhile is not to notice.
    """
    for name in _named(services, (*SERVICES, ENVOY)) if services else SERVICES:
        orders.give(settings.state, name)
        say(f"{name} was started anew")


def _named(services: list[str], known: Sequence[str] = SERVICES) -> Sequence[str]:
    if unknown := sorted(set(services) - set(known)):
        raise Trouble(f"SERVICE must be one of {', '.join(known)}, not {unknown[0]}")
    return services or SERVICES


def migrate(settings: Settings, services: list[str]) -> None:
    """Migrates the databases of some services; all of them if none is named."""
    names = _named(services)
    with contextlib.ExitStack() as after:
        if state.holder(settings.state) is None:
            after.enter_context(state.held(settings.state))
            if settings.database_url is None:
                postgres = postgres_of(settings)
                postgres.start()
                after.callback(postgres.stop)
        # Redis has nothing to migrate, so it need not run.
        job = Migration(settings, dataclasses.replace(stores(settings), redis_url=""), names)
        after.callback(job.stop)
        start(job)
        say(process.tail(job.log, len(names)))


def rotate(settings: Settings, keys: list[str]) -> None:
    """Draws another key: for the `credentials` of organizations, or for `signing` tokens.

    Or gives everybody in the mesh another of the `certificates`.
    """
    match keys:
        case [] | ["credentials"]:
            say(_rotate_credentials(settings))
        case ["signing"]:
            say(_rotate_signing(settings))
        case ["certificates"]:
            renewed = Authority(settings.tls, settings.trust_domain).renew(early=True)
            say(f"gave new certificates to {', '.join(renewed)}")
        case _:
            known = "credentials, signing or certificates"
            raise Trouble(f"KEY must be {known}, not {' '.join(keys)}")


def _rotate_credentials(settings: Settings) -> str:
    """Draws a key that secrets of organizations are sealed with from then on.

    A mesh that runs would not know it; so none may.
    """
    if settings.env.get("TURNOUT_VAULT_KEYS"):
        raise Trouble("TURNOUT_VAULT_KEYS names the keys; put the new one first there")
    with state.held(settings.state):
        id = state.add_to_vault(settings.state)
    return f"drew the key {id}; after the next start everything is sealed with it"


def _rotate_signing(settings: Settings) -> str:
    """Has a mesh that runs publish the next key that access tokens are signed with."""
    if state.holder(settings.state) is None:
        raise Trouble(f"no mesh runs on {settings.state}")
    kept = stores(settings)
    return Service("auth", settings, kept.secret, kept.redis_url).has_done("rotate")


def _cleared(pid_file: pathlib.Path) -> bool:
    ending = signal.SIGINT if pid_file.stem == "postgres" else signal.SIGTERM
    return process.clear(pid_file, ending)


def clean(settings: Settings) -> None:
    """Forgets everything that the mesh kept and that was built."""
    if (pid := state.holder(settings.state)) is not None:
        raise Trouble(f"a mesh runs on {settings.state} (pid {pid}); `make stop` stops it")
    for store in ("postgres", "redis"):
        folders.forget(settings.state / store)
    shutil.rmtree(settings.state, ignore_errors=True)
    for name in BUILT:
        shutil.rmtree(ROOT / name, ignore_errors=True)


def say(line: str) -> None:
    """Prints; a terminal that has gone is no reason to leave the mesh in disorder."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


if __name__ == "__main__":
    plainly(lambda: main(sys.argv[1:]))
