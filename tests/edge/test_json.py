"""REST as a browser sees it: what arrives, what comes back, and how a mistake is named."""

from __future__ import annotations

import json

import grpc
import pytest
from google.protobuf import any_pb2, field_mask_pb2, timestamp_pb2
from google.rpc import error_details_pb2, status_pb2

from services.kit import status
from services.kit.rates import TooManyCalls
from turnout.auth.v1 import auth_pb2, organization_pb2
from turnout.event.v1 import event_pb2

pytestmark = pytest.mark.server

REGISTER = "/turnout.auth.v1.AuthService/RegisterUser"
LOGIN = "/turnout.auth.v1.AuthService/Login"
EVENTS = "/turnout.event.v1.EventService/"
HOME = "/api/v1/organizations/018f0000-0000-7000-8000-0000000000aa"
JSON = {"content-type": "application/json"}


def violations(response):
    """What is said of each field, of an answer that names fields."""
    [found] = [
        d for d in response.json()["details"] if d["@type"].endswith("google.rpc.BadRequest")
    ]
    return {one["field"]: one["description"] for one in found["fieldViolations"]}


def info(response):
    return response.json()["details"][0]


@pytest.fixture
def events(services):
    """Event takes whatever it is sent and sends it back."""

    async def echo(request, _):
        return request.event

    async def page(request, _):
        return event_pb2.ListEventsResponse(next_page_token=request.city)

    for method in ("CreateEvent", "UpdateEvent"):
        services.on(EVENTS + method, echo)
    services.on(EVENTS + "ListEvents", page)
    return services


async def post_event(http, text):
    return await http.post(f"{HOME}/events", content=text, headers=JSON)


async def test_a_request_arrives_as_the_message_that_it_says(services, http):
    async def register(request, _):
        made = timestamp_pb2.Timestamp(seconds=1)
        return auth_pb2.User(name="users/1", email=request.user.email, create_time=made)

    services.on(REGISTER, register)
    body = {"user": {"email": "ann@example.com", "displayName": "Ann"}, "password": "12345678"}

    response = await http.post("/api/v1/auth/register", json=body)

    assert response.status_code == 200
    assert response.json() == {
        "name": "users/1",
        "email": "ann@example.com",
        "createTime": "1970-01-01T00:00:01Z",
    }
    assert services.last.request == auth_pb2.RegisterUserRequest(
        user=auth_pb2.User(email="ann@example.com", display_name="Ann"), password="12345678"
    )


async def test_a_path_a_query_and_a_body_make_one_request(events, http):
    response = await http.patch(
        f"{HOME}/events/1?update_mask=displayName,venue.city",
        json={"displayName": "Gig", "venue": {"city": "Köln"}},
    )

    assert response.json()["displayName"] == "Gig"
    assert events.last.request == event_pb2.UpdateEventRequest(
        event=event_pb2.Event(
            name=f"{HOME.removeprefix('/api/v1/')}/events/1",
            display_name="Gig",
            venue=event_pb2.Venue(city="Köln"),
        ),
        update_mask=field_mask_pb2.FieldMask(paths=["display_name", "venue.city"]),
    )


async def test_a_query_is_read_as_forms_write_it(events, http):
    response = await http.get(
        f"{HOME}/events?page_size=5&city=New+York%20City&end_after=2026-01-01T00:00:00Z"
    )

    assert response.json() == {"nextPageToken": "New York City"}
    assert events.last.request.page_size == 5
    assert events.last.request.end_after.seconds == 1767225600


async def test_names_of_fields_may_be_written_in_both_ways(events, http):
    response = await post_event(http, '{"display_name": "a", "venue": {"arrivalRadiusMeters": 50}}')

    assert response.json() == {"displayName": "a", "venue": {"arrivalRadiusMeters": 50}}


async def test_what_was_read_can_be_sent_back(events, http):
    name = f"{HOME.removeprefix('/api/v1/')}/events/1"
    body = {"name": name, "displayName": "b", "state": "STATE_DRAFT", "etag": '"1"'}

    response = await http.patch(f"{HOME}/events/1", json=body)

    assert response.json() == body


