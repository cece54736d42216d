"""Every request is held to what the contract says of its fields, and every problem is named."""

from __future__ import annotations

import importlib
import math
import pathlib
import uuid

import pytest
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from google.type import datetime_pb2, money_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.kit import errors, fields, validate
from services.kit.caller import Caller, Kind, acting
from turnout.auth.v1 import auth_pb2, organization_pb2
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2, participant_pb2, search_pb2
from turnout.location.v1 import location_pb2

ID = str(uuid.uuid4())
PARENT = f"organizations/{ID}"
EVENT = f"{PARENT}/events/{ID}"
PROTOS = pathlib.Path(__file__).parents[2] / "protos"


def time(**values):
    message = datetime_pb2.DateTime(**({"year": 2026, "month": 6, "day": 1} | values))
    message.time_zone.id = "Europe/Berlin"
    return message


def event(**values):
    venue = event_pb2.Venue(display_name="Hall")
    venue.location.latitude = 52.5
    given = {
        "display_name": "Gig",
        "venue": venue,
        "start_time": time(hours=20),
        "end_time": time(hours=23),
        "ticket_types": [event_pb2.TicketType(id="seat", capacity=5)],
    }
    return event_pb2.Event(**(given | values))


def create(**values):
    return event_pb2.CreateEventRequest(parent=PARENT, event=event(**values))


def order(*items, **values):
    booking = booking_pb2.Booking(
        event=EVENT,
        items=[booking_pb2.Booking.Item(ticket_type=t, quantity=n) for t, n in items],
    )
    return booking_pb2.CreateBookingRequest(parent=PARENT, booking=booking, **values)


def update(*paths, **values):
    request = event_pb2.UpdateEventRequest(event=event_pb2.Event(name=EVENT, **values))
    request.update_mask.paths.extend(paths)
    return request


def problems(request):
    found = dict(validate.check(request))
    assert not (found and validate.fine(request)), "a glance overlooks what is wrong"
    return found


def test_a_request_that_keeps_to_the_rules_is_fine():
    assert validate.check(create()) == []
    assert validate.check(order(("seat", 2), request_id=ID)) == []
    assert validate.check(event_pb2.GetEventRequest(name=EVENT)) == []


def test_all_that_is_missing_is_named_at_once():
    empty = event_pb2.CreateEventRequest(parent=PARENT, event=event_pb2.Event(description="x"))

    assert problems(empty) == {
        "event.display_name": "is required",
        "event.start_time": "is required",
        "event.end_time": "is required",
        "event.ticket_types": "is required",
    }


def test_a_problem_deep_inside_has_the_whole_path():
    assert problems(order(("a", 1), ("b", 2), ("c", 1001))) == {
        "booking.items[2].quantity": "must be from 1 to 1000"
    }


def test_a_number_that_must_be_there_has_a_least_value():
    assert problems(order(("a", 0))) == {"booking.items[0].quantity": "must be from 1 to 1000"}
    assert problems(order(("a", -(2**31)))) == {
        "booking.items[0].quantity": "must be from 1 to 1000"
    }


@pytest.mark.parametrize(
    "name",
    [
        "",
        EVENT.upper(),
        EVENT + "/",
        f"{PARENT}/events/7",
        f"{PARENT}/venues/{ID}",
        f"users/{ID}",
        "organizations/-/events/-",
        f"{EVENT}\n",
        "x" * 5000,
    ],
)
def test_a_name_of_another_kind_is_refused(name):
    assert list(problems(event_pb2.GetEventRequest(name=name))) == ["name"]


def test_a_parent_is_where_such_things_are():
    bad = booking_pb2.ListBookingsRequest(parent=EVENT)

    assert problems(bad) == {
        "parent": "must look like organizations/{organization}, with UUIDs in lower case"
    }


def test_all_organizations_are_a_parent_of_a_list_only():
    assert problems(event_pb2.ListEventsRequest(parent="organizations/-")) == {}
    assert problems(search_pb2.SearchEventsRequest(parent="organizations/-")) == {}
    assert list(problems(create())) == []
    bad = event_pb2.CreateEventRequest(parent="organizations/-", event=event())
    assert list(problems(bad)) == ["parent"]


def test_a_reference_that_is_not_needed_may_be_empty():
    assert problems(booking_pb2.ListBookingsRequest(parent=PARENT)) == {}
    assert list(problems(booking_pb2.ListBookingsRequest(parent=PARENT, event="x"))) == ["event"]


def test_the_name_of_what_is_created_is_not_looked_at():
    assert problems(create(name="whatever")) == {}


def test_what_only_the_server_says_is_not_looked_at():
    request = create(cancel_reason="\0", state=99)

    validate.settle(request)

    assert problems(request) == {}
    assert (request.event.cancel_reason, request.event.state) == ("", 0)


def test_an_update_says_what_it_is_about():
    assert problems(event_pb2.UpdateEventRequest(event=event_pb2.Event(display_name="x"))) == {
        "event.name": "is required"
    }
    assert problems(event_pb2.UpdateEventRequest()) == {"event": "is required"}
    assert list(problems(event_pb2.UpdateEventRequest(event=event(name="x")))) == ["event.name"]


