"""Who answers what. Each method has a route of its own, on its path in gRPC.

A REST request is looked up twice: by its own path, which says how it is transcoded, and,
once it is gRPC, by the path of the method, which says where it goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from deploy.envoy import clusters, parts, traces
from deploy.envoy.methods import Binding, Method
from deploy.envoy.parts import TRANSCODER, Config
from deploy.envoy.settings import BadContract, Settings

# A service gives a call without a deadline 30 s, and may say so itself.
WRITE_SECONDS = 35.0
READ_SECONDS = 15.0
TRY_SECONDS = 5.0
IDLE_SECONDS = 600.0
# How much longer a file may be on its way than anything else.
FILE_TIMES = 5
# What REST may send at once. Messages over gRPC are limited by the services.
MOST_BODY = 1 << 20
# A file that a member sends, such as a table of participants.
MOST_FILE = 17 << 20

BACK_OFF = {"base_interval": "0.025s", "max_interval": "0.25s"}
OTHER_HOST = parts.extension(
    "envoy.retry_host_predicates.previous_hosts",
    "extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
)
# Only what no service can have begun to work on.
UNSENT = "connect-failure,refused-stream,reset-before-request"
# A server that stops says `cancelled` of what it had not begun with.
REPEATABLE = "connect-failure,refused-stream,reset,unavailable,cancelled"

# The id of the event, of the journey if that is all there is, or the key of a device.
SUBJECT: Config = {
    "pattern": {
        "regex": r"^.*?(?:(?:events|journeys)(?:/|%2[Ff])|devices/osmand.*?[?&]id=|devices/)"
        r"([^/:?&%]+).*$"
    },
    "substitution": r"\1",
}

JWKS_PATH = "/.well-known/jwks.json"
# grpcio speaks only the older of the two names of one and the same protocol.
REFLECTION = {
    "/grpc.reflection.v1.ServerReflection/": "/grpc.reflection.v1alpha.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/": None,
}
REFLECTOR = "auth"

NO_SUCH_PATH = "there is no such path"

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
# A page of ours loads nothing from anywhere else.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def edge(settings: Settings, methods: Sequence[Method], sse: Config, lenient: Config) -> Config:
    """The public routes. `sse` and `lenient` are transcoders that some paths need."""
    shown = [method for method in methods if not method.hidden]
    bindings = [binding for method in shown for binding in method.bindings]
    routes = [
        *map(_public, shown),
        *_reflection(),
        *_rest(bindings, sse, lenient, settings.slowest),
        *_pages(settings),
        _nowhere(),
    ]
    fields: Config = {"typed_per_filter_config": _cors(settings.origins)}
    return _table("edge", routes, settings.proof, **fields)


def mesh(methods: Sequence[Method]) -> Config:
    """The routes between services: every method, and the keys for the edge itself."""
    jwks: Config = {
        "match": {"path": JWKS_PATH},
        "direct_response": parts.direct(404, NO_SUCH_PATH),
    }
    return _table("mesh", [*map(_internal, methods), jwks, _nowhere()])


def jwks_service(methods: Sequence[Method]) -> str:
    """The gRPC service that publishes the keys."""
    for method in methods:
        if any(binding.template == JWKS_PATH for binding in method.bindings):
            return method.service
    raise BadContract(f"no method answers {JWKS_PATH}, so the edge could verify no token")


# Who the edge has at the other end, proxies we trust left out; what a client says of itself goes.
def _written(header: str, value: str) -> Config:
    overwritten = "OVERWRITE_IF_EXISTS_OR_ADD"
    return {"header": {"key": header, "value": value}, "append_action": overwritten}


REAL_IP = _written("x-real-ip", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%")
# By this services know that the one above is true.
PROOF = "x-turnout-edge"


def _table(name: str, routes: list[Config], proof: str = "", **fields: Config) -> Config:
    """`proof` is of the edge alone, and nobody else gets through with one."""
    written = [REAL_IP, _written(PROOF, proof)] if proof else [REAL_IP]
    host: Config = {"name": name, "domains": ["*"], "routes": routes, **fields}
    return {
        "name": name,
        "virtual_hosts": [host],
        "max_direct_response_body_size_bytes": 4 << 20,
        "request_headers_to_add": written,
        "request_headers_to_remove": [] if proof else [PROOF],
    }


def _public(method: Method) -> Config:
    if method.streams:
        idle = parts.seconds(IDLE_SECONDS)
        return _method(method, timeout="0s", idle_timeout=idle, retry_policy=_retry(UNSENT, 2))
    if method.repeatable:
        retry = _retry(REPEATABLE, 3, per_try_timeout=parts.seconds(TRY_SECONDS))
        return _method(method, timeout=parts.seconds(READ_SECONDS), retry_policy=retry)
    return _method(method, timeout=parts.seconds(WRITE_SECONDS), retry_policy=_retry(UNSENT, 2))


def _internal(method: Method) -> Config:
    """Takes the deadline of the caller. What else is worth another try, the caller knows."""
    idle = {"idle_timeout": parts.seconds(IDLE_SECONDS)} if method.streams else {}
    limit = {"grpc_timeout_header_max": "0s"}
    retry = _retry(UNSENT, 2)
    return _method(method, timeout="0s", max_stream_duration=limit, retry_policy=retry, **idle)


def _method(method: Method, **action: object) -> Config:
    return {
        "name": method.path,
        "match": {"path": method.path},
        "route": {
            "cluster": method.cluster,
            "priority": "HIGH" if method.first or method.streams else "DEFAULT",
            **_hash(method),
            **action,
        },
    }


def _hash(method: Method) -> Config:
    """Has what is about one event answered by one process, which has it at hand.

    What a request is about says its header, or else its path in REST. Any other process does as
    well, so it costs time and nothing else when neither does.
    """
    if method.cluster != "location":
        return {}
    about = [
        {"header": {"header_name": name, "regex_rewrite": SUBJECT}, "terminal": True}
        for name in (parts.ROUTING_HEADER, "x-envoy-original-path")
    ]
    return {"hash_policy": about}


def _retry(on: str, times: int, **fields: object) -> Config:
    return {
        "retry_on": on,
        "num_retries": times,
        "retry_back_off": BACK_OFF,
        "retry_host_predicate": [OTHER_HOST],
        "host_selection_retry_max_attempts": 5,
        **fields,
    }


def _reflection() -> Iterable[Config]:
    for prefix, rewritten in REFLECTION.items():
        action: Config = {"cluster": REFLECTOR, "timeout": "0s", "idle_timeout": "60s"}
        if rewritten is not None:
            action["prefix_rewrite"] = rewritten
        yield {"name": prefix, "match": {"prefix": prefix}, "route": action}


def _rest(
    bindings: Sequence[Binding], sse: Config, lenient: Config, slowest: float
) -> Iterable[Config]:
    """First looks: nothing is sent anywhere by them, and what is sent has to come in time.

    They name a cluster without hosts because CORS looks only at routes that name one.
    """
    grpc = {"name": "content-type", "string_match": {"prefix": "application/grpc"}}
    for template in sorted({binding.template for binding in bindings if binding.large}):
        file = {**lenient, "max_request_body_size": MOST_FILE}
        match: Config = {"safe_regex": {"regex": _regex(template)}}
        yield _first_look(match, file, MOST_FILE, slowest * FILE_TIMES)
    loose = [binding for binding in bindings if binding.lenient]
    for template, verb, most in sorted(
        {(one.template, one.http, one.most or MOST_BODY) for one in loose}
    ):
        named = {"name": ":method", "string_match": {"exact": verb}}
        match = {"safe_regex": {"regex": _regex(template)}, "headers": [named]}
        longest = None if verb == "GET" else slowest
        yield _first_look(match, {**lenient, "max_request_body_size": most}, most, longest)
    events = {"name": "accept", "string_match": {"contains": "text/event-stream"}}
    for prefix in sorted({binding.segments[0] for binding in bindings}):
        yield {"match": {"prefix": f"/{prefix}/", "headers": [grpc]}, **_refused()}
        # What may have a body, and is no stream.
        sent = {"name": ":method", "string_match": {"exact": "GET"}, "invert_match": True}
        match = {"prefix": f"/{prefix}/", "headers": [sent]}
        yield _first_look(match, None, longest=slowest)
        yield _first_look({"prefix": f"/{prefix}/", "headers": [events]}, sse)
        yield _first_look({"prefix": f"/{prefix}/"}, None)


def _first_look(
    match: Config, transcoder: Config | None, most: int = MOST_BODY, longest: float | None = None
) -> Config:
    limit = (
        {}
        if longest is None
        else {"max_stream_duration": {"max_stream_duration": parts.seconds(longest)}}
    )
    own = {} if transcoder is None else {"typed_per_filter_config": {TRANSCODER: transcoder}}
    return {
        "match": match,
        "route": {
            "cluster": clusters.NOWHERE,
            "timeout": "0s",
            "idle_timeout": parts.seconds(IDLE_SECONDS),
            **limit,
        },
        "request_body_buffer_limit": most,
        **own,
    }


def _regex(template: str) -> str:
    """Matches what a path template matches (RE2)."""
    plain = re.sub(r"\{[a-z0-9_.]+\}", "*", template)
    plain = re.sub(r"\{[a-z0-9_.]+=([^{}]+)\}", r"\1", plain)
    escaped = re.escape(plain).replace(r"\*\*", ".*")
    return escaped.replace(r"\*", "[^/]+")


def _pages(settings: Settings) -> Iterable[Config]:
    well = {"inline_string": '{"status":"SERVING"}'}
    yield {**_page("/healthz", "application/json", well), **traces.unseen(settings)}
    yield _page("/openapi.json", KINDS[".json"], {"filename": str(settings.openapi)})
    for path in ("/", "/console", "/join", "/explorer"):
        target = "/console/" if path == "/" else f"{path}/"
        yield {"match": {"path": path}, "redirect": {"path_redirect": target}, **_untouched()}
    for folder in (settings.console, settings.join, settings.explorer):
        for file in sorted(folder.iterdir()):
            name = "" if file.name == "index.html" else file.name
            path = f"/{folder.name}/{name}"
            yield _page(path, KINDS[file.suffix], {"filename": str(file)})


def _page(path: str, kind: str, body: Config) -> Config:
    headers = {
        "content-type": kind,
        "cache-control": "no-cache",
        "content-security-policy": POLICY,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return {
        "match": {"path": path},
        "direct_response": {"status": 200, "body": body},
        "response_headers_to_add": [parts.header(key, value) for key, value in headers.items()],
        **_untouched(),
    }


def _nowhere() -> Config:
    return {"match": {"prefix": "/"}, **_refused()}


def _refused() -> Config:
    return {"direct_response": parts.direct(404, NO_SUCH_PATH), **_untouched()}


def _untouched() -> Config:
    """Keeps the transcoder away, which would refuse a path that is not in the contract."""
    off = {
        "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig",
        "disabled": True,
        "config": {},
    }
    return {"typed_per_filter_config": {TRANSCODER: off}}


def _cors(origins: Sequence[str]) -> Config:
    asked = (
        "authorization,content-type,grpc-timeout,traceparent,x-goog-request-params,x-grpc-web,"
        "x-request-id,x-user-agent"
    )
    told = (
        "content-disposition,grpc-message,grpc-status,grpc-status-details-bin,ratelimit-limit,"
        "ratelimit-remaining,ratelimit-reset,retry-after,traceparent,x-request-id"
    )
    policy = parts.typed(
        "extensions.filters.http.cors.v3.CorsPolicy",
        allow_origin_string_match=[{"safe_regex": {"regex": origin}} for origin in origins],
        allow_methods="DELETE,GET,OPTIONS,PATCH,POST,PUT",
        allow_headers=asked,
        expose_headers=told,
        max_age="86400",
        # No cookies here: a page must have the token itself.
        allow_credentials=False,
        forward_not_matching_preflights=False,
    )
    return {"envoy.filters.http.cors": policy}
