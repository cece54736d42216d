"""What the README shows works as pasted, and its table of roles is that of the contract."""

from __future__ import annotations

import asyncio
import os
import re
import shutil

import pytest

from tests.contract import contract
from turnout.access.v1 import access_pb2

README = (contract.ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
PATH = os.pathsep.join([str(contract.ROOT / "build" / "bin"), os.environ["PATH"]])


def block(word):
    return next(text for text in BLOCKS if word in text)


def here(edge, text):
    """The addresses and the letters of this test's mesh in place of the usual ones."""
    ports = {"8080": "edge", "9051": "auth", "9053": "booking"}
    for port, name in ports.items():
        text = text.replace(f"127.0.0.1:{port}", edge.mesh.address(name))
    return text.replace(".turnout/", f"{edge.mesh.settings.state}/")


async def pasted(edge, text):
    """What a shell prints for it; a command that fails ends the test."""
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-euc",
        here(edge, text),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=contract.ROOT,
        env={**os.environ, "PATH": PATH},
    )
    printed, _ = await shell.communicate()
    return shell.returncode, printed.decode()


@pytest.fixture(scope="module")
async def rest(edge):
    """The block with curl; its last line, a stream that is cut, ends with curl's code for that."""
    text = block("curl -s $EDGE").replace("example.com", "readme.example.com")
    code, printed = await pasted(edge, text + 'echo "AUTH=$AUTH EVENT=$EVENT"\n')
    return text, code, printed


async def test_the_rest_calls_work_as_pasted(rest):
    _, code, printed = rest

    assert code == 28, printed
    assert '"code":' not in printed
    assert '"state":"STATE_PUBLISHED"' in printed
    assert '"state":"STATE_HELD"' in printed
    assert "data: {" in printed


@pytest.mark.skipif(not shutil.which("grpcurl", path=PATH), reason="grpcurl is not installed")
async def test_the_grpc_calls_work_as_pasted(edge, rest):
    code, printed = await pasted(edge, signed_in(rest) + block("grpcurl -plaintext"))

    assert code == 0, printed
    assert "turnout.location.v1.LocationService" in printed
    assert "rpc CreateBooking" in printed
    assert '"displayName": "Ada"' in printed
    assert '"capacity": 100' in printed


async def test_the_calls_of_buf_work_as_pasted(edge, rest):
    code, printed = await pasted(edge, signed_in(rest) + block("buf curl"))

    assert code == 0, printed
    assert "turnout.location.v1.LocationService" in printed
    assert "Summer party" in printed
    assert '"displayName": "Ada"' in printed.replace('":"', '": "')


def signed_in(rest):
    """The lines of the REST block that log in, without those that show something."""
    text, _, printed = rest
    event = re.search(r'"name":"(organizations/[^"/]*/events/[^"/]*)"', printed)
    assert event, printed
    login = re.search(r"TOKEN=.*?\nAUTH=[^\n]*\n", text, re.DOTALL)
    assert login
    return f"EDGE=http://127.0.0.1:8080\n{login[0]}EVENT={event[1]}\n"


def test_the_table_of_roles_is_that_of_the_contract():
    roles = [role for role in access_pb2.Role.DESCRIPTOR.values if role.number]
    expected = {
        short(permission.name, "PERMISSION_"): [
            permission.number in contract.permissions(role) for role in roles
        ]
        for permission in access_pb2.Permission.DESCRIPTOR.values
        if permission.number
    }

    table = re.findall(r"^\| ([a-z ]+) \|((?: [✓ ] \|)+)$", README, re.MULTILINE)

    assert {name: marks(cells) for name, cells in table} == expected
    assert "| may | " + " | ".join(short(role.name, "ROLE_") for role in roles) + " |" in README


def marks(cells):
    return [cell == "✓" for cell in re.findall(r" (.) \|", cells)]


def short(name, prefix):
    return name.removeprefix(prefix).lower().replace("_", " ")
