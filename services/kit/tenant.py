"""Whose data a call is about. AIP's field names make finding it one rule for every request."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from google.api import resource_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

tenant: contextvars.ContextVar[uuid.UUID | None] = contextvars.ContextVar("tenant", default=None)

_OWNED = re.compile(r"organizations/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/|$)")


def named_in(request: Any) -> uuid.UUID | None:
    """Reads the organization out of the name that a request is about.

    That is `parent`; else `name`; else the `name` of the resource that an Update sends;
    else the first reference to something that an organization owns, which is how the
    `open` frame of a stream says it. None when there is none, or it is no proper name.
    """
    for read in _readers(request.DESCRIPTOR):
        found = _OWNED.match(read(request))
        if found:
            return uuid.UUID(found[1])
    return None


@contextlib.contextmanager
def within(organization: uuid.UUID | None) -> Iterator[None]:
    """Makes what is done inside see the rows of one organization, or of none."""
    token = tenant.set(organization)
    try:
        yield
    finally:
        tenant.reset(token)


@functools.cache
def _readers(request: Descriptor) -> tuple[Callable[[Any], str], ...]:
    fields = request.fields_by_name
    for key in ("parent", "name"):
        if key in fields:
            return (_field(key),)
    if request.name.startswith("Update"):
        return tuple(_inner(f.name) for f in request.fields if _has_name(f))
    # What is created has no name yet, whatever the client wrote there.
    if request.name.startswith("Create"):
        return ()
    frame = fields.get("open")
    if frame is not None and frame.message_type is not None:
        return tuple(_opened(read) for read in _readers(frame.message_type))
    return tuple(_field(f.name) for f in request.fields if _is_reference(f))


def _field(key: str) -> Callable[[Any], str]:
    return lambda request: str(getattr(request, key))


def _inner(key: str) -> Callable[[Any], str]:
    return lambda request: str(getattr(request, key).name)


def _opened(read: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda frame: read(frame.open)


def _has_name(field: FieldDescriptor) -> bool:
    return field.message_type is not None and "name" in field.message_type.fields_by_name


def _is_reference(field: FieldDescriptor) -> bool:
    if field.is_repeated or field.type != FieldDescriptor.TYPE_STRING:
        return False
    return bool(field.GetOptions().HasExtension(resource_pb2.resource_reference))
