"""The environment is read once, and everything that is wrong with it is said at once."""

from __future__ import annotations

import pathlib
from datetime import timedelta

import pytest

from services.kit.config import Env, Misconfigured, Settings

GOOD = {
    "TURNOUT_DATABASE_URL": "postgresql://turnout:hush@/turnout",
    "TURNOUT_REDIS_URL": "unix:///run/redis.sock",
    "TURNOUT_LISTEN": "127.0.0.1:0",
    "TURNOUT_SECRET": "s" * 32,
}


def test_settings_come_out_of_the_environment():
    env = Env(GOOD | {"TURNOUT_EDGE_URL": "https://turnout.example/", "TURNOUT_LOG": "DEBUG"})

    settings = Settings.from_env(env)

    env.check()
    assert settings.edge_url == "https://turnout.example"
    assert (settings.log, settings.mesh, settings.pool) == ("debug", "127.0.0.1:8081", 8)


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("http://localhost:4318", True),
        ("https://[::1]:4318/otlp", True),
        ("localhost:4318", False),
        ("http://:4318", False),
        ("http://localhost:many", False),
    ],
)
def test_a_collector_of_traces_has_an_address_of_the_web(url, fine):
    env = Env(GOOD | {"OTEL_EXPORTER_OTLP_ENDPOINT": url})

    settings = Settings.from_env(env)

    assert settings.otlp == (url if fine else "")
    assert bool(env.problems) is not fine


def test_everything_that_is_wrong_is_said_at_once():
    env = Env({"TURNOUT_LISTEN": "nowhere", "TURNOUT_SECRET": "short", "TURNOUT_LOG": "loud"})

    Settings.from_env(env)

    with pytest.raises(Misconfigured) as refused:
        env.check()
    lines = str(refused.value).splitlines()
    assert [line.split()[0] for line in lines] == [
        "TURNOUT_DATABASE_URL",
        "TURNOUT_REDIS_URL",
        "TURNOUT_LISTEN",
        "TURNOUT_SECRET",
        "TURNOUT_LOG",
    ]


def test_a_secret_is_never_shown():
    env = Env(GOOD | {"TURNOUT_SECRET": "not-long-enough"})
    bad = Settings.from_env(env)
    good = Settings.from_env(Env(GOOD))

    with pytest.raises(Misconfigured) as refused:
        env.check()

    assert "not-long-enough" not in str(refused.value)
    assert "s" * 32 not in repr(good)
    assert "hush" not in repr(good) + repr(bad)


def test_keys_of_the_vault_are_read_and_never_shown():
    good = Settings.from_env(Env(GOOD | {"TURNOUT_VAULT_KEYS": f"b:{'b' * 32},a:{'a' * 32}"}))
    env = Env(GOOD | {"TURNOUT_VAULT_KEYS": "b:not-long-enough"})
    Settings.from_env(env)

    with pytest.raises(Misconfigured, match="TURNOUT_VAULT_KEYS must be id:secret") as refused:
        env.check()

    assert [master.id for master in good.masters] == ["b", "a"]
    assert "not-long-enough" not in str(refused.value)
    assert "bbb" not in repr(good)


def test_the_same_complaint_is_made_once():
    env = Env({})

    env.text("TURNOUT_A")
    env.text("TURNOUT_A")

    with pytest.raises(Misconfigured, match=r"\ATURNOUT_A is not set: it must be text\Z"):
        env.check()


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda env: env.integer("X", least=1, most=3), "4"),
        (lambda env: env.integer("X"), "two"),
        (lambda env: env.number("X"), "nan"),
        (lambda env: env.number("X"), "-1"),
        (lambda env: env.seconds("X"), "soon"),
        (lambda env: env.flag("X"), "maybe"),
        (lambda env: env.choice("X", ("a", "b")), "c"),
        (lambda env: env.address("X"), "host"),
        (lambda env: env.address("X"), "host:99999"),
    ],
)
def test_a_value_that_cannot_be_is_named(read, text):
    env = Env({"X": text})

    read(env)

    with pytest.raises(Misconfigured, match="X must be"):
        env.check()


def test_values_are_read_as_what_they_are():
    env = Env({"A": "7", "B": "1.5", "C": "yes", "D": "B", "E": "[::1]:80", "F": "/x"})

    found = (
        env.integer("A"),
        env.seconds("B"),
        env.flag("C"),
        env.choice("D", ("a", "b")),
        env.address("E"),
        env.path("F"),
        env.flag("G", default=True),
        env.seconds("H", 900),
    )

    env.check()
    assert found == (
        7,
        timedelta(seconds=1.5),
        True,
        "b",
        "[::1]:80",
        pathlib.Path("/x"),
        True,
        timedelta(minutes=15),
    )
