"""Refusals and the contract agree: every class is a value of an `ErrorReason`, and back."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re

import pytest

import services
from services.kit import errors, status
from tests.contract import contract

NAMES = ("auth", "event", "booking", "payment", "messaging", "location")
PREFIX = "ERROR_REASON_"


def load_everything():
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)


def refusals(package):
    """The refusals that a client can meet: the leaves that a package declares."""
    load_everything()
    found = {}
    pending = list(errors.Refusal.__subclasses__())
    while pending:
        kind = pending.pop()
        pending.extend(kind.__subclasses__())
        if kind.__module__.startswith(package):
            found[reason(kind)] = kind
    return found


def reason(kind):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).upper()


def published(package):
    """Reason → the metadata keys that its comment lists."""
    text = (contract.PROTOS / "turnout" / package / "v1" / "errors.proto").read_text()
    body = text[text.index("enum ErrorReason") :]
    values = re.findall(r"((?:  //[^\n]*\n)+)  ERROR_REASON_([A-Z_]+) = [1-9]", body)
    return {name: keys(comment) for comment, name in values}


def keys(comment):
    flat = " ".join(line.strip(" /") for line in comment.splitlines())
    found = re.search(r"Metadata: (.*?)\.(?: |$)", flat)
    return set(re.findall(r"`([a-z_0-9]+)`", found[1])) if found else set()


@pytest.mark.parametrize("service", NAMES)
def test_what_a_service_refuses_is_in_its_contract(service):
    mine, promised = refusals(f"services.{service}"), published(service)

    assert set(mine) == set(promised)


@pytest.mark.parametrize("service", [*NAMES, "access"])
def test_a_reason_lists_the_metadata_it_carries(service):
    package = "services.kit" if service == "access" else f"services.{service}"
    mine, promised = refusals(package), published(service)

    for name in set(mine) & set(promised):
        assert carried(mine[name]) == promised[name], name


def carried(kind):
    """The metadata keys of a refusal: its fields, but for the one that speaks of several."""
    if issubclass(kind, errors.InvalidFields):
        return set(kind((("name", "is required"), ("seats", "must be at least 1"))).metadata)
    return {field.name for field in dataclasses.fields(kind)}


def test_what_every_service_refuses_is_in_the_contract():
    kinds = {reason(kind) for kind in status.CODES}
    mine, promised = set(refusals("services.kit")), set(published("access"))

    assert mine - kinds <= promised <= mine
