"""Postgres and Redis by URL with TLS: who cannot prove to be the server is told nothing.

The servers out of the wheels speak no TLS, so it ends in front of them, as at a load balancer.
"""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import ssl
import urllib.parse

import psycopg
import pytest
import redis.exceptions
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy.local.authority import Authority
from services.kit.carrier import carrier
from services.kit.db import Database, sql
from services.kit.peers import CERTIFICATE, KEY, TRUST

ONE = sql(sa.select(sa.literal_column("1").label("one")))
# One address that is in the certificate, and one that is not.
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.9"


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    found = Authority(tmp_path_factory.mktemp("tls"), "turnout")
    found.renew(["booking"])
    return found


@pytest.fixture
def trusted(signer):
    return signer.folder("booking") / TRUST


@pytest.fixture
def foreign(tmp_path):
    other = Authority(tmp_path, "turnout")
    other.renew(["booking"])
    return other.folder("booking") / TRUST


@contextlib.asynccontextmanager
async def front(signer, path: pathlib.Path, *, asks: bool):
    """The port of who speaks TLS and passes everything on; with `asks`, once the client asked."""
    folder, heard = signer.folder("booking"), []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)

    async def relay(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if asks:
                assert (await reader.readexactly(8))[4:] == (80877103).to_bytes(4)
                writer.write(b"S")
                await writer.start_tls(context)
            first = await reader.read(65536)
            heard.append(first)
            if not first:
                writer.close()
                return
            behind, ahead = await asyncio.open_unix_connection(path)
            ahead.write(first)
            await asyncio.gather(relay(reader, ahead), relay(behind, writer))

    server = await asyncio.start_server(serve, [HERE, ELSEWHERE], 0, ssl=None if asks else context)
    ports = {each.getsockname()[0]: each.getsockname()[1] for each in server.sockets}
    try:
        yield ports, heard
    finally:
        server.close()


def of_postgres(url, host, port, trusted):
    known = conninfo_to_dict(url)
    return make_conninfo(
        host=host,
        port=port,
        user=known["user"],
        dbname=known["dbname"],
        sslmode="verify-full",
        sslrootcert=str(trusted),
    )


def socket_of(url):
    return pathlib.Path(str(conninfo_to_dict(url)["host"])) / ".s.PGSQL.5432"


async def test_postgres_is_reached_by_tls(postgres, signer, trusted):
    async with front(signer, socket_of(postgres), asks=True) as (ports, _):
        db = await Database.open(of_postgres(postgres, HERE, ports[HERE], trusted), "kit", size=1)

        async def read(tx):
            return await tx.one(ONE)

        row = await db.read(read)
        await db.close()

    assert row.one == 1


async def test_a_postgres_that_proves_nothing_is_told_nothing(postgres, signer, trusted, foreign):
    async with front(signer, socket_of(postgres), asks=True) as (ports, heard):
        for host, believed in ((HERE, foreign), (ELSEWHERE, trusted)):
            with pytest.raises(psycopg.OperationalError, match="certificate"):
                await psycopg.AsyncConnection.connect(
                    of_postgres(postgres, host, ports[host], believed)
                )

    assert not any(heard)


def of_redis(host, port, trusted):
    query = urllib.parse.urlencode({"ssl_ca_certs": str(trusted), "ssl_cert_reqs": "required"})
    return f"rediss://{host}:{port}/0?{query}"


async def test_redis_is_reached_by_tls(redis_url, signer, trusted):
    path = pathlib.Path(urllib.parse.unquote(urllib.parse.urlsplit(redis_url).path))
    async with front(signer, path, asks=False) as (ports, _):
        client = carrier(of_redis(HERE, ports[HERE], trusted), 20.0)
        said = await client.ping()
        await client.aclose()

    assert said


async def test_a_redis_that_proves_nothing_is_told_nothing(redis_url, signer, trusted, foreign):
    path = pathlib.Path(urllib.parse.unquote(urllib.parse.urlsplit(redis_url).path))
    async with front(signer, path, asks=False) as (ports, heard):
        for host, believed in ((HERE, foreign), (ELSEWHERE, trusted)):
            client = carrier(of_redis(host, ports[host], believed), 20.0)
            with pytest.raises(redis.exceptions.ConnectionError, match=r"(?i)certificate"):
                await client.ping()
            await client.aclose()

    assert not any(heard)