async def test_a_refusal_keeps_its_code_its_message_and_its_details(services, http):
    async def login(_, context):
        detail = any_pb2.Any()
        detail.Pack(
            error_details_pb2.ErrorInfo(reason="BAD_CREDENTIALS", domain="auth.turnout.app")
        )
        status = status_pb2.Status(code=16, message="who are you", details=[detail])
        metadata = (("grpc-status-details-bin", status.SerializeToString()),)
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, status.message, metadata)

    services.on(LOGIN, login)

    response = await http.post("/api/v1/auth/login", json={"email": "a", "password": "b"})

    assert response.status_code == 401
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "code": 16,
        "message": "who are you",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "BAD_CREDENTIALS",
                "domain": "auth.turnout.app",
            }
        ],
    }


async def test_an_answer_without_details_is_json_too(services, http):
    async def login(_, context):
        await context.abort(grpc.StatusCode.UNAVAILABLE, "not now")

    services.on(LOGIN, login)

    response = await http.post("/api/v1/auth/login", json={"email": "a", "password": "b"})

    assert response.status_code == 503
    assert response.json() == {"code": 14, "message": "not now"}


async def test_every_unknown_field_is_named_at_once(events, http):
    response = await post_event(
        http,
        '{"displayName": "a", "nope": [{"x": 1}], "venue": {"zip": "1", "location": {"lat": 1}}}',
    )

    assert response.status_code == 400
    assert violations(response) == {
        "event.nope": "is not a field of turnout.event.v1.Event",
        "event.venue.zip": "is not a field of turnout.event.v1.Venue",
        "event.venue.location.lat": "is not a field of google.type.LatLng",
    }
    assert response.json()["code"] == 3
    assert (
        response.json()["message"]
        == "event.nope is not a field of turnout.event.v1.Event, and 2 more"
    )
    assert info(response) == {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "INVALID_FIELDS",
        "domain": "edge.turnout.app",
        "metadata": {
            "field": "event.nope",
            "problem": "is not a field of turnout.event.v1.Event",
            "more": "2",
        },
    }
    assert events.calls == []


