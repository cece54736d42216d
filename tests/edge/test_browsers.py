"""What only browsers need: pages, and leave to call from other origins."""

from __future__ import annotations

import pytest

from turnout.auth.v1 import auth_pb2

pytestmark = pytest.mark.server

GET_USER = "/turnout.auth.v1.AuthService/GetUser"


@pytest.fixture
def users(services):
    async def user(request, _):
        return auth_pb2.User(name=request.name)

    services.on(GET_USER, user)
    return services


def preflight(origin):
    return {
        "origin": origin,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization,content-type",
    }


@pytest.mark.parametrize("path", ["/api/v1/users/me", GET_USER])
@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://127.0.0.1:8443"])
async def test_a_page_of_a_known_origin_may_call(users, http, path, origin):
    asked = await http.options(path, headers=preflight(origin))
    answer = await http.get("/api/v1/users/me", headers={"origin": origin})

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == origin
    assert "PATCH" in asked.headers["access-control-allow-methods"]
    assert "authorization" in asked.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-origin"] == origin
    assert "x-request-id" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost.evil.example", "https://evil/localhost"]
)
async def test_a_page_of_another_origin_may_not(users, http, origin):
    asked = await http.options("/api/v1/users/me", headers=preflight(origin))
    answer = await http.get("/api/v1/users/me", headers={"origin": origin})

    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in answer.headers
    assert [call.method for call in users.calls] == [GET_USER]


async def test_a_page_can_read_why_it_was_refused(http):
    response = await http.post(
        "/api/v1/auth/login", content="{", headers={"origin": "http://localhost:3000"}
    )

    assert response.status_code == 400
    assert response.headers["access-control-allow-origin"] == "http://localhost:3000"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/console/", "text/html"),
        ("/console/console.js", "text/javascript"),
        ("/console/console.css", "text/css"),
        ("/join/", "text/html"),
        ("/explorer/", "text/html"),
        ("/explorer/explorer.js", "text/javascript"),
    ],
)
async def test_pages_come_from_us_and_load_nothing_from_anybody_else(http, path, kind):
    response = await http.get(path)

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{kind}; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "://" not in response.text.replace("http://www.w3.org/", "")


async def test_pages_are_found_without_their_slash(http):
    for path in ("/", "/console"):
        response = await http.get(path)

        assert response.status_code == 301
        assert response.headers["location"].endswith("/console/")
