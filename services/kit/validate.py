"""Every request keeps to the rules of its fields before its method runs.

Each message type is compiled once into a list of small functions, after `field_behavior` and
what `fields` says of single values; a request then costs a few microseconds.
"""

from __future__ import annotations

import enum
import functools
import math
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.api import field_behavior_pb2, resource_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from services.kit import caller, errors, fields, wire
from services.kit.intercept import Interceptor

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

# The path of a field, and what is wrong with it.
Violation = tuple[str, str]
# Adds what is wrong with a message, by paths from that message.
Check = Callable[[Any, list[Violation]], None]
# Makes a message mean what it says; the text is the caller's name, if it is a user's.
Settle = Callable[[Any, str], None]

MISSING = "is required"

# No list of problems is longer than anybody would read.
ENOUGH = 30


class Mode(enum.Enum):
    """What a method does with the resource in its request."""

    READ = enum.auto()
    CREATE = enum.auto()
    UPDATE = enum.auto()


def check(message: Message) -> list[Violation]:
    """All that is wrong with a request, by the paths of its fields. Empty if nothing is."""
    found: list[Violation] = []
    kind: Any = message.DESCRIPTOR
    _check_of(kind, Mode.READ)(message, found)
    return found


def fine(message: Message) -> bool:
    """Whether a glance tells that a request needs neither `settle` nor `check`, as most do."""
    found = _FINE.get(type(message))
    if found is None:
        kind: Any = message.DESCRIPTOR
        found = _FINE[type(message)] = _fine_of(kind, Mode.READ)
    return found(message)


def trust(kind: type[Message], whether: Callable[[Any], bool]) -> None:
    """Has `require` let those messages of a type pass, unseen, of which `whether` says so.

    For frames that come by the thousand, of a service that reads them in one go: where it finds
    anything odd, it has to `check` them itself. There must be nothing to `settle` in them.
    """
    _TRUSTED[kind] = whether


def settle(message: Message, me: str = "") -> None:
    """Makes a request mean what it says.

    What only the server may say is cleared (AIP-203), and `users/me` becomes the caller's
    name `me`, if it is a user's.
    """
    for step in _settles_of(message.DESCRIPTOR):
        step(message, me)


def require(message: Message) -> None:
    """Settles a request for the current caller; raises InvalidFields."""
    trusted = _TRUSTED.get(type(message))
    if (trusted is not None and trusted(message)) or fine(message):
        return
    who = caller.caller()
    settle(message, who.name if who.kind is caller.Kind.USER else "")
    found = check(message)
    if found:
        raise errors.InvalidFields(tuple(found))


def compile_all(kinds: Iterable[Descriptor]) -> None:
    """Compiles the types of requests before there are any.

    LookupError when the contract refers to a resource that it does not have.
    """
    for kind in kinds:
        _check_of(kind, Mode.READ)
        _settles_of(kind)
        _fine_of(kind, Mode.READ)


class Validate(Interceptor):
    """Refuses requests that break the rules of their fields. The innermost interceptor."""

    async def intercept(
        self, method: Any, request_or_iterator: Any, context: Context, method_name: str
    ) -> Any:
        if method_name.startswith("/turnout."):
            if hasattr(request_or_iterator, "__aiter__"):
                request_or_iterator = _each(request_or_iterator)
            else:
                require(request_or_iterator)
        response = method(request_or_iterator, context)
        return response if hasattr(response, "__aiter__") else await response

    async def unary(self, method: Any, request: Any, context: Context, method_name: str) -> Any:
        if method_name.startswith("/turnout."):
            require(request)
        return await method(request, context)


