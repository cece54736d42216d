"""What the launcher is told."""

from __future__ import annotations

import socket

import pytest
from psycopg.conninfo import conninfo_to_dict

from deploy.local import service, settings
from deploy.local.mesh import check_ports
from deploy.local.settings import Settings
from deploy.local.trouble import Trouble


def test_everything_has_a_default():
    told = Settings.from_env({})

    assert told.edge_url == "http://127.0.0.1:8080"
    assert told.address("location") == "127.0.0.1:9056"
    assert told.state == settings.ROOT / ".turnout"
    assert told.database_url is None


def test_a_public_host_is_bound_and_loopback_is_called():
    told = Settings.from_env({"TURNOUT_EDGE_HOST": "0.0.0.0", "TURNOUT_EDGE_PORT": "80"})

    assert told.address("edge") == "0.0.0.0:80"
    assert told.address("admin") == "127.0.0.1:8082"
    assert told.edge_url == "http://127.0.0.1:80"


def test_an_address_with_colons_is_put_in_brackets():
    assert Settings.from_env({"TURNOUT_EDGE_HOST": "::"}).edge_url == "http://[::1]:8080"


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "8 0", "٨٠"])
def test_a_port_that_is_none_is_named_with_its_variable(text: str):
    with pytest.raises(Trouble, match="TURNOUT_EDGE_PORT must be a port"):
        Settings.from_env({"TURNOUT_EDGE_PORT": text})


def test_a_short_secret_is_refused_and_not_repeated():
    with pytest.raises(Trouble) as refused:
        Settings.from_env({"TURNOUT_SECRET": "hunter2"})

    assert "hunter2" not in str(refused.value)


def test_secrets_do_not_show():
    told = Settings.from_env({"TURNOUT_SECRET": "s" * 32, "TURNOUT_DATABASE_URL": "pg://u:pass@h/"})

    assert "sss" not in repr(told)
    assert "pass" not in repr(told)


def test_two_parts_cannot_have_one_port():
    told = Settings.from_env({"TURNOUT_AUTH_PORT": "8080"})

    with pytest.raises(Trouble, match="TURNOUT_EDGE_PORT and TURNOUT_AUTH_PORT are both 8080"):
        check_ports(told.ports, told.host)


def test_a_taken_port_is_named_with_its_variable_and_its_holder():
    ports = dict(zip(settings.PORTS, settings.free_ports(len(settings.PORTS)), strict=True))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports["payment"] = other.getsockname()[1]

        with pytest.raises(Trouble) as refused:
            check_ports(ports, settings.LOOPBACK)

    said = str(refused.value)
    assert f"port {ports['payment']} is taken by " in said
    assert "TURNOUT_PAYMENT_PORT" in said


def test_a_port_shared_with_reuse_port_counts_as_taken():
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()

        assert settings.taken("127.0.0.1", other.getsockname()[1])


def test_an_address_of_another_machine_is_named():
    with pytest.raises(Trouble, match=r"no address of this machine: 192\.0\.2\.1"):
        settings.taken("192.0.2.1", 8080)


def test_a_port_that_an_outgoing_connection_has_is_explained():
    ports = dict(zip(settings.PORTS, settings.free_ports(len(settings.PORTS)), strict=True))
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        passing = socket.create_connection(server.getsockname())
        ports["event"] = passing.getsockname()[1]
        passing.close()
        server.accept()[0].close()

        with pytest.raises(Trouble, match="by an outgoing connection, which leaves it within"):
            check_ports(ports, settings.LOOPBACK)


def test_replicas_share_ports_and_each_has_a_host():
    told = Settings.from_env({"TURNOUT_REPLICAS": "2", "TURNOUT_REPLICAS_LOCATION": "3"})

    assert [told.count(name) for name in ("booking", "location")] == [2, 3]
    assert told.address("booking", 2) == "127.0.0.2:9053"
    assert told.address("edge", 2) == "127.0.0.2:8080"
    # There is no third Envoy to call others by.
    assert [told.envoy_of(number) for number in (1, 2, 3)] == [1, 2, 1]


@pytest.mark.parametrize("name", ["TURNOUT_REPLICAS", "TURNOUT_REPLICAS_LOCATION"])
@pytest.mark.parametrize("text", ["0", "9", "-1", "two", "٢"])
def test_a_number_of_replicas_that_is_none_is_named(name: str, text: str):
    with pytest.raises(Trouble, match=f"{name} must be a number from 1 to"):
        Settings.from_env({name: text})


def test_a_service_reaches_its_database_by_a_detour():
    url = "postgresql:///turnout_auth?host=%2Ftmp%2Fsockets&user=turnout_auth"

    assert conninfo_to_dict(service.rerouted(url, "127.0.0.1:5433")) == {
        "dbname": "turnout_auth",
        "host": "127.0.0.1",
        "port": "5433",
        "user": "turnout_auth",
        "sslmode": "disable",
    }