def test_an_update_needs_only_what_it_changes():
    assert problems(update(description="x")) == {}
    assert problems(update("description")) == {}
    assert problems(update("display_name")) == {"event.display_name": "is required"}
    assert problems(update("venue.location")) == {}
    assert problems(update(venue=event_pb2.Venue(city="Berlin"))) == {
        "event.venue.display_name": "is required",
        "event.venue.location": "is required",
    }
    assert problems(update("venue.city", venue=event_pb2.Venue(city="Berlin"))) == {}
    assert len(problems(update("*"))) == 4


def test_a_mask_holds_paths():
    assert list(problems(update("a b"))) == ["update_mask"]
    assert list(problems(update(*["description"] * 101))) == ["update_mask"]


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\x85\x9fb", "\x7f", "a\ufffeb"])
def test_control_characters_are_refused(text):
    assert problems(create(description=text)) == {
        "event.description": "must not have control characters"
    }


@pytest.mark.parametrize(
    "text", ["zwei\nZeilen\tund\r\nmehr", "Füße 👩‍👩‍👧 שלום", "\u200b.", "a\x85b"]
)
def test_all_that_people_write_is_fine(text):
    assert problems(create(description=text)) == {}


def test_text_is_as_long_as_the_rule_says_in_characters():
    assert problems(create(display_name="ü" * 200)) == {}
    assert problems(create(display_name="ü" * 201)) == {
        "event.display_name": "must have at most 200 characters"
    }
    assert problems(booking_pb2.ListBookingsRequest(parent=PARENT, page_token="x" * 1025)) == {
        "page_token": "must have at most 1024 characters"
    }


def test_a_name_of_spaces_is_no_name():
    assert problems(create(display_name="  \n")) == {"event.display_name": "must not be blank"}


def test_a_short_password_is_too_short():
    request = auth_pb2.RegisterUserRequest(
        user=auth_pb2.User(email="a@b.org", display_name="A"), password="secret"
    )

    assert problems(request) == {"password": "must have at least 8 characters"}


def test_text_has_the_pattern_of_its_rule():
    bad = event_pb2.TicketType(id="VIP seats", capacity=1)

    assert problems(create(ticket_types=[bad])) == {
        "event.ticket_types[0].id": "must match [a-z0-9]([a-z0-9-]*[a-z0-9])?"
    }


def person(**values):
    given = {"event": EVENT, "display_name": "A"} | values
    return participant_pb2.CreateParticipantRequest(
        parent=PARENT, participant=participant_pb2.Participant(**given)
    )


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (
            "email",
            ["a@b.org", "first.last+tag@sub.example.co.uk", "ü@bücher.example", "o'neil@x.io"],
            ["a", "a@b", "@b.org", "a@", "a b@c.org", "a@b..org", ".a@b.org", "a@-b.org",
             "a@b.org\n", "a@b.org,c@d.org", "<a@b.org>", "x" * 65 + "@b.org", "a@1.2"],
        ),
        ("phone", ["+491701234567"], ["01701234567", "+49 170 1234567", "+0123456789", "+12345"]),
        ("language_code", ["de", "pt-BR", "zh-Hant-TW"], ["e", "de_DE", "-", "de-", "englishes!"]),
    ],
)  # fmt: skip
def test_what_has_a_form_keeps_it(field, good, bad):
    for text in good:
        assert problems(person(**{field: text})) == {}, text
    for text in bad:
        assert list(problems(person(**{field: text}))) == [f"participant.{field}"], text


@pytest.mark.parametrize("text", ["x", ID[:-1], ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}"])
def test_a_request_id_is_a_uuid(text):
    assert problems(order(("a", 1), request_id=text)) == {"request_id": "must be a UUID"}


def test_a_request_id_may_be_of_any_version_and_case():
    assert problems(order(("a", 1), request_id=ID.upper())) == {}


def test_values_outside_their_enumeration_are_refused():
    answer = participant_pb2.AnswerInvitationRequest(name=f"{PARENT}/participants/{ID}")

    assert problems(answer) == {"answer": "is required"}
    answer.answer = 77  # type: ignore[assignment]
    assert problems(answer) == {"answer": "is not a value of its enumeration"}


@pytest.mark.parametrize(
    ("latitude", "longitude", "field"),
    [
        (math.nan, 0, "latitude"),
        (math.inf, 0, "latitude"),
        (90.1, 0, "latitude"),
        (0, math.nan, "longitude"),
        (0, -180.5, "longitude"),
    ],
)
def test_a_place_is_on_the_earth(latitude, longitude, field):
    venue = event_pb2.Venue(display_name="Hall")
    venue.location.latitude, venue.location.longitude = latitude, longitude

    assert list(problems(create(venue=venue))) == [f"event.venue.location.{field}"]


def test_a_number_is_finite():
    report = location_pb2.TrackRequest.Report(first_sequence=1)
    report.columns.speeds_meters_per_second.extend([1, math.nan, 2, math.inf])

    assert problems(location_pb2.TrackRequest(report=report)) == {
        "report.columns.speeds_meters_per_second[1]": "must be a finite number",
        "report.columns.speeds_meters_per_second[3]": "must be a finite number",
    }


def test_a_list_has_no_more_items_than_its_rule_says():
    request = order(*[(f"t{n}", 1) for n in range(11)])

    assert problems(request) == {"booking.items": "must have at most 10 items"}


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (money_pb2.Money(currency_code="XXX"), "price.currency_code"),
        (money_pb2.Money(currency_code="EUR", nanos=1), "price.nanos"),
        (money_pb2.Money(currency_code="EUR", units=1, nanos=-10_000_000), "price.nanos"),
        (money_pb2.Money(currency_code="EUR", units=2**62), "price.units"),
    ],
)
def test_money_is_money(message, path):
    ticket = event_pb2.TicketType(id="seat", capacity=5, price=message)

    assert list(problems(create(ticket_types=[ticket]))) == [f"event.ticket_types[0].{path}"]


