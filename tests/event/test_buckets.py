"""Files in a bucket, on a real server of S3's API that checks every signature."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import uuid
from datetime import timedelta

import httpx
import pytest

from deploy.local.settings import free_ports
from services.event.media import actions, storage
from services.event.media.domain import NothingUploaded
from services.event.media.images import Studio
from services.kit.config import Env, Misconfigured
from services.kit.names import Name
from tests.contract.contract import ROOT
from tests.event.test_media_rules import picture
from tests.waiting import eventually

PATH = os.pathsep.join([str(ROOT / "build" / "bin"), os.environ["PATH"]])
GATEWAY = shutil.which("versitygw", path=PATH)
KEY_ID, KEY = "turnout", "a secret of the tests"

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(GATEWAY is None, reason="there is no versitygw"),
]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@pytest.fixture
async def bucket(tmp_path):
    """The settings of a bucket on a server of its own."""
    [port] = free_ports(1)
    (tmp_path / "files").mkdir()
    environment = {**os.environ, "ROOT_ACCESS_KEY": KEY_ID, "ROOT_SECRET_KEY": KEY}
    server = await asyncio.create_subprocess_exec(
        str(GATEWAY),
        *("--port", f"127.0.0.1:{port}", "posix", "--nometa", str(tmp_path)),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: answers(port))
        yield {
            "TURNOUT_MEDIA_BUCKET": "files",
            "TURNOUT_MEDIA_ENDPOINT": f"http://127.0.0.1:{port}",
            "TURNOUT_MEDIA_KEY_ID": KEY_ID,
            "TURNOUT_MEDIA_KEY": KEY,
        }
    finally:
        server.kill()
        await server.wait()


@pytest.fixture
def shelf(bucket):
    env = Env(bucket)
    found = storage.opened(env)
    env.check()
    return found


def named():
    return Name(uuid.uuid4(), uuid.uuid4())


async def upload(shelf, name, data, lasting=timedelta(minutes=5)):
    """As a browser does it: straight to the bucket, at the address that we signed."""
    async with httpx.AsyncClient(timeout=30) as browser:
        address = await shelf.upload_uri(storage.incoming(name), lasting)
        return address, await browser.put(address, content=data)


async def test_what_is_uploaded_to_the_bucket_is_shown_in_sizes(shelf):
    name = named()
    address, answer = await upload(shelf, name, picture("PNG", (2000, 1000)))

    _, renditions = await actions.prepare(shelf, Studio(), name)

    assert (address.startswith("http://127.0.0.1:"), answer.status_code) == (True, 200)
    assert [each.width for each in renditions] == [1920, 960, 320]
    for each in renditions:
        data = await shelf.get(storage.kept(name, each.digest), most=10**7)
        assert storage.digest(data) == each.digest


async def test_another_address_than_ours_is_refused_by_the_bucket(shelf):
    name = named()
    address = await shelf.upload_uri(storage.incoming(name), timedelta(minutes=5))
    forged = address.replace(str(name.id), str(uuid.uuid4()))

    async with httpx.AsyncClient(timeout=30) as browser:
        answer = await browser.put(forged, content=b"x")

    assert answer.status_code == 403
    with pytest.raises(NothingUploaded):
        await actions.prepare(shelf, Studio(), name)


async def test_what_is_not_needed_goes(shelf):
    name, other = named(), named()
    for each in (name, other):
        for digest in ("a", "b"):
            await shelf.put(storage.kept(each, digest), b"words")

    await shelf.delete_all(storage.folder(name))
    await shelf.delete(storage.kept(name, "a"))

    assert await shelf.get(storage.kept(name, "a"), most=100) is None
    assert await shelf.get(storage.kept(other, "a"), most=100) == b"words"


async def test_too_much_is_not_fetched(shelf):
    await shelf.put("incoming/x", b"0123456789")

    assert len(await shelf.get("incoming/x", most=4)) == 5


async def test_a_wrong_key_is_no_nothing(bucket):
    env = Env({**bucket, "TURNOUT_MEDIA_KEY": "another"})
    shelf = storage.opened(env)

    with pytest.raises(Exception, match=r"403|denied|SignatureDoesNotMatch"):
        await shelf.get("incoming/x", most=4)


def test_a_bucket_needs_its_keys():
    env = Env({"TURNOUT_MEDIA_BUCKET": "files"})
    with contextlib.suppress(Exception):
        storage.opened(env)

    with pytest.raises(Misconfigured, match="TURNOUT_MEDIA_KEY_ID is not set"):
        env.check()
