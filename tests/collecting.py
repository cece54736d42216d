"""A collector of OpenTelemetry: keeps the spans that services and Envoy tell it of."""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

# What we look at of `opentelemetry/proto/trace/v1/trace.proto`: fields by their numbers, with
# their types. What is not here is skipped.
SHAPE: Mapping[str, Mapping[str, tuple[int, Any]]] = {
    "Request": {"resource_spans": (1, ["ResourceSpans"])},
    "ResourceSpans": {"resource": (1, "Resource"), "scope_spans": (2, ["ScopeSpans"])},
    "Resource": {"attributes": (1, ["KeyValue"])},
    "ScopeSpans": {"spans": (2, ["Span"])},
    "Span": {
        "trace_id": (1, Field.TYPE_BYTES),
        "span_id": (2, Field.TYPE_BYTES),
        "parent_span_id": (4, Field.TYPE_BYTES),
        "name": (5, Field.TYPE_STRING),
        "kind": (6, Field.TYPE_INT32),
        "start_time_unix_nano": (7, Field.TYPE_FIXED64),
        "end_time_unix_nano": (8, Field.TYPE_FIXED64),
        "attributes": (9, ["KeyValue"]),
    },
    "KeyValue": {"key": (1, Field.TYPE_STRING), "value": (2, "AnyValue")},
    "AnyValue": {"string_value": (1, Field.TYPE_STRING)},
}


class Collector(http.server.ThreadingHTTPServer):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Told)
        self.told: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self) -> list[dict[str, Any]]:
        return [span for _, span in self.known]

    @property
    def known(self) -> list[tuple[str, dict[str, Any]]]:
        """Every span, with the name of the service that told of it."""
        return [
            (attributes(resource["resource"])["service.name"], span)
            for told in list(self.told)
            for resource in told["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]

    def called(self, name: str) -> list[dict[str, Any]]:
        return [span for span in self.spans if span["name"] == name]


class Told(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = b"".join(self._pieces())
        assert self.path == "/v1/traces"
        assert isinstance(self.server, Collector)
        plain = self.headers["content-type"] == "application/json"
        self.server.told.append(json.loads(body) if plain else read(body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def _pieces(self) -> Iterator[bytes]:
        """Envoy does not say beforehand how much it will be."""
        if length := self.headers["content-length"]:
            yield self.rfile.read(int(length))
            return
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def read(body: bytes) -> dict[str, Any]:
    """An ExportTraceServiceRequest, as its JSON would be read, with ids in hexadecimal."""
    found: dict[str, Any] = _readable(json_format.MessageToDict(REQUEST.FromString(body)))
    return found


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _hex(one) if key in IDS else _readable(one) for key, one in value.items()}
    return [_readable(one) for one in value] if isinstance(value, list) else value


def _hex(text: str) -> str:
    return base64.b64decode(text).hex()


def _message(name: str, fields: Mapping[str, tuple[int, Any]]) -> descriptor_pb2.DescriptorProto:
    made = descriptor_pb2.DescriptorProto(name=name)
    for field, (number, kind) in fields.items():
        label = Field.LABEL_REPEATED if isinstance(kind, list) else Field.LABEL_OPTIONAL
        one = made.field.add(name=field, number=number, label=label)
        if isinstance(kind, int):
            one.type = kind  # type: ignore[assignment]
        else:
            one.type = Field.TYPE_MESSAGE
            one.type_name = f".otlp.{kind[0] if isinstance(kind, list) else kind}"
    return made


def _request() -> Any:
    messages = [_message(name, fields) for name, fields in SHAPE.items()]
    file = descriptor_pb2.FileDescriptorProto(
        name="otlp.proto", package="otlp", syntax="proto3", message_type=messages
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("otlp.Request"))


IDS = ("traceId", "spanId", "parentSpanId")
REQUEST = _request()


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    found = Collector()
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.shutdown()
        found.server_close()
        thread.join()


def attributes(said: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, str]:
    """Those that are texts."""
    return {one["key"]: one["value"].get("stringValue", "") for one in said.get("attributes", ())}
