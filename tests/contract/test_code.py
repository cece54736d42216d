"""The rules of the house, over the code: one commit, one abort, one clock, one environment."""

from __future__ import annotations

import ast

import pytest

from tests.contract import contract

SERVICES = contract.ROOT / "services"
ALLOWED = {
    "abort": {"services/kit/status.py"},
    "commit": {"services/kit/db.py"},
    "environ": {"services/kit/config.py"},
    "getenv": {"services/kit/config.py"},
    "utcnow": set(),
    "now": {"services/kit/clock.py"},
}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager", "service"}


def calls(name):
    """Where an attribute of that name is called or read, as `path:line`."""
    for path in sorted(SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr == name:
                yield str(path.relative_to(contract.ROOT)), node


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_there_is_one_place_for(name):
    places = {path for path, node in calls(name) if not is_ours(name, node)}

    assert places <= ALLOWED[name]


def is_ours(name, node):
    """`clock.now` and a `now` that was handed in are how everybody else tells the time."""
    of_datetime = isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date")
    return name == "now" and not of_datetime


def test_no_module_is_named_after_nothing():
    named = {path.stem for path in SERVICES.rglob("*.py")}

    assert not named & FORBIDDEN_NAMES
