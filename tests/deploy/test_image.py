"""What the Dockerfile does, done here: the same files, as nobody, with nothing to write to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.service import FONT
from deploy.local.settings import LOOPBACK, ROOT, SERVICES, free_ports
from tests import servers
from tests.waiting import eventually

pytestmark = pytest.mark.server

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
# A container, as far as it matters: in the folder $1, all is read-only but the folder $0.
CONTAINER = """
cd "$1" && shift &&
mount --bind . . && mount --bind "$0" "$0" &&
mount -o remount,bind,ro / && cd "$PWD" && mount -o remount,bind,ro . &&
exec unshare --user --map-user=65532 --map-group=65532 "$@"
"""
ALONE = ("unshare", "--map-root-user", "--mount", "sh", "-c", CONTAINER)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """What is in the image, put there by the lines of the Dockerfile."""
    home = tmp_path_factory.mktemp("image") / "app"
    home.mkdir()
    for line in re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE, re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            if (ROOT / source).is_dir():
                left = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / source, home / target, ignore=left)
            else:
                shutil.copy(ROOT / source, home / target)
    compiled = re.search(r"-m (compileall.+)$", DOCKERFILE, re.MULTILINE)
    assert compiled is not None
    words = compiled[1].replace("/app/", "").split()
    subprocess.run([sys.executable, "-m", *words], cwd=home, check=True)
    return home


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The one folder that may be written to."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def told(scratch: pathlib.Path, redis_url: str) -> Iterator[dict[str, str]]:
    """What every container is told, with a Postgres of its own."""
    said = dict(re.findall(r"(PYTHON\w+)=(\S+)", DOCKERFILE))
    with servers.postgres() as postgres:
        yield {
            **{name: shlex.split(value)[0] for name, value in said.items()},
            "PATH": os.environ["PATH"],
            "PYTHONPATH": ".:gen",
            "TMPDIR": str(scratch),
            "TURNOUT_SECRET": "s" * 32,
            "TURNOUT_VAULT_KEYS": "k1:" + "v" * 32,
            "TURNOUT_POSTGRES": postgres,
            "TURNOUT_METRICS": "",
            "TURNOUT_REDIS_URL": redis_url,
            "TURNOUT_MEDIA_FOLDER": str(scratch),
            "TURNOUT_MESSAGES_LOG": str(scratch / "messages.jsonl"),
            "TURNOUT_PDF_FONT": FONT,
        }


@contextlib.asynccontextmanager
async def container(app: pathlib.Path, env: Mapping[str, str], *words: str) -> AsyncIterator[None]:
    """Python with these words, by the entry point of the image if there are no others."""
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            *(*ALONE, env["TMPDIR"], str(app), sys.executable, *words),
            env=env,
            stdout=log,
            stderr=log,
        )
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            # Shown by pytest when something went wrong.
            log.seek(0)
            print(log.read().decode())


async def said(app: pathlib.Path, env: Mapping[str, str], *words: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(*ALONE, env["TMPDIR"], str(app), sys.executable, *words),
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    text, _ = await process.communicate()
    return process.returncode, text.decode()


@pytest.fixture(scope="module", autouse=True)
def possible(app: pathlib.Path, scratch: pathlib.Path) -> None:
    """Skips where one may not make a place of one's own."""
    words = (*ALONE, str(scratch), str(app), "true")
    if (
        sys.platform != "linux"
        or subprocess.run(words, capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine lets nobody make namespaces")


async def test_a_container_is_nobody_and_may_write_to_one_folder(app, told):
    program = """
import os, pathlib
print(os.getuid(), end=" ")
for folder in (".", "/", os.environ["TMPDIR"]):
    try:
        (pathlib.Path(folder) / "written").write_text("x")
        print("yes", end=" ")
    except OSError:
        print("no", end=" ")
"""

    assert await said(app, told, "-c", program) == (0, "65532 no no yes ")


@pytest.fixture(scope="module")
async def migrated(app: pathlib.Path, told: dict[str, str]) -> None:
    """Databases, made by the job that makes them in a cluster."""
    admin = told | {"TURNOUT_DATABASE_URL": told["TURNOUT_POSTGRES"]}
    code, text = await said(app, admin, "-m", "deploy.start", "databases")
    assert (code, text.count(" is at ")) == (0, len(SERVICES)), text


@pytest.fixture(scope="module")
async def certified(app: pathlib.Path, told: dict[str, str]) -> AsyncIterator[pathlib.Path]:
    """Certificates of everybody, signed by a container that stays to renew them."""
    home = pathlib.Path(told["TMPDIR"], "tls")
    here = told | {"TURNOUT_TLS_DIR": str(home)}
    async with container(app, here, "-m", "deploy.start", "certificates"):
        await eventually((home / "operator" / "tls.crt").exists)
        yield home


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_serves(app, told, migrated, certified, name):
    listen, probes = (f"{LOOPBACK}:{port}" for port in free_ports(2))
    here = {
        "TURNOUT_LISTEN": listen,
        "TURNOUT_PROBES": probes,
        "TURNOUT_TLS_DIR": str(certified / name),
    }
    async with (
        container(app, told | here, "-m", "deploy.start", name, "run"),
        grpc.aio.insecure_channel(probes) as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        await eventually(lambda: serves(health))


async def serves(health):
    try:
        answer = await health.Check(health_pb2.HealthCheckRequest())
    except grpc.aio.AioRpcError:
        return False
    return answer.status == health_pb2.HealthCheckResponse.SERVING
