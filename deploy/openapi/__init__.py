"""The REST side of the contract as one OpenAPI 3.1 document, generated from the descriptors.

What a proto says is said here: comments, required and read-only fields, rules, who may call, and
every way in which a call may be refused.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool

from deploy.openapi.comments import Comments
from deploy.openapi.operations import Operations
from deploy.openapi.schemas import STATUS, Schemas

VERSION = "3.1.1"


def document(image: bytes) -> dict[str, Any]:
    """The document, of a descriptor set with its imports and its comments."""
    files = descriptor_pb2.FileDescriptorSet.FromString(image)
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    comments = Comments(files)
    schemas = Schemas(pool, comments)
    operations = Operations(files, pool, schemas, comments)
    paths = operations.paths()
    return {
        "openapi": VERSION,
        "info": {
            "title": "Turnout",
            "version": "v1",
            "summary": "Follows a gathering from invitation to arrival.",
            "description": DESCRIPTION,
        },
        "servers": [{"url": "/"}],
        "tags": operations.tags(),
        "paths": paths,
        "components": {
            "schemas": schemas.components(),
            "responses": RESPONSES,
            "securitySchemes": SECURITY,
        },
    }


def write(image: bytes, target: pathlib.Path) -> None:
    text = json.dumps(document(image), indent=1, ensure_ascii=False)
    target.write_text(text + "\n")


DESCRIPTION = """Every method of the contract that can be called by HTTP. The same methods, and \
some more, are there by gRPC and gRPC-Web on the same port.

Bodies are the JSON of Protocol Buffers: names in lowerCamelCase, 64-bit numbers as strings, \
times by RFC 3339. Unknown fields are refused. What has a `requestId` may be sent again with the \
same one after a lost answer. A refusal is a `google.rpc.Status`; the `reason` of its `ErrorInfo` \
is what programs should look at."""

SECURITY: dict[str, Any] = {
    "user": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of somebody who is signed in, or an API key of an "
        "organization: `authorization: Bearer <token>`.",
    },
    "guest": {
        "type": "apiKey",
        "in": "header",
        "name": "authorization",
        "description": "The signed link out of a message: `authorization: Link <token>`.",
    },
}


def _refusal(text: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{STATUS}"}}}
    return {"description": text, "content": content}


RESPONSES: dict[str, Any] = {
    "Refused": _refusal(
        "Refused. 400: a field is wrong, which is named, or the state does not allow it; 401: "
        "the token is missing, bad or over; 403: not permitted; 404: there is no such thing, or "
        "not for the caller; 405: there is no such method here; 408: the request came too "
        "slowly; 409: exists already, or was changed meanwhile; 413: too large; 415: an encoding "
        "that is not understood; 429: too much, the details say when to try again; 431: the "
        "headers are too large; 499: the caller went away."
    ),
    "Failed": _refusal(
        "Failed. 500: a mistake of ours, with a mark to quote; 502, 503: something is away, try "
        "again; 504: it took too long."
    ),
}
