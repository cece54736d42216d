"""Whatever is sent, the answer says what is wrong with it; no service is ever surprised."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import replace

import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from deploy.envoy import routes
from services.kit import fields
from tests.contract import contract, test_paths
from tests.journeys import asking, builders, mistakes, worlds
from turnout.access.v1 import access_pb2

pytestmark = [pytest.mark.server, pytest.mark.mesh]
METHODS = asking.METHODS
IN_JSON = [one for one in METHODS if asking.has_json(one)]
every = pytest.mark.parametrize("method", METHODS, ids=asking.IDS)
every_in_json = pytest.mark.parametrize(
    "method", IN_JSON, ids=[one.full_name.removeprefix("turnout.") for one in IN_JSON]
)
INVALID = "INVALID_ARGUMENT"
# In a path these lead to the same place, or to another one that exists.
HARMLESS = {"a beginning too many", "an end too many", "a way up", "any", "missing"}
ELSEWHERE = {400, 403, 404, 405}
SURPRISED = {"INTERNAL", "UNKNOWN", "UNIMPLEMENTED", "UNAVAILABLE", "DATA_LOSS"}
AT_ONCE = 40
# What belongs to a person, and not to an organization.
OWN = {kind for kind, name in worlds.anything().items() if name.startswith("users/")}


@pytest.fixture(scope="module")
async def spare(edge):
    """An account that nobody will miss."""
    return await anybody(edge)


@pytest.fixture
async def lonely(edge, spare, method):
    """One for each test of what is a person's own: some requests end it."""
    return await anybody(edge) if is_own(method) else spare


async def anybody(edge):
    _, session = await worlds.account(edge)
    names = {"turnout.app/User": session["user"]}
    names["turnout.app/Session"] = worlds.session_of(session)
    return names, f"Bearer {session['accessToken']}"


def is_own(method):
    kinds = {
        kind
        for path in builders.references(method)
        for kind in builders.reference(builders.field_at(method.input_type, path))
    }
    return not kinds - {""} - OWN and not asking.is_public(method)


def asker(method, world, spare):
    """The names that a request is about, and the authorization of who may make it."""
    if contract.access(method).platform and not asking.is_public(method):
        return world.names, world.administrator
    if is_own(method):
        names, token = spare
        return world.names | names, token
    access = contract.access(method)
    by_link = list(access.audiences) == [access_pb2.AUDIENCE_GUEST] and not access.permission
    own = by_link or (access_pb2.AUDIENCE_GUEST in access.audiences and not access.permission)
    return world.names, world.guest.edge.authorization if own else world.token


def surprised(answers):
    """The answers that no request may get. Another verb at a path is UNIMPLEMENTED by HTTP."""
    return [one for one in answers if one.code in SURPRISED and one.http != 405]


async def gathered(calls):
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(call):
        async with limit:
            return await call

    return await asyncio.gather(*map(one, calls))


@every
async def test_a_mistake_in_a_request_is_named_by_its_field(edge, first, spare, method):
    names, token = asker(method, first, spare)
    good = builders.request(method, names)
    made = mistakes.all_of(method, names)

    answers = await gathered(
        asking.by_grpc(edge.channel, method, one.made_in(good), token) for one in made
    )

    missed = [
        (str(one), answer)
        for one, answer in zip(made, answers, strict=True)
        if answer.code != INVALID or not one.is_named(answer.fields)
    ]
    assert missed == []


@every_in_json
async def test_a_mistake_in_json_is_named_by_its_field(edge, first, spare, method):
    names, token = asker(method, first, spare)
    good = builders.request(method, names)
    made = some_of(method, in_json(method, good, mistakes.all_of(method, names)))

    answers = await gathered(asking.send(edge, written, token) for _, written in made)

    missed = [
        (str(one), answer)
        for (one, _), answer in zip(made, answers, strict=True)
        if not is_told(method, one, answer)
    ]
    assert missed == []


# The same rules stand behind both doors, and every mistake is made at the other one. Of each
# method's mistakes one in so many is made here too, and each kind of them at many methods.
SHARE = 3


def some_of(method, made):
    return list(made)[IN_JSON.index(method) % SHARE :: SHARE]


