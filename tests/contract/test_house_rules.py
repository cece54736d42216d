"""The rules of the house, over the descriptors: what no linter of buf knows."""

from __future__ import annotations

import re

import pytest

from tests.contract import contract
from turnout.access.v1 import access_pb2

METHODS = [*contract.methods(), *contract.operations()]
RESOURCES = [message for message in contract.messages() if contract.is_resource(message)]
# What is only read, and never written by those who read it.
SINGLETONS = {
    "Attendance",
    "Availability",
    "Balance",
    "Device",
    "Eta",
    "EventAnalytics",
    "Inventory",
    "Latest",
    "OrganizationAnalytics",
    "SeatMap",
    "TicketCode",
    "Trajectory",
}
STANDARD = re.compile(r"(Get|List|Create|Update|Delete)[A-Z]")


def ids(things):
    return [thing.full_name for thing in things]


@pytest.mark.parametrize("method", METHODS, ids=ids(METHODS))
def test_a_method_says_who_may_call_it(method):
    access = contract.access(method)

    assert access.audiences or access.permission or access.platform
    assert access_pb2.AUDIENCE_UNSPECIFIED not in access.audiences


@pytest.mark.parametrize("method", contract.methods(), ids=ids(contract.methods()))
def test_a_method_open_to_users_can_be_had_as_json(method):
    only_mesh = list(contract.access(method).audiences) == [access_pb2.AUDIENCE_MESH]
    permission = contract.access(method).permission or contract.access(method).platform
    reachable = not only_mesh or permission

    assert bool(contract.http(method)) == bool(reachable and not method.client_streaming)


@pytest.mark.parametrize("method", METHODS, ids=ids(METHODS))
def test_what_makes_or_moves_a_resource_can_be_retried(method):
    paths = [contract.verb_and_path(rule) for rule in contract.http(method)]
    creates = method.name.startswith("Create")
    moves = any(verb == "POST" and ":" in path for verb, path in paths)
    idempotent = method.GetOptions().idempotency_level != 0
    if not (creates or moves) or idempotent:
        return

    field = method.input_type.fields_by_name.get("request_id")

    assert field is not None, f"{method.full_name} has no request_id"


@pytest.mark.parametrize("method", METHODS, ids=ids(METHODS))
def test_a_list_is_paged(method):
    if not method.name.startswith("List"):
        return

    asked, given = method.input_type.fields_by_name, method.output_type.fields_by_name

    assert {"page_size", "page_token"} <= set(asked)
    assert "next_page_token" in given
    assert contract.repeated(method.output_type.fields[0])


@pytest.mark.parametrize("method", METHODS, ids=ids(METHODS))
def test_an_update_has_a_mask(method):
    if not method.name.startswith("Update"):
        return

    mask = method.input_type.fields_by_name["update_mask"]

    assert mask.message_type.full_name == "google.protobuf.FieldMask"


@pytest.mark.parametrize("method", METHODS, ids=ids(METHODS))
def test_a_method_without_side_effects_says_so(method):
    reads = method.name.startswith(
        ("Get", "List", "Search", "Stream", "Watch", "Export", "Preview")
    )

    assert (method.GetOptions().idempotency_level == 1) == reads


@pytest.mark.parametrize("method", contract.operations(), ids=ids(contract.operations()))
def test_what_operators_ask_is_for_who_runs_the_platform_alone(method):
    access = contract.access(method)
    reads = method.GetOptions().idempotency_level == 1

    assert list(access.audiences) == [access_pb2.AUDIENCE_MESH]
    assert not access.permission
    wanted = "READ" if reads else "WRITE"
    assert access_pb2.PlatformPermission.Name(access.platform) == f"PLATFORM_PERMISSION_{wanted}"
    assert contract.http(method) == []


@pytest.mark.parametrize("resource", RESOURCES, ids=ids(RESOURCES))
def test_a_resource_begins_with_its_name_and_ends_with_its_etag(resource):
    assert resource.fields[0].name == "name"
    assert resource.fields[0].number == 1
    if resource.name not in SINGLETONS:
        assert resource.fields[-1].name == "etag"


@pytest.mark.parametrize("resource", RESOURCES, ids=ids(RESOURCES))
def test_what_an_organization_owns_has_it_in_the_name(resource):
    pattern = contract.resource(resource).pattern[0]

    assert pattern.startswith(("organizations/{organization}", "users/{user}"))


def test_every_resource_is_owned_by_one_service():
    types = [contract.resource(resource).type for resource in RESOURCES]

    assert len(types) == len(set(types))


def test_no_enum_member_of_a_role_is_without_permissions():
    roles = access_pb2.Role.DESCRIPTOR.values[1:]

    assert all(contract.permissions(role) for role in roles)


def test_owners_may_do_everything():
    owner = access_pb2.Role.DESCRIPTOR.values_by_name["ROLE_OWNER"]

    assert contract.permissions(owner) == set(access_pb2.Permission.values()) - {0}


def test_times_end_in_time_and_numbers_carry_their_unit():
    for message in contract.messages():
        for field in message.fields:
            kind = field.message_type.full_name if field.message_type else ""
            if kind == "google.protobuf.Timestamp":
                assert field.name.endswith(("_time", "_after")), field.full_name
            if kind == "" and field.type in (1, 2) and "field" not in message.full_name:
                unit = r"_(meters|degrees|seconds|ms|second|rate)$"
                assert re.search(unit, field.name), f"{field.full_name} has no unit"
