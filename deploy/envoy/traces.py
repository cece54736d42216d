"""What Envoy tells a collector of OpenTelemetry: a span for each request, and one for each try."""

from __future__ import annotations

import urllib.parse

import certifi

from deploy.envoy import clusters, parts
from deploy.envoy.parts import Config
from deploy.envoy.settings import BadContract, Settings

COLLECTOR = "otlp"
PATH = "/v1/traces"
PORTS = {"http": 80, "https": 443}
SAMPLERS = "extensions.tracers.opentelemetry.samplers.v3"
MILLION = 1_000_000
NOBODY = {"numerator": 0}


def tracing(settings: Settings, name: str) -> Config:
    """What a door says of requests to the collector, if there is one; `name` is the door's.

    The trace of the caller goes on, and what comes from services is a part of ours. Envoy
    would tell the whole URL, and tokens travel in some: only the path is told.
    """
    if not settings.otlp:
        return {}
    uri = {"uri": settings.otlp.rstrip("/") + PATH, "cluster": COLLECTOR, "timeout": "5s"}
    tracer = parts.extension(
        "envoy.tracers.opentelemetry",
        "config.trace.v3.OpenTelemetryConfig",
        service_name=name,
        http_service={"http_uri": uri},
        sampler=_sampler(settings.sampled),
    )
    said = {
        "url.path": "%PATH(NQ:ORIG_OR_PATH)%",
        "turnout.request_id": "%REQ(X-REQUEST-ID)%",
    }
    return {
        "tracing": {
            "provider": tracer,
            "spawn_upstream_span": True,
            # The method, by whatever way it was called; "ingress" of what came to no route.
            "operation": "%ROUTE_NAME%",
            "upstream_operation": "%ROUTE_NAME%",
            # The shortest there is: a slash.
            "max_path_tag_length": 1,
            "custom_tags": [{"tag": key, "value": value} for key, value in said.items()],
        }
    }


def _sampler(share: float) -> Config:
    """Takes a share of the traces that begin here, and of others those that began so."""
    of_ours = parts.extension(
        "envoy.tracers.opentelemetry.samplers.trace_id_ratio_based",
        f"{SAMPLERS}.TraceIdRatioBasedSamplerConfig",
        sampling_percentage={"numerator": round(MILLION * share), "denominator": "MILLION"},
    )
    return parts.extension(
        "envoy.tracers.opentelemetry.samplers.parent_based",
        f"{SAMPLERS}.ParentBasedSamplerConfig",
        wrapped_sampler=of_ours,
    )


def unseen(settings: Settings) -> Config:
    """Keeps a route out of all traces: what a load balancer asks every second."""
    never = dict.fromkeys(("client_sampling", "random_sampling", "overall_sampling"), NOBODY)
    return {"tracing": never} if settings.otlp else {}


def collector(settings: Settings) -> list[Config]:
    """Where it is."""
    if not settings.otlp:
        return []
    url = urllib.parse.urlsplit(settings.otlp)
    if url.hostname is None or url.scheme not in PORTS:
        raise BadContract(f"no collector is at {settings.otlp}")
    where = (url.hostname, url.port or PORTS[url.scheme])
    found: Config = {
        "name": COLLECTOR,
        "connect_timeout": "1s",
        **clusters.where(COLLECTOR, [where]),
    }
    if url.scheme == "https":
        found["transport_socket"] = _trusting(url.hostname)
    return [found]


def _trusting(host: str) -> Config:
    return parts.extension(
        "envoy.transport_sockets.tls",
        "extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        sni=host,
        auto_sni_san_validation=True,
        common_tls_context={"validation_context": {"trusted_ca": {"filename": certifi.where()}}},
    )