async def _each(frames: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for frame in frames:
        require(frame)
        yield frame


# --- messages


@dataclass(eq=False)
class _Message:
    """The checks of one message type. They may lead back to itself, so they come later."""

    checks: tuple[Check, ...] | None = None

    def __call__(self, message: Any, out: list[Violation]) -> None:
        for one in self.checks or ():
            one(message, out)


@functools.cache
def _shell(_kind: Descriptor, _mode: Mode) -> _Message:
    return _Message()


def _check_of(kind: Descriptor, mode: Mode) -> Check:
    special = fields.SPECIAL.get(kind.full_name)
    if special is not None:
        return _whole(special)
    found = _shell(kind, mode)
    if found.checks is None:
        found.checks = ()
        try:
            found.checks = _compiled(kind, mode)
        except BaseException:
            found.checks = None
            raise
    return found


def _compiled(kind: Descriptor, mode: Mode) -> tuple[Check, ...]:
    checks = [_field_check(field, mode) for field in kind.fields]
    compiled = tuple(one for one in checks if one is not None)
    sent = [field.name for field in kind.fields if _is_resource(field)]
    if kind.name.startswith("Update") and "update_mask" in kind.fields_by_name and len(sent) == 1:
        return (_touching(_Message(compiled), sent[0]),)
    return compiled


def _whole(test: fields.Test) -> Check:
    def run(message: Any, out: list[Violation]) -> None:
        flaw = test(message)
        if flaw is not None:
            out.append(flaw)

    return run


def _touching(run: Check, key: str) -> Check:
    """Keeps quiet about those fields of a resource that an Update does not touch (AIP-134)."""

    def touching(message: Any, out: list[Violation]) -> None:
        found: list[Violation] = []
        run(message, found)
        if found:
            masks = message.update_mask.paths or [
                field.name for field, _ in getattr(message, key).ListFields()
            ]
            out.extend(one for one in found if _touched(one[0], key, masks))

    return touching


def _touched(path: str, key: str, masks: Iterable[str]) -> bool:
    if not path.startswith(f"{key}.") or path == f"{key}.name":
        return True
    inner = path[len(key) + 1 :].replace("[", ".") + "."
    return any(
        mask == "*" or inner.startswith(f"{mask}.") or f"{mask}.".startswith(inner)
        for mask in masks
    )


# --- fields


def _field_check(field: FieldDescriptor, mode: Mode) -> Check | None:
    behavior = fields.behavior(field)
    if field_behavior_pb2.OUTPUT_ONLY in behavior:
        return None
    required = field_behavior_pb2.REQUIRED in behavior
    if field_behavior_pb2.IDENTIFIER in behavior:
        if mode is Mode.CREATE:
            return None
        required = mode is Mode.UPDATE
    if field.is_repeated:
        return _repeated(field, required=required)
    if field.message_type is not None:
        return _inside(field, _check_of(field.message_type, _mode_of(field)), required=required)
    return _scalar(field, required=required)


def _inside(field: FieldDescriptor, inner: Check, *, required: bool) -> Check:
    key = field.name

    def run(message: Any, out: list[Violation]) -> None:
        if message.HasField(key):
            _under(key, inner, getattr(message, key), out)
        elif required:
            out.append((key, MISSING))

    return run


def _scalar(field: FieldDescriptor, *, required: bool) -> Check:
    key, test, optional = field.name, fields.test_of(field), field.has_presence
    # Zero and nothing look alike; whether a number may be zero is for its `min` to say.
    wordy = field.cpp_type in WORDY

    def run(message: Any, out: list[Violation]) -> None:
        value = getattr(message, key)
        if (wordy and not value) or (optional and not message.HasField(key)):
            if required:
                out.append((key, MISSING))
            return
        flaw = test(value)
        if flaw is not None:
            out.append((key, flaw[1]))

    return run


def _repeated(field: FieldDescriptor, *, required: bool) -> Check:
    key, most = field.name, fields.rules(field).max_items or fields.ITEMS
    inner = _entries(field) if _is_map(field) else _items(field)

    def run(message: Any, out: list[Violation]) -> None:
        values = getattr(message, key)
        if not values:
            if required:
                out.append((key, MISSING))
        elif len(values) > most:
            out.append((key, f"must have at most {most} items"))
        else:
            inner(values, out)

    return run


def _items(field: FieldDescriptor) -> Check:
    key = field.name
    if field.message_type is None:
        return _column(field)
    inner = _check_of(field.message_type, _mode_of(field))

    def run(values: Any, out: list[Violation]) -> None:
        before = len(out)
        for index, value in enumerate(values):
            inner(value, out)
            if len(out) > before:
                _prefix(out, before, f"{key}[{index}]")
                before = len(out)
                if before > ENOUGH:
                    return

    return run


def _column(field: FieldDescriptor) -> Check:
    key, test, plain = field.name, fields.test_of(field), _is_plain(field)
    whole = plain and field.cpp_type not in FLOATS

    def run(values: Any, out: list[Violation]) -> None:
        # Columns of numbers are long, and most of them are fine. A sum is finite only when all
        # of its parts are.
        if whole or (plain and math.isfinite(sum(values[:]))):
            return
        for index, value in enumerate(values):
            flaw = test(value)
            if flaw is not None:
                out.append((f"{key}[{index}]", flaw[1]))
                if len(out) > ENOUGH:
                    return

    return run


def _entries(field: FieldDescriptor) -> Check:
    assert field.message_type is not None
    key_field, value_field = field.message_type.fields
    test, key = fields.test_of(key_field), field.name
    if value_field.message_type is not None:
        inner = _check_of(value_field.message_type, Mode.READ)
    else:
        inner = _whole(fields.test_of(value_field))

    def run(values: Any, out: list[Violation]) -> None:
        for name in values:
            flaw = test(name)
            if flaw is not None:
                out.append((key, f"has a key that {flaw[1]}"))
                return
            _under(f"{key}[{name!r}]", inner, values[name], out)
            if len(out) > ENOUGH:
                return

    return run


def _under(path: str, inner: Check, value: Any, out: list[Violation]) -> None:
    before = len(out)
    inner(value, out)
    if len(out) > before:
        _prefix(out, before, path)


def _prefix(out: list[Violation], since: int, path: str) -> None:
    out[since:] = [(wire.under(path, inner), problem) for inner, problem in out[since:]]


# --- what a request means


@functools.cache
def _settles_of(kind: Descriptor) -> tuple[Settle, ...]:
    return tuple(_settles(kind, frozenset()))


def _settles(kind: Descriptor, above: frozenset[Descriptor]) -> Iterator[Settle]:
    if kind in above or kind.full_name in fields.SPECIAL:
        return
    for field in kind.fields:
        if field_behavior_pb2.OUTPUT_ONLY in fields.behavior(field):
            yield _clearing(field.name)
        elif field.message_type is not None and not _is_map(field):
            inner = tuple(_settles(field.message_type, above | {kind}))
            if inner:
                yield _settling(field, inner)
        elif fields.may_be_me(field):
            yield _naming(field.name)


def _clearing(key: str) -> Settle:
    return lambda message, _me: message.ClearField(key)


def _naming(key: str) -> Settle:
    def run(message: Any, me: str) -> None:
        if me and getattr(message, key) == fields.ME:
            setattr(message, key, me)

    return run


def _settling(field: FieldDescriptor, inner: tuple[Settle, ...]) -> Settle:
    key, many = field.name, field.is_repeated

    def run(message: Any, me: str) -> None:
        if many or message.HasField(key):
            values = getattr(message, key)
            for value in values if many else (values,):
                for step in inner:
                    step(value, me)

    return run


# --- at a glance

# Whether there is certainly nothing to find in a value, and nothing to settle.
Fine = Callable[[Any], bool]

# The glances of those requests that have been seen.
_FINE: dict[type[Message], Fine] = {}
# Those that are left to who reads them.
_TRUSTED: dict[type[Message], Fine] = {}


@dataclass(eq=False)
class _Glance:
    """Looks at the fields that a message has, which are few, and not at those it could have.

    What it finds fine needs no more; anything else is for `settle` and `check` to judge.
    """

    # By the numbers of the fields.
    tests: dict[int, Fine] | None = None
    # Fields that there must be, or that fail when they are left out.
    musts: frozenset[int] = frozenset()

    def __call__(self, message: Any) -> bool:
        tests, musts, seen = self.tests or {}, self.musts, 0
        for field, value in message.ListFields():
            number = field.number
            if not tests.get(number, _never)(value):
                return False
            if number in musts:
                seen += 1
        return seen == len(musts)


@functools.cache
def _glance(_kind: Descriptor, _mode: Mode) -> _Glance:
    return _Glance()


def _fine_of(kind: Descriptor, mode: Mode) -> Fine:
    special = fields.SPECIAL.get(kind.full_name)
    if special is not None:
        return _passing(special)
    found = _glance(kind, mode)
    if found.tests is None:
        found.tests = {}
        found.tests.update((field.number, _fine(field, mode)) for field in kind.fields)
        found.musts = frozenset(
            field.number
            for field, check in ((field, _field_check(field, mode)) for field in kind.fields)
            if check is not None and _complains(check, kind)
        )
    return found


def _complains(check: Check, kind: Descriptor) -> bool:
    """Whether something is wrong with a field that was left out."""
    found: list[Violation] = []
    check(message_factory.GetMessageClass(kind)(), found)
    return bool(found)


def _fine(field: FieldDescriptor, mode: Mode) -> Fine:
    """Whether a field is fine that a message has."""
    if field_behavior_pb2.OUTPUT_ONLY in fields.behavior(field):
        return _never
    if fields.may_be_me(field):
        passing = _passing(fields.test_of(field))
        return lambda value: value != fields.ME and passing(value)
    check = _field_check(field, mode)
    if check is None:
        return lambda _value: True
    kind = field.message_type
    if field.is_repeated:
        most = fields.rules(field).max_items or fields.ITEMS
        if kind is None or _is_map(field):
            whole = _silent(_entries(field) if kind else _items(field))
            return lambda values: len(values) <= most and whole(values)
        inner = _fine_of(kind, _mode_of(field))
        return lambda values: len(values) <= most and all(map(inner, values))
    if kind is not None:
        return _fine_of(kind, _mode_of(field))
    test = fields.test_of(field)
    if field.cpp_type in WORDY:
        # One that is there and empty may be missing all the same.
        return lambda value: bool(value) and test(value) is None
    return _passing(test)


def _silent(check: Check) -> Fine:
    def run(values: Any) -> bool:
        found: list[Violation] = []
        check(values, found)
        return not found

    return run


def _never(_value: Any) -> bool:
    return False


def _passing(test: fields.Test) -> Fine:
    return lambda value: test(value) is None


# --- descriptors


def _mode_of(field: FieldDescriptor) -> Mode:
    """What a request does with the resource in it; its name says so."""
    owner = field.containing_type
    if owner is None or not _is_resource(field):
        return Mode.READ
    if owner.name.startswith("Create"):
        return Mode.CREATE
    return Mode.UPDATE if owner.name.startswith("Update") else Mode.READ


def _is_map(field: FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and bool(kind.GetOptions().map_entry)


def _is_resource(field: FieldDescriptor) -> bool:
    kind = field.message_type
    if kind is None or field.is_repeated:
        return False
    return bool(kind.GetOptions().HasExtension(resource_pb2.resource))


def _is_plain(field: FieldDescriptor) -> bool:
    """A number without bounds of its own."""
    rules = fields.rules(field)
    return field.cpp_type in NUMBERS and not (rules.HasField("min") or rules.HasField("max"))


WORDY = (FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_ENUM)
FLOATS = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
NUMBERS = (
    *FLOATS,
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
)
