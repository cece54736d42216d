"""Everything that is kept of an organization comes out by one command, and goes by one."""

from __future__ import annotations

import asyncio
import json
import zipfile

import pytest

from deploy.local import organizations
from deploy.local.settings import SERVICES
from deploy.local.trouble import Trouble

pytestmark = [pytest.mark.server, pytest.mark.mesh]


async def test_an_organization_gets_all_that_is_kept_of_it_and_nobody_elses(
    edge, first, second, tmp_path
):
    settings, file = edge.mesh.settings, tmp_path / "all.zip"

    await asyncio.to_thread(organizations.export, settings, first.organization, file)

    mine = first.organization.partition("/")[2]
    with zipfile.ZipFile(file) as archive:
        tables = {name: archive.read(name).decode() for name in archive.namelist()}
    lines = {
        name: [json.loads(line) for line in text.splitlines()]
        for name, text in tables.items()
        if name.endswith(".jsonl")
    }
    assert {name.partition("/")[0] for name in lines} == set(SERVICES)
    assert {row["organization"] for rows in lines.values() for row in rows} == {mine}
    assert {"event/participants.jsonl", "booking/bookings.jsonl"} <= lines.keys()
    columns = {column for rows in lines.values() for row in rows for column in row}
    assert not {"sealed", "hash", "digest", "client_secret", "credentials"} & columns
    assert file.stat().st_mode & 0o077 == 0


async def test_only_a_deleted_organization_is_erased(edge, first):
    with pytest.raises(Trouble, match="was not deleted"):
        await asyncio.to_thread(
            organizations.erase, edge.mesh.settings, first.organization, "a mistake"
        )