@pytest.mark.parametrize(
    ("text", "field", "problem"),
    [
        ('{"displayName": 5}', "event.display_name", "must be a string"),
        ('{"displayName": {"a": 1}}', "event.display_name", "must be a string"),
        ('{"venue": "here"}', "event.venue", "must be an object"),
        ('{"venue": []}', "event.venue", "must be an object"),
        ("[]", "event", "must be an object"),
        ('{"ticketTypes": {}}', "event.ticket_types", "must be a list"),
        (
            '{"ticketTypes": [{}, {"capacity": "many"}]}',
            "event.ticket_types[1].capacity",
            "must be a whole number",
        ),
        (
            '{"ticketTypes": [{"capacity": 1.5}]}',
            "event.ticket_types[0].capacity",
            "must be a whole number",
        ),
        (
            '{"ticketTypes": [{"capacity": true}]}',
            "event.ticket_types[0].capacity",
            "must be a whole number",
        ),
        (
            '{"ticketTypes": [{"capacity": 2147483648}]}',
            "event.ticket_types[0].capacity",
            "is out of range",
        ),
        (
            '{"ticketTypes": [{"price": {"units": "9223372036854775808"}}]}',
            "event.ticket_types[0].price.units",
            "is out of range",
        ),
        ('{"ticketTypes": [null]}', "event.ticket_types[0]", "must be an object"),
        (
            '{"venue": {"location": {"latitude": "north"}}}',
            "event.venue.location.latitude",
            "must be a number",
        ),
        (
            '{"venue": {"location": {"latitude": 1e999}}}',
            "event.venue.location.latitude",
            "is out of range",
        ),
        (
            '{"state": "STATE_OPEN"}',
            "event.state",
            "must be one of " + ", ".join(event_pb2.Event.State.keys()),
        ),
        (
            '{"createTime": "2026-05-01T18:00:00"}',
            "event.create_time",
            "must be a time with its zone, such as 2026-05-01T18:00:00Z",
        ),
        (
            '{"createTime": "tomorrow"}',
            "event.create_time",
            "must be a time such as 2026-05-01T18:00:00Z",
        ),
        (
            '{"createTime": "2026-02-29T18:00:00Z"}',
            "event.create_time",
            "is a time that no calendar has",
        ),
        (
            '{"startTime": {"utcOffset": "1h"}}',
            "event.start_time.utc_offset",
            "must be a span such as 90s or 1.5s",
        ),
        (
            '{"startTime": {"utcOffset": "3600s", "timeZone": {"id": "UTC"}}}',
            "event.start_time.time_zone",
            "cannot be given together with utc_offset",
        ),
    ],
)
async def test_a_value_of_the_wrong_kind_is_refused_by_its_field(
    events, http, text, field, problem
):
    response = await post_event(http, text)

    assert response.status_code == 400
    assert violations(response) == {field: problem}
    assert events.calls == []


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ('{"ticketTypes": [{"capacity": "7"}]}', {"ticketTypes": [{"capacity": 7}]}),
        ('{"ticketTypes": [{"capacity": 7.0}]}', {"ticketTypes": [{"capacity": 7}]}),
        ('{"ticketTypes": [{"capacity": 7e0}]}', {"ticketTypes": [{"capacity": 7}]}),
        (
            '{"ticketTypes": [{"price": {"units": 9007199254740993}}]}',
            {"ticketTypes": [{"price": {"units": "9007199254740993"}}]},
        ),
        ('{"state": 2}', {"state": "STATE_PUBLISHED"}),
        ('{"venue": null, "ticketTypes": null, "displayName": null}', {}),
        ('{"displayName": "\\u00fc \\ud83d\\ude00 \\"\\\\\\/"}', {"displayName": 'ü 😀 "\\/'}),
        (" \n\t{ } \r\n", {}),
        (
            '{"createTime": "2026-05-01T18:00:00.5+02:00"}',
            {"createTime": "2026-05-01T16:00:00.500Z"},
        ),
    ],
)
async def test_json_may_say_the_same_in_many_ways(events, http, text, sent):
    response = await post_event(http, text)

    assert response.status_code == 200
    assert response.json() == sent


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        (b'{"displayName": "a",}', 1, 21, "expected a name in double quotes"),
        (b'{\n "displayName": "a"\n "etag": ""}', 3, 2, "expected a comma or a closing brace"),
        (b"{'displayName': 1}", 1, 2, "expected a name in double quotes"),
        (b'{"displayName" 1}', 1, 16, "expected a colon"),
        (b'{"displayName": "a"', 1, 20, "the text ends too early"),
        (b'{"displayName": "a', 1, 17, "this string does not end"),
        (b'{"displayName": "a\nb"}', 1, 19, "a control character must be escaped"),
        (b'{"displayName": "\\x"}', 1, 18, "a backslash has no such meaning"),
        (b'{"displayName": "\\ud800"}', 1, 18, "half of a surrogate pair"),
        (b'{"displayName": "\xff"}', 1, 18, "bytes that are not UTF-8"),
        (b'{"displayName": "\xed\xa0\x80"}', 1, 18, "bytes that are not UTF-8"),
        (b'{"nope": 01}', 1, 10, "a number has no leading zero"),
        (b'{"nope": NaN}', 1, 10, "expected a value"),
        (b"{} {}", 1, 4, "something follows the end of the JSON text"),
        (b'{"etag": "1", "etag": "2"}', 1, 15, "the same field twice in one object"),
        (b'{"display_name": "", "displayName": ""}', 1, 22, "the same field twice in one object"),
        (b'{"nope": ' + b"[" * 40, 1, 41, "nested deeper than 32 levels"),
        (b"\xef\xbb\xbf{}", 1, 1, "expected a value"),
        (b"hello", 1, 1, "expected a value"),
    ],
)
async def test_what_is_no_json_is_refused_where_it_stops_being_json(
    events, http, text, line, column, problem
):
    response = await post_event(http, text)

    assert response.status_code == 400
    assert response.json()["code"] == 3
    assert response.json()["message"] == (
        f"malformed JSON at line {line}, column {column}: {problem}"
    )
    assert info(response)["reason"] == "MALFORMED_JSON"
    assert events.calls == []


