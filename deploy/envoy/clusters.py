"""The services as Envoy sees them: where they are, and which of them can be called now."""

from __future__ import annotations

import ipaddress
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.envoy import parts, tls
from deploy.envoy.methods import Method
from deploy.envoy.parts import Config
from deploy.envoy.settings import Address, BadContract, Settings
from services.kit.peers import ENVOY

JWKS = "jwks"
# Has no hosts.
NOWHERE = "nowhere"
# Fewer than this share of the hosts are none of them, as long as there are not a hundred.
NOBODY_PERCENT = 1
# Of what goes on when other calls are sent away. Every stream of `Track` is one request for as long
# as somebody travels.
MOST_REQUESTS = 20_000


def clusters(settings: Settings, methods: Sequence[Method], folder: pathlib.Path) -> list[Config]:
    needed = sorted({method.cluster for method in methods})
    missing = [name for name in needed if not settings.services.get(name)]
    if missing:
        raise BadContract(f"no address is known for: {', '.join(missing)}")
    services = [
        {
            **_service(name, settings.services[name], methods, settings.under_way),
            **tls.upstream(settings.mesh_tls, name, folder),
        }
        for name in needed
    ]
    jwks = {**_jwks(settings.mesh), **tls.upstream(settings.mesh_tls, ENVOY, folder)}
    return [*services, jwks, {"name": NOWHERE, "type": "STATIC"}]


@dataclass(frozen=True)
class Patience:
    """How soon a process that does not answer is not called any more. In seconds."""

    timeout: float
    interval: float
    failures: int
    # Until the calls that it has are given up.
    ping: float
    pong: float


# A service answers in the loop in which it works, and is slow when it is busy. If there is no
# other one to call, nothing is won by not calling it.
ALONE = Patience(timeout=5, interval=2, failures=3, ping=10, pong=20)
# Where there is, it takes over within five seconds, and the calls that hang with it end in
# fifteen. When all are slow, all are called.
ONE_OF_SEVERAL = Patience(timeout=1.5, interval=1, failures=2, ping=5, pong=10)


def _service(
    name: str, endpoints: Sequence[Address], methods: Sequence[Method], under_way: int
) -> Config:
    asked = min(method.service for method in methods if method.cluster == name)
    patience = ONE_OF_SEVERAL if _several(endpoints) else ALONE
    return {
        "name": name,
        "connect_timeout": "1s",
        **where(name, endpoints),
        # Whoever watches an event is best served by the process that has its journeys.
        "lb_policy": "RING_HASH" if name == "location" else "LEAST_REQUEST",
        "typed_extension_protocol_options": parts.http_2(patience.ping, patience.pong),
        "health_checks": [
            {
                "timeout": parts.seconds(patience.timeout),
                "interval": parts.seconds(patience.interval),
                # Often while it is away, so that it is back as soon as it is back.
                "unhealthy_interval": "0.25s",
                "no_traffic_interval": "0.25s",
                "no_traffic_healthy_interval": parts.seconds(patience.interval),
                "unhealthy_threshold": patience.failures,
                "healthy_threshold": 1,
                "grpc_health_check": {"service_name": asked},
            }
        ],
        "outlier_detection": {
            "consecutive_5xx": 10,
            "consecutive_gateway_failure": 5,
            "enforcing_consecutive_gateway_failure": 100,
            "interval": "1s",
            "base_ejection_time": "3s",
            "max_ejection_percent": 50,
        },
        # With nobody healthy everybody is asked: who is slow answers late, who says that they
        # cannot serve says why, and who is gone refuses the connection at once.
        "common_lb_config": {
            "healthy_panic_threshold": {"value": NOBODY_PERCENT},
            # There are few of them, so every change counts at once; else it takes a second.
            "update_merge_window": "0s",
        },
        "circuit_breakers": {
            "thresholds": [
                # More would only wait in line, and be answered when nobody waits for them any more.
                _most("DEFAULT", under_way * len(endpoints)),
                _most("HIGH", MOST_REQUESTS),
            ]
        },
    }


def _most(priority: str, requests: int) -> Config:
    return {
        "priority": priority,
        "max_requests": requests,
        "max_pending_requests": 2048,
        "track_remaining": True,
        "retry_budget": {"budget_percent": {"value": 25}, "min_retry_concurrency": 20},
    }


def _jwks(mesh: Address) -> Config:
    """The way to our own mesh listener, by which the edge reads the keys of auth."""
    return {
        "name": JWKS,
        "connect_timeout": "1s",
        **where(JWKS, [mesh]),
        "typed_extension_protocol_options": parts.http_2(),
    }


def _several(endpoints: Sequence[Address]) -> bool:
    """Whether there may be somebody else to call; a name in DNS has as many addresses as pods."""
    return len(endpoints) > 1 or not all(_is_ip(host) for host, _ in endpoints)


def where(name: str, endpoints: Sequence[Address]) -> Config:
    fixed = all(_is_ip(host) for host, _ in endpoints)
    hosts = [{"endpoint": {"address": parts.address(endpoint)}} for endpoint in endpoints]
    return {
        "type": "STATIC" if fixed else "STRICT_DNS",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}]},
    }


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
