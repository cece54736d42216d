"""How a container starts, where Postgres is one server that the mesh did not start itself.

    python -m deploy.start databases        makes databases and roles, and migrates them; a job
    python -m deploy.start SERVICE VERB     one service: serve, work or run
    python -m deploy.start envoy            the edge and the mesh
    python -m deploy.start certificates     signs those of everybody into a folder, and renews them

`TURNOUT_POSTGRES` is the address of the server, without user, password and database but with
what the connection wants, such as `?sslmode=verify-full&sslrootcert=…`. Each role has a password
that follows from TURNOUT_SECRET, so nobody has to keep thirteen of them. Only the job is told
`TURNOUT_DATABASE_URL`, an administrator's.

`TURNOUT_TLS_DIR` is where a service, or Envoy, finds what it proves with who it is; nothing
starts without it. Kubernetes mounts a Secret there; elsewhere `certificates` fills it.
"""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

from deploy import envoy
from deploy.local import state
from deploy.local.databases import password
from deploy.local.settings import LOOPBACK, PORTS, SERVICES

EVERYWHERE = "0.0.0.0"  # noqa: S104 - a container has nobody else in it
# Where every service tells in the clear whether it is healthy: Kubernetes has no certificate.
PROBES = 9050
# How often it is looked whose certificate is due, in seconds.
LOOK = 60.0


def main(words: Sequence[str], env: Mapping[str, str]) -> None:
    match words:
        case ["databases"]:
            urls = str(pathlib.Path(tempfile.mkdtemp()) / "urls.json")
            _become([sys.executable, "-m", "deploy.local.databases", urls, *SERVICES], env)
        case ["envoy"]:
            _become(*_envoy(env))
        case ["certificates"]:
            _certify(env)
        case [service, verb] if service in SERVICES:
            _needed(env, "TURNOUT_TLS_DIR")
            own = {"TURNOUT_DATABASE_URL": database_url(service, env), **listening(service)}
            _become([sys.executable, "-m", f"services.{service}", verb], {**own, **env})
        case _:
            sys.exit(
                "usage: python -m deploy.start databases | envoy | certificates | SERVICE VERB"
            )


def database_url(service: str, env: Mapping[str, str]) -> str:
    """Where the lesser role of a service finds its database."""
    from services.kit.migrate import url  # noqa: PLC0415 - not for Envoy

    role = f"turnout_{service}"
    secret = password(_needed(env, "TURNOUT_SECRET"), role)
    return url(_needed(env, "TURNOUT_POSTGRES"), database=role, user=role, password=secret)


def listening(service: str) -> dict[str, str]:
    return {
        "TURNOUT_LISTEN": f"{EVERYWHERE}:{PORTS[service]}",
        "TURNOUT_METRICS": f"{EVERYWHERE}:{PORTS[f'{service}_metrics']}",
        "TURNOUT_PROBES": f"{EVERYWHERE}:{PROBES}",
        # Envoy sends who asks what the mesh offers to auth.
        **({"TURNOUT_REFLECT": "all"} if service == "auth" else {}),
    }


def _envoy(env: Mapping[str, str]) -> tuple[list[str], Mapping[str, str]]:
    """Every service is at a name of its own, which DNS knows."""
    tls = None
    if certificate := env.get("TURNOUT_EDGE_CERTIFICATE"):
        key = pathlib.Path(_needed(env, "TURNOUT_EDGE_KEY"))
        tls = envoy.Tls(pathlib.Path(certificate), key)
    settings = envoy.Settings(
        edge=(EVERYWHERE, PORTS["edge"]),
        mesh=(EVERYWHERE, PORTS["mesh"]),
        admin=(LOOPBACK, PORTS["admin"]),
        services={name: [(name, PORTS[name])] for name in SERVICES},
        tls=tls,
        trusted_hops=int(env.get("TURNOUT_TRUSTED_HOPS") or 0),
        mesh_tls=envoy.Mesh(pathlib.Path(_needed(env, "TURNOUT_TLS_DIR")), _domain(env)),
        under_way=envoy.limited(env),
        **envoy.traced(env),
    )
    folder = pathlib.Path(tempfile.mkdtemp())
    for path, text in envoy.files(settings, folder).items():
        state.write_private(path, text)
    words = [str(envoy.binary()), "-c", str(folder / "envoy.json"), *envoy.options(settings)]
    return words, {"PATH": os.defpath}


def _certify(env: Mapping[str, str]) -> None:
    """Stays, for certificates are good for a day only."""
    from deploy.local.authority import Authority  # noqa: PLC0415 - not for everybody

    authority = Authority(pathlib.Path(_needed(env, "TURNOUT_TLS_DIR")), _domain(env))
    while True:
        if renewed := authority.renew():
            print(f"gave certificates to {', '.join(renewed)}", flush=True)
        time.sleep(LOOK)


def _domain(env: Mapping[str, str]) -> str:
    return env.get("TURNOUT_TRUST_DOMAIN") or "turnout"


def _needed(env: Mapping[str, str], name: str) -> str:
    if not (value := env.get(name)):
        sys.exit(f"{name} is not set")
    return value


def _become(words: Sequence[str], env: Mapping[str, str]) -> None:
    """Puts the program in the place of this one, so that signals reach it."""
    os.execve(words[0], list(words), dict(env))


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
