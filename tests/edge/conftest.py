"""What a test of the edge may ask for: a real Envoy, before services that answer as told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import grpc
import httpx
import pytest

from tests.edge import standin


@pytest.fixture(scope="session")
def keys() -> standin.Keys:
    return standin.Keys()


@pytest.fixture(scope="session")
async def everyone(keys: standin.Keys) -> AsyncIterator[tuple[standin.Services, int]]:
    services = standin.Services(keys)
    port = standin.free_ports(1)[0]
    async with standin.serving(services, port):
        yield services, port


@pytest.fixture(scope="session")
async def edge(everyone: tuple[standin.Services, int]) -> AsyncIterator[standin.Edge]:
    """The edge, with every service healthy behind it."""
    async with standin.running(everyone[1]) as found:
        async with standin.client(found) as client:
            await standin.ready(client)
        yield found


@pytest.fixture
def services(everyone: tuple[standin.Services, int]) -> Iterator[standin.Services]:
    """The services behind the edge: `services.on(method, behaviour)`."""
    everyone[0].forget()
    yield everyone[0]
    everyone[0].forget()


@pytest.fixture(scope="session")
async def http(edge: standin.Edge) -> AsyncIterator[httpx.AsyncClient]:
    async with standin.client(edge) as client:
        yield client


@pytest.fixture(scope="session")
async def channel(edge: standin.Edge) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(edge.host) as found:
        yield found
