"""What a fresh clone promises: verbs, locks, an example of the environment."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest

from deploy.local import settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "binaries.lock", "demo.lock")
VERBS = [
    *("help", "run", "demo", "test", "test-fast", "bench", "kills", "chaos", "check", "gen"),
    *(
        "gen-check",
        "fmt",
        "lint",
        "types",
        "breaking",
        "migrate",
        "stop",
        "status",
        "restart",
        "rotate",
    ),
    *("backup", "restore", "export", "erase", "clean", "lock"),
]


def test_help_is_the_default_and_names_every_verb():
    # This test may run under `make test`, which a second make would mention.
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(["make"], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    shown = done.stdout

    assert [line.split()[1] for line in shown.splitlines()] == VERBS


def test_every_verb_is_one_line():
    rules = re.findall(
        r"^([a-z-]+):.*\n((?:\t.*\n)*)", (ROOT / "Makefile").read_text(), re.MULTILINE
    )

    assert {verb for verb, recipe in rules if recipe.count("\n") > 1} == set()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_everything_with_hashes_and_says_nothing_of_where_it_came_from(name: str):
    text = (ROOT / name).read_text()
    pinned = re.findall(r"^[a-z0-9].*$", text, re.MULTILINE)

    assert pinned
    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert "://" not in text
    assert not re.search(r"^\s*-(-index|-extra|-find|i\b|f\b)", text, re.MULTILINE)
    assert not re.search(r"(^|\s)/\w+", text)


def test_every_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    wanted = [*project["project"]["dependencies"], *extras["local"], *extras["dev"]]
    names = {re.split(r"[\[<>=~!]", line)[0] for line in wanted} - {"turnout"}
    pinned = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)

    assert names - set(pinned) == set()


def test_the_example_names_every_variable_that_is_read():
    example = set(
        re.findall(r"^#(TURNOUT_\w+)=", (ROOT / "deploy" / "example.env").read_text(), re.MULTILINE)
    )
    configs = [*(ROOT / "services").glob("*/config.py")]
    read = {name for path in configs for name in re.findall(r"TURNOUT_\w+", path.read_text())}
    # The launcher says these to each service.
    told = {"TURNOUT_LISTEN", "TURNOUT_MESH", "TURNOUT_METRICS"}
    told |= {"TURNOUT_REUSE_PORT", "TURNOUT_REFLECT", "TURNOUT_BUILD"}

    assert read - told - example == set()
    assert {settings.variable(name) for name in settings.PORTS} <= example


def test_the_installer_runs_on_a_python_that_is_too_old():
    source = (ROOT / "deploy" / "install.py").read_text()
    probe = "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 8))"

    subprocess.run([sys.executable, "-c", probe], input=source, text=True, check=True)


def test_the_binaries_of_all_servers_are_there():
    from deploy import envoy
    from deploy.local import postgres, redis

    for binary in (envoy.binary(), postgres.installed() / "postgres", redis.installed()):
        assert binary.stat().st_mode & 0o111