@pytest.mark.parametrize(
    ("query", "field", "problem"),
    [
        ("zzz=1", "zzz", "is not a query parameter of this method"),
        ("parent=organizations/2", "parent", "is not a query parameter of this method"),
        ("page_size=many", "page_size", "must be a whole number"),
        ("page_size=", "page_size", "must be a whole number"),
        ("page_size=1&pageSize=2", "page_size", "is given twice"),
        (
            "end_after=2026-01-01T00:00:00",
            "end_after",
            "must be a time with its zone, such as 2026-05-01T18:00:00Z",
        ),
        ("end_after.seconds=1", "end_after.seconds", "is not a query parameter of this method"),
        ("city=%ff", "city", "must be UTF-8"),
        ("city=%zz", "city", "must be percent-encoded"),
        ("access_token=abc", "access_token", "is not a query parameter of this method"),
    ],
)
async def test_a_query_parameter_that_cannot_be_is_refused_by_name(
    events, http, query, field, problem
):
    response = await http.get(f"{HOME}/events?{query}")

    assert response.status_code == 400
    assert violations(response) == {field: problem}
    assert events.calls == []


async def test_no_query_parameter_reaches_into_the_body(events, http):
    response = await http.post(f"{HOME}/events?event.display_name=evil&etag=1", content="{}")

    assert response.status_code == 400
    assert set(violations(response)) == {"event.display_name", "etag"}


async def test_no_body_overrides_what_the_path_says(events, http):
    """By default Envoy lets a body in snake case win over the path that was authorized."""
    response = await http.patch(f"{HOME}/events/1", json={"name": "organizations/other/events/1"})

    assert response.status_code == 400
    assert violations(response) == {
        "event.name": f"is given by the path, as {HOME.removeprefix('/api/v1/')}/events/1"
    }
    assert events.calls == []


@pytest.mark.parametrize("field", ["member.name", "name"])
async def test_no_form_of_the_name_gets_past_the_path(services, http, field):
    async def echo(request, _):
        return request.member

    services.on("/turnout.auth.v1.OrganizationService/UpdateMember", echo)
    path = f"{HOME}/members/018f0000-0000-7000-8000-000000000001"

    response = await http.patch(f"{path}?{field}=organizations/x/members/y", json={})

    assert response.status_code == 400
    assert services.calls == []


async def test_a_read_takes_no_body(events, http):
    response = await http.request("GET", f"{HOME}/events", content='{"parent": "organizations/2"}')

    assert response.status_code == 400
    assert violations(response) == {"body": "must be empty for this method"}


async def test_a_name_in_a_path_is_text(services, http):
    response = await http.get("/api/v1/users/%ff")

    assert response.status_code == 400
    assert violations(response) == {"name": "must be percent-encoded UTF-8"}


async def test_a_request_without_a_body_is_an_empty_one(services, http):
    async def publish(request, _):
        return event_pb2.Event(name=request.name)

    services.on(EVENTS + "PublishEvent", publish)

    response = await http.post(f"{HOME}/events/1:publish")

    assert response.json() == {"name": f"{HOME.removeprefix('/api/v1/')}/events/1"}


async def test_a_body_just_below_the_limit_arrives(events, http):
    text = "x" * (1 << 20)

    response = await post_event(http, json.dumps({"displayName": text[:-100]}))

    assert len(response.json()["displayName"]) == len(text) - 100


async def test_a_large_answer_arrives(services, http):
    async def page(_, context):
        rows = [organization_pb2.Organization(display_name="x" * 1000) for _ in range(3000)]
        return organization_pb2.ListOrganizationsResponse(organizations=rows)

    services.on("/turnout.auth.v1.OrganizationService/ListOrganizations", page)

    response = await http.get("/api/v1/organizations")

    assert len(response.json()["organizations"]) == 3000
    assert response.headers["content-encoding"] == "gzip"


async def test_who_calls_too_often_reads_in_headers_when_to_come_back(services, http):
    async def enough(_, context):
        code, refusal = status.render(TooManyCalls("user", 60, 1500), "auth.turnout.app")
        details = (status.DETAILS_KEY, refusal.SerializeToString())
        await context.abort(code, refusal.message, (details, ("retry-after", "2")))

    services.on(REGISTER.replace("RegisterUser", "GetUser"), enough)
    response = await http.get("/api/v1/users/me")

    assert (response.status_code, info(response)["reason"]) == (429, "TOO_MANY_CALLS")
    assert response.json()["details"][1]["retryDelay"] == "1.500s"
    assert response.headers["retry-after"] == "2"