def in_json(method, good, made):
    """The mistakes that JSON has words for."""
    bound = path_fields(method)
    for one in made:
        silent = one.what == "no path" or (is_raw(method) and one.leaf.written == "body")
        if silent or (one.leaf.written in bound and one.what in HARMLESS):
            continue
        try:
            yield one, asking.written(method, one.made_in(good))
        except asking.NotInJson:
            continue


def path_fields(method):
    _, template = contract.verb_and_path(asking.rules(method)[0])
    return set(re.findall(r"\{([a-z0-9_.]+)", template))


def is_told(method, mistake, answer):
    if mistake.leaf.written in path_fields(method):
        return answer.http in ELSEWHERE
    return (answer.code, answer.http) == (INVALID, 400) and mistake.is_named(answer.fields)


# --- JSON that is none, or of another shape

MALFORMED = [b"{", b'{"a":}', b"[", b"nonsense", b"{} {}", b'{"a": NaN}', b"\xff", b"\0"]


@every_in_json
async def test_what_is_no_json_is_told_so(edge, first, spare, method):
    rule = asking.rules(method)[0]
    if not rule.body or is_raw(method):
        return
    names, token = asker(method, first, spare)
    written = asking.written(method, builders.request(method, names))

    answers = await gathered(asking.send(edge, written, token, content=text) for text in MALFORMED)

    assert {(one.code, one.http) for one in answers} == {(INVALID, 400)}
    assert {one.reason for one in answers} == {"MALFORMED_JSON"}
    assert all(one.fields for one in answers)


def is_raw(method):
    body = asking.rules(method)[0].body
    field = method.input_type.fields_by_name.get(body)
    return field is not None and field.message_type.full_name == "google.api.HttpBody"


@every_in_json
async def test_a_value_of_another_type_is_told_by_its_field(edge, first, spare, method):
    rule = asking.rules(method)[0]
    if not rule.body or is_raw(method):
        return
    names, token = asker(method, first, spare)
    request = builders.request(method, names)
    made = some_of(method, mistakes.mistyped(method, rule, request))
    made.append(("noSuchField", {"noSuchField": 1}))

    answers = await gathered(
        asking.send(edge, replace(asking.written(method, request), body=body), token)
        for _, body in made
    )

    prefix = "" if rule.body == "*" else f"{rule.body}."
    missed = [
        (path, body, answer)
        for (path, body), answer in zip(made, answers, strict=True)
        if (answer.code, answer.http) != (INVALID, 400)
        or not any(one.startswith(prefix + path) for one in answer.fields)
    ]
    assert missed == []


@every_in_json
async def test_a_parameter_that_nobody_knows_is_told_by_its_name(edge, first, spare, method):
    if is_raw(method):
        return
    names, token = asker(method, first, spare)
    written = asking.written(method, builders.request(method, names))
    written.query.append(("noSuchParameter", "1"))

    answer = await asking.send(edge, written, token)

    assert (answer.code, answer.fields) == (INVALID, ("noSuchParameter",))


@every_in_json
async def test_a_body_over_the_limit_is_too_large(edge, first, spare, method):
    names, token = asker(method, first, spare)
    written = asking.written(method, builders.request(method, names))

    most = routes.MOST_FILE if takes_files(method) else limit_of(method) or routes.MOST_BODY
    answer = await asking.send(edge, written, token, content=b" " * (most + 1))

    assert (answer.code, answer.http, answer.reason) == (INVALID, 413, "BODY_TOO_LARGE")


def limit_of(method):
    """How many bytes a raw body may have, if the contract says it."""
    field = method.input_type.fields_by_name.get("body") if is_raw(method) else None
    return fields.rules(field).max_length if field is not None else 0


def takes_files(method):
    """Whether a file is sent as it is: by members, or by PUT to an address that was given."""
    kinds = [field.message_type for field in method.input_type.fields]
    raw = any(kind is not None and kind.full_name == "google.api.HttpBody" for kind in kinds)
    verbs = [contract.verb_and_path(rule)[0] for rule in contract.http(method)]
    return raw and ("PUT" in verbs or not contract.access(method).audiences)


BINDINGS = {
    (verb, re.escape(test_paths.shape(path)).replace(r"\*", "[^/:]+"))
    for _, verb, path in test_paths.bindings()
}


