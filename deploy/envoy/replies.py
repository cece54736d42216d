"""What Envoy says itself, in the shape that the services speak: `google.rpc.Status` as JSON."""

from __future__ import annotations

import base64
import json

from google.protobuf import any_pb2, json_format
from google.rpc import code_pb2, error_details_pb2, status_pb2

from deploy.envoy.parts import Config

DOMAIN = "edge.turnout.app"
# The namespace of the metadata in which the scripts in envoy/lua mark what they answered.
ANSWERED = "turnout.edge"
SAID = "%LOCAL_REPLY_BODY%"
WHY = "%RESPONSE_CODE_DETAILS%"
RETRY_SECONDS = 1

# HTTP status -> code, reason, message. Envoy's own words say too much of our inside, or nothing.
REPLIES: dict[int, tuple[int, str, str]] = {
    400: (code_pb2.INVALID_ARGUMENT, "BAD_REQUEST", f"bad request: {SAID} ({WHY})"),
    401: (code_pb2.UNAUTHENTICATED, "UNAUTHENTICATED", SAID),
    403: (code_pb2.PERMISSION_DENIED, "FORBIDDEN", f"this is not allowed here ({WHY})"),
    404: (code_pb2.NOT_FOUND, "NO_SUCH_PATH", "there is no such path"),
    405: (code_pb2.UNIMPLEMENTED, "METHOD_NOT_ALLOWED", SAID),
    408: (code_pb2.DEADLINE_EXCEEDED, "REQUEST_TOO_SLOW", "the request took too long to arrive"),
    413: (code_pb2.INVALID_ARGUMENT, "BODY_TOO_LARGE", "the body is larger than 1 MiB"),
    415: (code_pb2.INVALID_ARGUMENT, "UNSUPPORTED_MEDIA_TYPE", SAID),
    426: (code_pb2.FAILED_PRECONDITION, "UPGRADE_REQUIRED", "HTTP/1.1 or HTTP/2 is needed"),
    429: (code_pb2.RESOURCE_EXHAUSTED, "TOO_MANY_REQUESTS", "too many requests; slow down"),
    431: (code_pb2.INVALID_ARGUMENT, "HEADERS_TOO_LARGE", "the headers are too large"),
    500: (code_pb2.INTERNAL, "INTERNAL", "internal error"),
    501: (code_pb2.UNIMPLEMENTED, "UNIMPLEMENTED", "this is not implemented"),
    502: (code_pb2.UNAVAILABLE, "UNREACHABLE", "the service broke off; try again"),
    503: (code_pb2.UNAVAILABLE, "UNREACHABLE", "the service is not reachable now; try again"),
    504: (code_pb2.DEADLINE_EXCEEDED, "TOO_SLOW", "the service took too long"),
}

OVERLOADED = (
    code_pb2.RESOURCE_EXHAUSTED,
    "OVERLOADED",
    "there are more calls than can be answered; try again",
)


def local_replies() -> Config:
    """The first mapper that fits decides. gRPC callers keep what Envoy makes for them."""
    usual = [_mapper(http, *reply) for http, reply in REPLIES.items()]
    return {"mappers": [_ours(), *_overloaded(), *usual]}


def refusal(reason: str, message: str, **metadata: str) -> status_pb2.Status:
    """A refusal of who calls."""
    detail = any_pb2.Any()
    detail.Pack(error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata))
    return status_pb2.Status(code=code_pb2.UNAUTHENTICATED, message=message, details=[detail])


def as_json(status: status_pb2.Status) -> str:
    """The body of an answer over REST."""
    return json.dumps(json_format.MessageToDict(status), separators=(",", ":"))


def as_header(status: status_pb2.Status) -> str:
    """The value of `grpc-status-details-bin`."""
    return base64.b64encode(status.SerializeToString()).decode().rstrip("=")


def _ours() -> Config:
    """Leaves alone what the scripts in envoy/lua have put into shape themselves."""
    marked = {"filter": ANSWERED, "path": [{"key": "code"}], "value": {"present_match": True}}
    return {
        "filter": {"metadata_filter": {"matcher": marked, "match_if_key_not_found": False}},
        "body_format_override": {
            "text_format_source": {"inline_string": SAID},
            "content_type": "application/json",
        },
    }


def _overloaded() -> list[Config]:
    """What those hear, over REST and over gRPC, who would only have waited in line."""
    code, reason, message = OVERLOADED
    body = _body(code, reason, message)
    status = status_pb2.Status()
    json_format.ParseDict(body["json_format"], status)
    headers = {
        "grpc-status": str(code),
        "grpc-status-details-bin": as_header(status),
        "retry-after": str(RETRY_SECONDS),
    }
    full: Config = {"response_flag_filter": {"flags": ["UO"]}}
    answer = {
        "status_code": 429,
        "headers_to_add": [
            {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
            for key, value in headers.items()
        ],
    }
    plain = {"text_format_source": {"inline_string": message}}
    return [
        {
            "filter": {"and_filter": {"filters": [full, _is_not_grpc()]}},
            "body_format_override": body,
            **answer,
        },
        {"filter": full, "body_format_override": plain, **answer},
    ]


def _mapper(http: int, code: int, reason: str, message: str) -> Config:
    return {
        "filter": {"and_filter": {"filters": [_is_status(http), _is_not_grpc()]}},
        "body_format_override": _body(code, reason, message),
    }


def _body(code: int, reason: str, message: str) -> Config:
    details: list[Config] = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": DOMAIN,
        }
    ]
    if code in (code_pb2.UNAVAILABLE, code_pb2.RESOURCE_EXHAUSTED):
        details.append(
            {
                "@type": "type.googleapis.com/google.rpc.RetryInfo",
                "retryDelay": f"{RETRY_SECONDS}s",
            }
        )
    return {
        "json_format": {"code": code, "message": message, "details": details},
        "content_type": "application/json",
    }


def _is_status(http: int) -> Config:
    value = {"default_value": http, "runtime_key": f"turnout.reply.{http}"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _is_not_grpc() -> Config:
    """What was transcoded looks like gRPC by now, but its caller is a browser."""
    transcoded = {"name": "x-envoy-original-path", "present_match": True}
    other = {
        "name": "content-type",
        "invert_match": True,
        "treat_missing_header_as_empty": True,
        "string_match": {"prefix": "application/grpc"},
    }
    headers = [{"header_filter": {"header": match}} for match in (transcoded, other)]
    return {"or_filter": {"filters": headers}}
