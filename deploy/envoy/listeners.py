"""The two doors: the edge, which is public, and the mesh, by which services reach each other."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence
from typing import Any

from google.rpc import status_pb2

from deploy.envoy import clusters, parts, replies, routes, schema, tls, traces
from deploy.envoy.methods import Method
from deploy.envoy.parts import TRANSCODER, Config
from deploy.envoy.settings import ROOT, Settings
from services.kit.peers import ENVOY

LUA = ROOT / "envoy" / "lua"
ISSUER = "https://turnout.app"
AUDIENCE = "turnout"
MANAGER = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"

# What a slow reader may leave with us: more, and the service has to wait.
CONNECTION_BUFFER = 128 << 10
MOST_ANSWER = 8 << 20

# The reasons are those of `turnout.access.v1.ErrorReason`, as a service would give them.
SERVICE_ONLY = "is for services, and taken inside the mesh only"
REFUSALS = {
    "service": replies.refusal(
        "TOKEN_INVALID", f"the credential {SERVICE_ONLY}", problem=SERVICE_ONLY
    ),
    "expired": replies.refusal("TOKEN_EXPIRED", "the token has expired; get another one"),
    "refused": replies.refusal(
        "TOKEN_INVALID", "the credential is no token of ours", problem="is no token of ours"
    ),
}


def edge(settings: Settings, methods: Sequence[Method], folder: pathlib.Path) -> Config:
    chain: Config = {"filters": [_edge_manager(settings, methods)]}
    if settings.tls is not None:
        chain["transport_socket"] = tls.edge(folder)
    return {
        "name": "edge",
        "address": parts.address(settings.edge),
        "per_connection_buffer_limit_bytes": CONNECTION_BUFFER,
        "filter_chains": [chain],
    }


def mesh(settings: Settings, methods: Sequence[Method], folder: pathlib.Path) -> Config:
    transcoder = _transcoder(settings, [routes.jwks_service(methods)])
    manager = parts.extension(
        "envoy.filters.network.http_connection_manager",
        MANAGER,
        stat_prefix="mesh",
        route_config=routes.mesh(methods),
        http_filters=[{"name": TRANSCODER, "typed_config": transcoder}, _grpc_stats(), _router()],
        stream_idle_timeout="0s",
        server_header_transformation="PASS_THROUGH",
        **traces.tracing(settings, "mesh"),
        # Services are told whose certificate was shown here, whatever a caller says of itself.
        forward_client_cert_details="SANITIZE_SET",
        set_current_client_cert_details={"uri": True},
        **_limits(),
    )
    chain: Config = {"filters": [manager]}
    if settings.mesh_tls is not None:
        # Envoy itself asks here for the keys of auth.
        callers = [*sorted({method.cluster for method in methods}), ENVOY]
        chain["transport_socket"] = tls.mesh(settings.mesh_tls, callers, folder)
    return {
        "name": "mesh",
        "address": parts.address(settings.mesh),
        "filter_chains": [chain],
    }


def _edge_manager(settings: Settings, methods: Sequence[Method]) -> Config:
    services = sorted({method.service for method in methods})
    sse = {"stream_newline_delimited": True, "stream_sse_style_delimited": True}
    table = routes.edge(
        settings,
        methods,
        sse=_transcoder(settings, services, print_options=sse),
        lenient=_transcoder(settings, services, strict=False),
    )
    return parts.extension(
        "envoy.filters.network.http_connection_manager",
        MANAGER,
        stat_prefix="edge",
        route_config=table,
        http_filters=_edge_filters(settings, methods, services),
        use_remote_address=True,
        xff_num_trusted_hops=settings.trusted_hops,
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="KEEP_UNCHANGED",
        server_header_transformation="PASS_THROUGH",
        generate_request_id=True,
        always_set_request_id_in_response=True,
        stream_idle_timeout="300s",
        access_log=[_access_log(settings)],
        local_reply_config=replies.local_replies(),
        early_header_mutation_extensions=[_strip()],
        # Nobody says out here whose certificate they showed elsewhere.
        forward_client_cert_details="SANITIZE",
        # A 400 of ours is no reason to hang up: the body was read, and what follows is clear.
        http_protocol_options={"override_stream_error_on_invalid_http_message": True},
        **traces.tracing(settings, "edge"),
        **_limits(),
    )


def _limits() -> Config:
    return {
        # A service takes 16 KiB, with what we add.
        "max_request_headers_kb": 12,
        "request_headers_timeout": "10s",
        "common_http_protocol_options": {
            "idle_timeout": "3600s",
            "max_headers_count": 100,
            "headers_with_underscores_action": "DROP_HEADER",
        },
        "http2_protocol_options": {
            "max_concurrent_streams": 1000,
            "initial_stream_window_size": 1 << 16,
            "initial_connection_window_size": 1 << 20,
            "connection_keepalive": {"interval": "30s", "timeout": parts.ANSWERED_PING},
        },
    }


def _edge_filters(
    settings: Settings, methods: Sequence[Method], services: Sequence[str]
) -> list[Config]:
    """In the order in which a request meets them; an answer meets them from the end."""
    return [
        _compressor(),
        _not_modified(),
        parts.http_filter("cors", "Cors"),
        _readiness(methods),
        # Before the scripts, so that what they refuse reaches a gRPC-Web caller as gRPC.
        parts.http_filter("grpc_web", "GrpcWeb"),
        _lua("edge", _edge_script(methods)),
        {"name": TRANSCODER, "typed_config": _transcoder(settings, services)},
        # Behind the transcoder, where every request is gRPC.
        _jwt(),
        _lua("token", _token_script()),
        _grpc_status(),
        _grpc_stats(),
        _router(),
    ]


def _transcoder(
    settings: Settings,
    services: Sequence[str],
    *,
    print_options: Config | None = None,
    strict: bool = True,
) -> Config:
    return parts.typed(
        "extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
        proto_descriptor=str(settings.descriptors),
        services=list(services),
        convert_grpc_status=True,
        print_options=print_options or {"stream_newline_delimited": True},
        max_request_body_size=routes.MOST_BODY,
        max_response_body_size=MOST_ANSWER,
        # As forms and URLSearchParams write a space.
        query_param_unescape_plus=True,
        ignore_unknown_query_parameters=not strict,
        request_validation_options={
            "reject_unknown_method": True,
            "reject_unknown_query_parameters": strict,
            "reject_binding_body_field_collisions": True,
        },
    )


def _compressor() -> Config:
    kinds = ["application/json", "image/svg+xml", "text/calendar", "text/css"]
    kinds += ["text/html", "text/javascript"]
    return parts.http_filter(
        "compressor",
        "Compressor",
        response_direction_config={
            "common_config": {
                "min_content_length": 1024,
                "content_type_matcher": [{"prefix": kind} for kind in kinds],
            }
        },
        compressor_library=parts.extension(
            "gzip", "extensions.compression.gzip.compressor.v3.Gzip"
        ),
    )


def _not_modified() -> Config:
    """Makes an answer that says `x-turnout-not-modified` a 304, with nothing behind it.

    A script could change the status, but not keep what follows of the answer from a connection
    that expects the next one there. Who speaks gRPC reads the header itself.
    """
    said = _header_matches("x-turnout-not-modified", {"exact": "1"})
    grpc = _header_matches("content-type", {"prefix": "application/grpc"})
    # By then the headers are those of the 304, so a script has put these aside.
    names = ("etag", "cache-control")
    kept = [parts.header(name, f"%DYNAMIC_METADATA(turnout.kept:{name})%") for name in names]
    policy = parts.extension(
        "turnout.not_modified",
        "extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy",
        status_code=304,
        response_headers_to_add=kept,
    )
    both = {"and_matcher": {"predicate": [said, {"not_matcher": grpc}]}}
    matchers = [{"predicate": both, "on_match": {"action": policy}}]
    return parts.http_filter(
        "custom_response",
        "CustomResponse",
        custom_response_matcher={"matcher_list": {"matchers": matchers}},
    )


def _header_matches(name: str, value: Config) -> Config:
    header = parts.extension(
        "header", "type.matcher.v3.HttpResponseHeaderMatchInput", header_name=name
    )
    return {"single_predicate": {"input": header, "value_match": value}}


def _readiness(methods: Sequence[Method]) -> Config:
    """Answers `/health/ready`: whether every service has somebody who can be called."""
    needed = {method.cluster: {"value": 1} for method in methods}
    return parts.http_filter(
        "health_check",
        "HealthCheck",
        pass_through_mode=False,
        cluster_min_healthy_percentages=needed,
        headers=[{"name": ":path", "string_match": {"exact": "/health/ready"}}],
    )


def _lua(name: str, source: str) -> Config:
    return {
        "name": f"turnout.{name}",
        "typed_config": parts.typed(
            "extensions.filters.http.lua.v3.Lua",
            default_source_code={"inline_string": source},
            clear_route_cache=False,
        ),
    }


def _edge_script(methods: Sequence[Method]) -> str:
    rules, scanner, door = (_script(name) for name in ("contract", "json", "edge"))
    return "\n".join([rules, scanner, schema.lua(methods), _refusals(), door])


def _token_script() -> str:
    return _refusals() + _script("token")


def _refusals() -> str:
    rows = [_refusal(key, status) for key, status in REFUSALS.items()]
    return "\n".join(["local REFUSALS = {", *rows, "}\n"])


def _refusal(key: str, status: status_pb2.Status) -> str:
    row = {
        "message": status.message,
        "json": replies.as_json(status),
        "details": replies.as_header(status),
    }
    fields = ", ".join(f"{name} = {json.dumps(value)}" for name, value in row.items())
    return f"  {key} = {{ {fields} }},"


def _script(name: str) -> str:
    return (LUA / f"{name}.lua").read_text()


def _jwt() -> Config:
    """Verifies what says it is an access token of ours.

    Who may call what is the business of the services, which verify again. A bad token is
    only noted here, and refused by envoy/lua/token.lua: not every failure is the caller's.
    """
    keys = {
        "http_uri": {
            "uri": f"http://{clusters.JWKS}{routes.JWKS_PATH}",
            "cluster": clusters.JWKS,
            "timeout": "2s",
        },
        "cache_duration": "10s",
        # Nobody waits for auth to be up, and a failed try is made up for within a second.
        "async_fetch": {"fast_listener": True, "failed_refetch_duration": "1s"},
    }
    provider = {
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "require_expiration": True,
        "clock_skew_seconds": 5,
        "forward": True,
        "from_headers": [{"name": "authorization", "value_prefix": "Bearer "}],
        "remote_jwks": keys,
        "jwt_cache_config": {"jwt_cache_size": 1000},
        "failed_status_in_metadata": "failure",
    }
    return parts.http_filter(
        "jwt_authn",
        "JwtAuthentication",
        bypass_cors_preflight=True,
        providers={"turnout": provider},
        rules=[
            {
                "match": {"prefix": "/"},
                "requires": {
                    "requires_any": {
                        "requirements": [
                            {"provider_name": "turnout"},
                            {"allow_missing_or_failed": {}},
                        ]
                    }
                },
            }
        ],
    )


def _grpc_status() -> Config:
    """Notes the status of an error before it becomes JSON, for the access log."""
    noted = {"metadata_namespace": replies.ANSWERED, "key": "code", "type": "NUMBER"}
    return parts.http_filter(
        "header_to_metadata",
        "Config",
        response_rules=[{"header": "grpc-status", "on_header_present": noted}],
    )


def _grpc_stats() -> Config:
    return parts.http_filter(
        "grpc_stats",
        "FilterConfig",
        stats_for_all_methods=True,
        enable_upstream_stats=True,
        replace_dots_in_grpc_service_name=True,
    )


def _router() -> Config:
    return parts.http_filter("router", "Router")


def _strip() -> Config:
    """Takes away what only we may say of a request."""
    return parts.extension(
        "turnout.strip",
        "extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        mutations=[
            {"remove_on_match": {"key_matcher": {"prefix": prefix}}}
            for prefix in ("x-envoy-", "x-internal", "x-jwt-", "x-turnout-")
        ],
    )


def _access_log(settings: Settings) -> Config:
    """One JSON line per request. No query anywhere: tokens travel in some."""
    status = {
        "operators": [
            {"command": "DYNAMIC_METADATA", "param": f"{replies.ANSWERED}:code"},
            {"command": "GRPC_STATUS_NUMBER"},
        ]
    }
    line = {
        "time": "%START_TIME%",
        "request_id": "%REQ(X-REQUEST-ID)%",
        "traceparent": "%REQ(TRACEPARENT)%",
        "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
        "protocol": "%PROTOCOL%",
        "method": "%REQ(X-ENVOY-ORIGINAL-METHOD?:METHOD)%",
        "path": "%PATH(NQ:ORIG_OR_PATH)%",
        "rpc": "%ROUTE_NAME%",
        "status": "%RESPONSE_CODE%",
        "grpc": f"%COALESCE({json.dumps(status)})%",
        "flags": "%RESPONSE_FLAGS%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "received": "%BYTES_RECEIVED%",
        "sent": "%BYTES_SENT%",
        "ms": "%DURATION%",
        "upstream_ms": "%RESPONSE_DURATION%",
        "upstream": "%UPSTREAM_HOST%",
        "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        "agent": "%REQ(USER-AGENT)%",
    }
    shape: dict[str, Any] = {"log_format": {"json_format": line}}
    if settings.access_log is None:
        kind = "extensions.access_loggers.stream.v3.StdoutAccessLog"
        return parts.extension("envoy.access_loggers.stdout", kind, **shape)
    return parts.extension(
        "envoy.access_loggers.file",
        "extensions.access_loggers.file.v3.FileAccessLog",
        path=str(settings.access_log),
        **shape,
    )
