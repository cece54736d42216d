"""The rules of an organization's own templates. Plain values in, plain values out.

A template is Jinja2 with nearly everything taken out: what is left has no loops, no calls and no
attributes, so it cannot reach what it was not given, and takes as long as it is.
"""

from __future__ import annotations

import enum
import functools
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.kit import errors
from services.kit.names import Collection, Name
from services.messaging.decency.domain import BadAddress, address_of
from services.messaging.messages.domain import Channel, ProviderTemplate, Text
from services.messaging.templates.rendering import SHORT, one_line
from services.messaging.templates.words import ENGLISH, LANGUAGES, Language

TEMPLATES = Collection("messageTemplates", "turnout.app/MessageTemplate")
# What is there without being declared, and what a preview shows for it.
GIVEN = {
    "name": "Ada",
    "host": "The Club",
    "event": "Summer party",
    "place": "Town hall, Berlin",
    "when": "Sat 19 Jun 2027, 18:00",
    "link": "https://example.org/join/",
}
LONGEST_VALUE, MOST_DIGITS = 10_000, 40
# What a message may come to; what is longer is no message.
LONGEST = 100_000
FILTERS = frozenset({"upper", "lower", "title", "capitalize", "trim", "default", "length"})
PARTS = ("subject", "body", "text")
ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Filter,
)


class Type(enum.Enum):
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    LINK = "link"


@dataclass(frozen=True)
class Variable:
    name: str
    type: Type = Type.TEXT
    optional: bool = False


@dataclass(frozen=True)
class WhatsAppTemplate:
    """What WhatsApp has approved that says the same, and what is filled in there."""

    name: str
    # As WhatsApp writes it; as the translation's if empty.
    language: str = ""
    body: tuple[str, ...] = ()
    named: bool = False
    header: str = ""
    link_button: bool = False
    quick_replies: int = 0


@dataclass(frozen=True)
class Translation:
    language: str
    subject: str
    body: str
    # What goes to phones; as `body` if empty.
    text: str = ""
    whatsapp: WhatsAppTemplate | None = None


@dataclass(frozen=True)
class Template:
    name: Name
    display_name: str
    variables: tuple[Variable, ...]
    translations: tuple[Translation, ...]
    create_time: datetime
    update_time: datetime
    version: int = 1


class MessageTemplateNotFound(errors.NotFound):
    message = "there is no {name}"
    name: str


class BadTemplate(errors.Invalid):
    """A template that nobody can write with."""


class MissingVariable(errors.Invalid):
    """A variable of the template has no value."""


class BadVariable(errors.Invalid):
    """A value that the variable cannot have."""


# --- what a template may be


def checked(template: Template) -> Template:
    """The template, if one can write with it."""
    at = "message_template"
    declared = [variable.name for variable in template.variables]
    for index, name in enumerate(declared):
        if name in GIVEN or name in declared[:index]:
            raise BadTemplate(f"{at}.variables[{index}].name", f"{name} is there already")
    languages = [each.language.lower() for each in template.translations]
    for index, each in enumerate(template.translations):
        where = f"{at}.translations[{index}]"
        if each.language.lower() in languages[:index]:
            raise BadTemplate(f"{where}.language_code", f"{each.language} is there already")
        for part in PARTS:
            _check(getattr(each, part), frozenset(declared) | GIVEN.keys(), f"{where}.{part}")
        if each.whatsapp is not None:
            _check_whatsapp(each.whatsapp, declared, f"{where}.whatsapp")
    return template


def _check_whatsapp(asked: WhatsAppTemplate, declared: Sequence[str], where: str) -> None:
    known = {*declared, *GIVEN}
    for index, name in enumerate(asked.body):
        if name not in known:
            raise BadTemplate(f"{where}.body_variables[{index}]", f"{name} is not declared")
    if asked.header and asked.header not in known:
        raise BadTemplate(f"{where}.header_variable", f"{asked.header} is not declared")


def revised(before: Template, after: Template, now: datetime) -> Template:
    """The next version of a template, or the same if nothing is changed."""
    if after == before:
        return before
    return checked(replace(after, version=before.version + 1, update_time=now))


def _check(source: str, known: frozenset[str], where: str) -> None:
    try:
        tree = _environment().parse(source)
    except jinja2.TemplateSyntaxError as error:
        raise BadTemplate(where, f"line {error.lineno}: {error.message}") from None
    except RecursionError:
        raise BadTemplate(where, "is nested too deeply") from None
    for node in _nodes(tree):
        if not isinstance(node, ALLOWED):
            word = type(node).__name__
            raise BadTemplate(where, f"line {node.lineno}: {word} is not allowed in a template")
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            raise BadTemplate(where, f"line {node.lineno}: there is no filter {node.name}")
        if isinstance(node, nodes.Name) and node.ctx != "load":
            raise BadTemplate(where, f"line {node.lineno}: nothing can be set in a template")
    unknown = sorted({node.name for node in tree.find_all(nodes.Name)} - known)
    if unknown:
        raise BadTemplate(where, f"{unknown[0]} is not declared")
    try:
        _check_kinds(tree, where)
        _compiled(source)
    except (jinja2.TemplateError, RecursionError, MemoryError, SyntaxError):
        raise BadTemplate(where, "is nested too deeply") from None


