"""Pieces of Envoy's configuration that several places need, as plain values."""

from __future__ import annotations

from typing import Any

from deploy.envoy.settings import Address

Config = dict[str, Any]

TYPES = "type.googleapis.com/envoy."

TRANSCODER = "envoy.filters.http.grpc_json_transcoder"
# What a request is about, such as `event=organizations/…`, for whoever routes it (AIP-4222).
ROUTING_HEADER = "x-goog-request-params"


def typed(type_name: str, **fields: Any) -> Config:
    """The configuration of one extension; `type_name` is without `envoy.`."""
    return {"@type": TYPES + type_name, **fields}


def extension(name: str, type_name: str, **fields: Any) -> Config:
    return {"name": name, "typed_config": typed(type_name, **fields)}


def http_filter(name: str, kind: str, **fields: Any) -> Config:
    """The filter `envoy.filters.http.<name>`; `kind` is the name of its message."""
    filter_name = f"envoy.filters.http.{name}"
    return extension(filter_name, f"extensions.filters.http.{name}.v3.{kind}", **fields)


def address(where: Address) -> Config:
    host, port = where
    return {"socket_address": {"address": host, "port_value": port}}


def seconds(value: float) -> str:
    return f"{value:g}s"


def header(key: str, value: str) -> Config:
    """A header that a route sets, whatever was there."""
    return {
        "header": {"key": key, "value": value},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }


def direct(status: int, body: str = "") -> Config:
    response: Config = {"status": status}
    return {**response, "body": {"inline_string": body}} if body else response


# Who does not answer a ping for that long is gone. A machine that is busy holds everybody up for
# seconds, and a connection that is given up too early takes all calls on it along.
ANSWERED_PING = "20s"
HTTP_2_TYPE = "extensions.upstreams.http.v3.HttpProtocolOptions"


def http_2(interval: float = 10, timeout: float = 20) -> Config:
    """Speaks HTTP/2 to a service, and notices in that many seconds when it hangs."""
    keepalive = {"interval": seconds(interval), "timeout": seconds(timeout)}
    return {
        "envoy." + HTTP_2_TYPE: typed(
            HTTP_2_TYPE,
            explicit_http_config={"http2_protocol_options": {"connection_keepalive": keepalive}},
        )
    }
