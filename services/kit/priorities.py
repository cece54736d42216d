"""What is answered first when there are more calls than can be answered: read from the contract."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor

from turnout.access.v1 import access_pb2

CRITICAL: int = access_pb2.PRIORITY_CRITICAL
NORMAL: int = access_pb2.PRIORITY_NORMAL
SHEDDABLE: int = access_pb2.PRIORITY_SHEDDABLE
# The last one waits for all others.
ORDER = (CRITICAL, NORMAL, SHEDDABLE)
NAMES = {CRITICAL: "critical", NORMAL: "normal", SHEDDABLE: "sheddable"}

READS = descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS
# What reads much at once without saying so by pages.
MUCH = re.compile(r"(Export|Preview|Search|Stream)[A-Z]")


def priority_of(name: str, options: Any, request: Descriptor) -> int:
    """The priority of a method: what its access states, else what `Priority` says of the rest."""
    access = options.Extensions[access_pb2.access]
    if access.priority:
        return int(access.priority)
    # A service asks for what is being answered already.
    if access_pb2.AUDIENCE_MESH in access.audiences:
        return CRITICAL
    reads = options.idempotency_level == READS
    if reads and ("page_size" in request.fields_by_name or MUCH.match(name)):
        return SHEDDABLE
    return NORMAL
