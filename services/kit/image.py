"""The whole contract as descriptors: what of it this process has no code for is here too."""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Iterable
from types import ModuleType

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import FileDescriptor


@functools.cache
def files() -> tuple[descriptor_pb2.FileDescriptorProto, ...]:
    """Every file of the contract and what it imports, a file after those that it needs."""
    data = importlib.resources.files("turnout").joinpath("turnout.binpb").read_bytes()
    return tuple(descriptor_pb2.FileDescriptorSet.FromString(data).file)


# What every service has at its own port, and nobody at the edge.
APART = "turnout.ops.v1"


def services() -> list[str]:
    """The full names of all services of the contract that are one service's own."""
    return [
        f"{file.package}.{service.name}"
        for file in files()
        if file.package.startswith("turnout.") and file.package != APART
        for service in file.service
    ]


def pool(others: Iterable[ModuleType]) -> descriptor_pool.DescriptorPool:
    """A pool of the whole contract, and of the generated modules `others`."""
    found = descriptor_pool.DescriptorPool()
    known = {file.name for file in files()}

    def add(file: FileDescriptor) -> None:
        if file.name in known:
            return
        known.add(file.name)
        for needed in file.dependencies:
            add(needed)
        copy = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(copy)
        found.Add(copy)

    for file in files():
        found.Add(file)
    for module in others:
        add(module.DESCRIPTOR)
    return found
