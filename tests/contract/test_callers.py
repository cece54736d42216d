"""Who may call what is for services: those that do, as the code says, and no others."""

from __future__ import annotations

import pathlib
import re

import pytest

from deploy.local.settings import SERVICES
from tests.contract import contract
from turnout.access.v1 import access_pb2

ROOT = contract.ROOT / "services"
MESH = access_pb2.AUDIENCE_MESH
METHODS = [*contract.methods(), *contract.operations()]
MESHED = [method for method in METHODS if MESH in contract.access(method).audiences]
# What every service may ask auth although none does now: for who was handed a token in another
# way than with a call, and for who must know somebody's account.
OFFERED = {"turnout.auth.v1.TokenService.VerifyToken", "turnout.auth.v1.AuthService.GetUser"}
STUB = re.compile(r"\b\w+_pb2_grpc\.(\w+)Stub\(")


def named(method):
    """The services that the contract names, and `operator`."""
    values = contract.access(method).callers
    return {access_pb2.Peer.Name(value).removeprefix("PEER_").lower() for value in values}


def calling(path: pathlib.Path):
    """The methods that a module calls of other services: those of the stubs that it makes."""
    text = path.read_text()
    kinds = set(STUB.findall(text))
    return {
        method.full_name
        for method in METHODS
        if method.containing_service.name in kinds and f".{method.name}(" in text
    }


def callers():
    """By method: the services that call it. What the kit calls, everybody but its owner does."""
    found: dict[str, set[str]] = {method.full_name: set() for method in METHODS}
    for path in ROOT.rglob("*.py"):
        for name in calling(path):
            owner = name.split(".")[1]
            place = path.relative_to(ROOT).parts[0]
            found[name] |= set(SERVICES) - {owner} if place == "kit" else {place}
    return found


def test_the_calls_are_found():
    found = callers()

    assert found["turnout.messaging.v1.NoticeService.SendNotice"] == {"auth"}
    assert found["turnout.auth.v1.ApiKeyService.ResolveApiKey"] == set(SERVICES) - {"auth"}
    assert found["turnout.auth.v1.AuthService.GetJwks"] == set(SERVICES) - {"auth"}


@pytest.mark.parametrize("method", MESHED, ids=lambda method: method.full_name)
def test_a_method_names_the_services_that_call_it(method):
    if method.full_name in OFFERED:
        assert named(method) == set(SERVICES) - {"auth"}
    elif method.full_name.startswith("turnout.ops."):
        assert named(method) == {"operator"}
    else:
        assert named(method) == callers()[method.full_name]


def test_whatever_a_service_calls_lets_it_in():
    public = access_pb2.AUDIENCE_PUBLIC
    called = {name for name, who in callers().items() if who}
    closed = {
        method.full_name
        for method in METHODS
        if method.full_name in called
        and not {public, MESH} & set(contract.access(method).audiences)
    }

    assert closed == set()


def test_nobody_is_named_where_services_are_not_let_in():
    silly = {
        method.full_name
        for method in METHODS
        if bool(contract.access(method).callers) != (MESH in contract.access(method).audiences)
    }

    assert silly == set()
