"""What the configuration says of each method; read out of it, without an Envoy."""

from __future__ import annotations

import dataclasses
import json

import pytest
from google.protobuf import descriptor_pb2

from deploy import envoy
from tests.contract import contract

NAMES = ("auth", "event", "booking", "payment", "messaging", "location")
SETTINGS = envoy.Settings(
    edge=("127.0.0.1", 8080),
    mesh=("127.0.0.1", 8081),
    admin=("127.0.0.1", 8082),
    services={name: [("127.0.0.1", 50051 + number)] for number, name in enumerate(NAMES)},
)


@pytest.fixture(scope="module")
def config():
    return json.loads(envoy.render(SETTINGS))


def actions(config, listener):
    """The route of each path of a method, by the name of the listener."""
    [found] = [x for x in config["static_resources"]["listeners"] if x["name"] == listener]
    manager = found["filter_chains"][0]["filters"][0]["typed_config"]
    routes = manager["route_config"]["virtual_hosts"][0]["routes"]
    return {r["match"]["path"]: r["route"] for r in routes if "path" in r["match"] and "route" in r}


def path(method):
    return f"/{method.containing_service.full_name}/{method.name}"


def hidden(method):
    return contract.is_for_services(method)


def test_the_edge_has_every_method_that_anybody_outside_may_call(config):
    shown = {path(method) for method in contract.methods() if not hidden(method)}

    assert set(actions(config, "edge")) == shown


def test_the_mesh_has_every_method(config):
    assert set(actions(config, "mesh")) == {path(method) for method in contract.methods()}


def test_every_method_goes_to_the_service_that_has_it(config):
    for listener in ("edge", "mesh"):
        for method, action in actions(config, listener).items():
            assert action["cluster"] == method.split(".")[1]


def test_a_stream_lasts_as_long_as_something_happens_on_it(config):
    edge = actions(config, "edge")
    for method in contract.methods():
        action = edge.get(path(method))
        if action and (method.client_streaming or method.server_streaming):
            assert (action["timeout"], action["idle_timeout"]) == ("0s", "600s"), path(method)


IDEMPOTENT = {
    path(method)
    for method in contract.methods()
    if method.GetOptions().idempotency_level == descriptor_pb2.MethodOptions.IDEMPOTENT
}


def test_only_what_changes_nothing_more_is_tried_again_after_it_may_have_run(config):
    for method, action in actions(config, "edge").items():
        retry = action.get("retry_policy", {}).get("retry_on", "")
        name = method.rpartition("/")[2]
        again = method in IDEMPOTENT
        if name.startswith(("Create", "Confirm", "Cancel", "Login", "Answer")) and not again:
            assert set(retry.split(",")) <= {
                "connect-failure",
                "refused-stream",
                "reset-before-request",
            }, method
        if name.startswith(("Get", "List")):
            assert {"unavailable", "cancelled"} <= set(retry.split(",")), method


def test_what_no_service_can_have_begun_with_is_tried_again_whatever_it_is(config):
    for listener in ("edge", "mesh"):
        for method, action in actions(config, listener).items():
            again = set(action["retry_policy"]["retry_on"].split(","))
            assert {"connect-failure", "refused-stream"} <= again, method
            assert again & {"reset-before-request", "reset"}, method


def test_the_internal_doors_have_the_addresses_they_were_given(config):
    assert config["admin"]["address"]["socket_address"] == {
        "address": "127.0.0.1",
        "port_value": 8082,
    }


def test_a_service_by_name_is_looked_up_and_may_have_several_places():
    services = {**SETTINGS.services, "event": [("event-0.local", 1), ("event-1.local", 2)]}

    config = json.loads(envoy.render(dataclasses.replace(SETTINGS, services=services)))

    clusters = {x["name"]: x for x in config["static_resources"]["clusters"]}
    assert clusters["event"]["type"] == "STRICT_DNS"
    assert len(clusters["event"]["load_assignment"]["endpoints"][0]["lb_endpoints"]) == 2
    assert clusters["auth"]["type"] == "STATIC"


def test_a_service_without_an_address_is_said_by_name():
    services = {name: found for name, found in SETTINGS.services.items() if name != "payment"}

    with pytest.raises(envoy.BadContract, match="no address is known for: payment"):
        envoy.render(dataclasses.replace(SETTINGS, services=services))


def test_a_method_that_does_not_say_who_may_call_it_is_not_served(tmp_path):
    files = descriptor_pb2.FileDescriptorSet.FromString(SETTINGS.descriptors.read_bytes())
    [auth] = [file for file in files.file if file.name == "turnout/auth/v1/auth.proto"]
    auth.service[0].method[0].ClearField("options")
    changed = tmp_path / "changed.binpb"
    changed.write_bytes(files.SerializeToString())

    with pytest.raises(envoy.BadContract, match="RegisterUser does not say who may call it"):
        envoy.render(dataclasses.replace(SETTINGS, descriptors=changed))