@every_in_json
async def test_another_verb_or_another_path_is_told_so(edge, first, spare, method):
    names, token = asker(method, first, spare)
    written = asking.written(method, builders.request(method, names))
    elsewhere = replace(written, path=f"{written.path}/some/where/else")
    taken = {verb for verb, shape in BINDINGS if re.fullmatch(shape, written.path)}
    other = next(verb for verb in ("PUT", "PATCH", "DELETE", "POST", "GET") if verb not in taken)

    verb, path = await gathered(
        asking.send(edge, one, token) for one in (replace(written, verb=other), elsewhere)
    )

    assert verb.http == 405
    assert path.http == 404


# --- bytes

GARBAGE = [b"\xff", b"\x0a\xff\xff", b"\x00" * 10, b"\x0a\x05ab", b"\x0a\x02\xc3\x28", b"{}"]


@every
async def test_bytes_that_are_no_message_are_told_so(edge, first, spare, method):
    _, token = asker(method, first, spare)

    answers = await gathered(asking.by_grpc(edge.channel, method, data, token) for data in GARBAGE)

    # What looks like fields that nobody knows is an empty request.
    assert {one.code for one in answers} & {INVALID, "PERMISSION_DENIED", "OK"}
    assert not surprised(answers)
    assert answers[0].reason == answers[1].reason == "MALFORMED_REQUEST"


@pytest.mark.parametrize(
    "method", {one.containing_service: one for one in METHODS}.values(), ids=lambda m: m.full_name
)
async def test_a_message_over_the_limit_is_too_large(edge, first, spare, method):
    _, token = asker(method, first, spare)
    unknown = b"\xfa\x7f\x80\x80\x80\x0a" + bytes(20 << 20)

    answer = await asking.by_grpc(edge.channel, method, unknown, token)

    assert answer.code == "RESOURCE_EXHAUSTED"


@every
async def test_nothing_at_all_surprises_nobody(edge, first, spare, method):
    names, token = asker(method, first, spare)
    request = builders.request(method, names)
    empty = type(request)()
    asked = [asking.by_grpc(edge.channel, method, empty, token)]
    if asking.has_json(method) and not does_much_with_little(method):
        written = replace(asking.written(method, request), query=[], body=None)
        asked.append(asking.send(edge, written, token))

    answers = await gathered(asked)

    assert not surprised(answers)


def does_much_with_little(method):
    """By an address alone, such a method does what it is for."""
    reads = method.GetOptions().idempotency_level == 1
    missing = [leaf for leaf in mistakes.leaves(method) if leaf.required]
    named = {leaf.written for leaf in missing} <= path_fields(method)
    return not reads and (named or mistakes.is_update(method))


# --- what was right somewhere else, or some time ago

LISTS = [one for one in METHODS if "page_token" in one.input_type.fields_by_name]


@pytest.mark.parametrize("method", LISTS, ids=[one.full_name for one in LISTS])
async def test_the_page_token_of_another_list_is_told_so(edge, first, spare, method):
    names, token = asker(method, first, spare)
    request = builders.request(method, names)
    page = await first.owner.rest.get(f"{first.organization}/events", pageSize=1)
    request.page_token = page["nextPageToken"]
    if method.name == "ListEvents":
        request.city = "Elsewhere"

    answers = await asking.both(edge, method, request, token)

    assert {(one.code, one.fields) for one in answers} == {(INVALID, ("page_token",))}


TAGGED = [one for one in METHODS if any(leaf.path[-1] == "etag" for leaf in mistakes.leaves(one))]


@pytest.mark.parametrize("method", TAGGED, ids=[one.full_name for one in TAGGED])
async def test_an_etag_that_is_none_is_told_from_one_that_is_old(edge, first, spare, method):
    names, token = asker(method, first, spare)
    [leaf] = [one for one in mistakes.leaves(method) if one.path[-1] == "etag"]
    if len(leaf.path) > 1 and not mistakes.is_update(method):
        return  # a resource that is created has none yet
    stale = mistakes.Mistake(leaf, "stale", '"999999"').made_in(builders.request(method, names))

    answers = await asking.both(edge, method, stale, token)

    # Where it stands may say no before what one has seen of it does.
    assert {one.code for one in answers} <= {"ABORTED", "FAILED_PRECONDITION"}, answers
    told = {one.reason for one in answers if one.code == "ABORTED"}
    assert told <= {"STALE_ETAG"}