class _Kind(enum.Enum):
    """What an expression comes to. All values are texts, numbers as well."""

    TEXT = "a text"
    NUMBER = "a number"
    TRUTH = "true or false"
    EITHER = "one or the other"


_ORDERED = {"lt", "lteq", "gt", "gteq"}
# How many arguments a filter may have; none that is not here.
_ARGUMENTS = {"default": (0, 1, 2), "trim": (0, 1)}


def _check_kinds(tree: nodes.Template, where: str) -> None:
    """Refuses what could only be found out to make no sense when somebody is written to."""
    for output in tree.find_all(nodes.Output):
        for each in output.nodes:
            _kind(each, where)
    for condition in tree.find_all(nodes.If):
        _kind(condition.test, where)


def _kind(node: nodes.Node, where: str) -> _Kind:
    match node:
        case nodes.Const():
            return _constant(node, where)
        case nodes.Not():
            _kind(node.node, where)
            return _Kind.TRUTH
        case nodes.And() | nodes.Or():
            return _either(_kind(node.left, where), _kind(node.right, where))
        case nodes.CondExpr():
            if node.expr2 is None:
                raise BadTemplate(where, f"line {node.lineno}: an `if` in an output needs an else")
            _kind(node.test, where)
            return _either(_kind(node.expr1, where), _kind(node.expr2, where))
        case nodes.Compare():
            return _comparison(node, where)
        case nodes.Filter():
            return _filter(node, where)
    return _Kind.TEXT


def _either(one: _Kind, other: _Kind) -> _Kind:
    return one if one is other else _Kind.EITHER


def _constant(node: nodes.Const, where: str) -> _Kind:
    match node.value:
        case str():
            return _Kind.TEXT
        case bool():
            return _Kind.TRUTH
        case int() | float():
            return _Kind.NUMBER
    raise BadTemplate(where, f"line {node.lineno}: {node.value} is no value")


def _comparison(node: nodes.Compare, where: str) -> _Kind:
    left = _kind(node.expr, where)
    for operand in node.ops:
        right = _kind(operand.expr, where)
        fits = left is right or _Kind.EITHER in (left, right)
        if operand.op in ("in", "notin"):
            fits = left is right is _Kind.TEXT
        elif operand.op in _ORDERED:
            fits = left is right and left in (_Kind.TEXT, _Kind.NUMBER)
        if not fits:
            problem = f"{left.value} cannot be compared with {right.value}: values are texts"
            raise BadTemplate(where, f"line {node.lineno}: {problem}")
        left = right
    return _Kind.TRUTH


def _filter(node: nodes.Filter, where: str) -> _Kind:
    assert node.node is not None
    taken = _kind(node.node, where)
    if taken is not _Kind.TEXT:
        raise BadTemplate(where, f"line {node.lineno}: {node.name} is for a text")
    given = [_kind(each, where) for each in node.args]
    fits = len(given) in _ARGUMENTS.get(node.name, (0,))
    if not fits or (given and given[0] is not _Kind.TEXT):
        raise BadTemplate(where, f"line {node.lineno}: {node.name} takes no such argument")
    return _Kind.NUMBER if node.name == "length" else _Kind.TEXT


def _nodes(node: nodes.Node) -> Iterator[nodes.Node]:
    pending = [node]
    while pending:
        each = pending.pop()
        yield each
        pending.extend(each.iter_child_nodes())


# --- what is filled in


def values(
    variables: Sequence[Variable], given: Mapping[str, str], language: str, zone: str = "UTC"
) -> dict[str, str]:
    """The values of the declared variables, as the language writes them.

    Refuses when one is missing or not of its type, and one that nobody has declared.
    """
    known = {variable.name for variable in variables} | GIVEN.keys()
    unknown = sorted(given.keys() - known)
    if unknown:
        raise BadVariable("variables", f"{unknown[0]} is not declared in the template")
    spoken = LANGUAGES[nearest(language, tuple(LANGUAGES)) or ENGLISH]
    return {each.name: _value(each, given.get(each.name, ""), spoken, zone) for each in variables}


def _value(variable: Variable, text: str, language: Language, zone: str) -> str:
    if not text.strip():
        if variable.optional:
            return ""
        raise MissingVariable("variables", f"{variable.name} must be given")
    if len(text) > LONGEST_VALUE:
        raise BadVariable(
            "variables", f"{variable.name} must have at most {LONGEST_VALUE} characters"
        )
    value = one_line(text)
    match variable.type:
        case Type.NUMBER:
            return _number(value, variable.name, language)
        case Type.TIME:
            return _time(value, variable.name, language, zone)
        case Type.LINK if not _LINK.fullmatch(value):
            problem = f"{variable.name} must begin with https:// or http:// and have no spaces"
            raise BadVariable("variables", problem)
        case _:
            return value


_LINK = re.compile(r"https?://[^\s<>\"]{1,2000}")


