"""A real provider of OpenID Connect in a process of its own, and people who sign on at it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import sys
import urllib.parse
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.edge.standin import free_ports
from tests.waiting import eventually

needs_provider = pytest.mark.skipif(
    importlib.util.find_spec("oidc_provider_mock") is None,
    reason="oidc-provider-mock is not installed",
)


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[str]:
    """The address of the provider."""
    [port] = free_ports(1)
    words = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"

    async def up() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{address}/.well-known/openid-configuration")).is_success
        except httpx.HTTPError:
            return False

    try:
        await eventually(up, "the provider answers")
        yield address
    finally:
        process.terminate()
        await process.wait()


async def consent(
    issuer: str, authorization_uri: str, subject: str, **claims: Any
) -> dict[str, str]:
    """What a person does in the browser; the query that it comes back with."""
    async with httpx.AsyncClient(trust_env=False) as client:
        told = await client.put(f"{issuer}/users/{subject}", json=claims)
        assert told.is_success, told.text
        answer = await client.post(authorization_uri, data={"sub": subject})
    assert answer.is_redirect, answer.text
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).query)
    return {key: values[0] for key, values in query.items()}