ONCE = [one for one in METHODS if "request_id" in one.input_type.fields_by_name]
# Whoever did this is nobody from then on, as soon as the fact of it was heard.
FAREWELLS = ("DeactivateUser", "DeleteUser", "RevokeSessions")


@pytest.mark.parametrize("method", ONCE, ids=[one.full_name for one in ONCE])
async def test_a_request_id_that_was_used_is_not_taken_for_another_request(
    edge, second, lonely, method
):
    names, token = asker(method, second, lonely)
    request = builders.request(method, names)
    other = varied(method, request)

    first = await asking.by_grpc(edge.channel, method, request, token)
    if first.code != "OK":
        # Only what was carried out is remembered.
        assert not surprised([first])
        return
    answers = [await asking.by_grpc(edge.channel, method, other, token)]
    if asking.has_json(method):
        answers.append(await asking.by_rest(edge, method, other, token))

    told = {(one.reason, one.fields) for one in answers}
    if method.name in FAREWELLS:
        told.discard(("TOKEN_REVOKED", ()))
        assert told <= {("REQUEST_ID_REUSED", ("request_id",))}
    else:
        assert told == {("REQUEST_ID_REUSED", ("request_id",))}


def varied(method, request):
    """The same request, but for one thing; under the same id."""
    other = type(request)()
    other.CopyFrom(request)
    for leaf in mistakes.leaves(method):
        value = VARIATIONS.get(leaf.path[-1])
        if value is not None and (leaf.field.enum_type is None or isinstance(value, int)):
            mistakes.put(other, leaf, value)
            return other
    known = method.input_type.fields_by_name
    key = next(key for key in ("member", "user", "name", "parent") if key in known)
    setattr(other, key, f"{getattr(request, key)[:-4]}0000")
    return other


VARIATIONS = {
    "display_name": "Other words",
    "note": "Other words",
    "reason": "Other words",
    "etag": '"1"',
    "keep_current": True,
    "payment_method": "pm_card_slow",
    "playback_rate": 2.0,
    "quantity": 2,
    "query": "Other words",
    "role": access_pb2.ROLE_STAFF,
    "subject": "Other words",
    "token": "Other words",
}


# --- anything

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
SCALARS = {
    FieldDescriptor.CPPTYPE_STRING: TEXT,
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32),
    FieldDescriptor.CPPTYPE_ENUM: st.integers(-3, 20),
}


def changes(method):
    """Some fields of a request, each with any value that its type can have."""
    found = [(path, field) for path, field in scalars(method.input_type, ())]
    if not found:
        return st.just([])
    one = st.sampled_from(found).flatmap(
        lambda pair: st.tuples(st.just(pair[0]), SCALARS[pair[1].cpp_type])
    )
    return st.lists(one, max_size=4)


def scalars(kind, above):
    for field in kind.fields:
        inner = field.message_type
        if field.type == FieldDescriptor.TYPE_BYTES or (inner and len(above) > 4):
            continue
        if inner is not None and not inner.GetOptions().map_entry:
            yield from scalars(inner, (*above, field.name))
        elif inner is None:
            yield (*above, field.name), field


@every
@settings(max_examples=8, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
async def test_nothing_that_a_message_can_hold_surprises_a_service(
    edge, second, lonely, method, data
):
    names, token = asker(method, second, lonely)
    if method.name == "DeleteOrganization":
        names, token = await doomed(edge)
    request = builders.request(method, names)
    for path, value in data.draw(changes(method)):
        target = builders.holder(request, path)
        if hasattr(getattr(target, path[-1]), "append"):
            getattr(target, path[-1]).append(value)
        else:
            setattr(target, path[-1], value)

    answers = await anyhow(edge, method, request, token)

    assert not surprised(answers)


async def doomed(edge):
    """An organization that nobody will miss, and its owner."""
    names, token = await anybody(edge)
    made = await edge.rest.bearing(token).post("organizations", {"displayName": "Doomed"})
    return names | {"turnout.app/Organization": made["name"]}, token


async def anyhow(edge, method, request, token):
    asked = [asking.by_grpc(edge.channel, method, request, token)]
    if asking.has_json(method):
        with contextlib.suppress(asking.NotInJson):
            asked.append(asking.send(edge, asking.written(method, request), token))
    return await asyncio.gather(*asked)
