"""What was saved comes back in an empty place: rows, their policies, keys and media."""

from __future__ import annotations

import pathlib
import uuid

import psycopg
import pytest

from deploy.local import backup, state
from deploy.local.settings import Settings
from deploy.local.stores import postgres_of
from deploy.local.trouble import Trouble
from services.kit import migrate
from tests.servers import KIT

pytestmark = pytest.mark.server

ONE, OTHER = uuid.uuid4(), uuid.uuid4()


def begin(settings: Settings) -> None:
    """A database with a row of each of two organizations, a file, and keys."""
    server = postgres_of(settings)
    admin = server.start()
    try:
        urls = migrate.create_databases(admin, ["kit"])["kit"]
        migrate.upgrade(urls.owner, "kit", folder=KIT)
        with psycopg.connect(migrate.url(admin, database="turnout_kit", user="postgres")) as db:
            for organization in (ONE, OTHER):
                db.execute("insert into strict (organization) values (%s)", [organization])
    finally:
        server.stop()
    media = settings.state / "media" / str(ONE)
    media.mkdir(parents=True)
    (media / "poster").write_bytes(b"\x00\xff")
    for name in ("secret", "bootstrap"):
        state.secret(settings.state, name)
    state.vault(settings.state)


def seen(settings: Settings, organization: uuid.UUID) -> list[uuid.UUID]:
    """What the lesser role of the service sees in the name of an organization."""
    server = postgres_of(settings)
    admin = server.start()
    try:
        url = migrate.url(admin, database="turnout_kit", user="turnout_kit")
        with psycopg.connect(url) as db:
            db.execute("select set_config('turnout.organization', %s, true)", [str(organization)])
            return [row[0] for row in db.execute("select organization from strict").fetchall()]
    finally:
        server.stop()


def test_everything_comes_back_in_an_empty_place(tmp_path: pathlib.Path):
    before, after = (Settings.temporary(tmp_path / name) for name in ("before", "after"))
    file, torn = tmp_path / "saved.tar", tmp_path / "torn.tar"
    begin(before)

    backup.save(before, file, ["kit"])
    with pytest.raises(Trouble, match="is there already"):
        backup.save(before, file, ["kit"])
    torn.write_bytes(file.read_bytes()[:-20_000])
    with pytest.raises(Trouble, match="torn"):
        backup.restore(after, torn)
    backup.restore(after, file)

    assert file.stat().st_mode & 0o077 == 0
    assert seen(after, ONE) == [ONE]
    for name in backup.KEYS:
        assert (after.state / name).read_text().split() == (before.state / name).read_text().split()
    assert (after.state / "media" / str(ONE) / "poster").read_bytes() == b"\x00\xff"
    with pytest.raises(Trouble, match="is in use"):
        backup.restore(after, file)
