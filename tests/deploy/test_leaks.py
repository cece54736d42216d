"""The search for secrets in logs finds them, or else it would prove nothing."""

from __future__ import annotations

import json

import httpx
import pytest

from tests import leaks

KEY = f"tk_{'0' * 32}_{'1' * 64}_00000000"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c2Vycy8xIn0.c2lnbmF0dXJl"


async def test_what_goes_through_a_client_is_remembered():
    seen = leaks.Seen()
    said = {
        "user": {"email": "ada@example.org"},
        "password": "correct horse",
        "positions": [{"location": {"latitude": 38.713912, "longitude": -9.5}}],
        "url": "http://example.org/",
        "link": "http://example.org/join/#token-of-ada",
    }
    headers = {"authorization": "Bearer abcdefgh"}
    request = httpx.Request("POST", "http://example.org", json=said, headers=headers)
    await seen.request(request)
    await seen.response(httpx.Response(200, json={"accessToken": TOKEN, "code": 5}))

    assert seen.values == {"abcdefgh", "correct horse", "38.713912", "token-of-ada", TOKEN}


@pytest.mark.parametrize(
    "said",
    [
        "password was correct horse again",
        "at 38.713912",
        f"key={KEY}",
        f'"authorization": "Bearer {TOKEN}"',
        "$2b$12$" + "a" * 53,
    ],
)
def test_a_secret_in_a_log_is_found(tmp_path, said):
    log = tmp_path / "auth.log"
    log.write_text(json.dumps({"event": "call"}) + "\n" + said + "\n")

    assert len(leaks.leaked({"correct horse", "38.713912"}, iter([log]))) == 1


def test_what_is_no_secret_is_none(tmp_path):
    log = tmp_path / "auth.log"
    log.write_text('{"ms": 38.71, "caller": "users/1", "method": "/turnout.auth.v1.X/Y"}\n')

    # Nor is what a test sent in place of one.
    assert leaks.leaked({"correct horse", "38.713912", "turnout", "method"}, iter([log])) == []