def test_a_time_has_a_zone_and_a_day():
    nowhere = datetime_pb2.DateTime(year=2026, month=6, day=1)
    never = time(day=31)
    late = time(year=9999)

    assert problems(create(start_time=nowhere)) == {"event.start_time": "must have a time zone"}
    assert list(problems(create(start_time=never))) == ["event.start_time"]
    assert list(problems(create(start_time=late))) == ["event.start_time.year"]


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(2**62, 0), (-(2**62), 0), (253_402_300_800, 0), (0, -1), (0, 10**9)]
)
def test_an_instant_is_one_that_can_be_reckoned_with(seconds, nanos):
    request = event_pb2.ListEventsRequest()
    request.end_after.seconds, request.end_after.nanos = seconds, nanos

    assert list(problems(request)) == ["end_after"]


def test_users_me_is_whoever_calls():
    who = Caller(f"users/{ID}", Kind.USER)
    request = auth_pb2.GetUserRequest(name="users/me")

    with acting(who):
        validate.require(request)

    assert request.name == who.name


def test_users_me_is_nobody_for_who_is_no_user():
    member = organization_pb2.Member(user="users/me", role="ROLE_VIEWER")
    request = organization_pb2.CreateMemberRequest(parent=PARENT, member=member)

    with acting(Caller("services/event", Kind.SERVICE)):
        validate.require(request)

    assert request.member.user == "users/me"


def test_a_request_that_breaks_rules_is_refused_with_all_of_them():
    with pytest.raises(errors.InvalidFields) as refused:
        validate.require(order(("", 0)))

    assert refused.value.violations == (
        ("booking.items[0].ticket_type", "is required"),
        ("booking.items[0].quantity", "must be from 1 to 1000"),
    )


def test_nobody_has_to_read_a_thousand_problems():
    types = [event_pb2.TicketType(id="?", capacity=0) for _ in range(50)]

    assert 30 <= len(validate.check(create(ticket_types=types))) <= 32


def test_a_reference_to_no_resource_of_the_contract_is_found_at_once():
    with pytest.raises(LookupError, match=r"turnout\.app/Nothing"):
        fields.patterns("turnout.app/Nothing")


def requests():
    """The types of all requests of the contract."""
    for proto in sorted(PROTOS.rglob("*.proto")):
        name = str(proto.relative_to(PROTOS))
        importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
        file = descriptor_pool.Default().FindFileByName(name)
        for service in file.services_by_name.values():
            for method in service.methods:
                yield method.input_type


def test_the_rules_of_the_whole_contract_make_sense():
    validate.compile_all(requests())


@given(st.data())
def test_no_bytes_break_the_rules_themselves(data):
    kinds = sorted(set(requests()), key=lambda kind: kind.full_name)
    kind = message_factory.GetMessageClass(data.draw(st.sampled_from(kinds)))
    message = kind()
    try:
        message.ParseFromString(data.draw(st.binary(max_size=80)))
    except DecodeError:
        return

    fine, before = validate.fine(message), kind.FromString(message.SerializeToString())

    validate.settle(message, f"users/{ID}")
    found = validate.check(message)

    assert all(path and problem for path, problem in found)
    if fine:
        assert (found, message) == ([], before)


def test_a_glance_is_enough_for_what_most_people_send():
    assert validate.fine(order(("seat", 2), request_id=ID))
    assert validate.fine(create())
    assert validate.fine(event_pb2.GetEventRequest(name=EVENT))


def test_a_glance_is_not_enough_for_what_has_to_be_settled():
    whose = auth_pb2.GetUserRequest(name="users/me")
    said = order(("seat", 2))
    said.booking.state = booking_pb2.Booking.STATE_CONFIRMED

    assert not validate.fine(whose)
    assert not validate.fine(said)
    assert not validate.fine(order(("seat", 0)))
    assert not validate.fine(booking_pb2.CreateBookingRequest(parent=PARENT))
