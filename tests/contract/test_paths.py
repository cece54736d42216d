"""HTTP paths: no two bindings may claim the same request."""

from __future__ import annotations

import re

from tests.contract import contract

WELL_KNOWN = "/.well-known/"
# Addresses that were asked for as they are; each is beside a canonical one.
ASKED_FOR = ("/api/messaging/start", "/api/messaging/stop", "/api/messages/sent")


def bindings():
    for method in contract.methods():
        for rule in contract.http(method):
            verb, path = contract.verb_and_path(rule)
            yield method, verb, path


def shape(path):
    """Forgets the names of the variables: what is left is what a request must look like."""
    inner = re.sub(r"\{[^={}]+=([^{}]+)\}", r"\1", path)
    return re.sub(r"\{[^{}]+\}", "*", inner)


def test_no_two_methods_claim_the_same_request():
    claimed: dict[tuple[str, str], object] = {}
    for method, verb, path in bindings():
        other = claimed.setdefault((verb, shape(path)), method)

        assert other is method, f"{method.full_name} and {other} claim {verb} {path}"


def test_paths_live_under_the_api():
    for method, _, path in bindings():
        assert path.startswith(("/api/v1/", WELL_KNOWN, *ASKED_FOR)), method.full_name


def test_a_variable_is_a_field_of_the_request():
    for method, _, path in bindings():
        for variable in re.findall(r"\{([^={}]+)", path):
            message = method.input_type
            for part in variable.split("."):
                field = message.fields_by_name.get(part)

                assert field is not None, f"{method.full_name}: {variable}"
                message = field.message_type


def test_a_body_is_a_field_of_the_request():
    for method in contract.methods():
        for rule in contract.http(method):
            if rule.body and rule.body != "*":
                assert rule.body in method.input_type.fields_by_name, method.full_name
