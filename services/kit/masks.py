"""Update masks (AIP-134, AIP-161): which fields of a resource a client wants to change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from services.kit import errors, fields

M = TypeVar("M", bound=Message)

FIELD = "update_mask"
# What the client may send back although it cannot change it.
SERVERS = {field_behavior_pb2.OUTPUT_ONLY, field_behavior_pb2.IDENTIFIER}


class BadMask(errors.Invalid):
    """A path to a field that there is not, or that does not change."""


def paths(mask: FieldMask, resource: Message, patchable: frozenset[str]) -> frozenset[str]:
    """The paths to change: each is in `patchable`, or lies below a path that is.

    No mask means the populated fields, `*` all that are patchable. What only the server
    writes is ignored. Raises BadMask for paths that do not exist, and for fields that never
    change.
    """
    if not mask.paths:
        sent = {field.name for field, _ in resource.ListFields()}
        return frozenset(path for path in patchable if path.partition(".")[0] in sent)
    found: set[str] = set()
    for path in mask.paths:
        found |= _meant(path, resource.DESCRIPTOR, patchable)
    return frozenset(found)


def merged(current: M, sent: M, changes: Iterable[str]) -> M:
    """`current` with the fields at `changes` as `sent` has them; those it lacks are cleared."""
    result = type(current)()
    result.CopyFrom(current)
    for path in changes:
        _copy(result, sent, path.split("."))
    return result


def _meant(path: str, kind: Any, patchable: frozenset[str]) -> frozenset[str]:
    if path == "*":
        return patchable
    if path in patchable or any(path.startswith(f"{whole}.") for whole in patchable):
        if not _exists(path, kind):
            raise BadMask(FIELD, f"names {path!r}, which is no field")
        return frozenset({path})
    below = frozenset(part for part in patchable if part.startswith(f"{path}."))
    if below or _is_servers(path, kind):
        return below
    problem = "does not change" if _exists(path, kind) else "is no field"
    raise BadMask(FIELD, f"names {path!r}, which {problem}")


def _exists(path: str, kind: Descriptor | None) -> bool:
    for name in path.split("."):
        field = kind.fields_by_name.get(name) if kind is not None else None
        if field is None:
            return False
        kind = None if field.is_repeated else field.message_type
    return True


def _is_servers(path: str, kind: Descriptor) -> bool:
    name = path.partition(".")[0]
    field = kind.fields_by_name.get(name)
    if field is None or not _exists(path, kind):
        return False
    return name == "etag" or bool(SERVERS & fields.behavior(field))


def _copy(result: Any, sent: Any, words: list[str]) -> None:
    name, *rest = words
    if rest:
        _copy(getattr(result, name), getattr(sent, name), rest)
        return
    field = sent.DESCRIPTOR.fields_by_name[name]
    result.ClearField(name)
    if field.is_repeated:
        getattr(result, name).MergeFrom(getattr(sent, name))
    elif field.message_type is not None:
        if sent.HasField(name):
            getattr(result, name).CopyFrom(getattr(sent, name))
    elif not field.has_presence or sent.HasField(name):
        setattr(result, name, getattr(sent, name))
