"""What every test may ask for: the servers, and databases on them."""

from __future__ import annotations

import os
import re
import zoneinfo
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any

import hypothesis
import psycopg
import pytest

from services.kit.db import Database
from tests import leaks, servers

# A busy machine makes no test fail, and time zones are those of the pinned package. Where it is
# decided whether a change lands, every run draws the same examples; elsewhere each draws others.
hypothesis.settings.register_profile(
    "turnout",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("turnout")
zoneinfo.reset_tzpath(())

# More failures than a busy machine causes, and the exit code that says so.
FEW = 20
FINAL = 9

UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{11,12}", re.IGNORECASE)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names a test alike in every run, whatever ids were drawn for it."""
    return UUID.sub("<uuid>", val) if isinstance(val, str) and UUID.search(val) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what asks for a server, also by way of another fixture, and what shares a process.

    A process runs the tests of a file, or all those that share the mesh.
    """
    for item in items:
        shares = "edge" in getattr(item, "fixturenames", ()) and "journeys" in item.path.parts
        item.add_marker(pytest.mark.xdist_group("mesh" if shares else str(item.path)))
        if {"postgres", "redis_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("server")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fails a test in which something printed a secret."""
    report = yield
    told = leaks.SHAPES.search("".join(text for _, text in report.sections))
    if report.passed and told:
        report.outcome = "failed"
        report.longrepr = f"a secret was logged: {told[0][:12]}…"
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tells `python -m tests` by the exit code what it may not try again.

    Those are: many at once, and what is found wrong when a server ends that many tests shared.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    failed = [*reporter.stats.get("failed", []), *reporter.stats.get("error", [])]
    if len(failed) > FEW or any(report.when == "teardown" for report in failed):
        session.exitstatus = FINAL


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of the administrator of this session's Postgres."""
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of this session's Redis."""
    with servers.redis() as url:
        yield url


@pytest.fixture(scope="session")
async def database(postgres: str) -> AsyncIterator[servers.Databases]:
    """`await database("booking")`: that service's Database, migrated, the same all session long."""
    async with servers.databases(postgres) as databases:
        yield databases


@pytest.fixture(scope="session")
def owner(
    database: servers.Databases,
) -> Callable[[Database | str], Awaitable[psycopg.AsyncConnection[Any]]]:
    """`await owner(db)` or `await owner("booking")`: a connection that sees all its rows."""
    return database.owner