def _number(text: str, name: str, language: Language) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS or len(text) > MOST_DIGITS:
        raise BadVariable("variables", f"{name} must be a number, such as 12.5")
    return f"{number:f}".replace(".", language.decimal)


def _time(text: str, name: str, language: Language, zone: str) -> str:
    try:
        time = datetime.fromisoformat(text)
        at = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(zoneinfo.ZoneInfo(zone))
    except (ValueError, OverflowError):
        problem = f"{name} must be a time, such as 2027-06-19T18:00:00Z"
        raise BadVariable("variables", problem) from None
    return at.strftime(language.time)


def address(channel: Channel, text: str) -> str:
    """An address as the channel has it: an e-mail address, or a phone number in E.164."""
    found = address_of(text, "address")
    if ("@" in found) is not (channel is Channel.EMAIL):
        raise BadAddress("address", f"must be one that {channel.value} goes to")
    return found


# --- what it says


def nearest(wanted: str, spoken: Sequence[str]) -> str | None:
    """The language of those that is nearest to a tag of BCP 47; None if none is near."""
    known = {tag.lower(): tag for tag in reversed(spoken)}
    found = known.get(wanted.lower())
    primary = wanted.lower().partition("-")[0]
    return found or next((tag for tag in spoken if tag.lower().partition("-")[0] == primary), None)


def translation(template: Template, language: str) -> Translation:
    """The words for who reads that language: the nearest, or else the first."""
    found = nearest(language, [each.language for each in template.translations])
    return next(
        (each for each in template.translations if each.language == found),
        template.translations[0],
    )


def mentions(words: Translation, name: str) -> bool:
    """Whether a value of that name may be said anywhere."""
    return words.whatsapp is not None or any(name in getattr(words, part) for part in PARTS)


def write(words: Translation, channel: Channel, filled: Mapping[str, str]) -> Text:
    """What a template says with these values, which are never read as a template."""
    short = channel in SHORT
    body = _compiled(words.text or words.body if short else words.body).render(filled)
    body = body.strip()[:LONGEST]
    if short:
        return Text("", body)
    return Text(one_line(_compiled(words.subject).render(filled))[:1000], body + "\n")


def approved(words: Translation, filled: Mapping[str, str]) -> ProviderTemplate | None:
    """The same in words that WhatsApp has approved, where there are any."""
    asked = words.whatsapp
    if asked is None:
        return None
    return ProviderTemplate(
        asked.name,
        (asked.language or words.language).replace("-", "_"),
        tuple((name if asked.named else "", filled[name]) for name in asked.body),
        filled[asked.header] if asked.header else "",
        filled["link"].rpartition("/")[2] if asked.link_button else "",
        asked.quick_replies,
    )


# Stands for a value that is filled in later. Neither a template nor a value holds a NUL, for
# Postgres keeps none.
_GAP = "\0{}\0"
_GAPS = re.compile("\0(name|link)\0")
# Makes a text of the values that differ from person to person.
Blank = Callable[[Mapping[str, str]], Text]


def blank(words: Translation, channel: Channel, filled: Mapping[str, str]) -> Blank:
    """What a template says to many, of whom only the name and the link are different.

    Gives just what `write` does, and writes the rest of it once where that can be done.
    """
    personal = ("name", "link")
    parts = [words.text or words.body] if channel in SHORT else [words.subject, words.body]
    if any(not _only_shows(part, personal) for part in parts):
        return lambda own: write(words, channel, {**filled, **own})
    gaps = {name: _GAP.format(name) for name in personal}
    written = [_GAPS.split(_compiled(part).render({**filled, **gaps})) for part in parts]
    body = written[-1]
    if channel in SHORT:
        return lambda own: Text("", _filled(body, own).strip()[:LONGEST])
    head = written[0]
    same = one_line(head[0])[:1000] if len(head) == 1 else None

    def fill(own: Mapping[str, str]) -> Text:
        subject = one_line(_filled(head, own))[:1000] if same is None else same
        return Text(subject, _filled(body, own).strip()[:LONGEST] + "\n")

    return fill


def _filled(pieces: Sequence[str], own: Mapping[str, str]) -> str:
    """Puts values where the gaps are: every other piece is the name of one."""
    if len(pieces) == 1:
        return pieces[0]
    parts = list(pieces)
    parts[1::2] = [own[name] for name in pieces[1::2]]
    return "".join(parts)


@functools.lru_cache(maxsize=1000)
def _only_shows(source: str, names: tuple[str, ...]) -> bool:
    """Whether a template does nothing with those values but show them as they are."""
    tree = _environment().parse(source)
    shown = {id(each) for output in tree.find_all(nodes.Output) for each in output.nodes}
    used = [each for each in tree.find_all(nodes.Name) if each.name in names]
    return all(id(each) in shown for each in used)


@functools.cache
def _environment() -> jinja2.Environment:
    # Plain text: escaping it for HTML would garble it.
    environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment


@functools.lru_cache(maxsize=1000)
def _compiled(source: str) -> jinja2.Template:
    return _environment().from_string(source)
