"""What the protos say of each name, as prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from google.protobuf import descriptor_pb2

# Where things stand in descriptor.proto: numbers of fields.
MESSAGES, ENUMS, SERVICES = 4, 5, 6
FIELDS, NESTED, NESTED_ENUMS = 2, 3, 4
METHODS = VALUES = 2


class Comments:
    """The comments of a descriptor set that was made with its source info, by full name."""

    def __init__(self, files: descriptor_pb2.FileDescriptorSet) -> None:
        self._texts = {name: text for file in files.file for name, text in _of_file(file)}

    def of(self, name: str) -> str:
        return self._texts.get(name, "")

    def parts(self, name: str) -> tuple[str, str]:
        """The first sentence, without its full stop, and all of it."""
        text = self.of(name)
        first = re.split(r"(?<=[.!?:])\s", text, maxsplit=1)[0].rstrip(".:")
        return first, text


def _of_file(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[str, str]]:
    names = dict(_named(file))
    for location in file.source_code_info.location:
        name = names.get(tuple(location.path))
        if name and location.leading_comments:
            yield name, _prose(location.leading_comments)


Named = Iterator[tuple[tuple[int, ...], str]]


def _named(file: descriptor_pb2.FileDescriptorProto) -> Named:
    for number, message in enumerate(file.message_type):
        yield from _of_message(message, (MESSAGES, number), file.package)
    for number, enum in enumerate(file.enum_type):
        yield from _of_enum(enum, (ENUMS, number), file.package)
    for number, service in enumerate(file.service):
        path, name = (SERVICES, number), f"{file.package}.{service.name}"
        yield path, name
        for place, method in enumerate(service.method):
            yield (*path, METHODS, place), f"{name}.{method.name}"


def _of_message(
    message: descriptor_pb2.DescriptorProto, path: tuple[int, ...], scope: str
) -> Named:
    name = f"{scope}.{message.name}"
    yield path, name
    for number, field in enumerate(message.field):
        yield (*path, FIELDS, number), f"{name}.{field.name}"
    for number, nested in enumerate(message.nested_type):
        yield from _of_message(nested, (*path, NESTED, number), name)
    for number, enum in enumerate(message.enum_type):
        yield from _of_enum(enum, (*path, NESTED_ENUMS, number), name)


def _of_enum(enum: descriptor_pb2.EnumDescriptorProto, path: tuple[int, ...], scope: str) -> Named:
    name = f"{scope}.{enum.name}"
    yield path, name
    for number, value in enumerate(enum.value):
        yield (*path, VALUES, number), f"{name}.{value.name}"


def _prose(text: str) -> str:
    """Lines of a paragraph become one, paragraphs stay."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
