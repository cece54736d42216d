"""Every HTTP binding of the contract, whichever it gets: what is sent is what arrives."""

from __future__ import annotations

import json
import random
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from google.protobuf import json_format, message_factory

from deploy import envoy
from deploy.envoy import methods
from tests.contract import contract
from tests.edge import samples, standin

pytestmark = pytest.mark.server

TRIES = 5
BINDINGS = [
    pytest.param(method, binding, id=f"{binding.http} {binding.template}")
    for method in methods.read(envoy.Settings.descriptors)
    if not method.hidden and method.path != standin.JWKS
    for binding in method.bindings
    if not binding.raw
]


def kind_of(method):
    """The descriptor that messages of this process are made by."""
    service, name = method.path.lstrip("/").split("/")
    found = {one.full_name: one for one in contract.services()}[service]
    return found.methods_by_name[name]


def answer_of(method):
    """An empty answer of the right kind."""
    empty = message_factory.GetMessageClass(kind_of(method).output_type)()

    async def one(_, __):
        return empty

    async def many(_, __):
        yield empty

    return many if method.streams else one


def path_of(binding, request):
    """The path, with its variables given the same values as the request has."""
    path = binding.template

    def given(variable):
        field, pattern = variable[1], variable[2] or "*"
        value = pattern.replace("**", "a/b").replace("*", "x-1")
        *above, last = field.split(".")
        target: Any = request
        for name in above:
            target = getattr(target, name)
        setattr(target, last, value)
        return value

    return re.sub(r"\{([a-z0-9_.]+)=?([^{}]*)\}", given, path)


def query_of(binding, request):
    """What neither the path nor the body says, as parameters; the rest is cleared."""
    taken = {bound.field.split(".")[0] for bound in binding.bound} | {binding.body}
    for field in request.DESCRIPTOR.fields:
        simple = field.message_type is None or field.message_type.file.package == "google.protobuf"
        if field.name not in taken and (not simple or "*" in taken):
            request.ClearField(field.name)
    written = json_format.MessageToDict(request)
    names = {field.json_name: field.name for field in request.DESCRIPTOR.fields}
    return [
        (name, json.dumps(value).strip('"') if isinstance(value, bool | float) else value)
        for name, found in written.items()
        if names[name] not in taken
        for value in (found if isinstance(found, list) else [found])
    ]


@pytest.mark.parametrize(("method", "binding"), BINDINGS)
async def test_a_request_reaches_its_method_as_it_was_meant(services, http, method, binding):
    services.on(method.path, answer_of(method))
    chance = random.Random(method.path)  # the same every time

    for _ in range(TRIES):
        request: Any = samples.filled(kind_of(method).input_type, chance)
        path = path_of(binding, request)
        body = request
        if binding.body not in ("", "*"):
            body = getattr(request, binding.body)
            body.SetInParent()
        query = [] if binding.body == "*" else query_of(binding, request)
        content = json_format.MessageToJson(body) if binding.body else ""

        response = await http.request(binding.http, f"{path}?{urlencode(query)}", content=content)

        assert response.status_code == 200, response.text
        arrived = services.last.request
        if not binding.body and binding.lenient:
            # What takes bytes gets none of them, and not nothing at all.
            assert arrived.body.data == b""
            arrived.ClearField("body")
        assert arrived == request
